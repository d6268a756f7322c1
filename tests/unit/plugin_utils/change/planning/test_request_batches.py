# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps that are sent as one request."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import Attributes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.request_batches import (
    BULK_LIMIT,
    batches,
    gather_members,
)

PATTERNS = "policypatset_pattern_binding"


def pattern(number: int) -> Step:
    return Step(PATTERNS, ("s", str(number)), None, {"name": "s", "String": str(number)})


def a_set(name: str = "s") -> Step:
    return Step("policypatset", (name,), None, {"name": name})


def policy(name: str, before: Attributes | None, after: Attributes | None) -> Step:
    return Step("responderpolicy", (name,), before, after)


def test_new_objects_of_one_type_that_follow_one_another_go_together() -> None:
    made, gone = {"name": "p"}, {"name": "q"}
    steps = [
        Step(FEATURE, ("RESPONDER",), {"enabled": False}, {"enabled": True}),
        pattern(1),
        pattern(2),
        policy("p", None, made),
        policy("q", gone, None),
        policy("r", None, made),
        policy("s", None, made),
        policy("r", made, gone),
    ]
    groups = list(batches(steps))
    assert [list(group.positions) for group in groups] == [[0], [1, 2], [3], [4], [5, 6], [7]]
    assert [step for group in groups for step in group.steps] == steps
    (bulk,) = groups[1].requests()
    assert (bulk.method, bulk.path) == ("POST", PATTERNS)
    assert bulk.body == {PATTERNS: [{"name": "s", "String": "1"}, {"name": "s", "String": "2"}]}
    (single,) = groups[2].requests()
    assert single.body == {"responderpolicy": made}, "one object goes as a mapping, not as a list"


def test_a_bulk_request_has_a_limit() -> None:
    groups = list(batches([pattern(number) for number in range(BULK_LIMIT + 1)]))
    assert [len(group.steps) for group in groups] == [BULK_LIMIT, 1]


def test_no_steps_make_no_requests() -> None:
    assert list(batches([])) == []


def test_a_set_that_goes_takes_its_members_with_it() -> None:
    made = [a_set("t"), a_set(), pattern(1), pattern(2)]
    gone = [step.inverse for step in reversed(made)]
    steps = gather_members(gone)
    assert [step.key for step in steps] == [("s", "2"), ("s", "1"), ("s",), ("t",)]
    first, second = batches(steps)
    assert [(request.method, request.path) for request in first.requests()] == [("DELETE", "policypatset/s")]
    assert [(request.method, request.path) for request in second.requests()] == [("DELETE", "policypatset/t")]
    assert [single.steps for single in first.one_by_one()] == [(step,) for step in steps[:3]]
    assert [single.first for single in replace(first, first=5).one_by_one()] == [5, 6, 7]
    assert second.one_by_one() == []


def test_a_member_that_goes_alone_is_unbound_by_a_request_of_its_own() -> None:
    steps = [pattern(1).inverse, pattern(2).inverse]
    assert gather_members(steps) == steps
    assert [request.method for batch in batches(steps) for request in batch.requests()] == ["DELETE", "DELETE"]


def test_members_of_a_set_that_is_made_stay_behind_it() -> None:
    steps = [a_set(), pattern(1), pattern(2)]
    assert gather_members(steps) == steps
    assert [len(batch.steps) for batch in batches(steps)] == [1, 2]


def test_each_request_has_at_most_so_many_objects_however_many_there_are() -> None:
    groups = list(batches([pattern(number) for number in range(3 * BULK_LIMIT + 2)]))
    assert [len(group.steps) for group in groups] == [BULK_LIMIT] * 3 + [2]
