# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NITRO's envelope, headers and bodies."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field

from simulator.network.responses import RawResponse, date_line, header_lines
from simulator.nitro.json_text import dumps
from simulator.types import Row
from simulator.types.errors import NitroError

# The headers of a real 13.x appliance, in its order: telegraf issue 11478, collection issues 378 and 453, provider issue 1349.
_FIRST = header_lines(
    (
        ("Server", "Apache"),
        ("X-Frame-Options", "SAMEORIGIN"),
        ("Expires", "Thu, 19 Nov 1981 08:52:00 GMT"),
        ("Cache-Control", "no-store, no-cache, must-revalidate, post-check=0, pre-check=0"),
        ("Pragma", "no-cache"),
    )
)
_VARY = header_lines((("Vary", "Accept-Encoding"),))
_SECURITY = header_lines(
    (
        ("Feature-Policy", "camera 'none'; microphone 'none'; geolocation 'none'"),
        ("Referrer-Policy", "no-referrer"),
        ("X-XSS-Protection", "1; mode=block"),
        ("X-Content-Type-Options", "nosniff"),
    )
)
_GZIP = header_lines((("Content-Encoding", "gzip"),))
# A create has an empty text/html body (collection issue 378).
_EMPTY = header_lines((("Content-Type", "text/html; charset=UTF-8"),))
_JSON = header_lines((("Content-Type", "application/json; charset=utf-8"),))


@dataclass(slots=True)
class Reply:
    """The reply to a call: the fields of the envelope, or an empty body."""

    status: int
    fields: Row = field(default_factory=dict)
    empty: bool = False
    headers: list[tuple[str, str]] = field(default_factory=list)
    code: int = 0

    @classmethod
    def done(cls, status: int = 200, *, fields: Row | None = None) -> Reply:
        return cls(status, {"errorcode": 0, "message": "Done", "severity": "NONE", **(fields or {})})

    @classmethod
    def error(cls, error: NitroError) -> Reply:
        return cls(
            error.status, {"errorcode": error.code, "message": error.message, "severity": "ERROR"}, code=error.code
        )


def render(call_method: str, reply: Reply, now: float, accepts_gzip: bool) -> RawResponse:
    """Return the HTTP response of a reply; `now` is the time of the node's clock."""
    body = b"" if reply.empty else dumps(reply.fields).encode()
    vary, packed = b"", b""
    if call_method == "GET":
        vary = _VARY
        if accepts_gzip and len(body) > 200:
            body, packed = gzip.compress(body, 1), _GZIP
    more, kind = header_lines(reply.headers) if reply.headers else b"", _EMPTY if reply.empty else _JSON
    lines = b"".join((date_line(int(now)), _FIRST, more, vary, _SECURITY, packed, kind))
    return RawResponse(reply.status, body=body, lines=lines, code=reply.code)
