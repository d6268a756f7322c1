# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Appliances that are built from an exported ns.conf."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator import FleetError, Simulator

from .conftest import Lab

EXPORTED = """#NS13.1 Build 53.24
# Last modified by `save config`, Mon May  8 14:59:07 2017
set ns config -IPAddress 192.0.2.10 -netmask 255.255.255.0
add HA node 1 192.0.2.11
set HA node -failSafe ON -helloInterval 400
enable ns feature LB SSL RESPONDER
enable ns mode FR L3 Edge
set ns hostName gw1
add lb vserver web HTTP 192.0.2.20 80 -noSuchOption NONE
add responder policy p "HTTP.REQ.URL.CONTAINS(\\"/x\\") && CLIENT.IP.DST.EQ(192.0.2.20)" RESET
bind lb vserver web -policyName p -priority 10 -gotoPriorityExpression END -type REQUEST
"""
ONE: dict[str, Any] = {
    "nodes": ["127.0.0.1:0"],
    "vservers": [{"type": "lb", "name": "web", "address": "127.0.0.1:0", "protocol": "HTTP"}],
}


def test_an_appliance_from_a_file(tmp_path: Path) -> None:
    """Build, features, objects and bindings come from the file; the listener receives the traffic of the configured address."""
    (tmp_path / "ns.conf").write_text(EXPORTED, encoding="utf-8")
    fleet = tmp_path / "fleet.yml"
    fleet.write_text(
        yaml.safe_dump({"appliances": {"one": {**ONE, "configuration_file": "ns.conf"}}}), encoding="utf-8"
    )
    with Simulator(fleet) as simulator:
        lab = Lab(simulator)
        box = lab.box("one")
        assert "NS13.1: Build 53.24" in box.get("nsversion").json["nsversion"]["version"]
        assert box.rows("lbvserver/web")[0]["ipv46"] == "192.0.2.20"
        assert box.get("nsconfig").json["nsconfig"]["configchanged"] is False
        assert lab.vserver("web", "one").ask("GET", "/").status == 200
        with pytest.raises(ConnectionResetError):
            lab.vserver("web", "one").ask("GET", "/x")
        # The fleet file decides which nodes there are; the HA settings are those of the file.
        own = box.rows("hanode")
        assert [(row["id"], row["failsafe"], row["hellointerval"]) for row in own] == [("0", "ON", 400)]
        assert box.get("nsconfig").json["nsconfig"]["ipaddress"] == "127.0.0.1"
        unknown = simulator.appliance("one").state()["unknown_lines"]
        assert [line.split(":")[0] for line in unknown] == ["line 9"]
        printed = box.get("nsrunningconfig").json["nsrunningconfig"]["response"]
        assert printed.splitlines()[1] == "set ns config -IPAddress 192.0.2.10 -netmask 255.255.255.0"
        simulator.reset()
        assert simulator.appliance("one").state()["unknown_lines"] == unknown
        lab.close()


def test_unknown_lines_can_be_refused() -> None:
    """strict: the fleet file is refused with the list of unknown lines."""
    text = EXPORTED.replace("set ns config", "set nonsense config")
    strict = {"appliances": {"one": {**ONE, "ns_conf": text, "ns_conf_unknown": "strict"}}}
    with pytest.raises(
        FleetError, match=r"line 3: unknown command: set nonsense config.*line 9: unknown option -noSuchOption"
    ):
        Simulator(strict).start()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"configuration_file": "missing.conf"}, "configuration_file: missing.conf: No such file"),
        ({"configuration_file": "x", "ns_conf": "y"}, "exclude each other"),
        ({"ns_conf": "add responder policy p TRUE NOOP\n"}, "build is missing"),
    ],
)
def test_mistakes(change: dict[str, Any], text: str) -> None:
    with pytest.raises(FleetError, match=text):
        Simulator({"appliances": {"one": {**ONE, **change}}})


def test_a_printed_configuration_builds_the_same_appliance(lab: Any, mitigate: Any) -> None:
    """The text of nsrunningconfig is an ns.conf: an appliance that is built from it prints the same text."""
    box = lab.box()
    mitigate(box)
    printed = box.get("nsrunningconfig").json["nsrunningconfig"]["response"]
    with Simulator({"appliances": {"one": {"nodes": ["127.0.0.1:0"], "ns_conf": printed}}}) as simulator:
        other = Lab(simulator)
        again = other.box("one")
        assert again.get("nsrunningconfig").json["nsrunningconfig"]["response"] == printed
        assert again.get("nssavedconfig").json["nssavedconfig"]["textblob"] == printed
        other.close()
