# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parameters, the plan and the result of a lockdown or a reopening. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.steps import Step
from ...appliance.objects.virtual_servers import Usage, Vserver
from ...catalogue.run_parameters import RunParameters, Save, Unsaved
from ...change.records.change_record import ChangeRecord
from ...change.records.closures import ClosedVserver
from ...change.records.record_states import PartitionState
from ...judgement.course.state import Extent
from ...judgement.exposure.reopen_answer import CustomerAnswer, ReopenAnswer
from ...judgement.proof.verdict_table import Verdict
from ..deployment.change_plan import ChangePlan
from .decision import ClosureScope, Decision, VserverChoice, unusable
from .opening_questions import opened_in_part, opened_unprotected


@dataclass(frozen=True, kw_only=True)
class SwitchParameters(RunParameters):
    """The parameters of a lockdown or a reopening.

    :ivar decision: None in a preview for which nobody has given the decision yet
    :ivar extend: replace the decision of a lockdown that is in force by this one
    :ivar force: reopen although a virtual server has another address now
    :ivar accept_exposure: reopen although the appliance is exposed once it is open
    :ivar accept_unread: reopen although something was not read, so that it is not known whether it is exposed
    :ivar second: the person who overrules the answer of the exposure ledger, besides the one who decides; "" for nobody
    :ivar again: the command that continues the run; "" for the playbook of the verb
    :ivar elsewhere: the virtual servers of the other admin partitions, which the scope may name
    """

    wanted: ClosureScope = field(default_factory=ClosureScope)
    decision: Decision | None = None
    unsaved: Unsaved = Unsaved.REFUSE
    save: Save = Save.PROVEN
    extend: bool = False
    force: bool = False
    accept_exposure: bool = False
    accept_unread: bool = False
    second: str = ""
    again: str = ""
    elsewhere: tuple[Vserver, ...] = ()


@dataclass(frozen=True)
class VserverChoices:
    """The virtual servers of an appliance, and which of them are in scope."""

    choices: tuple[VserverChoice, ...] = ()

    @property
    def vservers(self) -> list[Vserver]:
        return [choice.vserver for choice in self.choices]

    @property
    def in_scope(self) -> list[Vserver]:
        return [choice.vserver for choice in self.choices if not choice.reason]

    def by_id(self, object_id: ObjectId) -> Vserver | None:
        return next((vserver for vserver in self.vservers if vserver.object_id == object_id), None)

    def of(self, steps: Iterable[Step]) -> list[Vserver]:
        """Return the virtual servers of steps."""
        return [vserver for step in steps if (vserver := self.by_id(step.object_id)) is not None]


