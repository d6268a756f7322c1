# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Count distinct clients and the most frequent rows in constant memory. Counts are exact up to a limit, and say when they are not.

Distinct values are counted by the k smallest hashes (Bar-Yossef and others, Counting distinct elements in a data stream, 2002):
one structure that is exact below k, an estimate with a standard error of 1/sqrt(k-2) above, and can be merged.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache, wraps
from hashlib import blake2b
from typing import Generic, TypeVar

from ..foundation.counted import counted
from ..foundation.json_values import Part, beside, written

K = 4096  # exact up to 4,096; 1.6 % above
_SPACE = 2**64
LONG = 1024
"""Characters: longer texts are not cached."""
_Key = TypeVar("_Key", bound=Hashable)
_Result = TypeVar("_Result")


def memoized(function: Callable[[str], _Result]) -> Callable[[str], _Result]:
    """Cache the results of a function of a text, but not for long texts: a client may send many of 64 KB."""
    known = lru_cache(maxsize=65536)(function)

    @wraps(function)
    def cached(text: str) -> _Result:
        return known(text) if len(text) <= LONG else function(text)

    return cached


@memoized
def hashed(text: str) -> int:
    """Return a hash of 64 bits."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


@written(Part("value", "count"), "exact")
@dataclass(frozen=True)
class Count:
    """A number. :ivar exact: False for an estimate"""

    value: int
    exact: bool = True

    def __str__(self) -> str:
        return f"{self.value:,}" if self.exact else f"about {self.value:,}"

    def of(self, noun: str) -> str:
        """Return it with the noun that it counts."""
        return f"{'' if self.exact else 'about '}{counted(self.value, noun)}"


@written(beside(lambda one: one.count()))
class Distinct:
    """Counts distinct values."""

    __slots__ = ("_heap", "_kept", "exact", "limit")

    def __init__(self, limit: int = K) -> None:
        self.limit = limit
        self.exact = True
        self._kept: set[int] = set()
        self._heap: list[int] = []  # the negatives, so that the largest comes first; only once it is full

    def add(self, value: int) -> None:
        """:param value: a hash"""
        kept = self._kept
        if value in kept:
            return
        if len(kept) < self.limit:
            kept.add(value)
            return
        if self.exact:
            self.exact = False
            self._heap = [-one for one in kept]
            heapq.heapify(self._heap)
        if value < -self._heap[0]:
            kept.discard(-heapq.heappushpop(self._heap, -value))
            kept.add(value)

    def merge(self, other: Distinct) -> None:
        for value in other._kept:
            self.add(value)
        if not other.exact and self.exact:
            self.exact = False
            self._heap = [-one for one in self._kept]
            heapq.heapify(self._heap)

    def count(self) -> Count:
        if self.exact:
            return Count(len(self._kept))
        return Count(round((len(self._kept) - 1) * _SPACE / max(self._kept)), exact=False)


class Table(Generic[_Key]):
    """Rows by key. When the table is full, those with the fewest requests are dropped.

    :ivar dropped: the requests in dropped rows; 0 means that every row is complete
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.dropped = 0
        self.rows: dict[_Key, Row] = {}

    def row(self, key: _Key) -> Row:
        found = self.rows.get(key)
        if found is None:
            if len(self.rows) >= 2 * self.limit:
                self._shrink()
            found = self.rows[key] = Row()
        return found

    def merge(self, other: Table[_Key]) -> None:
        self.dropped += other.dropped
        for key, row in other.rows.items():
            self.row(key).merge(row)

    def top(self, number: int) -> list[tuple[_Key, Row]]:
        return sorted(self.rows.items(), key=lambda item: (-item[1].requests, str(item[0])))[:number]

    def _shrink(self) -> None:
        ordered = self.top(len(self.rows))
        self.dropped += sum(row.requests for _key, row in ordered[self.limit :])
        self.rows = dict(ordered[: self.limit])


@written("requests clients")
class Row:
    """The number of requests, and their clients."""

    __slots__ = ("clients", "requests")

    def __init__(self) -> None:
        self.requests = 0
        self.clients = Distinct(256)

    def add(self, client: int | None) -> None:
        self.requests += 1
        if client is not None:
            self.clients.add(client)

    def merge(self, other: Row) -> None:
        self.requests += other.requests
        self.clients.merge(other.clients)
