# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""server with its services; vserver, a virtual server of any kind: NITRO reference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from simulator.nitro import generic_writes
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.node.back_ends import address
from simulator.node.node import Node
from simulator.node.vserver_states import members, service_state
from simulator.types import TYPES, VSERVER_TYPES, Row
from simulator.types.errors import NitroError


def _on(node: Node, name: str, server: str) -> list[Row]:
    """Return the services on a server, or its memberships in service groups."""
    running = node.running
    if name == "server_service_binding":
        rows = [{**row, "servicename": row["name"]} for row in running.table("service").values()]
    else:
        rows = [
            row for group in running.table("servicegroup").values() for row in members(node, group["servicegroupname"])
        ]
    shown = []
    for row in rows:
        if row["servername"] == server:
            named = "servicename" if name == "server_service_binding" else "servicegroupname"
            shown.append(
                {
                    "name": server,
                    named: row[named],
                    "svctype": row["servicetype"],
                    "svrstate": service_state(node, row),
                    "port": row["port"],
                    "serviceipaddress": address(node, row),
                }
            )
    return shown


_LISTS = ("server_service_binding", "server_servicegroup_binding")


def _servers(call: Call) -> list[str]:
    """Return the requested server, or all."""
    name = call.name or call.args.get("name", "")
    if name:
        return [str(call.node.running.need(TYPES["server"], name, call.appliance)["name"])]
    if not call.target.enabled("bulkbindings"):
        raise NitroError(1095, text="Name argument required for binding object")
    return [row["name"] for row in call.node.running.table("server").values()]


@reads("server_service_binding")
@reads("server_servicegroup_binding")
def _bound_to_servers(call: Call) -> Any:
    return [row for server in _servers(call) for row in _on(call.node, call.target.type, server)]


@reads("server_binding")
def _servers_with_bindings(call: Call) -> Any:
    found = []
    for server in _servers(call):
        lists = {name: _on(call.node, name, server) for name in _LISTS}
        found.append({"name": server, **{name: rows for name, rows in lists.items() if rows}})
    return found


@writes("vserver", "POST", "enable")
@writes("vserver", "POST", "disable")
@writes("vserver", "DELETE")
def _any_vserver(call: Call, row: Row) -> None:
    """Carry out the call on the virtual server of that name, of whatever type."""
    name = call.name or str(row.get("name", ""))
    if not name:
        raise NitroError(1095, "name")
    kind = next((kind for kind in VSERVER_TYPES if call.node.running.find(TYPES[kind], name)), VSERVER_TYPES[0])
    generic_writes.write(replace(call, target=replace(call.target, type=kind)), row)
