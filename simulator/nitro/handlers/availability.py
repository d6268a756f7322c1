# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""hanode, hasync, hafailover, hafiles, reboot: collection issues 553 and 130; command reference, ha node."""

from __future__ import annotations

from typing import Any

from simulator.configuration.own_settings import HA_SETTINGS, checked
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.node.node import Node
from simulator.types import Attribute, Row
from simulator.types.common import SWITCHED, text
from simulator.types.errors import NitroError
from simulator.types.forms import is_ip


@reads("hanode")
def _nodes(call: Call) -> Any:
    node = call.node.whole
    return call.named([node_row(node, "0"), *(_peer(node, number) for number in node.own.peers)], "id")


def _peer(node: Node, number: str) -> Row:
    """Return the row of a peer: the other node, or an address where none answers."""
    address, other = node.own.peers[number]["ipaddress"], node.other
    if other is None or other.address != address:
        return {**unreachable_peer(other or node, number), "ipaddress": address, "name": ""}
    return node_row(other, number) if node.peer is not None else unreachable_peer(other, number)


def node_row(node: Node, number: str) -> Row:
    """Return the row of a node; a peer's row lacks the timers (collection issue 553)."""
    own = node.ha_settings
    row: Row = {
        "id": number,
        "name": node.appliance.spec.name,
        "ipaddress": node.address,
        "flags": "1" if number == "0" else "528",
        "hastatus": own.get("hastatus", "UP") if number == "0" else "UP",
        "state": "Primary" if node.primary else "Secondary",
        "hasync": _sync_state(node),
        "haprop": own.get("haprop", "ENABLED"),
        "enaifaces": "0/1",
        "netmask": "0.0.0.0",  # noqa: S104 -- as in the trace
        "inc": "DISABLED",
        "ssl2": "NOT PRESENT",
    }
    if number == "0":
        row.update(hellointerval=own.get("hellointerval", 200), deadinterval=own.get("deadinterval", 3))
    row["masterstatetime"] = max(0, int(node.appliance.now() - node.master_since))
    row.update(
        failsafe=own.get("failsafe", "OFF"),
        **({"routemonitor": node.address} if number == "0" else {}),
        maxflips=own.get("maxflips", "0"),
        maxfliptime=own.get("maxfliptime", "0"),
        curflips="0",
        completedfliptime="0",
        routemonitorstate="UP",
        syncstatusstrictmode=own.get("syncstatusstrictmode", "DISABLED"),
    )
    return row


def _sync_state(node: Node) -> str:
    """Return the setting of a primary, or the result of a secondary: SUCCESS (collection issue 553) or FAILED (CTX125720)."""
    setting = str(node.ha_settings.get("hasync", "ENABLED"))
    if node.primary or setting != "ENABLED":
        return setting
    return "FAILED" if node.active_fault("out_of_sync") else "SUCCESS"


def unreachable_peer(node: Node, number: str) -> Row:
    """Return the row of a peer without heartbeats: NOT UP (CTX125720), its state UNKNOWN (NITRO reference, hanode)."""
    return {**node_row(node, number), "hastatus": "NOT UP", "state": "UNKNOWN", "hasync": "UNKNOWN"}


@writes("hanode", "PUT")
def _set_node(call: Call, row: Row) -> None:
    """Change a node's own settings. They are not propagated, and a sync does not replace them."""
    if str(row.get("id", "0")) != "0" or call.name not in ("", "0"):
        raise NitroError(257)
    changes = {name: value for name, value in row.items() if name != "id"}
    if not changes:
        raise NitroError(431)
    changes = checked(HA_SETTINGS, changes)
    if changes.get("hellointerval", 200) % 200:
        raise NitroError(1148)
    call.node.ha_settings.update(changes)
    call.node.touch()


@writes("hanode", "POST", "unset")
def _unset_node(call: Call, row: Row) -> None:
    names = [name for name in row if name != "id"]
    if str(row.get("id", "0")) != "0":
        raise NitroError(257)
    if not names:
        raise NitroError(431)
    for name in names:
        if name not in HA_SETTINGS:
            raise NitroError(1090, name)
    for name in names:
        call.node.ha_settings.pop(name, None)
    call.node.touch()


