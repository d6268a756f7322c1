# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan file of a lockdown or a reopening; see :mod:`plan_report`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...change.planning.plan_file import PlanFile
from ...change.records.appliance_lock import may_have_left_lock
from ...foundation.foreign_text import printable
from ...policies.protection import in_partitions
from ..pages.apply_report import verdict_text
from ..pages.plan_report import plan_facts, seen_values

if TYPE_CHECKING:
    from .switch_per_partition import PartitionedSwitch, PartitionedSwitchPlan


def switch_plan(plan: PartitionedSwitchPlan, run: PartitionedSwitch) -> PlanFile:
    """Return the plan file of a lockdown or a reopening."""
    parts, verdict = plan.partitions, run.result(plan).verdict
    kind = next(iter(run.runs.values())).kind
    return PlanFile(
        {
            **plan_facts(
                run.parameters,
                kind,
                {name: part.basis for name, part in parts.items()},
                {name: part.steps for name, part in parts.items()},
            ),
            **seen_values(run.connection, run.parameters),
            "verdict": verdict_text(verdict) if verdict else "",
            "conflicts": [],
            "neighbours": [],
            "unmatched": list(dict.fromkeys(name for part in parts.values() for name in part.unmatched)),
            "not_agreed": [
                printable(text) for part in parts.values() for text in (*part.not_agreed, *part.not_extended)
            ],
            "takes_away": [*map(printable, in_partitions({name: part.takes_away for name, part in parts.items()}))],
            "nothing_to_do": run.is_idle(plan) and not may_have_left_lock(run.connection, run.parameters),
        }
    )
