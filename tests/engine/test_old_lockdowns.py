# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Change records that lockdown.yml wrote before it became close.yml with step=off: they are read, counted and undone as they were then.

`old_lockdowns` has the records of four runs: all is closed; the decision is extended; De Wit is opened; and De Wit is closed by a run that died once the
appliance had the change. They are signed by a control node whose public key is beside them; its private key was thrown away.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closed_time import still_closed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.audit.page import audit_lines

from simulator import Simulator
from tests.engine.test_lockdown_partitions import Tenants
from tests.stage.fleet import fleet_file

OLD = Path(__file__).parent / "old_lockdowns"
CLOSED = {"default": ["gw"], "tenant_a": ["shop"], "tenant_b": ["shop"]}


def server(type_: str, name: str, address: str, port: int) -> dict[str, Any]:
    """Return a virtual server that is switched off. It has a fixed address, so no probe reaches it."""
    return {type_: [{"name": name, "ipv46": address, "port": port, "state": "DISABLED", "servicetype": "HTTP"}]}


BOX: dict[str, Any] = {
    "build": "14.1 43.50",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN"],
    "configuration": server("vpnvserver", "gw", "192.0.2.10", 443),
    "partitions": {
        "tenant_a": {"features": ["LB"], "configuration": server("lbvserver", "shop", "192.0.2.50", 80)},
        "tenant_b": {"features": ["LB"], "configuration": server("lbvserver", "shop", "192.0.2.51", 80)},
    },
}
BOX["configuration"]["vpnvserver"][0]["servicetype"] = "SSL"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Tenants]:
    """The appliance as the four runs left it, at a control node that has their records and knows their signer."""
    with Simulator(fleet_file({"box": BOX})) as simulator:
        stage = Tenants(simulator, tmp_path / "records", "box")
        shutil.copytree(OLD, stage.records / "box", ignore=shutil.ignore_patterns("allowed_signers"))
        stage.trust = replace(stage.trust, allowed_signers=OLD / "allowed_signers")
        yield stage


def opened(stage: Tenants, **given: Any) -> dict[str, Any]:
    return stage.open(allowed_signers=str(OLD / "allowed_signers"), **given)


def test_they_say_what_is_closed_since_when_and_by_whose_decision(stage: Tenants) -> None:
    assert stage.off() == CLOSED
    records = all_records(stage.records, "box", stage.trust)
    assert [(str(one.kind), one.partition, str(one.outcome)) for one in records] == [
        *(("lockdown", name, "applied") for name in CLOSED),
        *(("lockdown", name, "applied") for name in CLOSED),
        ("reopen", "tenant_a", "applied"),
        ("lockdown", "tenant_a", "open"),
    ]
    assert all(one.provenance.is_trusted for one in records)
    found = [(one.partition, one.object_id[1][0], str(one.step), one.ticket) for one in still_closed(records)]
    assert found == [
        ("default", "gw", "off", "CHG2"),
        ("tenant_b", "shop", "off", "CHG2"),
        ("tenant_a", "shop", "off", "CHG4"),
    ]


def test_a_closing_completes_what_the_dead_run_did_not_and_leaves_the_rest(stage: Tenants) -> None:
    known = len(stage.written())
    closed = stage.close(allowed_signers=str(OLD / "allowed_signers"))
    assert not closed.get("failed"), closed["msg"]
    assert stage.off() == CLOSED
    new = stage.written()[known:]
    assert [(one["kind"], one["partition"], one["completes"], one["steps"]) for one in new] == [
        ("lockdown", "tenant_a", [["lbvserver", "shop"]], [])
    ]


def test_an_opening_takes_all_of_them_back(stage: Tenants) -> None:
    result = opened(stage)
    assert not result.get("failed"), result["msg"]
    assert stage.off() == {"default": [], "tenant_a": [], "tenant_b": []}
    assert [row["step"] for row in result["closures"]] == ["off"] * len(result["closures"])
    assert all(row["until"] for row in result["closures"])
    assert opened(stage)["msg"].startswith("nothing to reopen")


def test_nothing_is_opened_by_records_of_a_stranger(stage: Tenants) -> None:
    with pytest.raises(Refused, match="which is not in a list of allowed signers"):
        stage.open()
    assert stage.off() == CLOSED


def test_an_audit_calls_nothing_proven_that_nothing_has_asked(stage: Tenants) -> None:
    with Connection(stage.appliance) as connection:
        found = audit(connection, stage.records, "box", trust=stage.trust)
    words = [line.rpartition("jansen@control-1: ")[2] for line in audit_lines("box", found) if "jansen@" in line]
    assert words == [
        *["applied, saved, read back"] * 3,
        *["applied, saved, read back"] * 3,  # a new decision alone, which asks nothing
        "applied, saved, read back",
        "open, not saved, not proven",
    ]


def test_who_has_no_record_of_a_closing_is_not_told_that_all_is_open(stage: Tenants, tmp_path: Path) -> None:
    """Seen: "nothing to reopen", with every virtual server off, and reopen.yml as the next action, which opens none of them."""
    other = Tenants(stage.simulator, tmp_path / "others", "box")
    told = other.open()["msg"]
    for name in ("gw (vpn 192.0.2.10:443)", "shop (lb 192.0.2.50:80)", "shop (lb 192.0.2.51:80)"):
        assert (
            f"{name} is switched off, and no record here or on the nodes says that a run of ours closed it: it stays off"
            in told
        )
    verdict = other.close(check=True)["verdict"]
    told = (verdict["word"], verdict["next_action"].partition(", once")[0])
    assert told == ("applied, unproven", "look from outside whether it answers, and switch it on on the appliance")
    assert stage.off() == CLOSED