@dataclass(frozen=True, kw_only=True)
class Switches:
    """The virtual servers that are switched, and those that need no switch.

    :ivar still_closed: those in scope that an earlier lockdown of ours closed, and that are still closed
    :ivar covers: those for which the decision of this run is in force
    :ivar completes: those that an earlier run switched without reaching its end
    :ivar released: those that we closed, and that somebody else has opened since
    :ivar remarks: what a person should know of them, in words
    """

    steps: tuple[Step, ...] = ()
    still_closed: Mapping[ObjectId, ClosedVserver] = field(default_factory=dict)
    covers: tuple[ObjectId, ...] = ()
    completes: tuple[ObjectId, ...] = ()
    released: tuple[ObjectId, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SwitchPlan(ChangePlan):
    """The plan of a lockdown or a reopening. Its records are those of earlier lockdowns and reopenings.

    :ivar chosen: all virtual servers of the appliance, and why those out of scope are not changed
    :ivar usage: who uses those that are to be switched off; likewise sessions, of the whole appliance
    :ivar not_covered: which nodes are not covered, in words
    :ivar unmatched: the wanted VIPs that are not on this appliance
    :ivar exposure: for a reopening, the mitigations whose verdict is critical once it is open, with that verdict
    :ivar unread: for a reopening, what was not read, so that it may be exposed, in words
    :ivar answers: for a reopening, by customer of what is opened, whether it may be opened by the exposure ledger
    :ivar not_agreed: what stays open because its customer has not agreed to a closing, in words
    :ivar not_extended: what is closed, and whose decision is not extended for that, in words
    :ivar closed_already: what is closed and out of scope for that, in words
    :ivar without_consent: by customer whose virtual servers are closed without consent, why it is missing
    :ivar partitions: on an appliance with admin partitions, by partition whether the run closes it, or leaves it open or closed
    :ivar unread_types: for a closing, which types of virtual servers cannot be read, so that they may be open, and why, as texts
    :ivar left_alone: there is a record of a lockdown in force that no run may act upon
    :ivar verdict: the verdict before the run; None if it has none
    :ivar once_open: for a reopening, the worst verdict on the entries of the catalogue once it is open
    :ivar extent: for a reopening, how much protection the least protected weakness has once it is open
    """

    chosen: VserverChoices
    switches: Switches
    usage: Mapping[ObjectId, Usage] = field(default_factory=dict)
    sessions: int | None = None
    not_covered: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    exposure: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    answers: tuple[CustomerAnswer, ...] = ()
    not_agreed: tuple[str, ...] = ()
    not_extended: tuple[str, ...] = ()
    closed_already: tuple[str, ...] = ()
    without_consent: Mapping[str, str] = field(default_factory=dict)
    partitions: Mapping[str, PartitionState] = field(default_factory=dict)
    left_alone: bool = False
    unread_types: tuple[str, ...] = ()
    verdict: Verdict | None = None
    once_open: Verdict | None = None
    extent: Extent = Extent.WHOLE

    @property
    def overruled(self) -> tuple[str, ...]:
        """Return the answers other than open and the missing consents, in words: a person must overrule them."""
        answers = (one.text for one in self.answers if one.answer is not ReopenAnswer.OPEN)
        return (*answers, *self.without_consent.values())

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.switches.steps

    @property
    def takes_away(self) -> tuple[str, ...]:
        """Return the services that a reopening opens although a weakness has no protection then, or nobody knows, in words."""
        return opened_unprotected(self.chosen.of(self.steps), self.extent, self.unread)

    @property
    def reduces(self) -> tuple[str, ...]:
        """Return the services that a reopening leaves protected in part, in words."""
        return opened_in_part(self.chosen.of(self.steps), self.extent, self.unread)

    @property
    def sources(self) -> Mapping[ObjectId, ChangeRecord]:
        """By virtual server, the record of the lockdown that closed it."""
        return {object_id: closed.closing for object_id, closed in self.switches.still_closed.items()}

    @property
    def not_switchable(self) -> list[str]:
        """The virtual servers in scope that are not switched off and for which nothing can be sent, in words."""
        return list(map(str, unusable(self.chosen.choices)))


@dataclass(frozen=True, kw_only=True)
class SwitchResult:
    """A lockdown or a reopening as far as it came.

    :ivar changed: something was switched or saved, or would be switched in check mode
    :ivar saved: what is ours is saved; None if a failure left that unknown
    :ivar record: the path of the change record; "" if there is none
    :ivar contradicted: which switched virtual servers do not behave as switched, in words
    :ivar unproven: for which virtual servers this is not known, in words
    :ivar not_covered: which nodes are not covered, in words
    :ivar failed: the reason why a run that reached its end is a failure, or ""
    """

    plan: SwitchPlan
    saved: bool | None
    changed: bool = False
    record: str = ""
    contradicted: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
    failed: str = ""
    verdict: Verdict | None = None

    @property
    def still_open(self) -> str:
        """Which virtual servers a closing was to switch off and are not known to be, as a clause; "" for none."""
        closes = [step for step in self.plan.steps if step.after is not None and not step.after.get("enabled")]
        names = ", ".join(map(str, self.plan.chosen.of(closes)))
        if not names or self.changed:
            return ""
        return f"{names} {'may still be' if self.record else 'still'} open"

    @classmethod
    def of_plan(cls, plan: SwitchPlan) -> SwitchResult:
        """The result before anything is done."""
        return cls(plan=plan, saved=not plan.must_save, not_covered=plan.not_covered, verdict=plan.verdict)


def now() -> datetime:
    return datetime.now(UTC)
