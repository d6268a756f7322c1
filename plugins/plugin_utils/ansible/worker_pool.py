# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A pool of processes that run tasks, one appliance after the other, for the workers that Ansible forks (docs/decisions/0021).

Ansible forks a worker for each appliance. A process that was just forked copies each page that it touches and does everything for the first time,
which costs more than making a plan. So a worker of Ansible submits its task to a process of the pool and waits for the result. For the
appliance nothing differs:

* A process of the pool runs one task at a time. Task and result go through a socket that no other process can open.
* The worker of Ansible runs the task itself where no process of the pool accepts it in time, or where there is no pool.
* A worker of Ansible that is ended (Ctrl-C, the timeout of the task) ends the process that runs its task, at once.
* Where a process of the pool is ended, the appliance is left as by any process that is ended, and the worker of Ansible reports it.
* The processes end with the process that started them, at once: what is killed writes nothing more beside the next run.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import struct
import sys
import time
import traceback
from collections import deque
from collections.abc import Iterator
from multiprocessing import Pipe, active_children, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from select import select
from typing import Any, NoReturn

if sys.platform == "linux":
    import fcntl

from ansible.executor.process.worker import WorkerProcess

from ..appliance.nitro import round_trip
from ..foundation.errors import OutcomeUnknown
from ..verbs.common.task import Task
from .appliances_at_a_time import appliances_at_a_time, room_beside, room_for_more
from .parent_death import end_with_parent

INITIAL_SIZE = 4  # processes that are started before a task waits for one; a small fleet needs no more
ACCEPT_TIMEOUT = 0.5  # seconds; then the worker of Ansible runs the task itself
_STOP_TIMEOUT = 10.0  # seconds; an idle process ends in a millisecond
_PARENT_CHECK_INTERVAL = 2  # seconds
_LAST = 32  # appliances whose round trips are remembered
_BETWEEN_LOOKS = 0.02  # seconds, while too many appliances are worked on: a task of theirs may need a process
_SECONDS = struct.Struct("d")
_ACCEPTED = b"accepted"
MEMORY, RESIDENT = Path("/proc/meminfo"), Path("/proc/self/statm")


