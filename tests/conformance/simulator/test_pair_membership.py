# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What makes two nodes a pair, and what happens to it: add and rm HA node, and a node's own lines of ns.conf."""

from __future__ import annotations

from typing import Any

import pytest

FIRST, SECOND = "127.21.0.21", "127.21.0.22"
SERVER = {"name": "s", "ipaddress": "192.0.2.1"}


@pytest.fixture
def nodes(lab: Any) -> tuple[Any, Any]:
    """Return clients of the primary and of the secondary."""
    return lab.box("pair"), lab.box("pair", 1)


def rows(box: Any) -> list[tuple[str, str, str, str]]:
    return [(row["id"], row["ipaddress"], row["hastatus"], row["state"]) for row in box.rows("hanode")]


def text(box: Any, type_: str = "nsrunningconfig", key: str = "response") -> list[str]:
    return [line for line in str(box.get(type_).json[type_][key]).splitlines() if "HA node" in line]


@pytest.mark.fact("ha-rm-node", "ha-rm-both-primary")
def test_a_peer_is_removed_from_one_node(nodes: tuple[Any, Any]) -> None:
    """That node is a standalone; the other one keeps its peer, hears nothing of it, and becomes primary."""
    first, second = nodes
    assert rows(first) == [("0", FIRST, "UP", "Primary"), ("1", SECOND, "UP", "Secondary")]
    assert first.delete("hanode/1").status == 200
    assert rows(first) == [("0", FIRST, "UP", "Primary")]
    assert rows(second) == [("0", SECOND, "UP", "Primary"), ("1", FIRST, "NOT UP", "UNKNOWN")]
    assert [box.get("nsconfig").json["nsconfig"]["systemtype"] for box in nodes] == ["Stand-alone", "HA"]
    states = [box.ask("GET", "/nitro/v1/stat/hanode").json["hanode"]["hacurstatus"] for box in nodes]
    assert states == ["NO", "YES"]
    assert first.post("hasync", {"force": True}, "?action=Force").code == 363
    assert second.post("hasync", {"force": True}, "?action=Force").code == 364
    assert second.post("hafailover", {"force": True}, "?action=Force").code == 1449
    assert first.post("server", SERVER).status == 201
    assert second.rows("server") == []
    assert (
        second.post("server", {**SERVER, "name": "t"}, "?warning=yes").status == 201
    )  # no warning: it is no secondary
    assert second.delete("hanode/1").status == 200
    assert rows(second) == [("0", SECOND, "UP", "Primary")]


@pytest.mark.fact("ha-rm-both-primary")
def test_a_node_that_stays_secondary_does_so_alone(lab: Any, nodes: tuple[Any, Any]) -> None:
    """How a pair is taken apart without two primaries; the traffic stays with the first node."""
    second = nodes[1]
    assert second.put("hanode", {"hastatus": "STAYSECONDARY"}).status == 200
    for box in nodes:
        assert box.delete("hanode/1").status == 200
    assert [box.rows("hanode/0")[0]["state"] for box in nodes] == ["Primary", "Secondary"]
    assert lab.vserver("gateway", "pair").ask("GET", "/vpn/index.html").status == 200
    assert second.post("hanode", {"hastatus": True}, "?action=unset").status == 200
    assert second.rows("hanode/0")[0]["state"] == "Primary"


@pytest.mark.fact("ha-add-node")
def test_a_pair_is_made_again(nodes: tuple[Any, Any]) -> None:
    """When each node has the other, one of them is synchronised by the other; commands are propagated again."""
    first, second = nodes
    for box in nodes:
        assert box.delete("hanode/1").status == 200
    assert first.post("server", SERVER).status == 201
    assert first.post("hanode", {"id": 7, "ipaddress": SECOND}).status == 201
    assert rows(first)[1] == ("7", SECOND, "NOT UP", "UNKNOWN")
    assert second.rows("server") == []
    assert second.post("hanode", {"id": "3", "ipaddress": FIRST}).status == 201
    assert rows(first) == [("0", FIRST, "UP", "Primary"), ("7", SECOND, "UP", "Secondary")]
    assert rows(second) == [("0", SECOND, "UP", "Secondary"), ("3", FIRST, "UP", "Primary")]
    assert [row["name"] for row in second.rows("server")] == ["s"]
    assert first.post("server", {**SERVER, "name": "t", "ipaddress": "192.0.2.2"}).status == 201
    assert [row["name"] for row in second.rows("server")] == ["s", "t"]


