# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``status``; see there for its options and results."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.base import TourniquetAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.options import (
    COMMON_OPTIONS,
    DOCUMENT_OPTIONS,
    MEASURE_OPTIONS,
    VERDICT_OPTIONS,
    Options,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.task import Task, apply_parameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.per_partition import PartitionedDeployment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.verdict_table import VerdictWord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.untrusted_records import sign_accepted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.reports.apply_report import short_failure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.reports.partition_report import partitioned_values


class Status(Task):
    """Read the appliance, and send probes if the options say so. Nothing is ever written to the appliance."""

    def run(self) -> dict[str, Any]:
        parameters = apply_parameters(self.appliance, self.options, probes=Probes(self.options["probes"]))
        if not self.check_mode:
            sign_accepted(parameters.records, self.appliance.name, parameters.trust)
        with Connection(self.appliance) as connection:
            result = PartitionedDeployment(connection, parameters).status()
        values = partitioned_values(result, connection)
        verdict = result.verdict
        values["msg"] = f"{verdict.word}: {verdict.reason}. Next action: {verdict.next_action}"
        # A rollout that was told to observe is not stopped because it does.
        asked_for = parameters.mode is Mode.OBSERVE and verdict.word is VerdictWord.NOT_BLOCKING
        failed = verdict.exit_code >= self.options["fail_at"] and not (asked_for and self.options["plans"])
        return short_failure(values, values["msg"]) if failed else values


class ActionModule(TourniquetAction):
    """See the module of the same name."""

    TASK: ClassVar[type[Task]] = Status
    CHANGES: ClassVar[bool] = False
    OPTIONS: ClassVar[Options] = {
        **COMMON_OPTIONS,
        **MEASURE_OPTIONS,
        **DOCUMENT_OPTIONS,
        **VERDICT_OPTIONS,
        "plans": {"type": "str", "default": ""},
        "probes": {"type": "str", "choices": [*map(str, Probes)], "default": "none"},
        "fail_at": {"type": "int", "choices": [1, 2, 3, 4], "default": 4},
    }
