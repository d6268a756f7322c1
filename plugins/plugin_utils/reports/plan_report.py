# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan file of a run: a person reviews it, and the run must match it. Pure.

An appliance with admin partitions has one plan file for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import RunParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.sliced_job import are_copies
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection, clock_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import DEFAULT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.per_partition import PartitionedResult
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.rollback_per_partition import (
    PartitionedRollbackPlan,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.rollback_plan import (
    RollbackParameters,
    RollbackPlan,
    RollbackReason,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.plan_file import (
    CLOCK,
    COPIES,
    UNDOES,
    PlanFile,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.planner import (
    basis_of,
    fingerprint,
    nothing,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.protection import in_partitions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.appliance_lock import may_have_left_lock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.reports.apply_report import (
    conflict_values,
    verdict_text,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.reports.partition_report import switch_line

if TYPE_CHECKING:
    from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.lockdown.switch_per_partition import (
        PartitionedSwitch,
        PartitionedSwitchPlan,
    )

Basis = Mapping[str, Any]


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
            **_facts(parameters, "apply", bases, steps),
            **seen_values(connection, parameters),
            "verdict": verdict_text(result.verdict),
            "conflicts": [conflict for plan in plans.values() for conflict in conflict_values(plan.conflicts)],
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


def rollback_plan(
    rollback: PartitionedRollbackPlan, parameters: RollbackParameters, connection: Connection
) -> PlanFile:
    """Return the plan file of a rollback."""
    parts = rollback.partitions
    is_undo = parameters.why == RollbackReason.UNDO
    return PlanFile(
        {
            **_facts(
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


def switch_plan(plan: PartitionedSwitchPlan, run: PartitionedSwitch) -> PlanFile:
    """Return the plan file of a lockdown or a reopening."""
    parts, verdict = plan.partitions, run.result(plan).verdict
    kind = next(iter(run.runs.values())).kind
    return PlanFile(
        {
            **_facts(
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
            "not_agreed": [printable(text) for part in parts.values() for text in part.not_agreed],
            "nothing_to_do": run.is_idle(plan) and not may_have_left_lock(run.connection, run.parameters),
        }
    )


def seen_values(connection: Connection, parameters: RunParameters) -> dict[str, Any]:
    """Return what a plan notes of the appliance's clock and, for the controller of a job, of the time and the records that it saw there."""
    noted: dict[str, Any] = {"clock_skew": _whole(connection.clock_skew)}
    if parameters.job is None:
        return noted
    copies = sorted(connection.copies_listed) if connection.copies_listed is not None else None
    return {
        **noted,
        CLOCK: _whole(clock_of(connection.member(connection.primary).config)),
        COPIES: copies if are_copies(copies) else None,
    }


def idle_plan(appliance: Appliance, verb: str, measure: str, why: str) -> PlanFile:
    """Return the plan file of an appliance that this run does not read or change."""
    basis = nothing()
    return PlanFile(
        {
            **_whose(appliance),
            "verb": verb,
            "measure": measure,
            "version": 1,
            "run": "",
            "seal": fingerprint(basis),
            "basis": basis,
            "lines": [],
            "inverse": [],
            "clock_skew": None,
            "verdict": printable(why),
            "conflicts": [],
            "neighbours": [],
            "nothing_to_do": True,
        }
    )


def _facts(
    parameters: RunParameters, verb: str, bases: Mapping[str, Basis], steps: Mapping[str, Sequence[Step]]
) -> dict[str, Any]:
    """Return what every plan file contains: appliance, verb, measure, seal with its basis, and the commands."""
    basis = _merged(bases)
    lines = {name: [line for step in own for line in step.lines()] for name, own in steps.items()}
    inverse = {name: [line for step in reversed(own) for line in step.inverse.lines()] for name, own in steps.items()}
    return {
        **_whose(parameters.appliance),
        "verb": verb,
        "measure": parameters.owner.measure,
        "version": parameters.owner.version,
        "ticket": parameters.owner.ticket,
        "run": parameters.run,
        "seal": fingerprint(basis),
        "basis": basis,
        "lines": _with_switches(lines),
        "inverse": _with_switches(dict(reversed(inverse.items()))),
    }


def _merged(bases: Mapping[str, Basis]) -> dict[str, Any]:
    """Return the configuration of all partitions as one; that of the default partition if there is no other."""
    if set(bases) == {DEFAULT}:
        return dict(bases[DEFAULT])
    return {
        "features": {
            f"{name}: {feature}": on for name, basis in bases.items() for feature, on in basis["features"].items()
        },
        "objects": [
            [[f"in partition {name}", *key], type_, attributes]
            for name, basis in bases.items()
            for key, type_, attributes in basis["objects"]
        ],
        "steps": [[name, step] for name, basis in bases.items() for step in basis["steps"]],
    }


def _with_switches(lines: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the lines of all partitions, each after the command that switches to it."""
    if set(lines) == {DEFAULT}:
        return [printable(line) for line in lines[DEFAULT]]
    return [line for name, own in lines.items() if own for line in (switch_line(name), *map(printable, own))]


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)


def _whose(appliance: Appliance) -> dict[str, Any]:
    return {
        "host": appliance.name,
        "customer": appliance.customer,
        "site": appliance.site,
        "marker": appliance.marker,
    }
