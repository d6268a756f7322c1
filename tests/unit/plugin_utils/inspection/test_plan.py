# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts, plan and result are frozen values, and the plan says by itself whether apply would write."""

from __future__ import annotations

from dataclasses import is_dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.inspection import (
    access,
    configuration,
    facts,
    features,
    nodes,
    ownership_state,
    plan,
    planned_steps,
    prior_runs,
    rule_assessment,
    saved_state,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.inspection.features import FeatureFacts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.inspection.plan import Plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.inspection.planned_steps import (
    PlannedSteps,
    steps_in_stages,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations import apply, measure_proof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.planner import State, Target

MODULES = (
    *(access, configuration, facts, features, nodes, ownership_state, plan, planned_steps),
    *(prior_runs, rule_assessment, saved_state, apply, measure_proof),
)
STEP = Step(FEATURE, ("RESPONDER",), {"enabled": False}, {"enabled": True})


def dataclasses_of(module: ModuleType) -> list[Any]:
    return [value for value in vars(module).values() if is_dataclass(value) and value.__module__ == module.__name__]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_facts_plan_and_result_cannot_be_changed(module: ModuleType) -> None:
    found = dataclasses_of(module)
    assert found
    assert [kind.__name__ for kind in found if not kind.__dataclass_params__.frozen] == []


@pytest.mark.parametrize(
    ("planned", "changes", "writes"),
    [
        (Plan(), False, False),
        (Plan(steps=(STEP,)), True, True),
        (Plan(saves=True), False, True),
        (Plan(save_first=True), False, True),
        (Plan(skipped="the build has the fix", saves=True, save_first=True), False, False),
    ],
)
def test_a_plan_says_whether_apply_would_change_and_write(planned: Plan, changes: bool, writes: bool) -> None:
    assert (planned.changes, planned.writes) == (changes, writes)


@pytest.mark.parametrize(
    ("planned", "steps"),
    [
        (PlannedSteps(route=(STEP,)), (STEP,)),
        (PlannedSteps("the build has the fix", (STEP,)), ()),
        (PlannedSteps(route=None, refusal="no priority is free"), ()),
    ],
)
def test_steps_that_are_skipped_or_impossible_are_not_carried_out(
    planned: PlannedSteps, steps: tuple[Step, ...]
) -> None:
    assert planned.steps == steps


def test_nothing_is_planned_in_stages_if_the_target_is_reached() -> None:
    assert steps_in_stages(State(), Document((), {}), Target()) == ([], [])


def test_an_unknown_licence_is_a_remark() -> None:
    assert FeatureFacts({"RESPONDER": None}).remarks == (
        "the licence: the appliance does not report whether the feature RESPONDER is licensed",
    )
    assert FeatureFacts({"RESPONDER": True}).remarks == ()


def test_a_missing_licence_and_a_policy_that_would_become_active_are_conflicts() -> None:
    key = ("responderglobal_responderpolicy_binding", ("REQ_OVERRIDE", "theirs"))
    bindings = {key: {"policyname": "theirs", "type": "REQ_OVERRIDE", "priority": 10}}
    parameters: Any = SimpleNamespace(owner=Owner("demo", 1), accept_sleeping_policies=())
    found = FeatureFacts({"RESPONDER": False}, {"RESPONDER": bindings}).conflicts(parameters)
    assert [conflict.kind for conflict in found] == ["not_licensed", "sleeping_policies"]
    parameters.accept_sleeping_policies = ("theirs",)
    assert FeatureFacts({"RESPONDER": True}, {"RESPONDER": bindings}).conflicts(parameters) == []
