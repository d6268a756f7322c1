# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan file of a rollback; see :mod:`plan_report`. Pure."""

from __future__ import annotations

from ...appliance.nitro.connection import Connection
from ...change.planning.plan_file import UNDOES, PlanFile
from ...change.records.appliance_lock import may_have_left_lock
from ...foundation.foreign_text import printable
from ..pages.plan_report import plan_facts, seen_values
from .rollback_per_partition import PartitionedRollbackPlan
from .rollback_plan import RollbackParameters, RollbackPlan, RollbackReason


def rollback_plan(
    rollback: PartitionedRollbackPlan, parameters: RollbackParameters, connection: Connection
) -> PlanFile:
    """Return the plan file of a rollback."""
    parts = rollback.partitions
    is_undo = parameters.why == RollbackReason.UNDO
    return PlanFile(
        {
            **plan_facts(
                parameters,
                parameters.verb,
                {name: part.basis for name, part in parts.items()},
                {name: part.steps for name, part in parts.items()},
            ),
            **seen_values(connection, parameters),
            "verdict": "",
            "conflicts": [],
            "neighbours": [],
            "takes_away": [*map(printable, rollback.takes_away)],
            UNDOES: sorted({record.run for part in parts.values() for record in part.undoes if is_undo}),
            "nothing_to_do": not any(_is_pending(part) for part in parts.values())
            and not may_have_left_lock(connection, parameters),
        }
    )


def _is_pending(rollback: RollbackPlan) -> bool:
    return bool(rollback.writes or rollback.undoes)
