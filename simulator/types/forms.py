# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Forms of texts: addresses and netmasks, with the errors of those that have another form (error list)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

_HOST = re.compile(
    r"(?!(?:.*\.)?\d+\.?$)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?"
)  # the last label is no number (RFC 3696, 2)
_MAC = re.compile(r"(?:[0-9A-Fa-f]{1,2}:){5}[0-9A-Fa-f]{1,2}")
_ALL = 0xFFFFFFFF


def is_ip(text: str) -> bool:
    return is_ipv4(text) or is_ipv6(text)


def is_ipv4(text: str) -> bool:
    return _made(ipaddress.IPv4Address, text)


def is_ipv6(text: str) -> bool:
    return "%" not in text and _made(ipaddress.IPv6Address, text)


@lru_cache(maxsize=256)
def is_loopback(text: str) -> bool:
    return is_ip(text) and ipaddress.ip_address(text).is_loopback


def is_netmask(text: str) -> bool:
    """True for an IPv4 netmask: ones, then zeros."""
    if not is_ipv4(text):
        return False
    zeros = ~int(ipaddress.IPv4Address(text)) & _ALL
    return zeros & (zeros + 1) == 0


def is_domain(text: str) -> bool:
    return _HOST.fullmatch(text) is not None


def _made(kind: Callable[[str], object], text: str) -> bool:
    with suppress(ValueError):
        kind(text)
        return True
    return False


# Name of the form: the test of a text, and the errorcode of one that fails.
FORMS: dict[str, tuple[Callable[[str], bool], int]] = {
    "ip": (is_ip, 1110),
    "ipv4": (is_ipv4, 1110),
    "ipv6 prefix": (lambda text: is_ipv6(text.partition("/")[0]) and _made(ipaddress.IPv6Interface, text), 1110),
    "gateway": (lambda text: text.lower() == "null" or is_ip(text), 1110),  # null: the null interface
    "host": (lambda text: is_ip(text) or is_domain(text), 1110),
    "domain": (is_domain, 417),
    "mac": (lambda text: _MAC.fullmatch(text) is not None, 1074),
    "netmask": (is_netmask, 1111),
}
