# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The debt register: what is overdue first, and no text of others becomes a formula."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.debt import (
    COLUMNS,
    debt_table,
    register,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.files import write_report

from tests.run_reports import report, result


def debt(since: str, planned: str | None = None, overdue: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "measure": "cve_x",
        "what": "cve_x v2",
        "why": "13.0 47.22 needs it",
        "since": since,
        "who": "j@node",
        "ticket": "CHG1",
        "reason": "",
        "planned_fix": planned,
        "overdue_days": overdue,
        "text": "x",
        **more,
    }


FLEET = {
    "none-planned-old": result(debt=[debt("2026-01-01T00:00:00Z")]),
    "none-planned": result(debt=[debt("2026-02-01T00:00:00Z")]),
    "no-record": result(debt=[debt("")]),
    "planned-late": result(debt=[debt("2026-03-01T00:00:00Z", "2026-12-31")]),
    "planned-soon": result(debt=[debt("2026-03-01T00:00:00Z", "2026-12-01")]),
    "overdue": result(debt=[debt("2026-03-01T00:00:00Z", "2026-11-20", 8)]),
    "long-overdue": result(debt=[debt("2026-03-01T00:00:00Z", "2026-10-20", 39)]),
    "nothing": result("fixed", debt=[]),
}


def test_what_is_overdue_comes_first() -> None:
    found = register(report(FLEET))
    assert [row["host"] for row in found["debts"]] == [
        *("long-overdue", "overdue", "planned-soon", "planned-late"),
        *("none-planned-old", "none-planned", "no-record"),
    ]
    assert found["schema"] == "tourniquet-debt/1"
    assert found["debts"][0]["since"] == "2026-03-01T00:00:00Z"


def test_the_table_has_no_formula() -> None:
    evil = {"=cmd": result(debt=[debt("2026-01-01T00:00:00Z", what="=HYPERLINK(1)", who="@x")])}
    rows = list(csv.DictReader(io.StringIO(debt_table(report(evil)))))
    assert list(rows[0]) == list(COLUMNS)
    assert (rows[0]["host"], rows[0]["what"], rows[0]["who"]) == ("'=cmd", "'=HYPERLINK(1)", "'@x")


def test_the_files_are_written_where_the_run_has_read_it(tmp_path: Path) -> None:
    names = {path.name for path in write_report(tmp_path / "one", report(FLEET))}
    assert {"debt.json", "debt.csv"} <= names
    assert len(json.loads((tmp_path / "one" / "debt.json").read_text())["debts"]) == 7
    without = {path.name for path in write_report(tmp_path / "two", report({"a": result()}))}
    assert not {"debt.json", "debt.csv"} & without
