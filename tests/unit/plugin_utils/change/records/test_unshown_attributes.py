# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What our records know of a binding and a read does not show."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.unshown_attributes import (
    last_written,
    whole_state,
    whole_steps,
)

GATEWAY: ObjectId = ("vpnvserver_responderpolicy_binding", ("gw", "tq_x", "REQUEST"))
BALANCER: ObjectId = ("lbvserver_responderpolicy_binding", ("shop", "tq_x", "REQUEST"))
ACL: ObjectId = ("nsacl", ("tq_x",))
SHOWN: Attributes = {"priority": 100}
WRITTEN: Attributes = {"priority": 90, "gotopriorityexpression": "NEXT"}


@pytest.mark.parametrize(
    ("object_id", "state", "written", "whole"),
    [
        (GATEWAY, SHOWN, WRITTEN, {"priority": 100, "gotopriorityexpression": "NEXT"}),
        (GATEWAY, {**SHOWN, "gotopriorityexpression": "200"}, WRITTEN, {**SHOWN, "gotopriorityexpression": "200"}),
        (GATEWAY, SHOWN, {"priority": 90}, SHOWN),
        (GATEWAY, SHOWN, None, SHOWN),
        (GATEWAY, None, WRITTEN, None),
        (BALANCER, SHOWN, WRITTEN, SHOWN),
        (ACL, {"priority": "10"}, {"priority": "10", "ttl": 60}, {"priority": "10"}),
        ((FEATURE, ("RESPONDER",)), {"enabled": False}, {"enabled": True}, {"enabled": False}),
    ],
    ids=[
        "hidden",
        "shown",
        "default",
        "removed by us",
        "not there",
        "of a type that shows it",
        "no binding",
        "feature",
    ],
)
def test_only_what_a_read_does_not_show_is_taken_from_the_records(
    object_id: ObjectId, state: Attributes | None, written: Attributes | None, whole: Attributes | None
) -> None:
    assert whole_state(object_id, state, {object_id: written}) == whole
    assert whole_state(object_id, state, {}) == state


def run(*steps: Step) -> Any:
    return SimpleNamespace(touched=list(steps))


def test_the_first_step_of_an_object_begins_with_what_was_written_last() -> None:
    old: Attributes = {"priority": 90, "gotopriorityexpression": "300"}
    written = last_written([run(Step(*GATEWAY, None, old)), run(Step(*GATEWAY, old, WRITTEN))])
    steps = [Step(*GATEWAY, SHOWN, {"priority": 110}), Step(*GATEWAY, {"priority": 110}, None)]
    first, second = whole_steps(steps, written)
    assert first.inverse.after == {"priority": 100, "gotopriorityexpression": "NEXT"}
    assert second == steps[1], "the step before it has bound it with END, which is the default"
