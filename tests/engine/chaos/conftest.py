# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The random number of a night, at the end of the run."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for report in (report for name in ("passed", "failed") for report in terminalreporter.stats.get(name, ())):
        for text in [value for name, value in report.user_properties if name == "chaos"]:
            terminalreporter.write_line(text)
