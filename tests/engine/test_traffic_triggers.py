# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mitigations whose trigger is not in the URL: a header, a body, the client's address. Each is data alone, without Python.

Load, plan, apply, verify, the impact of recorded traffic, rollback: against a simulated appliance with a web site.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.resulting_policies import (
    read_resulting_policies,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.attack_signatures import (
    AttackSignatures,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.logged_request import (
    RecordedRequest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.replay import (
    Replayer,
    ReplayOutcome,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.apply_report import partition_result

from simulator import Simulator
from tests.stage.memory import Stage

FIRST_OF_ITS_BUILD = True
CATALOGUE = Path(__file__).with_name("mitigations")
LOG4SHELL = str(
    Path(__file__).parents[2] / "templates" / "mitigations" / "cve_2021_44228"
)  # of the catalogue of the project
BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL"],
    "vservers": [{"type": "lb", "name": "site", "address": "127.0.0.1:0", "protocol": "SSL"}],
}
PROVABLE = ("host_header", "request_body", LOG4SHELL)
PROVABLE_NAMES = [Path(one).name for one in PROVABLE]


@pytest.fixture
def stage(simulator: Simulator, tmp_path: Path, request: pytest.FixtureRequest) -> Stage:
    """:param request: names the mitigation"""
    simulator.reset()
    return Stage(simulator, tmp_path, entry=CATALOGUE / request.param)


def report(stage: Stage, **options: Any) -> dict[str, Any]:
    """The result of a plan as the module returns it."""
    with Connection(stage.appliance) as connection:
        return partition_result(stage.status(**options), connection).values()


@pytest.mark.parametrize("stage", PROVABLE, indirect=True, ids=PROVABLE_NAMES)
def test_the_plan_proves_the_rule_before_it_is_bound(stage: Stage) -> None:
    values = report(stage, version=1, probes="none")
    attacks, legitimate = len(stage.mitigation.traffic.attacks), len(stage.mitigation.traffic.legitimate)
    assert values["proof"]["offline"] == (
        f"{attacks} of {attacks} attacks match, {legitimate} of {legitimate} legitimate requests pass"
    )
    assert values["conflicts"] == []
    assert values["proof"]["disagreements"] == []
    assert values["proof"]["differential"]["different"] == 0
    assert values["proof"]["missed_variants"] == []


@pytest.mark.parametrize("stage", PROVABLE, indirect=True, ids=PROVABLE_NAMES)
def test_apply_verify_and_rollback(stage: Stage) -> None:
    before = stage.configuration()
    probed = stage.status(version=1)
    assert probed.verdict.word == "exposed"
    assert all(served for proof in probed.proof.after for _answer, served in proof.controls)

    applied = stage.apply(version=1)
    assert (applied.failed, applied.verdict.word) == ("", "mitigated")
    assert {proof.sign.value for proof in applied.proof.after} == {"blocked by us"}
    assert all(proof.controls_served for proof in applied.proof.after)

    verified = stage.status(version=1, probes="all")
    (proof,) = verified.proof.after
    assert [answer.case.id for answer, _sign in proof.signs] == [case.id for case in stage.mitigation.traffic.attacks]
    assert {sign.value for _answer, sign in proof.signs} == {"blocked by us"}
    assert all(served for _answer, served in proof.controls)

    stage.rollback()
    assert stage.configuration() == before
    assert stage.status(version=1).verdict.word == "exposed"


@pytest.mark.parametrize("action", ["RESET", "DROP"])
def test_a_rule_that_ends_the_connection_is_proven_by_its_hits(
    simulator: Simulator, tmp_path: Path, action: str
) -> None:
    entry = tmp_path / "host_header"
    shutil.copytree(CATALOGUE / entry.name, entry)
    template = (entry / "v1.yml.j2").read_text()
    (entry / "v1.yml.j2").write_text(template.replace("    action: {{ name }}", f"    action: {action}"))
    simulator.reset()
    stage = Stage(simulator, tmp_path, entry=entry)
    applied = stage.apply(version=1)
    assert (applied.failed, applied.verdict.word) == ("", "mitigated")
    sent = sum(len(proof.signs) for proof in applied.proof.after)
    assert applied.proof.hits == {f"tq_{entry.name}": sent}
    assert stage.status(version=1, probes="all").verdict.word == "mitigated"


@pytest.mark.parametrize("stage", ["request_body"], indirect=True)
def test_what_the_appliance_cannot_be_asked_is_not_evaluated_and_says_so(stage: Stage) -> None:
    values = report(stage, version=1, probes="none")
    proof = values["proof"]
    assert (proof["appliance_asked"], proof["appliance_checked"]) == (12, 8)
    reasons = [text for text in values["verdict"]["missing"] if text.startswith("not evaluated by the appliance")]
    assert len(reasons) == 2
    assert "policyevaluation takes text, and the request holds other bytes" in reasons[0]
    assert "in chunks" in reasons[1]


@pytest.mark.parametrize("stage", ["client_address"], indirect=True)
def test_an_attack_from_another_address_is_never_proven_by_a_probe(stage: Stage) -> None:
    result = stage.apply(version=1)
    assert result.verdict.word == "applied, unproven"
    assert "no attack request could be sent" in result.verdict.reason
    (text,) = [text for text in result.verdict.missing if "was not sent" in text]
    assert text.endswith(
        "GET / from 198.51.100.66 was not sent, so it is not proven: "
        "it comes from 198.51.100.66, and the probes come from 127.0.0.1"
    )
    (proof,) = result.proof.after
    assert (proof.signs, proof.controls_served) == ((), True)
    assert proof.summary()["not_sent"][0]["case"] == "attacker"
    assert result.probes_sent == 2, "the legitimate request, before and after"


@pytest.mark.parametrize("stage", ["client_address"], indirect=True)
def test_the_address_of_a_client_is_evaluated_offline_and_not_by_the_appliance(stage: Stage) -> None:
    values = report(stage, version=1, probes="none")
    assert values["proof"]["offline"] == "1 of 1 attack matches, 3 of 3 legitimate requests pass"
    assert values["proof"]["differential"]["different"] == 0
    assert any("no connection, so no client address" in text for text in values["verdict"]["missing"])


# -- recorded traffic --------------------------------------------------------------------------------------------------


def outcome(stage: Stage, request: RecordedRequest) -> ReplayOutcome:
    """Return the outcome of a recorded request with the mitigation in place."""
    with Connection(stage.appliance) as connection:
        found = read_resulting_policies(connection, stage.parameters(version=1))
    replayer = Replayer(
        found.before,
        found.after,
        found.vips,
        AttackSignatures([stage.mitigation.traffic]),
        on_before=found.on_before,
        on_after=found.on_after,
    )
    return replayer.replay(request).outcome


def logged(url: str, **fields: Any) -> RecordedRequest:
    return RecordedRequest(url, 0, **{"client": "203.0.113.9", "vip": "site", "method": "GET", "status": 200, **fields})


@pytest.mark.parametrize("stage", ["host_header"], indirect=True)
def test_a_log_without_the_host_leaves_it_open_whom_the_rule_blocks(stage: Stage) -> None:
    assert outcome(stage, logged("/")) is ReplayOutcome.MAY_BE_BLOCKED
    assert outcome(stage, logged("/", host="shop.example")) is ReplayOutcome.UNCHANGED
    assert outcome(stage, logged("/", host="internal.example")) is ReplayOutcome.ATTACK_BLOCKED
    assert outcome(stage, logged("/other", host="internal.example")) is ReplayOutcome.NEWLY_BLOCKED


@pytest.mark.parametrize("stage", ["request_body"], indirect=True)
def test_no_log_holds_a_body_so_only_the_other_clauses_decide(stage: Stage) -> None:
    assert outcome(stage, logged("/api/import", method="POST")) is ReplayOutcome.MAY_BE_BLOCKED
    assert outcome(stage, logged("/api/import")) is ReplayOutcome.UNCHANGED
    assert outcome(stage, logged("/api/import", method=None)) is ReplayOutcome.MAY_BE_BLOCKED
    assert outcome(stage, logged("/api/export", method="POST")) is ReplayOutcome.UNCHANGED


def test_the_mitigations_are_data_alone() -> None:
    for entry in (*PROVABLE, "client_address"):
        assert load_mitigation(CATALOGUE / entry).traffic.attacks
        assert {path.suffix for path in (CATALOGUE / entry).iterdir()} == {".yml", ".j2"}
