# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps of closing that a measure carries out, on one simulated appliance, in process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import (
    ApplyParameters,
    Save,
    Unsaved,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closed_time import (
    ClosedTime,
    still_closed,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import Customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import (
    CustomerAnswer,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.closing_measures import measures_of_steps
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import load_measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.closing_by_measure import (
    ClosingPlan,
    ClosingRequest,
    MeasureClosing,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import (
    ClosureScope,
    Decision,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.step_measure import StepInputs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.opening_by_measure import (
    MeasureOpening,
    OpeningPlan,
    OpeningRequest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exposure import Exposure

from simulator import Simulator
from tests.stage.memory import CATALOGUE, Stage

TODAY = date(2020, 1, 17)
WHY = "the NCSC advises to switch off"


class ClosingStage(Stage):
    """One appliance, and the steps of closing on it.

    :ivar settings: by step, what the inventory asks for of its measure
    """

    def __init__(self, simulator: Simulator, records: Path, name: str = "box") -> None:
        super().__init__(simulator, records, name)
        self.settings: dict[LadderStep, Any] = {}

    def inputs(self, step: LadderStep, **more: Any) -> StepInputs:
        """Return what the inventory says for a step."""
        asked = load_measure(measures_of_steps()[step], CATALOGUE.parent, self.settings.get(step), self.name, TODAY)
        return StepInputs(step=step, asked=asked, probe_address="127.0.0.1", **more)

    def close_parameters(self, inputs: StepInputs, **options: Any) -> ApplyParameters:
        """Return the parameters of a run on the measure of a step."""
        owner = Owner(inputs.asked.id, inputs.asked.current_version, "CHG0044")
        return self.order(inputs.asked, owner, TODAY, reason=WHY, knows_other_runs=True, **options)

    def close(
        self,
        step: LadderStep,
        wanted: ClosureScope | None = None,
        *,
        hours: float = 8,
        extend: bool = False,
        only_plan: bool = False,
        save: str = "proven",
        unsaved: str = "refuse",
        **more: Any,
    ) -> tuple[ClosingPlan, PartitionedResult | None]:
        """Close as close.yml does.

        :param hours: until the next decision is due
        :param more: of the inputs
        """
        inputs = self.inputs(step, **more)
        decision = Decision(WHY, "CHG0044", "J. Jansen", datetime.now(UTC) + timedelta(hours=hours))
        request = ClosingRequest(inputs=inputs, wanted=wanted or ClosureScope(), decision=decision, extend=extend)
        with Connection(self.appliance) as connection:
            run = MeasureClosing(
                connection, self.close_parameters(inputs, save=Save(save), unsaved=Unsaved(unsaved)), request
            )
            plan = run.plan(with_rights=True)
            return plan, None if plan.measure is None or only_plan else run.carry_out()

    def open(
        self,
        step: LadderStep,
        wanted: ClosureScope | None = None,
        *,
        exposure: Exposure | None = None,
        answers: tuple[CustomerAnswer, ...] = (),
        customers: Mapping[str, Customer] | None = None,
        save: Save = Save.PROVEN,
        **more: Any,
    ) -> tuple[OpeningPlan, PartitionedResult | None]:
        """Open as reopen.yml does.

        :param exposure: what the appliance is exposed to once it is open
        :param answers: of the exposure ledger
        :param customers: by name, as the inventory has them
        :param more: of the request
        """
        inputs = self.inputs(step, customers=customers or {})
        decision = Decision("the fix runs", "CHG0045", "J. Jansen")
        request = OpeningRequest(inputs=inputs, wanted=wanted or ClosureScope(), decision=decision, **more)
        with Connection(self.appliance) as connection:
            run = MeasureOpening(
                connection,
                self.close_parameters(inputs, save=save),
                request,
                lambda _connection: exposure or Exposure({}),
                lambda _connection, _customers: answers,
            )
            plan = run.plan()
            return plan, run.carry_out(plan)

    def closed(self) -> list[ClosedTime]:
        """Return what is closed now, by the records."""
        return still_closed(all_records(self.records, self.name, self.trust))
