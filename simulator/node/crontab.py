# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The jobs of crontabs: FreeBSD's manual page crontab(5).

A system crontab names a user behind the five fields. The command of a job there is what follows the user and one blank, as cron logs it
(test data of the scanner for CVE-2019-19781).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

SYSTEM, TABS = "/etc/crontab", "/var/cron/tabs"
REBOOT = "@reboot"
_MOST = 256  # lines that are read of a crontab (cron's own limit of entries)
_LONGEST = 64 * 1024  # bytes that are read of it
_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NAMES = {
    3: {name: number for number, name in enumerate(_MONTHS, 1)},
    4: {name: number for number, name in enumerate(_DAYS)},
}
_SHORT = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
    "@every_minute": "*/1 * * * *",
}
_LINE = re.compile(r"[ \t]*((?:@\w+)|(?:\S+[ \t]+){4}\S+)[ \t]+(.*\S)")
_SETTING = re.compile(r"[ \t]*[A-Za-z_]\w*[ \t]*=")
_PART = re.compile(r"(\*|[a-z0-9]+(?:-[a-z0-9]+)?)(?:/(\d{1,2}))?")


@dataclass(frozen=True)
class Job:
    """A line of a crontab. fields: minutes, hours, days, months and weekdays, None for a job at boot; starred: all days, all weekdays."""

    user: str
    command: str
    fields: tuple[frozenset[int], ...] | None
    starred: tuple[bool, bool] = (True, True)

    def due(self, moment: datetime) -> bool:
        """True if the job starts in this minute. Of day and weekday one is enough if both are given."""
        if self.fields is None:
            return False
        minutes, hours, days, months, weekdays = self.fields
        if moment.minute not in minutes or moment.hour not in hours or moment.month not in months:
            return False
        day, weekday = moment.day in days, moment.isoweekday() % 7 in weekdays
        return (day and weekday) if any(self.starred) else (day or weekday)


def jobs(text: bytes, user: str = "") -> tuple[Job, ...]:
    """Return the jobs of a crontab: of a user, or without a user of the system. Lines that cron does not understand are left out."""
    return _jobs(text[:_LONGEST], user)


@lru_cache(maxsize=256)
def _jobs(text: bytes, user: str) -> tuple[Job, ...]:
    found = []
    for line in text.decode("utf-8", "replace").splitlines()[:_MOST]:
        if line.lstrip().startswith("#") or _SETTING.match(line):
            continue
        match = _LINE.fullmatch(line.rstrip())
        if match is None:
            continue
        when, command, owner = match[1], match[2], user
        if not user:
            owner, _, command = command.replace("\t", " ").partition(" ")
        try:
            fields = None if when == REBOOT else _fields(_SHORT.get(when, when).lower().split())
        except ValueError:
            continue
        if command.strip():
            days, weekdays = ("*", "*") if fields is None else _SHORT.get(when, when).split()[2:5:2]
            found.append(Job(owner, command, fields, (days.startswith("*"), weekdays.startswith("*"))))
    return tuple(found)


def _fields(words: list[str]) -> tuple[frozenset[int], ...]:
    if len(words) != len(_FIELDS):
        raise ValueError(words)
    minutes, hours, days, months, weekdays = (_numbers(number, word) for number, word in enumerate(words))
    return minutes, hours, days, months, frozenset(day % 7 for day in weekdays)


def _numbers(field: int, word: str) -> frozenset[int]:
    numbers: set[int] = set()
    low, high = _FIELDS[field]
    for part in word.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(part)
        first, _, last = (f"{low}-{high}" if match[1] == "*" else match[1]).partition("-")
        start = _number(field, first)
        end = _number(field, last) if last else high if match[2] else start
        step = int(match[2] or 1)
        if not low <= start <= end <= high or not step:
            raise ValueError(part)
        numbers.update(range(start, end + 1, step))
    return frozenset(numbers)


def _number(field: int, word: str) -> int:
    number = int(word) if word.isdecimal() else _NAMES.get(field, {}).get(word)
    if number is None:
        raise ValueError(word)
    return number
