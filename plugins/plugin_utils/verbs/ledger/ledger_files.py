# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The exposure ledger of a fleet in files: JSON for programs, CSV and the tables of the course for people."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...foundation.errors import Refused
from ...foundation.private_files import write_privately
from ...judgement.exposure.ledger_row import DATES
from ..run_report.table import cell
from .course_text import course_text

COLUMNS = (
    *("appliance", "customer", "entry", "answer", "reason", "measure", "measure_reason"),
    *(name + part for name in DATES for part in ("", "_source", "_confidence")),
    *("hunt_outcome", "is_fixed", "switched_off", "closings", "conflicts"),
    *("management", "management_reason", "without_fix"),
)


def write_ledger(directory: Path, found: Mapping[str, Any]) -> list[str]:
    """Write the ledger of a fleet as JSON, CSV and tables of the course, and return the files.

    :param found: the values of the page
    :raises Refused: where they cannot be written
    """
    values = {"schema": found["schema"], "exit_code": found["exit_code"], "appliances": found["appliances"]}
    texts = {
        directory / "ledger.json": json.dumps(values, indent=2) + "\n",
        directory / "ledger.csv": ledger_csv(found["appliances"]),
        directory / "course.txt": course_text(found["appliances"]),
    }
    try:
        for path, text in texts.items():
            write_privately(path, text)
    except OSError as error:
        raise Refused(f"ledgers: {directory} cannot be written ({error.strerror}). Name another directory.") from error
    return [str(path) for path in texts]


def ledger_csv(appliances: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a line for each row, with a head. A cell that a spreadsheet would calculate begins with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for appliance in appliances.values():
        for answer in appliance["answers"]:
            for row in answer["rows"]:
                writer.writerow([cell(_text(row, column)) for column in COLUMNS])
    return text.getvalue()


def _text(row: Mapping[str, Any], column: str) -> str:
    """Return the text of a column of a row."""
    if column in ("measure", "measure_reason"):
        return str(row["measure"]["word" if column == "measure" else "reason"])
    if column in ("management", "management_reason"):
        now = row["management"][-1:]
        return "".join(str(one["state" if column == "management" else "reason"]) for one in now)
    if column in row and not isinstance(row[column], Mapping):
        value = row[column]
        if column in ("switched_off", "closings"):
            value = [one["text"] for one in value]
        return "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    name = next(name for name in DATES if column in (name, f"{name}_source", f"{name}_confidence"))
    key = column.removeprefix(name).removeprefix("_") or "time"
    return str(row[name][key])
