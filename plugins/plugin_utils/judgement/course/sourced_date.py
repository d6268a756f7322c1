# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A date with its source, and how sure it is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum

from ...foundation.json_values import Part, given, written


class Confidence(StrEnum):
    """How sure a date is, the surest first."""

    RECORDED = "recorded"
    """A signed change record of a known control node has it."""
    PUBLISHED = "published"
    """A bulletin or another public source has it."""
    READ = "read today"
    """The appliance says so today; since when is not known, so the date is the latest possible one."""
    ASSUMED = "assumed"
    """No evidence shows the opposite, so the worse case is assumed."""
    NONE = "not known"


@written(Part("iso", "time"), "source", "confidence", given(lambda one: one.is_latest or None, "at_the_latest"))
@dataclass(frozen=True)
class Dated:
    """A moment, or a day, with its source.

    :ivar time: with its zone; None where it did not happen, or is not known
    :ivar source: the record, the bulletin or the reading that shows it; or why there is no time
    :ivar is_day: only the day is known
    :ivar is_latest: a record shows that it was so then, and nothing says since when: it is the latest possible time
    """

    time: datetime | None = None
    source: str = ""
    confidence: Confidence = Confidence.NONE
    is_day: bool = False
    is_latest: bool = False

    @classmethod
    def of_day(cls, day: date, source: str, confidence: Confidence = Confidence.PUBLISHED) -> Dated:
        """Return a day, from its first moment in UTC on: what happened on that day counts as later than it."""
        return cls(datetime.combine(day, time(), UTC), source, confidence, is_day=True)

    @property
    def is_known(self) -> bool:
        return self.time is not None

    def is_before(self, other: Dated) -> bool:
        """Return True if both times are known and this one is earlier."""
        return self.time is not None and other.time is not None and self.time < other.time

    @property
    def text(self) -> str:
        """Return the time as 2020-01-18 08:00 UTC, or the day; "" where it is not known."""
        if self.time is None:
            return ""
        moment = self.time.astimezone(UTC)
        return f"{moment:%Y-%m-%d}" if self.is_day else f"{moment:%Y-%m-%d %H:%M} UTC"

    @property
    def was_found(self) -> bool:
        """Return True if a reading or a run found that it is so, and nothing says since when."""
        return self.is_latest or self.confidence is Confidence.READ

    @property
    def text_as_found(self) -> str:
        """Return the text of a time at which something was so, with that it may have been so before."""
        return f"{self.text} at the latest" if self.was_found and self.is_known else self.text

    @property
    def iso(self) -> str:
        """Return the time in ISO 8601, or the day; "" where it is not known."""
        text = "" if self.time is None else self.time.astimezone(UTC).isoformat(timespec="seconds")
        return text[:10] if self.is_day else text
