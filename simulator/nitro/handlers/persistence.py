# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""lbpersistentsessions: NITRO reference; clear: command reference, clear lb persistentSessions. `type`, whose numbers have no source, is absent."""

from __future__ import annotations

from typing import Any

from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError


def _place(call: Call, name: object) -> tuple[str, int] | None:
    """Return the address of a virtual server by its name, None without a name."""
    if name is None:
        return None
    row = call.node.running.need(TYPES["lbvserver"], str(name), call.appliance)
    return row.get("ipv46", ""), row.get("port", 0)


@reads("lbpersistentsessions")
def _sessions(call: Call) -> Any:
    if unknown := sorted(set(call.args) - {"vserver", "nodeid"}):
        raise NitroError(1090, *unknown)
    names = {(row.get("ipv46"), row.get("port")): row["name"] for row in call.node.running.table("lbvserver").values()}
    persistence, node = call.appliance.persistence, call.node.whole
    rows = []
    for session in persistence.of(node, _place(call, call.args.get("vserver"))):
        row: Row = {
            "typestring": session.kind,
            "destip": session.server[0],
            "destport": session.server[1],
            "vservername": names.get(session.vserver, ""),
            "timeout": str(persistence.seconds_left(session)),
            "referencecount": "0",
        }
        if session.source:
            row["srcip"] = session.source
        rows.append(row)
    return rows


@writes("lbpersistentsessions", "POST", "clear")
def _clear(call: Call, row: Row) -> None:
    """End the sessions at one virtual server, or all. None of those that the simulator makes has a persistence parameter."""
    if set(row) - {"vserver", "persistenceparameter"}:
        raise NitroError(278)
    place = _place(call, row.get("vserver"))
    if "persistenceparameter" not in row:
        call.appliance.persistence.clear(place)
