# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the last hunt says of an appliance, from the report that hunt.yml has written. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.exposure_ledger.dated import Confidence, Dated
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.exposure_ledger.ledger_row import HuntOutcome
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.findings.finding import Examination
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.findings.finding_json import examination_of

_FIX = "Give the hunt.json that hunt.yml -e tourniquet_report=DIRECTORY has written"


@dataclass(frozen=True)
class HuntEvidence:
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
    def logs_from(self) -> Dated:
        """Return since when every log of every node was there: the latest of their oldest lines, since what is older in that log was not seen."""
        reach = self.examined.reach if self.examined is not None else ()
        oldest = [one.oldest for one in reach]
        if not oldest or None in oldest:
            return Dated(source="a log has no line with a time" if oldest else "no log was read")
        latest = max(time.replace(tzinfo=UTC) if time.tzinfo is None else time for time in oldest if time is not None)
        return Dated(latest, "the oldest line of the shortest log", Confidence.READ)


def hunt_evidence(report: Any, appliance: str) -> HuntEvidence:
    """Return what a report of hunt.yml says of an appliance; no evidence where it is not in it.

    :param report: the JSON value of the file
    :raises InvalidInput: where it is no such report
    """
    if not isinstance(report, Mapping) or report.get("playbook") != "hunt":
        raise InvalidInput(f"this is no report of hunt.yml. {_FIX}.")
    try:
        found = next((one for one in report["appliances"] if one["host"] == appliance), None)
        if found is None:
            return HuntEvidence()
        ended = datetime.fromisoformat(report["finished"]).astimezone(UTC)
        return HuntEvidence(
            examination_of(appliance, found["result"]), Dated(ended, "the report of hunt.yml", Confidence.RECORDED)
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(f"its content is not that of a report of hunt.yml ({error!r}). {_FIX}.") from error
