# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads of bindings: of one kind, or all bindings of an object."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.nitro.call import Call
from simulator.nitro.computed_attributes import BOUND_ATTRIBUTES, default_monitor_of
from simulator.nitro.query_options import plain
from simulator.nitro.where_used import POLICY_BIND_POINTS, one_where_used, where_used
from simulator.node.node import Node
from simulator.types import BINDINGS, TYPES, Binding, Row, Type
from simulator.types.errors import NitroError


def read_bindings(call: Call, binding: Binding) -> Any:
    rows: Iterable[Row] = call.node.running.table(binding.name).values()
    if not binding.parent:
        unknown = next((arg for arg in call.args if arg not in binding.by_name), None)
        if unknown:
            raise NitroError(278)
        # Without args=type nothing is listed, filtered or not (collection issue 378).
        if binding.point and binding.point not in call.args and call.appliance.switches["global_get_needs_type"]:
            return []
        wanted = dict(call.args)
        if binding.point and binding.point in wanted:
            wanted[binding.point] = binding.by_name[binding.point].coerce(wanted[binding.point])
        return [
            row
            for row in show_bindings(call.node, binding, rows)
            if all(plain(row.get(arg, "")) == value for arg, value in wanted.items())
        ]
    parent = TYPES[binding.parent]
    if any(arg.lower() not in binding.by_lower_name for arg in call.args):
        raise NitroError(278)  # wrong args of a binding: Terraform provider issue 1091
    name = call.name or call.args.get(binding.parent_key, "")
    if not name:
        if not call.target.enabled("bulkbindings"):
            raise NitroError(
                1095, text="Name argument required for binding object"
            )  # provider notes on stream identifiers
        if binding.name == _WITH_DEFAULT:
            names = [row[parent.key] for row in call.node.running.table(parent.name).values()]
            return [row for own in names for row in bindings_of(call.node, binding, parent, own)]
        return show_bindings(call.node, binding, rows)
    call.node.running.need(parent, name, call.appliance)
    return bindings_of(call.node, binding, parent, name)


_WITH_DEFAULT = "service_lbmonitor_binding"  # a service without a monitor shows its default monitor


def bindings_of(node: Node, binding: Binding, parent: Type, name: str) -> list[Row]:
    """Return the bindings of one kind of an object, as GET shows them."""
    rows = node.running.table(binding.name).values()
    found = [row for row in rows if parent.fold(row[binding.parent_key]) == parent.fold(name)]
    if not found and binding.name == _WITH_DEFAULT:
        return [default_monitor_of(node, name)]
    return show_bindings(node, binding, found)


def show_bindings(node: Node, binding: Binding, rows: Iterable[Row]) -> list[Row]:
    listed = list(rows)
    if binding.child:
        listed.sort(
            key=lambda row: (
                str(row.get(binding.parent_key, "")),
                str(row.get(binding.point, "")),
                row.get("priority", 0),
            )
        )
    hidden = () if node.appliance.switches["vpn_binding_echoes_goto"] else binding.hidden
    shown = []
    for row in listed:
        line = {}
        for attribute in binding.attributes:
            value = row.get(attribute.name, attribute.default)
            if value is not None and attribute.name not in hidden:
                line[attribute.name] = attribute.show(value)
        if hidden:
            line["stateflag"] = "4"
        if binding.name in BOUND_ATTRIBUTES:
            line.update(BOUND_ATTRIBUTES[binding.name](node, row))
        if not binding.parent and binding.child:
            line.update(
                numpol=str(sum(1 for other in listed if other.get(binding.point) == row.get(binding.point))),
                flowtype="1",
            )
        shown.append(line)
    return shown


def read_aggregate(call: Call, name: str) -> Any:
    """`<type>_binding/<name>`: the non-empty lists of bindings of an object (NITRO guide, use cases), or the bind points of a policy."""
    parent_name = name.removesuffix("_binding")
    everywhere = [b for b in BINDINGS.values() if not b.parent and b.name.startswith(f"{parent_name}_")]
    if everywhere:
        lists = {b.name: show_bindings(call.node, b, call.node.running.table(b.name).values()) for b in everywhere}
        return [{key: rows for key, rows in lists.items() if rows}] if any(lists.values()) else []
    kind, _, place = parent_name.partition("_")
    if place and kind in POLICY_BIND_POINTS:
        return one_where_used(call, name)
    if parent_name not in TYPES:
        raise NitroError(1232, name)
    parent = TYPES[parent_name]
    if not call.name:
        if not call.target.enabled("bulkbindings"):
            raise NitroError(1095, text="Name argument required for binding object")
        return [_aggregate(call.node, parent, row[parent.key]) for row in call.node.running.table(parent.name).values()]
    row = call.node.running.need(parent, call.name, call.appliance)
    return [_aggregate(call.node, parent, row[parent.key])]


def _aggregate(node: Node, parent: Type, name: str) -> Row:
    shown: Row = {parent.key: name}
    if parent.name in POLICY_BIND_POINTS:
        shown.update(where_used(node, parent.name, name))
    for binding in BINDINGS.values():
        if binding.parent == parent.name:
            rows = bindings_of(node, binding, parent, name)
            if rows:
                shown[binding.name] = rows
    return shown
