# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan file of a run: a person reviews it, and the run must match it. Pure.

An appliance with admin partitions has one plan file for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...appliance.nitro.appliance import Appliance
from ...appliance.nitro.connection import Connection, clock_of
from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.steps import Step
from ...catalogue.run_parameters import RunParameters
from ...catalogue.sliced_job import are_copies
from ...change.planning.plan_file import CLOCK, COPIES, PlanFile
from ...change.planning.planner import fingerprint, nothing
from ...foundation.foreign_text import printable
from .partition_report import switch_line

Basis = Mapping[str, Any]


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
            **whose(appliance),
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


def plan_facts(
    parameters: RunParameters, verb: str, bases: Mapping[str, Basis], steps: Mapping[str, Sequence[Step]]
) -> dict[str, Any]:
    """Return what every plan file contains: appliance, verb, measure, seal with its basis, and the commands."""
    basis = _merged(bases)
    lines = {name: [line for step in own for line in step.lines()] for name, own in steps.items()}
    inverse = {name: [line for step in reversed(own) for line in step.inverse.lines()] for name, own in steps.items()}
    return {
        **whose(parameters.appliance),
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


def whose(appliance: Appliance) -> dict[str, Any]:
    """Return what a plan file says of its appliance."""
    return {
        "host": appliance.name,
        "customer": appliance.customer,
        "site": appliance.site,
        "marker": appliance.marker,
    }
