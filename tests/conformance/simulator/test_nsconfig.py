# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""nsconfig's own settings: parameters of the appliance, the management address, the time zone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

AMSTERDAM = "GMT+01:00-CET-Europe/Amsterdam"


def shown(box: Any) -> Any:
    return box.get("nsconfig").json["nsconfig"]


def lines(box: Any, word: str) -> list[str]:
    found = str(box.get("nsrunningconfig").json["nsrunningconfig"]["response"]).splitlines()
    return [line for line in found if word in line]


@pytest.mark.fact("config-update")
def test_parameters(box: Any) -> None:
    """The settings of a provider's test; nsparam has the same ones."""
    wanted = {"ipaddress": "127.21.0.11", "netmask": "255.255.255.0", "maxconn": 0, "cip": "ENABLED", "pmtumin": 600}
    answer = box.put("nsconfig", wanted, "?warning=yes")
    assert answer.status == 200  # the address is the same: nothing needs a reboot
    found = shown(box)
    assert (found["cip"], found["pmtumin"], found["maxconn"]) == ("ENABLED", "600", "0")
    assert (found["securecookie"], found["exclusivequotamaxclient"]) == ("ENABLED", "80")
    assert box.get("nsparam").json["nsparam"]["pmtumin"] == "600"
    assert lines(box, "ns param") == ["set ns param -maxConn 0 -cip ENABLED -pmtuMin 600"]
    assert box.post("nsconfig", {"pmtumin": True}, "?action=unset").status == 200
    assert shown(box)["pmtumin"] == "576"
    assert box.put("nsparam", {"maxreq": 5}).status == 200
    assert shown(box)["maxreq"] == "5"
    for wrong, code in (({}, 431), ({"pmtumin": 1501}, 1108), ({"cip": "MAYBE"}, 1097), ({"level": "basic"}, 278)):
        assert box.put("nsconfig", wrong).code == code
    assert box.post("nsconfig", {}, "?action=unset").code == 431


@pytest.mark.fact("config-update")
def test_parameters_are_propagated(lab: Any) -> None:
    assert lab.box("pair").put("nsconfig", {"cookieversion": "1"}).status == 200
    assert shown(lab.box("pair", 1))["cookieversion"] == "1"


@pytest.mark.fact("config-address")
def test_a_new_address(lab: Any) -> None:
    """It needs a save and a reboot; the node listens where the fleet file says."""
    box, appliance = lab.box(), lab.simulator.appliance("gw")
    answer = box.put("nsconfig", {"ipaddress": "192.0.2.10", "netmask": "255.255.255.128"}, "?warning=yes")
    assert (answer.status, answer.header("X-NITRO-WARNING").split(" ")[0]) == (209, "1120")
    assert (shown(box)["ipaddress"], shown(box)["configchanged"]) == ("127.21.0.11", True)
    assert lines(box, "ns config") == ["set ns config -IPAddress 192.0.2.10 -netmask 255.255.255.128"]
    appliance.reboot()
    assert lines(lab.box(), "ns config") == []  # it was not saved
    box = lab.box()
    assert box.put("nsconfig", {"ipaddress": "192.0.2.10", "netmask": "255.255.255.128"}).status == 200
    assert box.post("nsconfig", {}, "?action=save").status == 200
    appliance.reboot()
    box = lab.box()
    assert (shown(box)["ipaddress"], shown(box)["netmask"]) == ("192.0.2.10", "255.255.255.128")
    assert box.rows("hanode/0")[0]["ipaddress"] == "192.0.2.10"
    assert [(row["ipaddress"], row["netmask"]) for row in box.rows("nsip") if row["type"] == "NSIP"] == [
        ("192.0.2.10", "255.255.255.128")
    ]
    assert box.post("nsconfig", {"ipaddress": True, "netmask": True}, "?action=unset").status == 200
    assert lines(box, "ns config") == ["set ns config -IPAddress 192.168.100.1 -netmask 255.255.0.0"]


