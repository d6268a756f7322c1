# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The task of a closing: its step decides whether virtual servers are disabled, or a measure is brought in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.objects.ownership import Owner
from ...catalogue.closing_steps import LadderStep
from ...catalogue.measure import Measure
from ...catalogue.run_parameters import ApplyParameters, Save, Unsaved
from ...change.planning.plan_file import PlanFile
from ...customers.consent import ConsentState, without_agreement
from ...customers.customer import read_customers
from ...foundation.errors import Refused
from ...foundation.foreign_text import printable
from ...foundation.next_action import joined
from ...measures.closing.page import read_texts
from ...measures.closing.partner_networks import read_networks
from ...measures.closing_measures import measures_of_steps
from ...measures.registry import load_measure
from ..common.closures import closed_now, closures_of, no_customer_asked_for, unchanged
from ..common.result import Result
from ..common.role_variables import ROLE_DEFAULTS
from ..common.task import Task, parameters_of_owner
from ..deployment.deployment import today
from ..deployment.kept_findings import keeping
from ..deployment.per_partition import PartitionedResult
from ..pages.deployment_plan import deployment_plan
from ..pages.partition_report import measure_result
from ..pages.plan_report import idle_plan
from ..pages.result_parts import locks_of
from .close_off import CloseOff
from .closing_by_measure import ClosingPlan, ClosingRequest, MeasureClosing
from .closing_task import VERB, closing_decision, impact_rows, noting_missing, require_possible
from .consent_notes import heeding_consent, note_consent, with_missing_entry
from .decision import Decision
from .impact import Closes
from .step_measure import StepInputs
from .switch_task import closing_scope


class Close(Task):
    """Close by one step of the ladder; in check mode, show whom it would hit and what it would change."""

    def run(self) -> Result:
        require_possible(self)
        by_step = CloseOff if self.options["step"] == LadderStep.OFF else CloseByMeasure
        return by_step(self.appliance, self.options, self.check_mode, self.is_preview).run()


