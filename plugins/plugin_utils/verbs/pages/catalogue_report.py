# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of the verdicts on the whole catalogue for one appliance: JSON values for programs, and lines for people. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from ...catalogue.entry import Entry
from ...fleet_sources.exported_configurations import ExportedAppliance
from ...foundation.foreign_text import printable
from ...foundation.json_values import json_values
from ...judgement.proof.verdict_table import Verdict
from ..common.result import Result
from .apply_report import verdict_text
from .catalogue_page import EDITED

MEASURE = "catalogue"
"""The name in a result where those of one measure have the id of it."""


def catalogue_date(entries: Iterable[Entry]) -> date | None:
    """Return the day of the newest fact of a catalogue; None where no fact has a day."""
    return max((day for entry in entries if (day := entry.newest_fact())), default=None)


def catalogue_of(entries: Iterable[Entry], edited: Sequence[str]) -> dict[str, Any]:
    """Return what a result says of the catalogue.

    :param edited: the built-in entries that are not what was published, in words
    """
    return {"newest_fact": catalogue_date(entries), EDITED: edited}


def catalogue_result(
    verdict: Verdict,
    judged: Sequence[Any],
    head: str,
    entries: Iterable[Entry],
    as_of: date,
    more: Mapping[str, Any],
    edited: Sequence[str] = (),
) -> Result:
    """Return the result of a task on one appliance.

    :param judged: the verdicts on the entries
    :param head: the line that names the appliance
    :param more: what the source of the facts adds, such as the requests
    :param edited: the built-in entries that are not what was published, in words
    """
    own = {
        "measure": MEASURE,
        "version": None,
        "deployed_version": None,
        "verdict": verdict,
        "verdict_today": verdict,
        "acknowledged": verdict.acknowledged,
        "as_of": as_of,
        "catalogue": catalogue_of(entries, edited),
        "entries": judged,
        **more,
    }
    return Result(
        changed=False,
        msg=printable(f"{verdict.word}: {verdict.reason}. Next action: {verdict.next_action}"),
        own=json_values(own),
        preview=[head, *verdict_lines(verdict), *_hunt(more)],
    )


def _hunt(more: Mapping[str, Any]) -> list[str]:
    return [f"  hunt: {more['hunt']['text']}"] if "hunt" in more else []


def exported_headline(exported: ExportedAppliance) -> str:
    """Return the line that names an exported configuration."""
    gaps = "".join(f"; NOT ALL OF IT WAS READ: {gap}" for gap in exported.gaps[:1])
    return f"{exported.name}   NS{exported.node.build or ' of an unknown build'}   from {exported.file}, not connected{gaps}"


def exported_values(exported: ExportedAppliance) -> dict[str, Any]:
    """Return what a result has of an exported configuration besides the verdicts, in the form of that of an appliance."""
    return {
        "file": exported.file,
        "appliance": {
            "build": exported.node.build,
            "customer": "",
            "site": "",
            "marker": "",
            "nodes": [{"address": exported.node.address, "role": "", "build": exported.node.build, "problem": ""}],
        },
    }


def verdict_lines(verdict: Verdict) -> list[str]:
    """Return the verdict with the next action and what is not covered; the entries are values of the result."""
    lines = [f"  {verdict_text(verdict)}", f"  next: {verdict.next_action}"]
    return [*lines, *(f"  not covered: {text}" for text in verdict.missing)]
