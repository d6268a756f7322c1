# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan file of a measure; see :mod:`plan_report`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...appliance.nitro.connection import Connection
from ...catalogue.run_parameters import RunParameters
from ...change.planning.plan_file import PlanFile
from ...change.planning.planner import basis_of
from ...change.records.appliance_lock import may_have_left_lock
from ...foundation.foreign_text import printable
from ...foundation.json_values import json_values
from ...policies.protection import in_partitions
from ..deployment.per_partition import PartitionedResult
from .apply_report import verdict_text
from .plan_report import plan_facts, seen_values


def deployment_plan(result: PartitionedResult, parameters: RunParameters, connection: Connection) -> PlanFile:
    """Return the plan file of a measure."""
    plans = {name: part.plan for name, part in result.partitions.items()}
    bases = {
        name: basis_of(part.facts.configuration.state, part.facts.configuration.target, part.plan.steps)
        for name, part in result.partitions.items()
    }
    steps = {name: plan.steps for name, plan in plans.items()}
    return PlanFile(
        {
            **plan_facts(parameters, "apply", bases, steps),
            **seen_values(connection, parameters),
            "verdict": verdict_text(result.verdict),
            "conflicts": json_values([conflict for plan in plans.values() for conflict in plan.conflicts]),
            "neighbours": [printable(text) for plan in plans.values() for text in plan.neighbours],
            "takes_away": _services({name: plan.takes_away for name, plan in plans.items()}),
            "foreseen": [printable(str(one)) for part in result.partitions.values() for one in part.foreseen],
            "nothing_to_do": not result.problems
            and not any(part.pending or part.not_brought for part in result.partitions.values())
            and not may_have_left_lock(connection, parameters),
        }
    )


def _services(by_partition: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the services of all partitions, as a file has them."""
    return [*map(printable, in_partitions(by_partition))]
