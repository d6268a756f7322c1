# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Geoblocking on one simulated appliance, in process, with the requests that each verb makes.

Countries are made of the documentation ranges; clients come from 127.66.0.0/16, which an own list calls ``lab``.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import ApplyParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.measure import (
    Geoblock,
    load_geoblock,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.resolution import resolved_on
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment

from simulator import Simulator
from tests.stage import client
from tests.stage.memory import Played, Stage

TODAY = date(2026, 11, 26)
LAB, UNLISTED = "127.66.0.9", "127.0.0.1"
ROWS = {4: [("198.51.100.0", "198.51.100.255", "RU"), ("203.0.113.0", "203.0.113.63", "UA")], 6: []}


@dataclass(frozen=True)
class Answer:
    """The answer that a client got: the status, or 0 where the connection was cut or dropped."""

    status: int


class GeoblockStage(Stage):
    """:ivar settings: the variables geoblock_*, to be changed by a test"""

    def __init__(self, simulator: Simulator, records: Path, name: str = "box", **settings: Any) -> None:
        super().__init__(simulator, records, name)
        for vip in self.variables["vips"]:
            vip["tls"] = vip["kind"] == "vpn"
        self.folder = records.parent
        self.folder.mkdir(parents=True, exist_ok=True)
        self.settings: dict[str, Any] = {
            "policy": "block",
            "countries": ["RU", "UA"],
            "networks": {"lab": ["127.66.0.0/16"]},
            "families": ["ipv4"],
            "accept": ["private"],
            "cache": str(records.parent / "cache"),
            "vservers": ["site"],
            "mode": "enforce",
            "answer": "reset",
            **settings,
        }
        self.data(*ROWS[4])

    def data(self, *rows: tuple[str, str, str]) -> None:
        """Replace the country data, with today's date."""
        path = self.folder / "data.csv"
        path.write_text("".join(f"{first},{last},{country}\n" for first, last, country in rows))
        self.settings["source"] = {
            "name": "test",
            "licence": "none",
            "files": [{"path": str(path)}],
            "max_age_days": 9000,
        }

    def measure(self) -> Geoblock:
        return load_geoblock(self.settings, self.name, TODAY)

    def measure_files(self) -> list[bytes]:
        """Return the files that a node would get on its disk."""
        with Connection(self.appliance) as connection:
            return [file.content for file in resolved_on(connection, self.geoblock_order()).document.files]

    def geoblock_order(self, **options: Any) -> ApplyParameters:
        measure = self.measure()
        answered = {"who": "J. Jansen", "reason": "a test", **options}
        return self.order(measure, Owner(measure.id, 1, "CHG0042"), TODAY, **answered)

    def play(self, verb: str, **options: Any) -> Played:
        """:param verb: plan, apply or status"""
        return self.played(verb, self.geoblock_order(**options))

    def enforce(self, **options: Any) -> Any:
        """Apply in the default partition alone; a failure is raised."""
        with Connection(self.appliance) as connection:
            return Deployment(connection, self.geoblock_order(**options)).apply()

    def take_off(self, why: str = "after_fix") -> Played:
        return self.taken_off(self.measure(), why)

    def ask(self, source: str, vserver: str = "site", path: str = "/") -> Answer:
        """A request of a client at a given address."""
        vip = next(one for one in self.variables["vips"] if one["name"] == vserver)
        return Answer(client.ask(vip, path, tls=vip["kind"] == "vpn", client=source).status or 0)

    def by_hand(self, path: str, body: dict[str, Any], method: str = "POST") -> None:
        """Somebody else changes the appliance."""
        with Connection(self.appliance) as connection:
            connection.primary.write(method, path, body)

    def files(self, node: int = 0, directory: str = "/var/netscaler/locdb") -> list[str]:
        """The names in a directory of a node's disk."""
        files = self.simulator.fleet.appliances[self.name].nodes[node].files
        return sorted(path.rpartition("/")[2] for path in files if path.startswith(f"{directory}/"))


def many(number: int, size: int = 2, first: int = 0) -> list[tuple[str, str, str]]:
    """Ranges out of 198.18.0.0/15, which is for benchmarks: each of some addresses, with a gap behind it."""
    start = int(ipaddress.IPv4Address("198.18.0.0"))
    spans = ((start + 8 * place, start + 8 * place + size - 1) for place in range(first, first + number))
    return [(str(ipaddress.IPv4Address(low)), str(ipaddress.IPv4Address(high)), "RU") for low, high in spans]
