# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of a rollback: a preview for people, and JSON values for programs. Pure."""

from __future__ import annotations

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...change.planning.plan_file import clock_notes
from ..pages.change_result import ChangeResult
from ..pages.partition_report import joined, of_partitions, partition_heading
from ..pages.preview_parts import headline, step_lines, taken_away_lines
from ..pages.provenance_report import provenance_lines
from ..pages.result_parts import requests_of
from .rollback import RollbackResult
from .rollback_per_partition import PartitionedRollbackResult

LISTS = ("steps", "provenance", "takes_away")
"""What a result has of each admin partition."""


def rollback_result(result: RollbackResult, connection: Connection, measure: str) -> ChangeResult:
    """Return the result of a rollback in one admin partition."""
    plan = result.plan
    lines = [headline(connection), *rollback_lines(result, measure)]
    lines += [f"  note: {note}" for note in clock_notes(connection.clock_skew)]
    return ChangeResult(
        connection=connection,
        changed=result.changed,
        measure=measure,
        seal=plan.seal,
        steps=plan.steps,
        sources=plan.sources,
        own={
            "takes_away": plan.takes_away,
            "undoes": [record.path.name for record in plan.undoes],
            "remarks": result.remarks,
            "saved": result.saved,
        },
        record=result.record,
        requests=requests_of(connection, result.probes_sent),
        preview=lines,
    )


def rollback_lines(result: RollbackResult, measure: str) -> list[str]:
    """Return the preview of a rollback in one partition."""
    return [
        *step_lines(measure, result.plan.steps, result.plan.seal),
        *provenance_lines(result.plan.steps, result.plan.sources),
        *taken_away_lines(result.plan.takes_away),
        *(f"  note: {remark}" for remark in result.remarks),
    ]


def removal_result(result: PartitionedRollbackResult, connection: Connection, measure: str) -> ChangeResult:
    """Return the result of a rollback in all admin partitions."""
    parts = {name: rollback_result(part, connection, measure) for name, part in result.partitions.items()}
    if result.plan.is_plain:
        return parts[DEFAULT]
    lines = [headline(connection)]
    for name, part in result.partitions.items():
        lines += [partition_heading(name), *rollback_lines(part, measure)]
    lines += [f"  note: {note}" for note in (*result.plan.remarks, *clock_notes(connection.clock_skew))]
    own = {
        "undoes": [file for part in parts.values() for file in part.own["undoes"]],
        "remarks": [*joined({name: part.own for name, part in parts.items()}, "remarks"), *result.plan.remarks],
        "requests": requests_of(connection, sum(part.probes_sent for part in result.partitions.values())),
    }
    return of_partitions(parts, LISTS, ("saved", "record", "remarks", "seal"), own, lines)
