# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A responder policy of somebody else in front of ours that lets chosen requests go on: no probe meets it, and an attacker may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.acknowledgement import Acknowledgement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment

from tests.engine import control_nodes
from tests.engine.records import records_of
from tests.stage.memory import Stage

BOX = control_nodes.BOX
OpenStage = Callable[..., Stage]
MONITOR = 'HTTP.REQ.HEADER("User-Agent").CONTAINS("Nagios")'
KNOWN = Acknowledgement("J. Jansen", "the monitoring of the customer", date(2099, 12, 31), policy="rp_allow")
NAME = "tq_cve_2019_19781"
GLOBAL = "responderglobal_responderpolicy_binding"


def write(stage: Stage, type_: str, **attributes: Any) -> None:
    appliance = stage.appliance
    with Session(appliance, appliance.nodes[0]) as session:
        session.write("PUT" if type_.endswith("_binding") else "POST", type_, {type_: attributes})


def allow(stage: Stage, rule: str = MONITOR, priority: int = 5, goto: str = "END", action: str = "NOOP") -> None:
    """Somebody else lets chosen requests go on, and saves it."""
    write(stage, "responderpolicy", name="rp_allow", rule=rule, action=action)
    write(stage, GLOBAL, policyname="rp_allow", priority=priority, gotopriorityexpression=goto, type="REQ_OVERRIDE")
    appliance = stage.appliance
    with Session(appliance, appliance.nodes[0]) as session:
        session.write("POST", "nsconfig?action=save", {"nsconfig": {}})


def number_of_ours(stage: Stage) -> int:
    state = stage.simulator.appliance("box").state()
    return next(row["priority"] for row in state["nodes"][0]["running"][GLOBAL] if row["policyname"] == NAME)


@pytest.fixture
def behind(open_stage: OpenStage) -> Stage:
    """A proven mitigation, and since then a policy of somebody else in front of it."""
    stage = open_stage()
    assert stage.apply().verdict.word == "mitigated"
    allow(stage)
    return stage


@pytest.mark.parametrize("probes", ["none", "few", "all"])
def test_it_is_partly_whatever_probes_show(behind: Stage, probes: str) -> None:
    verdict = behind.status(probes=probes).verdict
    assert (verdict.word, verdict.exit_code) == ("partly", 2)
    assert verdict.reason.startswith(
        f"rp_allow (REQ_OVERRIDE 5, END) lets requests go on before ours where {MONITOR}; so would an attack, "
    )
    assert "User-Agent: Nagios" in verdict.reason
    assert verdict.reason in verdict.missing
    assert "`measure_priority: 4`" in verdict.next_action
    assert "`tourniquet_acknowledgements: [{policy: rp_allow, why: ..., who: ..., until: ...}]`" in verdict.next_action


def test_an_apply_does_not_say_that_it_has_brought_what_it_should(behind: Stage) -> None:
    result = behind.apply()
    assert result.verdict.word == "partly"
    assert "which is not what the run was to bring: rp_allow" in result.failed


def test_a_person_acknowledges_it_by_name_until_a_day(behind: Stage) -> None:
    result = behind.apply(acknowledgements=(KNOWN,))
    assert (result.verdict.word, result.verdict.exit_code, result.failed) == ("mitigated", 0, "")
    (said,) = [text for text in result.verdict.missing if "rp_allow" in text]
    assert said.endswith("(acknowledged by J. Jansen until 2099-12-31: the monitoring of the customer)")
    for other in (
        Acknowledgement("J. Jansen", "x", date(2099, 12, 31), policy="rp_other"),
        Acknowledgement("J. Jansen", "x", date(2020, 1, 14), policy="rp_allow"),
        Acknowledgement("J. Jansen", "x", date(2099, 12, 31), measure="another", policy="rp_allow"),
        Acknowledgement("J. Jansen", "x", date(2099, 12, 31), measure="cve_2019_19781"),
    ):
        assert behind.status(acknowledgements=(other,), probes="none").verdict.word == "partly"


