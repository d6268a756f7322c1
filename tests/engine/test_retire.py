# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A mitigation is retired only where the fix runs on every node, the build withstands the attack, and nothing else needs it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_schema import RETIRE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import (
    Mitigation,
    load_mitigation,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.trains import (
    BuildState,
    Train,
    TrainFacts,
    TrainTable,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof import hit_counters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import (
    Sign,
    VipProof,
    probe_vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.removal_conditions import (
    ALL_CONDITIONS,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback import retire_proof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback import (
    Rollback,
    RollbackResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import RetireParameters

from tests.engine import control_nodes
from tests.engine.control_nodes import DiedError, dying
from tests.stage.memory import CATALOGUE, Stage
from tests.traits import traits

OVER_TLS = True  # rules, proofs and restarts over the connections of users
BOX = control_nodes.BOX
NAME = "tq_cve_2019_19781"
FIXED = "13.0 47.24"
LINE = "nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0"


def retire(stage: Stage, **options: Any) -> RollbackResult:
    parameters = RetireParameters(
        appliance=stage.appliance,
        measure=stage.mitigation,
        owner=Owner(stage.entry.name, stage.mitigation.current_version),
        records=stage.records,
        trust=stage.trust,
        run=stage.run,
        **options,
    )
    with Connection(stage.appliance) as connection:
        rollback = Rollback(connection, parameters)
        plan = rollback.plan()
        rollback.carry_out(plan)
        return rollback.result(plan)


def applied(open_stage: Callable[..., Stage], build: str = FIXED, **box: Any) -> Stage:
    """An appliance with the mitigation, upgraded afterwards."""
    stage = open_stage(**box)
    stage.apply()
    if build:
        stage.simulator.appliance("box").upgrade(build)
    stage.run = "retiring"
    return stage


def is_blocking(stage: Stage) -> bool:
    rows = [json.loads(line) for line in stage.configuration()]
    policy = next((row for type_, row in rows if type_ == "responderpolicy" and row["name"] == NAME), {})
    bound = any(type_ == "responderglobal_responderpolicy_binding" and row["policyname"] == NAME for type_, row in rows)
    return bound and policy.get("action") == NAME


def record_of(stage: Stage) -> dict[str, Any]:
    newest = max((stage.records / "box").glob("*.json"))
    return dict(json.loads(newest.read_text()))


def test_it_goes_once_the_build_has_withstood_every_attack(open_stage: Callable[..., Stage]) -> None:
    stage = applied(open_stage)
    result = retire(stage)
    assert result.changed
    assert result.saved
    assert not [line for kind in ("running", "saved") for line in stage.configuration(kind) if NAME in line]
    record = record_of(stage)
    attacks = record["proof"]["attacks"][0]["attacks"]
    assert record["why"] == "retire"
    assert {answer["sign"] for answer in attacks} == {"not confirmed"}
    assert len(attacks) == sum(case.session != "with" for case in stage.mitigation.traffic.attacks)
    assert stage.status().verdict.word == "fixed"
    assert not retire(stage).changed


def test_it_observes_before_it_goes(open_stage: Callable[..., Stage]) -> None:
    stage = applied(open_stage)
    result = retire(stage)
    until = result.plan.checkpoints[0]
    observed = [step for step in result.plan.steps[:until] if step.object_id == ("responderpolicy", (NAME,))]
    assert [step.after and step.after["action"] for step in observed] == ["NOOP"]
    assert all(step.after is None for step in result.plan.steps[until:] if step.type != "nsfeature")


def test_a_build_that_answers_the_attack_gets_its_rule_back(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that calls itself fixed and is not: the number of its build is what it says."""
    stage = applied(open_stage, build="")
    stage.mitigation = dataclasses.replace(stage.mitigation, trains=fixed_in((0, 0)))
    before = stage.configuration()
    with pytest.raises(
        StepFailed, match="not shown to withstand the attack, so the removal was undone at once"
    ) as failed:
        retire(stage)
    assert "answers like a vulnerable appliance" in str(failed.value)
    assert stage.configuration() == before
    assert is_blocking(stage)
    assert record_of(stage)["outcome"] == "reverted"


def fixed_in(number: tuple[int, int]) -> TrainTable:
    """The builds of an entry that 13.0 has the fix of from a build on."""
    return TrainTable({Train((13, 0)): TrainFacts(BuildState.FIXED, number)})


def refusal(stage: Stage, **options: Any) -> str:
    before = stage.configuration()
    with pytest.raises(Refused) as refused:
        retire(stage, **options)
    assert stage.configuration() == before
    return str(refused.value)


@pytest.mark.parametrize("build", [FIXED, "14.1 73.46"])
def test_a_rule_for_the_servers_behind_stays_whatever_the_appliance_answers(
    open_stage: Callable[..., Stage], build: str
) -> None:
    """Seen: 'the build withstood the attack', removed, exit code 0, and in the same line 'exposed'; rollback.yml refuses it there."""
    stage = open_stage()
    stage.entry = CATALOGUE.parent / "cve_2021_44228"
    stage.mitigation = load_mitigation(stage.entry)
    stage.apply(version=1)
    stage.simulator.appliance("box").upgrade(build)
    before = stage.configuration()
    with pytest.raises(
        Refused,
        match=r"box: cve_2021_44228 stays\. cve_2021_44228 protects the servers behind the appliance, and neither",
    ) as refused:
        retire(stage, conditions=frozenset(load_entry(stage.entry).retire))
    assert "rollback.yml -e why=after_fix -e accept_exposure=true, with who and reason. Nothing was changed." in str(
        refused.value
    )
    assert [(one["playbook"], one["options"], one["asks"]) for one in refused.value.commands] == [
        ("rollback.yml", {"why": "after_fix", "accept_exposure": "true"}, ["reason", "who"])
    ]
    assert stage.configuration() == before


def test_every_node_must_run_the_fix(open_stage: Callable[..., Stage]) -> None:
    stage = applied(open_stage, build="")
    text = refusal(stage)
    assert "box: cve_2019_19781 stays. node 127.0.0.1" in text
    assert "runs 13.0 47.22, which needs cve_2019_19781" in text
    assert "accept_exposure" not in text


def test_all_that_is_missing_is_named_at_once(open_stage: Callable[..., Stage]) -> None:
    files = {"/nsconfig/rc.netscaler": f"# ours\n{LINE}\n"}
    stage = applied(open_stage, build="", files=files)
    stage.variables["probe"] = False
    text = refusal(stage)
    assert "which needs cve_2019_19781" in text
    assert f"/nsconfig/rc.netscaler of 127.0.0.1 still has the line {LINE}: take it out: -e node_local=true" in text
    assert "no request may be sent (netscaler_probe: false)" in text
    assert text.endswith("Nothing was changed.")


def other(stage: Stage, **changes: Any) -> Mitigation:
    """Another entry of the catalogue, with the same attacks."""
    return dataclasses.replace(stage.mitigation, id="cve_2020_0001", **changes)


def test_a_rule_that_another_entry_relies_on_stays(open_stage: Callable[..., Stage]) -> None:
    stage = applied(open_stage)
    needy = other(stage, trains=fixed_in((99, 1)))
    text = refusal(stage, others=(needy,))
    assert "cve_2020_0001 relies on it: only its policy blocks GET /" in text
    assert "apply cve_2020_0001 first" in text
    assert retire(stage, others=(other(stage),)).changed  # this build has the fix of that one too


def test_a_rule_that_others_do_without_goes(open_stage: Callable[..., Stage]) -> None:
    hand_made = {
        "responderpolicy": [
            {"name": "all", "rule": 'HTTP.REQ.URL.CONTAINS("vpns") || HTTP.REQ.URL.CONTAINS("..")', "action": "DROP"}
        ],
    }
    stage = open_stage(configuration=hand_made)
    stage.apply()
    stage.simulator.appliance("box").upgrade(FIXED)
    stage.run = "retiring"
    traffic = dataclasses.replace(
        stage.mitigation.traffic,
        cases=tuple(case for case in stage.mitigation.traffic.cases if not case.attack),
        variants=(),
    )
    assert retire(stage, others=(other(stage, trains=fixed_in((99, 1)), traffic=traffic),)).changed


def test_a_run_that_died_while_observing_is_finished(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    for writes in range(3, 14, 2):
        stage = applied(open_stage)
        with dying(monkeypatch, writes), pytest.raises(DiedError):
            retire(stage)
        stage.run = "again"
        retire(stage)
        assert not [line for kind in ("running", "saved") for line in stage.configuration(kind) if NAME in line], writes


PAIR = control_nodes.PAIR


def test_of_a_pair_both_nodes_are_asked(open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    stage = open_stage(PAIR)
    stage.apply()
    stage.simulator.appliance("box").upgrade(FIXED)
    stage.run = "retiring"
    other = stage.simulator.fleet.appliances["box"].nodes[1]
    other.write_file("/nsconfig/rc.netscaler", f"{LINE}\n".encode())
    assert refusal(stage).count("still has the line") == 1
    other.write_file("/nsconfig/rc.netscaler", b"# empty\n")
    read = Session.read

    def reading(session: Session, type_: str, *arguments: Any, **options: Any) -> Any:
        rows = read(session, type_, *arguments, **options)
        if type_ == "nsversion" and session.node == stage.appliance.nodes[1]:
            rows = [{**rows[0], "version": str(rows[0]["version"]).replace("47.24", "47.22")}]
        return rows

    with monkeypatch.context() as patch:
        patch.setattr(Session, "read", reading)
        assert "runs 13.0 47.22, which needs" in refusal(stage)
    assert retire(stage).changed
    assert not [line for node in (0, 1) for line in stage.configuration("saved", node) if NAME in line]


def test_an_attack_that_does_not_reach_our_rule_shows_nothing(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = applied(open_stage)
    monkeypatch.setattr(hit_counters, "HITS_PATIENCE", 0.25)
    monkeypatch.setattr(hit_counters, "read_hits", lambda _session, _policy: 0)
    before = stage.configuration()
    with pytest.raises(StepFailed, match="attack requests passed, and our rule counted 0 of them"):
        retire(stage)
    assert stage.configuration() == before


def test_a_vip_that_something_else_answers_for_is_not_shown_by_the_requests_to_another_one(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counter of a policy that is bound globally counts the requests to all VIPs together."""
    stage = applied(open_stage)
    (vip,) = stage.variables["vips"]
    stage.variables["vips"] = [vip, {**vip, "name": "other", "address": "127.0.0.9", "kind": "lb"}]
    found: list[VipProof] = []

    def twice_to_the_first(prober: Any, vip: Any, *words: Any, **more: Any) -> VipProof:
        if vip.name == "other":  # something that is no appliance answers there
            return dataclasses.replace(found[0], vip=vip)
        probe_vip(prober, vip, *words, **more)
        found.append(probe_vip(prober, vip, *words, **more))
        return found[0]

    monkeypatch.setattr(hit_counters, "HITS_PATIENCE", 0.25)
    monkeypatch.setattr(retire_proof, "probe_vip", twice_to_the_first)
    before = stage.configuration()
    with pytest.raises(StepFailed, match=r"other .*: \d+ attack requests passed, and our rule counted 0 of them"):
        retire(stage)
    assert stage.configuration() == before


@pytest.mark.parametrize("readable", [0, 1])
def test_a_counter_that_cannot_be_read_shows_nothing(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch, readable: int
) -> None:
    stage, reads = applied(open_stage), iter([0] * readable)

    def fail(*_words: Any) -> int:
        if next(reads, None) is None:
            raise NitroError("box", "GET stat", 500, 1, "no")
        return 0

    monkeypatch.setattr(retire_proof, "read_hits", fail)
    monkeypatch.setattr(hit_counters, "read_hits", fail)
    before = stage.configuration()
    with pytest.raises(StepFailed, match="the hit counters cannot be read: "):
        retire(stage)
    assert stage.configuration() == before


def test_attacks_that_something_else_answers_show_nothing(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A firewall before the appliance, or a policy of others, blocks them all: the build saw none of them."""
    stage = applied(open_stage)

    def behind_a_firewall(*words: Any, **more: Any) -> VipProof:
        found = probe_vip(*words, **more)
        return dataclasses.replace(found, signs=tuple((answer, Sign.BLOCKED) for answer, _sign in found.signs))

    monkeypatch.setattr(retire_proof, "probe_vip", behind_a_firewall)
    before = stage.configuration()
    with pytest.raises(StepFailed, match="no attack request reached the build"):
        retire(stage)
    assert stage.configuration() == before


def test_a_vip_that_does_not_answer_shows_nothing(open_stage: Callable[..., Stage]) -> None:
    stage = applied(open_stage)
    stage.variables["vips"] = [
        *stage.variables["vips"],
        {"name": "dead", "address": "127.0.0.3", "port": 9, "kind": "vpn"},
    ]
    before = stage.configuration()
    with pytest.raises(StepFailed, match=r"dead .* gives no answer"):
        retire(stage)
    assert stage.configuration() == before


def test_the_words_of_the_entry_are_those_of_the_conditions() -> None:
    assert set(RETIRE) == ALL_CONDITIONS


def test_an_entry_says_which_conditions_count(open_stage: Callable[..., Stage]) -> None:
    stage = applied(open_stage, build="")
    stage.variables["probe"] = False
    result = retire(stage, conditions=frozenset({"not_needed_by_another_entry", "node_local_lines_gone"}))
    assert result.changed
    assert (result.plan.checkpoints, result.probes_sent) == ((), 0)


def test_a_measure_for_every_build_is_not_retired(open_stage: Callable[..., Stage]) -> None:
    stage = applied(open_stage)
    stage.mitigation = dataclasses.replace(stage.mitigation, traits=traits(is_rendered=True))
    assert "is for every build, so no firmware replaces it. Take it out of the inventory" in refusal(stage)
