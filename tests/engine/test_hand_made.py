# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mitigations that others made by hand are recognised by their rules, judged, and taken over as the operator says."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Found
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.authority import step_objections
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.usable_records import own_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused

from tests.engine import control_nodes
from tests.engine.control_nodes import DiedError, dying
from tests.engine.test_observe_mode import HAND_MADE
from tests.engine.test_retire import fixed_in, retire
from tests.stage.memory import Stage

BOX = {**control_nodes.BOX, "features": ["LB", "SSL", "SSLVPN", "RESPONDER"]}
GLOBAL = "responderglobal_responderpolicy_binding"


def configuration(**changes: Any) -> dict[str, Any]:
    """The vendor's rule by hand, with other attributes of its policy."""
    content = copy.deepcopy(HAND_MADE)
    content["responderpolicy"][0].update(changes)
    if "name" in changes:
        content[GLOBAL][0]["policyname"] = changes["name"]
    return content


def found(stage: Stage) -> list[Any]:
    return list(stage.status().facts.rules.hand_made)


def test_it_is_recognised_by_its_rule_whatever_its_name_is(open_stage: Callable[..., Stage]) -> None:
    (one,) = found(open_stage(configuration=configuration(name="pol_emergency")))
    assert (one.policy, one.version, one.is_complete, one.is_effective) == ("pol_emergency", 1, False, True)
    assert one.bound == ("REQ_OVERRIDE (priority 100, END)",)
    assert one.legitimate == 0
    assert 0 < one.matched < one.attacks
    assert "not GET /" in str(one)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"action": "NOOP"}, "only counts, with NOOP"),
        ({"rule": 'HTTP.REQ.URL.CONTAINS("/vpn/zzz")'}, "matches 0 of "),
        ({"rule": 'HTTP.REQ.URL.CONTAINS("/vpns/") || HTTP.REQ.URL.STARTSWITH("/vpn/")'}, "legitimate requests too"),
    ],
)
def test_what_it_does_not_do_is_said(open_stage: Callable[..., Stage], changes: dict[str, str], said: str) -> None:
    (one,) = found(open_stage(configuration=configuration(**changes)))
    assert said in str(one)
    assert not one.is_complete


def test_one_that_is_bound_nowhere_is_not_effective(open_stage: Callable[..., Stage]) -> None:
    content = configuration()
    del content[GLOBAL]
    (one,) = found(open_stage(configuration=content))
    assert (one.bound, one.is_effective) == ((), False)
    assert str(one).endswith("bound nowhere")


def test_one_that_is_bound_at_a_virtual_server_is_found_there(open_stage: Callable[..., Stage]) -> None:
    content = configuration()
    del content[GLOBAL]
    content["vpnvserver_responderpolicy_binding"] = [
        {"name": "gw", "policy": "ctx267027", "priority": 5, "bindpoint": "REQUEST", "gotopriorityexpression": "END"}
    ]
    (one,) = found(open_stage(configuration=content))
    assert [place.partition(" (")[0] for place in one.bound] == ["vpn vserver gw REQUEST"]


def test_policies_that_have_nothing_to_do_with_it_are_left_out(open_stage: Callable[..., Stage]) -> None:
    content = configuration()
    content["responderpolicy"] += [
        {"name": "to_https", "rule": "TRUE", "action": "respondwith403"},
        {"name": "old_page", "rule": 'HTTP.REQ.URL.STARTSWITH("/old")', "action": "respondwith403"},
    ]
    assert [one.policy for one in found(open_stage(configuration=content))] == ["ctx267027"]


def rows(stage: Stage, area: str = "running") -> list[str]:
    return [line for line in stage.configuration(area) if "ctx267027" in line or "respondwith403" in line]


