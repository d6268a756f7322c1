# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads and writes of every type that the table describes completely."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from simulator.appliance.appliance import Appliance
from simulator.configuration import acls, certificate_pairs
from simulator.configuration.configuration import Configuration
from simulator.configuration.passwords import method_of
from simulator.configuration.rows import missing
from simulator.nitro.call import Call
from simulator.nitro.computed import COMPUTED, OF_BOUND, Compute
from simulator.node.node import Node
from simulator.types import BINDINGS, FEATURES, TYPES, VSERVER_TYPES, Binding, Row, Type
from simulator.types.errors import NitroError
from simulator.types.system import COMMAND_POLICIES


def read(call: Call) -> Any:
    name = call.target.type
    if name in TYPES:
        return read_objects(call, TYPES[name])
    if name in BINDINGS:
        return _read_bindings(call, BINDINGS[name])
    if name.endswith("_binding"):
        return _read_aggregate(call, name)
    raise NitroError(1232, *((name,) if name else ()))


def matches(row: Row, wanted: Mapping[str, str]) -> bool:
    """A server-side filter; values may be regular expressions (NITRO guide, filtering)."""
    for name, value in wanted.items():
        if name not in row:
            return False
        text = plain(row[name])
        if text == value:
            continue
        # A pattern between slashes is one of PCRE's, which look anywhere in the text.
        search = re.search if len(value) > 1 and value[0] == value[-1] == "/" else re.fullmatch
        try:
            if search(value.strip("/"), text, re.IGNORECASE) is None:
                return False
        except (re.error, RecursionError):
            return False
    return True


def plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


# Objects


def read_objects(call: Call, type_: Type) -> Any:
    configuration = call.node.running
    feature_warning(call, type_)
    if type_.singleton:
        return show(call.node, type_, configuration.table(type_.name).get((), {}))
    name = call.name
    if name:
        row = configuration.find(type_, name)
        if row is None:
            row = built_in(type_, name)
        if row is None:
            raise missing(type_, name, call.appliance)
        return [show(call.node, type_, row)]
    rows = [row for own in type_.built_in if (row := built_in(type_, own)) is not None]
    listed = [show(call.node, type_, row) for row in (*rows, *configuration.table(type_.name).values())]
    if not call.target.args:
        return listed
    names = dict(type_.selects)
    wanted = {names.get(arg, arg): value for arg, value in call.args.items()}
    unknown = next((arg for arg in wanted if arg not in type_.by_name), None)
    if unknown:
        raise NitroError(1090, unknown)
    return [row for row in listed if all(plain(row.get(arg, "")) == value for arg, value in wanted.items())]


def built_in(type_: Type, name: str) -> Row | None:
    if name not in type_.built_in:
        return None
    row: Row = {type_.key: name, "builtin": ["IMMUTABLE"]}
    if type_.name == "responderaction":
        row["type"] = name.lower()
    if type_.name == "systemcmdpolicy":
        row.update(COMMAND_POLICIES[name])
    return row


def show(node: Node, type_: Type, row: Row) -> Row:
    """A row as GET has it: types, defaults, what is computed; secrets never, an empty comment not at all."""
    shown: Row = {}
    for name, default, counted, compute in _columns(type_.name, node.appliance.branch):
        value = compute(node, type_, row) if compute else row.get(name, default)
        if value is not None:
            shown[name] = str(value) if counted else value
    if type_.name == "systemuser":  # never the password, only that it is kept as a hash (NITRO reference)
        shown.update(encrypted=True, hashmethod=method_of(str(row.get("_hash", ""))))
    if "_details" in row:
        shown.update(
            (name, value) for name, value in certificate_pairs.shown(row, node.clock()).items() if name[0] != "_"
        )
    if type_.name in acls.SIMPLE and "_expires" in row:  # it counts down (command reference, show ns simpleacl)
        shown["ttl"] = str(max(0, int(row["_expires"] - node.appliance.now())))
    if type_.name in acls.EXTENDED and node.appliance.switches["nsacl_priority_type"] == "number":
        shown["priority"] = row["priority"]
    return shown


