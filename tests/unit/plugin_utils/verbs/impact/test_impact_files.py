# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The reports of an impact: private, whole, and one page for all, in any order of the runs."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.impact import Impact
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.impact_report import (
    ReportContext,
    impact_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.impact.impact_files import PAGE, write_impact


def values(host: str) -> dict[str, Any]:
    return impact_values(Impact(), ReportContext(host, "Brouwer", "url_whitelist v1"))


def test_the_page_has_every_appliance_that_was_reported(tmp_path: Path) -> None:
    hosts = [f"gw-{number}" for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda host: write_impact(tmp_path / "reports", values(host)), hosts))
    page = (tmp_path / "reports" / PAGE).read_text(encoding="utf-8")
    assert all(f"<summary>{host}</summary>" in page for host in hosts)


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    directory = tmp_path / "reports"
    for path in (directory, *write_impact(directory, values("gw-a"))):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_directory_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match="the reports cannot be written"):
        write_impact(tmp_path / "file" / "reports", values("gw-a"))
