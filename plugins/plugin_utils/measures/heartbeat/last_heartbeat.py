# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The age of the last heartbeat of an appliance, by the change records. Pure.

A heartbeat is an apply of the measure :data:`ID` that came to its end, so that every attribute was read back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...change.records.change_record import ChangeRecord
from ...change.records.heartbeat_line import ID
from ...change.records.record_states import Outcome, RecordKind
from ...foundation.json_values import written

LATE_AFTER = timedelta(hours=26)
"""A run a day, and two hours for a run that starts or ends later than the day before."""
_CLOCKS_DIFFER = timedelta(minutes=10)
_UNITS = ((timedelta(days=2), timedelta(days=1), "days"), (timedelta(hours=2), timedelta(hours=1), "h"))


@written("at late=is_late", text=str)
@dataclass(frozen=True)
class LastHeartbeat:
    """The last heartbeat of an appliance, and the moment of the verdict.

    :ivar at: when it came to its end; None where no record has one
    """

    now: datetime
    at: datetime | None = None

    @property
    def is_late(self) -> bool:
        """True if there was one, and it is older than :data:`LATE_AFTER`, or its time is in the future."""
        return self.at is not None and not -_CLOCKS_DIFFER <= self.now - self.at <= LATE_AFTER

    def __str__(self) -> str:
        if self.at is None:
            return "no run has brought a heartbeat in here"
        age, when = self.now - self.at, f"{self.at:%Y-%m-%d %H:%M} UTC"
        if age < -_CLOCKS_DIFFER:
            return f"the last heartbeat is of {when}, which is in the future: check the clocks of the control nodes"
        return (
            f"no heartbeat for {_text(age)}; the last one was at {when}"
            if self.is_late
            else f"heartbeat {_text(age)} ago"
        )


def last_heartbeat(records: Iterable[ChangeRecord], now: datetime) -> LastHeartbeat:
    """Return the last heartbeat by the records of an appliance; one that is not trusted does not count."""
    ends = [
        datetime.fromisoformat(record.finished)
        for record in records
        if record.measure == ID
        and record.kind is RecordKind.APPLY
        and record.outcome is Outcome.APPLIED
        and record.touched
        and record.provenance.is_trusted
        and record.finished
    ]
    return LastHeartbeat(now, max(ends, default=None))


def _text(age: timedelta) -> str:
    for least, unit, name in _UNITS:
        if age >= least:
            return f"{age // unit} {name}"
    return f"{max(age // timedelta(minutes=1), 0)} min"