@lru_cache(maxsize=4096)
def _columns(type_name: str, branch: tuple[int, ...]) -> list[tuple[str, Any, bool, Compute | None]]:
    """What a GET shows of a type on a branch: name, default, whether NITRO counts in strings, and what computes it."""
    return [
        (
            attribute.name,
            attribute.default,
            attribute.counted,
            COMPUTED.get(attribute.name) if attribute.read_only else None,
        )
        for attribute in TYPES[type_name].attributes
        if not attribute.secret
        and not (type_name in VSERVER_TYPES and attribute.name == "state")
        and branch >= attribute.since
    ]


def feature_warning(call: Call, type_: Type) -> None:
    # Configuring an entity of a disabled feature succeeds and warns (NITRO guide, error handling).
    if (
        type_.feature
        and FEATURES[type_.feature] not in call.node.features
        and not any(w.code == 1067 for w in call.warnings)
    ):
        call.warnings.append(NitroError(1067, type_.feature))


# Bindings


def _read_bindings(call: Call, binding: Binding) -> Any:
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
    name = call.name or call.args.get(binding.parent_key, "")
    if not name:
        if not call.target.yes("bulkbindings"):
            raise NitroError(
                1095, text="Name argument required for binding object"
            )  # provider notes on stream identifiers
        return show_bindings(call.node, binding, rows)
    call.node.running.need(parent, name, call.appliance)
    return show_bindings(
        call.node, binding, [row for row in rows if parent.fold(row[binding.parent_key]) == parent.fold(name)]
    )


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
        if binding.name in OF_BOUND:
            line.update(OF_BOUND[binding.name](node, row))
        if not binding.parent and binding.child:
            line.update(
                numpol=str(sum(1 for other in listed if other.get(binding.point) == row.get(binding.point))),
                flowtype="1",
            )
        shown.append(line)
    return shown


def _read_aggregate(call: Call, name: str) -> Any:
    """`<type>_binding/<name>`: the non-empty lists of what is bound to it (NITRO guide, use cases), and where a policy is bound."""
    parent_name = name.removesuffix("_binding")
    everywhere = [b for b in BINDINGS.values() if not b.parent and b.name.startswith(f"{parent_name}_")]
    if everywhere:
        lists = {b.name: show_bindings(call.node, b, call.node.running.table(b.name).values()) for b in everywhere}
        return [{key: rows for key, rows in lists.items() if rows}] if any(lists.values()) else []
    if parent_name.startswith("responderpolicy_"):
        return _one_where_used(call, name)
    if parent_name not in TYPES:
        raise NitroError(1232, name)
    parent = TYPES[parent_name]
    if not call.name:
        if not call.target.yes("bulkbindings"):
            raise NitroError(1095, text="Name argument required for binding object")
        return [_aggregate(call.node, parent, row[parent.key]) for row in call.node.running.table(parent.name).values()]
    row = call.node.running.need(parent, call.name, call.appliance)
    return [_aggregate(call.node, parent, row[parent.key])]


def _aggregate(node: Node, parent: Type, name: str) -> Row:
    shown: Row = {parent.key: name}
    if parent.name == "responderpolicy":
        shown.update(where_used(node, name))
    for binding in BINDINGS.values():
        if binding.parent == parent.name:
            rows = show_bindings(
                node,
                binding,
                [row for row in node.running.table(binding.name).values() if row[binding.parent_key] == name],
            )
            if rows:
                shown[binding.name] = rows
    return shown


# Where a policy can be bound, as responderpolicy_binding lists it; authentication vservers aren't there (NITRO reference).
POLICY_PLACES = {
    binding.parent or "responderglobal": binding
    for binding in BINDINGS.values()
    if binding.child == "responderpolicy" and binding.parent != "authenticationvserver"
}


def where_used(node: Node, policy: str) -> dict[str, list[Row]]:
    """responderpolicy_binding: one list for each kind of bind point, with boundto as the provider's readers take it apart."""
    lists: dict[str, list[Row]] = {}
    for place, binding in POLICY_PLACES.items():
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