def test_the_record_of_a_verify_has_the_word_that_a_person_reads(behind: Stage) -> None:
    """Ledger and letters are made of it: where an attack may pass, none of them says that the exposure has ended."""
    for given, word in (((), "partly"), ((KNOWN,), "mitigated")):
        assert behind.status(probes="few", acknowledgements=given).verdict.word == word
        record = records_of(behind.records, "box", "cve_2019_19781")[-1]
        assert record.proof is not None
        assert (record.kind, record.proof.verdict) == ("verify", word)


def test_a_lower_number_puts_ours_in_front_without_a_gap(behind: Stage) -> None:
    parameters = behind.parameters()
    behind.mitigation = replace(behind.mitigation, priority=4)
    parameters = replace(parameters, rendered=behind.parameters().rendered)
    with Connection(behind.appliance) as connection:
        result = Deployment(connection, parameters).apply()
    assert (result.verdict.word, result.failed) == ("mitigated", "")
    assert number_of_ours(behind) == 4


def test_where_ours_is_new_it_is_bound_in_front_and_the_plan_says_so(open_stage: OpenStage) -> None:
    stage = open_stage(features=["LB", "SSL", "SSLVPN", "RESPONDER"])
    allow(stage)
    result = stage.apply()
    assert (result.verdict.word, result.failed) == ("mitigated", "")
    assert number_of_ours(stage) == 4
    assert (
        "at REQ_OVERRIDE rp_allow (5) of somebody else would lead requests past priority 10, that of the entry: ours is bound at 4"
        in result.verdict.missing
    )
    assert stage.status(probes="none").verdict.word == "mitigated"


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"goto": "NEXT"}, 10),
        ({"action": "DROP"}, 10),
        ({"priority": 11}, 10),
        ({"goto": "900"}, 4),
        ({"priority": 1}, 10),
    ],
)
def test_only_one_that_leads_past_ours_moves_it(open_stage: OpenStage, changes: dict[str, Any], number: int) -> None:
    stage = open_stage(features=["LB", "SSL", "SSLVPN", "RESPONDER"])
    allow(stage, **changes)
    result = stage.apply()
    assert number_of_ours(stage) == number
    assert result.verdict.word == ("partly" if changes == {"priority": 1} else "mitigated")


def test_what_is_not_decided_is_told_and_changes_no_word(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.apply()
    allow(stage, "HTTP.REQ.URL.REGEX_MATCH(re/^.health[0-9]+/)")
    verdict = stage.status().verdict
    assert verdict.word == "mitigated"
    (said,) = [text for text in verdict.missing if "rp_allow" in text]
    assert said.endswith("; not decided: is an attack among them?")


@pytest.mark.parametrize("rule", ['HTTP.REQ.URL.EQ("/healthcheck")', "false"])
def test_a_policy_for_other_requests_says_nothing(open_stage: OpenStage, rule: str) -> None:
    stage = open_stage()
    stage.apply()
    allow(stage, rule)
    verdict = stage.status().verdict
    assert verdict.word == "mitigated"
    assert not [text for text in verdict.missing if "rp_allow" in text]


@pytest.mark.parametrize("action", ["NOOP", "ra_nothing"])
def test_a_name_of_ours_keeps_no_proof_where_its_policy_lets_requests_go_on(open_stage: OpenStage, action: str) -> None:
    """Anybody can type our prefix; what is not decided of a foreign name ends the proof of before as well."""
    stage = open_stage()
    assert stage.apply().verdict.word == "mitigated"
    if action != "NOOP":
        write(stage, "responderaction", name=action, type="noop")
    rule = "HTTP.REQ.URL.REGEX_MATCH(re/^.health[0-9]+/)"
    write(stage, "responderpolicy", name="tq_typed_by_hand", rule=rule, action=action)
    place = {"priority": 5, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    write(stage, GLOBAL, policyname="tq_typed_by_hand", **place)
    verdict = stage.status(probes="none").verdict
    assert (verdict.word, verdict.reason.partition(",")[0]) == (
        "applied, unproven",
        "no proof holds for it as it is now",
    )
