# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A node behind a command, such as ssh or a container: the stream goes in, and the answer comes out."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import replace
from typing import IO, cast

from .execution_nodes import ExecutionNode
from .job_standing import Standing
from .programs import DEVNULL, Process, TimeoutExpired, last_error, problem_of, started, with_reason
from .transport import Parcel
from .worker_stream import WorkerAnswer

SECONDS_TO_END = 30.0
JOB = "{job}"
"""Stands in the words of a cancel for the ident of the job."""


class CommandTransport:
    """A node behind a command. The end of the command may or may not end the job: only its ``cancel`` says so."""

    def __init__(self, node: ExecutionNode) -> None:
        self.node = node

    def ping(self) -> str:
        return problem_of(self.node.ping) if self.node.ping else ""

    def carry(self, parcel: Parcel) -> WorkerAnswer:
        with tempfile.TemporaryFile() as errors:
            try:
                answer = self._piped(parcel, errors)
            except OSError as error:
                problem = f"its command cannot be started ({error.strerror}: {self.node.command[0]})"
                return WorkerAnswer(problem=problem, standing=Standing.NOT_SENT)
            if answer.is_whole:
                return replace(answer, standing=Standing.ENDED)
            if not answer.status:
                answer = replace(answer, problem=with_reason(answer.problem, last_error(errors)))
        return replace(answer, standing=self._cancelled(parcel.ident))

    def _cancelled(self, ident: str) -> Standing:
        words = [word.replace(JOB, ident) for word in self.node.cancel]
        return Standing.CANCELLED if words and not problem_of(words) else Standing.OPEN

    def _piped(self, parcel: Parcel, errors: IO[bytes]) -> WorkerAnswer:
        with started(parcel.transmit, DEVNULL, errors) as transmit:
            sent = cast("IO[bytes]", transmit.stdout)
            try:
                worker = started(self.node.command, sent, errors)
            except OSError:
                transmit.kill()
                raise
            sent.close()  # the worker alone reads it
            with worker:
                return self._answer(parcel, worker, transmit)

    def _answer(self, parcel: Parcel, worker: Process, transmit: Process) -> WorkerAnswer:
        try:
            stream = cast("IO[bytes]", worker.stdout)
            answer = parcel.read(stream, self.node.keepalive, worker.kill, transmit.kill)
            if answer.has_ended:  # the worker removes the directory of its job before it ends
                with contextlib.suppress(TimeoutExpired):
                    worker.wait(SECONDS_TO_END)
        finally:
            worker.kill()  # what comes behind the end of the stream is not read
            transmit.kill()
        return answer
