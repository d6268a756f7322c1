# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Open virtual servers that a step closed: those in scope, and nothing else. The last one takes the whole measure with it.

The measures that exist for closing alone are brought to what stays closed, or removed as a whole, with the features that they had enabled. A geoblock or
whitelist returns to what was there before its last closing, and so it is opened as it was closed: in one piece. What an earlier run had closed, or what
another run has changed since, returns to what the inventory asks for.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.steps import Step
from ...appliance.objects.virtual_servers import Vserver
from ...catalogue.closing_steps import LadderStep
from ...catalogue.run_parameters import ApplyParameters, RunParameters, Save
from ...change.records.appliance_lock import ApplianceLock
from ...change.records.change_record import ChangeRecord
from ...change.records.closed_time import ClosedTime, closed_times, openings_not_saved, still_closed
from ...change.records.continued_runs import applies, of_last_run
from ...change.records.fetched_records import keep_records
from ...change.records.new_record import start_record
from ...change.records.record_list import all_records
from ...change.records.record_states import Outcome, RecordKind
from ...change.records.usable_records import known_records
from ...foundation.errors import Refused
from ...judgement.course.state import Extent
from ...judgement.exposure.reopen_answer import CustomerAnswer, ReopenAnswer
from ...judgement.exposure_reads.still_closed import lost_openings
from ...measures.closing_measures import closing_only, measures_of_steps
from ...policies.protection import in_partitions
from ..close.closing_by_measure import require_only_in_scope
from ..close.decision import ClosureScope, Decision
from ..close.opening_questions import not_read, opened_unprotected, require_an_answer, require_not_exposed
from ..close.scope import Scope, read_scope
from ..close.step_measure import StepInputs
from ..deployment.deployment import Deployment
from ..deployment.kept_findings import facts_beside, keep_found_beside
from ..deployment.per_partition import PartitionedDeployment, PartitionedResult
from ..rollback.rollback import Rollback
from ..rollback.rollback_per_partition import PartitionedRollback, PartitionedRollbackPlan
from ..rollback.rollback_plan import RollbackParameters, RollbackReason
from .switch_on import AnswerFinder, ExposureFinder
from .verdict_once_open import extent_once_open, next_once_open


@dataclass(frozen=True, kw_only=True)
class OpeningRequest:
    """What a run is to open.

    :ivar inputs: of the measure that goes on where a part stays closed
    :ivar decision: None in a preview for which nobody has given the decision yet
    :ivar accept_exposure: open although it is exposed then
    :ivar accept_unread: open although something was not read, so that it is not known whether it is exposed
    :ivar second: the person who overrules the answer of the exposure ledger; "" for nobody
    """

    inputs: StepInputs
    wanted: ClosureScope
    decision: Decision | None
    accept_exposure: bool = False
    accept_unread: bool = False
    second: str = ""

    @property
    def step(self) -> LadderStep:
        return self.inputs.step


@dataclass(frozen=True, kw_only=True)
class OpeningPlan:
    """The plan of an opening. One of ``shrinks`` and ``removes`` is there, or nothing is to be opened.

    :ivar opens: what the run opens; stays: what stays closed by this step
    :ivar shrinks: the plan of the measure for what stays closed
    :ivar removes: the plan of its removal
    :ivar exposure: what is exposed once it is open, which somebody accepts, in words; unread likewise: what was not read
    :ivar answers: by customer, whether it may be opened by the exposure ledger
    :ivar extent: how much protection the least protected weakness has once it is open
    :ivar to_do: the next action once it is open
    """

    scope: Scope
    opens: tuple[ClosedTime, ...] = ()
    stays: tuple[ClosedTime, ...] = ()
    shrinks: PartitionedResult | None = None
    removes: PartitionedRollbackPlan | None = None
    exposure: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    answers: tuple[CustomerAnswer, ...] = ()
    extent: Extent = Extent.WHOLE
    to_do: str = ""

    @property
    def overruled(self) -> tuple[str, ...]:
        """The answers other than open, in words: a person must overrule them."""
        return tuple(one.text for one in self.answers if one.answer is not ReopenAnswer.OPEN)

    @property
    def takes_away(self) -> tuple[str, ...]:
        """The services that are opened although a weakness has no protection then, or nobody knows, in words."""
        opened: dict[str, list[Vserver]] = {}
        for name, vserver in _opened(self):
            opened.setdefault(name, []).append(vserver)
        found = {name: opened_unprotected(own, self.extent, self.unread) for name, own in opened.items()}
        return tuple(in_partitions(found))

    @property
    def steps(self) -> list[Step]:
        """The steps in all admin partitions."""
        if self.shrinks is not None:
            return [step for part in self.shrinks.partitions.values() for step in part.plan.steps]
        return (
            [] if self.removes is None else [step for part in self.removes.partitions.values() for step in part.steps]
        )


