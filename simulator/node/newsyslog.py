# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""newsyslog: which logs a newsyslog.conf rotates, when, and how the parts are named.

Format and behaviour: FreeBSD's manual pages newsyslog(8) and newsyslog.conf(5), which the product page on log file rotation names. Logs and
numbers of kept parts: that page (ns.log), forensic notes of 2020 (github.com/x1sec/CVE-2019-19781: httpaccess.log 5, bash.log 25, most others
about 25) and the list of logs in the NITRO reference of auditsyslogaction (managementlog).
"""

from __future__ import annotations

import bz2
import gzip
import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

CONFIGURATION = "/etc/newsyslog.conf"
_KEPT = {"httpaccess": 5, "httpaccess-vpn": 5}
_LOGS = (
    *("ns.log", "nsvpn.log", "httpaccess.log", "httpaccess-vpn.log", "httperror.log", "httperror-vpn.log"),
    *("messages", "notice.log", "bash.log", "sh.log", "auth.log", "cron"),
)
DEFAULT = "# logfilename [owner:group] mode count size when flags\n" + "".join(
    f"/var/log/{name}\t600\t{_KEPT.get(name.removesuffix('.log'), 25)}\t100\t*\tZ\n" for name in _LOGS
)
_LONGEST = 64 * 1024  # bytes of a newsyslog.conf
_MOST_PARTS = 1000
_PACKERS = {"Z": ".gz", "J": ".bz2"}
SUFFIXES = ("", ".gz", ".bz2")
_PACKED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": lambda content: gzip.compress(content, 1, mtime=0),
    ".bz2": bz2.compress,
}
_WHEN = re.compile(
    r"(?P<hours>\d{1,4})?(?:@(?P<date>\d\d)?T(?P<time>\d\d)?(?:\d\d){0,2}|\$(?=[DWM])(?:W(?P<weekday>[0-6])|M(?P<day>\d\d?|L))?(?:D(?P<hour>\d\d?))?)?"
)
LAST_DAY = 0


@dataclass(frozen=True)
class Entry:
    """A line of newsyslog.conf. size: in KB, 0 for none. hours: the interval, 0 for none. at: (weekday, day of the month, hour), None for any."""

    path: str
    owner: str
    group: str
    mode: int
    count: int
    size: int
    hours: int
    at: tuple[int | None, int | None, int] | None
    flags: str

    @property
    def suffix(self) -> str:
        """The suffix of a packed part."""
        return next((suffix for flag, suffix in _PACKERS.items() if flag in self.flags), "")

    def part(self, number: int, suffix: str | None = None) -> str:
        return f"{self.path}.{number}{self.suffix if suffix is None else suffix}"

    def pack(self, content: bytes) -> bytes:
        return _PACKED[self.suffix](content)

    def reason(self, size: int, moment: datetime, hours: float | None) -> str | None:
        """Return why a log is rotated, as its first line says it; None if it is not.

        :param size: the size of the log
        :param hours: the age of its newest part, None if it has none
        """
        if self.size and size >= self.size * 1024:
            return f" due to size>{self.size}K"
        timed = self.hours or self.at is not None
        interval = not self.hours or hours is None or hours >= self.hours
        return "" if timed and interval and self._at(moment) else None

    def _at(self, moment: datetime) -> bool:
        if self.at is None:
            return True
        weekday, day, hour = self.at
        if day == LAST_DAY:
            day = monthrange(moment.year, moment.month)[1]
        return moment.hour == hour and weekday in (None, moment.isoweekday() % 7) and day in (None, moment.day)


def entries(text: bytes) -> tuple[Entry, ...]:
    """Return the entries of a newsyslog.conf, of which so many bytes are read.

    A malformed line ends newsyslog before it has rotated anything: then there are none.
    """
    return _entries(text[:_LONGEST])


@lru_cache(maxsize=64)
def _entries(text: bytes) -> tuple[Entry, ...]:
    found = []
    for line in text.decode("utf-8", "replace").splitlines():
        words = line.partition("#")[0].split()
        if not words or words[0] in ("<default>", "<include>"):
            continue
        try:
            found.append(_entry(words))
        except ValueError:
            return ()
    return tuple(found)


def _entry(words: list[str]) -> Entry:
    path, *rest = words
    owner, group = ("", "")
    if rest and ":" in rest[0]:
        owner, _, group = rest.pop(0).partition(":")
    if len(rest) < 4 or not path.startswith("/"):
        raise ValueError(path)
    mode, count, size, when, *more = rest
    hours, at = _when(when)
    flags = more[0].upper() if more and not more[0].startswith("/") and more[0] != "-" else ""
    limit = 0 if size == "*" else _number(size)
    parts = min(_number(count), _MOST_PARTS)
    return Entry(path, owner or "root", group or "wheel", int(mode, 8) & 0o7777, parts, limit, hours, at, flags)


def _number(word: str) -> int:
    if not word.isascii() or not word.isdigit() or len(word) > 9:
        raise ValueError(word)
    return int(word)


def _when(word: str) -> tuple[int, tuple[int | None, int | None, int] | None]:
    """Return the interval in hours and the moment of a field `when`, such as `*`, `24`, `@T00`, `$D0`, `$W6D12`, `$M1D0` and `$MLD0`."""
    if word == "*":
        return 0, None
    found = _WHEN.fullmatch(word)
    if found is None:
        raise ValueError(word)
    hours = int(found["hours"] or 0)
    if "@" not in word and "$" not in word:
        return hours, None
    weekday = None if found["weekday"] is None else int(found["weekday"])
    date = found["date"] or found["day"]
    day = None if date is None else LAST_DAY if date == "L" else int(date)
    return hours, (weekday, day, int(found["time"] or found["hour"] or 0))