@pytest.mark.fact("config-address")
def test_a_new_address_ends_the_pair(lab: Any) -> None:
    """The peer has the old one."""
    box = lab.box("pair")
    assert box.put("nsconfig", {"ipaddress": "192.0.2.10", "netmask": "255.255.255.0"}).status == 200
    assert box.post("nsconfig", {}, "?action=save").status == 200
    assert box.rows("hanode/1")[0]["state"] == "Secondary"
    lab.simulator.appliance("pair").reboot(0)
    assert lab.box("pair", 1).rows("hanode/1")[0]["state"] == "UNKNOWN"


@pytest.mark.fact("config-address")
@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"ipaddress": "192.0.2.10"}, 1093),
        ({"netmask": "255.255.255.0"}, 1093),
        ({"nsvlan": 5}, 1093),
        ({"tagged": "YES"}, 1093),
        ({"nsvlan": 1, "ifnum": ["1/1"]}, 1109),
        ({"ipaddress": "192.0.2.300", "netmask": "255.255.255.0"}, 1110),
        ({"ipaddress": "192.0.2.10", "netmask": "255.0.255.0"}, 1111),
        ({"ipaddress": "192.0.2.10", "netmask": "24"}, 1111),
    ],
)
def test_wrong_addresses(box: Any, row: dict[str, Any], code: int) -> None:
    assert box.put("nsconfig", row).code == code
    assert lines(box, "ns config") == []


@pytest.mark.fact("config-address")
def test_a_vlan_for_the_address(box: Any) -> None:
    assert box.put("nsconfig", {"nsvlan": 5, "ifnum": ["1/1", "1/2"], "tagged": "NO"}).status == 200
    assert (shown(box)["nsvlan"], shown(box)["ifnum"], shown(box)["tagged"]) == ("5", ["1/1", "1/2"], "NO")
    assert box.post("nsconfig", {"nsvlan": True, "ifnum": True, "tagged": True}, "?action=unset").status == 200
    assert "nsvlan" not in shown(box)


@pytest.mark.fact("config-timezone", "config-timezone-when")
@pytest.mark.parametrize("at_boot", [True, False])
def test_a_time_zone(with_switches: Callable[..., Any], at_boot: bool) -> None:
    """Times are shown in it: after the next boot, or at once. The seconds since 1970 are not."""
    lab = with_switches(timezone_at_boot=at_boot)
    box = lab.box()
    before = int(shown(box)["systemtime"])
    assert box.put("nsconfig", {"timezone": AMSTERDAM}).status == 200
    assert shown(box)["timezone"] == AMSTERDAM
    assert (" 04:0" in shown(box)["currentsytemtime"]) is not at_boot
    assert box.post("nsconfig", {}, "?action=save").status == 200
    lab.simulator.appliance("gw").reboot()
    box = lab.box()
    assert " 04:0" in shown(box)["currentsytemtime"]
    assert int(shown(box)["systemtime"]) - before < 600
    for wrong in ("Europe/Amsterdam", "GMT+01:00-CET-../etc/passwd", "GMT+01:00-CET-Europe/../x"):
        assert box.put("nsconfig", {"timezone": wrong}).code == 1097
    assert box.post("nsconfig", {"timezone": True}, "?action=unset").status == 200
    assert shown(box)["timezone"] == "CoordinatedUniversalTime"


def test_addresses_belong_to_the_whole_appliance(box: Any) -> None:
    """2760 in an admin partition (product docs; error list); parameters can be set there."""
    assert box.post("nspartition", {"partitionname": "p1"}).status == 201
    assert box.post("nspartition", {"partitionname": "p1"}, "?action=Switch").status == 200
    assert box.put("nsconfig", {"ipaddress": "192.0.2.10", "netmask": "255.255.255.0"}).code == 2760
    assert box.post("nsconfig", {"nsvlan": True}, "?action=unset").code == 2760
    assert box.delete("hanode/1").code == 2760
    assert lines(box, "HA node") == []
