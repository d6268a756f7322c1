# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IP addresses and subnets as integers, so that a comparison is one integer operation."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import NamedTuple


class Ip(NamedTuple):
    """An IP address: its version (4 or 6) and its number."""

    version: int
    number: int

    def __str__(self) -> str:
        return str(_of_number(self))


class Range(NamedTuple):
    """The addresses from `first` to `last`, including both."""

    version: int
    first: int
    last: int

    def holds(self, ip: Ip) -> bool:
        return self.version == ip.version and self.first <= ip.number <= self.last


@lru_cache(maxsize=65536)
def parse_ip(text: str) -> Ip:
    """Raises ValueError."""
    parsed = ipaddress.ip_address(text)
    return Ip(parsed.version, int(parsed))


def parse_subnet(text: str) -> Range:
    """Return the range of a subnet such as `10.0.0.0/8`, or of a single address. Raises ValueError.

    Host bits are accepted (vendor CLI reference 12.0).
    """
    network = ipaddress.ip_network(text, strict=False)
    return Range(network.version, int(network.network_address), int(network.broadcast_address))


def parse_range(first: str, last: str) -> Range:
    """Raises ValueError."""
    low, high = parse_ip(first), parse_ip(last)
    if low.version != high.version or low.number > high.number:
        raise ValueError(f"{first} - {last} is not a range")
    return Range(low.version, low.number, high.number)


def masked(ip: Ip, length: int) -> Ip:
    """Return the address with only its first `length` bits."""
    width = 32 if ip.version == 4 else 128
    shift = max(width - length, 0)
    return Ip(ip.version, ip.number >> shift << shift)


@lru_cache(maxsize=65536)
def _of_number(ip: Ip) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.IPv4Address(ip.number) if ip.version == 4 else ipaddress.IPv6Address(ip.number)
