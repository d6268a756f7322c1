# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Date literals: `GMT 2005 May Sun_1 10h 15m 30s`, in any order and with any of these left out (guide 9.2 p. 110)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from .errors import ExpressionError
from .results import unknown

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_CLOCK = {"H": ("hour", 23), "M": ("minute", 59), "S": ("second", 59)}


@dataclass(frozen=True)
class DateLiteral:
    """The elements of a date literal; `local` uses the time zone of the time it is compared with instead of GMT."""

    local: bool = False
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None  # 0 is Sunday
    nth: int | None = None  # the n-th such weekday of the month
    hour: int | None = None
    minute: int | None = None
    second: int | None = None

    def beside(self, moment: datetime) -> tuple[list[int], list[int]]:
        """Return the given elements of the time and of the literal, in the order year to second."""
        now = moment if self.local else moment.astimezone(UTC)
        pairs: list[tuple[int, int | None]] = [
            (now.year, self.year),
            (now.month, self.month),
            (now.day, self.day if self.nth is None else self._day_of_nth_weekday(now)),
            (now.isoweekday() % 7, self.weekday if self.nth is None else None),
            (now.hour, self.hour),
            (now.minute, self.minute),
            (now.second, self.second),
        ]
        given = [(have, want) for have, want in pairs if want is not None]
        return [have for have, _unused in given], [want for _unused, want in given]

    def _day_of_nth_weekday(self, now: datetime) -> int:
        year, month = self.year or now.year, self.month or now.month
        first = date(year, month, 1).isoweekday() % 7
        day = 1 + ((self.weekday or 0) - first) % 7 + 7 * ((self.nth or 1) - 1)
        try:
            date(year, month, day)
        except ValueError:
            unknown()  # a month without a fifth such weekday
        return day


def parse_date(text: str, column: int | None = None) -> DateLiteral:
    """Return the date literal that a text stands for. Raises ExpressionError."""
    zone, *words = text.upper().split()
    elements: dict[str, int] = {}
    for word in words:
        for name, number in _element(word, column).items():
            if name in elements:
                raise ExpressionError(f"{text}: two values for the {name}", column)
            elements[name] = number
    return DateLiteral(local=zone == "LOCAL", **elements)


def _element(word: str, column: int | None) -> dict[str, int]:
    if word in _MONTHS:
        return {"month": _MONTHS.index(word) + 1}
    if word[:3] in _WEEKDAYS:
        nth = {"nth": int(word[4:])} if len(word) > 3 else {}
        return {"weekday": _WEEKDAYS.index(word[:3])} | nth
    if re.fullmatch(r"[0-9]+[HMS]", word):
        name, highest = _CLOCK[word[-1]]
        if int(word[:-1]) <= highest:
            return {name: int(word[:-1])}
    elif len(word) == 4:
        return {"year": int(word)}
    elif 1 <= int(word) <= 31:
        return {"day": int(word)}
    raise ExpressionError(f"{word} isn't a part of a date", column)
