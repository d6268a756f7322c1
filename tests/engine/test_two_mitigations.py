# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two mitigations on one appliance: each has its number, whatever came first, and what is deployed at an older number stays there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.partition_report import (
    measure_result,
)

from tests.stage.memory import CATALOGUE, Stage

as_it_is = load_mitigation
GLOBAL = "responderglobal_responderpolicy_binding"
LOG4SHELL = CATALOGUE.parent / "cve_2021_44228"
BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
    "vservers": [
        {"type": "vpn", "name": "gw", "address": "127.0.0.2:0", "protocol": "SSL"},
        {"type": "lb", "name": "site", "address": "127.0.0.3:0", "protocol": "SSL"},
    ],
}
OpenStage = Callable[..., Stage]


def using(stage: Stage, entry: Path) -> Stage:
    """Return the control node with another entry."""
    stage.entry, stage.mitigation = entry, load_mitigation(entry)
    return stage


def apply(stage: Stage, entry: Path) -> Any:
    mitigation = load_mitigation(entry)
    return using(stage, entry).apply(version=mitigation.current_version)


def status(stage: Stage, entry: Path) -> Any:
    return using(stage, entry).status(version=load_mitigation(entry).current_version, probes="none")


def preview(stage: Stage, entry: Path) -> str:
    """The page of a plan, as a person reads it."""
    parameters = using(stage, entry).parameters(version=load_mitigation(entry).current_version)
    with Connection(stage.appliance) as connection:
        result = PartitionedDeployment(connection, parameters).plan()
        return str(measure_result(result, connection).values()["diff"]["prepared"])


def bound(stage: Stage) -> dict[str, int]:
    """The policies that the appliance itself has at REQ_OVERRIDE, with their numbers."""
    state = stage.simulator.appliance("box").state()
    return {row["policyname"]: row["priority"] for row in state["nodes"][0]["running"][GLOBAL]}


def foreign(
    stage: Stage, priority: int, name: str = "rp_of_others", rule: str = 'HTTP.REQ.URL.STARTSWITH("/old")'
) -> None:
    """Somebody else binds a policy, and saves it."""
    policy = {"name": name, "rule": rule, "action": "NOOP"}
    binding = {"policyname": name, "priority": priority, "gotopriorityexpression": "NEXT", "type": "REQ_OVERRIDE"}
    with Connection(stage.appliance) as connection:
        session = connection.primary
        session.write("POST", "responderpolicy", {"responderpolicy": policy})
        session.write("PUT", GLOBAL, {GLOBAL: binding})
        session.save()


@pytest.mark.parametrize("order", [(CATALOGUE, LOG4SHELL), (LOG4SHELL, CATALOGUE)], ids=["first", "second"])
def test_the_second_mitigation_is_applied_and_both_are_at_their_own_number(
    open_stage: OpenStage, order: tuple[Path, Path]
) -> None:
    stage = open_stage()
    for entry in order:
        result = apply(stage, entry)
        assert (result.failed, result.saved_now) == ("", True)
    assert bound(stage) == {"tq_cve_2019_19781": 10, "tq_cve_2021_44228": 12}
    for entry in order:
        assert not apply(stage, entry).changed
        assert status(stage, entry).drift == ()


@pytest.mark.parametrize("order", [(CATALOGUE, LOG4SHELL), (LOG4SHELL, CATALOGUE)], ids=["in front", "behind"])
def test_the_proof_of_the_first_one_holds_beside_the_second_one_and_after_it(
    open_stage: OpenStage, order: tuple[Path, Path]
) -> None:
    """Status said "applied, unproven: no probe has proved it" while ledger and letters of the same minute had the proof."""
    stage = open_stage()
    word = apply(stage, order[0]).verdict.word
    apply(stage, order[1])
    beside = status(stage, order[0])
    assert (beside.verdict.word, beside.verdict.reason[:7]) == (word, "proven "), beside.verdict
    assert not apply(stage, order[0]).changed
    using(stage, order[1]).rollback()
    assert (status(stage, order[0]).verdict.word, bound(stage).keys()) == (word, {f"tq_{order[0].name}"})


def test_a_rule_of_another_entry_is_ineffective_at_a_gateway_whose_build_evaluates_none(open_stage: OpenStage) -> None:
    """Seen: 'find out what answers at the Gateway, then verify.yml' for ever; of the entry of 2019 and of a whitelist the build was known for it."""
    stage = open_stage({**BOX, "build": "12.1 51.14"})
    using(stage, LOG4SHELL)
    stage.variables["vips"] = [one for one in stage.variables["vips"] if one["kind"] == "vpn"]
    result = apply(stage, LOG4SHELL)
    assert str(result.verdict.word) == "ineffective on this build"
    assert result.verdict.reason.startswith(
        "12.1 51.14: the vendor lists it among the builds that do not evaluate responder policies on VPN pages: gw ("
    )
    # Seen: the vendor fix of a VEX document, of a weakness that no build fixes.
    assert result.verdict.next_action == (
        "close external access (lockdown.yml), then upgrade to 12.1 51.19 or later, on which its rule works; it has no fix of the vendor"
    )
    assert result.failed


def test_an_undo_names_what_another_measure_of_ours_has_not_saved_as_ours(open_stage: OpenStage) -> None:
    stage = open_stage()
    apply(stage, CATALOGUE)
    using(stage, LOG4SHELL).apply(version=load_mitigation(LOG4SHELL).current_version, probes="none")
    with pytest.raises(Refused) as refused:
        using(stage, CATALOGUE).rollback()
    assert "changes that another measure of ours has not saved: + add " in str(refused.value)
    assert "Complete or undo its run (audit.yml names it)" in str(refused.value)
    assert "somebody else" not in str(refused.value)


