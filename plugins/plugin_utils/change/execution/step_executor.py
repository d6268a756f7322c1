# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carry out steps: note each batch in the record, send it once, and decide by reading if its result is in doubt.

If a step fails, the inverses of the steps that were done are sent, newest first.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...appliance.nitro.session import Session
from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.steps import Step
from ...foundation.counted import agreed, counted
from ...foundation.errors import Refused, TourniquetError
from ...foundation.next_action import AGAIN, advice, joined
from ..planning.request_batches import Batch, batches
from ..records.change_record import ChangeRecord
from ..records.job_guard import JobOver
from ..records.lease_files import LeaseLost
from ..records.record_states import StepState
from .batch_sender import send_batch, steps_done
from .read_back import disables_feature, read_back
from .step_check import Check
from .step_undo import undo_steps
from .what_is_left import undo_command
from .write_permission import ALWAYS, ConfirmLease, WritePermission


class StepFailed(TourniquetError):
    """A step could not be carried out.

    :ivar undone: the inverses of all steps that were done were sent, and read back
    """

    def __init__(self, message: str, undone: bool) -> None:
        self.undone = undone
        super().__init__(message)


def execute_steps(
    session: Session,
    steps: Sequence[Step],
    record: ChangeRecord,
    *,
    first: int = 0,
    checks: Mapping[ObjectId, Check] | None = None,
    permission: WritePermission = ALWAYS,
) -> None:
    """Carry out the steps, in order.

    :param steps: the steps of the record, from its first one on; later ones may be left out and carried out later
    :param first: the position of the first step that is still to be done
    :param checks: by object, what must hold after the step that brings it in, before the next step is sent
    :param permission: what must hold before a write
    :raises StepFailed: if a step failed; the steps before it have been undone, or the message says which were not
    """
    execution = _Execution(session, steps, record, checks or {}, permission)
    for batch in batches(steps, first, limit=session.appliance.bulk_limit):
        if disables_feature(batch.steps[0]):
            execution.disable(batch)
        else:
            execution.carry_out(batch)
    record.write(compact=True)


def _after_first(confirm: ConfirmLease) -> ConfirmLease:
    """Return a check that is made from its second call on: before the first one it was just made."""
    calls = iter([True])

    def call(session: Session) -> None:
        if not next(calls, False):
            confirm(session)

    return call


def progress(record: ChangeRecord) -> str:
    """Say how many steps of a run are done or in doubt, and what to do next."""
    states = record.states
    done, doubt = states.count(StepState.DONE), states.count(StepState.SENT)
    text = f"{done} of {counted(len(states), 'step')} {agreed(len(states), 'is', 'are')} in place" + (
        f", {doubt} in doubt" if doubt else ""
    )
    undo = undo_command(record)
    told = f"{text}; the record is {record.path}. Run the same playbook again{f', or {undo}' if undo else ''}."
    return advice(told, AGAIN, *undo.commands)


