# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Histories of one appliance, and their course as short text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import groupby, pairwise
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.course import (
    ApplianceCourse,
    Course,
    courses_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.interval import Line
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.record_events import History
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.today import Today

from tests.unit.plugin_utils.judgement.exposure.test_history import BAD, ENTRY, box

NOW = datetime(2020, 3, 1, 8, tzinfo=UTC)
TODAY = date(2020, 3, 1)
NODE = "10.0.0.1"


def appliance_course(
    *records: ChangeRecord,
    build: str | None = BAD,
    nodes: Sequence[str] = (NODE,),
    appliance: Appliance | None = None,
    as_of: date = TODAY,
    at: datetime = NOW,
    entry: Entry = ENTRY,
    **today: Any,
) -> ApplianceCourse:
    builds = {node: Build.parse(build) if build else None for node in nodes}
    return courses_of(appliance or box(), [entry], History.of(records, at), Today(at, builds, **today), as_of)


def course(*records: ChangeRecord, **values: Any) -> Course:
    (found,) = appliance_course(*records, **values).courses
    return found


def told(line: Line) -> list[str]:
    """Return each time with one state as its beginning and the state, whatever the reasons."""
    states = ((one.since.text[:16], str(one.state)) for one in line)
    runs = (next(run) for _state, run in groupby(states, key=lambda one: one[1]))
    return [f"{since} {state}" for since, state in runs]


def chained(*records: ChangeRecord) -> tuple[ChangeRecord, ...]:
    """Return records of which each follows the one before it."""
    for before, after in pairwise(records):
        follow(after, before.name)
    return records


def follow(record: ChangeRecord, *names: str) -> ChangeRecord:
    """Let a record follow others, by their names."""
    record.content = record.content.with_values(previous=[{"name": name, "sha256": "0" * 64} for name in names])
    return record
