# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The age of the last run of a recurring measure on an appliance, by the change records. Pure.

Only an apply counts that came to its end, so that every attribute was read back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..catalogue.measure_traits import Recurring
from ..change.records.change_record import ChangeRecord
from ..change.records.record_states import Outcome, RecordKind
from ..foundation.json_values import written

_CLOCKS_DIFFER = timedelta(minutes=10)
_UNITS = ((timedelta(days=2), timedelta(days=1), "days"), (timedelta(hours=2), timedelta(hours=1), "h"))


@written("at late=is_late", text=str)
@dataclass(frozen=True)
class LastRun:
    """The last run of a recurring measure on an appliance, and the moment of the verdict.

    :ivar at: when it came to its end; None where no record has one
    """

    recurring: Recurring
    now: datetime
    at: datetime | None = None

    @property
    def is_late(self) -> bool:
        """True if there was one, and it is too old, or its time is in the future."""
        return self.at is not None and not -_CLOCKS_DIFFER <= self.now - self.at <= self.recurring.late_after

    def __str__(self) -> str:
        noun = self.recurring.noun
        if self.at is None:
            return f"no run has brought a {noun} in here"
        age, when = self.now - self.at, f"{self.at:%Y-%m-%d %H:%M} UTC"
        if age < -_CLOCKS_DIFFER:
            return f"the last {noun} is of {when}, which is in the future: check the clocks of the control nodes"
        return f"no {noun} for {_text(age)}; the last one was at {when}" if self.is_late else f"{noun} {_text(age)} ago"


def last_run(id_: str, recurring: Recurring, records: Iterable[ChangeRecord], now: datetime) -> LastRun:
    """Return the last run of a measure by the records of an appliance; one that is not trusted does not count."""
    ends = [
        datetime.fromisoformat(record.finished)
        for record in records
        if record.measure == id_
        and record.kind is RecordKind.APPLY
        and record.outcome is Outcome.APPLIED
        and record.touched
        and record.provenance.is_trusted
        and record.finished
    ]
    return LastRun(recurring, now, max(ends, default=None))


def _text(age: timedelta) -> str:
    for least, unit, name in _UNITS:
        if age >= least:
            return f"{age // unit} {name}"
    return f"{max(age // timedelta(minutes=1), 0)} min"
