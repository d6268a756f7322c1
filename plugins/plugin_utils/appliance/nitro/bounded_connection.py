# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTP connections whose answers are bounded: in time by one deadline for the whole exchange, and in bytes.

``http.client`` has a timeout for one operation of a socket, and no limit for the header block as a whole or for interim answers. Here
each operation of the socket gets what is left of the deadline, and no read gets more bytes than the limits allow. OpenSSL keeps to the
timeout in one handshake, read or write as a whole, so slow pieces of a TLS record do not prolong it; messages without content do, and
:mod:`watchdog` ends them.

Only the resolution of a host name is not bounded here; the operating system's resolver has its own limits.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import math
import socket
import ssl
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .watchdog import WatchedSocket

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEADER_LIMIT = 64 * 1024  # bytes of the status line, the headers and all interim answers of one exchange
MOST_INTERIM = 8
"""The largest number of interim answers (100 Continue) before an answer; RFC 9110 has no limit, and NITRO sends none."""
SLOWEST = 128 * 1024
"""The bytes per second that a large request or answer must at least have: each so many prolong the deadline by one second."""


class AnswerTooLarge(http.client.HTTPException):
    """An answer exceeds a limit; the same request would have the same answer."""


class ExchangeLimits:
    """The limits of one request and its answer. The bytes of the answer count; first those of its headers.

    :param seconds: the time for all of it: connection, TLS handshake, request and answer
    :param size: the bytes of the request
    :param each: the seconds for one operation at most
    """

    def __init__(
        self, seconds: float, *, size: int = 0, each: float = math.inf, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._each = each
        self._end = clock() + seconds + size / SLOWEST
        self.begin()

    def begin(self) -> None:
        """Expect the headers of an answer; the time goes on."""
        self._room = HEADER_LIMIT
        self._exceeded = f"its headers have more than {HEADER_LIMIT:,} bytes"
        self.is_over = False
        """The whole answer was read: nothing more is taken from the connection."""
        self.has_rest = False
        """Bytes followed the answer, so the connection must not be used again."""

    def seconds_left(self) -> float:
        """Return the time that is left for the next operation.

        :raises TimeoutError: where none is left
        """
        left = self._end - self._clock()
        if left <= 0:
            raise TimeoutError("the time for the whole answer is over")
        return min(left, self._each)

    def room(self) -> int:
        """Return the number of bytes that may still be read.

        :raises AnswerTooLarge: where that is none
        """
        if self._room <= 0:
            raise AnswerTooLarge(self._exceeded)
        return self._room

    def received(self, size: int) -> None:
        """Count the bytes of an answer."""
        self._room -= size
        self._end += size / SLOWEST

    def expect_body(self, limit: int) -> None:
        """Allow so many bytes after the headers."""
        self._room = limit
        self._exceeded = f"the answer is larger than {limit:,} bytes"


class _Bounded:
    """The operations of a socket that an HTTP client uses, within :attr:`limits`."""

    limits: ExchangeLimits | None = None

    def recv_into(self, buffer: WriteableBuffer, nbytes: int | None = None, flags: int = 0) -> int:
        limits = self.limits
        if limits is None:
            return int(super().recv_into(buffer, nbytes or 0, flags))  # type: ignore[misc]
        if limits.is_over:
            return 0
        most = min(len(memoryview(buffer)), limits.room())
        self.settimeout(limits.seconds_left())  # type: ignore[attr-defined]
        received = int(super().recv_into(buffer, most, flags))  # type: ignore[misc]
        limits.received(received)
        return received

    def send(self, data: Any, flags: int = 0) -> int:
        self._set_timeout()
        return int(super().send(data, flags))  # type: ignore[misc]

    def makefile(self, *_arguments: Any, **_options: Any) -> _AnswerReader:
        """Return the file from which ``http.client`` reads one answer."""
        return _AnswerReader(super().makefile("rb", buffering=0), self.limits)  # type: ignore[misc]

    def _set_timeout(self) -> None:
        if self.limits is not None:
            self.settimeout(self.limits.seconds_left())  # type: ignore[attr-defined]


class _TcpSocket(_Bounded, socket.socket):  # type: ignore[misc] # makefile gives the one file that is needed
    """A TCP connection within limits."""

    def sendall(self, data: Any, flags: int = 0) -> None:
        self._set_timeout()
        super().sendall(data, flags)


class _TlsSocket(_Bounded, ssl.SSLSocket, WatchedSocket):  # type: ignore[misc]
    """A TLS connection within limits."""

    def do_handshake(self, block: bool = False) -> None:
        with self.watched():
            super().do_handshake(block)

    def read(self, len: int = 1024, buffer: Any = None) -> Any:  # noqa: A002 -- its name in the library
        with self.watched():
            return super().read(len, buffer)

    def send(self, data: Any, flags: int = 0) -> int:
        self._set_timeout()
        with self.watched():
            return super().send(data, flags)


class _AnswerReader(io.BufferedReader):
    """Reads one answer. When it is closed, it notes whether bytes followed the answer."""

    def __init__(self, raw: Any, limits: ExchangeLimits | None) -> None:
        super().__init__(raw)
        self._limits = limits

    def close(self) -> None:
        if self._limits is not None and not self.closed:
            self._limits.is_over = True  # the look into the buffer must not read from the connection
            with contextlib.suppress(OSError):  # after a timeout nothing can be read, and the connection ends anyway
                self._limits.has_rest = bool(self.peek(1))
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer with a limited number of interim answers and an unambiguous length."""

    _interim = 0

    def _read_status(self) -> tuple[str, int, str]:
        """Return the status line of the answer, or of one more 100 Continue, which :meth:`begin` skips.

        ``http.client`` would take any other interim answer for the answer, and what follows it for the next one.
        """
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 100 <= status < 200:
                return version, status, reason
            self._interim += 1
            if self._interim > MOST_INTERIM:
                raise AnswerTooLarge(f"more than {MOST_INTERIM} interim answers")
            if status == http.client.SWITCHING_PROTOCOLS:
                raise http.client.HTTPException("another protocol, which nobody asked for")
            if status == http.client.CONTINUE:
                return version, status, reason
            http.client.parse_headers(self.fp)

    def begin(self) -> None:
        super().begin()
        lengths = {value.strip() for value in self.headers.get_all("Content-Length", [])}
        if len(lengths) > 1:
            raise http.client.HTTPException("two different lengths in its headers")
        if self.chunked and lengths:
            self.will_close = True  # RFC 9112 6.3: such an answer may be an attempt at smuggling


class BoundedConnection(http.client.HTTPConnection):
    """A connection to one address, with TLS where a context is given. Call :meth:`allow` before each exchange.

    :param source: the local address; None for the one that the operating system chooses
    :param server_name: the name to ask for by TLS; "" for the host. The connection goes to the host in any case
    """

    response_class = _Response
    auto_open = 0  # nothing connects without limits; see open()
    sock: Any

    def __init__(
        self, host: str, port: int, *, context: ssl.SSLContext | None, source: str | None = None, server_name: str = ""
    ) -> None:
        if context is not None:
            self.default_port = http.client.HTTPS_PORT
        super().__init__(host, port)
        self._source = source
        self._server_name = server_name or host
        self._tls = context
        self._limits = ExchangeLimits(0)

    @property
    def limits(self) -> ExchangeLimits:
        """The limits of the present exchange."""
        return self._limits

    def allow(self, limits: ExchangeLimits) -> None:
        """Set the limits of the next exchange, and of the connection that it may need."""
        limits.begin()
        self._limits = limits
        if self.sock is not None:
            self.sock.limits = limits

    def open(self, timeout: float) -> None:
        """Connect, and agree on TLS.

        :param timeout: seconds for each address of a host name, and for the handshake; the limits hold as well
        :raises OSError: where it fails
        """
        connected = self._connected(timeout)
        try:
            connected.settimeout(min(timeout, self._limits.seconds_left()))
            if self._tls is not None:
                self._tls.sslsocket_class = _TlsSocket
                name = self._server_name
                connected = self._tls.wrap_socket(connected, server_hostname=name, do_handshake_on_connect=False)
                connected.do_handshake()
        except BaseException:
            connected.close()
            raise
        self.sock = connected
        self.sock.limits = self._limits

    def _connected(self, timeout: float) -> socket.socket:
        problem = OSError("the host name has no address")
        for family, kind, protocol, _name, address in socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM):
            connected = _TcpSocket(family, kind, protocol)
            try:
                connected.settimeout(min(timeout, self._limits.seconds_left()))
                if self._source:
                    connected.bind((self._source, 0))
                connected.connect(address)
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                connected.close()
                problem = error
                continue
            return connected
        raise problem
