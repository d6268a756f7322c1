# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TLS at the server's end: OpenSSL reads and writes the socket itself.

asyncio's own TLS goes through buffers in memory, so that it works with any transport. Ours are always sockets, and without these
buffers an answer costs a quarter less of what the network takes (docs/decisions/0011).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Any

HANDSHAKE_SECONDS = 60.0
CLOSE_SECONDS = 5.0  # so long a client may take to close its side
# The most that a TLS record holds (RFC 8446 5.1). OpenSSL takes one record from the socket at a time, so nothing that the event
# loop can't see is left over.
RECORD = 16384
_WAIT = (ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Transport(asyncio.Transport):
    """A connection that a client has made; the protocol is made when the handshake is done, and told nothing if it never is."""

    def __init__(
        self,
        connection: socket.socket,
        context: ssl.SSLContext,
        make_protocol: Callable[[], asyncio.Protocol],
        handshake_done: Callable[[Transport], None],
    ) -> None:
        """Takes over a non-blocking socket. `shaken` hears of the end of the handshake, good or bad. Raises OSError."""
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
        self._reads = self._writes = False  # whether the event loop watches for it
        self._ended = False  # whether the client has said that no more comes
        self._closing = False
        self._finished = False
        self._timer = self._loop.call_later(HANDSHAKE_SECONDS, self.abort)
        self._watch_reading(self._handshake)

    # What a protocol asks of its transport

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "socket":
            return self._socket
        if name in ("peername", "sockname"):
            try:
                return self._socket.getpeername() if name == "peername" else self._socket.getsockname()
            except OSError:  # it went away already
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

    # What it asks of the event loop, which takes its time for each

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

    # What the event loop calls

    def _handshake(self) -> None:
        try:
            self._socket.do_handshake()
        except ssl.SSLWantReadError:
            self._ignore_writing()
            return
        except ssl.SSLWantWriteError:
            self._watch_writing(self._handshake)
            return
        except ssl.SSLError:  # the client's business; OpenSSL has told it already
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
        except _WAIT:  # half a record, or none for us: a ticket, a new key
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

    # The end

    def _send_close_notify(self) -> None:
        """Tells that no more comes (close_notify)."""
        with contextlib.suppress(OSError):  # that the client's is still to come is one, too
            self._socket.unwrap()
        if self._ended:
            self._finish(None)
        else:
            self._end_writing()

    def _end_writing(self) -> None:
        """Waits for the client to end its side: a close with data unread is a reset, which takes away what was written."""
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
