# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which steps go out as one request. Carrying them out and undoing them is tested on the simulator (tests/engine)."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execute import (
    BULK_LIMIT,
    batches,
    first_states,
    last_states,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.resources import Attributes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.steps import FEATURE, Step

PATTERNS = "policypatset_pattern_binding"


def pattern(number: int) -> Step:
    return Step(PATTERNS, ("s", str(number)), None, {"name": "s", "String": str(number)})


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


def test_of_an_object_that_is_touched_twice_the_first_and_the_last_state_count() -> None:
    one, two, three = {"name": "1"}, {"name": "2"}, {"name": "3"}
    steps = [policy("p", one, two), policy("q", None, one), policy("p", two, three)]
    p, q = steps[0].object_id, steps[1].object_id
    assert first_states(steps, [0, 1, 2]) == {p: one, q: None}
    assert first_states(steps, [2]) == {p: two}
    assert last_states(steps) == {p: three, q: one}
