# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The appliances of a night, as entries of a fleet file, and whose their services are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator import Simulator
from tests.nights.world import PORTAL, Place, Weakness, World
from tests.stage.fleet import fleet_file

AFFECTED, FIXED, INEFFECTIVE = "13.0 47.22", "13.0 47.24", "12.1 50.28"
FIPS, OLD, NEVER = "12.1 55.291", "10.5 70.8", "13.1 49.15"
"""Odd builds: of an edition of its own, of the oldest train that got a fix, of one that never was affected."""
BROUWER, DE_WIT, OORD = "Brouwer", "De Wit", "Café 't Oord"
LINDE = '"D\'H" & Zn.'
GATEWAY = {"type": "vpn", "name": "gw", "protocol": "SSL", "address": "127.0.0.2:0"}
SHOP = {**GATEWAY, "type": "lb", "name": "shop"}
ALONE: dict[str, Any] = {
    "build": AFFECTED,
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
    "vservers": [GATEWAY, SHOP],
}
TENANT = {"tenant_a": {"features": ["LB", "SSL"], "vservers": [{**SHOP, "name": "tenant", "address": "127.0.0.4:0"}]}}
TWO_NODES = ["127.0.0.1:0", "127.0.0.5:0"]


@dataclass(frozen=True)
class Shape:
    """What an appliance is.

    :ivar box: its entry of a fleet file
    :ivar vservers: the virtual servers of another customer; likewise partitions
    """

    box: Mapping[str, Any]
    customer: str = BROUWER
    vservers: Mapping[str, str] = field(default_factory=dict)
    partitions: Mapping[str, str] = field(default_factory=dict)

    def owner(self, vserver: str, partition: str) -> str:
        return self.vservers.get(vserver, self.partitions.get(partition, self.customer))


SHARED = {**ALONE, "vservers": [GATEWAY, {**GATEWAY, "name": "gw_wit", "address": "127.0.0.3:0"}]}
SHAPES = {
    "alone": Shape(ALONE),
    "pair": Shape({**ALONE, "nodes": TWO_NODES}),
    "partition": Shape({**ALONE, "partitions": TENANT}),
    "tenant": Shape({**ALONE, "partitions": TENANT}, partitions={"tenant_a": OORD}),
    "shared": Shape(SHARED, vservers={"gw_wit": DE_WIT}),
    "shared_pair": Shape({**SHARED, "nodes": TWO_NODES}, vservers={"gw_wit": DE_WIT}),
    "pair_tenant": Shape({**ALONE, "nodes": TWO_NODES, "partitions": TENANT}, partitions={"tenant_a": DE_WIT}),
    "cluster": Shape({**ALONE, "cluster": True}, customer=OORD),
    "oord": Shape(ALONE, customer=OORD),
}
FIRST = tuple(SHAPES)
"""The shapes from which the first nights are drawn."""
FOUR = {
    **SHARED,
    "nodes": TWO_NODES,
    "partitions": {
        **TENANT,
        "tenant_b": {
            "features": ["LB", "SSL"],
            "vservers": [{**SHOP, "name": "zorg", "address": "127.0.0.6:0"}],
        },
    },
}
SHAPES |= {
    "four": Shape(FOUR, vservers={"gw_wit": DE_WIT}, partitions={"tenant_a": OORD, "tenant_b": LINDE}),
    "linde": Shape({**ALONE, "vservers": [GATEWAY]}, customer=LINDE),
    "web": Shape({**ALONE, "vservers": [SHOP]}, customer=DE_WIT),
    "switching": Shape(
        {
            **ALONE,
            "features": [*ALONE["features"], "CS"],
            "vservers": [GATEWAY, {**GATEWAY, "type": "cs", "name": "sorting", "address": "127.0.0.7:0"}],
        }
    ),
    "log_on": Shape(
        {
            **ALONE,
            "features": [*ALONE["features"], "AAA"],
            "vservers": [GATEWAY, {**GATEWAY, "type": "authentication", "name": "aaa", "address": "127.0.0.8:0"}],
        },
        vservers={"aaa": LINDE},
    ),
    "six": Shape({**ALONE, "vservers": [{**GATEWAY, "address": "[::1]:0"}, SHOP]}, customer=OORD),
    "fips": Shape({**ALONE, "build": FIPS}),
    "old": Shape({**ALONE, "build": OLD}, customer=LINDE),
    "never": Shape({**ALONE, "build": NEVER}, customer=DE_WIT),
}
NAMES = ("one", "two", "three", "four", "five", "six")


def fleet(shapes: Sequence[str], beginning: datetime) -> dict[str, Any]:
    """Return the fleet file of appliances of these shapes, which are called one, two ...."""
    boxes = {name: SHAPES[shape].box for name, shape in zip(NAMES, shapes, strict=False)}
    return fleet_file(boxes, f"{beginning:%Y-%m-%dT%H:%M:%SZ}")


def world(simulator: Simulator, shapes: Sequence[str], weaknesses: tuple[Weakness, ...] = (PORTAL,)) -> World:
    """Return the world of a fleet of these shapes."""
    places, builds = [], {}
    for name, shape in zip(NAMES, shapes, strict=False):
        ready = simulator.ready["appliances"][name]
        builds[name] = [str(SHAPES[shape].box["build"])] * len(ready["nodes"])
        for one in ready["vservers"]:
            partition = str(one.get("partition", "default"))
            places.append(Place(name, one["name"], SHAPES[shape].owner(one["name"], partition), partition))
    return World(simulator, tuple(places), builds, weaknesses=weaknesses)
