# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Close external access, and reopen exactly what we closed.

A virtual server that was off before is never reopened; one that somebody else has opened since is reported, and no longer
counts as closed by us. A decision that is overdue only raises an alarm: closed access never reopens by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from ...appliance.nitro.connection import Connection
from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.steps import Step
from ...appliance.objects.virtual_servers import Vserver, customer_of
from ...change.partition_runner import OnFailure
from ...change.planning.unsaved_changes import is_changed
from ...change.records import closures
from ...change.records.change_record import ChangeRecord
from ...change.records.closures import ClosedVserver, ClosureState
from ...change.records.record_states import RecordKind
from ...foundation.errors import Refused
from ...foundation.host_setting import option_for
from ...judgement.exposure.reopen_answer import CustomerAnswer
from ...judgement.proof.closure_verdict import ClosureGrounds, decide_closure
from ...judgement.proof.verdict_table import Verdict, VerdictWord, worst_verdict
from ..status.exposure import Exposure
from .decision import VserverChoice, choose
from .opening_questions import not_read, require_an_answer, require_not_exposed
from .switch_plan import Switches, SwitchParameters, SwitchPlan, SwitchResult, VserverChoices, now
from .switch_run import SwitchRun
from .verdict_once_open import verdict_once_open

OFF, ON = {"enabled": False}, {"enabled": True}
ExposureFinder = Callable[[Connection], Exposure]
AnswerFinder = Callable[[Connection, tuple[str, ...]], tuple[CustomerAnswer, ...]]
"""Returns for each of these customers whether its virtual servers may be opened."""


def not_judged(_connection: Connection) -> Exposure:
    """Return that it is not known what the appliance is exposed to."""
    return Exposure({"": worst_verdict([(VerdictWord.UNKNOWN, "nothing has judged it")], (), ())})


def not_answered(connection: Connection, customers: tuple[str, ...]) -> tuple[CustomerAnswer, ...]:
    """Return for each customer that it is not known whether it may be opened."""
    return tuple(CustomerAnswer(connection.appliance.name, customer, ()) for customer in customers)


class Lockdown(SwitchRun):
    """Switch off what is in scope and on."""

    kind: ClassVar[RecordKind] = closures.LOCKDOWN
    playbook: ClassVar[str] = "lockdown.yml"
    targets_answer: ClassVar[bool] = False
    acts_on_records: ClassVar[bool] = False
    on_failure: ClassVar[OnFailure] = OnFailure.GO_ON

    def _choose(self, vservers: list[Vserver]) -> list[VserverChoice]:
        return choose(vservers, self.parameters.wanted, self.parameters.appliance, self.parameters.scope)

    def _switches(self, chosen: VserverChoices, ours: dict[ObjectId, ClosedVserver]) -> Switches:
        unknown = [str(vserver) for vserver in chosen.in_scope if vserver.enabled is None]
        if unknown:
            raise Refused(f"{self.where}: the appliance does not report whether {', '.join(unknown)} is switched on")
        steps, still_closed, remarks = [], {}, []
        for vserver in chosen.in_scope:
            object_id = vserver.object_id
            if vserver.enabled:
                steps.append(Step(*object_id, dict(ON), dict(OFF)))
            elif object_id in ours:
                still_closed[object_id] = ours[object_id]
            else:
                remarks.append(f"{vserver} was switched off before; it stays off, and reopen.yml does not change it")
        extended = [id_ for id_, one in still_closed.items() if self.parameters.extend and self._differs(one)]
        return Switches(
            steps=tuple(steps),
            still_closed=still_closed,
            covers=(*(step.object_id for step in steps), *extended),
            completes=tuple(id_ for id_, one in still_closed.items() if one.proof is None or one.proof.contradicted),
            remarks=tuple(remarks),
        )

    def _differs(self, still_closed: ClosedVserver) -> bool:
        """True if the decision in force for a closed virtual server is not the decision of this run."""
        decision, record = self.parameters.decision, still_closed.decision
        in_force = (record.reason, record.ticket, record.decided_by, record.expires)
        return decision is None or in_force != (decision.reason, decision.ticket, decision.who, decision.expires)

    def _contradiction(self, vserver: Vserver, answer: str) -> str:
        return (
            f"{vserver} is switched off and still answers ({answer}): look for a backup virtual server, a redirect URL, "
            "or another device at this address"
        )

    def _verdict(self, result: SwitchResult, records: Sequence[ChangeRecord]) -> Verdict | None:
        """Return the verdict: before the steps are done the virtual servers are still open.

        If none of the closed virtual servers is ours, somebody else has closed them, and they count.
        """
        plan, is_done = result.plan, bool(result.record)
        switches = plan.switches
        ours = {
            id_: one
            for id_, one in closures.closed_by_us(records).items()
            if id_ in {*switches.covers, *switches.still_closed}
        }
        if plan.steps and not is_done and not switches.still_closed:
            return None
        first = closures.first_due(ours.values())
        off = [v for v in plan.chosen.in_scope if not v.enabled or (result.changed and v.object_id in switches.covers)]
        off = [v for v in off if v.object_id in ours] or off
        return decide_closure(
            ClosureGrounds(
                closures=ClosureState(
                    closed=tuple(str(vserver) for vserver in off),
                    open=tuple(str(v) for v in plan.chosen.in_scope if v.enabled and v not in off),
                    text=first.text() if first else closures.unknown_decision(records_left_alone=plan.left_alone),
                    overdue=first is not None and first.due <= now(),
                ),
                answering=result.contradicted or _contradicted_before(ours.values()),
                unproven=tuple(dict.fromkeys((*result.unproven, *_unproven_before(ours, is_done=is_done)))),
                saved=result.saved and not _unsaved_of_others(plan, off, ours),
                not_covered=result.not_covered,
                remarks=plan.remarks,
                rests_on=(f"the states of the virtual servers read from {self.connection.primary.node.host}",),
            )
        )


