# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One request as a log holds it, and what the log lacks of it."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

from .bounded_counters import memoized

CLIENT, VIP, METHOD, SESSION, TIME = "client address", "VIP", "method", "session", "time"
LACKS = (CLIENT, VIP, METHOD, SESSION, TIME)
"""The facts that a source may lack, in the words of a report."""
HOST, AGENT, REFERER = "host", "user agent", "referer"
"""The headers that a source may hold, in the words of a report."""


class RecordedRequest(NamedTuple):
    """One request. A field is None where the log does not hold it.

    :ivar url: the raw request target, one character per byte; never normalised
    :ivar at: seconds since 1970 (UTC)
    :ivar client: an IP address in its short form
    :ivar vip: the address, the address with port, or the name of the virtual server
    :ivar session: True if the request belonged to a Gateway session
    :ivar host: the value of the Host header; the name of a virtual host is none
    :ivar direct: True if it reached httpd without a virtual server: the format of the line would name the virtual server
    """

    url: str
    at: int | None = None
    client: str | None = None
    vip: str | None = None
    method: str | None = None
    status: int | None = None
    session: bool | None = None
    host: str | None = None
    agent: str | None = None
    referer: str | None = None
    direct: bool = False

    def lacks(self) -> tuple[str, ...]:
        """Return which of LACKS the log does not hold."""
        have = (self.client, self.vip, self.method, self.session, self.at)
        return tuple(what for what, value in zip(LACKS, have, strict=True) if value is None)


class Unparsable(Exception):
    """A line that should hold a request and cannot be read. Its text is one of few, so that a report can count them."""


@memoized
def address(text: str) -> str | None:
    """Return an IP address in its short form, also out of ``1.2.3.4:56789`` and ``[2001:db8::1]:56789``; None for other text.

    A server with one socket for both families writes an IPv4 client as ``::ffff:1.2.3.4``; it becomes ``1.2.3.4``, since all of
    these would be one /64 otherwise.
    """
    if text.count(":") == 1 or text.startswith("["):
        text = text.rpartition(":")[0] if re.search(r"[\d\]]:\d{1,5}$", text) else text
    try:
        found = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


@memoized
def place(text: str) -> str:
    """Return an address, with its port where it has one, in one form: ``192.0.2.1``, ``192.0.2.1:443``, ``[2001:db8::1]:443``."""
    found = address(text)
    if found is None:
        return text
    host, _unused, port = text.rpartition(":")
    if address(host) is None or not port.isdecimal() or (":" in host and not host.startswith("[")):
        return found
    return f"[{found}]:{int(port)}" if ":" in found else f"{found}:{int(port)}"
