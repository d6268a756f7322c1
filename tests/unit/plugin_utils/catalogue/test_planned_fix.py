# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The day of a planned fix is a day, or the run stops."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.planned_fix import read_planned_fix
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

DAY = date(2026, 12, 15)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, None),
        ("2026-12-15", DAY),
        ({"cve_x": "2026-12-15"}, DAY),
        ({"cve_y": "2026-12-15"}, None),
        ({}, None),
    ],
)
def test_a_day_for_all_mitigations_or_for_each(value: Any, found: date | None) -> None:
    assert read_planned_fix("gw", value, "cve_x") == found


@pytest.mark.parametrize("value", ["soon", "15-12-2026", 20261215, ["2026-12-15"], {"cve_y": "soon"}, True, ""])
def test_anything_else_is_refused_with_host_variable_and_fix(value: Any) -> None:
    with pytest.raises(InvalidInput, match=r"gw: tourniquet_planned_fix is .*: write '2026-12-15', or"):
        read_planned_fix("gw", value, "cve_x")
