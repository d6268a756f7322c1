# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ends a TLS connection whose operation goes on past its timeout.

In one call OpenSSL reads on as long as the peer sends messages without content (HelloRequest in a handshake, KeyUpdate after it), and looks at
no timeout in between. Whoever answers at an address can send them without end. So a thread of each process shuts such a connection down.
"""

from __future__ import annotations

import contextlib
import math
import os
import socket
import threading
from collections.abc import Iterator
from time import monotonic
from weakref import WeakSet

GRACE = 1.0
"""Seconds after the timeout of an operation, within which OpenSSL ends it itself where it can."""
INTERVAL = 0.5
"""Seconds between two looks at the connections."""


class WatchedSocket(socket.socket):
    """A socket with the end of its present operation.

    :ivar overdue_at: by the monotonic clock; infinite between operations
    :ivar was_shut_down: an operation went on past its end
    """

    overdue_at = math.inf
    was_shut_down = False

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Shut the connection down where the operation in the block goes on past the timeout of the socket.

        :raises TimeoutError: where it did
        """
        _watchdog_of_process().watch(self)
        timeout = self.gettimeout()
        self.overdue_at = math.inf if timeout is None else monotonic() + timeout + GRACE
        try:
            yield
        finally:
            self.overdue_at = math.inf
            if self.was_shut_down:
                raise TimeoutError("the time for the whole answer is over")


class _Watchdog:
    """The thread of one process, and the connections that it looks at."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._lock = threading.Lock()
        self._connections: WeakSet[WatchedSocket] = WeakSet()
        threading.Thread(target=self._run, name="watchdog of TLS connections", daemon=True).start()

    def watch(self, connection: WatchedSocket) -> None:
        """Look at a connection from now on."""
        with self._lock:
            self._connections.add(connection)

    def _run(self) -> None:
        never = threading.Event()
        while True:
            never.wait(INTERVAL)
            with self._lock:
                connections = list(self._connections)
            now = monotonic()
            for connection in connections:
                if connection.overdue_at < now:
                    connection.was_shut_down = True
                    with contextlib.suppress(OSError):  # it is closed
                        # Not the method of TLS, which would take its object from the operation.
                        socket.socket.shutdown(connection, socket.SHUT_RDWR)


_watchdog: _Watchdog | None = None


def _watchdog_of_process() -> _Watchdog:
    """Return the watchdog of this process; a fork has no thread of the process that it comes from."""
    global _watchdog  # noqa: PLW0603 -- one for each process
    if _watchdog is None or _watchdog.process != os.getpid():
        _watchdog = _Watchdog()
    return _watchdog
