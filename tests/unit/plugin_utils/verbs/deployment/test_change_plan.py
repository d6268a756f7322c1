# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan writes, when two plans are the same, and when the unsaved changes of others forbid one."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Unsaved
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.unsaved_changes import UnsavedChanges
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import AGAIN, advice
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.change_plan import (
    require_all_usable,
    require_no_foreign_changes,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import RollbackPlan

from tests.accepted import accepted
from tests.played_together import played_together

STEP = Step(FEATURE, ("RESPONDER",), {"enabled": False}, {"enabled": True})
LINES = ["+ add lb vserver x HTTP"]


@pytest.mark.parametrize(
    ("plan", "writes"),
    [
        (RollbackPlan(), False),
        (RollbackPlan(foreign_lines=("+ x",)), False),
        (RollbackPlan(steps=(STEP,)), True),
        (RollbackPlan(must_save=True), True),
        (RollbackPlan(secondary_unsaved=True), True),
    ],
)
def test_a_plan_writes_steps_and_saves(plan: RollbackPlan, writes: bool) -> None:
    assert plan.writes is writes


def test_two_plans_are_the_same_with_the_same_configuration_and_unsaved_changes_of_others() -> None:
    plan = RollbackPlan(basis={"objects": [1]}, foreign_lines=("+ x",))
    assert plan.is_same(replace(plan, remarks=("a remark",), must_save=True))
    assert not plan.is_same(replace(plan, basis={"objects": [2]}))
    assert not plan.is_same(replace(plan, foreign_lines=()))
    assert plan.seal != replace(plan, basis={"objects": [2]}).seal


@played_together("option", list(Unsaved))
@played_together("foreign", [[], LINES])
@played_together("ours", [False, True])
@played_together("steps", [(), (STEP,)])
def test_a_save_of_the_changes_of_others_needs_a_decision(
    option: Unsaved, foreign: list[str], ours: bool, steps: tuple[Step, ...]
) -> None:
    def require() -> None:
        require_no_foreign_changes("gw", option, UnsavedChanges(ours, foreign), steps)

    if foreign and (steps or ours) and option is Unsaved.REFUSE:
        with pytest.raises(Refused, match=r"^gw: .*\+ add lb vserver x HTTP.* Nothing was changed\.$"):
            require()
    else:
        require()


@pytest.mark.parametrize("in_force", [(), (False,), (True,), (False, True)])
def test_a_record_in_force_that_may_not_be_acted_upon_forbids_a_removal(in_force: tuple[bool, ...]) -> None:
    left_out = [
        SimpleNamespace(is_in_force=one, text=lambda where: f"{where}: a record is left alone.", fix=advice("x", AGAIN))
        for one in in_force
    ]
    usable: Any = SimpleNamespace(left_out=left_out)
    if any(in_force):
        with pytest.raises(Refused, match=r"^gw: a record is left alone\. Nothing was changed\.$") as refused:
            require_all_usable("gw", usable)
        assert [one["again"] for one in refused.value.commands] == [True]
    else:
        with accepted():
            require_all_usable("gw", usable)
