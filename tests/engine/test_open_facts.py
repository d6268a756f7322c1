# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each experiment of prove.yml, at a simulated appliance in each position of its switch: the result is that position."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import RunParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.experiments.by_hand import BY_HAND, FURTHER
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.experiments.experiment import OWNER, Risk
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.experiments.measurement import (
    Allowed,
    Laboratory,
    Measurement,
    gateway_vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.experiments.register import settled_facts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.virtual_servers import read_vips
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection

from simulator import Simulator
from simulator.fleet_file.switches import SWITCHES

BUILD = "13.1 49.15"
# What the experiments that only read need to find.
CONFIGURATION = {
    "responderpolicy": [{"name": "theirs", "rule": "false", "action": "NOOP"}],
    "responderglobal_responderpolicy_binding": [{"policyname": "theirs", "priority": 100, "type": "REQ_OVERRIDE"}],
    "vpnvserver_responderpolicy_binding": [
        {"name": "gw", "policy": "theirs", "priority": 200, "gotopriorityexpression": "END", "bindpoint": "REQUEST"}
    ],
    "nsacl": [{"aclname": "theirs", "aclaction": "DENY", "srcip": True, "srcipval": "192.0.2.7", "priority": 100}],
    "nssimpleacl": [{"aclname": "theirs", "aclaction": "DENY", "srcip": "192.0.2.8"}],
}


def fleet(**switches: Any) -> dict[str, Any]:
    return {
        "switches": {"counters_lag_seconds": 0.0, **switches},
        "appliances": {
            "box": {
                "build": BUILD,
                "nodes": ["127.0.0.1:0"],
                "features": ["LB", "CS", "SSL", "SSLVPN", "RESPONDER"],
                "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.1:0"}],
                "configuration": CONFIGURATION,
            }
        },
    }


class Box:
    """A simulated appliance, and what is measured at it."""

    def __init__(self, simulator: Simulator, directory: Path) -> None:
        self.simulator, self.directory = simulator, directory
        self.handle = simulator.appliance("box")
        node = simulator.ready["appliances"]["box"]["nodes"][0]
        known = {
            "nodes": [f"{node['address']}:{node['port']}"],
            "user": "nsroot",
            "password": "nsroot",
            "ca_file": simulator.ready["ca_file"],
            "probe_networks": ["127.0.0.0/8"],
        }
        self.appliance = Appliance.from_variables("box", known)

    def sleep(self, seconds: float) -> None:
        self.handle.advance(seconds)

    def measure(self, fact: str = "", allowed: Allowed | None = None) -> Measurement:
        """Carry out the experiments of one fact, or all."""
        own = allowed or Allowed(scratch=True, gateway="gw", globally=True, marker="0123456789abcdef")
        experiments = settled_facts()[fact] if fact else None
        parameters = RunParameters(appliance=self.appliance, owner=OWNER, records=self.directory, run="run")
        with Connection(self.appliance) as connection:
            vip = gateway_vip(connection, own.gateway, read_vips(connection.primary)) if own.gateway else None
            more = {} if experiments is None else {"experiments": experiments}
            laboratory = Laboratory(connection, own, vip=vip, sleep=self.sleep, **more)
            return laboratory.measure(parameters)

    def configuration(self) -> Any:
        state = self.handle.state()["nodes"][0]
        files = [path for path in state["files"] if not path.startswith("/var/log/") and path != "/nsconfig/ns.conf"]
        return state["running"], state["saved"], sorted(files)


@contextmanager
def box(directory: Path, **switches: Any) -> Iterator[Box]:
    with Simulator(fleet(**switches)) as simulator:
        yield Box(simulator, directory)


def positions(fact: str) -> list[Any]:
    switch = SWITCHES[fact]
    if switch.positions is bool:
        return [False, True]
    return list(switch.positions) if isinstance(switch.positions, tuple) else [switch.default, switch.default + 1]


CASES = [(fact, position) for fact in settled_facts() for position in positions(fact)]

# The positions that show themselves only where more is made than an experiment makes; how a person settles them is in by_hand.FURTHER.
NOT_SETTLED = {
    ("systemfile_limit", 2 * 1024 * 1024 + 1),
    ("empty_unset", "systemuser"),
    ("empty_unset", "refused"),
    ("set_limit", 5001),
}
# What a release decides is measured as the position that this build has.
MEASURED_AS = {("adm_user_in_log", "by_release"): "always"}


@pytest.mark.parametrize(("fact", "position"), CASES, ids=[f"{fact}={position}" for fact, position in CASES])
def test_the_result_is_the_position(tmp_path: Path, fact: str, position: Any) -> None:
    with box(tmp_path, **{fact: position}) as one:
        before = one.configuration()
        found = one.measure(fact)
        if (fact, position) in NOT_SETTLED:
            assert fact in FURTHER
            assert list(found.open) == [fact], found.settled
        else:
            assert fact in found.settled, found.open
            assert found.settled[fact].position == MEASURED_AS.get((fact, position), position)
        assert one.configuration() == before
        assert (found.left, found.problem) == ([], "")
