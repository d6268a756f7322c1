# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people and programs see of the hunt on a fleet: the findings, and where the secrets to replace are listed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...foundation.counted import counted
from ...foundation.foreign_text import one_line
from ...judgement.course.hunt_result import ENDED
from ..common.option_files import page_options
from ..common.role_variables import MODULE_DEFAULTS
from ..pages.findings_page import finding_lines, findings_page
from ..pages.fleet_page import FleetFiles, FleetPage, FleetReport, FleetRun
from .indicator_files import write_indicators


def hunt_page(run: FleetRun) -> FleetPage:
    """Return the page, with when the hunt on each appliance ended, for the exposure ledger."""
    *lines, total = finding_lines(run)
    ends = {host: {ENDED: str(result.get(ENDED) or "")} for host, result in run.results.items()}
    return findings_page(run, [*lines, *_secrets(run.results), total], ends)


def _secrets(results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the line that says where the secrets to replace are listed; nothing where there are none."""
    listed = {name: str(one["rotation"]) for name, one in results.items() if one.get("rotation")}
    if not listed:
        return []
    secrets = sum(int(results[name].get("secrets", 0)) for name in listed)
    where = one_line(str(Path(next(iter(listed.values()))).parent))
    return [
        f"secrets to replace: {secrets} at {len(listed)} of {counted(len(results), 'appliance')}, listed by name in {where}"
    ]


def _write(directory: Path, _page: Mapping[str, Any], options: Mapping[str, Any]) -> list[str]:
    return write_indicators(Path(options["catalogue"] or MODULE_DEFAULTS["catalogue"]), directory)


REPORT = FleetReport(
    "hunt_result",
    page_options("hunt"),
    hunt_page,
    files=FleetFiles("indicators", "indicators", _write),
)
