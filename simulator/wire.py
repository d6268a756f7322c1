# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bytes on the wire: NITRO's JSON spacing, raw answers, resets, and the connection class that carries them."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import struct
from collections.abc import Iterable
from email.utils import formatdate
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_protocol import RequestHandler

BODY_LIMIT = 64 * 1024 * 1024
_escape = json.encoder.encode_basestring_ascii
_numbers = itertools.count(1)
# Reason phrases as the vendor's Go client compares them (adc-nitro-go, netscaler_resource.go); 209 from the NITRO guide.
REASONS = {
    200: "OK",
    201: "Created",
    207: "Multi Status",
    209: "X-NITRO-WARNING",
    301: "Moved Permanently",
    302: "Found",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    413: "Request Entity Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    599: "Netscaler specific error",
}


def dumps(value: Any) -> str:
    """JSON with blanks inside braces and after colons, and `/` escaped: the 57-byte Done of collection issues 323 and 378."""
    if isinstance(value, str):
        return _escape(value).replace("/", "\\/")
    if isinstance(value, dict):
        return (
            "{ " + ", ".join(f"{_escape(key)}: {dumps(item)}" for key, item in value.items()) + " }" if value else "{ }"
        )
    if isinstance(value, list | tuple):
        return "[ " + ", ".join(map(dumps, value)) + " ]" if value else "[ ]"
    return json.dumps(value)


class RawResponse(web.StreamResponse):
    """An answer whose bytes are ours to the last one: aiohttp adds nothing to it."""

    def __init__(
        self,
        status: int,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        reason: str | None = None,
        *,
        raw: bytes | None = None,
        close: bool = False,
        length: bool = True,
    ) -> None:
        super().__init__(status=status)
        self._close = close
        self._content = body
        if raw is not None:
            self._head, self._content = raw, b""
        else:
            lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown') if reason is None else reason}"]
            lines += [f"{name}: {value}" for name, value in headers]
            if length:
                lines.append(f"Content-Length: {len(body)}")
            if close:
                lines.append("Connection: close")
            self._head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    @property
    def keep_alive(self) -> bool:
        return not self._close

    @property
    def head(self) -> bytes:
        return self._head

    @property
    def content(self) -> bytes:
        return self._content

    def force_close(self) -> None:
        self._close = True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError
        if not request.keep_alive:
            self._close = True
        transport.write(self._head if request.method == "HEAD" else self._head + self._content)
        return None

    async def write(self, data: Any) -> None:
        raise RuntimeError("an answer is written whole")

    async def write_eof(self, data: bytes = b"") -> None:
        return None


class Silence(RawResponse):
    """No answer: the connection ends with a reset, or quietly."""

    def __init__(self, reset: bool) -> None:
        super().__init__(200, close=True)
        self._reset = reset

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if request.transport is not None:
            if self._reset:
                reset(request.transport)
            else:
                request.transport.close()
        return None


def reset(transport: Any) -> None:
    """Closes a connection with a TCP RST."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def http_date() -> str:
    return formatdate(usegmt=True)


class Incoming(web.BaseRequest):
    """A request that knows the number of its connection."""

    connection: int = 0


class Connection(RequestHandler):
    """One connection: it has a number for the request log, and bad requests get the front end's error page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.number = next(_numbers)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        if status >= 500 and exc is not None:
            self.logger.error("defect in the simulator", exc_info=exc)
        page = error_page(status, "Your browser sent a request that this server could not understand.")
        return RawResponse(
            status,
            [("Date", http_date()), ("Server", "Apache"), ("Content-Type", "text/html; charset=iso-8859-1")],
            page,
            close=True,
        )


def error_page(status: int, text: str) -> bytes:
    """Apache's error page."""
    reason = REASONS.get(status, "Error")
    return (
        f'<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>{status} {reason}</title>\n</head><body>\n'
        f"<h1>{reason}</h1>\n<p>{text}<br />\n</p>\n</body></html>\n"
    ).encode("utf-8", "surrogateescape")


class Server(web.Server):
    """Makes our connections; request bodies may be large."""

    def __init__(self, handler: Any, **settings: Any) -> None:
        super().__init__(
            handler,
            request_factory=self._request,
            access_log=None,
            lingering_time=1.0,
            max_line_size=65536,
            max_field_size=65536,
            auto_decompress=False,
            keepalive_timeout=3600.0,
            **settings,
        )

    def _request(self, message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        request = Incoming(message, payload, protocol, writer, task, self._loop, client_max_size=BODY_LIMIT)
        request.connection = protocol.number
        return request

    def __call__(self) -> RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)

    def reset_all(self) -> None:
        """Resets every open connection, as a reboot does."""
        for handler in list(self.connections):
            if handler.transport is not None:
                reset(handler.transport)
