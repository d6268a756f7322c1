# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The approvals of a whole fleet: the text that is signed is written beside the plans, and it is checked once before the first wave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..change.approvals.check import Checked, count, how_to_approve
from ..change.approvals.request import ApprovalRequest, expiry, sealed
from ..change.planning.plan_file import APPROVALS, PlanFile
from ..foundation.errors import InvalidInput
from ..measures.kind import Template
from ..verbs.common.approval_option import DEMAND, DEMANDED, LISTED, seal_problem
from .approval_gate import EMERGENCY, break_glass, check_demanded, text_of, way_on, who_is_missing_of

RECORD_KEY = "tourniquet_record_key"


@dataclass(frozen=True)
class FleetApproval:
    """What the rollout does with the approvals.

    :ivar line: what the page of the fleet says, or ""
    :ivar refusal: why no wave may start, or ""
    :ivar is_loud: a person goes on without approvals
    """

    line: str = ""
    refusal: str = ""
    is_loud: bool = False


def fleet_approval(
    directory: Path,
    plans: Sequence[PlanFile],
    going: Sequence[str],
    variables: Mapping[str, Any],
    render: Template,
    *,
    carries_out: bool,
) -> FleetApproval:
    """Write down what is to be approved, or check what was.

    :param directory: of the plans of this run
    :param plans: of all appliances that could be planned
    :param going: the appliances of the waves
    :param variables: of the first host of the play
    :param carries_out: waves follow; otherwise the plans are only shown
    :raises InvalidInput: where the text cannot be written, or a variable is not valid
    """
    demanded = [plan for plan in plans if plan.values.get(APPROVALS)]
    concerned = [plan for plan in demanded if plan.host in going]
    if not concerned:
        return FleetApproval()
    who, key = (text_of(name, {}, variables, render) for name in ("who", RECORD_KEY))
    if not carries_out:
        needed = count(max(plan.values[APPROVALS]["wanted"] for plan in demanded))
        nobody = _nobody(concerned, who, key)
        return FleetApproval(
            f"APPROVALS  {needed} needed{f': {nobody}' if nobody else f'. {_asked(directory, demanded)}'}"
        )
    checked = _checked(concerned, who, key)
    missing = list(_missing(concerned, checked))
    if not missing:
        names = dict.fromkeys(approval.text for found in checked.values() for approval in found.approvals)
        return FleetApproval(f"APPROVALS  {', '.join(names)}" if names else "")
    problems = "; ".join(dict.fromkeys(problem for problem, _directory in missing))
    broken = break_glass(variables, render, {})
    if broken is not None:
        return FleetApproval(f"{broken.text} ({problems})", is_loud=True)
    usable = {place for _problem, place in missing}
    nobody = _nobody(concerned, who, key)
    # More signatures under the same plan, or a new plan that can be signed.
    if nobody:
        fix = f"First: {nobody}. {EMERGENCY}"
    elif len(usable) == 1 and "" not in usable:
        fix = way_on(usable.pop())
    else:
        fix = f"{_asked(directory, demanded)}. {EMERGENCY}"
    return FleetApproval(refusal=f"{problems.removesuffix('.')}. Nothing was changed anywhere. {fix}")


def _checked(plans: Sequence[PlanFile], who: str, key: str) -> dict[tuple[Any, ...], Checked]:
    """Return the approvals of these plans, by what they demand: mostly the same for the whole fleet."""
    groups = {_group(plan): plan.values for plan in plans}
    return {group: check_demanded(values[APPROVALS], values["verb"], who, key) for group, values in groups.items()}


def _missing(plans: Sequence[PlanFile], checked: Mapping[tuple[Any, ...], Checked]) -> Iterator[tuple[str, str]]:
    """Yield each problem with the approvals of these plans, and the directory in which the plan can still be signed, or ""."""
    for plan in plans:
        found = checked[_group(plan)]
        if found.problem:
            yield found.problem, plan.values[APPROVALS]["plan"] if found.request else ""
        elif found.request is not None and (problem := seal_problem(plan, found.request.seals.get(plan.host))):
            yield problem, ""


def _nobody(plans: Sequence[PlanFile], who: str, key: str) -> str:
    """Return why no signatures under these plans could be enough, and the fix, or ""."""
    groups = {_group(plan): plan.values[APPROVALS] for plan in plans}
    return "; ".join(dict.fromkeys(filter(None, (who_is_missing_of(one, who, key) for one in groups.values()))))


def _group(plan: PlanFile) -> tuple[Any, ...]:
    return tuple(plan.values[APPROVALS][name] for name in DEMANDED)


def _asked(directory: Path, plans: Sequence[PlanFile]) -> str:
    """Write the text that is to be signed, and return how.

    :raises InvalidInput: where it cannot be written, or different people may approve for different appliances
    """
    first = plans[0].values
    seals = {plan.host: sealed(plan.values["seal"], plan.values["version"]) for plan in plans}
    demands = tuple(sorted({plan.values[APPROVALS][DEMAND] for plan in plans}))
    lists = {plan.values[APPROVALS][LISTED]: plan.values[APPROVALS]["signers"] for plan in plans}
    if len(lists) > 1:
        raise InvalidInput(
            f"the appliances have different lists of allowed signers: {', '.join(sorted(lists.values()))}. One text is signed for all of them: "
            "make the lists equal, or plan them one after the other with --limit"
        )
    request = ApprovalRequest(
        first["verb"], first["measure"], directory.name, expiry(datetime.now(UTC)), seals, demands, *lists
    )
    request.write(directory)
    return how_to_approve(directory, request.expires)
