# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bind points of a policy, as responderpolicy_binding, rewritepolicy_binding and appfwpolicy_binding list them."""

from __future__ import annotations

from typing import Any

from simulator.nitro.call import Call
from simulator.node.node import Node
from simulator.types import BINDINGS, TYPES, Row
from simulator.types.errors import NitroError

# The bind points that the lists of a kind of policy do not have (NITRO reference; Go SDK for rewrite and the application firewall).
_UNLISTED = {
    "responderpolicy": ("authenticationvserver",),
    "rewritepolicy": ("authenticationvserver",),
    "appfwpolicy": ("vpnvserver",),
}
POLICY_BIND_POINTS = {
    kind: {
        binding.parent or binding.name.partition("_")[0]: binding
        for binding in BINDINGS.values()
        if binding.child == kind and binding.parent not in unlisted
    }
    for kind, unlisted in _UNLISTED.items()
}


def where_used(node: Node, kind: str, policy: str) -> dict[str, list[Row]]:
    """Return one list for each kind of bind point, with boundto in the form that the provider's readers parse."""
    lists: dict[str, list[Row]] = {}
    for place, binding in POLICY_BIND_POINTS[kind].items():
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
                flow = "RES" if str(row.get(binding.point, "")).endswith("RESPONSE") else "REQ"
                bound_to = f"{flow} {'POLICYLABEL' if binding.parent == binding.labels else 'VSERVER'} {row[binding.parent_key]}"
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
            lists[f"{kind}_{place}_binding"] = rows
    return lists


def one_where_used(call: Call, name: str) -> Any:
    if not call.name:
        raise NitroError(1095, text="Name argument required for binding object")
    kind = name.partition("_")[0]
    call.node.running.need(TYPES[kind], call.name, call.appliance)
    return where_used(call.node, kind, call.name).get(name, [])
