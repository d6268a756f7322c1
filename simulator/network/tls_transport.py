# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TLS on the server's side: OpenSSL reads and writes the socket itself.

asyncio's own TLS uses buffers in memory, so that it works with any transport. Here every transport is a socket; without these
buffers the network part of a response costs a quarter less (docs/decisions/0011).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Any

HANDSHAKE_SECONDS = 60.0
CLOSE_SECONDS = 5.0  # how long a client may take to close its side
# The largest TLS record (RFC 8446 5.1). OpenSSL takes one record from the socket at a time, so no data is left where the event
# loop cannot see it.
RECORD = 16384
_WAIT = (ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Transport(asyncio.Transport):
    """An accepted connection. The protocol is made when the handshake has succeeded."""

    def __init__(
        self,
        connection: socket.socket,
        context: ssl.SSLContext,
        make_protocol: Callable[[], asyncio.Protocol],
        handshake_done: Callable[[Transport], None],
    ) -> None:
        """Take over a non-blocking socket. `handshake_done` is called at the end of the handshake, also when it fails. Raises OSError."""
        super().__init__()
        self._loop = asyncio.get_running_loop()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._number = self._socket.fileno()
        self._make_protocol = make_protocol
        self._handshake_done = handshake_done
        self._protocol: asyncio.Protocol | None = None
        self._received: Callable[[bytes], None]
        self._backlog = bytearray()
        self._reads = self._writes = False  # what the event loop watches the socket for
        self._ended = False  # the client has closed its side
        self._closing = False
        self._finished = False
        self._timer = self._loop.call_later(HANDSHAKE_SECONDS, self.abort)
        self._watch_reading(self._handshake)

    # The interface of a transport

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "socket":
            return self._socket
        if name in ("peername", "sockname"):
            try:
                return self._socket.getpeername() if name == "peername" else self._socket.getsockname()
            except OSError:  # the client has closed the connection
                return default
        return default

    def can_write_eof(self) -> bool:
        return False

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        if not self._closing:
            self._ignore_reading()

    def resume_reading(self) -> None:
        if not self._closing:
            self._watch_reading(self._read)

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        if self._closing:
            return
        if not self._backlog:
            try:
                sent = self._socket.write(data)
            except _WAIT:
                sent = 0
            except OSError as problem:
                self._finish(problem)
                return
            if sent == len(data):
                return
            data = data[sent:]
            self._watch_writing(self._flush)
        self._backlog += data

    def close(self) -> None:
        if self._closing:
            return
        self._closing = True
        if self._backlog:
            self._ignore_reading()
        else:
            self._send_close_notify()

    def abort(self) -> None:
        self._finish(None)

    # Registration with the event loop; each call costs time

    def _watch_reading(self, readable: Callable[[], None]) -> None:
        self._reads = True
        self._loop.add_reader(self._number, readable)

    def _ignore_reading(self) -> None:
        if self._reads:
            self._reads = False
            self._loop.remove_reader(self._number)

    def _watch_writing(self, writable: Callable[[], None]) -> None:
        self._writes = True
        self._loop.add_writer(self._number, writable)

    def _ignore_writing(self) -> None:
        if self._writes:
            self._writes = False
            self._loop.remove_writer(self._number)

    # Callbacks of the event loop

    def _handshake(self) -> None:
        try:
            self._socket.do_handshake()
        except ssl.SSLWantReadError:
            self._ignore_writing()
            return
        except ssl.SSLWantWriteError:
            self._watch_writing(self._handshake)
            return
        except ssl.SSLError:  # the client's problem; OpenSSL has sent the alert
            self._end_writing()
            return
        except OSError as problem:
            self._finish(problem)
            return
        self._timer.cancel()
        self._ignore_writing()
        self._watch_reading(self._read)
        self._handshake_done(self)
        protocol = self._protocol = self._make_protocol()
        self._received = protocol.data_received
        protocol.connection_made(self)

    def _read(self) -> None:
        try:
            data = self._socket.read(RECORD)
        except _WAIT:  # part of a record, or a record without data: a ticket, a new key
            return
        except OSError as problem:
            self._finish(problem)
            return
        if data:
            self._received(data)
        else:
            self._ended = True
            self.close()

    def _flush(self) -> None:
        try:
            sent = self._socket.write(self._backlog)
        except _WAIT:
            return
        except OSError as problem:
            self._finish(problem)
            return
        del self._backlog[:sent]
        if not self._backlog:
            self._ignore_writing()
            if self._closing:
                self._send_close_notify()

    # Closing

    def _send_close_notify(self) -> None:
        """Send close_notify."""
        with contextlib.suppress(OSError):  # also raised while the client's close_notify is missing
            self._socket.unwrap()
        if self._ended:
            self._finish(None)
        else:
            self._end_writing()

    def _end_writing(self) -> None:
        """Wait until the client closes its side: closing a socket with unread data is a reset, which discards what was written."""
        self._closing = True
        self._timer.cancel()
        self._ignore_writing()
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError as problem:
            self._finish(problem)
            return
        self._timer = self._loop.call_later(CLOSE_SECONDS, self.abort)
        self._watch_reading(self._wait_for_end)

    def _wait_for_end(self) -> None:
        try:
            while self._socket.recv(RECORD):
                pass
        except BlockingIOError:
            return
        except OSError:
            pass
        self._finish(None)

    def _finish(self, problem: OSError | None) -> None:
        if self._finished:
            return
        self._finished = self._closing = True
        self._timer.cancel()
        self._ignore_reading()
        self._ignore_writing()
        self._loop.call_soon(self._lose_connection, problem)

    def _lose_connection(self, problem: OSError | None) -> None:
        self._socket.close()
        if self._protocol is None:
            self._handshake_done(self)
        else:
            self._protocol.connection_lost(problem)
