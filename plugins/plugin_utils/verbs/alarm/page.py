# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person reads of the alarms of a fleet: since when nothing was seen, in one line where all is well. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ...foundation.counted import counted
from ...foundation.foreign_text import one_line
from ..common.option_files import page_options
from ..pages.findings_page import finding_lines, findings_page, some_values
from ..pages.fleet_page import FleetPage, FleetReport, FleetRun

SLOWEST = ("hits", "log_action", "log", "receiver")


def fleet_lines(results: Mapping[str, Mapping[str, Any]], lines: Sequence[str]) -> list[str]:
    """Return the lines of a report, with those before the totals for the appliances where the alarm works and nothing was seen, or nothing needs one.

    :param results: by appliance, the result of the task
    :param lines: those of the findings, the totals last
    """
    said = [text for text in (_needless(results), _quiet(results)) if text]
    gap = [""] if said and lines[:-1] else []
    return [*lines[:-1], *gap, *said, *lines[-1:]]


def _needless(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the line for the appliances where nothing needs an alarm; "" where there are none."""
    names = [name for name, one in results.items() if one.get("needless")]
    if len(names) == 1:
        return f"{one_line(names[0])}: nothing to alarm: {one_line(str(results[names[0]]['needless']))}"
    why = "their builds need no policy by the vendor; the status says if they are exposed"
    return f"{counted(len(names), 'appliance')}: nothing to alarm: {why}" if names else ""


def _quiet(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return since when nothing was seen where the alarm works; "" where it works nowhere."""
    quiet = {
        name: str(one["quiet_since"])
        for name, one in results.items()
        if one.get("quiet_since") and not one.get("findings") and int(one.get("exit_code", 2)) == 0
    }
    if not quiet:
        return ""
    latest = max(quiet, key=lambda name: _time(quiet[name]))
    since = f"{_time(quiet[latest]):%Y-%m-%d %H:%M} UTC"
    seconds = [
        float(alarm["links"][link])
        for name in quiet
        for alarm in results[name].get("alarms", ())
        for link in SLOWEST
        if link in alarm["links"]
    ]
    whose = one_line(latest) if len(quiet) == 1 else f"{len(quiet)} appliances"
    last = "" if len(quiet) == 1 or len(set(quiet.values())) == 1 else f" ({one_line(latest)} began last)"
    return f"{whose}: the alarm works (within {max(seconds, default=0.0):.1f} s); no attempts seen since {since}{last}"


def _time(text: str) -> datetime:
    """Return a time with its zone: one without could not be compared with those of other appliances."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _page(run: FleetRun) -> FleetPage:
    more = some_values(run, ("statement", "quiet_since", "alarms"))
    return findings_page(run, fleet_lines(run.results, finding_lines(run)), more)


REPORT = FleetReport("alarm_result", page_options("alarm"), _page)
