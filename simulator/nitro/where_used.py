# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bind points of a responder policy, as responderpolicy_binding lists them."""

from __future__ import annotations

from typing import Any

from simulator.nitro.call import Call
from simulator.node.node import Node
from simulator.types import BINDINGS, TYPES, Row
from simulator.types.errors import NitroError

# The bind points of a policy in responderpolicy_binding, which has no authentication vservers (NITRO reference).
POLICY_BIND_POINTS = {
    binding.parent or "responderglobal": binding
    for binding in BINDINGS.values()
    if binding.child == "responderpolicy" and binding.parent != "authenticationvserver"
}


def where_used(node: Node, policy: str) -> dict[str, list[Row]]:
    """Return one list for each kind of bind point, with boundto in the form that the provider's readers parse."""
    lists: dict[str, list[Row]] = {}
    for place, binding in POLICY_BIND_POINTS.items():
        if binding.parent == "vpnvserver" and (
            not node.appliance.switches["where_used_lists_vpnvserver"] or node.appliance.branch < (13, 0)
        ):
            continue
        rows = []
        for row in node.running.table(binding.name).values():
            if row[binding.child_key] != policy:
                continue
            if not binding.parent:
                bound_to = f"GLOBAL {row['type']}"
            else:
                bound_to = f"REQ {'POLICYLABEL' if binding.parent == 'responderpolicylabel' else 'VSERVER'} {row[binding.parent_key]}"
            line = {
                "name": policy,
                "boundto": bound_to,
                "priority": str(row["priority"]),
                "activepolicy": "1",
                "gotopriorityexpression": row["gotopriorityexpression"],
            }
            line.update({key: row[key] for key in ("labeltype", "labelname") if key in row})
            rows.append(line)
        if rows:
            lists[f"responderpolicy_{place}_binding"] = rows
    return lists


def one_where_used(call: Call, name: str) -> Any:
    if not call.name:
        raise NitroError(1095, text="Name argument required for binding object")
    call.node.running.need(TYPES["responderpolicy"], call.name, call.appliance)
    return where_used(call.node, call.name).get(name, [])
