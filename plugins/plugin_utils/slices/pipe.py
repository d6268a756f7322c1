# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One job on one execution node: ``ansible-runner transmit``, the command of the node, and its stream, within a time."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.slices.job import Job
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.slices.worker_stream import (
    LONGEST_TEXT,
    WorkerAnswer,
    last_words,
    read_stream,
)

_TAIL = 4096
SECONDS_TO_END = 30.0
MISSED = 6.0
"""Signs of life that may be missing."""
SILENCE = 60.0
"""The fewest seconds without a line after which a node is lost, where it sends signs of life (``ansible-runner worker --keepalive-seconds 10``)."""
Process: TypeAlias = "subprocess.Popen[bytes]"


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


def run_job(job: Job, runner: str, timeout: float) -> WorkerAnswer:
    """Run a job on its node, and return what it sent back.

    The node has the whole job before it begins, so a connection that is lost later ends the answer and not the job.

    :param runner: the program ansible-runner
    :param timeout: seconds after which the node is given up
    :raises InvalidInput: where a file that goes with the job cannot be read
    """
    with tempfile.TemporaryDirectory(prefix="tourniquet-slice-") as temporary:
        directory = Path(temporary) / "job"
        job.write(directory)
        with tempfile.TemporaryFile() as errors:
            try:
                answer = _piped(job, runner, directory, timeout, errors)
            except OSError as error:
                return WorkerAnswer(
                    problem=f"its command cannot be started ({error.strerror}: {job.slice.node.command[0]})"
                )
            if answer.problem and not answer.status:
                return WorkerAnswer(answer.status, answer.files, _with(answer.problem, _last(errors)))
    return answer


def explained(answer: WorkerAnswer) -> str:
    """Return why a job has no results, as half a sentence."""
    return _with(answer.problem or "its job ended without results", last_words(answer.files.get("stdout", b"")))


def _piped(job: Job, runner: str, directory: Path, timeout: float, errors: IO[bytes]) -> WorkerAnswer:
    with _started(job.transmit(runner, directory), subprocess.DEVNULL, errors) as transmit:
        sent = cast("IO[bytes]", transmit.stdout)
        try:
            worker = _started(job.slice.node.command, sent, errors)
        except OSError:
            transmit.kill()
            raise
        sent.close()  # the worker alone reads it
        with worker:
            return _answer(job, worker, transmit, timeout)


def _answer(job: Job, worker: Process, transmit: Process, timeout: float) -> WorkerAnswer:
    watch = _Watch(timeout, job.slice.node.keepalive, worker, transmit)
    try:
        answer = read_stream(cast("IO[bytes]", worker.stdout), job.wanted, watch.heard)
        if not answer.problem:  # the worker removes the directory of its job before it ends
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.wait(SECONDS_TO_END)
    finally:
        watch.stop()
        worker.kill()  # what comes behind the end of the stream is not read
        transmit.kill()
    return WorkerAnswer(answer.status, answer.files, watch.problem) if watch.problem else answer


class _Watch:
    """Ends the processes of a job whose node does not answer in time.

    :ivar problem: why it did, as half a sentence, or ""
    """

    def __init__(self, timeout: float, keepalive: int, *processes: Process) -> None:
        self.problem = ""
        self._processes = processes
        self._timeout = timeout
        self._end = time.monotonic() + timeout
        self._most = max(SILENCE, MISSED * keepalive)
        # The job has to come to the node first.
        self._silent_from = time.monotonic() + 2 * self._most if keepalive else None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def heard(self, head: Mapping[str, Any]) -> None:
        """Note a line of the stream. From the first sign of life on there must be more; while an archive comes there is none."""
        if head.get("event") == "keepalive" or self._silent_from is not None:
            self._silent_from = None if "zipfile" in head else time.monotonic() + self._most

    def stop(self) -> None:
        """End the watch."""
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(min(1.0, self._timeout / 4)):
            now, silent_from = time.monotonic(), self._silent_from
            if silent_from is not None and now > silent_from:
                self.problem = (
                    f"it has not given a sign of life for {self._most:g} s: the node or the connection to it was lost"
                )
            elif now > self._end:
                self.problem = f"it did not answer within {self._timeout:g} s (slice_timeout)"
            if self.problem:
                for process in self._processes:
                    process.kill()
                return


def _started(command: Sequence[str], source: int | IO[bytes], errors: IO[bytes]) -> Process:
    return subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=errors)  # noqa: S603 -- the operator's own inventory names it


def _last(errors: IO[bytes]) -> str:
    """Return the last line that the programs wrote to their standard error."""
    size = errors.seek(0, 2)
    errors.seek(max(0, size - _TAIL))
    lines = [line.strip() for line in errors.read().decode("utf-8", "replace").splitlines() if line.strip()]
    return printable(lines[-1])[:LONGEST_TEXT] if lines else ""


def _with(problem: str, more: str) -> str:
    return f"{problem} ({more})" if more else problem
