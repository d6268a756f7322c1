# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run finds that is refused by it, or writes a decision alone, is in a record, once: when it is gone nothing else shows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.action import close, reopen
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.run import NOT_AS_LEFT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply.run import Apply, ApplyRecommended
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.run import Close, CloseByMeasure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_per_partition import (
    PartitionedSwitch,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.opening_by_measure import MeasureOpening
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.run import Reopen
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.retire.run import Retire
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.run import Rollback

from simulator import Simulator
from tests.engine import control_nodes
from tests.engine.closing_stage import ClosingStage
from tests.engine.test_closing import LISTS, apply_as_the_inventory_says, task_options
from tests.engine.test_protection_lost import by_hand, unbind
from tests.engine.test_protection_on_all_pages import HOW_FAR
from tests.engine.views import options_of
from tests.stage.memory import Stage

BOX = control_nodes.BOX


def lead_past(stage: Stage, rule: str = "TRUE", goes_on: str = "END") -> None:
    """Somebody binds a policy in front of ours."""
    bound = {"policyname": "rp_all", "priority": 5, "gotopriorityexpression": goes_on, "type": "REQ_OVERRIDE"}
    by_hand(
        stage,
        ("POST", "responderpolicy", {"responderpolicy": {"name": "rp_all", "rule": rule, "action": "NOOP"}}),
        ("PUT", "responderglobal_responderpolicy_binding", {"responderglobal_responderpolicy_binding": bound}),
    )


@pytest.mark.parametrize(
    ("task", "is_planned"), [(Apply, False), (Apply, True), (ApplyRecommended, False), (ApplyRecommended, True)]
)
def test_an_apply_that_is_refused_keeps_what_refuses_it_once(
    open_stage: Callable[..., Stage], task: type[Task], is_planned: bool
) -> None:
    """Seen: "4 attacks would pass", and once that policy was gone all views said that it had been mitigated throughout."""
    stage = open_stage()
    stage.apply()
    before = set(stage.records.rglob("*.json"))
    lead_past(stage)
    options = {**options_of(stage), **HOW_FAR, "mitigation": stage.mitigation.id}

    def played(*, is_preview: bool = False) -> list[Any]:
        values = task(stage.appliance, options, check_mode=is_preview or is_planned, is_preview=is_preview).values()
        assert "would pass" in str(values)
        return [json.loads(path.read_text()) for path in set(stage.records.rglob("*.json")) - before]

    assert played(is_preview=True) == [], "a preview keeps nothing"
    for _again in range(2):
        (found,) = played()
        assert (found["kind"], found["steps"], found["proof"]) == ("verify", [], None)
        assert list(found["found_beside"]) == [stage.mitigation.id]


def test_an_apply_whose_appliance_changed_since_its_plan_keeps_what_it_found(
    open_stage: Callable[..., Stage], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It is refused without a conflict of its own: somebody took out a binding of ours, and puts it back before the next run."""
    stage = open_stage()
    stage.apply()
    before = set(stage.records.rglob("*.json"))
    plans = str(tmp_path_factory.mktemp("plans"))
    options = {**options_of(stage), **HOW_FAR, "mitigation": stage.mitigation.id, "plans": plans}
    assert not Apply(stage.appliance, options, check_mode=True, is_preview=False).values().get("failed")
    unbind(stage)
    assert "it has changed since" in Apply(stage.appliance, options, check_mode=False, is_preview=False).values()["msg"]
    (found,) = [json.loads(path.read_text()) for path in set(stage.records.rglob("*.json")) - before]
    assert found["found_beside"] == {stage.mitigation.id: NOT_AS_LEFT}


@pytest.mark.parametrize("is_planned", [True, False])
def test_the_task_of_a_closing_keeps_it_too_where_its_plan_is_refused(
    simulator: Simulator, tmp_path: Path, is_planned: bool
) -> None:
    simulator.reset()
    stage = ClosingStage(simulator, tmp_path)
    stage.apply()
    before = set(stage.records.rglob("*.json"))
    lead_past(stage, 'HTTP.REQ.HEADER("X-Forwarded-Port").TYPECAST_NUM_T(DECIMAL).EQ(8443)', "NEXT")
    options = task_options(stage, close.ActionModule, step="notice", expires="8")
    for is_preview, kept in ((True, 0), (False, 1), (False, 1)):
        closing = CloseByMeasure(stage.appliance, options, is_planned or is_preview, is_preview)
        assert "would pass" in closing.values()["msg"]
        found = [json.loads(path.read_text()) for path in set(stage.records.rglob("*.json")) - before]
        assert [(one["kind"], one["steps"], list(one["found_beside"])) for one in found] == [
            ("verify", [], [stage.mitigation.id])
        ] * kept
    assert stage.closed() == []


def test_a_closing_that_is_refused_keeps_what_refuses_it_once(simulator: Simulator, tmp_path: Path) -> None:
    """It keeps what it found beside the mitigation that another run has proven, and nothing of its own."""
    simulator.reset()
    stage = ClosingStage(simulator, tmp_path)
    stage.apply()
    before = set(stage.records.rglob("*.json"))
    # Where it has no result nothing more is evaluated, at no virtual server either.
    lead_past(stage, 'HTTP.REQ.HEADER("X-Forwarded-Port").TYPECAST_NUM_T(DECIMAL).EQ(8443)', "NEXT")
    for stage.run, only_plan, kept in (("planned", True, 0), ("first", False, 1), ("second", False, 1)):
        _plan, result = stage.close(LadderStep.NOTICE, only_plan=only_plan)
        assert only_plan or (result is not None and "would pass" in result.failed)
        found = [json.loads(path.read_text()) for path in set(stage.records.rglob("*.json")) - before]
        assert stage.closed() == []
        assert not any("closing" in one or "decided_by" in one for one in found)
        assert [(one["kind"], one["steps"], list(one["found_beside"])) for one in found] == [
            ("verify", [], [stage.mitigation.id])
        ] * kept


def test_a_closing_that_writes_its_decision_alone_keeps_it_too(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset()
    stage = ClosingStage(simulator, tmp_path)
    stage.apply()
    stage.close(LadderStep.NOTICE)
    before = set(stage.records.rglob("*.json"))
    unbind(stage)
    stage.run = "extended"
    plan, _result = stage.close(LadderStep.NOTICE, extend=True)
    (found,) = [json.loads(path.read_text()) for path in set(stage.records.rglob("*.json")) - before]
    assert (list(plan.steps), found["kind"], found["found_beside"]) == (
        [],
        "verify",
        {stage.mitigation.id: NOT_AS_LEFT},
    )


def test_an_opening_that_writes_its_decision_alone_keeps_it_too(simulator: Simulator, tmp_path: Path) -> None:
    """The lists that close were in place before, and stay."""
    simulator.reset()
    gateway = ClosureScope(vips=("gw",))
    stage = ClosingStage(simulator, tmp_path)
    stage.apply()
    stage.settings[LadderStep.PATHS] = [{**one, "mode": "enforce"} for one in LISTS[:1]]
    apply_as_the_inventory_says(stage, LadderStep.PATHS)
    stage.close(LadderStep.PATHS, gateway)
    before = set(stage.records.rglob("*.json"))
    unbind(stage)
    stage.run = "opened"
    plan, _result = stage.open(LadderStep.PATHS, gateway, accept_exposure=True)
    (found,) = [json.loads(path.read_text()) for path in set(stage.records.rglob("*.json")) - before]
    assert (plan.steps, found["kind"], found["found_beside"]) == ([], "verify", {stage.mitigation.id: NOT_AS_LEFT})


@pytest.mark.parametrize("is_planned", [True, False])
@pytest.mark.parametrize("step", [LadderStep.NOTICE, LadderStep.OFF])
def test_an_opening_that_is_refused_keeps_what_is_beside_ours_once(
    simulator: Simulator, tmp_path: Path, step: LadderStep, *, is_planned: bool
) -> None:
    """Seen: "it stays closed", and once the policy in front of it was gone the ledger said that it had been mitigated throughout."""
    simulator.reset()
    stage = ClosingStage(simulator, tmp_path)
    stage.apply()
    options = task_options(stage, close.ActionModule, step=str(step), expires="8")
    assert not Close(stage.appliance, options, check_mode=False, is_preview=False).values().get("failed")
    closed, before = stage.closed(), set(stage.records.rglob("*.json"))
    lead_past(stage)
    options = task_options(stage, reopen.ActionModule, step=str(step))
    for is_preview, kept in ((True, 0), (False, 1), (False, 1)):
        with pytest.raises(Refused):
            Reopen(stage.appliance, options, is_planned or is_preview, is_preview).values()
        found = [json.loads(path.read_text()) for path in set(stage.records.rglob("*.json")) - before]
        assert [(one["kind"], one["steps"], list(one["found_beside"])) for one in found] == [
            ("verify", [], [stage.mitigation.id])
        ] * kept
        assert not any("closing" in one or "decided_by" in one for one in found)
    assert stage.closed() == closed


@pytest.mark.parametrize(("step", "run"), [(LadderStep.NOTICE, MeasureOpening), (LadderStep.OFF, PartitionedSwitch)])
def test_an_opening_that_is_refused_after_its_plan_keeps_what_is_beside_ours(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: LadderStep, run: type
) -> None:
    """Somebody else holds the lock when it begins, say."""
    simulator.reset()
    stage = ClosingStage(simulator, tmp_path)
    stage.apply()
    options = task_options(stage, close.ActionModule, step=str(step), expires="8")
    assert not Close(stage.appliance, options, check_mode=False, is_preview=False).values().get("failed")
    before = set(stage.records.rglob("*.json"))
    lead_past(stage)
    more = {"accept_exposure": True, "accept_unread": True, "second": "S. Bakker"}
    options = task_options(stage, reopen.ActionModule, step=str(step), **more)

    def locked(*_arguments: Any) -> None:
        raise Refused("box: somebody else works on it")

    monkeypatch.setattr(run, "carry_out", locked)
    values = Reopen(stage.appliance, options, check_mode=False, is_preview=False).values()
    assert (values["refused"], "somebody else works on it" in values["msg"]) == (True, True)
    (found,) = [json.loads(path.read_text()) for path in set(stage.records.rglob("*.json")) - before]
    assert (found["kind"], list(found["found_beside"])) == ("verify", [stage.mitigation.id])


@pytest.mark.parametrize("step", [LadderStep.NOTICE, LadderStep.OFF])
def test_a_closing_without_a_plan_keeps_what_is_beside_ours(
    simulator: Simulator, tmp_path: Path, step: LadderStep
) -> None:
    """The inventory names an admin partition that is not there: nothing is planned."""
    simulator.reset()
    stage = ClosingStage(simulator, tmp_path)
    stage.apply()
    before = set(stage.records.rglob("*.json"))
    lead_past(stage)
    stage.variables["partitions"] = ["gone"]
    options = task_options(stage, close.ActionModule, step=str(step), expires="8")
    with pytest.raises(Refused, match="gone"):
        Close(stage.appliance, options, check_mode=False, is_preview=False).values()
    found = [json.loads(path.read_text()) for path in set(stage.records.rglob("*.json")) - before]
    assert [list(one["found_beside"]) for one in found] == [[stage.mitigation.id]]


@pytest.mark.parametrize(("task", "is_planned"), [(Rollback, False), (Rollback, True), (Retire, False)])
def test_a_removal_that_is_refused_keeps_what_is_beside_it_once(
    open_stage: Callable[..., Stage], task: type[Task], is_planned: bool
) -> None:
    """Seen: refused as a node needs it, and once the policy in front of it was gone the ledger said that it had been mitigated throughout."""
    stage = open_stage()
    stage.apply()
    before = set(stage.records.rglob("*.json"))
    lead_past(stage)
    options = {**options_of(stage), **HOW_FAR, "mitigation": stage.mitigation.id}
    options |= {"why": "after_fix", "accept_exposure": False, "force": False}

    def kept(*, is_preview: bool = False) -> list[Any]:
        with pytest.raises(Refused, match="which needs cve_2019_19781"):
            task(stage.appliance, options, check_mode=is_preview or is_planned, is_preview=is_preview).values()
        return [json.loads(path.read_text()) for path in set(stage.records.rglob("*.json")) - before]

    assert kept(is_preview=True) == [], "a preview keeps nothing"
    for _again in range(2):
        (found,) = kept()
        assert (found["kind"], found["steps"], list(found["found_beside"])) == ("verify", [], [stage.mitigation.id])


def test_an_apply_that_is_refused_under_its_lock_keeps_what_came_meanwhile(open_stage: Callable[..., Stage]) -> None:
    """The plan had not seen it, so what it kept would be what was there before."""
    stage = open_stage()
    stage.apply(version=1)
    before, stage.run = set(stage.records.rglob("*.json")), "second"

    def meanwhile(_deployment: Any) -> None:
        stage.simulator.appliance("box").advance(2)
        lead_past(stage)

    with pytest.raises(Refused, match="between the plan and the lock"):
        stage.apply(meanwhile)
    (found,) = [json.loads(path.read_text()) for path in set(stage.records.rglob("*.json")) - before]
    assert (found["kind"], found["steps"], list(found["found_beside"])) == ("verify", [], [stage.mitigation.id])


@pytest.fixture
def theirs(simulator: Simulator, tmp_path: Path) -> ClosingStage:
    """A control node that has read the first version of a mitigation from the nodes, where another one has brought in the second one since."""
    simulator.reset()
    ours, theirs = (ClosingStage(simulator, tmp_path / name) for name in ("ours", "theirs"))
    ours.apply(version=1)
    theirs.run, theirs.settings[LadderStep.PATHS] = "lists", [{**one, "mode": "enforce"} for one in LISTS[:1]]
    apply_as_the_inventory_says(theirs, LadderStep.PATHS)
    theirs.close(LadderStep.PATHS, ClosureScope(vips=("gw",)))
    ours.run = "second"
    ours.apply()
    theirs.run = "last"
    return theirs


def _extended(stage: ClosingStage) -> None:
    stage.close(LadderStep.PATHS, ClosureScope(vips=("gw",)), extend=True)


def _opened(stage: ClosingStage) -> None:
    stage.open(LadderStep.PATHS, ClosureScope(vips=("gw",)), accept_exposure=True)


def _refused(stage: ClosingStage) -> None:
    lead_past(stage, 'HTTP.REQ.HEADER("X-Forwarded-Port").TYPECAST_NUM_T(DECIMAL).EQ(8443)', "NEXT")
    _plan, result = stage.close(LadderStep.NOTICE)
    assert result is not None
    assert "would pass" in result.failed


@pytest.mark.parametrize("run", [_extended, _opened, _refused])
def test_what_another_control_node_changed_since_is_not_found_otherwise(
    theirs: ClosingStage, run: Callable[[ClosingStage], None]
) -> None:
    """Seen: drifted, and protection lost by nobody's decision, as a run without a write compared with what it had read from the nodes before."""
    run(theirs)
    (found,) = [json.loads(path.read_text()) for path in theirs.records.rglob("*-last.json")]
    assert {*found["found_beside"]} == {theirs.mitigation.id}
    assert NOT_AS_LEFT not in found["found_beside"].values()
    assert [*theirs.records.rglob("*-second.json")], "its record follows that of the other control node"