class Reopening(SwitchRun):
    """Switch on what our lockdowns closed, in scope."""

    kind: ClassVar[RecordKind] = closures.REOPEN
    playbook: ClassVar[str] = "reopen.yml"
    targets_answer: ClassVar[bool] = True
    acts_on_records: ClassVar[bool] = True
    on_failure: ClassVar[OnFailure] = OnFailure.STOP

    def __init__(
        self,
        connection: Connection,
        parameters: SwitchParameters,
        find_exposure: ExposureFinder = not_judged,
        find_answers: AnswerFinder = not_answered,
    ) -> None:
        """:param find_exposure: returns what the appliance is exposed to once it is open, or why that is not known

        :param find_answers: returns whether it may be opened, by the exposure ledger
        """
        super().__init__(connection, parameters)
        self.find_exposure = find_exposure
        self.find_answers = find_answers

    def plan(self) -> SwitchPlan:
        """:raises Refused: also where the appliance is exposed once it is open, or was not read whole, unless each of these is accepted

        Likewise where the exposure ledger does not answer "open" for a customer of what is opened, unless a person overrules it.
        """
        plan = super().plan()
        if not plan.steps:
            return plan
        found, parameters = self.find_exposure(self.connection), self.parameters
        accepted = {"accepted": parameters.accept_exposure, "accepted_unread": parameters.accept_unread}
        require_not_exposed(self.where, found.texts, found.unread, **accepted)
        answers = self._answers(plan)
        unread = (*found.unread, *not_read(answers))
        require_not_exposed(self.where, found.texts, unread, **accepted)
        require_an_answer(self.where, answers, second=parameters.second, accepted=parameters.accept_exposure)
        return replace(
            plan, exposure=found.texts, unread=unread, once_open=verdict_once_open(found, answers), answers=answers
        )

    def _answers(self, plan: SwitchPlan) -> tuple[CustomerAnswer, ...]:
        appliance, partition = self.parameters.appliance, self.parameters.scope
        customers = dict.fromkeys(customer_of(vserver, appliance, partition) for vserver in plan.chosen.of(plan.steps))
        return self.find_answers(self.connection, tuple(customers))

    def _verdict(self, result: SwitchResult, records: Sequence[ChangeRecord]) -> Verdict | None:
        """Return the verdict on the appliance as it is once it is open: a reopening changes nothing else."""
        return result.plan.once_open if result.changed and result.plan.steps else None

    def _choose(self, vservers: list[Vserver]) -> list[VserverChoice]:
        """A virtual server that the inventory protects now is reopened anyway, if we closed it."""
        appliance = replace(self.parameters.appliance, never_close=())
        return choose(vservers, self.parameters.wanted, appliance, self.parameters.scope)

    def _switches(self, chosen: VserverChoices, ours: dict[ObjectId, ClosedVserver]) -> Switches:
        scope = {vserver.object_id for vserver in chosen.in_scope}
        steps, still_closed, released, remarks = [], {}, [], []
        for object_id, closed in reversed(ours.items()):
            vserver = chosen.by_id(object_id)
            if vserver is None:
                # One answer of the appliance does not end the closure: a later reopening opens it if it is there again.
                remarks.append(
                    f"{object_id[1][0]} ({object_id[0]}), which we closed, does not exist now; it stays recorded as closed"
                )
            elif object_id not in scope:
                remarks.append(f"{vserver} stays closed: it is not in scope")
            else:
                self._require_same_place(vserver, closed)
                if vserver.enabled:
                    is_released, remark = self._opened_before(vserver, closed)
                    released += [object_id] if is_released else []
                    remarks.append(remark)
                else:
                    still_closed[object_id] = closed
                    steps.append(Step(*object_id, dict(OFF), dict(ON)))
        return Switches(steps=tuple(steps), still_closed=still_closed, released=tuple(released), remarks=tuple(remarks))

    def _require_same_place(self, vserver: Vserver, closed: ClosedVserver) -> None:
        """:raises Refused: if a virtual server has another address than when we closed it, unless this is accepted"""
        if closed.place != str(vserver.place) and not self.parameters.force:
            raise Refused(
                f"{self.where}: {vserver.name} was at {closed.place} when we closed it, and is at {vserver.place} now: somebody else "
                f"changed it. Look at it, then go on with {option_for(self.where, '-e force=true')}. Nothing was changed."
            )

    def _opened_before(self, vserver: Vserver, closed: ClosedVserver) -> tuple[bool, str]:
        """Find out who opened a virtual server that we closed.

        :returns: if it no longer counts as closed by us, and what to say of it
        """
        if not closed.reopened:
            return True, f"{vserver}, which we closed, was opened by somebody else since: nothing to do"
        if is_changed(self.connection.config) is not False:
            return False, f"{vserver} was opened by an earlier run of ours, which did not save it"
        return True, f"{vserver} was opened by an earlier run of ours, and saved since: nothing to do"

    def _contradiction(self, vserver: Vserver, answer: str) -> str:
        return f"{vserver} is switched on again, answered before the lockdown, and does not answer now ({answer})"


def _unsaved_of_others(plan: SwitchPlan, off: Iterable[Vserver], ours: Collection[ObjectId]) -> bool:
    """True if others have switched off what is in scope, and others have changes that are not saved: a restart may open it."""
    return bool(plan.foreign_lines) and any(vserver.object_id not in ours for vserver in off)


def _contradicted_before(closed: Iterable[ClosedVserver]) -> tuple[str, ...]:
    """Return which virtual servers answered although they were closed, by the proofs of the runs that closed them."""
    return tuple(dict.fromkeys(text for one in closed if one.proof for text in one.proof.contradicted))


def _unproven_before(closed: Mapping[ObjectId, ClosedVserver], *, is_done: bool) -> list[str]:
    """Return what the runs that closed the virtual servers could not prove; after a run of our own its proof counts."""
    unproven = []
    for object_id, one in closed.items():
        if one.proof is None:
            unproven.append(f"{object_id[1][0]} was closed by a run that did not reach its end")
        elif not is_done:
            unproven += one.proof.unproven
    return unproven
