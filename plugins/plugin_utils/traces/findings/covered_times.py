# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tell if a time is within one of many spans, in a time that hardly grows with their number: an attacker writes as many lines as he likes. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime


class CoveredTimes:
    """The union of some spans of time."""

    def __init__(self, spans: Iterable[tuple[datetime, datetime]]) -> None:
        self._begins: list[datetime] = []
        self._ends: list[datetime] = []
        for begin, end in sorted(spans):
            if self._ends and begin <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._begins.append(begin)
                self._ends.append(end)

    def __contains__(self, time: datetime) -> bool:
        number = bisect_right(self._begins, time)
        return number > 0 and time <= self._ends[number - 1]
