# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Workers that stay: each does the work on one appliance after the other, for the workers that Ansible forks for each (0021).

A process that was just forked copies each page that it touches, and does everything for the first time; for a plan that costs more than the plan.
So a worker of Ansible hands its work to a process that did such work before, and waits for the result. For the appliance nothing differs:

* One standing worker does one thing at a time, alone. What it was given and what it answers goes through a socket that no other process
  can open.
* Work that none of them takes in time is done by the worker of Ansible itself, as it is where there are none.
* A worker of Ansible that is ended (Ctrl-C, the task's timeout) ends the standing worker that works for it, at once.
* A standing worker that is ended leaves an appliance as any process that is ended; its worker of Ansible says so.
* They end when the process that started them, and its workers, are gone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from select import select
from typing import Any, NoReturn

if sys.platform == "linux":
    import fcntl

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.task import Work
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import OutcomeUnknown

AT_ONCE = 4  # so many are started without waiting until somebody waits; a small fleet needs no more
TAKEN_WITHIN = 0.5  # seconds; then who asked does it itself
_END_WITHIN = 10.0  # seconds; an idle one ends in a millisecond
_LOOK_HOME = 2  # seconds
_TAKEN = b"taken"


class StandingWorkers:
    """Those of one process, which starts them; its forks find them."""

    def __init__(self, most: int) -> None:
        """:param most: how many there may be"""
        self.most = most
        self._pids: set[int] = set()
        # One message is one worker of Ansible that asks, and comes to one standing worker.
        self._asking, self._answering = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._asking.setblocking(False)
        # Waiting in the call, and not in select, has the kernel wake one of them and not all.
        self._answering.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", _LOOK_HOME, 0))

    def grow(self) -> None:
        """Start one more where somebody waits for one, or few are there."""
        self._bury()
        waits = bool(select([self._answering], [], [], 0)[0])
        if len(self._pids) >= (self.most if waits else min(self.most, AT_ONCE)):
            return
        home = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._stand(home)
        self._pids.add(pid)

    def end(self) -> None:
        """Let all go home. Called when no worker of Ansible is left."""
        self._asking.close()
        self._answering.close()
        deadline = time.monotonic() + _END_WITHIN
        while self._bury() and time.monotonic() < deadline:
            time.sleep(0.001)

    def _bury(self) -> bool:
        """Whether any is left."""
        for pid in list(self._pids):
            with contextlib.suppress(ChildProcessError):  # somebody else has
                if not os.waitpid(pid, os.WNOHANG)[0]:
                    continue
            self._pids.remove(pid)
        return bool(self._pids)

    # -- in a worker of Ansible ----------------------------------------------------------------------------------------

    def hand_over(self, work: Work) -> dict[str, Any]:
        """Have it done; where nobody takes it, do it.

        :raises OutcomeUnknown: where the standing worker is gone and nobody knows how far it came
        """
        ours, theirs = Pipe()
        with ours:
            with theirs, contextlib.suppress(OSError):  # too many ask already
                socket.send_fds(self._asking, [b"?"], [theirs.fileno()])
            if _is_taken(ours):
                return _done(ours, work)
        return work.do()

    # -- in a standing worker ------------------------------------------------------------------------------------------

    def _stand(self, home: int) -> NoReturn:
        try:
            os.setsid()  # Ctrl-C is for Ansible, which ends its workers
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nothing, stream)
            self._asking.close()
            self._serve(home)
        finally:
            os._exit(0)  # nothing of what was inherited is to be ended, flushed or removed here

    def _serve(self, home: int) -> None:
        # Workers of Ansible may hang without their main process, and keep the socket open.
        while os.getppid() == home:
            try:
                message, descriptors, _flags, _address = socket.recv_fds(self._answering, 1, 1)
            except BlockingIOError:
                continue
            if not message:
                return
            with Connection(descriptors[0]) as worker, contextlib.suppress(EOFError, OSError):
                _work_for(worker)


def _is_taken(question: Connection[Any, Any]) -> bool:
    with contextlib.suppress(EOFError, ConnectionError):  # nobody got it, or who got it is gone
        return question.poll(TAKEN_WITHIN) and question.recv_bytes() == _TAKEN
    return False


def _done(worker: Connection[Any, Any], work: Work) -> dict[str, Any]:
    try:
        worker.send(work)
        result, error = worker.recv()
    except (EOFError, ConnectionError):
        raise OutcomeUnknown(
            f"{work.appliance.name}: the process that worked on it has ended (killed? out of memory?), so what it had sent may have been "
            "carried out. Give the same command again: the change record tells it how far this one came."
        ) from None
    if error is not None:
        raise error
    return dict(result)


def _work_for(worker: Connection[Any, Any]) -> None:
    worker.send_bytes(_TAKEN)
    work = worker.recv()
    with _ended_with(worker):
        answer = _outcome(work)
    worker.send_bytes(answer)


def _outcome(work: Work) -> bytes:
    """The result or the error, as the other side reads it."""
    try:
        return _packed(work.do(), None)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is for the worker of Ansible
        error.add_note("".join(traceback.format_exception(error)))
        try:
            packed = _packed(None, error)
            ForkingPickler.loads(packed)
        except Exception:  # noqa: BLE001 -- errors of others need not stand a journey
            told = RuntimeError(f"{type(error).__name__}: {error}")
            told.__dict__.update(__notes__=error.__notes__)
            return _packed(None, told)
        return packed


def _packed(result: dict[str, Any] | None, error: Exception | None) -> bytes:
    return bytes(ForkingPickler.dumps((result, error)))


@contextlib.contextmanager
def _ended_with(worker: Connection[Any, Any]) -> Iterator[None]:
    """While this lasts, the end of that worker is the end of this process and of all that it started."""

    def look(*_: Any) -> None:
        if worker.poll():  # it has nothing more to say, so it is gone
            os.killpg(os.getpid(), signal.SIGKILL)

    signal.signal(signal.SIGIO, look)
    flags = fcntl.fcntl(worker, fcntl.F_GETFL)
    fcntl.fcntl(worker, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(worker, fcntl.F_SETFL, flags | os.O_ASYNC)
    look()
    try:
        yield
    finally:
        fcntl.fcntl(worker, fcntl.F_SETFL, flags)
        signal.signal(signal.SIGIO, signal.SIG_IGN)


_standing: StandingWorkers | None = None


def grow(most: int) -> None:
    """See :meth:`StandingWorkers.grow`; where the system has no such sockets, nothing is started.

    :param most: how many there may be
    """
    global _standing  # noqa: PLW0603 -- what the forks of this process find
    if sys.platform != "linux":
        return
    if _standing is None:
        _standing = StandingWorkers(most)
    _standing.grow()


def end() -> None:
    """See :meth:`StandingWorkers.end`."""
    global _standing  # noqa: PLW0603
    if _standing is not None:
        _standing.end()
    _standing = None


def do(work: Work) -> dict[str, Any]:
    """Have it done by a standing worker, or do it where there is none.

    :raises TourniquetError: where it cannot be done
    """
    return work.do() if _standing is None else _standing.hand_over(work)
