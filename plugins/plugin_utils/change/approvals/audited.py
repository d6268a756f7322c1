# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The changes that were made under another list of allowed signers, or another demand, than those of today. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..records.record_states import RecordKind
from .demand import wanted_approvals
from .digests import SHOWN
from .rule import ApprovalRule

CHANGES = tuple(kind for kind in RecordKind if kind is not RecordKind.VERIFY)
"""The kinds of records of runs that change something."""


@dataclass(frozen=True)
class DemandOfToday:
    """What the inventory demands today.

    :ivar rules: by action that changes an appliance, what demands approvals for it
    :ivar value: of the variable; None where it demands nothing
    :ivar demand: its digest
    :ivar listed: the digest of the list of allowed signers
    """

    rules: Mapping[str, ApprovalRule]
    value: Mapping[str, Any] | None = None
    demand: str = ""
    listed: str = ""


def departure(record: Mapping[str, Any], today: DemandOfToday) -> str:
    """Return what differs between what a change was made under and what holds today, as a sentence; "" where nothing does.

    :param record: its values
    """
    kind, approval = record.get("kind"), record.get("approval") or {}
    if kind not in CHANGES:
        return ""
    if not approval:
        verb = str(record["measure"]) if record.get("measure") in today.rules else str(kind)
        verb = "retire" if record.get("why") == "retire" else verb
        wanted = wanted_approvals(today.value, today.rules, verb, str(record.get("measure") or ""))
        return f"made where no approvals were demanded; the inventory of today demands {wanted}" if wanted else ""
    if not today.value:
        return "made where approvals were demanded; the inventory of today demands none"
    if "list" not in approval:
        return "its record is of an earlier version and does not name the list of allowed signers"
    found = {
        "list of allowed signers": (approval["list"], today.listed),
        "demand for approvals": (approval.get("demand"), today.demand),
    }
    return "; ".join(
        f"made under another {what} (SHA-256 {str(then)[:SHOWN]}) than that of today ({now[:SHOWN]})"
        for what, (then, now) in found.items()
        if then != now
    )
