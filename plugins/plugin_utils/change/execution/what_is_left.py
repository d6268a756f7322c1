# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Say what a run leaves on an appliance that it may no longer write to. Pure."""

from __future__ import annotations

from ..records.change_record import ChangeRecord
from ..records.record_states import StepState

_MOST_LINES = 10


def what_is_left(record: ChangeRecord, *, saved: bool, playbook: str) -> str:
    """Return which steps of a run are in place or in doubt, if they are saved, its record, and the next commands, as sentences.

    :param saved: the run has saved the configuration with its steps
    """
    by_state: dict[StepState, list[str]] = {}
    for step, state in zip(record.steps, record.states, strict=True):
        by_state.setdefault(state, []).extend(step.lines()[:1])
    done, sent = by_state.get(StepState.DONE, []), by_state.get(StepState.SENT, [])
    again = f"When the other run has ended, status.yml shows what is in place: then run {playbook} again, which continues this run"
    if not done and not sent:
        was = "what it had done was undone" if by_state.get(StepState.UNDONE) else "nothing was changed"
        return f"No step of this run is in place: {was}. The record is {record.path}. {again}."
    parts = [f"{len(done)} of {len(record.states)} steps are in place{_lines(done)}"] if done else []
    parts += [f"{len(sent)} in doubt{_lines(sent)}"] if sent else []
    how = "It is saved" if saved else "It is not saved, and a reboot would remove it unless the other run saves"
    return f"{'; '.join(parts)}. {how}. The record is {record.path}. {again}, or rollback.yml -e why=undo, which takes it back."


def _lines(lines: list[str]) -> str:
    more = f"; and {len(lines) - _MOST_LINES} more" if len(lines) > _MOST_LINES else ""
    return f" ({'; '.join(lines[:_MOST_LINES])}{more})" if lines else ""
