# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the report of a run: private files (mode 0600), each as a whole. They show the configuration of customers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ...change.records.records_folder import safe_name, unique_name
from ...foundation.private_files import make_private_directory, write_privately
from ..registry import judges_nothing
from .content import Report
from .customer_view import views_of
from .debt import debt_table, is_known, register
from .page import page
from .prometheus import metrics
from .table import table
from .vex import vex_documents

METRICS, VEX, DEBT, CUSTOMERS = "report.prom", "vex", "debt", "customers"


def is_directory(path: Path) -> bool:
    """Return True if a report goes into a directory of this name; a file, or a name that ends in ``.json``, is the file of the results alone."""
    return path.is_dir() or (path.suffix != ".json" and not path.is_file())


def write_report(directory: Path, report: Report) -> list[Path]:
    """Write the files of a run, and return them. Those of another playbook stay.

    :raises InvalidInput: where others may write to the directory
    :raises OSError: where a file cannot be written
    """
    make_private_directory(directory)
    written = []
    for name, text in report_files(report):
        path = directory / name
        write_privately(path, text)
        written.append(path)
    return written


def report_files(report: Report) -> Iterator[tuple[str, str]]:
    """Yield the files of a run, each with its name in the directory and its text."""
    name = safe_name(report["playbook"])
    yield f"{name}.json", json.dumps(report, indent=1, default=str) + "\n"
    yield f"{name}.csv", table(report)
    yield f"{name}.html", page(report)
    views = views_of(report)
    for customer, view in views.items():
        yield f"{CUSTOMERS}/{unique_name(customer)}/{name}.html", page(view, customer)
    if is_known(report):
        yield f"{DEBT}.json", json.dumps(register(report), indent=1) + "\n"
        yield f"{DEBT}.csv", debt_table(report)
    if not all(judges_nothing(one["action"]) for one in report["appliances"]):
        yield METRICS, metrics(report)
        for customer, document in vex_documents(report, views).items():
            yield f"{VEX}/{unique_name(customer)}.json", json.dumps(document, indent=1) + "\n"
