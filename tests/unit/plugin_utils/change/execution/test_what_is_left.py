# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run without the lease says: which steps are in place or in doubt, whether they are saved, and what to do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.what_is_left import (
    nodes_left,
    undo_command,
    what_is_left,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import (
    RecordKind,
    StepState,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import command_values

AGAIN = "When the other run has ended, status.yml shows what is in place: then run apply.yml again, which continues this run"
UNSAVED = "It is not saved, and a reboot would remove it unless the other run saves"
BACK = ", or rollback.yml -e why=undo, which takes it back."


def text(*states: StepState, saved: bool = False) -> str:
    steps = [SimpleNamespace(lines=lambda number=number: [f"line {number}", "more"]) for number in range(len(states))]
    record: Any = SimpleNamespace(
        steps=steps, states=states, path="/x", kind=RecordKind.APPLY, content=SimpleNamespace(values={}), measure="cve"
    )
    return what_is_left(record, saved=saved, playbook="apply.yml")


PLANNED, SENT, DONE, UNDONE = StepState.PLANNED, StepState.SENT, StepState.DONE, StepState.UNDONE


@pytest.mark.parametrize(
    ("states", "was"),
    [
        ((), "nothing was changed"),
        ((PLANNED, PLANNED), "nothing was changed"),
        ((UNDONE, PLANNED), "what it had done was undone"),
    ],
)
def test_nothing_is_in_place(states: tuple[StepState, ...], was: str) -> None:
    assert text(*states) == f"No step of this run is in place: {was}. The record is /x. {AGAIN}."


@pytest.mark.parametrize(
    ("states", "saved", "parts"),
    [
        ((DONE, PLANNED), False, "1 of 2 steps are in place (line 0)"),
        ((DONE, DONE, SENT), False, "2 of 3 steps are in place (line 0; line 1); 1 in doubt (line 2)"),
        ((UNDONE, SENT), False, "1 in doubt (line 1)"),
        ((DONE,), True, "1 of 1 step is in place (line 0)"),
    ],
)
def test_steps_are_in_place_or_in_doubt(states: tuple[StepState, ...], saved: bool, parts: str) -> None:
    how = "It is saved" if saved else UNSAVED
    assert text(*states, saved=saved) == f"{parts}. {how}. The record is /x. {AGAIN}{BACK}"


@pytest.mark.parametrize(("count", "more"), [(10, ")"), (11, "; and 1 more)"), (13, "; and 3 more)")])
def test_of_many_steps_the_first_are_named(count: int, more: str) -> None:
    first = "; ".join(f"line {number}" for number in range(10))
    assert text(*[DONE] * count).startswith(f"{count} of {count} steps are in place ({first}{more}. ")


@pytest.mark.parametrize(
    ("kind", "closing", "command"),
    [
        (RecordKind.APPLY, None, "rollback.yml -e why=undo"),
        (RecordKind.ROLLBACK, None, ""),
        (RecordKind.APPLY, ("closes", "notice"), "reopen.yml -e step=notice with the same scope"),
        (RecordKind.LOCKDOWN, None, "reopen.yml with the same scope"),
        (RecordKind.REOPEN, None, ""),
        (RecordKind.APPLY, ("opens", "partners"), ""),
        (RecordKind.ROLLBACK, ("opens", "notice"), ""),
    ],
)
def test_a_closing_is_taken_back_by_reopen_alone(kind: RecordKind, closing: Any, command: str) -> None:
    """rollback.yml refuses its measure, and a lockdown has none."""
    said = {"step": closing[1], "closes": [], "opens": [], closing[0]: [["vpnvserver", "gw"]]} if closing else None
    content = SimpleNamespace(values={"closing": said} if said else {})
    record: Any = SimpleNamespace(kind=kind, content=content, measure="cve")
    assert undo_command(record) == command


def test_the_lines_look_first_then_go_on_and_last_take_it_back() -> None:
    def commands(told: str) -> list[tuple[str, dict[str, Any], bool]]:
        return [(one["playbook"], one["options"], bool(one.get("again"))) for one in command_values(told)]

    look, on = ("status.yml", {}, False), ("", {}, True)
    assert commands(text(DONE)) == [look, on, ("rollback.yml", {"why": "undo", "mitigation": "cve"}, False)]
    assert commands(text(PLANNED)) == [look, on]
    assert commands(nodes_left([("x", DONE)], "/x", "node_local.yml")) == [on]
