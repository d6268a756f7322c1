# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What verify.yml finds otherwise than the runs left it is in a record: it ends an earlier proof, and every verb goes on from it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import RecordKind

from simulator import Simulator
from tests.engine import control_nodes
from tests.engine.records import records_of
from tests.engine.test_told_of_words import by_hand
from tests.engine.told import read
from tests.stage.memory import MITIGATION, Stage

BOX = control_nodes.BOX
SECOND = {"name": "gw_two", "servicetype": "SSL", "ipv46": "127.0.0.3", "port": 443}
NARROWER = "({}) && HTTP.REQ.URL.LENGTH.LT(60)"
"""Each probe is stopped by it, and a longer attack is not."""


def records(stage: Stage) -> list[ChangeRecord]:
    return records_of(stage.records, "box", MITIGATION.id)


def ledger(stage: Stage) -> tuple[str, str]:
    """Return the state of today, and what the status says that sends nothing."""
    return str(read(stage).row()["course"][-1]["state"]), str(stage.status(probes="none").verdict.word)


def partly(stage: Stage) -> ChangeRecord:
    """Play an older version, a virtual server that nobody has listed, and a verify that says partly. Return its record."""
    assert stage.apply(version=1).verdict.word == "mitigated"
    by_hand(stage, "POST", "vpnvserver", {"vpnvserver": SECOND})
    assert stage.status(probes="few").verdict.word == "partly"
    return records(stage)[-1]


