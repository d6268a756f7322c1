# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The task that the actions ``lockdown`` and ``reopen`` share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from ...appliance.nitro.connection import Connection
from ...appliance.objects.ownership import Owner
from ...catalogue.closing_steps import LadderStep
from ...catalogue.run_parameters import Save, Unsaved
from ...change.planning.plan_file import PlanFile
from ...change.records.closures import MEASURE
from ...customers.consent import ConsentState
from ...foundation.errors import TourniquetError
from ...foundation.next_action import joined
from ..common.closures import closures_of, no_customer_asked_for, unchanged
from ..common.result import Result
from ..common.task import Task, parameters_of_owner
from ..deployment.kept_findings import keeping
from ..pages.change_result import ChangeResult
from ..pages.plan_report import idle_plan
from ..pages.result_parts import locks_of
from .consent_notes import note_consent, with_missing_entry
from .decision import ClosureScope, Decision
from .plan_file import switch_plan
from .switch_per_partition import PartitionedSwitch, PartitionedSwitchPlan, PartitionedSwitchResult
from .switch_plan import SwitchParameters, SwitchResult
from .switch_report import switches_result
from .switch_run import SwitchRun

STEP = str(LadderStep.OFF)


def closing_scope(options: Mapping[str, Any]) -> ClosureScope:
    """Return the scope that the options name."""
    vips, kinds, customers, partitions = (tuple(options[name]) for name in ("vips", "kinds", "customers", "partitions"))
    return ClosureScope(vips, kinds, customers, partitions)


def in_partitions(texts: Mapping[str, str], *, is_plain: bool) -> str:
    """Return the texts of admin partitions as one, each with the name of its partition; of an appliance without others, its own.

    A text that all partitions have is there once, and one that is empty is left out.
    """
    said = {name: text for name, text in texts.items() if text}
    if is_plain or len({*said.values()}) == 1 < len(said):
        return next(iter(said.values()), "")
    return "; ".join(f"partition {name}: {text}" for name, text in said.items())


class SwitchTask(Task):
    """Switch virtual servers off or on; in check mode, show which."""

    verb: ClassVar[type[SwitchRun]]
    noted: ClassVar[ConsentState]

    @property
    def again(self) -> str:
        """The command that continues the run; "" for the playbook of the verb."""
        return ""

    @property
    @abstractmethod
    def called(self) -> str:
        """The verb by which the run is called."""

    def new_run(self, connection: Connection, parameters: SwitchParameters) -> SwitchRun:
        """Return the run in one admin partition."""
        return self.verb(connection, parameters)

    @abstractmethod
    def message(self, result: SwitchResult) -> str:
        """Return the message of a run in one admin partition that succeeded."""

    @abstractmethod
    def with_outcome(self, ended: ChangeResult, result: PartitionedSwitchResult) -> ChangeResult:
        """Return the result of the task with what the verb says of its outcome."""

    @abstractmethod
    def problem(self, result: PartitionedSwitchResult) -> str:
        """Return why a run that reached its end is a failure, or ""."""

    def wanted(self) -> ClosureScope:
        """Return which virtual servers are in scope."""
        return closing_scope(self.options)

    def switch(self, decision: Decision | None, **more: Any) -> Result:
        """Make the plan and, unless in check mode, carry it out.

        :param decision: None in a preview in which a mandatory option is missing
        """
        appliance, options = self.appliance, self.options
        if why := no_customer_asked_for(options["customers"], appliance):
            self.keep_idle_plan(idle_plan(appliance, self.called, MEASURE, why))
            return unchanged(self, self.verb.kind, why)
        parameters = self._parameters(decision, **more)
        self.prepare_signatures(parameters.records, parameters.trust)
        consent_problems: list[str] = []
        with Connection(appliance) as connection:
            run = PartitionedSwitch(connection, parameters, self.new_run, self.verb.on_failure)
            with keeping(run.keep_found, is_preview=self.is_preview):
                plan = run.plan()
            problem = self.keep_plan(with_missing_entry(self, self.noted, self.plan_file(plan, run)))
            refused = bool(problem)
            if not self.check_mode and not problem:
                switched: tuple[str, ...] = ()
                try:
                    run.carry_out(plan)
                    switched = run.customers(plan)
                except TourniquetError as error:
                    problem, refused = error.told, error.is_refusal and not connection.has_written
                # Where one admin partition failed, the change records say of whom the others are.
                consent_problems = note_consent(
                    self,
                    self.noted,
                    f"{self.called}.yml",
                    switched,
                    {
                        name: why
                        for name in self.appliance.customers
                        if (why := parameters.wanted.consent_problem(name))
                    },
                    decision,
                )
            if refused and not self.is_preview:
                run.keep_found()
        result = run.result(plan)
        found = switches_result(result, run, connection)
        fetched = [record for part in plan.partitions.values() for record in part.fetched]
        problem = joined("; ", problem or self.problem(result), *consent_problems)
        ended = replace(found, changed=plan.has_steps if self.check_mode else found.changed).ended(
            problem or self._message(result),
            problem,
            refused=refused,
            left_changes=run.leaves_changes,
            closures=closures_of(self, parameters.trust, fetched),
            step=STEP,
            **locks_of(run.locks, connection),
        )
        return self.with_outcome(ended, result)

    def _message(self, result: PartitionedSwitchResult) -> str:
        """Return the messages of the partitions in which something is switched or was; of all where there is none."""
        told = {name: part for name, part in result.partitions.items() if part.plan.steps or part.verdict is not None}
        messages = {name: self.message(part) for name, part in (told or result.partitions).items()}
        return in_partitions(messages, is_plain=result.plan.is_plain)

    def plan_file(self, plan: PartitionedSwitchPlan, run: PartitionedSwitch) -> PlanFile:
        """Return the plan as it is written down."""
        return PlanFile({**switch_plan(plan, run).values, "verb": self.called})

    def _parameters(self, decision: Decision | None, **more: Any) -> SwitchParameters:
        """Return the parameters of the run."""
        options = self.options
        return SwitchParameters(
            **parameters_of_owner(self.appliance, options, Owner(MEASURE, 1, options["ticket"])),
            wanted=self.wanted(),
            decision=decision,
            unsaved=Unsaved(options["unsaved"]),
            save=Save(options["save"]),
            knows_other_runs=True,
            again=self.again,
            **more,
        )