def test_what_another_of_ours_lets_past_or_a_policy_of_others_ends_the_proof(open_stage: OpenStage) -> None:
    stage = open_stage()
    apply(stage, LOG4SHELL)
    apply(stage, CATALOGUE)
    assert status(stage, LOG4SHELL).verdict.reason.startswith("proven ")
    with Connection(
        stage.appliance
    ) as connection:  # somebody makes of ours in front one that ends the evaluation, and answers nothing
        policy = {"name": "tq_cve_2019_19781", "action": "NOOP"}
        connection.primary.write("PUT", "responderpolicy", {"responderpolicy": policy})
        connection.primary.save()
    assert not status(stage, LOG4SHELL).verdict.reason.startswith("proven ")
    policy["action"] = "tq_cve_2019_19781"
    with Connection(stage.appliance) as connection:
        connection.primary.write("PUT", "responderpolicy", {"responderpolicy": policy})
        connection.primary.save()
    assert status(stage, LOG4SHELL).verdict.reason.startswith("proven ")
    foreign(stage, 5)
    assert not status(stage, LOG4SHELL).verdict.reason.startswith("proven ")


def test_what_is_deployed_at_the_older_number_stays_proven_and_is_not_bound_again(
    open_stage: OpenStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = open_stage()
    with monkeypatch.context() as before:
        # Before entries had numbers, each was bound at 10.
        before.setattr(f"{__name__}.load_mitigation", lambda entry: replace(as_it_is(entry), priority=10))
        first = apply(stage, LOG4SHELL)
        assert first.verdict.word in ("mitigated", "reduces exposure")
    assert bound(stage) == {"tq_cve_2021_44228": 10}
    again = status(stage, LOG4SHELL)
    assert (again.verdict.word, again.drift, again.plan.steps) == (first.verdict.word, (), ())
    assert again.verdict.reason.startswith("proven ")
    assert not apply(stage, LOG4SHELL).changed
    # The other one finds its number taken, goes in front, and says so.
    second = apply(stage, CATALOGUE)
    assert (second.failed, bound(stage)) == ("", {"tq_cve_2021_44228": 10, "tq_cve_2019_19781": 9})
    assert [one for one in second.plan.remarks if "is taken by" in one] == [
        "priority 10 at REQ_OVERRIDE, that of the entry, is taken by tq_cve_2021_44228 of another measure of ours: ours is bound at 9"
    ]


def test_a_policy_of_others_moves_it_and_it_stays_there_when_they_leave(open_stage: OpenStage) -> None:
    stage = open_stage()
    foreign(stage, 10)
    page = preview(stage, CATALOGUE)
    assert "bind responder global tq_cve_2019_19781 9 END -type REQ_OVERRIDE" in page
    assert "is taken by rp_of_others of somebody else: ours is bound at 9" in page
    result = apply(stage, CATALOGUE)
    assert (result.failed, bound(stage)) == ("", {"rp_of_others": 10, "tq_cve_2019_19781": 9})
    assert [one for one in result.plan.remarks if "is taken by" in one] == [
        "priority 10 at REQ_OVERRIDE, that of the entry, is taken by rp_of_others of somebody else: ours is bound at 9"
    ]
    again = apply(stage, CATALOGUE)
    assert (again.changed, [one for one in again.plan.remarks if "is taken by" in one]) == (False, [])
    with Connection(stage.appliance) as connection:
        session = connection.primary
        session.write("DELETE", f"{GLOBAL}?args=policyname:rp_of_others,type:REQ_OVERRIDE,priority:10")
        session.save()
    assert not apply(stage, CATALOGUE).changed
    assert bound(stage) == {"tq_cve_2019_19781": 9}
    assert status(stage, CATALOGUE).drift == ()


def test_a_number_that_somebody_else_gave_our_binding_is_drift(open_stage: OpenStage) -> None:
    stage = open_stage()
    apply(stage, CATALOGUE)
    name = "tq_cve_2019_19781"
    with Connection(stage.appliance) as connection:
        session = connection.primary
        session.write("DELETE", f"{GLOBAL}?args=policyname:{name},type:REQ_OVERRIDE,priority:10")
        binding = {"policyname": name, "priority": 400, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
        session.write("PUT", GLOBAL, {GLOBAL: binding})
        session.save()
    assert status(stage, CATALOGUE).verdict.word == "drifted"
    assert apply(stage, CATALOGUE).changed
    assert bound(stage) == {name: 10}


def test_two_entries_with_the_same_attacks_are_both_proven_by_the_one_that_answers(
    open_stage: OpenStage, tmp_path: Path
) -> None:
    """An own entry may be about the same requests: the first rule answers them, its counter shows it, and nothing holds the fleet."""
    twin = tmp_path / "cve_2019_99999"
    shutil.copytree(CATALOGUE, twin)
    text = (twin / "mitigation.yml").read_text(encoding="utf-8")
    text = text.replace("id: cve_2019_19781", "id: cve_2019_99999").replace("  priority: 10\n", "")
    (twin / "mitigation.yml").write_text(text, encoding="utf-8")
    stage = open_stage()
    for entry in (CATALOGUE, twin):
        result = apply(stage, entry)
        assert (result.verdict.word, result.saved_now) == ("mitigated", True)
    for entry in (CATALOGUE, twin):
        found = using(stage, entry).status(version=2, probes="all")
        assert found.verdict.word == "mitigated"
    assert [*found.proof.hits] == ["tq_cve_2019_19781"]
    assert "blocked by another measure of ours" in " ".join(found.verdict.rests_on)
    # Without the first one, the second one answers; what was proven with the first one is not said of it.
    using(stage, CATALOGUE).rollback()
    assert status(stage, twin).verdict.word == "applied, unproven"
    assert using(stage, twin).status(version=2, probes="all").verdict.word == "mitigated"