def test_the_record_is_of_what_is_in_place_and_proves_nothing_of_what_is_asked_for(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    found = partly(stage)
    first, values = records(stage)[0], found.content.values
    asked_for = stage.plan_all()
    assert (found.kind, values["version"], values["steps"]) == (RecordKind.VERIFY, 1, [])
    assert (values["proof"]["verdict"], values["proof"]["seal"]) == ("partly", first.content.values["proof"]["seal"])
    assert asked_for.seal not in (values["seal"], values["proof"]["seal"])
    assert ledger(stage) == ("partly", "partly")
    by_hand(stage, "DELETE", "vpnvserver/gw_two")
    stage.apply(probes="none", save="always")
    assert ledger(stage) == ("applied, unproven", "applied, unproven"), (
        "the proof of an older version is none of this one"
    )
    assert stage.status(probes="few").verdict.word == "mitigated"
    assert ledger(stage) == ("mitigated", "mitigated")


def undo(stage: Stage) -> None:
    stage.rollback()


def undo_of_the_newer(stage: Stage) -> None:
    stage.apply()
    undo(stage)


def retire(stage: Stage) -> None:
    stage.simulator.appliance("box").upgrade("13.0 47.24")
    stage.rollback(why="after_fix")


@pytest.mark.parametrize(
    ("verb", "state", "status"),
    [
        (undo, "taken off", "exposed"),
        (undo_of_the_newer, "partly", "partly"),
        (retire, "fixed", "fixed"),
        (lambda stage: stage.apply(), "partly", "partly"),
        (lambda stage: stage.lockdown(), "partly", "applied, unproven"),  # the other server may never have been reached
    ],
    ids=["undo", "undo of the newer one", "after the fix", "apply", "lockdown"],
)
def test_every_verb_goes_on_from_it(
    open_stage: Callable[..., Stage], verb: Callable[[Stage], object], state: str, status: str
) -> None:
    stage = open_stage()
    partly(stage)
    verb(stage)
    assert ledger(stage) == (state, status)
    with Connection(stage.appliance) as connection:
        assert not audit(connection, stage.records, stage.name, trust=stage.trust).differences


def test_what_was_found_changed_and_put_right_by_somebody_is_not_proven_until_a_run_proves_it(
    open_stage: Callable[..., Stage],
) -> None:
    """Seen: proven without a gap. The probes were stopped by a rule that somebody had made narrower, and verify.yml wrote no record."""
    stage = open_stage()
    stage.apply()
    rule = rule_of(stage)
    by_hand(
        stage,
        "PUT",
        "responderpolicy",
        {"responderpolicy": {"name": "tq_cve_2019_19781", "rule": NARROWER.format(rule)}},
    )
    assert stage.status(probes="few").verdict.word == "drifted"
    assert records(stage)[-1].content.values["proof"]["seal"] == ""
    by_hand(stage, "PUT", "responderpolicy", {"responderpolicy": {"name": "tq_cve_2019_19781", "rule": rule}})
    assert ledger(stage) == ("applied, unproven", "applied, unproven")
    found = f"record {records(stage)[-1].name.removesuffix('.json')} found drifted"
    assert read(stage).row()["course"][-1]["reason"].endswith(f"no run has proved it since {found}")
    assert stage.status(probes="few").verdict.word == "mitigated"
    assert ledger(stage) == ("mitigated", "mitigated")


def rule_of(stage: Stage) -> str:
    with Connection(stage.appliance) as connection:
        (found,) = connection.primary.read("responderpolicy", "tq_cve_2019_19781")
        return str(found["rule"])


def test_another_control_node_does_not_say_protected(simulator: Simulator, tmp_path: Any) -> None:
    """A verify has no copy on the appliance: what follows its record shows the other one that a run is missing."""
    here, there = (control_nodes.control_node(simulator, tmp_path, name) for name in ("here", "there"))
    partly(here)
    assert ledger(here) == ("partly", "partly")
    here.apply(probes="none", save="always")
    assert not read(there).row()["course"][-1]["protects"]


def test_a_verify_that_finds_what_the_runs_left_and_cannot_prove_it_writes_no_record(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    stage.apply(probes="none", save="always")
    gone = {"name": "gone", "address": "127.0.0.9", "port": 1, "kind": "vpn", "vserver": "gw"}
    stage.variables["vips"] = [*stage.variables["vips"], gone]
    assert stage.status(probes="few").verdict.word == "applied, unproven"
    assert len(records(stage)) == 1


def test_a_verify_that_cannot_prove_it_behind_a_label_writes_a_record_of_it_once(
    open_stage: Callable[..., Stage],
) -> None:
    """Seen: mitigated throughout in ledger and letter once the label was gone, though verify.yml had said "applied, unproven" past it."""
    stage = open_stage()
    stage.apply()
    time.sleep(1.1)
    stage.status(probes="few")
    time.sleep(1.1)
    put_in_front(stage)
    for _time in range(2):
        assert stage.status(probes="few").verdict.word == "applied, unproven"
        assert len(records(stage)) == 3
    assert ledger(stage) == ("applied, unproven", "applied, unproven")
    by_hand(
        stage,
        "DELETE",
        f"responderglobal_responderpolicy_binding?args=policyname:rp_calls,type:REQ_OVERRIDE,priority:{IN_FRONT}",
    )
    assert ledger(stage) == ("applied, unproven", "applied, unproven")
    row = read(stage).row()
    assert [one["state"] for one in row["course"] if one["state"] != "unknown"][-2:] == [
        "mitigated",
        "applied, unproven",
    ]
    assert [one["cause"] for one in row["losses"]] == ["outdated"]
    assert stage.status(probes="few").verdict.word == "mitigated"
    assert ledger(stage) == ("mitigated", "mitigated")


IN_FRONT = 6


def put_in_front(stage: Stage, rule: str = "TRUE") -> None:
    """Bind a policy in front of ours that invokes a label, whose policy ends the requests of a client."""
    label, inside = {"labelname": "rp_label"}, {"name": "rp_in_label", "rule": MONITORING, "action": "NOOP"}
    by_hand(stage, "POST", "responderpolicylabel", {"responderpolicylabel": label})
    by_hand(stage, "POST", "responderpolicy", {"responderpolicy": inside})
    bound = {**label, "policyname": "rp_in_label", "priority": 10, "gotopriorityexpression": "END"}
    type_ = "responderpolicylabel_responderpolicy_binding"
    by_hand(stage, "PUT", type_, {type_: bound})
    calls = {"name": "rp_calls", "rule": rule, "action": "NOOP"}
    by_hand(stage, "POST", "responderpolicy", {"responderpolicy": calls})
    type_ = "responderglobal_responderpolicy_binding"
    place = {"priority": IN_FRONT, "gotopriorityexpression": "USE_INVOCATION_RESULT", "type": "REQ_OVERRIDE"}
    invoked = {"invoke": True, "labeltype": "policylabel", **label}
    by_hand(stage, "PUT", type_, {type_: {"policyname": "rp_calls", **place, **invoked}})


MONITORING = 'HTTP.REQ.HEADER("User-Agent").CONTAINS("Nagios")'


@pytest.mark.parametrize("rule", ["TRUE", 'HTTP.REQ.METHOD.EQ("GET")'])
def test_no_probe_proves_a_rule_behind_a_label_that_is_not_read(open_stage: Callable[..., Stage], rule: str) -> None:
    """Seen: mitigated behind a label for GET alone, because an attack that is no GET made the hits of ours rise; "Nagios" got through."""
    stage = open_stage()
    assert stage.apply().verdict.word == "mitigated"
    put_in_front(stage, rule)
    for run in (lambda: stage.status(probes="few"), stage.apply, lambda: stage.status(probes="none")):
        verdict = run().verdict
        assert verdict.word == "applied, unproven"
        assert "not decided: is an attack among them?" in str(verdict)  # without a probe it is what is missing
    assert "`measure_priority: 5`" in str(stage.apply().verdict.next_action)


def test_an_apply_that_is_skipped_without_an_effect_ends_what_was_proven(open_stage: Callable[..., Stage]) -> None:
    """Seen: proven until the fix, although the apply between had said that the rule has no effect on that build."""
    stage = open_stage()
    stage.apply()
    stage.simulator.appliance("box").upgrade("12.1 50.28")
    assert stage.apply().record.endswith(records(stage)[-1].name)
    found = records(stage)[-1].content.values
    assert (found["kind"], found["steps"], found["proof"]["verdict"]) == ("verify", [], "ineffective on this build")
    assert (found["proof"]["proven"], found["version"]) == (False, 2)
    assert not stage.apply().record, "a second one says nothing new"
    stage.simulator.appliance("box").upgrade("13.0 47.24")
    states = [one["state"] for one in read(stage).row()["course"]]
    assert states[-2:] == ["ineffective on this build", "fixed"]
    assert "mitigated" not in states


def test_a_plan_on_a_build_without_an_effect_writes_no_record(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage({**BOX, "build": "12.1 50.28"})
    stage.plan_all()
    stage.status(probes="none")
    assert not records(stage)
    stage.apply()
    assert ledger(stage) == ("ineffective on this build", "ineffective on this build")
    assert len(records(stage)) == 1
