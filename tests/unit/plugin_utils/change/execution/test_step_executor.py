# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How far a run came, in words: tests/engine plays the steps."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import progress
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import (
    RecordKind,
    StepState,
)

PLANNED, SENT, DONE, UNDONE = StepState.PLANNED, StepState.SENT, StepState.DONE, StepState.UNDONE


@pytest.mark.parametrize(
    ("states", "text"),
    [
        ((PLANNED,), "0 of 1 step is in place"),
        ((DONE, DONE, PLANNED), "2 of 3 steps are in place"),
        ((DONE, SENT, UNDONE, PLANNED), "1 of 4 steps are in place, 1 in doubt"),
        ((UNDONE, SENT, SENT), "0 of 3 steps are in place, 2 in doubt"),
    ],
)
def test_how_far_a_run_came(states: tuple[StepState, ...], text: str) -> None:
    record: Any = SimpleNamespace(
        states=list(states), path="/x", kind=RecordKind.APPLY, content=SimpleNamespace(values={}), measure="cve"
    )
    assert progress(record) == (f"{text}; the record is /x. Run the same playbook again, or rollback.yml -e why=undo.")
