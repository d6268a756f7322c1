# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which inverses an undo sends, and what it takes for the change of somebody else: tests/engine plays the undo."""

from __future__ import annotations

from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import Attributes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_undo import (
    _inverses,
    _is_our_work,
)

from tests.played_together import played_together

ON, OFF = {"enabled": True}, {"enabled": False}
OLD: Attributes = {"name": "tq_x", "rule": "1", "action": "NOOP", "comment": "a"}
NEW: Attributes = {"name": "tq_x", "rule": "2", "action": "RESET", "comment": "b"}
OTHER: Attributes = {"name": "tq_x", "rule": "3", "action": "RESET", "comment": "b"}
ACL: Attributes = {"aclname": "tq_x", "aclaction": "DENY", "priority": 10}


def policy(before: Attributes | None, after: Attributes | None) -> Step:
    return Step("responderpolicy", ("tq_x",), before, after)


@played_together(
    ("step", "now", "ours"),
    [
        (policy(None, NEW), NEW, True),
        (policy(None, NEW), OTHER, False),
        (policy(None, NEW), None, False),
        (policy(OLD, None), None, True),
        (policy(OLD, None), NEW, False),
        (policy(OLD, NEW), NEW, True),
        (policy(OLD, NEW), OTHER, False),
        (policy(OLD, NEW), None, False),
        (Step(FEATURE, ("LB",), OFF, ON), ON, True),
        (Step(FEATURE, ("LB",), OFF, ON), OFF, False),
        (Step("nsacls", (), {"applied": False}, {"applied": True}), None, True),
    ],
)
def test_what_is_the_result_of_a_step(step: Step, now: Attributes | None, ours: bool) -> None:
    assert _is_our_work(step, now) is ours


STEPS = [
    Step(FEATURE, ("RESPONDER",), OFF, ON),
    policy(None, OLD),
    policy(OLD, NEW),
    Step("responderaction", ("tq_x",), None, {"name": "tq_x", "type": "noop"}),
]
RESPONDER, POLICY, ACTION = (FEATURE, ("RESPONDER",)), ("responderpolicy", ("tq_x",)), ("responderaction", ("tq_x",))


def undone(sent: list[int], current: dict[Any, Attributes]) -> tuple[list[str], list[Any]]:
    foreign, inverses = _inverses(STEPS, sent, dict(current))
    return foreign, [(place, step.type, step.before, step.after) for place, step in inverses]


def test_the_newest_step_is_undone_first_from_what_is_there_now() -> None:
    assert undone([0, 1, 2], {RESPONDER: ON, POLICY: NEW}) == (
        [],
        [
            (2, "responderpolicy", NEW, OLD),
            (1, "responderpolicy", OLD, None),
            (0, FEATURE, ON, OFF),
        ],
    )


def test_a_step_that_had_no_effect_is_undone_from_the_state_before_it() -> None:
    assert undone([1, 2], {POLICY: OLD}) == (
        [],
        [(2, "responderpolicy", OLD, OLD), (1, "responderpolicy", OLD, None)],
    )
    assert undone([3], {}) == ([], [(3, "responderaction", None, None)])


def test_what_somebody_else_has_changed_is_named_and_left() -> None:
    foreign, inverses = undone([0, 1, 2], {RESPONDER: ON, POLICY: OTHER})
    assert foreign == ["responderpolicy tq_x", "responderpolicy tq_x"]
    assert inverses == [(0, FEATURE, ON, OFF)]


def test_an_apply_command_is_always_sent_again() -> None:
    steps = [Step("nsacl", ("tq_x",), None, ACL), Step("nsacls", (), {"applied": True}, {"applied": True})]
    foreign, inverses = _inverses(steps, [0, 1], {("nsacl", ("tq_x",)): ACL})
    assert foreign == []
    assert [(place, step.before, step.after) for place, step in inverses] == [
        (1, {"applied": False}, {"applied": True}),
        (0, ACL, None),
    ]
