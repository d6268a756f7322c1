# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the last hunt says of an appliance, from the report that hunt.yml has written. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ...catalogue.entry import Level
from ...foundation.errors import InvalidInput
from ...traces.findings.finding import Examination
from ...traces.findings.finding_json import examination_of
from .sourced_date import Confidence, Dated

ENDED = "hunt_ended"
"""The key of the time, with its zone, at which the hunt on an appliance ended; no other report has it."""
OF_A_HUNT = "the report of hunt.yml"
"""The source of what a hunt found."""
_FIX = "Give the hunt.json that hunt.yml -e tourniquet_report=DIRECTORY has written"


class HuntOutcome(StrEnum):
    """What a hunt has found, as far as it concerns an entry. No word for "clean" exists."""

    NONE = "no hunt"
    INCOMPLETE = "incomplete"
    NOTHING_FOUND = "nothing found in what was looked at"
    ATTEMPT = "attempt or review"
    COMPROMISE = "compromise"


@dataclass(frozen=True)
class HuntResult:
    """The result of a hunt on one appliance.

    :ivar examined: None where there was no hunt
    :ivar ended: when the hunt ended
    """

    examined: Examination | None = None
    ended: Dated = field(default_factory=lambda: Dated(source="no result of hunt.yml was given"))

    def outcome(self, entry: str) -> HuntOutcome:
        """Return what it found. A compromise counts whatever entry names it: who is in got in by any of them.

        :param entry: the id of an entry; attempts at another one do not count
        """
        if self.examined is None:
            return HuntOutcome.NONE
        levels = {
            one.level for one in self.examined.findings if one.decides and (not one.entries or entry in one.entries)
        }
        if any(one.level is Level.COMPROMISE for one in self.examined.findings):
            return HuntOutcome.COMPROMISE
        if self.examined.is_incomplete:
            return HuntOutcome.INCOMPLETE
        return HuntOutcome.ATTEMPT if levels else HuntOutcome.NOTHING_FOUND

    @property
    def of_the_appliance(self) -> HuntOutcome:
        """Return what it found, whatever entry names it."""
        if self.examined is None:
            return HuntOutcome.NONE
        levels = {one.level for one in self.examined.findings}
        if Level.COMPROMISE in levels:
            return HuntOutcome.COMPROMISE
        if self.examined.is_incomplete:
            return HuntOutcome.INCOMPLETE
        return HuntOutcome.ATTEMPT if any(one.decides for one in self.examined.findings) else HuntOutcome.NOTHING_FOUND

    @property
    def logs_from(self) -> Dated:
        """Return since when every log of every node was there: the latest of their oldest lines, since what is older in that log was not seen."""
        reach = self.examined.reach if self.examined is not None else ()
        oldest = [one.oldest for one in reach]
        if not oldest or None in oldest:
            return Dated(source="a log has no line with a time" if oldest else "no log was read")
        latest = max(time.replace(tzinfo=UTC) if time.tzinfo is None else time for time in oldest if time is not None)
        return Dated(latest, "the oldest line of the shortest log", Confidence.READ)


def hunt_result(report: Any, appliance: str) -> HuntResult:
    """Return what a report of hunt.yml says of an appliance; an empty result where it is not in it.

    :param report: the JSON value of the file: by appliance, what was found, and when the hunt ended
    :raises InvalidInput: where it is no such report
    """
    values = report.values() if isinstance(report, Mapping) else ()
    if not values or not all(isinstance(one, Mapping) and ENDED in one for one in values):
        raise InvalidInput(f"this is no report of hunt.yml. {_FIX}.")
    if appliance not in report:
        return HuntResult(ended=Dated(source="it is not in the report of hunt.yml"))
    found = report[appliance]
    try:
        examined = examination_of(appliance, found)
        if not found[ENDED]:
            return HuntResult(examined, Dated(source="the hunt did not reach the appliance"))
        ended = datetime.fromisoformat(found[ENDED]).astimezone(UTC)
        return HuntResult(examined, Dated(ended, OF_A_HUNT, Confidence.RECORDED))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(f"its content is not that of a report of hunt.yml ({error!r}). {_FIX}.") from error
