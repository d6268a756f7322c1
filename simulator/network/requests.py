# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An HTTP request: its head unchanged, its body as it arrives."""

from __future__ import annotations

import asyncio
import copy
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlsplit

BODY_LIMIT = 64 * 1024 * 1024
LINE_LIMIT = 65536  # of a request target or a header
HEADERS_LIMIT = 128
# Headers that may occur once. Each has a single value by its definition; RFC 9110 5.3 lets a recipient refuse a second one.
SINGLE = frozenset(
    {
        *("content-length", "content-location", "content-range", "content-type", "etag", "host", "max-forwards"),
        *("server", "transfer-encoding", "user-agent"),
    }
)


class BodyTooLarge(Exception):
    """A request body exceeds `BODY_LIMIT`."""


class BodyBroken(Exception):
    """A request body does not match its headers, or did not arrive."""


class Headers(dict[str, str]):
    """The headers of a request: name in lower case -> first value. Text is UTF-8; other bytes are surrogates."""

    __slots__ = ("_more",)

    def __init__(self, raw: list[tuple[bytes, bytes]]) -> None:
        super().__init__()
        self._more: list[tuple[str, str]] = []  # further headers of the same names
        for name, value in raw:
            key, text = _in_lower_case(name), value.decode("utf-8", "surrogateescape")
            if key in self:
                self._more.append((key, text))
            else:
                self[key] = text

    def every(self, name: str) -> list[str]:
        """Return all values of a name in lower case."""
        if name not in self:
            return []
        return [self[name], *[text for key, text in self._more if key == name]]

    def valid(self, version: str) -> bool:
        """True if there are not too many, Host is there from HTTP/1.1 on (RFC 9112 3.2), and no single header occurs twice."""
        if (version == "1.1" and "host" not in self) or len(self) + len(self._more) > HEADERS_LIMIT:
            return False
        return not self._more or SINGLE.isdisjoint([key for key, _ in self._more])


@lru_cache(maxsize=1024)
def _in_lower_case(name: bytes) -> str:
    return name.decode("latin-1").lower()


class Connection(Protocol):
    """The connection that a request came on."""

    number: int
    peer: tuple[Any, ...] | None
    local_address: tuple[Any, ...] | None

    def resume(self) -> None: ...

    def write(self, data: bytes) -> None: ...


class HttpRequest:
    """A request as received: nothing of it is normalised. Its body may not be complete yet."""

    __slots__ = (
        *("method", "raw_path", "version", "raw_headers", "headers", "keep_alive", "complete"),
        *("client", "server", "connection", "_connection", "_pieces", "_size", "_awaited", "_problem"),
    )

    def __init__(
        self, connection: Connection, method: str, target: bytes, version: str, raw_headers: list[tuple[bytes, bytes]]
    ) -> None:
        self.method = method
        self.raw_path = target.decode("utf-8", "surrogateescape")
        self.version = version  # such as 1.1
        self.raw_headers = raw_headers
        self.headers = Headers(raw_headers)
        self.keep_alive = True
        self.complete = False
        self.client = connection.peer  # address and port; None if the connection is closed
        self.server = connection.local_address  # the address and port that the client connected to
        self.connection = connection.number
        self._connection = connection
        self._pieces: list[bytes] | None = []  # None: the body is discarded
        self._size = 0
        self._awaited: asyncio.Future[None] | None = None
        self._problem: type[BodyTooLarge | BodyBroken] | None = None

    def rewritten(self, method: str, target: str, headers: tuple[tuple[str, str], ...]) -> HttpRequest:
        """Return the request as it is sent on, one character for a byte, for the log of the server that receives it."""
        sent = copy.copy(self)
        sent.method, sent.raw_path = method, target.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
        sent.raw_headers = [
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers
        ]
        sent.headers = Headers(sent.raw_headers)
        return sent

    @property
    def awaited(self) -> bool:
        """True if a handler waits for the body, or the body is discarded."""
        return self._awaited is not None or self._pieces is None

    @property
    def valid(self) -> bool:
        """True if the request gets another response than 400. The parser accepts more than RFC 9112 allows."""
        return (self.raw_path[:1] == "/" or self._has_other_target()) and self.headers.valid(self.version)

    @property
    def oversized(self) -> bool:
        """True if a line of the head is longer than a front end accepts."""
        lengths = [len(name) + len(value) for name, value in self.raw_headers]
        return max(len(self.raw_path), *lengths) > LINE_LIMIT

    def _has_other_target(self) -> bool:
        """RFC 9112 3.2: a URI with a host, `*` of OPTIONS, or the authority of CONNECT."""
        if self.method == "OPTIONS" and self.raw_path == "*":
            return True
        try:
            parts = urlsplit(("//" if self.method == "CONNECT" else "") + self.raw_path)
            return bool(parts.hostname) and (parts.port or 0) >= 0
        except ValueError:
            return False

    @property
    def body(self) -> bytes | None:
        """The body if it is complete; None if `read` has to wait, to send 100 Continue or to raise."""
        if not self.complete or self._pieces is None or "expect" in self.headers:
            return None
        return b"".join(self._pieces)

    async def read(self) -> bytes:
        """Return the whole body; a client with `Expect: 100-continue` gets 100 Continue. Raises BodyTooLarge and BodyBroken."""
        if int(self.headers.get("content-length", "0")) > BODY_LIMIT:
            raise BodyTooLarge
        if self.headers.get("expect", "").lower() == "100-continue":
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if not self.complete and self._problem is None:
            self._awaited = asyncio.get_running_loop().create_future()
            self._connection.resume()
            await self._awaited
        if self._problem is not None:
            raise self._problem
        return b"".join(self._pieces or ())

    def write(self, data: bytes) -> None:
        """Send bytes before the response: 100 Continue, or the part of a response that a fault lets through."""
        self._connection.write(data)

    def feed(self, piece: bytes) -> None:
        if self._pieces is None:
            return
        self._size += len(piece)
        if self._size > BODY_LIMIT:
            self.fail(BodyTooLarge)
        else:
            self._pieces.append(piece)

    def fail(self, problem: type[BodyTooLarge | BodyBroken]) -> None:
        """Mark the body as not readable."""
        self._problem = self._problem or problem
        self.discard()
        if self._awaited is not None:
            self._wake()

    def end(self) -> None:
        self.complete = True
        if self._awaited is not None:
            self._wake()

    def discard(self) -> None:
        """Ignore the rest of the body."""
        self._pieces = None

    def _wake(self) -> None:
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_result(None)
