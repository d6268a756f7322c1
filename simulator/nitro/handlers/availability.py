# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""hanode, hasync, hafailover, hafiles, reboot: collection issues 553 and 130; command reference, ha node."""

from __future__ import annotations

from typing import Any

from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.node.node import Node
from simulator.types import Attribute, Row
from simulator.types.common import SWITCHED, text
from simulator.types.errors import NitroError


@reads("hanode")
def _nodes(call: Call) -> Any:
    node = call.node.whole
    rows = [node_row(node, "0")]
    if node.peer is not None:
        rows.append(node_row(node.peer, "1"))
    elif node.other is not None:
        rows.append(unreachable_peer(node.other))
    return call.named(rows, "id")


def node_row(node: Node, number: str) -> Row:
    """Return the row of a node; a peer's row lacks the timers (collection issue 553)."""
    own = node.ha_settings
    row: Row = {
        "id": number,
        "name": node.appliance.spec.name,
        "ipaddress": node.listener.address,
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
        **({"routemonitor": node.listener.address} if number == "0" else {}),
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


def unreachable_peer(node: Node) -> Row:
    """Return the row of a peer without heartbeats: NOT UP (CTX125720), its state UNKNOWN (NITRO reference, hanode)."""
    return {**node_row(node, "1"), "hastatus": "NOT UP", "state": "UNKNOWN", "hasync": "UNKNOWN"}


_SETTINGS = {
    setting.name: setting
    for setting in (
        text("hastatus", enum=("ENABLED", "STAYSECONDARY", "DISABLED", "STAYPRIMARY")),
        text("hasync", enum=SWITCHED),
        text("haprop", enum=SWITCHED),
        text("failsafe", enum=("ON", "OFF")),
        text("syncstatusstrictmode", enum=SWITCHED),
        Attribute("hellointerval", kind="number", low=200, high=1000),
        Attribute("deadinterval", kind="number", low=3, high=60),
        Attribute("maxflips", kind="count", low=0),
        Attribute("maxfliptime", kind="count", low=0),
        Attribute("syncvlan", kind="count", low=1, high=4094),
    )
}  # NITRO reference, hanode


@writes("hanode", "PUT")
def _set_node(call: Call, row: Row) -> None:
    """Change a node's own settings. They are not propagated, and a sync does not replace them."""
    if str(row.get("id", "0")) != "0" or call.name not in ("", "0"):
        raise NitroError(257)
    changes = {name: value for name, value in row.items() if name != "id"}
    if not changes:
        raise NitroError(431)
    if changes.keys() - _SETTINGS.keys():
        raise NitroError(278)
    changes = {name: _SETTINGS[name].show(_SETTINGS[name].coerce(value)) for name, value in changes.items()}
    if changes.get("hellointerval", 200) % 200:
        raise NitroError(1148)
    call.node.ha_settings.update(changes)
    call.node.touch()


_FILE_MODES = (
    *("all", "bookmarks", "ssl", "htmlinjection", "imports", "misc", "dns", "krb", "AAA", "app_catalog"),
    *("all_plus_misc", "all_minus_misc"),
)  # NITRO reference, hafiles


def _only(row: Row, *names: str) -> None:
    if set(row) - set(names):
        raise NitroError(278)


def _pair(call: Call) -> None:
    if len(call.appliance.nodes) != 2:
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


@writes("hafailover", "POST", "Force")
@writes("hafailover", "POST", "force")
def _force_failover(call: Call, row: Row) -> None:
    _only(row, "force")
    _pair(call)
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
