# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An event loop that runs in a thread of its own, and whose work another thread may do while it waits.

A client in the same process that hands its bytes over in its own thread needs no switch between threads and no socket.
"""

from __future__ import annotations

import asyncio
import math
import selectors
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class _Selector(selectors.DefaultSelector):
    """Leaves the lock to other threads while it waits.

    :ivar until: when it stops to wait by itself, in seconds of the clock of the loop
    """

    def __init__(self, lock: threading.RLock) -> None:
        super().__init__()
        self._lock: Any = lock
        self.until = -math.inf

    def select(self, timeout: float | None = None) -> Any:
        self.until = math.inf if timeout is None else time.monotonic() + timeout
        self._lock.release()
        try:
            return super().select(timeout)
        finally:
            self._lock.acquire()
            self.until = -math.inf


class SharedLoop(asyncio.SelectorEventLoop):
    """The event loop. What it runs, and what runs within :meth:`turn`, runs alone."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._waiting = _Selector(self.lock)
        self._has_news = False
        super().__init__(self._waiting)

    def run_forever(self) -> None:
        with self.lock:
            super().run_forever()

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Any = None) -> asyncio.Handle:  # type: ignore[override]
        self._has_news = True
        return super().call_soon(callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        self._has_news |= when < self._waiting.until
        return super().call_at(when, callback, *args, context=context)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Run a block as if it were a callback of the loop, in the calling thread. It must not wait for the loop."""
        with self.lock:
            self._has_news = False
            asyncio._set_running_loop(self)  # noqa: SLF001 -- made for event loops (asyncio.events)
            try:
                yield
            finally:
                asyncio._set_running_loop(None)  # noqa: SLF001
                if self._has_news:  # the loop waits, and does not know of it
                    self.call_soon_threadsafe(_nothing)


def _nothing() -> None:
    """Do nothing: the call ends the waiting of the loop."""
