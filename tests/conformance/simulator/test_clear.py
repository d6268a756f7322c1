# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`nsconfig?action=clear`: what each level keeps (command reference, ns config)."""

from __future__ import annotations

from typing import Any

import pytest

MODES = ["FR", "L3", "Edge", "USNIP", "PMTUD"]


@pytest.fixture
def filled(box: Any) -> Any:
    """Return a client of an appliance that has something of everything."""
    rows = {
        "server": {"name": "s", "ipaddress": "192.0.2.80"},
        "responderpolicy": {"name": "p", "rule": "TRUE", "action": "NOOP"},
        "nsacl": {"aclname": "a", "aclaction": "ALLOW"},
        "dnsnameserver": {"ip": "192.0.2.53"},
        "systemuser": {"username": "ann", "password": "secret"},
    }
    for name, row in rows.items():
        assert box.post(name, row).status == 201, name
    for number, kind in enumerate(("SNIP", "VIP")):
        row = {"ipaddress": f"192.0.2.{number + 1}", "netmask": "255.255.255.0", "type": kind}
        assert box.post("nsip", row).status == 201
    for network, mask in (("0.0.0.0", "0.0.0.0"), ("198.51.100.0", "255.255.255.0")):
        assert box.post("route", {"network": network, "netmask": mask, "gateway": "192.0.2.254"}).status == 201
    bound = {"username": "ann", "policyname": "superuser", "priority": 1}
    assert box.post("systemuser_systemcmdpolicy_binding", bound).status == 201
    assert box.put("systemuser", {"username": "nsroot", "password": "changed"}).status == 200
    assert box.post("nsmode", {"mode": ["MBF"]}, "?action=enable").status == 200
    assert box.post("nsconfig", {}, "?action=save").status == 200
    return box


def kept(box: Any) -> dict[str, list[Any]]:
    key = {"nsip": "type", "route": "network", "dnsnameserver": "ip", "systemuser": "username", "server": "name"}
    found = {name: sorted(row[attribute] for row in box.rows(name)) for name, attribute in key.items()}
    gone = ("responderpolicy", "nsacl", "vpnvserver", "lbvserver", "csvserver", "authenticationvserver")
    return {**found, "rest": [row for name in gone for row in box.rows(name)]}


@pytest.mark.fact("config-clear", "config-clear-password")
@pytest.mark.parametrize(
    ("payload", "network", "routes", "servers", "users", "features", "password"),
    [
        ({"level": "basic"}, ["NSIP", "SNIP"], 2, ["192.0.2.53"], ["nsroot"], True, "changed"),
        ({"level": "basic", "rbaconfig": "NO"}, ["NSIP", "SNIP"], 2, ["192.0.2.53"], ["ann", "nsroot"], True, "changed"),
        ({"level": "EXTENDED", "rbaconfig": "NO"}, ["NSIP", "SNIP"], 2, ["192.0.2.53"], ["nsroot"], False, "changed"),
        ({"level": "full", "force": True}, ["NSIP"], 1, [], ["nsroot"], False, "nsroot"),
    ],
)  # fmt: skip
def test_what_a_level_keeps(
    filled: Any, lab: Any, payload: Any, network: Any, routes: int, servers: Any, users: Any, features: bool, password: str
) -> None:  # fmt: skip
    assert filled.post("nsconfig", payload, "?action=clear").status == 200
    found = kept(filled)
    assert (found["nsip"], found["dnsnameserver"], found["systemuser"]) == (network, servers, users)
    assert (len(found["route"]), found["route"][0], found["server"], found["rest"]) == (routes, "0.0.0.0", [], [])
    assert ("RESPONDER" in filled.get("nsfeature").json["nsfeature"]["feature"]) is features
    assert filled.get("nsmode").json["nsmode"]["mode"] == [*MODES, *(["MBF"] if features else [])]
    assert lab.client().log_in("nsroot", password).status == 201
    assert lab.client().log_in("ann", "secret").status == (201 if "ann" in users else 401)
    assert filled.get("nsconfig").json["nsconfig"]["configchanged"] is True
    node = lab.simulator.appliance("gw").state()["nodes"][0]
    assert node["saved"]["server"]  # the saved configuration stays, and a reboot brings it back
    filled.post("reboot", {"warm": True})
    again = lab.client()
    assert again.log_in("nsroot", "changed").status == 201
    assert [row["name"] for row in again.rows("server")] == ["s"]


@pytest.mark.fact("config-clear")
def test_errors_of_a_clear(box: Any) -> None:
    """The level is mandatory; verbs are lower case."""
    for payload, code in (({}, 1095), ({"level": "some"}, 1097), ({"level": "full", "all": True}, 278)):
        assert box.post("nsconfig", payload, "?action=clear").code == code
    assert box.post("nsconfig", {"level": "full"}, "?action=Clear").code == 1240
    assert box.rows("vpnvserver")


@pytest.mark.fact("config-clear")
def test_a_pair_clears_both_nodes_and_stays_a_pair_at_basic(lab: Any) -> None:
    box = lab.box("pair")
    assert box.put("hanode", {"id": "0", "deadinterval": 10}).status == 200
    assert box.post("nsconfig", {"level": "basic"}, "?action=clear").status == 200
    assert lab.box("pair", 1).rows("vpnvserver") == box.rows("vpnvserver") == []
    assert (len(box.rows("hanode")), box.rows("hanode/0")[0]["deadinterval"]) == (2, 10)
    assert box.post("nsconfig", {"level": "full"}, "?action=clear").status == 200
    assert box.rows("hanode/0")[0]["deadinterval"] == 3


@pytest.mark.fact("config-clear", "not-authorised")
def test_a_clear_is_a_command(box: Any, lab: Any) -> None:
    """Command policies see `clear ns config` and its level."""
    assert box.post("systemuser", {"username": "ann", "password": "secret"}).status == 201
    policy = {"policyname": "p", "action": "DENY", "cmdspec": "^clear ns config full"}
    assert box.post("systemcmdpolicy", policy).status == 201
    for number, name in enumerate(("p", "superuser"), 1):
        bound = {"username": "ann", "policyname": name, "priority": number}
        assert box.post("systemuser_systemcmdpolicy_binding", bound).status == 201
    ann = lab.client(X_NITRO_USER="ann", X_NITRO_PASS="secret")
    assert ann.post("nsconfig", {"level": "full", "force": True}, "?action=clear").code == 2138
    assert ann.post("nsconfig", {"level": "basic", "force": True}, "?action=clear").status == 200
