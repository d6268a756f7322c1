# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sets of addresses of one family as spans: sorted pairs (first, last) of integers that neither overlap nor touch.

Plain integers: at world scale netaddr merges the same 29 to 115 times slower (``make bench``, docs/decisions/0014).
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from typing import TypeVarTuple

try:
    import netaddr
except ImportError:
    netaddr = None  # type: ignore[assignment,unused-ignore]

from ....foundation.errors import InvalidInput
from ....foundation.foreign_text import printable

Rest = TypeVarTuple("Rest")
Span = tuple[int, int]
Spans = tuple[Span, ...]

FAMILIES = (4, 6)
BITS = {4: 32, 6: 128}
_AF = {4: socket.AF_INET, 6: socket.AF_INET6}


def merge(spans: Iterable[Span]) -> Spans:
    """Return the same addresses in the fewest spans. The order of the input does not matter."""
    merged: list[Span] = []
    low, high = 0, -2  # nothing yet; -2, so that a span that begins at 0 doesn't touch it
    for first, last in sorted(spans):
        if first <= high + 1:
            high = max(high, last)
        else:
            if high >= 0:
                merged.append((low, high))
            low, high = first, last
    if high >= 0:
        merged.append((low, high))
    return tuple(merged)


def subtract(spans: Iterable[tuple[int, int, *Rest]], holes: Sequence[Span]) -> tuple[tuple[int, int, *Rest], ...]:
    """Return what is in the first and not in the second; both sorted and without overlaps. Further items of a row stay with its parts."""
    left: list[tuple[int, int, *Rest]] = []
    place = 0
    for row in spans:
        first, last, rest = row[0], row[1], row[2:]
        start = first
        while place < len(holes) and holes[place][1] < start:
            place += 1
        index = place
        while index < len(holes) and holes[index][0] <= last:
            if holes[index][0] > start:
                left.append((start, holes[index][0] - 1, *rest))
            start = holes[index][1] + 1
            index += 1
        if start <= last:
            left.append((start, last, *rest))
    return tuple(left)


def intersect(one: Spans, other: Spans) -> Spans:
    """Return what is in both."""
    return subtract(one, subtract(one, other))


def count(spans: Iterable[Span]) -> int:
    """Return the number of addresses."""
    return sum(last - first + 1 for first, last in spans)


def text(version: int, address: int) -> str:
    """Return an address as text, as NetScaler and people write it."""
    return socket.inet_ntop(_AF[version], address.to_bytes(BITS[version] // 8, "big"))


def span_text(version: int, span: Span) -> str:
    """Return ``192.0.2.0-192.0.2.255``, or one address alone."""
    first, last = span
    return text(version, first) if first == last else f"{text(version, first)}-{text(version, last)}"


def parse_network(entry: str) -> tuple[int, Span]:
    """Return version and span of an address, a network (``192.0.2.0/24``) or a range (``192.0.2.0-192.0.2.9``), checked by netaddr.

    :raises ValueError: saying what is wrong
    :raises InvalidInput: if netaddr is missing
    """
    if netaddr is None:
        raise InvalidInput("the Python library netaddr is missing on the control node: run `pip install netaddr`")
    try:
        if "-" in entry:
            first, last = (netaddr.IPAddress(part.strip()) for part in entry.split("-", 1))
            found = netaddr.IPRange(first, last)
        else:
            found = netaddr.IPNetwork(entry) if "/" in entry else netaddr.IPRange(entry, entry)
    except (netaddr.AddrFormatError, ValueError) as error:
        raise ValueError(f"{entry!r} is no address, network or range ({printable(str(error))})") from None
    if "/" in entry and found.ip != found.network:
        raise ValueError(f"{entry} has host bits set: write {found.cidr}")
    return found.version, (int(found.first), int(found.last))


def parse_prefix(network: str) -> tuple[int, int, int]:
    """Return version, first and last address of ``192.0.2.0/24``, many times faster than a library: for files of 300,000 networks.

    :raises ValueError: if it is no network, or has host bits set; OSError if the address is invalid
    """
    address, _slash, length = network.partition("/")
    version = 6 if ":" in address else 4
    if not (length.isdecimal() and length.isascii() and int(length) <= BITS[version]):
        raise ValueError(network)
    mask = (1 << (BITS[version] - int(length))) - 1
    first = int.from_bytes(socket.inet_pton(_AF[version], address))
    if first & mask:
        raise ValueError(network)
    return version, first, first | mask
