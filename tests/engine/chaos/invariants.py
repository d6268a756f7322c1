# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The conditions that must always hold, read from the simulator itself and not from the results of our engine."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lease_files import is_lease_name

from simulator.node.node import Node
from tests.engine.chaos.fleet import FOREIGN_FILE, FOREIGN_TEXT, LOCKED, PASSWORD, shape_of
from tests.engine.control_nodes import FOREIGN_LOCK
from tests.stage.client import ask
from tests.stage.memory import MITIGATION, Stage

NAME = f"tq_{MITIGATION.id}"
ATTACK = "/vpn/../vpns/cfg/smb.conf"
TOKEN = re.compile(r"(?:##|%23%23)[0-9A-F]{16,}", re.IGNORECASE)
OWN = ("login", "logout", "nspartition?action=Switch")
SWITCHED = ("vpnvserver", "lbvserver")

# By node, "running" or "saved", and partition: the rows of each type, as text.
Place = tuple[int, str, str]
Rows = dict[str, list[str]]
Picture = dict[Place, Rows]


def picture(stage: Stage) -> Picture:
    """All configurations of an appliance."""
    found: Picture = {}
    for node, state in enumerate(stage.simulator.appliance(stage.name).state()["nodes"]):
        for partition, own in {"default": state, **state["partitions"]}.items():
            for kind in ("running", "saved"):
                found[node, kind, partition] = {
                    type_: sorted(json.dumps(row, sort_keys=True, default=str) for row in rows)
                    for type_, rows in own[kind].items()
                    if rows
                }
    return found


def ours(rows: Rows) -> list[str]:
    return sorted(row for of_type in rows.values() for row in of_type if NAME in row)


def others(rows: Rows) -> Rows:
    """Without what we may change: our objects, the feature that they need, whether a virtual server is on."""
    kept: Rows = {}
    for type_, of_type in rows.items():
        foreign = [row for row in of_type if NAME not in row]
        if type_ == "nsfeature":
            foreign = [re.sub(r'"RESPONDER"(, )?|, "RESPONDER"', "", row) for row in foreign]
        if type_ in SWITCHED:
            foreign = [_without_state(row) for row in foreign]
        if foreign:
            kept[type_] = sorted(foreign)
    return kept


def _without_state(row: str) -> str:
    content = json.loads(row)
    content.pop("state", None)
    return json.dumps(content, sort_keys=True)


def closed(old: Picture) -> Picture:
    """Return the old state with everything disabled that a lockdown disables."""
    new = copy.deepcopy(old)
    for rows in new.values():
        for type_ in SWITCHED:
            rows[type_] = sorted(
                json.dumps({**json.loads(r), "state": "DISABLED"}, sort_keys=True) for r in rows[type_]
            )
    return new


def locks(stage: Stage) -> list[dict[str, Any]]:
    return [
        json.loads(bytes(file.content))
        for node in _nodes(stage)
        for path, file in sorted(node.files.items())
        if path.startswith(f"{DIRECTORY}/") and is_lease_name(path.rpartition("/")[2])
    ]


def writes(stage: Stage, since: float = 0.0) -> list[str]:
    """Return the writes that reached the appliance since the log was cleared: of the configuration, and of our files.

    :param since: in seconds of the epoch; what came before was sent by a run that died, and is logged only when it is answered
    """
    sent = [
        f"{entry['method']} {entry['target'].removeprefix('/nitro/v1/config/')}"
        for entry in stage.simulator.requests()
        if entry["appliance"] == stage.name and entry["side"] == "nitro" and entry["method"] != "GET"
        if entry["time"] >= since
    ]
    return [line for line in sent if not line.endswith(OWN)]


def of_configuration(lines: list[str]) -> list[str]:
    return [line for line in lines if " systemfile" not in line]


def passes(stage: Stage) -> list[str]:
    """Return the Gateways at which an attack reaches its target."""
    ready = stage.simulator.ready["appliances"][stage.name]["vservers"]
    return [vip["name"] for vip in ready if vip["type"] == "vpn" and "[global]" in ask(vip, ATTACK).body]


def wrong_always(stage: Stage, first: Picture, now: Picture) -> Iterator[str]:
    """Return the violations that no run may cause, with or without faults.

    :param first: how the appliance was before anything began
    """
    for place, rows in now.items():
        node, kind, partition = place
        then = [others(first[place])] + ([others(first[node, "saved", partition])] if kind == "running" else [])
        if others(rows) not in then:
            yield f"{place}: what belongs to others was changed: {_differences(others(rows), then[0])}"
        for type_ in SWITCHED:
            for row in first[place].get(type_, ()):
                if '"DISABLED"' in row and row not in rows.get(type_, ()):
                    yield f"{place}: what was off before is on, or gone: {row}"
    yield from _wrong_files(stage)


def _wrong_files(stage: Stage) -> Iterator[str]:
    for node in _nodes(stage):
        if bytes(node.files[FOREIGN_FILE].content).decode() != FOREIGN_TEXT:
            yield f"node {node.index}: a file of others was changed"
        strange = [p for p in node.files if p.startswith(f"{DIRECTORY}/") and "tourniquet_" not in p]
        if strange != [FOREIGN_FILE]:
            yield f"node {node.index}: unexpected files: {strange}"
        for path, file in node.files.items():
            yield from secrets_in(bytes(file.content).decode("utf-8", "replace"), path)
    if shape_of(stage.name) == LOCKED and locks(stage) != [FOREIGN_LOCK | {"expires": None}] * len(_nodes(stage)):
        yield f"somebody else's lock was touched: {locks(stage)}"
    for path in (stage.records / stage.name).glob("*.json"):
        text = path.read_text(encoding="utf-8")
        yield from secrets_in(text, path.name)
        json.loads(text)  # whole, whenever the control node died


def secrets_in(text: str, where: str) -> Iterator[str]:
    if PASSWORD in text or TOKEN.search(text):
        yield f"a secret is in {where}"


def difference(found: Picture, wanted: Picture) -> str:
    return "; ".join(
        f"{place}: {_differences(found[place], wanted[place])}" for place in wanted if found[place] != wanted[place]
    )


def _differences(found: Rows, wanted: Rows) -> str:
    parts = []
    for type_ in sorted({*found, *wanted}):
        parts += [f"has {type_} {row}" for row in found.get(type_, ()) if row not in wanted.get(type_, ())]
        parts += [f"lacks {type_} {row}" for row in wanted.get(type_, ()) if row not in found.get(type_, ())]
    return "; ".join(parts)[:600]


def _nodes(stage: Stage) -> list[Node]:
    return list(stage.simulator.fleet.appliances[stage.name].nodes)
