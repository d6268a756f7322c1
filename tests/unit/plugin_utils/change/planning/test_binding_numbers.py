# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""At which number each binding of an entry is brought in, on an appliance that has others."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document, Stage
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.binding_numbers import (
    nearest_free,
    with_numbers,
)

GLOBAL = "responderglobal_responderpolicy_binding"
OURS = (GLOBAL, ("tq_x", "REQ_OVERRIDE"))


def bound(**others: int) -> Any:
    """Bindings at REQ_OVERRIDE by policy, with their numbers."""
    return {
        (GLOBAL, (name, "REQ_OVERRIDE")): {"policyname": name, "type": "REQ_OVERRIDE", "priority": number}
        for name, number in others.items()
    }


def numbered(present: Any, left: Any = None, wanted: int = 12) -> tuple[int, tuple[str, ...]]:
    document = Document((), bound(tq_x=wanted), stages=(Stage(bound(tq_x=wanted)),))
    found = with_numbers(document, 12, present, left or {})
    number = found.document.objects[OURS]["priority"]
    assert (found.document.stages[0].objects[OURS] or {})["priority"] == number
    return int(number), found.remarks  # type: ignore[arg-type]


def taken(by: str, whose: str, at: int) -> tuple[str, ...]:
    return (f"priority 12 at REQ_OVERRIDE, that of the entry, is taken by {by} {whose}: ours is bound at {at}",)


@pytest.mark.parametrize(
    ("present", "number", "remarks"),
    [
        ({}, 12, ()),
        (bound(theirs=100), 12, ()),
        (bound(theirs=12), 11, taken("theirs", "of somebody else", 11)),
        (bound(theirs=12, more=11), 10, taken("theirs", "of somebody else", 10)),
        (bound(tq_y=12), 11, taken("tq_y", "of another measure of ours", 11)),
        (bound(tq_x__twin=12), 12, ()),
        (
            {**bound(theirs=12), **bound(**{f"p{n}": n for n in range(1, 12)})},
            13,
            taken("theirs", "of somebody else", 13),
        ),
    ],
)
def test_a_new_binding(present: Any, number: int, remarks: tuple[str, ...]) -> None:
    assert numbered(present) == (number, remarks)


def test_what_is_bound_stays_at_the_older_number_and_where_our_last_run_left_it() -> None:
    assert numbered(bound(tq_x=10)) == (10, ())
    assert numbered(bound(tq_x=11, theirs=12), bound(tq_x=11)) == (11, ())
    assert numbered(bound(tq_x=11), bound(tq_x=11)) == (11, ()), "they have left"
    assert numbered(bound(tq_x=11, theirs=12)) == (11, ()), "another control node has no record of it"


def test_a_number_by_somebody_else_is_not_kept() -> None:
    assert numbered(bound(tq_x=400)) == (12, ())
    assert numbered(bound(tq_x=400), bound(tq_x=12)) == (12, ())
    assert numbered(bound(tq_x=400, theirs=12))[0] == 11


def test_the_number_of_the_operator_is_not_moved() -> None:
    assert numbered(bound(theirs=50), wanted=50) == (50, ())


def leading(number: int, goto: str = "END", action: str = "NOOP") -> Any:
    """A policy of somebody else with its action."""
    (id_,) = one = bound(rp_allow=number)
    policy = {("responderpolicy", ("rp_allow",)): {"name": "rp_allow", "rule": "true", "action": action}}
    return {id_: {**one[id_], "gotopriorityexpression": goto}, **policy}


@pytest.mark.parametrize(
    ("present", "number"),
    [
        (leading(5), 4),
        (leading(5, "100"), 4),
        (leading(5, "NEXT"), 12),
        (leading(5, action="DROP"), 12),
        (leading(13), 12),
        (leading(1), 12),
        ({**leading(5), **bound(theirs=4)}, 3),
        ({**leading(5), **bound(theirs=12)}, 4),
        (bound(NOPOLICY=5), 4),
    ],
)
def test_a_new_binding_goes_in_front_of_what_would_lead_past_it(present: Any, number: int) -> None:
    found, remarks = numbered(present)
    assert found == number
    assert any("would lead requests past priority 12" in text for text in remarks) is (number < 5)


def test_what_is_bound_already_is_not_moved_by_it() -> None:
    assert numbered({**leading(5), **bound(tq_x=12)}, bound(tq_x=12)) == (12, ())


@pytest.mark.parametrize(
    ("number", "taken", "free"), [(2, {2}, 1), (3, {3, 2}, 1), (1, {1}, 2), (2, {1, 2}, 3), (10, {10, 11}, 9)]
)
def test_the_nearest_free_number_is_in_front_down_to_1_or_else_behind(number: int, taken: set[int], free: int) -> None:
    assert nearest_free(number, taken) == free
