# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine's verbs on one simulated appliance, in process."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.answer_marker import marked_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import SEPARATOR, Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import (
    Document,
    parse_document,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import ApplyParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.sliced_job import SlicedJob
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closures import MEASURE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.earlier_reads import (
    EarlierReads,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import load_entry_measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import Decision
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_off import Lockdown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_per_partition import (
    PartitionedSwitch,
    PartitionedSwitchResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_plan import (
    SwitchParameters,
    SwitchResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_run import SwitchRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment, Result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
    PartitionedResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.partition_report import (
    measure_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.switch_on import Reopening
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.page import (
    removal_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback import (
    Rollback,
    RollbackResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_per_partition import (
    PartitionedRollback,
    PartitionedRollbackResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import (
    RollbackParameters,
    RollbackReason,
)

from simulator import Simulator

CATALOGUE = Path(__file__).parents[2] / "templates" / "mitigations" / "cve_2019_19781"
MITIGATION = load_entry_measure(CATALOGUE)
# For tests that play it thousands of times: the same rule, judged by those requests only that are sent from outside too.
BRIEF = replace(
    MITIGATION,
    traffic=replace(
        MITIGATION.traffic, cases=tuple(case for case in MITIGATION.traffic.cases if case.probe), variants=()
    ),
)
MARKER = "f00d"


@dataclass(frozen=True)
class Played:
    """The result of one verb, as the engine and as a person have it."""

    result: Any
    values: dict[str, Any]
    requests: Sequence[dict[str, Any]]

    @property
    def verdict(self) -> str:
        return str(self.values["verdict"]["word"])

    @property
    def preview(self) -> str:
        return str(self.values["diff"]["prepared"])

    @property
    def nitro(self) -> int:
        """Return the number of NITRO requests in all."""
        return sum(request["side"] == "nitro" for request in self.requests)

    @property
    def writes(self) -> list[str]:
        """The writes to the configuration: method and type, in their order."""
        return [
            f"{request['method']} {request['target'].removeprefix('/nitro/v1/config/').partition('?')[0].partition('/')[0]}"
            for request in self.requests
            if request["side"] == "nitro"
            and request["method"] != "GET"
            and not request["target"].startswith(
                ("/nitro/v1/config/systemfile", "/nitro/v1/config/login", "/nitro/v1/config/logout")
            )
        ]


def carried_out(run: Any) -> Any:
    """Plan a run, carry it out, and return its result."""
    plan = run.plan()
    run.carry_out(plan)
    return run.result(plan)


class Stage:
    """One appliance of a simulated fleet, its records, and the verbs on it.

    :ivar trust: the key of the control node, and whose records it trusts
    :ivar run: the id of the next runs
    :ivar job: the job of a controller that the next runs belong to
    :ivar entry: the folder of the mitigation in a catalogue
    :ivar mitigation: the mitigation that is applied and rolled back
    :ivar folders: those of the mitigations of which the catalogue of its views is
    :ivar variables: the inventory variables, to be changed by a test
    """

    def __init__(self, simulator: Simulator, records: Path, name: str = "box", entry: Path = CATALOGUE) -> None:
        self.simulator = simulator
        self.records = records
        self.trust = RecordTrust()
        self.name = name
        self.run = "run"
        self.job: SlicedJob | None = None
        self.entry = entry
        self.mitigation = MITIGATION if entry == CATALOGUE else load_entry_measure(entry)
        self.folders: tuple[Path, ...] = (CATALOGUE,)
        ready = simulator.ready["appliances"][name]
        self.variables: dict[str, Any] = {
            "nodes": [f"{node['address']}:{node['port']}" for node in ready["nodes"]],
            "user": "nsroot",
            "password": "nsroot",
            "ca_file": simulator.ready["ca_file"],
            "vips": [
                {"name": vip["name"], "address": vip["address"], "port": vip["port"], "kind": vip["type"]}
                for vip in ready["vservers"]
            ],
            "marker": MARKER,
        }

    @property
    def appliance(self) -> Appliance:
        return Appliance.from_variables(self.name, self.variables)

    @property
    def answer_marker(self) -> str:
        """Return the marker in the answers of the mitigation."""
        return marked_for(self.variables["marker"], self.entry.name)

    def parameters(self, version: int = 2, *, spares: int = 0, **options: Any) -> ApplyParameters:
        """:param spares: how many actions more than the catalogue's the document has, so that they are written as arrays"""
        owner = Owner(self.entry.name, version)
        template = (self.entry / f"v{version}.yml.j2").read_text()
        document = _document(template, owner, self.mitigation.priority, self.answer_marker, spares, self.name)
        return self.order(self.mitigation, owner, options.pop("as_of", date(2020, 1, 15)), rendered=document, **options)

    def order(self, measure: Measure, owner: Owner, as_of: date, **options: Any) -> ApplyParameters:
        """Return the parameters of a run of this control node on a measure."""
        return ApplyParameters(**{**self.of_a_run(owner), "measure": measure, "as_of": as_of, **options})

    def of_a_run(self, owner: Owner) -> dict[str, Any]:
        """Return what the parameters of each verb have."""
        own = {"records": self.records, "trust": self.trust, "run": self.run, "job": self.job}
        return {"appliance": self.appliance, "owner": owner, **own}

    def apply(self, before: Callable[[Deployment], None] | None = None, **options: Any) -> Result:
        """:param before: called between the inspection and the apply"""
        with Connection(self.appliance) as connection:
            deployment = Deployment(connection, self.parameters(**options))
            if before is not None:
                before(deployment)
            return deployment.apply()

    def status(self, **options: Any) -> Result:
        with Connection(self.appliance) as connection:
            return Deployment(connection, self.parameters(**options)).status()

    # -- in all admin partitions -------------------------------------------------------------------------------------

    def plan_all(self, **options: Any) -> PartitionedResult:
        with Connection(self.appliance) as connection:
            return PartitionedDeployment(connection, self.parameters(**options)).plan()

    def plan_with_reads(self, **options: Any) -> EarlierReads | None:
        """Plan, and return the answers that a wave of the same run need not read again."""
        with Connection(self.appliance) as connection:
            deployment = PartitionedDeployment(connection, self.parameters(**options))
            deployment.plan()
            return deployment.reads

    def apply_all(
        self,
        before: Callable[[PartitionedDeployment], None] | None = None,
        earlier: EarlierReads | None = None,
        **options: Any,
    ) -> PartitionedResult:
        """:param before: called between the inspection of all partitions and the apply
        :param earlier: of the plan of this run
        """
        with Connection(self.appliance) as connection:
            deployment = PartitionedDeployment(connection, self.parameters(**options), earlier=earlier)
            deployment.plan()
            if before is not None:
                before(deployment)
            return deployment.apply()

    def status_all(self, **options: Any) -> PartitionedResult:
        with Connection(self.appliance) as connection:
            return PartitionedDeployment(connection, self.parameters(**options)).status()

    def rollback_all(self, **options: Any) -> PartitionedRollbackResult:
        with Connection(self.appliance) as connection:
            return carried_out(PartitionedRollback(connection, self.rollback_parameters(**options)))

    def played(self, verb: str, parameters: ApplyParameters) -> Played:
        """:param verb: plan, apply or status, of any measure"""
        since = len(self.simulator.requests())
        with Connection(self.appliance) as connection:
            result = getattr(PartitionedDeployment(connection, parameters), verb)()
            values = measure_result(result, connection).values()
        return Played(result, values, self.simulator.requests()[since:])

    def taken_off(self, measure: Measure, why: str, **options: Any) -> Played:
        """Roll any measure back."""
        since = len(self.simulator.requests())
        parameters = RollbackParameters(
            **self.of_a_run(Owner(measure.id, 1)), measure=measure, why=RollbackReason(why), **options
        )
        with Connection(self.appliance) as connection:
            result = carried_out(PartitionedRollback(connection, parameters))
            values = removal_result(result, connection, measure.id).values()
        return Played(result, values, self.simulator.requests()[since:])

    # -- in the default partition ------------------------------------------------------------------------------------

    def rollback(
        self, *, why: str = "undo", accept_exposure: bool = True, records: Path | None = None
    ) -> RollbackResult:
        parameters = self.rollback_parameters(why=why, accept_exposure=accept_exposure, records=records)
        with Connection(self.appliance) as connection:
            return carried_out(Rollback(connection, parameters))

    def rollback_parameters(
        self, *, why: str = "undo", accept_exposure: bool = True, records: Path | None = None, **options: Any
    ) -> RollbackParameters:
        # Whoever takes the protection off before the fix answers for it.
        options = {"who": "J. Jansen", "reason": "a test", "accept_exposure": accept_exposure, **options}
        common = self.of_a_run(Owner(self.entry.name, self.mitigation.current_version))
        common["records"] = records or self.records
        return RollbackParameters(**{**common, "measure": self.mitigation, "why": why, **options})

    # -- the kill switch ---------------------------------------------------------------------------------------------

    def lockdown(self, **options: Any) -> SwitchResult:
        return self._switch(Lockdown, self.switch_parameters("lockdown", **options))

    def reopen(self, **options: Any) -> SwitchResult:
        return self._switch(Reopening, self.switch_parameters("reopen", **options))

    def switch_parameters(self, verb: str, **options: Any) -> SwitchParameters:
        """:param verb: lockdown or reopen"""
        decision = Decision("a test", "CHG0045", "P. de Vries")
        if verb == "reopen":
            options = {"accept_exposure": True, "accept_unread": True, **options}
        else:
            decision = Decision("a test", "CHG0044", "J. Jansen", datetime.now(UTC) + timedelta(hours=8))
        common = self.of_a_run(Owner(MEASURE, 1, decision.ticket))
        return SwitchParameters(**common, reason=decision.reason, decision=decision, **options)

    def switch_all(self, verb: type[SwitchRun], name: str) -> PartitionedSwitchResult:
        """Lock down or reopen in all admin partitions.

        :param name: lockdown or reopen
        """
        with Connection(self.appliance) as connection:
            return carried_out(PartitionedSwitch(connection, self.switch_parameters(name), verb, verb.on_failure))

    @staticmethod
    def _switch(verb: type[SwitchRun], parameters: SwitchParameters) -> SwitchResult:
        with Connection(parameters.appliance) as connection:
            return carried_out(verb(connection, parameters))

    def configuration(self, kind: str = "running", node: int | None = None, partition: str = "default") -> list[str]:
        """Return the configuration that the simulator itself has on a node, by default on the primary."""
        state = self.simulator.appliance(self.name).state()
        found = state["nodes"][state["primary"] if node is None else node]
        return configuration_lines(
            (found if partition == "default" else found["partitions"].get(partition, {kind: {}}))[kind]
        )


def configuration_lines(rows: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return the rows of a state of the simulator as sorted JSON."""
    return sorted(json.dumps([name, row], sort_keys=True, default=str) for name in rows for row in rows[name])


@cache
def _document(template: str, owner: Owner, priority: int, marker: str, spares: int, where: str) -> Document:
    """Return the document of a template; thousands of runs apply the same one."""
    text = jinja2.Environment(trim_blocks=True).from_string(template)
    content = yaml.safe_load(text.render(name=owner.name, priority=priority, log=True, marker=marker))
    for type_ in ("auditmessageaction", "responderaction") if spares else ():
        row = content[type_][0]
        content[type_] += [{**row, "name": f"{owner.name}{SEPARATOR}{number}"} for number in range(spares)]
    return parse_document(yaml.safe_dump(content), owner, where=where)
