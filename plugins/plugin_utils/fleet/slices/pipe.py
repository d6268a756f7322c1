# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One job on one execution node: a ping, the job on its way, its answer within a time, and where the job is at the end."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...foundation.errors import InvalidInput
from .command_transport import CommandTransport
from .execution_nodes import ExecutionNode
from .job import Job
from .job_standing import Standing
from .open_jobs import OpenJob, OpenJobs
from .programs import with_reason
from .receptor_transport import ReceptorTransport
from .transport import INTERRUPTED, Parcel, Transport, Watches
from .worker_stream import WorkerAnswer, last_words


def require_runner(program: str) -> str:
    """Return the path of the program ansible-runner.

    :raises InvalidInput: where it is not installed
    """
    found = shutil.which(program)
    if found is None:
        raise InvalidInput(
            f"{program} was not found on the controller: pip install ansible-runner==2.4.3 in an environment of its own, and name the program in "
            "slice_runner. Nothing was sent."
        )
    return found


def transport_to(node: ExecutionNode) -> Transport:
    """Return the way to a node."""
    return ReceptorTransport(node.receptor, node.keepalive) if node.receptor else CommandTransport(node)


@dataclass(frozen=True)
class Pipe:
    """Runs the jobs of a run on their nodes; called by several threads.

    :ivar runner: the program ansible-runner
    :ivar timeout: seconds after which a node is given up
    :ivar open_jobs: where each job is written down before it is sent
    :ivar way: returns the way to a node
    """

    runner: str
    timeout: float
    open_jobs: OpenJobs
    way: Callable[[ExecutionNode], Transport] = transport_to
    watches: Watches = field(default_factory=Watches)

    def answers(self, node: ExecutionNode) -> bool:
        """Return True if a node answers, or if there is no way to ask it."""
        return not self.way(node).ping()

    def run(self, job: Job) -> WorkerAnswer:
        """Run a job on its node, and return what it sent back, and where it is.

        The node has the whole job before it begins, so a connection that is lost later ends the answer and not the job.

        :raises InvalidInput: where a file that goes with the job cannot be read
        """
        transport = self.way(job.slice.node)
        problem = INTERRUPTED if self.watches.is_interrupted else transport.ping()
        if problem:
            return WorkerAnswer(problem=f"it does not answer ({problem})", standing=Standing.NOT_SENT)
        kept = _Kept(self.open_jobs, OpenJob.of(job))
        with contextlib.ExitStack() as stack:
            try:
                place = stack.enter_context(tempfile.TemporaryDirectory(prefix="tourniquet-slice-"))
                job.write(Path(place) / "job")
                kept.note("")
            except OSError as error:  # such as a full disk: the results of other jobs must be shown all the same
                kept.end(Standing.NOT_SENT)
                problem = f"its job cannot be written on the controller ({error.strerror}: {error.filename})"
                return WorkerAnswer(problem=problem, standing=Standing.NOT_SENT)
            return self._carried(job, Path(place) / "job", transport, kept)

    def _carried(self, job: Job, directory: Path, transport: Transport, kept: _Kept) -> WorkerAnswer:
        answer = WorkerAnswer()
        parcel = Parcel(
            ident=job.ident,
            transmit=tuple(job.transmit(self.runner, directory)),
            wanted=job.wanted,
            writes=job.can_write,
            seconds=self.timeout,
            watches=self.watches,
            note=kept.note,
        )
        try:
            answer = transport.carry(parcel)
        finally:
            kept.end(answer.standing)
        return answer


@dataclass
class _Kept:
    """The file of a job: of one that may change an appliance, or that leaves a unit with Receptor."""

    open_jobs: OpenJobs
    job: OpenJob

    def note(self, unit: str) -> None:
        self.job = replace(self.job, unit=unit)
        if self.job.writes or self.job.socket:
            self.open_jobs.keep(self.job)

    def end(self, standing: Standing) -> None:
        if standing is not Standing.OPEN or not (self.job.writes or self.job.socket):
            self.open_jobs.forget(self.job.ident)
            return
        with contextlib.suppress(OSError):  # as it is, it names a run that will have died
            self.open_jobs.give_up(self.job)


def explained(answer: WorkerAnswer) -> str:
    """Return why a job has no results, as half a sentence."""
    return with_reason(answer.problem or "its job ended without results", last_words(answer.files.get("stdout", b"")))
