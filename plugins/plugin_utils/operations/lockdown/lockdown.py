# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Closing external access, and opening exactly what we closed.

What was off before is nobody's to reopen; what somebody opened since is told and forgotten. The moment at which a decision
is due only raises an alarm: access that was closed for a reason never reopens by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import ObjectId
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.lockdown.decision import (
    VserverChoice,
    choose,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.lockdown.switch_run import (
    Switching,
    SwitchPlan,
    now,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.unsaved_changes import is_changed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.closure_verdict import (
    ClosureEvidence,
    decide_closure,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.verdict_table import Verdict
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records import closures
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.closures import ClosedVserver, ClosureState

OFF, ON = {"enabled": False}, {"enabled": True}


class Lockdown(Switching):
    """Switch off what is in scope and on."""

    kind: ClassVar[str] = closures.LOCKDOWN
    playbook: ClassVar[str] = "lockdown.yml"
    targets_answer: ClassVar[bool] = False

    def _choose(self, vservers: list[Vserver]) -> list[VserverChoice]:
        return choose(vservers, self.parameters.wanted, self.parameters.appliance)

    def _decide(self, plan: SwitchPlan, ours: dict[ObjectId, ClosedVserver]) -> None:
        untold = [str(vserver) for vserver in plan.in_scope if vserver.enabled is None]
        if untold:
            raise Refused(f"{self.where}: whether {', '.join(untold)} is switched on the appliance does not tell")
        for vserver in plan.in_scope:
            object_id = vserver.object_id
            if vserver.enabled:
                plan.steps.append(Step(*object_id, dict(ON), dict(OFF)))
            elif object_id in ours:
                plan.held[object_id] = ours[object_id]
            else:
                plan.remarks.append(f"{vserver} was switched off before; it stays off, and reopen.yml leaves it so")
        plan.completes = [id_ for id_, held in plan.held.items() if held.proof is None or held.proof.contradicted]
        extended = [id_ for id_ in plan.held if self.parameters.extend and self._differs(plan.held[id_])]
        plan.covers = [*(step.object_id for step in plan.steps), *extended]
        if plan.steps:
            self._read_usage(plan, [step.object_id for step in plan.steps])

    def _differs(self, held: ClosedVserver) -> bool:
        decision = self.parameters.decision
        return decision is None or any(held.decision.content[key] != value for key, value in decision.facts().items())

    def _contradiction(self, vserver: Vserver, answer: str) -> str:
        return (
            f"{vserver} is switched off and answers all the same ({answer}): look for a backup virtual server, a redirect URL, "
            "or another device at this address"
        )

    def _verdict(self, plan: SwitchPlan) -> Verdict | None:
        """As it stands: before the steps are done they are still open.

        What is off without us counts where nothing is ours: then somebody else has closed it.
        """
        ours = {
            id_: held for id_, held in closures.closed_by_us(self.records).items() if id_ in {*plan.covers, *plan.held}
        }
        done = bool(plan.record)
        if plan.steps and not done and not plan.held:
            return None
        first = closures.first_due(ours.values())
        off = [v for v in plan.in_scope if not v.enabled or (done and plan.changed and v.object_id in plan.covers)]
        off = [v for v in off if v.object_id in ours] or off
        unproven = list(plan.unproven)
        for object_id, held in ours.items():
            if held.proof is None:
                unproven.append(f"{object_id[1][0]} was closed by a run that did not come to its end")
            elif not plan.record:
                unproven += held.proof.unproven
        return decide_closure(
            ClosureEvidence(
                closures=ClosureState(
                    closed=tuple(str(vserver) for vserver in off),
                    open=tuple(str(v) for v in plan.in_scope if v.enabled and v not in off),
                    text=first.text() if first else "switched off by somebody else, without a decision in our records",
                    overdue=first is not None and first.due <= now(),
                ),
                answering=tuple(
                    plan.contradicted
                    or dict.fromkeys(text for held in ours.values() if held.proof for text in held.proof.contradicted)
                ),
                unproven=tuple(dict.fromkeys(unproven)),
                saved=plan.saved,
                not_covered=tuple(plan.not_covered),
                remarks=tuple(plan.remarks),
                rests_on=(f"the states of the virtual servers read from {self.connection.primary.node.host}",),
            )
        )


class Reopening(Switching):
    """Switch on what our lockdowns closed, in scope."""

    kind: ClassVar[str] = closures.REOPEN
    playbook: ClassVar[str] = "reopen.yml"
    targets_answer: ClassVar[bool] = True

    def _choose(self, vservers: list[Vserver]) -> list[VserverChoice]:
        """What the inventory protects by now is opened all the same, if we closed it."""
        return choose(vservers, self.parameters.wanted, replace(self.parameters.appliance, never_close=()))

    def _decide(self, plan: SwitchPlan, ours: dict[ObjectId, ClosedVserver]) -> None:
        scope = {vserver.object_id: vserver for vserver in plan.in_scope}
        for object_id, held in reversed(ours.items()):
            now_there = plan.by_id(object_id)
            if now_there is None:
                plan.released.append(object_id)
                plan.remarks.append(f"{object_id[1][0]} ({object_id[0]}), which we closed, does not exist any more")
            elif object_id not in scope:
                plan.remarks.append(f"{now_there} stays closed: it is not in scope")
            elif held.place != str(now_there.place) and not self.parameters.force:
                raise Refused(
                    f"{self.where}: {object_id[1][0]} was at {held.place} when we closed it, and is at {now_there.place} now: somebody else "
                    "changed it. Look at it, then go on with -e force=true. Nothing was changed."
                )
            elif now_there.enabled and held.reopened and is_changed(self.connection.config) is not False:
                plan.remarks.append(f"{now_there} was opened by an earlier run of ours, which did not save it")
            elif now_there.enabled and held.reopened:
                plan.released.append(object_id)
                plan.remarks.append(f"{now_there} was opened by an earlier run of ours, and saved since: nothing to do")
            elif now_there.enabled:
                plan.released.append(object_id)
                plan.remarks.append(f"{now_there}, which we closed, was opened by somebody else since: nothing to do")
            else:
                plan.held[object_id] = held
                plan.steps.append(Step(*object_id, dict(OFF), dict(ON)))

    def _contradiction(self, vserver: Vserver, answer: str) -> str:
        return f"{vserver} is switched on again, answered before the lockdown, and does not answer now ({answer})"
