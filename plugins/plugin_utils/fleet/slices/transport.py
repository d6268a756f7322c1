# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a job comes to its node: what each transport does, and the time within which a node must answer."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import IO, Any, Protocol

from .worker_stream import WorkerAnswer, read_stream

MISSED = 6.0
"""Signs of life that may be missing."""
SILENCE = 60.0
"""The fewest seconds without a line after which a node is lost, where it sends signs of life (``ansible-runner worker --keepalive-seconds 10``)."""
INTERRUPTED = "the run was interrupted"
TO_THE_END = 300.0
"""Seconds. From its deadline on a job begins no appliance, and what it has begun by then gets so long before its node is given up: whoever cancels a job at
work cuts a change off."""
Cut = Callable[[], object]


@dataclass(frozen=True)
class Parcel:
    """A job that is ready to go.

    :ivar ident: of the job
    :ivar transmit: the command that writes it to its output
    :ivar wanted: the files of its archive that are read
    :ivar writes: it may change appliances
    :ivar seconds: after which it is given up
    :ivar watches: the watches of the run, which an interruption ends
    :ivar note: notes the unit of Receptor that carries it, before anything is sent
    """

    ident: str
    transmit: tuple[str, ...]
    wanted: Collection[str]
    writes: bool
    seconds: float
    watches: Watches
    note: Callable[[str], None] = lambda _unit: None

    def read(self, stream: IO[bytes], keepalive: int, *cuts: Cut) -> WorkerAnswer:
        """Return what comes back within the time.

        :param keepalive: of the node
        :param cuts: end the stream at once; called by another thread
        """
        with self.watches.watch(self.seconds, keepalive, *cuts, writes=self.writes) as watch:
            answer = read_stream(stream, self.wanted, watch.heard)
        return replace(answer, problem=watch.problem) if watch.problem and not answer.has_ended else answer


class Transport(Protocol):
    """A way to a node."""

    def ping(self) -> str:
        """Return why the node does not answer, as half a sentence; "" where it does, or where there is no way to ask."""

    def carry(self, parcel: Parcel) -> WorkerAnswer:
        """Carry a job to the node, return what came back and where the job is, and leave nothing behind."""


class Watch:
    """Ends the wait for a node that does not answer in time.

    :ivar problem: why it did, as half a sentence, or ""
    """

    def __init__(self, timeout: float, more: float, keepalive: int, *cuts: Cut) -> None:
        """Begin to watch.

        :param more: seconds after the timeout for what was begun by then
        """
        self.problem = ""
        self._cuts = cuts
        self._timeout, self._more = timeout, more
        self._end = time.monotonic() + timeout + more
        self._most = max(SILENCE, MISSED * keepalive)
        self._patience = 2 * self._most  # the job has to come to the node first
        self._silent_from = time.monotonic() + self._patience if keepalive else None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def heard(self, head: Mapping[str, Any]) -> None:
        """Note a line of the stream. From the first sign of life on there must be more; while an archive comes there is none."""
        if head.get("event") == "keepalive" or self._silent_from is not None:
            self._patience = self._most
            self._silent_from = None if "zipfile" in head else time.monotonic() + self._patience

    def give_up(self, why: str) -> None:
        """End the wait now."""
        self.problem = self.problem or why
        for cut in self._cuts:
            with contextlib.suppress(OSError):  # it has ended by itself
                cut()

    def stop(self) -> None:
        """End the watch."""
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(min(1.0, self._timeout / 4)):
            now, silent_from = time.monotonic(), self._silent_from
            if silent_from is not None and now > silent_from:
                self.give_up(
                    f"it has not given a sign of life for {self._patience:g} s: the node or the connection to it was lost"
                )
                return
            if now > self._end:
                begun = f", nor within {self._more:g} s more for what it had begun" if self._more else ""
                self.give_up(f"it did not answer within {self._timeout:g} s (slice_timeout){begun}")
                return


@dataclass
class Watches:
    """The watches of the jobs of a run."""

    _running: set[Watch] = field(default_factory=set)
    _interrupted: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def watch(self, timeout: float, keepalive: int, *cuts: Cut, writes: bool) -> Any:
        """Yield the watch of one job.

        :param writes: it may change appliances
        """
        watch = Watch(timeout, TO_THE_END if writes else 0.0, keepalive, *cuts)
        with self._lock:
            self._running.add(watch)
            interrupted = self._interrupted
        if interrupted:
            watch.give_up(INTERRUPTED)
        try:
            yield watch
        finally:
            with self._lock:
                self._running.discard(watch)
            watch.stop()

    @property
    def is_interrupted(self) -> bool:
        """True from an interruption on: no other job begins."""
        return self._interrupted

    def interrupt(self) -> None:
        """Give up all jobs."""
        with self._lock:
            self._interrupted = True
            running = list(self._running)
        for watch in running:
            watch.give_up(INTERRUPTED)
