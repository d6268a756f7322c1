# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A mixed fleet: its appliances, and the configuration of others on each of them."""

from __future__ import annotations

import copy
import json
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lease_files import LOCK_FILE

from simulator import Simulator
from tests.engine.control_nodes import FOREIGN_LOCK
from tests.stage.fleet import PASSWORD, USER
from tests.stage.memory import Stage

FOREIGN_FILE, FOREIGN_TEXT = f"{DIRECTORY}/core_of_others.txt", "not ours"

ALONE: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "users": {USER: PASSWORD},
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
    "vservers": [
        {"type": "vpn", "name": "gw", "address": "127.0.0.2:0", "protocol": "SSL"},
        {"type": "lb", "name": "shop", "address": "127.0.0.3:0", "protocol": "HTTP"},
    ],
    "files": {FOREIGN_FILE: FOREIGN_TEXT},
    "configuration": {
        "lbvserver": [{"name": "old", "servicetype": "HTTP", "ipv46": "192.0.2.77", "port": 80, "state": "DISABLED"}],
        "responderpolicy": [
            {"name": "rp_of_others", "rule": 'HTTP.REQ.URL.STARTSWITH("/old")', "action": "NOOP"},
        ],
        "responderglobal_responderpolicy_binding": [
            {"policyname": "rp_of_others", "priority": 50, "type": "REQ_OVERRIDE", "gotopriorityexpression": "NEXT"}
        ],
    },
}
BARE = {key: value for key, value in ALONE.items() if key != "configuration"} | {"features": ["LB", "SSL", "SSLVPN"]}
ASLEEP = {**ALONE, "features": BARE["features"]}  # a policy of others would take effect with the feature
TENANT = {
    "features": ["LB", "SSL"],
    "vservers": [{"type": "lb", "name": "tenant_shop", "address": "127.0.0.4:0", "protocol": "HTTP"}],
}


def _pair(box: dict[str, Any]) -> dict[str, Any]:
    # Locks are taken in the order of the addresses; two ports would be in another one each night.
    return {**box, "nodes": ["127.0.0.1:0", "127.0.0.5:0"]}


# How many of ten there are of each. "Bare" has the feature off, and nothing of others under it.
SHAPES: dict[str, tuple[int, dict[str, Any]]] = {
    "alone": (2, ALONE),
    "bare": (2, BARE),
    "pair": (2, _pair(ALONE)),
    "bare-pair": (1, _pair(BARE)),
    "tenants": (1, {**BARE, "partitions": {"tenant_a": TENANT}}),
    "tenants-pair": (1, {**_pair(BARE), "partitions": {"tenant_a": TENANT}}),
    # In the way of which nothing may be done. One of the three each time.
    "in-the-way": (1, ALONE),
}
SLEEPING, LOCKED, UNSAVED = "sleeping", "locked", "unsaved"
IN_THE_WAY = (SLEEPING, LOCKED, UNSAVED)


def appliances(size: int) -> dict[str, dict[str, Any]]:
    """The entries of the fleet file, by name; the name begins with the shape."""
    of_ten = [shape for shape, (count, _box) in SHAPES.items() for _number in range(count)]
    fleet = {}
    for number in range(size):
        shape = of_ten[number % 10]
        kind = IN_THE_WAY[number // 10 % 3]
        box = ASLEEP if (shape, kind) == ("in-the-way", SLEEPING) else SHAPES[shape][1]
        fleet[f"{kind if shape == 'in-the-way' else shape}-{number:02}"] = copy.deepcopy(box)
    return fleet


def shape_of(host: str) -> str:
    return host.rpartition("-")[0]


def stage_of(simulator: Simulator, directory: Any, host: str) -> Stage:
    """An appliance as our inventory has it."""
    stage = Stage(simulator, directory, host)
    stage.variables |= {"user": USER, "password": PASSWORD}
    ready = simulator.ready["appliances"][host]["vservers"]
    for vip, there in zip(stage.variables["vips"], ready, strict=True):
        vip |= {"partition": there.get("partition", "default"), "tls": there["protocol"] == "SSL"}
    return stage


def make_conflicts(stage: Stage) -> None:
    """Make the earlier changes of somebody else that a fleet file cannot state."""
    shape = shape_of(stage.name)
    if shape == LOCKED:
        for node in stage.simulator.fleet.appliances[stage.name].nodes:
            node.write_file(f"{DIRECTORY}/{LOCK_FILE}", json.dumps(FOREIGN_LOCK | {"expires": None}).encode())
    if shape == UNSAVED:
        with Session(stage.appliance, stage.appliance.nodes[0]) as session:
            body = {"name": "rp_unsaved", "rule": "HTTP.REQ.IS_VALID", "action": "NOOP"}
            session.write("POST", "responderpolicy", {"responderpolicy": body})
