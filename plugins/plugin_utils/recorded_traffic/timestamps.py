# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parse the times of log lines, in seconds since 1970. A line without a year, or with an impossible date, has no time (None)."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime
from functools import lru_cache

ORDERS = ("MDY", "DMY", "YMD")
_MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_WEB = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)", re.ASCII)
_VENDOR = re.compile(r"(\d{1,4})/(\d\d)/(\d{2,4}):(\d\d):(\d\d):(\d\d)", re.ASCII)
_LOCAL = re.compile(r"([A-Z][a-z]{2}) [ \d]?(\d{1,2}) ", re.ASCII)
_YEARS = range(2000, 2100)


@lru_cache(maxsize=4096)
def web_time(text: str) -> int | None:
    """Parse ``18/Jan/2020:00:15:29 +0000``, the form of Apache, nginx and others."""
    match = _WEB.fullmatch(text)
    if match is None:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
    offset = (int(hours) * 60 + int(minutes)) * 60 * (-1 if sign == "-" else 1)
    moment = _seconds(int(year), _MONTHS.get(month, 0), int(day), int(hour), int(minute), int(second))
    return None if moment is None else moment - offset


@lru_cache(maxsize=4096)
def vendor_time(text: str, prefix: str, order: str) -> int | None:
    """Parse ``05/31/2024:06:05:23``: the appliance's own date in one of the three forms of ``dateFormat``, taken as GMT.

    The form alone does not tell day from month (mitigations 6.3). A number above 12 settles it, else the local date that syslogd
    wrote before it, else the given order.

    :param prefix: the text before it, such as ``May 31 02:05:23 <local0.info> ...``
    :param order: MDY, which is the vendor's default, DMY or YMD
    """
    match = _VENDOR.fullmatch(text)
    if match is None:
        return None
    first, second, third = match[1], match[2], match[3]
    clock = int(match[4]), int(match[5]), int(match[6])
    if len(first) == 4:
        return _seconds(int(first), int(second), int(third), *clock)
    if len(third) != 4:
        return None
    year, one, two = int(third), int(first), int(second)
    local = _LOCAL.search(prefix)
    if one > 12 or two > 12:
        month, day = (two, one) if one > 12 else (one, two)
    elif local is not None and _MONTHS.get(local[1]) in (one, two) and one != two:
        month, day = (one, two) if _MONTHS[local[1]] == one else (two, one)
    else:
        month, day = (two, one) if order == "DMY" else (one, two)
    return _seconds(year, month, day, *clock)


@lru_cache(maxsize=4096)
def iso_time(text: str) -> int | None:
    """Parse ``2020-01-18T00:15:29Z`` and similar forms; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) if moment.year in _YEARS else None


def any_time(value: object) -> int | None:
    """Parse a time in JSON: text in one of the forms, or seconds or milliseconds since 1970."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        found = web_time(value) or iso_time(value)
        if found is not None or not re.fullmatch(r"\d{9,13}(\.\d{1,9})?", value, re.ASCII):
            return found
        value = float(value)
    if isinstance(value, int | float) and 0 < value < 1e14:  # NaN is in no range
        seconds = int(value / 1000 if value > 1e11 else value)
        return seconds if datetime.fromtimestamp(seconds, UTC).year in _YEARS else None
    return None


def _seconds(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int | None:
    """Return the seconds; None for an impossible time, such as the hour 24 in the vendor's own test data (mitigations 6.6)."""
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    return int(moment.timestamp()) if year in _YEARS else None