class MeasureOpening:
    """One run on one open connection: :meth:`plan` finds out what to do, :meth:`carry_out` does it.

    :ivar parameters: of the run on the measure, with what the record says of the opening
    :ivar fetched: the records that only the nodes have, once it is planned
    """

    def __init__(
        self,
        connection: Connection,
        parameters: ApplyParameters,
        request: OpeningRequest,
        find_exposure: ExposureFinder,
        find_answers: AnswerFinder,
    ) -> None:
        """:param find_exposure: returns what the appliance is exposed to once it is open

        :param find_answers: returns whether it may be opened, by the exposure ledger
        """
        self.connection = connection
        self.parameters = parameters
        self.request = request
        self.where = parameters.appliance.name
        self.find_exposure = find_exposure
        self.find_answers = find_answers
        self.deployment: PartitionedDeployment | None = None
        self.rollback: PartitionedRollback | None = None
        self.fetched: tuple[ChangeRecord, ...] = ()
        self._partitions: tuple[str, ...] = (DEFAULT,)

    def plan(self) -> OpeningPlan:
        """Compute the steps. Reads only.

        :raises Refused: where it may not be opened, a part cannot be opened alone, or something out of scope would change
        """
        request = self.request
        scope = read_scope(self.connection, request.wanted, replace(self.parameters.appliance, never_close=()))
        self._partitions = tuple(scope.partitions)
        usable = known_records(self.connection, self.parameters, self.parameters.measure.reach)
        self.fetched = usable.fetched
        closed = [one for one in self._closed(usable.records) if one.step is request.step]
        opens = tuple(one for one in closed if _is_wanted(scope, one))
        stays = tuple(one for one in closed if one not in opens)
        plan = OpeningPlan(scope=scope, opens=opens, stays=stays)
        if not opens:
            return plan
        plan = self._with_answers(plan)
        self.parameters = replace(self.parameters, closing=self._facts(plan))
        is_own = measures_of_steps()[request.step] in closing_only()
        if stays if is_own else not self._is_of_last_run(plan, usable.records):
            return self._shrinking(plan)
        return self._removing(plan)

    def _closed(self, records: Sequence[ChangeRecord]) -> list[ClosedTime]:
        """Return what is closed by the records, and by the step of the run again, since a restart has lost an opening that was not saved."""
        step = self.request.step
        opened = {key: one for key, one in openings_not_saved(records).items() if one.step is step}
        again = lost_openings(self.connection, records, step, opened) if opened else ()
        return [one for one in closed_times(records, again, datetime.now(UTC)) if not one.until]

    def carry_out(self, plan: OpeningPlan) -> PartitionedResult | None:
        """Carry out the plan.

        :returns: the result of the measure that goes on; None where it was removed
        :raises TourniquetError: where the removal failed
        """
        result = None
        if self.deployment is not None:
            result = self.deployment.apply()
        elif self.rollback is not None and plan.removes is not None:
            self.rollback.carry_out(plan.removes)
        if result is None or not result.failed:
            self._note_opened()
        return result

    def keep_found(self) -> None:
        """Where it is refused, write a record of what is bound beside ours if no run has found it so: once it is gone nothing shows it."""
        keep_found_beside(self.connection, self.parameters, self._partitions, self.fetched)

    @property
    def leaves_changes(self) -> bool:
        """True if something that the run wrote is on the appliance now, or may be."""
        return any(run is not None and run.leaves_changes for run in (self.deployment, self.rollback))

    @property
    def locks(self) -> list[ApplianceLock]:
        """The locks of this run, as they were when it ended."""
        return [lock for run in (self.deployment, self.rollback) if run is not None for lock in run.locks]

    def _note_opened(self) -> None:
        """Write a record of the opening where the run had nothing to write, because an earlier one died at its end."""
        records, trust = self.parameters.records, self.parameters.trust
        keep_records(self.fetched, records, self.where)
        left = {one.partition for one in still_closed(all_records(records, self.where, trust)) if self._opens(one)}
        runs: Mapping[str, Deployment | Rollback] = {}
        if self.deployment is not None:
            runs = self.deployment.runs
        elif self.rollback is not None:
            runs = self.rollback.runs
        for name in sorted(left & runs.keys()):
            own = runs[name].parameters
            facts = {**own.facts(self.connection, RecordKind.VERIFY, ""), **facts_beside(self.connection, name, own)}
            start_record(records, self.where, (), facts, ending={"outcome": Outcome.APPLIED}, trust=trust)

    def _opens(self, one: ClosedTime) -> bool:
        facts = self.parameters.closing.get(one.partition, {}).get("closing", {})
        return one.step is self.request.step and [one.object_id[0], one.object_id[1][0]] in facts.get("opens", ())

    def _shrinking(self, plan: OpeningPlan) -> OpeningPlan:
        left = {(one.partition, one.object_id) for one in plan.stays}
        closed = {
            name: [choice.vserver for choice in choices if (name, choice.vserver.object_id) in left]
            for name, choices in plan.scope.partitions.items()
        }
        inputs = self.request.inputs
        measure = inputs.measure(plan.scope, closed) if any(closed.values()) else inputs.asked
        self.parameters = replace(self.parameters, measure=measure)
        self.deployment = PartitionedDeployment(self.connection, self.parameters)
        result = self.deployment.plan()
        require_only_in_scope(self.where, plan.scope, result)
        return replace(plan, shrinks=result)

    def _removing(self, plan: OpeningPlan) -> OpeningPlan:
        """:raises Refused: where nothing is to be saved: a removal always is, once it is read back"""
        if self.parameters.save is Save.NEVER:
            raise Refused(
                f"{self.where}: save is never, and an opening that removes all of {self.parameters.measure.id} is saved once it is read back. Leave "
                "save out. Nothing was changed."
            )
        own = measures_of_steps()[self.request.step] in closing_only()
        parameters = self.parameters
        shared = {one.name: getattr(parameters, one.name) for one in fields(RunParameters)}
        shared |= {"measure": parameters.measure, "unsaved": parameters.unsaved}
        why = RollbackReason.AFTER_FIX if own else RollbackReason.UNDO
        self.rollback = PartitionedRollback(self.connection, RollbackParameters(**shared, why=why))
        return replace(plan, removes=self.rollback.plan())

    def _is_of_last_run(self, plan: OpeningPlan, records: Sequence[ChangeRecord]) -> bool:
        """Return True if the last run on a geoblock or lists closed all that is opened, so that its undo opens it.

        :raises Refused: where it closed more than is in scope
        """
        runs = applies(records)
        last = [record for record in of_last_run(records) if not record.undone_by]
        if runs and not last:
            return False  # it is undone already
        earlier = {record.name for record in runs} - {record.name for record in last}
        # What an earlier run has closed, or a run that had nothing to change because it was so already: no undo of the last run opens that.
        if any(one.record not in {record.name for record in last} for one in plan.opens):
            return False
        also = [one for one in plan.stays if one.record not in earlier]
        if also:
            raise Refused(
                f"{self.where}: {_names(also)} was closed by the same geoblock or lists, and is out of scope: they return to what was there "
                "before as a whole. Widen the scope. Nothing was changed."
            )
        return True

    def _with_answers(self, plan: OpeningPlan) -> OpeningPlan:
        """:raises Refused: where it may not be opened, and nobody overrules that"""
        request = self.request
        found = self.find_exposure(self.connection)
        accepted = {"accepted": request.accept_exposure, "accepted_unread": request.accept_unread}
        require_not_exposed(self.where, found.texts, found.unread, **accepted, mends=found.mends)
        answers = self.find_answers(self.connection, tuple(self.customers(plan)))
        unread = (*found.unread, *not_read(answers))
        require_not_exposed(self.where, found.texts, unread, **accepted, mends=found.mends)
        require_an_answer(self.where, answers, second=request.second, accepted=request.accept_exposure)
        extent = extent_once_open(found, answers)
        to_do = next_once_open(found, answers)
        return replace(plan, exposure=found.texts, unread=unread, answers=answers, extent=extent, to_do=to_do)

    @staticmethod
    def customers(plan: OpeningPlan, closed: Container[tuple[str, ObjectId]] = ()) -> list[str]:
        """Return the customers of what is opened, each once.

        :param closed: admin partition and virtual server of what stayed closed all the same
        """
        opened = [(name, one) for name, one in _opened(plan) if (name, one.object_id) not in closed]
        return list(dict.fromkeys(plan.scope.customer(vserver, name) for name, vserver in opened))

    def _facts(self, plan: OpeningPlan) -> dict[str, dict[str, Any]]:
        """Return by admin partition what the change record says."""
        if self.request.decision is None:
            return {}
        said = {
            **self.request.decision.facts(),
            **({"accepted_exposure": list(plan.exposure)} if plan.exposure else {}),
            **({"accepted_unread": list(plan.unread)} if plan.unread else {}),
            **({"overruled": list(plan.overruled), "second": self.request.second} if plan.overruled else {}),
        }
        opens: dict[str, list[list[str]]] = {}
        for one in plan.opens:
            opens.setdefault(one.partition, []).append([one.object_id[0], one.object_id[1][0]])
        return {
            name: {**said, "closing": {"step": str(self.request.step), "closes": [], "opens": own}}
            for name, own in opens.items()
        }


def _opened(plan: OpeningPlan) -> Iterable[tuple[str, Vserver]]:
    opened = {(one.partition, one.object_id) for one in plan.opens}
    for name, choices in plan.scope.partitions.items():
        yield from ((name, one.vserver) for one in choices if (name, one.vserver.object_id) in opened)


def _is_wanted(scope: Scope, one: ClosedTime) -> bool:
    """True if a virtual server is in scope, or is there no longer: then nothing is left to open, and the record says so."""
    choices = scope.partitions.get(one.partition, ())
    is_there = any(choice.vserver.object_id == one.object_id for choice in choices)
    return scope.is_in_scope(one.partition, one.object_id) if is_there else bool(choices)


def _names(closed: Iterable[ClosedTime]) -> str:
    return ", ".join(dict.fromkeys(one.object_id[1][0] for one in closed))
