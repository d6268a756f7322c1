# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Undo the steps of a run: send their inverses, newest first, from the state that is read now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...appliance.nitro.session import Session
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...appliance.objects.steps import SWITCHES, Step
from ...foundation.errors import TourniquetError
from ..planning.request_batches import batches, gather_members
from ..records.change_record import ChangeRecord
from ..records.record_states import StepState
from .batch_sender import send_batch
from .read_back import disables_feature, is_same_state, read_objects
from .write_permission import ALWAYS, WritePermission


def undo_steps(
    session: Session, steps: Sequence[Step], record: ChangeRecord, permission: WritePermission = ALWAYS
) -> None:
    """Send the inverses of all steps that were sent, newest first, from the state that is read now.

    An object that is neither as it was before nor as the step left it was changed by somebody else: it is not touched, and
    reported. Nothing is undone on a node that is no longer primary, since the change would stay on the other one.

    :raises TourniquetError: if a step could not be undone; the record shows which
    """
    session.budget.open_reserve()
    permission.primary()
    permission.lease(session)
    sent = [position for position, state in enumerate(record.states) if state in (StepState.SENT, StepState.DONE)]
    current = read_objects(session, [steps[position].object_id for position in sent])
    foreign, inverses = _inverses(steps, sent, current)
    expected = _send_inverses(session, inverses, record, permission)
    if foreign:
        raise TourniquetError(
            f"{session.where}: somebody else has changed {', '.join(foreign)}, which was left as it is"
        )
    _require_states(session, expected)
    try:
        permission.primary()
    except TourniquetError:
        record.mark(sent, StepState.SENT)
        raise


def _send_inverses(
    session: Session, inverses: Sequence[tuple[int, Step]], record: ChangeRecord, permission: WritePermission
) -> dict[ObjectId, Attributes | None]:
    """Send the inverses and note each in the record.

    :returns: the states that are still to be read back
    :raises TourniquetError: if one is refused, or does not read back as undone
    """
    positions = {id(step): position for position, step in inverses}
    expected: dict[ObjectId, Attributes | None] = {}
    limit = session.appliance.bulk_limit
    for batch in batches(gather_members([step for _position, step in inverses]), limit=limit):
        if disables_feature(batch.steps[0]):
            _require_states(session, expected)
            expected = {}
        to_do = [step for step in batch.steps if not is_same_state(step, step.before, step.after)]
        problem = send_batch(session, batch, permission.lease) if to_do else ""
        if problem:
            raise TourniquetError(problem)
        record.mark([positions[id(step)] for step in batch.steps], StepState.UNDONE)
        expected |= {step.object_id: step.after for step in batch.steps}
    return expected


def _inverses(
    steps: Sequence[Step], sent: Sequence[int], current: dict[ObjectId, Attributes]
) -> tuple[list[str], list[tuple[int, Step]]]:
    """Compute the inverses of the steps that were sent.

    :param current: the objects as they are now; changed here as the inverses will change them
    :returns: the objects that somebody else has changed, in words, and the inverses with the positions of their steps
    """
    foreign, inverses = [], []
    for position in reversed(sent):
        step = steps[position]
        now = current.get(step.object_id)
        if not is_same_state(step, now, step.before) and not _is_our_work(step, now):
            foreign.append(f"{step.type} {' '.join(step.key)}")
            continue
        if step.type not in SWITCHES and TYPES[step.type].commits and step.before == {"applied": True}:
            # Nothing that can be read tells whether a removal was applied, so the apply command is always sent.
            now = {"applied": False}
        inverses.append((position, Step(step.type, step.key, now, step.before)))
        if step.before is None:
            current.pop(step.object_id, None)
        else:
            current[step.object_id] = step.before
    return foreign, inverses


def _require_states(session: Session, expected: Mapping[ObjectId, Attributes | None]) -> None:
    """:raises TourniquetError: if one of the objects, read again, is not as expected"""
    now = read_objects(session, list(expected))
    for object_id, wanted in expected.items():
        step = Step(object_id[0], object_id[1], None, wanted)
        if not is_same_state(step, now.get(object_id), wanted):
            raise TourniquetError(f"{session.where}: {object_id[0]} {' '.join(object_id[1])} is not what it was before")


def _is_our_work(step: Step, now: Attributes | None) -> bool:
    """True if a state is the result of the step, complete or half done."""
    if is_same_state(step, now, step.after) or (step.type not in SWITCHES and TYPES[step.type].commits):
        return True
    if step.type not in SWITCHES and TYPES[step.type].is_between(now, (step.before, step.after)):
        return True
    if step.before is None or step.after is None or len(step.requests()) == 1:
        return False
    if now is None:  # unbound, and not bound again
        return TYPES[step.type].bound
    both = (step.before, step.after)
    return all(any(now.get(name) == state.get(name) for state in both) for name in {*now, *step.before, *step.after})
