# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The URL whitelist on one simulated appliance, in process, with the requests that each verb makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.acknowledgement import Acknowledgement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import ApplyParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.measure import (
    UrlWhitelist,
    load_url_whitelist,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
    PartitionedResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.partition_report import (
    measure_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.page import (
    removal_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_per_partition import (
    PartitionedRollback,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import (
    RollbackParameters,
    RollbackReason,
)

from simulator import Simulator
from tests.engine.stage import Stage

TODAY = date(2026, 11, 26)
NAME = "tq_url_whitelist"
Lists = list[dict[str, Any]]


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


def take_off(stage: Stage, measure: Measure, why: RollbackReason, **options: Any) -> Played:
    """Roll a measure back in all partitions."""
    since = len(stage.simulator.requests())
    parameters = RollbackParameters(
        appliance=stage.appliance,
        measure=measure,
        owner=Owner(measure.id, 1),
        records=stage.records,
        run=stage.run,
        why=why,
        **options,
    )
    with Connection(stage.appliance) as connection:
        rollback = PartitionedRollback(connection, parameters)
        plan = rollback.plan()
        rollback.carry_out(plan)
        result = rollback.result(plan)
        values = removal_result(result, connection, measure.id).values()
    return Played(result, values, stage.simulator.requests()[since:])


class WhitelistStage(Stage):
    """:ivar today: the day on which the lists are read
    :ivar acknowledgements: what a person has acknowledged
    """

    def __init__(self, simulator: Simulator, records: Path, name: str = "box") -> None:
        super().__init__(simulator, records, name)
        self.today = TODAY
        self.acknowledgements: tuple[Acknowledgement, ...] = ()

    def measure(self, lists: Lists) -> UrlWhitelist:
        return load_url_whitelist(lists, self.name, self.today)

    def whitelist_parameters(self, lists: Lists, **options: Any) -> ApplyParameters:
        measure = self.measure(lists)
        # Who lets a list only count, or takes one off, answers for it.
        answered = {"who": "J. Jansen", "reason": "a test", "acknowledgements": self.acknowledgements, **options}
        return self.order(measure, Owner(measure.id, 1, "CHG0042"), self.today, **answered)

    def play(self, verb: str, lists: Lists, **options: Any) -> Played:
        """:param verb: plan, apply or status"""
        since = len(self.simulator.requests())
        with Connection(self.appliance) as connection:
            deployment = PartitionedDeployment(connection, self.whitelist_parameters(lists, **options))
            result: PartitionedResult = getattr(deployment, verb)()
            values = measure_result(result, connection).values()
        return Played(result, values, self.simulator.requests()[since:])

    def take_off(self, lists: Lists, why: str = "after_fix", **options: Any) -> Played:
        return take_off(self, self.measure(lists), RollbackReason(why), **options)

    def apply_plainly(self, lists: Lists, **options: Any) -> Any:
        """Apply in the default partition alone; a failure is raised."""
        with Connection(self.appliance) as connection:
            return Deployment(connection, self.whitelist_parameters(lists, **options)).apply()
