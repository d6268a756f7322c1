# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a hunt says of each time since a weakness counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_result import (
    HuntOutcome,
    HuntResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_track import (
    NOT_SINCE,
    OLDER,
    hunt_times,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.sourced_date import (
    Confidence,
    Dated,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import (
    Examination,
    Finding,
    LogReach,
    NotSeen,
)

from tests.unit.plugin_utils.judgement.course.stories import appliance_course, told

BULLETIN = Dated.of_day(date(2019, 12, 17), "the bulletin")
ENDED = datetime(2020, 1, 17, 15, tzinfo=UTC)
LOGS = datetime(2020, 1, 5, 8)  # noqa: DTZ001 -- the log of an appliance names no zone
ENTRY = "cve_2019_19781"
NONE, NOTHING, ATTEMPT = HuntOutcome.NONE, HuntOutcome.NOTHING_FOUND, HuntOutcome.ATTEMPT
COMPROMISE, INCOMPLETE = HuntOutcome.COMPROMISE, HuntOutcome.INCOMPLETE


def hunt(*levels: Level, logs: datetime | None = LOGS, ended: datetime = ENDED, **values: Any) -> HuntResult:
    findings = tuple(
        Finding(appliance="gw", node="10.0.0.1", level=level, what="a trace", where="/x", why="") for level in levels
    )
    reach = (LogReach("10.0.0.1", "ns.log", logs),)
    examined = Examination("gw", findings, reach=reach, looked_at=(("lines", 9),), **values)
    return HuntResult(examined, Dated(ended, "the report of hunt.yml", Confidence.RECORDED))


def short(result: HuntResult, begins: Dated = BULLETIN) -> list[str]:
    times = hunt_times(result, ENTRY, begins)
    assert all(one.until == other.since for one, other in pairwise(times))
    assert times[0].since == begins
    assert times[-1].until is None
    return [f"{one.since.text[:10]} {one.outcome}" for one in times]


def test_only_the_time_between_the_oldest_line_and_the_end_was_looked_at() -> None:
    times = hunt_times(hunt(), ENTRY, BULLETIN)
    assert [(one.outcome, one.reason) for one in times] == [
        (NONE, OLDER),
        (NOTHING, "the report of hunt.yml"),
        (NONE, NOT_SINCE),
    ]
    assert short(hunt()) == [f"2019-12-17 {NONE}", f"2020-01-05 {NOTHING}", f"2020-01-17 {NONE}"]
    assert "no proof that nobody got in" in times[1].says


@pytest.mark.parametrize(
    ("result", "so"),
    [
        (hunt(Level.ATTEMPT), [f"2019-12-17 {NONE}", f"2020-01-05 {ATTEMPT}", f"2020-01-17 {NONE}"]),
        (hunt(Level.COMPROMISE), [f"2019-12-17 {NONE}", f"2020-01-05 {COMPROMISE}"]),
        (hunt(logs=None), [f"2019-12-17 {NONE}", f"2020-01-17 {NONE}"]),
        (hunt(logs=datetime(2020, 1, 18)), [f"2019-12-17 {NONE}", f"2020-01-17 {NONE}"]),  # noqa: DTZ001 -- as above
        (hunt(Level.ATTEMPT, logs=None), [f"2019-12-17 {ATTEMPT}", f"2020-01-17 {NONE}"]),
        (hunt(not_seen=(NotSeen("a log", "it is gone"),)), [f"2019-12-17 {NONE}", f"2020-01-05 {INCOMPLETE}", f"2020-01-17 {NONE}"]),
        (hunt(logs=datetime(2019, 12, 1)), [f"2019-12-17 {NOTHING}", f"2020-01-17 {NONE}"]),  # noqa: DTZ001 -- as above
        (HuntResult(), [f"2019-12-17 {NONE}"]),
        (hunt(ended=datetime(2019, 12, 16, tzinfo=UTC)), [f"2019-12-17 {NONE}"]),
        (hunt(Level.COMPROMISE, ended=datetime(2019, 12, 16, tzinfo=UTC)), [f"2019-12-17 {COMPROMISE}"]),
    ],
)  # fmt: skip
def test_each_result_has_its_times(result: HuntResult, so: list[str]) -> None:
    """What was not looked at says nothing, and a compromise that was found goes on."""
    assert short(result) == so


@pytest.mark.parametrize("result", [hunt(), hunt(Level.ATTEMPT), hunt(Level.COMPROMISE), HuntResult()])
def test_no_hunt_changes_the_state(result: HuntResult) -> None:
    """A compromise does not end an exposure, and nothing found does not either."""
    found = appliance_course()
    hunted = replace(found, hunt=result)
    (course,) = hunted.courses
    assert told(course.line) == told(found.courses[0].line) == ["2019-12-17 exposed"]
    assert hunted.hunts(course)[-1].until is None
