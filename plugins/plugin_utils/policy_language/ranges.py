# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The addresses of a data set, sorted for fast look-ups."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache

from .addresses import Ip, Range, parse_ip, parse_range, parse_subnet
from .errors import ExpressionError

KEPT_SETS = 64


class AddressSet:
    """The addresses of a data set: `singles` were bound alone, `ranges` are subnets and from-to values, sorted."""

    def __init__(self, kind: str, values: Iterable[str | tuple[str, str]]) -> None:
        """Take type and values of a data set. Raises ExpressionError if the type holds no addresses, or a value is none."""
        if kind.lower() not in {"ipv4", "ipv6"}:
            raise ExpressionError(f"a data set of type {kind} holds no addresses")
        singles, ranges = set(), []
        try:
            for value in values:
                if isinstance(value, tuple):
                    ranges.append(parse_range(*value))
                elif "/" in value:
                    ranges.append(parse_subnet(value))
                else:
                    singles.add(parse_ip(value))
        except ValueError as error:
            raise ExpressionError(f"a wrong value in a data set: {error}") from None
        self.singles = frozenset(singles)
        self.ranges = _merged(ranges)
        self._starts = [(found.version, found.first) for found in self.ranges]

    def in_range(self, ip: Ip) -> bool:
        place = bisect_right(self._starts, tuple(ip)) - 1
        return place >= 0 and self.ranges[place].holds(ip)


@lru_cache(maxsize=KEPT_SETS)
def address_set(kind: str, values: tuple[str | tuple[str, str], ...]) -> AddressSet:
    """Return the set of these addresses, which every reading of a rule shares. Raises ExpressionError."""
    return AddressSet(kind, values)


def _merged(ranges: list[Range]) -> list[Range]:
    merged: list[Range] = []
    for found in sorted(ranges):
        last = merged[-1] if merged else None
        if last and last.version == found.version and found.first <= last.last:
            merged[-1] = Range(last.version, last.first, max(last.last, found.last))
        else:
            merged.append(found)
    return merged
