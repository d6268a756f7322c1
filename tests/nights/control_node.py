# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A control node at one appliance of a night, and the runs that its operators start. Each returns what the run said, and why it failed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import (
    ApplyParameters,
    Probes,
    Save,
    Unsaved,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import Customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import Wanted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding_json import examination_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.run import RaiseAlarms
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_off import Lockdown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.hunt.run import LookForTraces
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.fleet_page import FleetRun, fleet_report
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.switch_on import Reopening
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_per_partition import (
    PartitionedRollback,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import RetireParameters

from simulator import Simulator
from tests.engine.views import options_of
from tests.nights.further_runs import RUNS as FURTHER_RUNS
from tests.nights.further_runs import FurtherRuns
from tests.nights.measure_runs import RUNS as MEASURE_RUNS
from tests.nights.measure_runs import MeasureRuns, Said
from tests.nights.second_runs import RUNS as SECOND_RUNS
from tests.nights.second_runs import SecondRuns
from tests.nights.shapes import Shape
from tests.nights.world import PARTNER
from tests.stage import memory
from tests.stage.memory import BRIEF, CATALOGUE

GATEWAYS = ClosureScope(kinds=("vpn",))


class Operator(SecondRuns, MeasureRuns, FurtherRuns):
    """A control node at one appliance.

    :ivar who: the person who decides
    :ivar priority: measure_priority of the inventory; 0 where it has none
    :ivar accepted: accept_sleeping_policies of the inventory; likewise unsaved
    :ivar report: of the last hunt, or the last test of the alarm: its values, with the lines of its page
    """

    def __init__(
        self, simulator: Simulator, records: Path, name: str, shape: Shape, who: str, folders: Sequence[Path]
    ) -> None:
        super().__init__(simulator, records, name)
        self.folders = tuple(folders)
        self.mitigation, self.who, self.shape = BRIEF, who, shape
        self.priority = 0
        self.report: Mapping[str, Any] = {}
        self.accepted: tuple[str, ...] = ()
        self.unsaved = Unsaved.REFUSE
        self.customers = {
            one: Customer(one, "nl") for one in (shape.customer, *shape.vservers.values(), *shape.partitions.values())
        }
        self.variables |= {
            "customer": shape.customer,
            "vserver_customers": dict(shape.vservers),
            "partition_customers": dict(shape.partitions),
        }
        there = simulator.ready["appliances"][name]["vservers"]
        for vip, one in zip(self.variables["vips"], there, strict=True):
            vip |= {"partition": one.get("partition", "default")}

    def parameters(self, version: int = 2, *, spares: int = 0, **options: Any) -> ApplyParameters:
        version = self.mitigation.current_version
        options = {"as_of": self.as_of, "accept_sleeping_policies": self.accepted, "unsaved": self.unsaved, **options}
        found, own = super().parameters(version, spares=spares, **options), self.mitigation
        if not self.priority or self.is_second:
            return found
        self.mitigation = replace(own, priority=self.priority)
        try:
            return replace(found, rendered=super().parameters(version, spares=spares).rendered)
        finally:
            self.mitigation = own

    def plan(self) -> Said:
        return str(self.plan_all().verdict.word), ""

    def apply(self, **options: Any) -> Said:  # type: ignore[override] # as the operators of a night start it
        result = self.apply_all(**options)
        return str(result.verdict.word), result.failed

    def apply_unsaved(self) -> Said:
        return self.apply(save=Save.NEVER)

    def observe(self) -> Said:
        return self.apply(mode=Mode.OBSERVE, **self.decided)

    def verify(self) -> Said:
        result = self.status_all(probes=Probes.FEW)
        return str(result.verdict.word), result.failed

    def undo(self) -> Said:
        self.rollback_all(who=self.who)
        return "undone", ""

    def after_fix(self) -> Said:
        self.rollback_all(why="after_fix", accept_exposure=False)
        return "removed", ""

    def retire(self) -> Said:
        owner = memory.Owner(self.mitigation.id, self.mitigation.current_version)
        with Connection(self.appliance) as connection:
            parameters = RetireParameters(**self.of_a_run(owner), measure=self.mitigation)
            memory.carried_out(PartitionedRollback(connection, parameters))
        return "retired", ""

    def edited(self) -> Said:
        """Apply an entry that somebody has edited."""
        copy = self.records.parent / "edited" / CATALOGUE.name
        if not copy.exists():
            shutil.copytree(CATALOGUE, copy)
            path = copy / "v2.yml.j2"
            path.write_text(path.read_text().replace("403 Forbidden", "404 Not Found"))
        self.entry = copy
        try:
            return self.apply()
        finally:
            self.entry = CATALOGUE

    def cover(self) -> Said:
        """Let the policies judge what the management addresses get."""
        result = self.go(Wanted.PRESENT)
        return str(result.state), ""

    def uncover(self) -> Said:
        result = self.go(Wanted.ABSENT)
        return str(result.state), ""

    def hunt(self) -> Said:
        """Look for traces, and put the result into the report that the next ledger is given."""
        options = options_of(self) | {
            "alarms": self.alarms,
            "ssh": False,
            "saved_configurations": False,
            "rotation": "",
            "own_changes": "",
            "sources": [],
        }
        options |= {f"ssh_{name}": "" for name in ("user", "password", "key_file", "host_keys", "port")}
        found = LookForTraces(self.appliance, options, check_mode=False, is_preview=False).values()
        path = Path(self.traces or self.records.parent / f"{self.records.name}-hunt.json")
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        path.write_text(json.dumps(known | {self.name: found}), encoding="utf-8")
        path.chmod(0o600)
        self.report = self._reported("hunt", found)
        return str(found["msg"]), ""

    def _reported(self, verb: str, found: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what people and programs read of a look for traces."""
        run = FleetRun({self.name: found}, {"fail_at": 2}, examined=[examination_of(self.name, found)])
        page = fleet_report(verb).make(run).values()
        return {**found, "page": page["lines"], "page_commands": page["appliances"][self.name]["next_commands"]}

    def alarm(self) -> Said:
        """Test the alarm: does a request that matches our policies show?"""
        options = options_of(self) | {"alarms": self.alarms, "receiver": "none", "within": 1}
        found = RaiseAlarms(self.appliance, options, check_mode=False, is_preview=False).values()
        self.report = self._reported("alarm", found)
        findings = (f"{one['level']}: {one['what']} ({one['where']})" for one in found["findings"])
        return "; ".join([str(found["msg"]), str(found["statement"]), *findings]), ""

    @property
    def alarms(self) -> str:
        """Return where the tests of the alarm of this control node are noted."""
        return str(self.records.parent / f"{self.records.name}-alarms")

    @property
    def traces(self) -> str:
        """Return the report of the hunts of this control node; "" where there was none."""
        path = self.records.parent / f"{self.records.name}-hunt.json"
        return str(path) if path.exists() else ""

    # -- closing ------------------------------------------------------------------------------------------------------

    def off(self, **options: Any) -> Said:
        self.switch_all(Lockdown, "lockdown")
        return "off", ""

    def reopen(self) -> Said:  # type: ignore[override]
        self.switch_all(Reopening, "reopen")
        return "open", ""

    def notice(self) -> Said:
        return self._close(LadderStep.NOTICE, GATEWAYS, customers=self.customers, texts={"nl": "Bel ons."})

    def notice_of_one(self) -> Said:
        """Close the services of the last customer of the appliance."""
        scope = ClosureScope(customers=([*self.customers][-1],))
        return self._close(LadderStep.NOTICE, scope, customers=self.customers, texts={"nl": "Bel ons."})

    def partners(self) -> Said:
        return self._close(LadderStep.PARTNERS, GATEWAYS, networks=(ip_network(f"{PARTNER}/32"),))

    def open_step(self) -> Said:
        closed = {one.step for one in self.closed()}
        for step in LadderStep:
            if step in closed and step is not LadderStep.OFF:
                self.open(step, customers=self.customers)
        return "open", ""

    def _close(self, step: LadderStep, scope: ClosureScope, **more: Any) -> Said:
        _plan, result = self.close(step, scope, **more)
        return ("", "nothing to close") if result is None else (str(result.verdict.word), result.failed)


def runs() -> Mapping[str, Any]:
    """Return the runs by name."""
    names = (
        "plan",
        "hunt",
        "alarm",
        "apply",
        "apply_unsaved",
        "observe",
        "verify",
        "undo",
        "after_fix",
        "retire",
        "edited",
        "cover",
        "uncover",
    )
    closing = ("off", "reopen", "notice", "notice_of_one", "partners", "open_step")
    return {name: getattr(Operator, name) for name in (*names, *closing, *MEASURE_RUNS, *FURTHER_RUNS, *SECOND_RUNS)}
