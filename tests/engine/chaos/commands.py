# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The commands of an operator, in process: a verb on one appliance, and a whole rollout over the fleet as the playbooks do it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.names import DEFAULT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.plan_file import PlanFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.journal import Rollout, earlier_rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.options import RolloutOptions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.rollout_course import Event
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.settlement import Settlement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.plan_file import switch_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_off import Lockdown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_per_partition import (
    PartitionedSwitch,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_report import (
    switches_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.deployment_plan import deployment_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.partition_report import (
    measure_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.result_parts import locks_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.switch_on import Reopening
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.page import (
    removal_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.plan_file import rollback_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_per_partition import (
    PartitionedRollback,
)

from tests.stage.memory import Stage

APPLY, ROLLBACK, UNDO, LOCKDOWN, REOPEN = "apply", "rollback", "undo", "lockdown", "reopen"


@dataclass(frozen=True)
class Command:
    """A command for the whole fleet.

    :ivar verb: one of the above; an undo is a rollback of the last run
    :ivar version: of the measure
    """

    verb: str
    version: int = 2

    def __str__(self) -> str:
        return f"{self.verb} v{self.version}" if self.verb == APPLY else self.verb


@dataclass(frozen=True)
class Outcome:
    """The result of one run on one appliance.

    :ivar problem: why it failed, or ""
    :ivar values: the result as the playbook gets it; empty where there is none
    :ivar unreachable: nothing was written, because no session could be opened
    """

    problem: str
    values: Mapping[str, Any]
    plan: PlanFile | None = None
    unreachable: bool = False

    @property
    def verdict(self) -> str:
        return str((self.values.get("verdict") or {}).get("word", ""))

    @property
    def said_saved(self) -> list[str]:
        """The partitions that the run reports as saved."""
        partitions = self.values.get("partitions") or {"default": self.values}
        return [name for name, said in partitions.items() if said.get("saved") is True]

    @property
    def text(self) -> str:
        return self.problem + json.dumps(self.values, default=str)


def play(stage: Stage, command: Command, *, check: bool, planned: PlanFile | None = None) -> Outcome:
    """One verb on one appliance.

    :param check: plan only
    :param planned: the plan that it must still match
    """
    try:
        with Connection(stage.appliance) as connection:
            return _on(connection, stage, command, check=check, planned=planned)
    except CannotConnect as error:
        return Outcome(str(error), {}, unreachable=True)
    except TourniquetError as error:
        return Outcome(str(error), {})


def _on(connection: Connection, stage: Stage, command: Command, *, check: bool, planned: PlanFile | None) -> Outcome:
    made = {LOCKDOWN: _switch, REOPEN: _switch, APPLY: _apply}.get(command.verb, _rollback)(connection, stage, command)
    plan, problem, carry_out, values = made
    if planned is not None and not problem and planned.changes_since(plan):
        problem = f"{stage.name}: it has changed since it was planned. Nothing was changed."
    if not check and not problem:
        try:
            problem = carry_out()
        except TourniquetError as error:
            problem = str(error)
    return Outcome(problem, values(), plan)


Made = tuple[PlanFile, str, Callable[[], str], Callable[[], dict[str, Any]]]


def _apply(connection: Connection, stage: Stage, command: Command) -> Made:
    parameters = stage.parameters(command.version)
    deployment = PartitionedDeployment(connection, parameters)
    result = deployment.plan()
    plan = deployment_plan(result, parameters, connection)

    def carry_out() -> str:
        nonlocal result
        result = deployment.apply()
        return result.failed

    def values() -> dict[str, Any]:
        return {**measure_result(result, connection).values(), **locks_of(deployment.locks, connection)}

    return plan, result.failed, carry_out, values


def _rollback(connection: Connection, stage: Stage, command: Command) -> Made:
    parameters = stage.rollback_parameters(why="undo" if command.verb == UNDO else "after_fix")
    rollback = PartitionedRollback(connection, parameters)
    planned = rollback.plan()
    plan = rollback_plan(planned, parameters, connection)

    def carry_out() -> str:
        rollback.carry_out(planned)
        return ""

    def values() -> dict[str, Any]:
        of_run = removal_result(rollback.result(planned), connection, parameters.measure.id).values()
        return of_run | locks_of(rollback.locks, connection)

    return plan, "", carry_out, values


def _switch(connection: Connection, stage: Stage, command: Command) -> Made:
    verb = {LOCKDOWN: Lockdown, REOPEN: Reopening}[command.verb]
    run = PartitionedSwitch(connection, stage.switch_parameters(command.verb), verb)
    plan = run.plan()
    file = switch_plan(plan, run)

    def carry_out() -> str:
        run.carry_out(plan)
        return run.result(plan).partitions[DEFAULT].failed

    def values() -> dict[str, Any]:
        return switches_result(run.result(plan), run, connection).values() | locks_of(run.locks, connection)

    return file, "", carry_out, values


class Course:
    """One rollout over the fleet: plan all, decide, then wave by wave; each appliance asks the journal before it starts."""

    def __init__(
        self, stages: Mapping[str, Stage], command: Command, plans: Path, number: int, options: RolloutOptions
    ) -> None:
        self.stages = stages
        self.command = command
        self.plans = plans
        self.rollout = Rollout(plans / f"{number:04}")
        self.options = options

    def plan(self, host: str) -> Outcome:
        """The first play, on one appliance."""
        outcome = play(self.stages[host], self.command, check=True)
        if outcome.plan is not None:
            outcome.plan.write(self.rollout.directory)
        event = (
            Event.UNREACHABLE_IN_PLAN
            if outcome.unreachable
            else Event.NOT_PLANNED
            if outcome.problem
            else Event.PLANNED
        )
        self.rollout.note(host, event, outcome.problem)
        return outcome

    def decide(self, hosts: Sequence[str]) -> Settlement:
        facts = {"verb": self.command.verb, "measure": str(self.command)}
        earlier, _unreadable = earlier_rollout(self.plans, self.rollout.directory, *facts.values(), hosts)
        settlement = self.rollout.settle(hosts, self.options, earlier)
        self.rollout.begin(settlement, self.options, facts)
        return settlement

    def go(self, host: str) -> Outcome | None:
        """The second play, on one appliance; None where it was held."""
        held = self.rollout.reason_to_hold(host)
        self.rollout.note(host, Event.HELD if held else Event.STARTED, held)
        if held:
            return None
        outcome = play(self.stages[host], self.command, check=False, planned=self.rollout.plan_of(host))
        changed = "changed" if outcome.values.get("changed") else ""
        self.rollout.note(host, Event.FAILED if outcome.problem else Event.DONE, outcome.problem or changed)
        return outcome
