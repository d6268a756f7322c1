# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HA pairs: roles, propagation, sync, saving, failover."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

POLICY = {"name": "p", "rule": "TRUE", "action": "NOOP"}


def node(lab: Any, number: int) -> Any:
    return lab.simulator.appliance("pair").state()["nodes"][number]


@pytest.mark.fact("ha-rows", "ha-primary")
def test_hanode_rows(lab: Any) -> None:
    """id 0 is the node itself; the peer's row lacks the timers; mixed strings and numbers (collection issue 553)."""
    own, peer = lab.box("pair").rows("hanode")
    assert (own["id"], own["state"], peer["id"], peer["state"]) == ("0", "Primary", "1", "Secondary")
    assert (own["hellointerval"], own["deadinterval"], peer["hasync"]) == (200, 3, "SUCCESS")
    assert "hellointerval" not in peer
    assert lab.box("pair", 1).rows("hanode/0")[0]["state"] == "Secondary"
    assert lab.box("gw").rows("hanode/0")[0]["state"] == "Primary"
    assert lab.box("pair").get("nsconfig").json["nsconfig"]["systemtype"] == "HA"


@pytest.mark.fact("ha-node-ranges", "ha-node-settings")
@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"hellointerval": 199}, 1109),
        ({"hellointerval": "1001"}, 1108),
        ({"hellointerval": 250}, 1148),
        ({"deadinterval": 2}, 1109),
        ({"deadinterval": []}, 1234),
        ({"hastatus": "STAYPRIMARILY"}, 1097),
        ({"ipaddress": "192.0.2.1"}, 278),
        ({}, 431),
    ],
)
def test_settings_of_a_node_that_are_refused(lab: Any, setting: dict[str, Any], code: int) -> None:
    box = lab.box("pair")
    assert box.put("hanode", {"id": 0, **setting}).code == code
    good = {
        "hellointerval": "400",
        "deadinterval": 4,
        "maxflips": 3,
        "failsafe": "on",
        "syncstatusstrictmode": "ENABLED",
    }
    assert box.put("hanode", {"id": "0", **good}).status == 200
    (own, peer) = box.rows("hanode")
    shown = {
        "hellointerval": 400,
        "deadinterval": 4,
        "maxflips": "3",
        "failsafe": "ON",
        "syncstatusstrictmode": "ENABLED",
    }
    assert shown.items() <= own.items()
    assert peer["failsafe"] == "OFF", "it is each node's own"


@pytest.mark.fact("ha-propagation")
def test_writes_on_the_primary_are_propagated(lab: Any) -> None:
    """The secondary executes the commands too (product docs, HA)."""
    lab.box("pair").post("responderpolicy", POLICY)
    assert node(lab, 1)["running"]["responderpolicy"][0]["name"] == "p"
    assert "responderpolicy" not in node(lab, 1)["saved"]


@pytest.mark.fact("ha-save-both")
def test_save_on_the_primary_saves_both(lab: Any, with_switches: Callable[..., Any]) -> None:
    """A comment of the oneops cookbook; a switch."""
    box = lab.box("pair")
    box.post("responderpolicy", POLICY)
    box.post("nsconfig", {}, "?action=save")
    assert node(lab, 1)["saved"]["responderpolicy"]
    other = with_switches(save_reaches_secondary=False)
    box = other.box("pair")
    box.post("responderpolicy", POLICY)
    box.post("nsconfig", {}, "?action=save")
    assert "responderpolicy" not in node(other, 1)["saved"]


@pytest.mark.fact("ha-secondary-write", "ha-sync-overwrites")
def test_writes_on_the_secondary_are_lost(lab: Any) -> None:
    """Accepted with warning 1028, not propagated, lost after a sync (error list 1028; provider issue 1049)."""
    secondary = lab.box("pair", 1)
    answer = secondary.post("responderpolicy", POLICY, "?warning=yes")
    assert (answer.status, answer.code) == (209, 1028)
    assert "responderpolicy" not in node(lab, 0)["running"]
    assert secondary.rows("responderpolicy")
    assert lab.box("pair").post("hasync", {"force": True}, "?action=Force").status == 200
    assert secondary.rows("responderpolicy") == []


