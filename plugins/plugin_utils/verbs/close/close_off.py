# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The task of the step off, which disables virtual servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from ...catalogue.closing_steps import LadderStep
from ...change.planning.plan_file import PlanFile
from ...customers.consent import ConsentState, without_agreement
from ...customers.customer import read_customers
from ...foundation.next_action import joined
from ...judgement.proof.closure_verdict import is_overdue
from ...judgement.proof.verdict_table import CLOSED_WORDS
from ..common.result import Result
from ..pages.change_result import ChangeResult
from .closing_task import VERB, called_as, closing_decision, impact_rows, noting_missing
from .consent_notes import heeding_consent
from .decision import STAYS_OPEN, ClosureScope, named_but_open, owned_but_open
from .impact import Counted
from .switch_off import Lockdown
from .switch_per_partition import PartitionedSwitch, PartitionedSwitchPlan, PartitionedSwitchResult
from .switch_plan import SwitchResult
from .switch_run import SwitchRun
from .switch_task import SwitchTask, in_partitions


class CloseOff(SwitchTask):
    """Close by the step off: disable virtual servers; in check mode, say whom that would hit."""

    verb: ClassVar[type[SwitchRun]] = Lockdown
    noted = ConsentState.CLOSED

    def wanted(self) -> ClosureScope:
        """Return which virtual servers are in scope, and which of their customers must agree and have not."""
        return heeding_consent(self, super().wanted())

    def run(self) -> Result:
        decision, missing = closing_decision(self)
        return noting_missing(self.switch(decision, extend=self.options["extend"]), missing)

    @property
    def called(self) -> str:
        return called_as(self)

    @property
    def again(self) -> str:
        return f"{VERB}.yml -e step={LadderStep.OFF}" if self.called == VERB else ""

    def plan_file(self, plan: PartitionedSwitchPlan, run: PartitionedSwitch) -> PlanFile:
        written = super().plan_file(plan, run)
        if not self.check_mode:
            return written
        customers = read_customers(self.appliance.name, self.options["described"])
        counted = {name: Counted(part.usage, part.sessions) for name, part in plan.partitions.items()}
        rows = impact_rows(self, customers, run.connection, list(plan.switched()), counted)
        return PlanFile({**written.values, "impact": rows})

    def message(self, result: SwitchResult) -> str:
        said = [
            *result.plan.not_agreed,
            *result.plan.not_extended,
            *map(_without_consent, result.plan.without_consent.values()),
        ]
        return "; ".join([*said, self._outcome(result)])

    def _outcome(self, result: SwitchResult) -> str:
        if result.verdict is not None and not (self.check_mode and result.plan.steps):
            return f"{result.verdict.word}: {result.verdict.reason}. Next action: {result.verdict.next_action}"
        if result.plan.steps:
            return f"would be closed: {', '.join(step.key[0] for step in result.plan.steps)}"
        if result.plan.closed_already:
            return f"nothing to close: {'; '.join(result.plan.closed_already)}"
        return "nothing here is in scope" + (
            f": there is no {', '.join(result.plan.unmatched)}" if result.plan.unmatched else ""
        )

    def with_outcome(self, ended: ChangeResult, result: PartitionedSwitchResult) -> ChangeResult:
        is_closed = not self.check_mode and self._is_closed(result)
        return replace(ended, own={**ended.own, "is_closed": is_closed})

    def _is_closed(self, result: PartitionedSwitchResult) -> bool:
        """Return True if all that the command asks for is closed, proven and saved."""
        parts = result.plan.partitions.values()
        if self._named_but_open(result.plan) or any(
            part.not_switchable or part.not_agreed or part.unread_types for part in parts
        ):
            return False
        if result.verdict is not None:
            return result.verdict.word in CLOSED_WORDS
        return not result.plan.has_steps and any(part.closed_already for part in parts)

    def problem(self, result: PartitionedSwitchResult) -> str:
        """A decision that is overdue fails each run until a new one is made."""
        is_preview = self.check_mode and result.plan.has_steps
        parts = () if is_preview else result.plan.partitions.values()
        agreed = without_agreement([text for part in parts for text in (*part.not_agreed, *part.not_extended)])
        other = self._in_partitions(result, self._failed)
        other = other or ("" if is_preview else self._named_but_open(result.plan))
        return joined(" ", agreed, other or self._in_partitions(result, self._overdue))

    @staticmethod
    def _in_partitions(result: PartitionedSwitchResult, problem: Callable[[SwitchResult], str]) -> str:
        return in_partitions(
            {name: problem(part) for name, part in result.partitions.items()}, is_plain=result.plan.is_plain
        )

    def _failed(self, result: SwitchResult) -> str:
        plan, left = result.plan, []
        if not (self.check_mode and plan.steps):
            left += [f"{', '.join(plan.not_switchable)} {STAYS_OPEN}"] if plan.not_switchable else []
            left += [f"NOT KNOWN TO BE CLOSED: {'; '.join(plan.unread_types)}"] if plan.unread_types else []
        return f"{self.appliance.name}: {'. '.join(left)}. {result.failed}".strip() if left else result.failed

    def _overdue(self, result: SwitchResult) -> str:
        overdue = result.verdict is not None and is_overdue(result.verdict)
        decided = self.check_mode and bool(result.plan.switches.covers)  # by this run, once it is carried out
        return self._outcome(result) if overdue and not decided else ""

    def _named_but_open(self, plan: PartitionedSwitchPlan) -> str:
        """Return what the command names and what stays open, as text. The others on the appliance are closed first."""
        choices, wanted = plan.choices, super().wanted()
        named = named_but_open(choices, wanted, self.appliance)
        owned = owned_but_open([choice.vserver for choice in choices], wanted, self.appliance)
        parts = [f"{'; '.join(named)}. Correct vips, or what keeps it open."] if named else []
        parts += [f"{'; '.join(owned)}. Correct the name, or leave it out."] if owned else []
        return f"{self.appliance.name}: {' '.join(parts)}" if parts else ""


def _without_consent(why: str) -> str:
    return f"CLOSED WITHOUT CONSENT: {why}"
