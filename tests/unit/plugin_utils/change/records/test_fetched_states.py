# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The states of the steps in a record from a node, and what is shown of somebody else's lock."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lock_content import Lock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import StepState

from tests.unit.plugin_utils.change.records.test_record_content import RECORD, STEP

ORIGIN = {"node": "10.1.0.11:443", "state": "begun", "sha256": "0", "host": "gw"}
STATES = ("planned", "sent", "done", "undone")


def states(**values: Any) -> tuple[StepState, ...]:
    steps = [{**STEP, "state": state} for state in STATES]
    return RecordContent.from_json({**RECORD, "steps": steps, **values}, where="here").step_states


def test_of_a_run_of_another_control_node_that_is_not_over_each_planned_step_may_have_been_sent() -> None:
    expected = (StepState.SENT, StepState.SENT, StepState.DONE, StepState.UNDONE)
    assert states(outcome="open", origin=ORIGIN) == expected


@pytest.mark.parametrize(
    "values", [{"outcome": "open"}, {"outcome": "applied", "origin": ORIGIN}, {"outcome": "applied"}]
)
def test_any_other_run_has_written_its_states_down(values: dict[str, Any]) -> None:
    assert states(**values) == tuple(map(StepState, STATES))


def test_a_text_in_the_lock_of_somebody_else_is_cut() -> None:
    lock = Lock.parse(json.dumps({"format": 1, "owner": "x" * 1000, "reason": "y" * 300}).encode())
    assert (lock.owner, lock.reason) == ("x" * 300, "y" * 300)
