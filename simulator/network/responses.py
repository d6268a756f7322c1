# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTP responses as bytes: status lines, headers, resets, error pages."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Iterable, Sequence
from email.utils import formatdate
from functools import lru_cache
from typing import Any

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close is a TCP reset
CLOSE = b"Connection: close\r\n"
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


def one_line(text: str) -> str:
    """Return a text without line ends, as the value of a header or in a line of a log."""
    return text.replace("\r", "").replace("\n", "")


def header_lines(headers: Iterable[tuple[str, str]]) -> bytes:
    return "".join([f"{name}: {value}\r\n" for name, value in headers]).encode("latin-1", "replace")


@lru_cache(maxsize=256)
def _status_line(status: int, reason: str | None) -> bytes:
    text = f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown') if reason is None else reason}\r\n"
    return text.encode("latin-1", "replace")


class RawResponse:
    """A response whose bytes are all set here. `lines` and `headers` are its headers; `code` is NITRO's errorcode."""

    __slots__ = ("code", "content", "head", "keep_alive", "status")

    def __init__(
        self,
        status: int,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        reason: str | None = None,
        *,
        lines: bytes = b"",
        raw: bytes | None = None,
        close: bool = False,
        code: int | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.keep_alive = not close
        self.content = body
        if raw is not None:
            self.head, self.content = raw, b""
        else:
            own = lines + header_lines(headers) if headers else lines
            length, ending = len(body), CLOSE if close else b""
            self.head = b"%b%bContent-Length: %d\r\n%b\r\n" % (_status_line(status, reason), own, length, ending)

    def force_close(self) -> None:
        """Close the connection after this response."""
        self.keep_alive = False

    def send(self, transport: Any, *, head_only: bool = False) -> None:
        transport.write(self.head if head_only else self.head + self.content)


class NoResponse(RawResponse):
    """No response: the connection ends with a reset, or is closed."""

    __slots__ = ("_reset",)

    def __init__(self, reset: bool, code: int | None = None) -> None:
        super().__init__(200, close=True, code=code)
        self._reset = reset

    def send(self, transport: Any, *, head_only: bool = False) -> None:
        if self._reset:
            reset(transport)
        else:
            transport.close()


def reset(transport: Any) -> None:
    """Close a connection with a TCP RST."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    transport.abort()


def http_date() -> str:
    """Return the value of the Date header."""
    return _date(int(time.time()))


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


@lru_cache(maxsize=64)
def date_line(clock: int) -> bytes:
    """Return the Date header line for a clock."""
    return header_lines([("Date", formatdate(clock, usegmt=True))])


def error_page(status: int, text: str) -> bytes:
    """Return Apache's error page."""
    reason = REASONS.get(status, "Error")
    return (
        f'<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>{status} {reason}</title>\n</head><body>\n'
        f"<h1>{reason}</h1>\n<p>{text}<br />\n</p>\n</body></html>\n"
    ).encode("utf-8", "surrogateescape")
