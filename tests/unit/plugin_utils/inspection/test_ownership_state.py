# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The presence of a measure: an older version counts as such only if it is whole."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.inspection.ownership_state import ownership_state
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import Attributes, ObjectId
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.planner import State, Target
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.evidence import Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_states import Outcome

POLICY: ObjectId = ("responderpolicy", ("tq_demo",))
STEP = SimpleNamespace()


def policy(version: int, rule: str = "TRUE") -> Attributes:
    return {"name": "tq_demo", "rule": rule, "action": "NOOP", "comment": Owner("demo", version).comment}


def state_of(there: Attributes | None, left: Attributes | None, asked: int = 2, route: Any = (STEP,)) -> Any:
    """:param there: our policy on the appliance; left: as our last run left it, by its record"""
    parameters: Any = SimpleNamespace(
        owner=Owner("demo", asked), measure=SimpleNamespace(depends_on_build=lambda: True, is_read_back=lambda: False)
    )
    objects = {} if there is None else {POLICY: there}
    configuration: Any = SimpleNamespace(state=State(objects, {}), target=Target({POLICY: policy(asked)}, {}))
    steps = [] if left is None else [Step(*POLICY, None, left)]
    records: Any = [SimpleNamespace(outcome=Outcome.APPLIED, steps=steps, touched=steps)]
    planned: Any = SimpleNamespace(route=route)
    return ownership_state(parameters, configuration, planned, records)


def test_an_older_version_that_is_as_our_run_left_it_is_older() -> None:
    found = state_of(policy(1), policy(1))
    assert (found.presence, found.version) == (Presence.OLDER, 1)
    assert found.older.objects == {POLICY: policy(1)}


@pytest.mark.parametrize(("there", "left"), [(policy(1, "FALSE"), policy(1)), (policy(1), None)])
def test_an_older_version_that_is_not_whole_or_has_no_record_has_drifted(
    there: Attributes, left: Attributes | None
) -> None:
    found = state_of(there, left)
    assert (found.presence, found.version) == (Presence.DRIFTED, 1)
    assert found.older is not None


def test_a_newer_version_is_never_older() -> None:
    found = state_of(policy(3), policy(3))
    assert (found.presence, found.version, found.older) == (Presence.DRIFTED, 3, None)


def test_the_version_that_is_asked_for_is_drifted_unless_it_is_as_our_run_left_it() -> None:
    found = state_of(policy(2), policy(2))
    assert (found.presence, found.version) == (Presence.OLDER, 2), "the inventory asks for something else"
    assert found.older.objects == {POLICY: policy(2)}
    for left in (policy(2, "FALSE"), None):
        found = state_of(policy(2), left)
        assert (found.presence, found.version, found.older) == (Presence.DRIFTED, 2, None)


def test_what_needs_no_step_is_current_and_what_has_no_object_is_absent() -> None:
    assert state_of(policy(2), policy(2), route=()).presence == Presence.CURRENT
    assert state_of(None, policy(1)).presence == Presence.ABSENT
