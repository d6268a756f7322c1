# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A node of a Receptor mesh: its jobs are units of work of the Receptor of the controller.

Receptor keeps a unit until it is released, and delivers it when its node returns. So each job has a time to live, and what was not delivered is
cancelled, read back, and released. A job that writes and may have begun is not cancelled: Receptor says "cancelled" when it has ended the worker, whose
playbook goes on (seen with Receptor 1.5.5 and ansible-runner 2.4.3). The node refuses what it has not begun by the deadline, and the unit is released by
a later run. For the same reason the end of a worker is that of its job only where it ended well.
"""

from __future__ import annotations

import contextlib
import socket
import tempfile
from dataclasses import replace
from pathlib import Path

from .job_standing import Standing
from .programs import transmit_into
from .receptor_control import ReceptorControl, ReceptorError, Unit
from .receptor_route import ReceptorRoute
from .transport import Parcel
from .worker_stream import WorkerAnswer

BEGINS_WITHIN = 60
"""Seconds within which a node must have a job: it has just answered a ping."""


class ReceptorTransport:
    """A node of a mesh."""

    def __init__(self, route: ReceptorRoute, keepalive: int) -> None:
        self.route = route
        self._keepalive = keepalive
        self._control = ReceptorControl(route.socket)

    def ping(self) -> str:
        return self._control.ping(self.route.node)

    def carry(self, parcel: Parcel) -> WorkerAnswer:
        with tempfile.TemporaryDirectory(prefix="tourniquet-parcel-") as directory:
            packed = Path(directory) / "job"
            problem = transmit_into(packed, parcel.transmit)
            if problem:
                return WorkerAnswer(problem=problem, standing=Standing.NOT_SENT)
            return self._submitted(parcel, packed)

    def _submitted(self, parcel: Parcel, packed: Path) -> WorkerAnswer:
        unit, answer = "", WorkerAnswer()
        try:
            with (
                packed.open("rb") as job,
                self._control.submission(self.route, max(1, min(BEGINS_WITHIN, int(parcel.seconds)))) as submission,
            ):
                self._note(parcel, submission.unit)
                unit = submission.unit
                submission.send(job)
            answer = self._results(parcel, unit)
        except ReceptorError as error:
            answer = WorkerAnswer(problem=str(error))
        finally:
            standing = self._left(unit, parcel, answer)
        return _explained(answer, *standing)

    def _note(self, parcel: Parcel, unit: str) -> None:
        """Note the unit of a job, or release it.

        :raises ReceptorError: where it cannot be noted; nothing of the job was sent
        """
        try:
            parcel.note(unit)
        except OSError as error:
            with contextlib.suppress(ReceptorError):  # it has no job in it
                self._control.release(unit)
            raise ReceptorError(
                f"its job cannot be noted on the controller ({error.strerror}), so nothing of it was sent"
            ) from error

    def _results(self, parcel: Parcel, unit: str) -> WorkerAnswer:
        with self._control.results(unit) as (connection, stream):
            return parcel.read(stream, self._keepalive, lambda: connection.shutdown(socket.SHUT_RDWR))

    def _left(self, unit: str, parcel: Parcel, answer: WorkerAnswer) -> tuple[Standing, str]:
        """Leave nothing of a unit behind, and return where its job is, with what Receptor says of it."""
        if not unit:
            return Standing.NOT_SENT, ""
        if answer.is_whole:
            with contextlib.suppress(ReceptorError):  # the next run finds it
                self._control.release(unit)
            return Standing.ENDED, ""
        return settled(self._control, unit, writes=parcel.writes)


def settled(control: ReceptorControl, unit: str, *, writes: bool) -> tuple[Standing, str]:
    """Cancel and release a unit as far as that cuts no writer, and return where its job is, with what Receptor says of it."""
    try:
        known = control.status(unit)
        standing = _standing(known)
        if standing is Standing.OPEN and not (known.was_sent and writes):
            control.cancel(unit)
            known = control.status(unit)
            standing = Standing.OPEN if known.was_sent or not known.has_ended else Standing.CANCELLED
        if known.has_ended or not writes:
            control.release(unit)
    except ReceptorError as error:
        return Standing.OPEN, str(error)
    return standing, known.detail


def _standing(unit: Unit) -> Standing:
    if not unit.has_ended:
        return Standing.OPEN
    if not unit.was_sent:
        return Standing.NOT_SENT
    return Standing.ENDED if unit.has_succeeded else Standing.OPEN  # a worker that is ended leaves its playbook behind


def _explained(answer: WorkerAnswer, standing: Standing, detail: str) -> WorkerAnswer:
    """Return an answer with where its job is. Where nothing came back because nothing was sent, Receptor knows why."""
    unsent = standing in (Standing.NOT_SENT, Standing.CANCELLED)
    problem = f"its Receptor did not deliver the job ({detail})" if unsent and detail else answer.problem
    return replace(answer, problem=problem, standing=standing)
