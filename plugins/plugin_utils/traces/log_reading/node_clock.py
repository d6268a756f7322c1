# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The times of log lines as moments in UTC, by the clock, the zone and the date format of the node that wrote them. Pure.

syslogd writes local time without year and zone; the packet engine writes its own time in the format of ``dateformat`` and in UTC or local time, as
``timezone`` says (NITRO reference, auditsyslogparams). The zone is the difference between ``currentsytemtime`` and ``systemtime`` of nsconfig now: times before
the last change to or from daylight saving time are an hour off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from ...appliance.nitro.node_start import CLOCK
from ...recorded_traffic.timestamps import iso_time, vendor_time

ORDERS = {"MMDDYYYY": "MDY", "DDMMYYYY": "DMY", "YYYYMMDD": "YMD"}
"""By dateformat of auditsyslogparams."""
LOCAL_TIME = "LOCAL_TIME"
_MONTHS = {
    name: number + 1
    for number, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"])
}
_LOCAL = re.compile(r"([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)", re.ASCII)
_ERROR = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)(?:\.\d{1,6})? (\d{4})", re.ASCII)
_LARGEST_OFFSET = timedelta(hours=15)
_LARGEST_DIFFERENCE = timedelta(days=30 * 365)
_SAME = timedelta(seconds=2)
_QUARTER = 900  # seconds; every zone differs from UTC by a multiple
_AHEAD = timedelta(days=2)
"""How far ahead of the node's clock a line without a year may be; beyond that it is of the year before."""


@dataclass(frozen=True)
class NodeClock:
    """The clock of a node.

    :ivar now: the time of the control node, in UTC, when the node was asked
    :ivar ahead: by how much the node's clock is ahead of the control node's
    :ivar offset: of the node's zone to UTC
    :ivar order: the order of day, month and year in the packet engine's own date
    :ivar is_local: the packet engine writes local time
    :ivar problem: what is not known, as a clause; "" where all is
    """

    now: datetime
    ahead: timedelta = timedelta(0)
    offset: timedelta = timedelta(0)
    order: str = "MDY"
    is_local: bool = False
    problem: str = ""

    def local(self, text: str) -> datetime | None:
        """Parse ``Jan 19 23:40:14``: the newest year in which it isn't ahead of the node's clock counts. The hour 24 is read as 0 of that day."""
        match = _LOCAL.fullmatch(text)
        if match is None or match[1] not in _MONTHS:
            return None
        here = self.now + self.ahead + self.offset
        for year in range(here.year + 1, here.year - 5, -1):
            moment = _moment(year, _MONTHS[match[1]], int(match[2]), int(match[3]), int(match[4]), int(match[5]))
            if moment is not None and moment <= here + _AHEAD:
                return self._corrected(moment - self.offset)
        return None

    def vendor(self, text: str, prefix: str = "") -> datetime | None:
        """Parse the packet engine's own date, such as ``05/31/2024:06:05:23``."""
        seconds = vendor_time(text, prefix, self.order)
        return self._of(seconds, self.offset if self.is_local else timedelta(0))

    def at(self, seconds: int) -> datetime | None:
        """Return a time of the node's clock in seconds since 1970 as a moment."""
        return self._of(seconds)

    def iso(self, text: str) -> datetime | None:
        """Parse an RFC 3339 time, as a syslog server writes it by its own clock: it isn't corrected."""
        seconds = iso_time(text)
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

    def error(self, text: str) -> datetime | None:
        """Parse ``Wed Nov 11 18:59:27.956217 2020``, the local time of httperror.log."""
        match = _ERROR.fullmatch(text)
        if match is None or match[1] not in _MONTHS:
            return None
        numbers = [int(match[number]) for number in (2, 3, 4, 5)]
        moment = _moment(int(match[6]), _MONTHS[match[1]], *numbers)
        return None if moment is None else self._corrected(moment - self.offset)

    def _of(self, seconds: int | None, offset: timedelta = timedelta(0)) -> datetime | None:
        return None if seconds is None else self._corrected(datetime.fromtimestamp(seconds, UTC) - offset)

    def _corrected(self, moment: datetime) -> datetime:
        return moment - self.ahead


@lru_cache(maxsize=4096)
def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int) -> datetime | None:
    try:
        return datetime(year, month, day, hour % 24, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None


def node_clock(config: Mapping[str, Any], parameters: Mapping[str, Any], now: datetime) -> NodeClock:
    """Return the clock of a node.

    :param config: the row of nsconfig
    :param parameters: the row of auditsyslogparams; empty where it could not be read
    :param now: in UTC, when nsconfig was read
    """
    form, zone = str(parameters.get("dateformat", "")), str(parameters.get("timezone", ""))
    order, is_local = ORDERS.get(form, "MDY"), zone == LOCAL_TIME
    problems = [] if form in ORDERS else ["the date format is not known, and month/day/year is assumed"]
    clock = _system_time(config)
    if clock is None or abs(clock - now) > _LARGEST_DIFFERENCE:
        problems.insert(0, "the clock is not known, and ours is taken for it")
        return NodeClock(now, order=order, is_local=is_local, problem="; ".join(problems))
    offset = _zone_offset(config, clock)
    if offset is None or abs(offset) > _LARGEST_OFFSET:
        problems.append("the time zone is not known, and UTC is assumed")
        offset = timedelta(0)
    ahead = clock - now if abs(clock - now) >= _SAME else timedelta(0)
    return NodeClock(now, ahead, offset, order, is_local, "; ".join(problems))


def _system_time(config: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(str(config.get("systemtime", ""))), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _zone_offset(config: Mapping[str, Any], clock: datetime) -> timedelta | None:
    """Return the difference of the node's zone to UTC, rounded to a quarter of an hour; None where nsconfig does not have its local time."""
    try:
        local = datetime.strptime(str(config.get("currentsytemtime", "")).strip(), CLOCK).replace(tzinfo=UTC)
    except ValueError:
        return None
    return timedelta(seconds=round((local - clock).total_seconds() / _QUARTER) * _QUARTER)
