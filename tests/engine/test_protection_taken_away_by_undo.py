# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An undo or a removal before the fix takes protection away: plan, page and last line name the services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.rollback_per_partition import (
    PartitionedRollback,
    PartitionedRollbackResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.reports.plan_report import rollback_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.reports.rollback_report import (
    partitioned_rollback_values,
)

from tests.engine import control_nodes
from tests.engine.stage import Stage

BOX = control_nodes.BOX
OpenStage = Callable[..., Stage]
NAME = "tq_cve_2019_19781"
SERVICE = ["vpn vserver gw"]
LINE = "  TAKES PROTECTION AWAY from vpn vserver gw: "
DECIDED: dict[str, Any] = {"who": "J. Jansen", "reason": "it stops the portal of Smit"}


def planned(stage: Stage, why: str = "undo", **options: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the values of the plan of a rollback, and what its plan file takes away."""
    parameters = stage.rollback_parameters(why=why, **options)
    with Connection(stage.appliance) as connection:
        plan = PartitionedRollback(connection, parameters).plan()
        result = PartitionedRollbackResult.of_plan(plan)
        values = partitioned_rollback_values(result, connection, "cve_2019_19781")
        return values, rollback_plan(plan, parameters, connection).takes_away


def let_it_count(stage: Stage) -> None:
    with Connection(stage.appliance) as connection:
        connection.primary.write("PUT", "responderpolicy", {"responderpolicy": {"name": NAME, "action": "NOOP"}})
        connection.primary.save()


@pytest.mark.parametrize("why", ["undo", "after_fix"])
def test_a_rollback_before_the_fix_names_the_services(open_stage: OpenStage, why: str) -> None:
    stage = open_stage()
    stage.apply()
    values, of_file = planned(stage, why)
    assert values["takes_away"] == of_file == SERVICE
    assert LINE in values["diff"]["prepared"]


def test_the_undo_of_our_correction_says_that_what_somebody_let_count_comes_back(open_stage: OpenStage) -> None:
    """Seen: it brings the NOOP of a colleague back, and says 'the last run was undone'."""
    stage = open_stage()
    stage.apply()
    let_it_count(stage)
    stage.run = "correcting"
    assert stage.apply().verdict.word == "mitigated"
    values, of_file = planned(stage)
    assert values["takes_away"] == of_file == SERVICE
    stage.rollback()
    assert stage.status(probes="none").verdict.word == "observe, not blocking"


def test_where_the_inventory_names_no_vip_the_appliance_is_asked(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.apply()
    del stage.variables["vips"]
    assert planned(stage)[0]["takes_away"] == SERVICE


@pytest.mark.parametrize(
    "case", ["it only counted", "to blocking", "an older version blocks", "fixed", "nothing there"]
)
def test_what_takes_no_protection_away_says_nothing(open_stage: OpenStage, case: str) -> None:
    stage = open_stage()
    why = "undo"
    if case == "it only counted":
        stage.apply(mode=Mode.OBSERVE)
    elif case == "to blocking":
        stage.apply()
        stage.run = "second"
        stage.apply(mode=Mode.OBSERVE, **DECIDED)
    elif case == "an older version blocks":
        stage.apply(version=1)
        stage.run = "second"
        stage.apply()
    elif case == "fixed":
        stage.apply()
        stage.simulator.appliance("box").upgrade("13.0 92.31")
        why = "after_fix"
    values, of_file = planned(stage, why)
    assert values["takes_away"] == of_file == []
    assert "PROTECTION" not in values["diff"]["prepared"]


def test_a_partition_is_named(open_stage: OpenStage) -> None:
    stage = open_stage(partitions={"tenant_a": {}})
    stage.apply_all(save="always")
    values, of_file = planned(stage, accept_exposure=True)
    assert values["takes_away"] == ["partition default: vpn vserver gw", "partition tenant_a: every virtual server"]
    assert of_file == ["vpn vserver gw", "every virtual server in partition tenant_a"]


def test_after_the_feature_was_switched_off_by_somebody_nothing_was_protected(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.apply()
    with Connection(stage.appliance) as connection:
        connection.primary.write("POST", "nsfeature?action=disable", {"nsfeature": {"feature": ["RESPONDER"]}})
        connection.primary.save()
    assert planned(stage)[0]["takes_away"] == []
