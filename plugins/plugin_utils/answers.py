# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers of http.client with their headers read plainly: its own reader takes them for e-mail, and half of the time of a request.

What is read of an answer, and when a connection is kept, is decided as http.client does (RFC 9112); bodies are its own affair.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator

MOST_HEADERS = 100
LONGEST_LINE = 65536


class Headers:
    """The headers of an answer, by their names in any case."""

    def __init__(self, lines: list[tuple[str, str]]) -> None:
        self._lines = lines
        self._by_name: dict[str, list[str]] = {}
        for name, value in lines:
            self._by_name.setdefault(name.lower(), []).append(value)

    def get_all(self, name: str, default: list[str] | None = None) -> list[str] | None:
        return self._by_name.get(name.lower(), default)

    def get(self, name: str, default: str | None = None) -> str | None:
        found = self.get_all(name)
        return found[0] if found else default

    def items(self) -> list[tuple[str, str]]:
        return list(self._lines)

    def __iter__(self) -> Iterator[str]:
        return (name for name, _value in self._lines)


class PlainAnswer(http.client.HTTPResponse):
    """Use it as the ``response_class`` of a connection."""

    def begin(self) -> None:
        """Read what stands before the body.

        :raises http.client.HTTPException: where it is none of HTTP/1
        """
        version, status, reason = self._read_status()  # type: ignore[attr-defined] # private, and the same since Python 3.3
        while status == http.client.CONTINUE:
            self._read_headers()
            version, status, reason = self._read_status()  # type: ignore[attr-defined] # as above
        if not version.startswith("HTTP/1."):
            raise http.client.UnknownProtocol(version)
        self.code = self.status = status
        self.reason = reason.strip()
        self.version = 10 if version == "HTTP/1.0" else 11
        headers = self._read_headers()
        self.headers = self.msg = headers  # type: ignore[assignment] # all of it that is used
        words = [word.strip().lower() for word in (headers.get("connection") or "").split(",")]
        self.will_close = "close" in words or (self.version == 10 and "keep-alive" not in words)
        self.chunked = (headers.get("transfer-encoding") or "").lower() == "chunked"
        self.chunk_left = None
        length = headers.get("content-length") or ""
        self.length = int(length) if length.isdecimal() and not self.chunked else None
        if (
            status in (http.client.NO_CONTENT, http.client.NOT_MODIFIED)
            or 100 <= status < 200
            or self._method == "HEAD"  # type: ignore[attr-defined] # as above
        ):
            self.length = 0
        if self.length is None and not self.chunked:
            self.will_close = True  # its body ends where the connection does

    def _read_headers(self) -> Headers:
        lines: list[tuple[str, str]] = []
        while True:
            raw = self.fp.readline(LONGEST_LINE + 1)
            if len(raw) > LONGEST_LINE:
                raise http.client.LineTooLong("header line")
            text = raw.decode("iso-8859-1")
            line = text.rstrip("\r\n")
            if not line:
                return Headers(lines)
            if line[0] in " \t" and lines:  # folded, as old servers do
                lines[-1] = (lines[-1][0], f"{lines[-1][1]} {line.strip()}")
                continue
            name, colon, value = line.partition(":")
            if colon:
                lines.append((name.strip(), value.strip()))
            if len(lines) > MOST_HEADERS:
                raise http.client.HTTPException(f"got more than {MOST_HEADERS} headers")
