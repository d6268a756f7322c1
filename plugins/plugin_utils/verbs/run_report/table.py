# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report as CSV: one line for each appliance, for a spreadsheet. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

from ...foundation.foreign_text import defanged
from .content import Report, word_of

COLUMNS = (
    *(
        "host",
        "customer",
        "site",
        "build",
        "state",
        "verdict",
        "exit_code",
        "reason",
        "problem",
        "next_action",
        "measure",
    ),
    *("version", "changes", "changed", "saved", "seal", "acknowledged", "not_covered", "not_seen", "record", "as_of"),
    *("catalogue_date", "playbook", "finished"),
)
_FORMULA = re.compile(r"(^\s*|;\s*)(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])")
"""What a spreadsheet calculates: a cell that begins with one of these. In many countries a semicolon begins a cell, too."""


def table(report: Report) -> str:
    """Return the table, with a line of headings. Lines end as RFC 4180 says."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for one in report["appliances"]:
        values = _values(report, one)
        writer.writerow([cell(values[column]) for column in COLUMNS])
    return text.getvalue()


def _values(report: Report, one: Mapping[str, Any]) -> dict[str, Any]:
    verdict = one["verdict"] or {}
    return {
        **one,
        "verdict": word_of(one),
        "reason": verdict.get("reason", one["message"]),
        "next_action": verdict.get("next_action", ""),
        "acknowledged": acknowledgement_text(one),
        "not_covered": "; ".join(one["not_covered"]),
        "not_seen": "; ".join(one["not_seen"]),
        "playbook": report["playbook"],
        "finished": report["finished"],
    }


def acknowledgement_text(one: Mapping[str, Any]) -> str:
    """Return who acknowledged a verdict, why and until when; "" where nobody did."""
    given = one["acknowledged"] or {}
    until = f"until {given['until']}" if given.get("until") else ""
    return ", ".join(str(part) for part in (given.get("who"), given.get("why"), until) if part)


def cell(value: Any) -> str:
    """Return a value as the text of a cell that no spreadsheet calculates."""
    if value is None:
        return ""
    text = defanged(str(value).lower() if isinstance(value, bool) else str(value))
    return _FORMULA.sub(r"\1'", text)