_NEW_PEER = {
    setting.name: setting
    for setting in (
        Attribute("id", kind="number", low=1, high=64),
        text("ipaddress", low=1),
        text("inc", enum=SWITCHED),
        text("rpcnodepassword", low=1, since=(13, 0)),  # absent from the 12.x reference; it is not kept
    )
}


@writes("hanode", "POST")
def _add_node(call: Call, row: Row) -> None:
    """Add a peer to this node; they are a pair when the peer has this node too (command reference, add HA node)."""
    node = call.node
    for name in row:
        if name not in _NEW_PEER or call.appliance.branch < _NEW_PEER[name].since:
            raise NitroError(278)
    given = {name: _NEW_PEER[name].coerce(value) for name, value in row.items()}
    for name in ("id", "ipaddress"):
        if name not in given:
            raise NitroError(1095, name)
    number, address = str(given["id"]), given["ipaddress"]
    if not is_ip(address):
        raise NitroError(1110)
    if number in node.own.peers:
        raise NitroError(273, "id", number)
    if address == node.address:
        raise NitroError(415)
    if node.own.peers:
        raise NitroError(348)
    peer = {"ipaddress": address, "inc": given.get("inc", "DISABLED")}
    call.appliance.change_peers(node, lambda peers: peers.update({number: peer}))


@writes("hanode", "DELETE")
def _remove_node(call: Call, row: Row) -> None:
    """Remove the peer from this node. The peer keeps this one until it is removed there too (command reference, rm HA node)."""
    if not call.name:
        raise NitroError(1095, "id")
    if call.name not in call.node.own.peers:
        raise NitroError(362)
    call.appliance.change_peers(call.node, lambda peers: peers.__delitem__(call.name))


_FILE_MODES = (
    *("all", "bookmarks", "ssl", "htmlinjection", "imports", "misc", "dns", "krb", "AAA", "app_catalog"),
    *("all_plus_misc", "all_minus_misc"),
)  # NITRO reference, hafiles


def _only(row: Row, *names: str) -> None:
    if set(row) - set(names):
        raise NitroError(278)


def _pair(call: Call) -> None:
    if not call.node.own.peers:
        raise NitroError(363)


# Force in the reference, force in the vendor's Python SDK (forcehasync, forcehafailover).
@writes("hasync", "POST", "Force")
@writes("hasync", "POST", "force")
def _force_sync(call: Call, row: Row) -> None:
    _only(row, "force", "save")
    _pair(call)
    if call.appliance.split:
        raise NitroError(364)
    call.appliance.synchronise()
    if (
        str(row.get("save", "NO")).upper() == "YES"
    ):  # the secondary's configuration is saved after the sync (command reference, sync ha)
        for node in call.appliance.nodes:
            if not node.primary and not node.active_fault("out_of_sync"):
                node.saved, node.changed, node.saved_at = node.running.copy(), False, node.clock()
                node.saved_own = node.own.copy()


@writes("hafailover", "POST", "Force")
@writes("hafailover", "POST", "force")
def _force_failover(call: Call, row: Row) -> None:
    _only(row, "force")
    _pair(call)
    if call.node.peer is None:
        raise NitroError(1449)
    if any(node.ha_settings.get("hastatus") in ("STAYPRIMARY", "STAYSECONDARY") for node in call.appliance.nodes):
        raise NitroError(1441)
    call.appliance.failover()


@writes("hafiles", "POST", "sync")
def _sync_files(call: Call, row: Row) -> None:
    _only(row, "mode")
    modes = row.get("mode", "all")
    for mode in modes if isinstance(modes, list) else str(modes).split():
        if mode not in _FILE_MODES:
            raise NitroError(1097, "mode", mode)
    _pair(call)
    call.appliance.sync_files(now=True)


@writes("reboot", "POST")
@writes("reboot", "POST", "reboot")
def _reboot(call: Call, row: Row) -> None:
    _only(row, "warm")
    call.appliance.reboot(call.node.whole)
    call.warnings.clear()
