# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The approval of a run as a plain value among the options of its task: the gate writes it, the task and its change record read it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...change.approvals.request import sealed
from ...change.planning.plan_file import APPROVALS, PlanFile
from ...change.planning.planner import fingerprint

APPROVAL = "approval"
"""The name of the option. It is there where the inventory demands approvals, and only the gate sets it."""
DEMAND, LISTED = "demand", "list"
"""The SHA-256 of the demand, and that of the list of allowed signers."""
DEMANDED = ("wanted", "plan", "signers", DEMAND, LISTED)
"""What a plan keeps of it: how many approvals, the directory of the reviewed plan ("" for none), the list of allowed signers, and both digests."""
FACTS = "facts"
SEAL = "seal"
PLACE, RUN_PLANS = "place", "run_plans"
"""In check mode, of an action that is not rolled out in waves: where what is to be approved is written, and the directory that is named later."""
MISSING = "missing"
"""Beside it: why no signature under this plan could be enough, or ""."""
LOUD = "loud"
"""The text of a run that goes on without approvals."""


def approval_facts(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the change record says of the approvals; empty where none are demanded."""
    return dict((options.get(APPROVAL) or {}).get(FACTS) or {})


def with_demand(plan: PlanFile, demanded: Mapping[str, Any]) -> PlanFile:
    """Return a plan that keeps what is demanded of it; its seal covers the demand and the list of allowed signers."""
    basis = {**plan.values["basis"], APPROVALS: {name: demanded[name] for name in (DEMAND, LISTED)}}
    kept = {name: demanded[name] for name in DEMANDED}
    return PlanFile({**plan.values, "basis": basis, "seal": fingerprint(basis), APPROVALS: kept})


def seal_with_demand(seal: str, demanded: Mapping[str, Any]) -> str:
    """Return the seal of a plan that is no file, with the demand and the list of allowed signers."""
    return fingerprint([seal, *(demanded.get(name, "") for name in (DEMAND, LISTED))])


def seal_problem(plan: PlanFile, approved: str | None) -> str:
    """Return why a plan is not the one that was approved, or "".

    :param approved: the seal and version that were approved; None where the approved text does not name the appliance
    """
    own = sealed(plan.values["seal"], plan.values["version"])
    if own == approved:
        return ""
    seal = (
        f"the approved plan has the seal {approved[:12]}, and this one {own[:12]}"
        if approved
        else "the approved plan does not name it"
    )
    return f"{plan.host}: {seal}. Plan and approve it again. Nothing was changed."
