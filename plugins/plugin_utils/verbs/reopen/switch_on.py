# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Switch on exactly what our lockdowns switched off.

A virtual server that was off before is never reopened; one that somebody else has opened since is reported, and no longer
counts as closed by us.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from ...change.records.closures import ClosedVserver
from ...change.records.record_states import RecordKind
from ...foundation.errors import Refused
from ...foundation.host_setting import option_for
from ...judgement.exposure.reopen_answer import CustomerAnswer, node_remarks
from ...judgement.proof.verdict_table import Verdict, VerdictWord, worst_verdict
from ..close.decision import VserverChoice, choose
from ..close.opening_questions import not_read, require_an_answer, require_not_exposed
from ..close.switch_plan import Switches, SwitchParameters, SwitchPlan, SwitchResult, VserverChoices
from ..close.switch_run import SwitchRun
from ..status.exposure import Exposure
from .verdict_once_open import extent_once_open, verdict_once_open

OFF, ON = {"enabled": False}, {"enabled": True}
ExposureFinder = Callable[[Connection], Exposure]
AnswerFinder = Callable[[Connection, tuple[str, ...]], tuple[CustomerAnswer, ...]]
"""Returns for each of these customers whether its virtual servers may be opened."""


def not_judged(_connection: Connection) -> Exposure:
    """Return that it is not known what the appliance is exposed to."""
    return Exposure({"": worst_verdict([(VerdictWord.UNKNOWN, "nothing has judged it")], (), ())})


def _not_ours(plan: SwitchPlan) -> list[str]:
    """Return what is off where no run of ours is known: a control node that has lost its records would call it open."""
    off = [] if plan.records else [vserver for vserver in plan.chosen.in_scope if vserver.enabled is False]
    return [
        f"{one} is switched off, and no record here or on the nodes says that a run of ours closed it: it stays off"
        for one in off
    ]


def not_answered(connection: Connection, customers: tuple[str, ...]) -> tuple[CustomerAnswer, ...]:
    """Return for each customer that it is not known whether it may be opened."""
    return tuple(CustomerAnswer(connection.appliance.name, customer, ()) for customer in customers)


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
            return replace(plan, remarks=(*plan.remarks, *_not_ours(plan)))
        found, parameters = self.find_exposure(self.connection), self.parameters
        accepted = {"accepted": parameters.accept_exposure, "accepted_unread": parameters.accept_unread}
        require_not_exposed(self.where, found.texts, found.unread, **accepted, mends=found.mends)
        answers = self._answers(plan)
        unread = (*found.unread, *not_read(answers))
        require_not_exposed(self.where, found.texts, unread, **accepted, mends=found.mends)
        require_an_answer(self.where, answers, second=parameters.second, accepted=parameters.accept_exposure)
        plan = replace(plan, remarks=(*plan.remarks, *node_remarks(answers)))
        once_open, extent = verdict_once_open(found, answers), extent_once_open(found, answers)
        return replace(plan, exposure=found.texts, unread=unread, once_open=once_open, extent=extent, answers=answers)

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