class WorkerPool:
    """The processes that one process starts; its forks submit tasks to them."""

    def __init__(self, limit: int) -> None:
        """Make an empty pool.

        :param limit: the largest number of processes
        """
        self.limit = limit
        self._pids: set[int] = set()
        # Each message is one task that waits, and one process of the pool receives it.
        self._submitting, self._accepting = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._submitting.setblocking(False)
        # Waiting in the call, and not in select, makes the kernel wake one process and not all.
        timeout = struct.pack("ll", _PARENT_CHECK_INTERVAL, 0)
        self._accepting.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeout)
        # After each task its process reports the round trip. What does not fit is left out.
        self._reporting, self._reports = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._reporting.setblocking(False)
        self._reports.setblocking(False)
        self._round_trips: deque[float] = deque(maxlen=_LAST)

    @property
    def appliances_at_a_time(self) -> int:
        """How many appliances are to be worked on at a time, by the round trips so far."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self._round_trips.extend(_SECONDS.unpack(self._reports.recv(_SECONDS.size)))
        room = min(len(_workers_of_ansible()) + room_for_more(_available()), room_beside(_resident(), self.limit))
        return appliances_at_a_time(self._round_trips, _cores(), self.limit, room)

    def make_room(self) -> None:
        """Wait until one more appliance may be worked on, and start a process for it where that is needed.

        A far appliance is waited for, so there each one gets a process: a near one may wait until a process is done with another.
        """
        self.grow()
        while len(workers := _workers_of_ansible()) >= self.appliances_at_a_time:
            wait([worker.sentinel for worker in workers], _BETWEEN_LOOKS)  # until one of them ends
            self.grow()
        if self.appliances_at_a_time > appliances_at_a_time((), _cores(), self.limit):
            self.grow(len(workers) + 1)

    def grow(self, needed: int = 0) -> None:
        """Start one more process where a task waits for one, or where few have been started.

        :param needed: so many are not too many
        """
        self._reap()
        waits = bool(select([self._accepting], [], [], 0)[0])
        if len(self._pids) >= (self.limit if waits else min(self.limit, max(needed, INITIAL_SIZE))):
            return
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._run_child(parent)
        self._pids.add(pid)

    def stop(self) -> None:
        """Stop all processes. Called when no worker of Ansible is left."""
        for end in (self._submitting, self._accepting, self._reporting, self._reports):
            end.close()
        deadline = time.monotonic() + _STOP_TIMEOUT
        while self._reap() and time.monotonic() < deadline:
            time.sleep(0.001)

    def _reap(self) -> bool:
        """Collect the processes that have ended; return True if any is left."""
        for pid in list(self._pids):
            with contextlib.suppress(ChildProcessError):  # it was collected elsewhere
                if not os.waitpid(pid, os.WNOHANG)[0]:
                    continue
            self._pids.remove(pid)
        return bool(self._pids)

    # -- in a worker of Ansible ----------------------------------------------------------------------------------------

    def submit(self, task: Task) -> dict[str, Any]:
        """Run a task in a process of the pool; in this process where none accepts it.

        :raises OutcomeUnknown: where the process of the pool ended while it ran the task
        """
        ours, theirs = Pipe()
        with ours:
            with theirs, contextlib.suppress(OSError):  # too many tasks wait already
                socket.send_fds(self._submitting, [b"?"], [theirs.fileno()])
            if _is_accepted(ours):
                return _result(ours, task)
        return task.values()

    # -- in a process of the pool --------------------------------------------------------------------------------------

    def _run_child(self, parent: int) -> NoReturn:
        try:
            end_with_parent(parent)
            os.setsid()  # Ctrl-C is for Ansible, which ends its workers
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nothing, stream)
            self._submitting.close()
            self._reports.close()
            round_trip.take()  # of what the parent process has asked
            self._serve(parent)
        finally:
            os._exit(0)  # nothing that was inherited is closed, flushed or removed here

    def _serve(self, parent: int) -> None:
        # Workers of Ansible may hang without their main process, and keep the socket open.
        while os.getppid() == parent:
            try:
                message, descriptors, _flags, _address = socket.recv_fds(self._accepting, 1, 1)
            except BlockingIOError:
                continue
            if not message:
                return
            with Connection(descriptors[0]) as worker, contextlib.suppress(EOFError, OSError):
                _serve_one(worker)
                self._report()

    def _report(self) -> None:
        """Report how far away the appliance of the task was."""
        seconds = round_trip.take()
        if seconds is not None:
            with contextlib.suppress(OSError):  # there are reports that nobody has read yet
                self._reporting.send(_SECONDS.pack(seconds))


def _is_accepted(submission: Connection[Any, Any]) -> bool:
    with contextlib.suppress(EOFError, ConnectionError):  # no process received it, or the one that did has ended
        return submission.poll(ACCEPT_TIMEOUT) and submission.recv_bytes() == _ACCEPTED
    return False


def _result(process: Connection[Any, Any], task: Task) -> dict[str, Any]:
    try:
        process.send(task)
        result, error = process.recv()
    except (EOFError, ConnectionError):
        raise OutcomeUnknown(
            f"{task.appliance.name}: the process that worked on it has ended (killed? out of memory?), so what it had sent may have been "
            "carried out. Give the same command again: the change record tells it how far this one came."
        ) from None
    if error is not None:
        raise error
    return dict(result)


def _serve_one(worker: Connection[Any, Any]) -> None:
    worker.send_bytes(_ACCEPTED)
    task = worker.recv()
    with _ended_with(worker):
        answer = _packed_result(task)
    worker.send_bytes(answer)


def _packed_result(task: Task) -> bytes:
    """Run a task, and return its result or its error as the worker of Ansible reads it."""
    try:
        return _packed(task.values(), None)
    except Exception as error:  # noqa: BLE001 -- every error is passed on to the worker of Ansible
        error.add_note("".join(traceback.format_exception(error)))
        try:
            packed = _packed(None, error)
            ForkingPickler.loads(packed)
        except Exception:  # noqa: BLE001 -- an error of another library need not be picklable
            replacement = RuntimeError(f"{type(error).__name__}: {error}")
            replacement.__dict__.update(__notes__=error.__notes__)
            return _packed(None, replacement)
        return packed


def _packed(result: dict[str, Any] | None, error: Exception | None) -> bytes:
    return bytes(ForkingPickler.dumps((result, error)))


@contextlib.contextmanager
def _ended_with(worker: Connection[Any, Any]) -> Iterator[None]:
    """As long as this context lasts, end this process and all that it started when that worker of Ansible ends."""

    def end_if_closed(*_unused: Any) -> None:
        if worker.poll():  # it sends nothing more, so the other end was closed
            os.killpg(os.getpid(), signal.SIGKILL)

    signal.signal(signal.SIGIO, end_if_closed)
    flags = fcntl.fcntl(worker, fcntl.F_GETFL)
    fcntl.fcntl(worker, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(worker, fcntl.F_SETFL, flags | os.O_ASYNC)
    end_if_closed()
    try:
        yield
    finally:
        fcntl.fcntl(worker, fcntl.F_SETFL, flags)
        signal.signal(signal.SIGIO, signal.SIG_IGN)


def _workers_of_ansible() -> list[WorkerProcess]:
    """Return those that run; what another plugin has started in this process is none of them."""
    return [child for child in active_children() if isinstance(child, WorkerProcess)]


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _available() -> float:
    """Return the mebibytes that the machine can give without swapping (MemAvailable, proc(5)); more than any has where it does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in MEMORY.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) / 1024
    return sys.float_info.max


def _resident() -> float:
    """Return the mebibytes of this process (statm, proc(5)); 0 where the system does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(RESIDENT.read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 2**20
    return 0.0


_pool: WorkerPool | None = None


def make_room(limit: int) -> None:
    """See :meth:`WorkerPool.make_room`. Nothing is started, and nobody waits, where the system does not have the sockets.

    :param limit: the largest number of processes
    """
    global _pool  # noqa: PLW0603 -- the forks of this process find it here
    if sys.platform != "linux":
        return
    if _pool is None:
        _pool = WorkerPool(limit)
    _pool.make_room()


def stop() -> None:
    """See :meth:`WorkerPool.stop`."""
    global _pool  # noqa: PLW0603
    if _pool is not None:
        _pool.stop()
    _pool = None


def run(task: Task) -> dict[str, Any]:
    """Run a task in a process of the pool, or in this process where there is no pool.

    A worker of Ansible ends with the main process, and so does a process of the pool.

    :raises TourniquetError: where the task fails
    """
    main_process = parent_process()
    if main_process is not None and main_process.pid is not None:
        end_with_parent(main_process.pid)
    return task.values() if _pool is None else _pool.submit(task)
