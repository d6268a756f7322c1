# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Say what a run leaves on an appliance that it may no longer write to. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ...foundation.counted import agreed, counted
from ...foundation.next_action import AGAIN, MITIGATION, STATUS, WHO_DECIDES, Command, NextAction, advice
from ..records.change_record import ChangeRecord
from ..records.record_states import RecordKind, StepState

_MOST_LINES = 10


def what_is_left(record: ChangeRecord, *, saved: bool, playbook: str) -> str:
    """Return which steps of a run are in place or in doubt, if they are saved, its record, and the next commands, as sentences.

    :param saved: the run has saved the configuration with its steps
    """
    steps = [("".join(step.lines()[:1]), state) for step, state in zip(record.steps, record.states, strict=True)]
    again = f"When the other run has ended, status.yml shows what is in place: then run {playbook} again, which continues this run"
    left = _in_place(steps)
    if not left:
        return advice(f"{_nothing(steps)}. The record is {record.path}. {again}.", STATUS, AGAIN)
    how = "It is saved" if saved else "It is not saved, and a reboot would remove it unless the other run saves"
    undo = undo_command(record)
    taken_back = f", or {undo}, which takes it back" if undo else ""
    return advice(f"{left}. {how}. The record is {record.path}. {again}{taken_back}.", STATUS, AGAIN, *undo.commands)


def undo_command(record: ChangeRecord) -> NextAction:
    """Return the command that takes back what a run brought in.

    "" where none does by itself: what was opened is closed by a new decision, and an undo goes on with a removal.
    """
    closing = record.content.values.get("closing") or {}
    if closing.get("closes"):
        return NextAction(Command("reopen", (("step", str(closing["step"])),), tail=" with the same scope"))
    if record.kind == RecordKind.LOCKDOWN:
        return NextAction(Command("reopen", tail=" with the same scope"))
    undo = Command("rollback", (("why", "undo"),), ((MITIGATION, record.measure),), asks=WHO_DECIDES)
    return NextAction(*([undo] if record.kind == RecordKind.APPLY and not closing else [""]))


def nodes_left(steps: Sequence[tuple[str, str]], record: str, playbook: str) -> str:
    """Return which steps outside the configuration are in place or in doubt, the record, and the next command, as sentences.

    :param steps: each as a line, with its state
    """
    again = f"When the other run has ended, run {playbook} again, which continues this run"
    return advice(f"{_in_place(steps) or _nothing(steps)}. The record is {record}. {again}.", AGAIN)


def _in_place(steps: Sequence[tuple[str, str]]) -> str:
    """Return the steps that are in place or in doubt, as a clause; "" where none is."""
    done, sent = ([line for line, state in steps if state == one] for one in (StepState.DONE, StepState.SENT))
    parts = (
        [f"{len(done)} of {counted(len(steps), 'step')} {agreed(len(steps), 'is', 'are')} in place{_lines(done)}"]
        if done
        else []
    )
    parts += [f"{len(sent)} in doubt{_lines(sent)}"] if sent else []
    return "; ".join(parts)


def _nothing(steps: Sequence[tuple[str, str]]) -> str:
    was = (
        "what it had done was undone"
        if StepState.UNDONE in [state for _line, state in steps]
        else "nothing was changed"
    )
    return f"No step of this run is in place: {was}"


def _lines(lines: list[str]) -> str:
    lines = [line for line in lines if line]
    more = f"; and {len(lines) - _MOST_LINES} more" if len(lines) > _MOST_LINES else ""
    return f" ({'; '.join(lines[:_MOST_LINES])}{more})" if lines else ""
