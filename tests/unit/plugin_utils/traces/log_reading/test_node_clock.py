# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When a line was written: by the clock, the zone and the date format of its node, and what is assumed where one is not known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.node_clock import (
    NodeClock,
    node_clock,
)

NOW = datetime(2020, 1, 15, 12, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
KNOWN = {"dateformat": "MMDDYYYY", "timezone": "GMT_TIME"}
NO_CLOCK = "the clock is not known, and ours is taken for it"
NO_ZONE = "the time zone is not known, and UTC is assumed"
NO_ORDER = "the date format is not known, and month/day/year is assumed"


def config(ahead: timedelta = timedelta(0), offset: timedelta = timedelta(0)) -> dict[str, Any]:
    clock = NOW + ahead
    local = (clock + offset).strftime("%a %b %d %H:%M:%S %Y")
    return {"systemtime": str(int(clock.timestamp())), "currentsytemtime": f" {local} "}


@pytest.mark.parametrize(
    ("row", "parameters", "clock"),
    [
        (config(), KNOWN, NodeClock(NOW)),
        (config(), {**KNOWN, "dateformat": "DDMMYYYY"}, NodeClock(NOW, order="DMY")),
        (config(), {**KNOWN, "dateformat": "YYYYMMDD"}, NodeClock(NOW, order="YMD")),
        (config(), {**KNOWN, "timezone": "LOCAL_TIME"}, NodeClock(NOW, is_local=True)),
        (config(), {}, NodeClock(NOW, problem=NO_ORDER)),
        (config(HOUR), KNOWN, NodeClock(NOW, ahead=HOUR)),
        (config(-HOUR), KNOWN, NodeClock(NOW, ahead=-HOUR)),
        (config(timedelta(seconds=1)), KNOWN, NodeClock(NOW)),
        (config(timedelta(seconds=2)), KNOWN, NodeClock(NOW, ahead=timedelta(seconds=2))),
        (config(timedelta(seconds=-2)), KNOWN, NodeClock(NOW, ahead=timedelta(seconds=-2))),
        (config(timedelta(seconds=-1)), KNOWN, NodeClock(NOW)),
        (config(offset=HOUR), KNOWN, NodeClock(NOW, offset=HOUR)),
        (config(offset=-HOUR), KNOWN, NodeClock(NOW, offset=-HOUR)),
        (config(offset=timedelta(minutes=345)), KNOWN, NodeClock(NOW, offset=timedelta(minutes=345))),
        (config(offset=timedelta(minutes=58)), KNOWN, NodeClock(NOW, offset=HOUR)),
        (config(offset=15 * HOUR), KNOWN, NodeClock(NOW, offset=15 * HOUR)),
        (config(offset=timedelta(minutes=915)), KNOWN, NodeClock(NOW, problem=NO_ZONE)),
        (config(offset=timedelta(minutes=-915)), KNOWN, NodeClock(NOW, problem=NO_ZONE)),
        ({**config(HOUR), "currentsytemtime": "x"}, KNOWN, NodeClock(NOW, ahead=HOUR, problem=NO_ZONE)),
        ({**config(HOUR), "currentsytemtime": "x"}, {}, NodeClock(NOW, ahead=HOUR, problem=f"{NO_ORDER}; {NO_ZONE}")),
        ({}, KNOWN, NodeClock(NOW, problem=NO_CLOCK)),
        ({**config(), "systemtime": "x"}, {"timezone": "LOCAL_TIME"}, NodeClock(NOW, is_local=True, problem=f"{NO_CLOCK}; {NO_ORDER}")),
        ({**config(), "systemtime": "9" * 30}, KNOWN, NodeClock(NOW, problem=NO_CLOCK)),
        (config(timedelta(days=30 * 365)), KNOWN, NodeClock(NOW, ahead=timedelta(days=30 * 365))),
        (config(timedelta(days=30 * 365, seconds=1)), KNOWN, NodeClock(NOW, problem=NO_CLOCK)),
        (config(timedelta(days=-30 * 365, seconds=-1)), KNOWN, NodeClock(NOW, problem=NO_CLOCK)),
    ],
)  # fmt: skip
def test_what_is_known_of_a_clock(row: dict[str, Any], parameters: dict[str, str], clock: NodeClock) -> None:
    assert node_clock(row, parameters, NOW) == clock


def at(*parts: int) -> datetime:
    year, month, day, hour, minute, second = parts
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Jan 15 11:59:58", at(2020, 1, 15, 11, 59, 58)),
        ("Jan  5 01:02:03", at(2020, 1, 5, 1, 2, 3)),
        ("Jan 17 12:00:00", at(2020, 1, 17, 12, 0, 0)),
        ("Jan 17 12:00:01", at(2019, 1, 17, 12, 0, 1)),
        ("Dec 31 23:59:59", at(2019, 12, 31, 23, 59, 59)),
        ("Feb 29 01:02:03", at(2016, 2, 29, 1, 2, 3)),
        ("Jan 14 24:00:01", at(2020, 1, 14, 0, 0, 1)),
        ("Jan 14 23:59:60", at(2020, 1, 14, 23, 59, 59)),
        ("Feb 30 01:02:03", None),
        ("Jab 15 01:02:03", None),
        ("Jan 15 01:60:03", None),
        ("Jan 5 01:02:03", None),
        ("Jan 15 01:02", None),
    ],
)
def test_a_line_without_a_year_is_of_the_newest_that_is_not_ahead(text: str, moment: datetime | None) -> None:
    assert NodeClock(NOW).local(text) == moment


def test_the_newest_year_may_be_the_next_one_and_four_before_are_tried() -> None:
    eve = NodeClock(at(2019, 12, 31, 12, 0, 0))
    assert eve.local("Jan  1 01:00:00") == at(2020, 1, 1, 1, 0, 0)
    assert NodeClock(at(2024, 2, 20, 0, 0, 0)).local("Feb 29 01:00:00") == at(2020, 2, 29, 1, 0, 0)
    assert NodeClock(at(2104, 2, 20, 0, 0, 0)).local("Feb 29 01:00:00") is None, "2100 was no leap year"


@pytest.mark.parametrize("ahead", [timedelta(0), HOUR, -HOUR])
@pytest.mark.parametrize("offset", [timedelta(0), 2 * HOUR, -8 * HOUR])
def test_a_time_is_corrected_by_the_clock_and_by_the_zone_where_it_is_local(
    ahead: timedelta, offset: timedelta
) -> None:
    clock, local = (NodeClock(NOW, ahead, offset, is_local=one) for one in (False, True))
    true = at(2020, 1, 14, 9, 30, 15)
    shown = true + ahead + offset
    assert clock.local(f"{shown:%b %d %H:%M:%S}") == true
    assert clock.error(f"{shown:%a %b %d %H:%M:%S.123456 %Y}") == clock.error(f"{shown:%a %b %d %H:%M:%S %Y}") == true
    assert local.vendor(f"{shown:%m/%d/%Y:%H:%M:%S}") == true
    assert clock.vendor(f"{true + ahead:%m/%d/%Y:%H:%M:%S}") == true
    assert clock.at(int((true + ahead).timestamp())) == true
    assert clock.iso("2020-01-14T09:30:15Z") == true, "a syslog server has a clock of its own"


@pytest.mark.parametrize("text", ["Tue Jan 14 09:30:15", "Tue Jab 14 09:30:15 2020", "Tue Jan 32 09:30:15 2020", ""])
def test_what_is_no_time_is_none(text: str) -> None:
    clock = NodeClock(NOW)
    assert clock.error(text) is clock.iso(text) is clock.vendor(text) is None
