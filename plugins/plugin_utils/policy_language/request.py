# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The request that an expression evaluates, its response, and its raw text.

One character is one byte (latin-1), so a request target, a header and a body may hold any byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property


@dataclass(frozen=True)
class Response:
    """One HTTP response; `body` is the content, whatever its framing."""

    status: int = 200
    reason: str = "OK"
    version: str = "HTTP/1.1"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""

    def header_values(self, lower_name: str) -> tuple[str, ...]:
        """Return the values of the instances of a header, first to last; the name must be in lower case."""
        return tuple(value for name, value in self.headers if name.lower() == lower_name)


@dataclass(frozen=True)
class Request:
    """One HTTP request with what the appliance knows of its connection.

    `url` is the raw request target, never normalised. `body` is the content, whatever its framing. `location` is the text of the
    location database for `client_ip` (None: not listed); without `location_known` an expression that needs it is UNDETERMINED. A
    `now` without time zone is GMT; None: the time is not known, and an expression that needs it is UNDETERMINED. `user` and
    `groups` are those of the AAA session (None: no session). `response` is there where policies see the response to the request.
    """

    method: str = "GET"
    url: str = "/"
    version: str = "HTTP/1.1"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    client_ip: str = "198.51.100.10"
    client_port: int = 0
    dst_ip: str = "203.0.113.10"
    dst_port: int = 443
    is_ssl: bool = True
    is_sslvpn: bool = False
    location: str | None = None
    location_known: bool = True
    user: str | None = None
    lb_vserver: str | None = None
    now: datetime | None = None
    groups: tuple[str, ...] = ()
    cs_vserver: str | None = None
    response: Response | None = None

    @cached_property
    def _values(self) -> dict[str, tuple[str, ...]]:
        values: dict[str, tuple[str, ...]] = {}
        for name, value in self.headers:
            key = name.lower()
            values[key] = (*values.get(key, ()), value)
        return values

    def header_values(self, lower_name: str) -> tuple[str, ...]:
        """Return the values of the instances of a header, first to last; the name must be in lower case."""
        return self._values.get(lower_name, ())

    def head(self) -> str:
        """Return the text from the request line to the empty line, which is HTTP.REQ.FULL_HEADER."""
        lines = [f"{self.method} {self.url} {self.version}", *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join(lines) + "\r\n\r\n"


def http_request_text(request: Request) -> str:
    """Return the raw text of a request, as the `input` of NITRO's `policyevaluation`."""
    return request.head() + request.body


def parse_http_request(text: str) -> Request:
    """Return the request that a raw text stands for; its connection has the default values of `Request`.

    Bare LF line ends are accepted. Raises ValueError when there is no request line or a header line has no colon.
    """
    head, separator, body = text.partition("\r\n\r\n")
    if not separator:
        head, _unused, body = text.partition("\n\n")
    request_line, *header_lines = head.replace("\r\n", "\n").rstrip("\n").split("\n")
    try:
        method, rest = request_line.split(" ", 1)
        url, version = rest.rsplit(" ", 1)
    except ValueError:
        raise ValueError(f"not an HTTP request line: {request_line!r}") from None
    headers = []
    for line in header_lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"not an HTTP header line: {line!r}")
        headers.append((name, value.strip(" \t")))
    return Request(method=method, url=url, version=version, headers=tuple(headers), body=body)
