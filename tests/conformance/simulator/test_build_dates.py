# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds have the day on which they were made, or one that fits between those of their neighbours."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from simulator.node.build_dates import _KNOWN, _known, day_of
from simulator.node.builds import BUILD_DATES
from tests.played_together import played_together


@pytest.mark.fact("version-date")
@played_together(
    ("build", "earliest", "latest"),
    [
        ("13.0 47.22", "2019-11-28", "2019-11-28"),
        ("13.0 47.23", "2019-11-28", "2020-01-20"),
        ("13.1 37.38", "2022-11-23", "2022-11-23"),
        ("13.1 37.159", "2023-07-07", "2023-07-07"),  # the FIPS train
        ("13.1 37.160", "2023-07-07", "2023-09-27"),
        ("12.1 55.18", "2020-01-20", "2020-01-20"),
        ("12.1 55.180", "2020-02-01", "2020-10-08"),
        ("12.1 51.14", "2019-01-18", "2019-02-27"),
        ("11.1 63.9", "2019-06-01", "2019-12-17"),  # before the bulletin of CVE-2019-19781
        ("12.0 62.10", "2019-06-01", "2019-12-17"),
        ("10.5 70.11", "2019-06-01", "2019-12-17"),
        ("14.1 17.38", "2024-02-08", "2024-02-08"),
        ("14.1 73.37", "2026-09-27", "2026-09-27"),
        ("14.1 80.1", "2026-10-10", "2027-12-31"),
        ("15.0 1.1", "2010-01-01", "2030-01-01"),
        ("9.3 60.1", "2010-01-01", "2020-01-01"),
        ("13.0 999999.9", "2024-07-05", "2040-01-01"),
    ],
)
def test_the_day_of_a_build(build: str, earliest: str, latest: str) -> None:
    assert date.fromisoformat(earliest) <= day_of(build) <= date.fromisoformat(latest)


@pytest.mark.fact("version-date")
def test_nsversion_shows_the_day(lab: Any) -> None:
    assert "Build 50.28.nc, Date: Nov 28 2018, " in lab.box("pair").get("nsversion").json["nsversion"]["version"]
    lab.simulator.appliance("pair").upgrade("14.1 73.37")
    assert "Build 73.37.nc, Date: Sep 27 2026, " in lab.box("pair").get("nsversion").json["nsversion"]["version"]


def test_the_known_builds_are_in_the_order_of_their_numbers() -> None:
    for train in _KNOWN:
        assert all(low < high for (low, _), (high, _) in pairwise(_known(train))), train


def test_dates_with_a_time_are_of_the_same_day() -> None:
    for build, shown in BUILD_DATES.items():
        day = day_of(build)
        assert shown.startswith(f"{day:%b} {day.day:2d} {day.year}, "), build
