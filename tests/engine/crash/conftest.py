# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Print the number of cells of the matrix at the end of the run, and how many of them were played."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for name in ("passed", "failed") for report in terminalreporter.stats.get(name, ())]
    sums = {
        what: sum(value for report in reports for name, value in report.user_properties if name == what)
        for what in ("cells", "distinct")
    }
    if sums["cells"]:
        terminalreporter.write_line(
            f"crash matrix: {sums['cells']} cells, of which {sums['distinct']} begin at a state of their own and were played"
        )
