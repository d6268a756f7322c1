# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What rollback, lockdown, status and apply refuse before they send a write: a cluster, partitions, builds and lists that cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_off import Lockdown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_run import SwitchRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.switch_on import Reopening
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback import Rollback
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import RollbackReason

from tests.engine.control_nodes import BOX, PAIR, files
from tests.stage.memory import MITIGATION, Stage

NAME = f"tq_{MITIGATION.id}"
PARTITIONS: dict[str, Any] = {"tenant_a": {"features": ["LB"]}}
UNREADABLE = {"type": "nspartition", "method": "GET", "code": 2138, "times": 0}


def writes(stage: Stage) -> list[str]:
    """Return the writes that reached NITRO; login, logout and the switch to a partition are the session's own."""
    own = ("login", "logout", "nspartition?action=Switch")
    sent = [
        (entry["method"], entry["target"].removeprefix("/nitro/v1/config/"))
        for entry in stage.simulator.requests()
        if entry["side"] == "nitro"
    ]
    return [f"{method} {target}" for method, target in sent if method != "GET" and target not in own]


def roll_back(stage: Stage, why: RollbackReason, **options: Any) -> None:
    with Connection(stage.appliance) as connection:
        Rollback(connection, stage.rollback_parameters(why=why, **options)).plan()


def refused_without_a_write(stage: Stage, act: Callable[[], Any], told: str) -> None:
    stage.simulator.clear_requests()
    state = stage.configuration(), stage.configuration("saved"), files(stage)
    with pytest.raises(Refused, match=told):
        act()
    assert writes(stage) == []
    assert (stage.configuration(), stage.configuration("saved"), files(stage)) == state


# -- rollback ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", list(RollbackReason))
def test_a_rollback_of_a_cluster_is_refused(open_stage: Callable[..., Stage], why: RollbackReason) -> None:
    stage = open_stage(BOX, cluster=True)
    told = r"^box: this is a NetScaler cluster, .*\. Nothing was changed\.$"
    refused_without_a_write(stage, lambda: roll_back(stage, why), told)


