# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers of http.client with their headers read plainly: its own reader takes them for e-mail, and half of the time of a request.

What is read of an answer, and when a connection is kept, is decided as http.client does (RFC 9112); bodies are its own affair.
"""

from __future__ import annotations

import http.client
import re

MOST_LINES = 100
LONGEST_LINE = 65536
_ENDS = (b"\r\n", b"\n", b"")
_FOLD = re.compile(r"\n[ \t]+")  # in the midst of a value, as old servers do
_HEADER = re.compile(r"\n([!-9;-~]+):([^\n]*)")  # what else a line holds is no header, as in http.client


class Headers:
    """The headers of an answer, by their names in any case.

    :param block: their lines. Of a dozen few are asked for, so only those are taken apart.
    """

    def __init__(self, block: bytes) -> None:
        lines = block.decode("iso-8859-1").replace("\r\n", "\n")
        self._text = _FOLD.sub(" ", f"\n{lines}\n")
        self._names = self._text.lower()

    def get_all(self, name: str, default: list[str] | None = None) -> list[str] | None:
        start = f"\n{name.lower()}:"
        found = []
        at = self._names.find(start)
        while at >= 0:
            end = self._names.find("\n", at + 1)
            found.append(self._text[at + len(start) : end].strip())
            at = self._names.find(start, end)
        return found or default

    def get(self, name: str, default: str | None = None) -> str | None:
        found = self.get_all(name)
        return found[0] if found else default

    def __str__(self) -> str:
        """All lines, each with its end before it."""
        return self._text

    def items(self) -> list[tuple[str, str]]:
        return [(name, value.strip()) for name, value in _HEADER.findall(self._text)]


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
        is_length = length.isdecimal() and len(length) < 20  # of thousands of digits int() makes an error
        self.length = int(length) if is_length and not self.chunked else None
        if (
            status in (http.client.NO_CONTENT, http.client.NOT_MODIFIED)
            or 100 <= status < 200
            or self._method == "HEAD"  # type: ignore[attr-defined] # as above
        ):
            self.length = 0
        if self.length is None and not self.chunked:
            self.will_close = True  # its body ends where the connection does

    def _read_headers(self) -> Headers:
        lines: list[bytes] = []
        while (line := self.fp.readline(LONGEST_LINE + 1)) not in _ENDS:
            if len(line) > LONGEST_LINE:
                raise http.client.LineTooLong("header line")
            lines.append(line)
            if len(lines) > MOST_LINES:
                raise http.client.HTTPException(f"got more than {MOST_LINES} header lines")
        return Headers(b"".join(lines))