@pytest.mark.fact("ha-add-node")
@pytest.mark.parametrize(("node", "wish"), [(1, "STAYPRIMARY"), (0, "STAYSECONDARY")])
def test_the_primary_of_a_new_pair(nodes: tuple[Any, Any], node: int, wish: str) -> None:
    for box in nodes:
        assert box.delete("hanode/1").status == 200
    assert nodes[node].put("hanode", {"hastatus": wish}).status == 200
    for box, address in zip(nodes, (SECOND, FIRST), strict=True):
        assert box.post("hanode", {"id": 1, "ipaddress": address}).status == 201
    assert [box.rows("hanode/0")[0]["state"] for box in nodes] == ["Secondary", "Primary"]


@pytest.mark.fact("ha-add-node-codes")
@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"id": 1}, 1095),
        ({"ipaddress": SECOND}, 1095),
        ({"id": 0, "ipaddress": SECOND}, 1109),
        ({"id": 65, "ipaddress": SECOND}, 1108),
        ({"id": 2, "ipaddress": "10.0.0.256"}, 1110),
        ({"id": 2, "ipaddress": FIRST}, 415),
        ({"id": 2, "ipaddress": "192.0.2.9"}, 348),
        ({"id": 1, "ipaddress": "192.0.2.9"}, 273),
        ({"id": 2, "ipaddress": "192.0.2.9", "inc": "MAYBE"}, 1097),
        ({"id": 2, "ipaddress": "192.0.2.9", "rpcnodepassword": "x"}, 278),  # 12.1 does not know it
    ],
)
def test_wrong_peers(nodes: tuple[Any, Any], row: dict[str, Any], code: int) -> None:
    assert nodes[0].post("hanode", row).code == code
    assert rows(nodes[0])[1] == ("1", SECOND, "UP", "Secondary")


@pytest.mark.fact("ha-add-node-codes")
@pytest.mark.parametrize("number", ["0", "2", "x"])
def test_a_peer_that_is_not_there(nodes: tuple[Any, Any], number: str) -> None:
    assert nodes[0].delete(f"hanode/{number}").code == 362


def test_a_peer_of_a_standalone(box: Any) -> None:
    """No node answers at the address."""
    assert box.post("hanode", {"id": 1, "ipaddress": "192.0.2.9", "inc": "ENABLED"}).status == 201
    assert rows(box)[1] == ("1", "192.0.2.9", "NOT UP", "UNKNOWN")
    assert text(box) == ["add HA node 1 192.0.2.9 -inc ENABLED"]
    assert box.delete("hanode/1").status == 200
    assert text(box) == []


@pytest.mark.fact("ha-node-unset")
def test_settings_of_a_node_are_unset(box: Any) -> None:
    assert box.put("hanode", {"id": 0, "deadinterval": 9, "failsafe": "ON"}).status == 200
    assert text(box) == ["set HA node -deadInterval 9 -failSafe ON"]
    assert box.post("hanode", {"id": 0, "failsafe": True}, "?action=unset").status == 200
    assert (box.rows("hanode/0")[0]["failsafe"], box.rows("hanode/0")[0]["deadinterval"]) == ("OFF", 9)
    for wrong, code in (({}, 431), ({"state": True}, 1090), ({"id": 1, "failsafe": True}, 257)):
        assert box.post("hanode", wrong, "?action=unset").code == code


@pytest.mark.fact("ha-own-lines")
def test_own_lines_of_the_nodes(lab: Any, nodes: tuple[Any, Any]) -> None:
    """A sync does not replace them, a save on the primary saves both, and a boot loses what is not saved."""
    first, second = nodes
    assert second.put("hanode", {"hasync": "DISABLED"}).status == 200
    assert second.put("hanode", {"failsafe": "ON"}).status == 200
    assert text(first) == [f"add HA node 1 {SECOND}"]
    assert text(second) == [f"add HA node 1 {FIRST}", "set HA node -haSync DISABLED -failSafe ON"]
    assert text(second, "nssavedconfig", "textblob") == [f"add HA node 1 {FIRST}"]
    assert "+set HA node" in second.post("nsconfig", {}, "?action=diff").json["nsconfig"]["response"]
    assert first.post("nsconfig", {}, "?action=save").status == 200
    assert second.put("hanode", {"failsafe": "OFF"}).status == 200
    assert first.delete("hanode/1").status == 200
    lab.simulator.appliance("pair").reboot()
    first, second = lab.box("pair"), lab.box("pair", 1)
    assert text(first) == [f"add HA node 1 {SECOND}"]
    assert text(second) == [f"add HA node 1 {FIRST}", "set HA node -haSync DISABLED -failSafe ON"]


def test_users_stay_with_the_node_that_serves_them(lab: Any, nodes: tuple[Any, Any]) -> None:
    lab.simulator.appliance("pair").session("gateway", "ann", connections=["ica"])
    assert nodes[0].delete("hanode/1").status == 200
    for type_ in ("aaasession", "vpnicaconnection"):
        assert [len(box.rows(type_)) for box in nodes] == [1, 0]
    lab.simulator.appliance("pair").reboot(1)
    assert len(nodes[0].rows("aaasession")) == 1