def test_ours_takes_its_place_without_a_gap_and_an_undo_restores_it_exactly(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(configuration=HAND_MADE)
    before = stage.configuration()
    result = stage.apply(found=Found.REPLACE)
    assert not result.failed
    assert result.verdict.word == "mitigated"
    assert rows(stage) == rows(stage, "saved") == []
    bound = [step.after is not None for step in result.plan.steps if step.type == GLOBAL]
    assert bound == [True, False], "ours is bound before theirs is unbound"
    assert not stage.apply(found=Found.REPLACE).changed
    assert not stage.apply().changed
    stage.run = "undo"
    stage.rollback()
    assert stage.configuration() == before
    assert own_records(stage.parameters(), stage.mitigation.reach).left_out == (), "the undo has its place in the chain"


def test_an_undo_that_died_while_giving_back_is_repeated(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    for writes in range(1, 12, 2):
        stage = open_stage(configuration=HAND_MADE)
        before = stage.configuration()
        stage.apply(found=Found.REPLACE)
        stage.run = "undo"
        with dying(monkeypatch, writes), pytest.raises(DiedError):
            stage.rollback()
        stage.run = "again"
        stage.rollback()
        assert stage.configuration() == stage.configuration("saved") == before, writes


@pytest.mark.parametrize("goto", ["NEXT", "END", "200"])
def test_the_goto_of_what_was_replaced_at_a_gateway_comes_back_although_no_read_shows_it(
    open_stage: Callable[..., Stage], goto: str
) -> None:
    """The read of a Gateway's binding shows no goto (the open fact vpn_binding_echoes_goto), ns.conf does."""
    content = configuration()
    del content[GLOBAL]
    content["vpnvserver_responderpolicy_binding"] = [
        {"name": "gw", "policy": "ctx267027", "priority": 5, "bindpoint": "REQUEST", "gotopriorityexpression": goto}
    ]
    stage = open_stage(configuration=content)
    before = stage.configuration()
    result = stage.apply(found=Found.REPLACE)
    assert not result.failed
    assert rows(stage) == []
    undo = [line for step in result.plan.steps for line in step.inverse.lines() if "bind vpn vserver gw" in line]
    assert [line for line in undo if "ctx267027" in line and f"-gotoPriorityExpression {goto}" in line], undo
    stage.run = "undo"
    stage.rollback()
    assert stage.configuration() == before


def test_what_was_replaced_does_not_come_back_after_the_fix(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(configuration=HAND_MADE)
    stage.apply(found=Found.REPLACE)
    stage.simulator.appliance("box").upgrade("13.0 47.24")
    stage.run = "retiring"
    assert retire(stage).changed
    assert rows(stage) == []
    assert not [line for line in stage.configuration() if "tq_" in line]


def test_an_action_that_others_use_stays(open_stage: Callable[..., Stage]) -> None:
    content = configuration()
    content["responderpolicy"].append(
        {"name": "old_page", "rule": 'HTTP.REQ.URL.STARTSWITH("/old")', "action": "respondwith403"}
    )
    stage = open_stage(configuration=content)
    assert stage.apply(found=Found.REPLACE).changed
    assert not [line for line in stage.configuration() if '"ctx267027"' in line]
    assert [line for line in stage.configuration() if '"old_page"' in line]


def test_where_both_need_a_priority_ours_is_bound_in_front_of_theirs(open_stage: Callable[..., Stage]) -> None:
    content = configuration()
    content[GLOBAL][0]["priority"] = 10
    stage = open_stage(configuration=content)
    before = stage.configuration()
    assert stage.apply(found=Found.REPLACE).verdict.word == "mitigated"
    assert [line for line in stage.configuration() if '"priority": 9' in line and "tq_cve_2019_19781" in line]
    assert not [line for line in stage.configuration() if '"ctx267027"' in line]
    assert not stage.apply(found=Found.REPLACE).changed
    stage.rollback()
    assert stage.configuration() == before


def test_one_that_is_only_named_like_it_stays(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(configuration=configuration(rule='HTTP.REQ.URL.CONTAINS("/vpn/zzz")'))
    stage.apply(found=Found.REPLACE)
    assert [line for line in stage.configuration() if '"ctx267027"' in line]


def test_a_run_that_died_while_replacing_is_finished_or_undone(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    for writes in range(3, 12, 2):
        stage = open_stage(configuration=HAND_MADE)
        before = stage.configuration()
        with dying(monkeypatch, writes), pytest.raises(DiedError):
            stage.apply(found=Found.REPLACE)
        stage.run = "again"
        if writes % 4 == 1:
            stage.apply(found=Found.REPLACE)
            assert rows(stage, "saved") == [], writes
        else:
            stage.rollback()
            assert stage.configuration() == before, writes


@pytest.mark.parametrize("change", ["bring in", "another type"])
def test_a_record_may_only_remove_what_it_took_over(open_stage: Callable[..., Stage], change: str) -> None:
    stage = open_stage(configuration=HAND_MADE)
    stage.apply(found=Found.REPLACE)
    path = max((stage.records / "box").glob("*.json"))
    record = ChangeRecord.read(path, stage.trust)
    reach = stage.mitigation.reach
    assert step_objections(record, reach) == []
    content = json.loads(path.read_text())
    theirs = next(
        step for step in content["steps"] if step["key"] == ["ctx267027"] and step["type"] == "responderpolicy"
    )
    if change == "bring in":
        theirs["before"], theirs["after"] = None, theirs["before"]
    else:
        theirs["type"], theirs["before"] = "policypatset", {"name": "ctx267027"}
    path.write_text(json.dumps(content))
    (objection,) = step_objections(ChangeRecord.read(path, stage.trust), reach)
    assert "ctx267027 is not an object of cve_2019_19781 by its name" in objection


@pytest.mark.parametrize("with_ours", [False, True])
def test_a_leftover_is_removed_under_the_conditions_of_a_retirement(
    open_stage: Callable[..., Stage], with_ours: bool
) -> None:
    stage = open_stage(configuration=HAND_MADE)
    if with_ours:
        stage.apply()
    stage.run = "retiring"
    before = stage.configuration()
    with pytest.raises(Refused, match="needs cve_2019_19781"):
        retire(stage, found=Found.REMOVE)
    assert stage.configuration() == before
    stage.simulator.appliance("box").upgrade("13.0 47.24")
    if with_ours:
        assert retire(stage).changed
        assert len(rows(stage)) == 3  # theirs is not touched unless somebody says so
        stage.run = "again"
    result = retire(stage, found=Found.REMOVE)
    assert result.changed
    assert rows(stage) == rows(stage, "saved") == []
    path = max((stage.records / "box").glob("*.json"))
    assert step_objections(ChangeRecord.read(path, stage.trust), stage.mitigation.reach) == []
    stage.run = "later"
    assert not retire(stage, found=Found.REMOVE).changed


def test_a_leftover_that_still_protects_is_bound_again(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(configuration=HAND_MADE)
    stage.mitigation = dataclasses.replace(stage.mitigation, trains=fixed_in((0, 0)))
    before = stage.configuration()
    with pytest.raises(StepFailed, match="so the removal was undone at once"):
        retire(stage, found=Found.REMOVE)
    assert stage.configuration() == before


def test_a_rule_that_only_observes_does_not_take_its_place(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(configuration=HAND_MADE)
    before = stage.configuration()
    with pytest.raises(
        Refused, match=r"ours does not take the whole place of the hand-made policy: GET /.* would pass"
    ):
        stage.apply(mode=Mode.OBSERVE, found=Found.REPLACE)
    assert stage.configuration() == before


WIDER = f'{HAND_MADE["responderpolicy"][0]["rule"]} || HTTP.REQ.URL.STARTSWITH("/admin")'


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"rule": WIDER}, "ctx267027 has a part that matches no attack of it: HTTP.REQ.URL.STARTSWITH"),
        ({"name": "pol_emergency"}, "pol_emergency is not named after the vendor's article, and matches "),
    ],
)
def test_a_rule_of_others_that_may_be_more_than_the_mitigation_stays(
    open_stage: Callable[..., Stage], changes: dict[str, str], why: str
) -> None:
    stage = open_stage(configuration=configuration(**changes))
    before = stage.configuration()
    with pytest.raises(Refused, match=f"box: found=replace: the policy {why}"):
        stage.apply(found=Found.REPLACE)
    stage.simulator.appliance("box").upgrade("13.0 47.24")
    with pytest.raises(Refused, match=f"box: found=remove: the policy {why}"):
        retire(stage, found=Found.REMOVE)
    assert stage.configuration() == before
