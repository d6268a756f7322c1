# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which changes an audit names, because they were made under another list of allowed signers or another demand than those of today."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.audited import (
    DemandOfToday,
    departure,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.digests import digest_of_demand
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.approvals import approval_rules

DEMAND = {"apply": 1, "close": 2, "on_box": 1}
TODAY = DemandOfToday(approval_rules(), DEMAND, digest_of_demand(DEMAND), "1" * 64)
APPROVED = {"wanted": 1, "demand": TODAY.demand, "list": TODAY.listed}
OLD = {"wanted": 1, "request": "5c" * 32}


@pytest.mark.parametrize(
    ("record", "today", "expected"),
    [
        ({"kind": "apply", "approval": APPROVED}, TODAY, ""),
        (
            {"kind": "apply", "approval": {**APPROVED, "list": "2" * 64}},
            TODAY,
            f"made under another list of allowed signers (SHA-256 {'2' * 12}) than that of today ({'1' * 12})",
        ),
        (
            {"kind": "rollback", "approval": {**APPROVED, "demand": "3" * 64}},
            TODAY,
            f"made under another demand for approvals (SHA-256 {'3' * 12}) than that of today ({TODAY.demand[:12]})",
        ),
        ({"kind": "apply"}, TODAY, "made where no approvals were demanded; the inventory of today demands 1"),
        (
            {"kind": "lockdown", "approval": {}},
            TODAY,
            "made where no approvals were demanded; the inventory of today demands 2",
        ),
        (
            {"kind": "node_local", "measure": "on_box"},
            TODAY,
            "made where no approvals were demanded; the inventory of today demands 1",
        ),
        ({"kind": "rollback"}, TODAY, ""),
        (
            {"kind": "rollback", "why": "retire"},
            DemandOfToday(approval_rules(), {"retire": 2}, "d", "l"),
            "made where no approvals were demanded; the inventory of today demands 2",
        ),
        ({"kind": "verify"}, TODAY, ""),
        ({"kind": "apply"}, DemandOfToday(approval_rules()), ""),
        (
            {"kind": "apply", "approval": APPROVED},
            DemandOfToday(approval_rules()),
            "made where approvals were demanded; the inventory of today demands none",
        ),
        (
            {"kind": "apply", "approval": OLD},
            TODAY,
            "its record is of an earlier version and does not name the list of allowed signers",
        ),
    ],
)
def test_what_a_change_was_made_under(record: dict[str, Any], today: DemandOfToday, expected: str) -> None:
    assert departure(record, today) == expected


def test_a_changed_list_and_a_changed_demand_are_both_named() -> None:
    found = departure({"kind": "apply", "approval": {"demand": "3" * 64, "list": "2" * 64}}, TODAY)
    assert [part.split(" (")[0] for part in found.split("; ")] == [
        "made under another list of allowed signers",
        "made under another demand for approvals",
    ]
