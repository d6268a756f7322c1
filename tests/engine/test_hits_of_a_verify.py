# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hits that a verify reports are those after its probes, as the next status reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.apply_report import partition_result

from tests.engine import control_nodes
from tests.stage.memory import Stage

BOX = control_nodes.BOX
NAME = "tq_cve_2019_19781"


def reported(stage: Stage, probes: Probes) -> Mapping[str, Any]:
    with Connection(stage.appliance) as connection:
        values: Mapping[str, Any] = partition_result(
            Deployment(connection, stage.parameters(probes=probes)).status(), connection
        ).values()
        return values


def test_a_verify_reports_the_counters_after_its_probes(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply()
    before = reported(stage, Probes.NONE)
    verified = reported(stage, Probes.ALL)
    after = reported(stage, Probes.NONE)
    rise = verified["proof"]["hits_rose_by"][NAME]
    assert rise > 2
    assert verified["hits"] == after["hits"] == {NAME: before["hits"][NAME] + rise}
    assert verified["probe_hits"] == after["probe_hits"] == {NAME: before["probe_hits"][NAME] + rise}
