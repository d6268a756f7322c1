# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The effect of a sequence of steps on an object. Carrying them out and undoing them is tested on the simulator (tests/engine)."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.read_back import (
    first_states,
    last_states,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import Attributes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import Step


def policy(name: str, before: Attributes | None, after: Attributes | None) -> Step:
    return Step("responderpolicy", (name,), before, after)


def test_of_an_object_that_is_touched_twice_the_first_and_the_last_state_count() -> None:
    one, two, three = {"name": "1"}, {"name": "2"}, {"name": "3"}
    steps = [policy("p", one, two), policy("q", None, one), policy("p", two, three)]
    p, q = steps[0].object_id, steps[1].object_id
    assert first_states(steps, [0, 1, 2]) == {p: one, q: None}
    assert first_states(steps, [2]) == {p: two}
    assert last_states(steps) == {p: three, q: one}