@pytest.mark.fact("ha-secondary-write")
def test_writes_on_the_secondary_can_be_refused(with_switches: Callable[..., Any]) -> None:
    """The other position of the switch: 368."""
    lab = with_switches(secondary_write="refused")
    assert lab.box("pair", 1).post("responderpolicy", POLICY).code == 368


@pytest.mark.fact("ha-failover")
def test_failover(lab: Any) -> None:
    """The roles change; the new secondary pulls from the new primary; the virtual servers still answer (product docs, HA)."""
    lab.box("pair").post("responderpolicy", POLICY)
    assert lab.box("pair", 1).post("hafailover", {"force": True}, "?action=Force").status == 200
    assert lab.box("pair", 1).rows("hanode/0")[0]["state"] == "Primary"
    assert lab.box("pair").rows("hanode/0")[0]["state"] == "Secondary"
    assert lab.vserver("gateway", "pair").ask("GET", "/vpn/index.html").status == 200


@pytest.mark.fact("ha-reboot-hands-over")
def test_a_rebooting_primary_hands_over(lab: Any) -> None:
    """The peer becomes primary; the rebooted node returns as secondary with the primary's running configuration."""
    lab.box("pair").post("responderpolicy", POLICY)
    lab.simulator.appliance("pair").reboot(0)
    state = lab.simulator.appliance("pair").state()
    assert state["primary"] == 1
    assert state["nodes"][0]["running"]["responderpolicy"]


@pytest.mark.fact("ha-node-settings", "ha-propagation-off")
def test_node_settings_are_not_propagated(lab: Any) -> None:
    """hasync, haprop and hastatus belong to the node (command reference, ha node); without haprop nothing is propagated."""
    box = lab.box("pair")
    assert box.put("hanode", {"id": "0", "haprop": "DISABLED"}).status == 200
    assert lab.box("pair", 1).rows("hanode/0")[0]["haprop"] == "ENABLED"
    box.post("responderpolicy", POLICY)
    assert "responderpolicy" not in node(lab, 1)["running"]


@pytest.mark.fact("ha-stand-alone")
def test_stand_alone(box: Any) -> None:
    """HA commands on a standalone: 363 (error list)."""
    assert box.post("hasync", {"force": True}, "?action=Force").code == 363
    assert box.post("hafailover", {"force": True}, "?action=Force").code == 363


@pytest.mark.fact("ha-files")
def test_files_are_synchronised_after_a_while(lab: Any) -> None:
    """File sync copies what is under /nsconfig from the primary to the secondary within minutes (CTX138748)."""
    row = {"filename": "rc.netscaler", "filelocation": "/nsconfig", "filecontent": base64.b64encode(b"x").decode()}
    assert lab.box("pair").post("systemfile", row).status == 201
    secondary, path = lab.box("pair", 1), "systemfile/rc.netscaler?args=filelocation:%2Fnsconfig"
    assert secondary.get(path).code == 3441
    lab.simulator.appliance("pair").advance(61)
    assert secondary.get(path).status == 200


def test_a_sync_can_save(lab: Any) -> None:
    """hasync with save YES saves the secondary; unknown arguments are 278, modes of hafiles are enumerated (NITRO reference)."""
    box = lab.box("pair")
    box.post("responderpolicy", {"name": "p", "rule": "TRUE", "action": "NOOP"})
    assert box.post("hasync", {"force": True, "save": "YES"}, "?action=Force").status == 200
    first, second = lab.simulator.appliance("pair").state()["nodes"]
    assert ("responderpolicy" in first["saved"], "responderpolicy" in second["saved"]) == (False, True)
    assert box.post("hasync", {"x": 1}, "?action=Force").code == 278
    assert box.post("hafiles", {"mode": ["ssl", "nonsense"]}, "?action=sync").code == 1097
    assert box.post("hafiles", {"mode": ["ssl"]}, "?action=sync").status == 200
