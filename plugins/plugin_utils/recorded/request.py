# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One request as a log has it, and what the log does not have of it."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import NamedTuple

CLIENT, VIP, METHOD, SESSION, TIME = "client address", "VIP", "method", "session", "time"
LACKS = (CLIENT, VIP, METHOD, SESSION, TIME)
"""What a source may lack, in the words of a report."""


class RecordedRequest(NamedTuple):
    """One request. What is None, the log does not say.

    :ivar url: the raw request target, one character a byte; never normalised
    :ivar at: seconds since 1970 (UTC)
    :ivar client: an IP address in its short form
    :ivar vip: the address, the address with port, or the name of the virtual server
    :ivar session: whether it belonged to a Gateway session
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

    def lacks(self) -> tuple[str, ...]:
        have = (self.client, self.vip, self.method, self.session, self.at)
        return tuple(what for what, value in zip(LACKS, have, strict=True) if value is None)


class Unparsable(Exception):
    """A line that should hold a request and cannot be read. Its text is one of few, so that they can be counted."""


@lru_cache(maxsize=65536)
def address(text: str) -> str | None:
    """An IP address in its short form; None for what is none."""
    try:
        return str(ipaddress.ip_address(text.partition("%")[0].strip("[]")))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def place(text: str) -> str:
    """An address, with its port where it has one, in one form: ``192.0.2.1``, ``192.0.2.1:443``, ``[2001:db8::1]:443``."""
    found = address(text)
    if found is not None:
        return found
    host, _, port = text.rpartition(":")
    found = address(host)
    if found is None or not port.isdecimal():
        return text
    return f"[{found}]:{int(port)}" if ":" in found else f"{found}:{int(port)}"
