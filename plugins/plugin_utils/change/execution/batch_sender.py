# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Send one batch of steps, and find out by reading which of its steps were carried out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...appliance.nitro.session import Session
from ...appliance.objects.steps import Request
from ...foundation.errors import NitroError, NotFound, OutcomeUnknown
from ..planning.request_batches import Batch
from .read_back import is_apply_command, is_same_state, read_objects
from .write_permission import ConfirmLease


def send_batch(session: Session, batch: Batch, confirm: ConfirmLease) -> str:
    """Send one batch; if the appliance refuses it as a whole, send its steps one by one where that makes a difference.

    :param confirm: called before each request; what it raises is passed on
    :returns: the refusal, or ""
    :raises OutcomeUnknown: if an answer was lost
    """
    sender = _Sender(session, confirm)
    try:
        refusal = sender.send(batch.requests(session.appliance.bulk_limit))
    except OutcomeUnknown:
        if not is_apply_command(batch.steps[0]):
            raise
        # An apply command may be repeated: it has the same effect each time.
        refusal = sender.send(batch.requests(session.appliance.bulk_limit))
    for single in batch.one_by_one() if refusal else ():
        refusal = sender.send(single.requests(session.appliance.bulk_limit))
        if refusal:
            break
    return refusal


def steps_done(session: Session, batch: Batch) -> list[bool]:
    """Read which steps of a batch were carried out; the answer to the batch does not decide this.

    :raises TourniquetError: if the objects cannot be read
    """
    if is_apply_command(batch.steps[0]):
        return [False]  # nothing that can be read tells whether a pending removal was applied
    current = read_objects(session, [step.object_id for step in batch.steps])
    return [is_same_state(step, current.get(step.object_id), step.after) for step in batch.steps]


@dataclass(frozen=True)
class _Sender:
    """Sends requests; see :func:`send_batch`."""

    session: Session
    confirm: ConfirmLease

    def send(self, requests: Sequence[Request]) -> str:
        """Send the requests of one batch.

        :returns: the refusal, or ""
        :raises OutcomeUnknown: if an answer was lost
        """
        for request in requests:
            self.confirm(self.session)
            try:
                self._write(request)
            except NitroError as error:
                has_fallback = not request.otherwise_for or error.codes & request.otherwise_for
                problem = self._send_singly(request.otherwise) if request.otherwise and has_fallback else str(error)
                if problem:
                    return problem
        return ""

    def _send_singly(self, requests: Sequence[Request]) -> str:
        """Send the requests that replace a refused one. Deleting an object that is already gone is not an error.

        :returns: the refusal, or ""
        """
        for request in requests:
            self.confirm(self.session)
            try:
                self._write(request)
            except NotFound:
                continue
            except NitroError as error:
                return str(error)
        return ""

    def _write(self, request: Request) -> None:
        self.session.write(request.method, request.path, request.body, bulk=request.is_bulk)