def _one_where_used(call: Call, name: str) -> Any:
    if not call.name:
        raise NitroError(1095, text="Name argument required for binding object")
    call.node.running.need(TYPES["responderpolicy"], call.name, call.appliance)
    return where_used(call.node, call.name).get(name, [])


# Writes


def write(call: Call, row: Row) -> None:
    name = call.target.type
    if name in BINDINGS:
        _write_binding(call, BINDINGS[name], row)
    elif name in TYPES:
        _write_object(call, TYPES[name], row)
    else:
        raise NitroError(1232, *((name,) if name else ()))


def _change(call: Call, operation: Callable[[Configuration], Any]) -> None:
    call.appliance.change(call.node, operation, call.warnings)


def _write_object(call: Call, type_: Type, row: Row) -> None:
    appliance = call.appliance
    if call.method == "DELETE":
        if not type_.can_create:
            raise NitroError(1240)
        name = call.name or call.args.get(type_.key, "")
        if not name:
            raise NitroError(1095, type_.key)
        _change(call, lambda configuration: configuration.delete(type_, name, appliance))
        return
    if call.action:
        _act(call, type_, row)
        return
    feature_warning(call, type_)
    if call.method == "POST":
        if not type_.can_create:
            raise NitroError(1240)
        if (
            call.target.yes("idempotent")
            and (known := row.get(type_.key)) is not None
            and call.node.running.find(type_, str(known))
        ):
            _update(call, type_, row, idempotent=True)
            return
        _change(call, lambda configuration: configuration.create(type_, row, appliance))
        call.node.counters.clear_of(
            type_.name, str(row.get(type_.key, ""))
        )  # whoever had the name before took the hits
    else:
        if call.name and type_.key and str(row.get(type_.key, call.name)) != call.name:
            raise NitroError(1104)
        _update(call, type_, row, idempotent=False)


def _update(call: Call, type_: Type, row: Row, *, idempotent: bool) -> None:
    # Types without a set command: provider issue 155 (pattern sets and data sets with the idempotent flag on 13.0).
    bare = type_.name in ("policypatset", "policydataset")
    if not type_.can_update or (idempotent and bare):
        raise (
            NitroError(1074, text="Invalid value [set command not present for this resource]")
            if idempotent
            else NitroError(1073)
        )
    _change(call, lambda configuration: configuration.update(type_, row, call.appliance))


def _act(call: Call, type_: Type, row: Row) -> None:
    # The verb is case-sensitive (provider notes on nsextension: 1240).
    if call.method != "POST" or call.action not in type_.actions:
        raise NitroError(1240)
    appliance = call.appliance
    if call.action == "unset":
        _change(call, lambda configuration: configuration.unset(type_, row, appliance))
    elif call.action == "rename":
        _change(call, lambda configuration: configuration.rename(type_, row, appliance))
    else:
        wanted = "ENABLED" if call.action == "enable" else "DISABLED"
        name = str(row.get(type_.key, ""))
        if not name:
            raise NitroError(1095, type_.key)
        if call.node.running.need(type_, name, appliance).get("state", "ENABLED") == wanted:
            raise NitroError(451)
        _change(call, lambda configuration: _switch(configuration, type_, name, wanted, appliance))


def _switch(configuration: Configuration, type_: Type, name: str, state: str, appliance: Appliance) -> None:
    """Enable or disable; ns.conf states what differs from the default, so what is enabled again is as if it was never off."""
    configuration.update(type_, {type_.key: name, "state": state}, appliance)
    if state == type_.by_name["state"].default:
        row = configuration.need(type_, name, appliance)
        kept = {key: value for key, value in row.items() if key != "state"}
        configuration.put(type_.name, (type_.fold(name),), kept)


def _write_binding(call: Call, binding: Binding, row: Row) -> None:
    appliance = call.appliance
    if call.action:
        raise NitroError(1240)
    if call.method == "DELETE":
        name, args = call.name, dict(call.args)
        _change(call, lambda configuration: configuration.unbind(binding, name, args, appliance))
        return
    if call.name:
        row = {binding.parent_key: call.name, **row}
    child = TYPES.get(binding.child)
    if child is not None:
        feature_warning(call, child)
    _change(call, lambda configuration: configuration.bind(binding, row, appliance))
