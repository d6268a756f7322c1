# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The build dates of builds."""

from __future__ import annotations

import time
from calendar import timegm
from datetime import date
from functools import lru_cache
from typing import Protocol

from simulator.fleet_file.specification import ApplianceSpec
from simulator.node.build_dates import day_of

# Build dates with the time, of the fixed builds and of builds seen in traces (collection issues 378 and 453).
BUILD_DATES = {
    "11.1 63.15": "Jan 16 2020, 01:13:44",
    "12.1 55.18": "Jan 20 2020, 10:04:31",
    "13.0 47.22": "Nov 28 2019, 20:19:22",
    "13.0 47.24": "Jan 20 2020, 11:28:13",
    "13.0 90.12": "May 15 2023, 03:58:09",
    "13.1 53.24": "Jul  4 2024, 07:57:01",
}


class Built(Protocol):
    """An appliance with the build that it runs."""

    spec: ApplianceSpec
    build: str


def build_date(appliance: Built) -> str:
    """Return the build date of the running build."""
    own = appliance.spec.build_date if appliance.build == appliance.spec.build else ""
    return own or BUILD_DATES.get(appliance.build) or _shown(day_of(appliance.build))


def _shown(day: date) -> str:
    return f"{day:%b} {day.day:2d} {day.year}, 04:00:00"  # the hour is not known


def build_time(appliance: Built) -> float:
    """Return the build date as a time, 0 if it has another form."""
    return _time(build_date(appliance))


@lru_cache(maxsize=256)
def _time(shown: str) -> float:
    try:
        return timegm(time.strptime(shown, "%b %d %Y, %H:%M:%S"))
    except ValueError:
        return 0.0
