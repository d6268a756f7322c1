# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The task that the actions ``lockdown`` and ``reopen`` share."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.approval_option import approval_facts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.task import (
    RUN,
    Task,
    prepare_signatures,
    record_trust,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Save, Unsaved
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent import ConsentEntry, ConsentState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent_register import (
    ConsentRegister,
    note_switch,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import MOST_TEXT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.virtual_servers import customer_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.lockdown.decision import (
    ClosureScope,
    Decision,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.lockdown.switch_plan import (
    SwitchParameters,
    SwitchPlan,
    SwitchResult,
    now,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.lockdown.switch_run import SwitchRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.closures import MEASURE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.reports.apply_report import (
    failure_values,
    lock_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.reports.lockdown_report import switch_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.reports.plan_report import idle_plan, switch_plan


class SwitchTask(Task):
    """Switch virtual servers off or on; in check mode, show which."""

    verb: ClassVar[type[SwitchRun]]
    noted: ClassVar[ConsentState]

    def new_run(self, connection: Connection, parameters: SwitchParameters) -> SwitchRun:
        """Return the run on an open connection."""
        return self.verb(connection, parameters)

    @abstractmethod
    def message(self, result: SwitchResult) -> str:
        """Return the message of a run that succeeded."""

    @abstractmethod
    def problem(self, result: SwitchResult) -> str:
        """Return why a run that reached its end is a failure, or ""."""

    def wanted(self) -> ClosureScope:
        """Return which virtual servers are in scope."""
        options = self.options
        return ClosureScope(tuple(options["vips"]), tuple(options["kinds"]), tuple(options["customers"]))

    def consents(self) -> ConsentRegister:
        """Return the register of consent."""
        return ConsentRegister(Path(self.options["consents"]).expanduser(), record_trust(self.options))

    def switched_customers(self, plan: SwitchPlan) -> tuple[str, ...]:
        """Return the customers whose virtual servers the plan switches."""
        found = dict.fromkeys(customer_of(one, self.appliance) for one in plan.chosen.of(plan.steps))
        return tuple(customer for customer in found if customer)

    def switch(self, decision: Decision | None, **more: Any) -> dict[str, Any]:
        """Make the plan and, unless in check mode, carry it out.

        :param decision: None in a preview in which a mandatory option is missing
        """
        appliance, options = self.appliance, self.options
        if options["customers"] and not {*options["customers"]} & {*(appliance.customers or ("",))}:
            named = ", ".join(appliance.customers) or "unnamed"
            why = f"not changed: customer {named} is not among the requested customers"
            self.keep_plan(idle_plan(appliance, self.verb.kind, MEASURE, why))
            return {"changed": False, "measure": self.verb.kind, "skipped_because": why, "msg": why}
        parameters = self._parameters(decision, **more)
        if not self.check_mode:
            prepare_signatures(appliance.name, parameters.records, parameters.trust)
        consent_problems: list[str] = []
        with Connection(appliance) as connection:
            run = self.new_run(connection, parameters)
            plan = run.plan()
            problem = self.keep_plan(switch_plan(plan, run))
            if not self.check_mode and not problem:
                try:
                    run.carry_out(plan)
                    consent_problems = self._note_consent(plan, decision)
                except TourniquetError as error:
                    problem = str(error)
        result = run.result(plan)
        values = switch_values(result, run, connection) | lock_values(run.locks, connection)
        if self.check_mode:
            values["changed"] = bool(plan.steps)
        problem = problem or "; ".join(filter(None, (self.problem(result), *consent_problems)))
        values["msg"] = problem or self.message(result)
        return failure_values(values, problem) if problem else values

    def _note_consent(self, plan: SwitchPlan, decision: Decision | None) -> list[str]:
        """Add to the register of consent what was switched, and return why that failed, in words."""
        if decision is None:
            return []
        entry = ConsentEntry(
            customer=self.appliance.name,
            state=self.noted,
            who=decision.who[:MOST_TEXT],
            when=now().isoformat(timespec="seconds"),
            how=f"{self.verb.playbook}, run {RUN}",
            ticket=decision.ticket[:MOST_TEXT],
        )
        notes = {customer: f"without consent: {why}"[:MOST_TEXT] for customer, why in plan.without_consent.items()}
        problems = note_switch(self.consents(), self.switched_customers(plan), entry, notes)
        return [f"{self.appliance.name}: {problem}" for problem in problems]

    def _parameters(self, decision: Decision | None, **more: Any) -> SwitchParameters:
        """Return the parameters of the run."""
        options = self.options
        return SwitchParameters(
            appliance=self.appliance,
            owner=Owner(MEASURE, 1, options["ticket"]),
            records=Path(options["records"]),
            trust=record_trust(options),
            run=RUN,
            reason=options["reason"],
            wanted=self.wanted(),
            decision=decision,
            lock=options["lock"],
            break_lock=options["break_lock"],
            approval=approval_facts(options),
            unsaved=Unsaved(options["unsaved"]),
            save=Save(options["save"]),
            **more,
        )