class CloseByMeasure(Task):
    """A step that a measure carries out; in check mode, show whom it would hit and what it would change."""

    def run(self) -> Result:
        appliance, options = self.appliance, self.options
        decision, missing = closing_decision(self)
        step = LadderStep(options["step"])
        wanted = heeding_consent(self, closing_scope(options))
        if why := no_customer_asked_for(wanted.customers, appliance):
            return self._idle(why)
        inputs = step_inputs(self, step)
        parameters = apply_parameters_of(self, inputs.asked, VERB)
        self.prepare_signatures(parameters.records, parameters.trust)
        with Connection(appliance) as connection:
            inputs = replace(inputs, probe_address=appliance.probe_from or connection.primary.local_address)
            run = MeasureClosing(
                connection,
                parameters,
                ClosingRequest(inputs=inputs, wanted=wanted, decision=decision, extend=options["extend"]),
            )
            with keeping(run.keep_found, is_preview=self.is_preview):
                plan = run.plan(with_rights=self.check_mode)
            if plan.measure is None:
                return self._nothing_in_scope(plan)
            impact = self._impact(connection, plan, inputs) if self.check_mode else []
            written = deployment_plan(plan.measure, run.parameters, connection)
            file = with_missing_entry(self, ConsentState.CLOSED, self._plan_file(written, plan, impact))
            problem = self.keep_plan(file) or plan.measure.failed
            result, refused = plan.measure, bool(problem)
            if not self.check_mode and not problem:
                result = run.carry_out()
                problem = "; ".join(filter(None, (result.failed, *self._note_consent(plan, decision))))
                refused = run.deployment is not None and run.deployment.refused
            elif problem and not self.is_preview and run.deployment is not None:
                run.deployment.keep_found()
            locks = [] if run.deployment is None else run.deployment.locks
            found = measure_result(result, connection)
            told = locks_of(locks, connection)
        without = [f"CLOSED WITHOUT CONSENT: {why}" for why in plan.scope.without_consent.values()]
        stays_open = plan.stays_open if self.check_mode else ()
        message = problem or self._message(step, plan, result)
        if not problem and not self.check_mode and (left := self._left_open(plan)):
            problem = f"{left.rstrip('.')}. The rest of the scope: {message}"
        ended = found.ended(
            message,
            problem,
            refused=refused,
            left_changes=run.deployment is not None and run.deployment.leaves_changes,
            closures=closures_of(self, parameters.trust, run.fetched),
            record=next(iter(result.records), found.own.get("record", found.record)),
            step=step,
            is_closed=not (self.check_mode or result.failed or plan.leaves_open),
            impact=impact,
            stays_open=plan.stays_open,
            unmatched=plan.scope.unmatched,
            lock=told["lock"],
            notes=[*told["notes"], *without, *plan.scope.remarks, *stays_open],
        )
        return noting_missing(ended, missing)

    def _note_consent(self, plan: ClosingPlan, decision: Decision | None) -> list[str]:
        closed = closed_now(self, LadderStep(self.options["step"]))
        customers = dict.fromkeys(
            plan.scope.customer(vserver, name)
            for name, vserver in plan.closed_vservers()
            if (name, vserver.object_id) in closed
        )
        return note_consent(self, ConsentState.CLOSED, "close.yml", customers, plan.scope.without_consent, decision)

    def _message(self, step: LadderStep, plan: ClosingPlan, result: PartitionedResult) -> str:
        names = ", ".join(str(vserver) for _partition, vserver in plan.closed_vservers())
        if not names and plan.without_effect:
            return f"not closed ({step}): {result.verdict.reason}"
        again = "" if names else ", ".join(str(vserver) for _partition, vserver in plan.hit_vservers())
        if again and self.check_mode:
            return f"would be closed again ({step}), it is open: {again}"
        if again:
            return f"closed again ({step}), it was open: {again}; {result.verdict.word}: {result.verdict.reason}"
        if not names:
            return f"closed ({step}) before: {result.verdict.reason}"
        if not plan.steps:
            verb = "would be" if self.check_mode else "is"
            return f"in place before ({step}), so nothing changes, and the decision {verb} recorded: {names}; {result.verdict.word}"
        return (
            f"would be closed ({step}): {names}"
            if self.check_mode
            else f"closed ({step}): {names}; {result.verdict.word}: {result.verdict.reason}"
        )

    def _left_open(self, plan: ClosingPlan) -> str:
        others = f"{self.appliance.name}: {'; '.join(plan.stays_open)}" if plan.stays_open else ""
        return joined(" ", without_agreement(plan.not_agreed), others)

    def _nothing_in_scope(self, plan: ClosingPlan) -> Result:
        """Return the result, which has failed where a decision was not extended.

        :raises Refused: where something that was asked for stays open: a run that ends well would say that it is closed
        """
        values = self._idle(_why_idle(plan), plan)
        problem, where = self._left_open(plan), f"{self.appliance.name}: "
        if problem and not plan.leaves_open:
            text = problem if problem.startswith(where) else joined("", where, problem)
            return values.ended("", text, refused=True, is_closed=True)
        if problem:
            raise Refused(problem if problem.startswith(where) else joined("", where, problem))
        return values

    def _idle(self, why: str, plan: ClosingPlan | None = None) -> Result:
        measure = measures_of_steps()[LadderStep(self.options["step"])]
        written = idle_plan(self.appliance, VERB, measure, why)
        unmatched = {} if plan is None else {"unmatched": plan.scope.unmatched}
        agreed = {} if plan is None else {"not_agreed": plan.not_agreed}
        self.keep_idle_plan(PlanFile({**written.values, **unmatched, **agreed}))
        return unchanged(self, measure, why, stays_open=() if plan is None else plan.stays_open, **unmatched)

    @staticmethod
    def _plan_file(written: PlanFile, plan: ClosingPlan, impact: list[dict[str, Any]]) -> PlanFile:
        idle = bool(written.values["nothing_to_do"]) and not (plan.has_effect or plan.stays_open)
        values = {
            "verb": VERB,
            "impact": impact,
            "unmatched": plan.scope.unmatched,
            "nothing_to_do": idle,
            "without_effect": plan.without_effect,
            "stays_open": list(map(printable, plan.stays_open)),
            "not_agreed": plan.not_agreed,
        }
        return PlanFile({**written.values, **values})

    def _impact(self, connection: Connection, plan: ClosingPlan, inputs: StepInputs) -> list[dict[str, Any]]:
        closes: Closes = list(plan.hit_vservers())
        return impact_rows(self, inputs.customers, connection, closes)


def _why_idle(plan: ClosingPlan) -> str:
    """Return why a closing has nothing to do at an appliance."""
    off = [str(one) for name in plan.scope.partitions for one in plan.scope.in_scope(name) if one.enabled is False]
    closed = [f"{', '.join(off)} {'is' if len(off) == 1 else 'are'} switched off already"] if off else []
    closed += plan.scope.closed_already({(one.partition, one.object_id) for one in plan.before})
    if closed:
        return f"nothing to close by this step: {'; '.join(closed)}"
    missing = f": there is no {', '.join(plan.scope.unmatched)}" if plan.scope.unmatched else ""
    return f"nothing here is in scope{missing}"


def step_inputs(task: Task, step: LadderStep) -> StepInputs:
    """Return what the inventory says for a step.

    :raises InvalidInput: naming the variable and the fix
    """
    where, options = task.appliance.name, task.options
    catalogue = Path(options["catalogue"] or ROLE_DEFAULTS["catalogue"])
    return StepInputs(
        step=step,
        asked=load_measure(measures_of_steps()[step], catalogue, options["settings"], where, today()),
        customers=read_customers(where, options["described"]),
        texts=read_texts(where, options["notice"]),
        networks=read_networks(where, options["partners"]),
        priority=options["policy_priority"] or None,
    )


def apply_parameters_of(task: Task, measure: Measure, role: str) -> ApplyParameters:
    """Return the parameters of a run on the measure of a step."""
    options = task.options
    return ApplyParameters(
        **parameters_of_owner(task.appliance, options, Owner(measure.id, measure.current_version, options["ticket"])),
        measure=measure,
        as_of=today(),
        accept_sleeping_policies=tuple(options["accept_sleeping_policies"]),
        unsaved=Unsaved(options["unsaved"]),
        save=Save(options["save"]),
        knows_other_runs=True,
        role=role,
    )
