# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The age of the last run of a recurring measure, played by the heartbeat."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import (
    Outcome,
    RecordKind,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.heartbeat.kind import ID, TRAITS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.last_run import LastRun, last_run

NOW = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)
RECURRING: Any = TRAITS.course.recurring


@pytest.mark.parametrize(
    ("age", "late", "text"),
    [
        (timedelta(seconds=40), False, "heartbeat 0 min ago"),
        (timedelta(minutes=119), False, "heartbeat 119 min ago"),
        (timedelta(hours=3), False, "heartbeat 3 h ago"),
        (timedelta(hours=26), False, "heartbeat 26 h ago"),
        (timedelta(hours=26, seconds=1), True, "no heartbeat for 26 h; the last one was at 2026-11-27 05:59 UTC"),
        (timedelta(days=2), True, "no heartbeat for 2 days; the last one was at 2026-11-26 08:00 UTC"),
        (timedelta(minutes=-5), False, "heartbeat 0 min ago"),
        (
            timedelta(days=-400),
            True,
            "the last heartbeat is of 2028-01-02 08:00 UTC, which is in the future: check the clocks of the control nodes",
        ),
    ],
)
def test_its_age(age: timedelta, late: bool, text: str) -> None:
    last = LastRun(RECURRING, NOW, NOW - age)
    assert (last.is_late, str(last)) == (late, text)


def test_an_appliance_that_never_had_one_is_not_late() -> None:
    last = last_run(ID, RECURRING, [], NOW)
    assert (last.is_late, str(last)) == (False, "no run has brought a heartbeat in here")


@dataclass
class Record:
    finished: str | None = "2026-11-28T07:00:00+00:00"
    measure: str = "heartbeat"
    kind: RecordKind = RecordKind.APPLY
    outcome: Outcome = Outcome.APPLIED
    touched: tuple[str, ...] = ("the policy",)
    is_trusted: bool = True
    provenance: Any = field(init=False)

    def __post_init__(self) -> None:
        self.provenance = SimpleNamespace(is_trusted=self.is_trusted)


def found(*records: Record) -> datetime | None:
    return last_run(ID, RECURRING, cast("list[ChangeRecord]", list(records)), NOW).at


def test_the_last_one_counts() -> None:
    older, newest = Record("2026-11-26T07:00:00+00:00"), Record("2026-11-28T09:00:00+02:00")
    assert found(newest, older) == NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    "record",
    [
        Record(measure="cve_2019_19781"),
        Record(kind=RecordKind.ROLLBACK),
        Record(outcome=Outcome.OPEN, finished=None),
        Record(outcome=Outcome.REVERTED),
        Record(touched=()),
        Record(is_trusted=False),
    ],
)
def test_what_is_no_heartbeat_does_not_count(record: Record) -> None:
    assert found(record) is None
