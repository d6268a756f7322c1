# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The addresses of a data set, for fast look-ups."""

from __future__ import annotations

from bisect import bisect_right

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.addresses import (
    Ip,
    Range,
    parse_ip,
    parse_range,
    parse_subnet,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.errors import (
    ExpressionError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.names import Dataset


class AddressSet:
    """`singles` are the addresses that were bound alone, `ranges` the subnets and from - to values, in order."""

    def __init__(self, dataset: Dataset) -> None:
        """Raises ExpressionError when the data set isn't one of addresses."""
        if dataset.type.lower() not in {"ipv4", "ipv6"}:
            raise ExpressionError(f"a data set of type {dataset.type} holds no addresses")
        singles, ranges = set(), []
        for value in dataset.values.values():
            if isinstance(value, tuple):
                ranges.append(parse_range(*value))
            elif "/" in value:
                ranges.append(parse_subnet(value))
            else:
                singles.add(parse_ip(value))
        self.singles = frozenset(singles)
        self.ranges = _merged(ranges)
        self._starts = [(found.version, found.first) for found in self.ranges]

    def in_range(self, ip: Ip) -> bool:
        place = bisect_right(self._starts, tuple(ip)) - 1
        return place >= 0 and self.ranges[place].holds(ip)


def _merged(ranges: list[Range]) -> list[Range]:
    merged: list[Range] = []
    for found in sorted(ranges):
        last = merged[-1] if merged else None
        if last and last.version == found.version and found.first <= last.last:
            merged[-1] = Range(last.version, last.first, max(last.last, found.last))
        else:
            merged.append(found)
    return merged
