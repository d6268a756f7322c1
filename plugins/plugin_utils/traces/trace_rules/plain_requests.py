# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A line of an access log with the path that a web server makes of its request, whatever it was written as: %74hemes, ..;/ and /./ hide nothing. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from ...recorded_traffic.attack_signatures import target_of

_REQUEST = re.compile(
    rb'(?P<head>^[^"]{0,1000}"[A-Z]{1,20} )(?P<path>(?:[^"\\?# ]|\\[^ ]){1,8190})(?P<rest>[?# ][^\n]*)\Z'
)
"""A request up to its path. A quote of a client does not end it: httpd puts a backslash in front of it (mod_log_config)."""
_DRESSED = re.compile(rb"%|//|/\.|;|\\\\|^[a-zA-Z]+:")
_SAFE = "/-_.~!$&'()*+,;=:@"
_ESCAPED = "\\\\"


def is_of_requests(places: Iterable[str]) -> bool:
    """Return True for the places of a rule that are access logs of httpd."""
    return any("httpaccess" in place for place in places)


def plain_request(line: bytes) -> bytes | None:
    """Return a line with the plain path of its request; None where it is plain already, or the line has no request.

    What a path cannot have, such as a quote or a blank, stays encoded: it ends no field of the line.
    """
    found = _REQUEST.match(line)
    if found is None or _DRESSED.search(found["path"]) is None:
        return None
    written = found["path"].decode("latin-1").replace(_ESCAPED, "/").replace('\\"', '"')
    plain = quote(target_of(written)[0], safe=_SAFE, encoding="latin-1", errors="replace").encode("ascii")
    return None if plain == found["path"] else found["head"] + plain + found["rest"]


def dressed_requests(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return the lines of an access log whose request has another form, each with its plain one."""
    if _DRESSED.search(data) is None:
        return []
    return [(line, plain) for line in data.split(b"\n") if (plain := plain_request(line)) is not None]