@dataclass(frozen=True)
class _Execution:
    """The execution of the steps of one record on one node; for the fields see :func:`execute_steps`."""

    session: Session
    steps: Sequence[Step]
    record: ChangeRecord
    checks: Mapping[ObjectId, Check]
    permission: WritePermission

    def disable(self, batch: Batch) -> None:
        """Read back the steps before a batch that disables a feature, and carry it out; an appliance may not show them afterwards.

        A restart between the two brings back what is not saved, unseen. It ends the session.

        :raises StepFailed: if they do not read back as done, or the session ended in between
        """
        logins = self.session.logins
        self._read_back_before(batch)
        self.carry_out(batch)
        if self.session.logins != logins:
            problem = "the session ended while the feature was disabled: after a restart, what was removed before may be there again"
            raise self._failure(batch, [False], problem)

    def _read_back_before(self, batch: Batch) -> None:
        """:raises StepFailed: if the steps before a batch do not read back as done"""
        wrong = read_back(self.session, self.steps[: batch.first])
        if wrong:
            raise self._failure(batch, [False], f"it does not read back as done: {'; '.join(wrong)}")

    def carry_out(self, batch: Batch) -> None:
        """Send one batch, and check its effect.

        :raises StepFailed: if it was not carried out, or has not the effect that is wanted
        :raises LeaseLost: if the lease was lost before it was sent, or between two of its requests; nothing was undone
        """
        self._require_lease(batch)
        self.record.mark(batch.positions, StepState.SENT)
        refusal = doubt = ""
        try:
            refusal = send_batch(self.session, batch, _after_first(self.permission.lease))
        except LeaseLost:
            self._mark_done(batch)
            raise
        except Refused:
            raise
        except TourniquetError as error:
            doubt = str(error)
        if refusal or doubt:
            self._settle(batch, refusal, doubt)
        else:
            self.record.set_states(batch.positions, StepState.DONE)
        problem = self._effect_problem(batch)
        if problem:
            raise self._failure(batch, [False], problem)

    def _require_lease(self, batch: Batch) -> None:
        """Confirm the lease before the steps of a batch count as sent.

        :raises LeaseLost: if another run has it
        :raises JobOver: if the run may not begin to write any more
        :raises StepFailed: if it cannot be read
        """
        try:
            self.permission.lease(self.session)
        except (LeaseLost, JobOver):
            raise
        except TourniquetError as error:
            raise self._failure(batch, [False], str(error)) from error

    def _mark_done(self, batch: Batch) -> None:
        """Note which steps of a batch were carried out before the lease was lost; where that cannot be read they stay in doubt."""
        with contextlib.suppress(TourniquetError):
            done = list(zip(batch.positions, batch.steps, steps_done(self.session, batch), strict=False))
            self.record.set_states(
                [p for p, step, is_done in done if not is_done and not step.may_be_half_done], StepState.PLANNED
            )
            self.record.mark([p for p, _step, is_done in done if is_done], StepState.DONE)

    def _settle(self, batch: Batch, refusal: str, doubt: str) -> None:
        """Read which steps of a refused batch, or of one whose answer was lost, were carried out.

        :raises StepFailed: if not all of them
        """
        self.session.budget.open_reserve()  # the reading decides about the undo
        try:
            done = steps_done(self.session, batch)
        except TourniquetError as error:
            said = f"{refusal or doubt}. Its result cannot be read: {error}. "
            raise StepFailed(joined("", said, progress(self.record)), undone=False) from error
        self.record.mark(
            [position for position, is_done in zip(batch.positions, done, strict=True) if is_done], StepState.DONE
        )
        if all(done):
            return
        if refusal:
            # A refused step was not done by us, whatever is there now; a step of several requests may be half done.
            refused = zip(batch.positions, batch.steps, done, strict=True)
            self.record.mark(
                [p for p, step, is_done in refused if not is_done and not step.may_be_half_done], StepState.PLANNED
            )
        raise self._failure(batch, done, refusal or doubt)

    def _effect_problem(self, batch: Batch) -> str:
        """Return the first problem that the checks of a batch find, or ""; a removed object has none."""
        wanted = (step for step in batch.steps if step.object_id in self.checks and step.after)
        problems = (self.checks[step.object_id](self.session) for step in wanted)
        return next((problem for problem in problems if problem), "")

    def _failure(self, batch: Batch, done: Sequence[bool], problem: str) -> StepFailed:
        """Undo what was done, and return the error to raise."""
        failed = (step for step, is_done in zip(batch.steps, done, strict=False) if not is_done)
        line = "; ".join(line for step in failed for line in step.lines()[:1])[:300]
        try:
            undo_steps(self.session, self.steps, self.record, self.permission)
        except TourniquetError as second:
            said = f"{problem} [at: {line}]. Undoing what was done failed as well: {second}. "
            return StepFailed(joined("", said, progress(self.record)), undone=False)
        return StepFailed(f"{problem} [at: {line}]. What was done before it has been undone.", undone=True)
