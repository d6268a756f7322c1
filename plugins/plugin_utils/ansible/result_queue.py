# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lets Ctrl-C end a worker of Ansible only when it does not hold the lock of the queue of results.

At Ctrl-C ansible-core ends its workers at once, and then writes to the queue that they share. A worker that is ended while it writes a result leaves
the lock taken, so that the main process waits for ever and shows no summary (ansible-core 2.19.14, ``WorkerProcess._term`` and ``StrategyBase.cleanup``).
"""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Any

from ansible.utils.display import Display

SIGNALS = (signal.SIGINT, signal.SIGTERM)
LONGEST_WRITE = 30.0
"""Seconds that a worker gets to finish a write when a signal has come: then nobody reads any more."""


class DeferringLock:
    """A lock of multiprocessing that defers SIGINT and SIGTERM while it is held. In the main thread only: others get no signals."""

    def __init__(self, lock: Any) -> None:
        self._lock = lock
        self._handlers: dict[int, Any] = {}
        self._pending: list[int] = []

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._handlers = {number: signal.signal(number, self._defer) for number in SIGNALS}
        self._lock.acquire()

    def __exit__(self, *_error: object) -> None:
        self._lock.release()
        if threading.current_thread() is threading.main_thread():
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
            for number in self._pending:
                os.kill(os.getpid(), number)

    def _defer(self, number: int, _frame: FrameType | None) -> None:
        self._pending.append(number)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, LONGEST_WRITE)


def protect_result_queue() -> None:
    """Use a :class:`DeferringLock` for the queue of results in a worker of Ansible. Elsewhere there is no queue, and nothing is done."""
    queue = getattr(Display(), "_final_q", None)
    lock = getattr(queue, "_wlock", None)
    if queue is not None and lock is not None and not isinstance(lock, DeferringLock):
        queue._wlock = DeferringLock(lock)  # noqa: SLF001 -- neither ansible-core nor multiprocessing has a public name for it
