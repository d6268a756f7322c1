# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The task of an opening: the step that closed decides whether virtual servers are enabled, or a measure goes."""

from __future__ import annotations

from typing import Any, cast

from ...appliance.nitro.connection import Connection
from ...catalogue.closing_steps import LadderStep
from ...change.planning.plan_file import PlanFile
from ...change.records.fetched_records import keep_records
from ...customers.consent import ConsentState
from ...foundation.errors import Refused, TourniquetError
from ...foundation.foreign_text import printable
from ...foundation.next_action import joined
from ...judgement.exposure.reopen_answer import node_remarks
from ...measures.closing_measures import measures_of_steps
from ..close.consent_notes import note_consent, with_missing_entry
from ..close.opening_questions import decided_answers
from ..close.run import apply_parameters_of, step_inputs
from ..close.switch_task import closing_scope
from ..common.closures import closed_now, closed_otherwise, closures_of, no_customer_asked_for, unchanged
from ..common.result import Result, advised
from ..common.task import Task
from ..deployment.kept_findings import keeping
from ..ledger.page import answer_values
from ..pages.change_result import ChangeResult
from ..pages.deployment_plan import deployment_plan
from ..pages.partition_report import measure_result
from ..pages.plan_report import idle_plan
from ..pages.result_parts import locks_of
from ..rollback.page import removal_result
from ..rollback.plan_file import rollback_plan
from ..rollback.rollback_per_partition import PartitionedRollback, PartitionedRollbackPlan, PartitionedRollbackResult
from .opening_by_measure import MeasureOpening, OpeningPlan, OpeningRequest
from .reopen_off import VERB, ReopenAccess, opening_checks, opening_decision

ROLE = "lockdown"
"""The role whose variables set the options of an opening."""


class Reopen(Task):
    """Open what was closed by one step of the ladder; in check mode, show it."""

    def run(self) -> Result:
        by_step = ReopenAccess if self.options["step"] == LadderStep.OFF else OpenByMeasure
        return by_step(self.appliance, self.options, self.check_mode, self.is_preview).run()


