# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which edits of ACLs may wait to be applied, by the records: what nobody knows counts as waiting."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import Attributes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.pending_edits import (
    unapplied,
    waiting_removals,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import (
    Outcome,
    StepState,
)

DENY: Attributes = {"aclname": "tq_a", "aclaction": "DENY", "priority": 10}
MADE, REMOVED = Step("nsacl", ("tq_a",), None, DENY), Step("nsacl", ("tq_a",), DENY, None)
REMOVED_6 = Step("nsacl6", ("tq_a",), {"acl6name": "tq_a"}, None)
APPLY, UNDO = Step("nsacls", (), None, {"applied": True}), Step("nsacls", (), None, {"applied": False})
APPLY_6 = Step("nsacls6", (), None, {"applied": True})
DONE, SENT, PLANNED, UNDONE = StepState.DONE, StepState.SENT, StepState.PLANNED, StepState.UNDONE


def record(*steps: tuple[Step, StepState], outcome: Outcome = Outcome.APPLIED) -> Any:
    sent = [step for step, state in steps if state in (DONE, SENT)]
    return SimpleNamespace(
        steps=[step for step, _state in steps],
        states=[state for _step, state in steps],
        touched=sent,
        outcome=outcome,
        is_only_sent=lambda step: (step, SENT) in steps,
    )


@pytest.mark.parametrize(
    ("records", "waiting"),
    [
        ([], set()),
        ([record((MADE, DONE))], set()),
        ([record((REMOVED, DONE))], {"nsacl"}),
        ([record((REMOVED, SENT))], {"nsacl"}),
        ([record((REMOVED, PLANNED))], set()),
        ([record((REMOVED, DONE), (APPLY, DONE))], set()),
        ([record((REMOVED, DONE), (APPLY, SENT))], {"nsacl"}),
        ([record((REMOVED, DONE), (APPLY, PLANNED))], {"nsacl"}),
        ([record((REMOVED, DONE), (UNDO, DONE))], {"nsacl"}),
        ([record((REMOVED, DONE), (APPLY_6, DONE))], {"nsacl"}),
        ([record((REMOVED, DONE), (REMOVED_6, DONE), (APPLY, DONE))], {"nsacl6"}),
        ([record((APPLY, DONE), (REMOVED, DONE))], {"nsacl"}),
        ([record((REMOVED, DONE)), record((MADE, DONE), (APPLY, DONE))], set()),
        ([record((REMOVED, DONE)), record((MADE, DONE))], {"nsacl"}),
    ],
)
def test_a_removal_waits_until_its_type_was_applied(records: list[Any], waiting: set[str]) -> None:
    assert waiting_removals(records) == waiting


@pytest.mark.parametrize(
    ("steps", "outcome", "waits"),
    [
        ([(MADE, DONE), (APPLY, DONE)], Outcome.APPLIED, False),
        ([(MADE, DONE), (APPLY, SENT)], Outcome.APPLIED, True),
        ([(MADE, DONE), (APPLY, PLANNED)], Outcome.APPLIED, True),
        ([(MADE, DONE)], Outcome.APPLIED, True),
        ([(MADE, SENT), (APPLY, DONE)], Outcome.APPLIED, True),
        ([(MADE, UNDONE), (APPLY, DONE)], Outcome.APPLIED, True),
        ([(MADE, DONE), (APPLY, DONE)], Outcome.FAILED, True),
        ([(MADE, DONE), (APPLY, DONE)], Outcome.PARTLY_REVERTED, True),
        ([(MADE, DONE), (APPLY, DONE)], Outcome.REVERTED, False),
        ([(MADE, UNDONE), (UNDO, UNDONE)], Outcome.REVERTED, False),
        ([(MADE, UNDONE), (UNDO, DONE)], Outcome.REVERTED, True),
        ([(MADE, PLANNED), (APPLY, PLANNED)], Outcome.APPLIED, None),
        ([(APPLY, DONE)], Outcome.APPLIED, False),
        ([], Outcome.APPLIED, None),
    ],
)
def test_edits_are_applied_where_a_run_has_applied_or_undone_all_of_them(
    steps: list[tuple[Step, StepState]], outcome: Outcome, waits: bool | None
) -> None:
    id_ = ("nsacls", ())
    assert unapplied([record(*steps, outcome=outcome)]) == ({id_} if waits else set())
    before = record((MADE, DONE))
    assert unapplied([before, record(*steps, outcome=outcome)]) == ({id_} if waits is not False else set())
    assert unapplied([record((REMOVED_6, DONE)), record(*steps, outcome=outcome)]) == (
        {("nsacls6", ())} | ({id_} if waits else set())
    )
