# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The debt register of a fleet: which mitigations are still there, why, since when, and when the fix is planned. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from .content import Report, word_of
from .table import cell

SCHEMA = "tourniquet-debt/1"
COLUMNS = (
    *("host", "customer", "site", "build", "measure", "what", "since", "planned_fix", "overdue_days", "why", "verdict"),
    *("next_action", "ticket", "reason", "who"),
)
_LAST = "9999-12-31"


def is_known(report: Report) -> bool:
    """Return True if the run has read what is still there."""
    return any("debt" in one["result"] for one in report["appliances"])


def register(report: Report) -> dict[str, Any]:
    """Return the register: what is overdue first, the longest; then by the day of the planned fix; then what has none, the oldest first."""
    rows = sorted(
        _rows(report), key=lambda row: (-row["overdue_days"], row["planned_fix"] or _LAST, row["since"] or _LAST)
    )
    return {"schema": SCHEMA, "finished": report["finished"], "playbook": report["playbook"], "debts": rows}


def _rows(report: Report) -> Iterator[dict[str, Any]]:
    """Yield a row for each mitigation of an appliance; one that several admin partitions have counts once, since the first of them got it."""
    for one in report["appliances"]:
        seen: set[tuple[Any, ...]] = set()
        for debt in sorted(one["result"].get("debt") or (), key=lambda debt: str(debt["since"]) or _LAST):
            same = tuple(debt[key] for key in ("measure", "what", "why"))
            if same in seen:
                continue
            seen.add(same)
            verdict = one["verdict"] or {}
            yield {
                **{key: one[key] for key in ("host", "customer", "site", "build")},
                **{key: debt[key] for key in COLUMNS if key in debt},
                "needed": debt.get("needed", True),
                "verdict": word_of(one),
                "next_action": verdict.get("next_action", ""),
            }


def debt_table(report: Report) -> str:
    """Return the register as CSV, with a line of headings."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in register(report)["debts"]:
        writer.writerow([cell(row[column]) for column in COLUMNS])
    return text.getvalue()
