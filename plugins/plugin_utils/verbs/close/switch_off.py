# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Switch off virtual servers, and know what is closed by whose decision.

A decision that is overdue only raises an alarm: closed access never reopens by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import ClassVar

from ...appliance.object_reads.vserver_reads import read_answering
from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.steps import Step
from ...appliance.objects.virtual_servers import Vserver
from ...change.partition_runner import OnFailure
from ...change.records import closures
from ...change.records.change_record import ChangeRecord
from ...change.records.closures import ClosedVserver, ClosureState
from ...change.records.record_states import RecordKind
from ...customers.consent import AGREED, HOW_TO_GO_ON, WITHOUT
from ...foundation.errors import Refused
from ...foundation.next_action import advice
from ...judgement.proof.closure_verdict import CLOSE_BY_HAND, CLOSE_UNREAD, ClosureGrounds, decide_closure
from ...judgement.proof.verdict_table import Verdict
from .decision import VserverChoice, choose, not_agreed
from .switch_plan import Switches, SwitchPlan, SwitchResult, VserverChoices, now
from .switch_run import SwitchRun

OFF, ON = {"enabled": False}, {"enabled": True}


class Lockdown(SwitchRun):
    """Switch off what is in scope and on."""

    kind: ClassVar[RecordKind] = closures.LOCKDOWN
    playbook: ClassVar[str] = "lockdown.yml"
    targets_answer: ClassVar[bool] = False
    acts_on_records: ClassVar[bool] = False
    on_failure: ClassVar[OnFailure] = OnFailure.GO_ON

    def _choose(self, vservers: list[Vserver]) -> list[VserverChoice]:
        return choose(vservers, self.parameters.wanted, self.parameters.appliance, self.parameters.scope)

    def _read_vservers(self) -> tuple[list[Vserver], tuple[str, ...]]:
        """Close what can be read: that others of the appliance cannot be keeps nothing open, and is no closing of the whole appliance."""
        return read_answering(self.connection.primary)

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
        lost = [id_ for id_, one in still_closed.items() if one.reopened]  # a restart has lost its opening
        nodes = tuple(map(str, self.parameters.appliance.nodes))
        elsewhere = [id_ for id_, one in still_closed.items() if one.why_elsewhere(nodes)]
        extended = [id_ for id_, one in still_closed.items() if self.parameters.extend and self._differs(one)]
        return Switches(
            steps=tuple(steps),
            still_closed=still_closed,
            covers=(*(step.object_id for step in steps), *extended, *(id_ for id_ in lost if id_ not in extended)),
            completes=tuple(
                id_
                for id_, one in still_closed.items()
                if one.proof is None or one.proof.contradicted or id_ in (*lost, *elsewhere)
            ),
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

    def _not_agreed(self, plan: SwitchPlan) -> list[str]:
        """Return what stays open because its customer has not agreed: the command asks for it, and it is not closed."""
        parameters = self.parameters
        return not_agreed(plan.chosen.choices, parameters.wanted, parameters.appliance, parameters.scope)

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
                    text=first.text(now()) if first else closures.unknown_decision(records_left_alone=plan.left_alone),
                    overdue=first is not None and first.due <= now(),
                    by_others=first is None and not plan.left_alone,
                    unproven="" if first else closures.NOT_PROVEN,
                ),
                answering=result.contradicted or _contradicted_before(ours.values()),
                unproven=tuple(dict.fromkeys((*result.unproven, *_unproven_before(ours, is_done=is_done)))),
                saved=result.saved and not _unsaved_of_others(plan, off, ours),
                not_covered=(*result.not_covered, *self._not_agreed(plan)),
                next_actions={
                    **dict.fromkeys(self._unusable(plan), CLOSE_BY_HAND),
                    **dict.fromkeys(self._unread(plan), CLOSE_UNREAD),
                    **dict.fromkeys(self._not_agreed(plan), advice(HOW_TO_GO_ON, AGREED, WITHOUT)),
                },
                remarks=plan.remarks,
                rests_on=(f"the states of the virtual servers read from {self.connection.primary.node.host}",),
            )
        )


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
            why = "may have been opened" if one.half_opened else "was closed"
            unproven.append(f"{object_id[1][0]} {why} by a run that did not reach its end")
        elif not is_done:
            unproven += one.proof.unproven
    return unproven