class OpenByMeasure(Task):
    """Open what a step closed by a measure; in check mode, show it."""

    def run(self) -> Result:
        appliance, options = self.appliance, self.options
        decision, second = opening_decision(self)
        step, wanted = LadderStep(options["step"]), closing_scope(options)
        if why := no_customer_asked_for(wanted.customers, appliance):
            return self._idle(why)
        inputs = step_inputs(self, step)
        parameters = apply_parameters_of(self, inputs.asked, ROLE)
        self.prepare_signatures(parameters.records, parameters.trust)
        request = OpeningRequest(
            inputs=inputs,
            wanted=wanted,
            decision=decision,
            accept_exposure=options["accept_exposure"],
            accept_unread=options["accept_unread"],
            second=second,
        )
        check, reader = opening_checks(self, parameters)
        with Connection(appliance) as connection:
            run = MeasureOpening(connection, parameters, request, check.find, reader.answers)
            with keeping(run.keep_found, is_preview=self.is_preview):
                plan = run.plan()
            if not plan.opens:
                if not self.check_mode:  # of another control node, which may have opened it
                    keep_records(run.fetched, parameters.records, appliance.name)
                # An earlier run may have died before it noted what it had opened.
                noted = (
                    [] if self.check_mode else note_consent(self, ConsentState.REOPENED, "reopen.yml", (), {}, decision)
                )
                idle = self._idle("nothing to reopen", was_read=True)
                if noted:
                    raise Refused("; ".join(noted))
                rows = closures_of(self, parameters.trust, run.fetched)
                others = closed_otherwise(rows, step)
                return idle.ended(f"{idle.msg}{others}", closures=rows, **advised(others))
            problem = self.keep_plan(self._plan_file(run, plan, connection))
            shrunk = plan.shrinks
            if shrunk is not None:
                problem = problem or shrunk.failed
            refused = bool(problem)
            if not self.check_mode and not problem:
                customers: list[str] = []
                try:
                    shrunk = run.carry_out(plan)
                    problem = "" if shrunk is None else shrunk.failed
                    customers = run.customers(plan, closed_now(self, step))
                except TourniquetError as error:
                    problem, refused = error.told, error.is_refusal and not connection.has_written
                # Where one admin partition failed, the change records say of whom the others are.
                noted = note_consent(self, ConsentState.REOPENED, "reopen.yml", customers, {}, decision)
                problem = joined("; ", problem, *noted)
            if refused and not self.is_preview:
                run.keep_found()
            found = self._removed(run, plan, connection) if shrunk is None else measure_result(shrunk, connection)
        ended = found.ended(
            problem or self._message(step, plan),
            problem,
            refused=refused,
            left_changes=run.leaves_changes,
            closures=closures_of(self, parameters.trust, run.fetched),
            step=step,
            answers=[answer_values(one) for one in plan.answers],
            takes_away=plan.takes_away,
            **({} if problem else self._advised(plan)),
            **locks_of(run.locks, connection),
        )
        return ended.with_decision(options["who"], options["reason"], planned=self.check_mode)

    def _message(self, step: LadderStep, plan: OpeningPlan) -> str:
        options = self.options
        names = ", ".join(dict.fromkeys(one.object_id[1][0] for one in plan.opens))
        if not plan.steps:
            verb = "would not be" if self.check_mode else "is not"
            return f"{verb} closed by decision any more ({step}): {names}; what the inventory asks for is in place, so nothing changes"
        parts = [f"{'would be reopened' if self.check_mode else 'reopened, and read back'} ({step}): {names}"]
        parts += [f"EXPOSED, accepted by {options['who'] or 'nobody yet'}: {text}" for text in plan.exposure]
        parts += [f"NOT READ, accepted by {options['who'] or 'nobody yet'}: {text}" for text in plan.unread]
        parts += decided_answers(plan.overruled, second=options["second"], who=options["who"])
        parts += node_remarks(plan.answers)
        parts += (
            [f"stays closed ({step}): {', '.join(dict.fromkeys(one.object_id[1][0] for one in plan.stays))}"]
            if plan.stays
            else []
        )
        parts += [f"next: {plan.to_do}"] if self._advised(plan) else []
        return "; ".join(parts)

    def _advised(self, plan: OpeningPlan) -> dict[str, Any]:
        """Return the commands of what is next where protection was taken away; nothing in check mode, whose next run opens."""
        return advised(plan.to_do) if plan.takes_away and not self.check_mode else {}

    def _removed(self, run: MeasureOpening, plan: OpeningPlan, connection: Connection) -> ChangeResult:
        if run.rollback is None or plan.removes is None:
            return ChangeResult(connection=connection, changed=False, record="")
        result = (
            PartitionedRollbackResult.of_plan(plan.removes) if self.check_mode else run.rollback.result(plan.removes)
        )
        return removal_result(result, connection, run.parameters.measure.id)

    @staticmethod
    def _plan_file(run: MeasureOpening, plan: OpeningPlan, connection: Connection) -> PlanFile:
        if plan.shrinks is not None:
            written = deployment_plan(plan.shrinks, run.parameters, connection)
        else:
            # What is opened is shrunk or removed.
            rollback, removes = cast(PartitionedRollback, run.rollback), cast(PartitionedRollbackPlan, plan.removes)
            written = rollback_plan(removes, rollback.parameters, connection)
        own = {"verb": VERB, "nothing_to_do": False, "takes_away": [*map(printable, plan.takes_away)]}
        return PlanFile({**written.values, **own})

    def _idle(self, why: str, *, was_read: bool = False) -> Result:
        measure = measures_of_steps()[LadderStep(self.options["step"])]
        plan = idle_plan(self.appliance, VERB, measure, why)
        self.keep_idle_plan(with_missing_entry(self, ConsentState.REOPENED, plan) if was_read else plan)
        return unchanged(self, measure, why)
