# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The location files that a node has in memory, and the location of an address."""

from __future__ import annotations

import ipaddress

from simulator.configuration.location_files import BUILT_IN, EMPTY, FILES, Database, parse, path_of, qualifiers, text_of
from simulator.node.node import Node
from simulator.node.state import LoadedLocations
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError

_TABLES = ("location", *FILES.values())


def check(node: Node, row: Row, version: int) -> None:
    """Raise the error with which an appliance refuses to add a file (error list 1871 to 1879)."""
    content = _content(node, path_of(row["Locationfile"]))
    if content is None:
        raise NitroError(1879)
    parse(content, row.get("format", "netscaler" if version == 4 else "netscaler6"), version)


def exists(node: Node, path: str) -> bool:
    return path in node.files or path in BUILT_IN


def _content(node: Node, path: str) -> bytes | None:
    return bytes(node.files[path].content) if path in node.files else BUILT_IN.get(path)


def loaded(node: Node, version: int) -> LoadedLocations:
    """Return the location file of an IP version in memory. It is read again when the configuration names another one."""
    row = node.running.table(FILES[version]).get(())
    held = node.locations.get(version)
    if held is None or held.row is not row:
        before = EMPTY if held is None else _now(node, held)
        seconds = node.appliance.switches["location_load_seconds"] if row is not None else 0.0
        held = LoadedLocations(row, _read(node, row, version), node.appliance.now() + seconds, before)
        node.locations[version] = held
    return held


def _now(node: Node, held: LoadedLocations) -> Database:
    """Return the database in use: the old one until the new one is loaded (product docs, static proximity database)."""
    return held.database if node.appliance.now() >= held.ready else held.before


def _read(node: Node, row: Row | None, version: int) -> Database:
    content = _content(node, path_of(row["Locationfile"])) if row else None
    if row is None or content is None:
        return EMPTY
    try:
        return parse(content, row.get("format", "netscaler" if version == 4 else "netscaler6"), version)
    except NitroError:
        return EMPTY


def location_of(node: Node, address: str) -> str | None:
    """Return the location of an address: of a custom entry, or of the location file; None if there is neither."""
    rows = node.running.rows
    if not node.locations and rows.keys().isdisjoint(_TABLES):
        return None
    custom = node.running.table("location")
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    for row in custom.values():
        version, low, high = row["_bounds"]
        if version == ip.version and low <= int(ip) <= high:
            return text_of(qualifiers(row["preferredlocation"]))
    return _now(node, loaded(node, ip.version)).find(int(ip))


def counters(node: Node, version: int) -> Row:
    """Return the counters that locationparameter shows for an IP version."""
    held = loaded(node, version)
    database = _now(node, held)
    suffix = "" if version == 4 else "6"
    custom = sum(row["_bounds"][0] == version for row in node.running.table("location").values())
    entries = str(len(database.starts))
    named: Row = {}
    if held.row is not None:
        type_ = TYPES[FILES[version]]
        named["Locationfile" if version == 4 else "locationfile6"] = path_of(held.row["Locationfile"])
        named[f"format{suffix}"] = held.row.get("format", type_.by_name["format"].default)
    return {
        **named,
        f"custom{suffix}": str(custom),
        "Static" if version == 4 else "static6": entries,
        f"lines{suffix}": str(database.lines),
        f"errors{suffix}": str(database.errors),
        f"warnings{suffix}": "0",
        f"entries{suffix}": entries,
    }


def loading(node: Node) -> bool:
    return any(node.appliance.now() < loaded(node, version).ready for version in FILES)