def test_a_rollback_of_the_default_partition_alone_is_refused_where_there_are_others(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(BOX, partitions=PARTITIONS)
    told = r"^box: there are admin partitions \(tenant_a\) that this run does not read\. Nothing was changed\.$"
    refused_without_a_write(stage, lambda: roll_back(stage, RollbackReason.UNDO), told)


def test_a_rollback_is_refused_where_the_partitions_cannot_be_read(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(BOX)
    stage.apply()
    stage.simulator.appliance("box").fault("nitro_error", **UNREADABLE)
    told = (
        r"^box: whether there are admin partitions cannot be read \(allow the user: show ns partition\)\. Nothing was"
    )
    refused_without_a_write(stage, stage.rollback, told)
    refused_without_a_write(stage, stage.rollback_all, told)
    assert any(NAME in row for row in stage.configuration())


def test_after_the_fix_both_nodes_must_be_named(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(PAIR, build="13.0 47.24")
    stage.variables["nodes"] = stage.variables["nodes"][:1]
    told = (
        r"^box: the other node of the HA pair \S+ is not named in netscaler_nodes, so its build is not known\. Name both nodes, undo "
        r"only the last run with -e why=undo, or accept the exposure with --limit box -e accept_exposure=true\. Nothing was changed\.$"
    )
    refused_without_a_write(stage, lambda: roll_back(stage, RollbackReason.AFTER_FIX, accept_exposure=False), told)
    roll_back(stage, RollbackReason.AFTER_FIX, accept_exposure=True)


def test_after_the_fix_every_node_must_be_asked_for_its_build(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(PAIR, build="13.0 47.24")
    stage.simulator.appliance("box").fault("refuse", node=1)
    told = r"^box: node \S+ cannot be asked for its build \(.*\), so it is not known to have the fix\. Bring it back first, undo only"
    refused_without_a_write(stage, lambda: roll_back(stage, RollbackReason.AFTER_FIX, accept_exposure=False), told)


def test_a_build_without_the_fix_keeps_its_mitigation(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(BOX)
    stage.apply()
    told = rf"^box: node \S+ runs 13\.0 47\.22, which needs {MITIGATION.id}; the fix of that alone is in 13\.0 .*\. First upgrade to .*, undo only the"
    refused_without_a_write(stage, lambda: roll_back(stage, RollbackReason.AFTER_FIX, accept_exposure=False), told)


SWITCHES: dict[str, type[SwitchRun]] = {"lockdown": Lockdown, "reopen": Reopening}


# -- lockdown ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["lockdown", "reopen"])
def test_a_cluster_is_not_switched(open_stage: Callable[..., Stage], verb: str) -> None:
    stage = open_stage(BOX, cluster=True)
    told = "^box: this is a cluster, whose virtual servers Tourniquet cannot switch yet$"
    refused_without_a_write(stage, getattr(stage, verb), told)
    refused_without_a_write(stage, lambda: stage.switch_all(SWITCHES[verb], verb), told)


@pytest.mark.parametrize("verb", ["lockdown", "reopen"])
def test_an_appliance_with_partitions_is_not_switched(open_stage: Callable[..., Stage], verb: str) -> None:
    stage = open_stage(BOX, partitions=PARTITIONS)
    told = r"^box: there are admin partitions \(tenant_a\), whose virtual servers this run does not see$"
    refused_without_a_write(stage, getattr(stage, verb), told)


@pytest.mark.parametrize("verb", ["lockdown", "reopen"])
def test_an_appliance_whose_partitions_cannot_be_read_is_not_switched(
    open_stage: Callable[..., Stage], verb: str
) -> None:
    stage = open_stage(BOX)
    stage.simulator.appliance("box").fault("nitro_error", **UNREADABLE)
    told = r"^box: whether there are admin partitions cannot be read \(allow: show ns partition\)$"
    refused_without_a_write(stage, getattr(stage, verb), told)
    refused_without_a_write(stage, lambda: stage.switch_all(SWITCHES[verb], verb), told)


def test_a_virtual_server_of_which_nothing_is_known_is_not_closed(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(BOX)
    fault = {"type": "vpnvserver", "method": "GET", "attribute": "curstate", "times": 0}
    stage.simulator.appliance("box").fault("changed_answer", **fault)
    told = r"^box: the appliance does not report whether gw \(vpn \S+\) is switched on$"
    refused_without_a_write(stage, stage.lockdown, told)


# -- the virtual servers of an apply -----------------------------------------------------------------------------------


def test_where_the_inventory_names_no_vips_they_must_be_readable(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(BOX)
    named = stage.variables.pop("vips")
    stage.simulator.appliance("box").fault("nitro_error", type="vpnvserver", method="GET", code=2138, times=0)
    stage.simulator.clear_requests()
    for verb in (stage.apply, stage.status):
        with pytest.raises(
            NitroError, match=r"GET /nitro/v1/config/vpnvserver: .*Not authorized to execute this command"
        ):
            verb()
    assert writes(stage) == []
    stage.variables["vips"] = named
    with Connection(stage.appliance) as connection:
        result = Deployment(connection, stage.parameters()).plan()
    assert "whether the VIPs are switched off cannot be read" in result.plan.remarks


# -- records on the nodes ----------------------------------------------------------------------------------------------


def test_a_copy_that_exists_with_another_content_is_not_ours(open_stage: Callable[..., Stage]) -> None:
    """NITRO cannot overwrite a file. The run goes on, and says that the copy is missing: the record here is authoritative."""
    stage = open_stage(BOX)
    stage.simulator.appliance("box").fault("nitro_error", type="systemfile", method="POST", code=1642, nth=2, times=0)
    told: list[str] = []

    def keep(deployment: Any) -> None:
        told.append(deployment)

    result = stage.apply(before=keep)
    assert result.verdict.word == "mitigated"
    notes = told[0].lock.notes  # type: ignore[attr-defined]
    assert any("the copy of the record is missing on node 127.0.0.1: " in note for note in notes)
    assert [name for name in files(stage) if "ended" in name or "begun" in name] == []
