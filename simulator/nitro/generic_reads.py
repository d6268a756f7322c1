# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads of every type that the table describes completely."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from simulator.configuration import acls, certificate_pairs
from simulator.configuration.passwords import method_of
from simulator.configuration.rows import missing
from simulator.nitro.binding_reads import read_aggregate, read_bindings
from simulator.nitro.call import Call
from simulator.nitro.computed_attributes import COMPUTED, Compute
from simulator.nitro.query_options import plain
from simulator.node.node import Node
from simulator.types import BINDINGS, FEATURES, TYPES, VSERVER_TYPES, Attribute, Row, Type
from simulator.types.documented_attributes import idle_seconds
from simulator.types.errors import NitroError
from simulator.types.monitors import BUILT_IN as BUILT_IN_MONITORS
from simulator.types.system import COMMAND_POLICIES


def read(call: Call) -> Any:
    name = call.target.type
    if name in TYPES:
        return read_objects(call, TYPES[name])
    if name in BINDINGS:
        return read_bindings(call, BINDINGS[name])
    if name.endswith("_binding"):
        return read_aggregate(call, name)
    raise NitroError(1232, *((name,) if name else ()))


def read_objects(call: Call, type_: Type) -> Any:
    configuration = call.node.running
    feature_warning(call, type_)
    if type_.singleton:
        return show(call.node, type_, configuration.table(type_.name).get((), {}))
    name, wanted = call.name, _arguments(call, type_)
    if name:
        row = configuration.find(type_, name)
        if row is None:
            row = built_in(type_, name)
        if row is None:
            raise missing(type_, name, call.appliance)
        return [show(call.node, type_, row)]
    rows = [row for own in type_.built_in if (row := built_in(type_, own)) is not None]
    table = configuration.table(type_.name)
    rows += [{type_.key: own, **more} for own, more in type_.initial.items() if (own,) not in table]
    listed = [show(call.node, type_, row) for row in (*rows, *table.values())]
    if not wanted:
        return listed
    return [row for row in listed if all(plain(row.get(arg, "")) == value for arg, value in wanted.items())]


def _arguments(call: Call, type_: Type) -> dict[str, str]:
    """Return the values of the arguments by attribute. Raises the NitroError of an unknown one."""
    if not call.args:
        return {}
    names = dict(type_.selects)
    wanted = {names.get(arg, arg): value for arg, value in call.args.items()}
    unknown = next((arg for arg in wanted if arg not in type_.by_name), None)
    if unknown:
        raise NitroError(1090, unknown)
    return wanted


def built_in(type_: Type, name: str) -> Row | None:
    if name not in type_.built_in:
        return None
    row: Row = {type_.key: name, "builtin": ["IMMUTABLE"]}
    if type_.name in ("responderaction", "rewriteaction"):
        row["type"] = name.lower() if name in ("NOOP", "RESET", "DROP") else "noop"
    if type_.name == "lbmonitor":
        row["type"] = BUILT_IN_MONITORS[name]
    if type_.name == "systemcmdpolicy":
        row.update(COMMAND_POLICIES[name])
    return row


def show(node: Node, type_: Type, row: Row) -> Row:
    """Return a row as GET shows it: types, defaults, computed attributes; no secrets, no empty comment."""
    appliance = node.appliance
    shape = _shape(
        type_.name, appliance.branch, row.get("servicetype"), appliance.switches["documented_defaults"] == "shown"
    )
    shown = shape.defaults.copy()
    for name, value in row.items():
        if name in shape.stored:
            shown[name] = str(value) if name in shape.counted else value
    for name, counted, compute in shape.computed:
        value = compute(node, type_, row)
        if value is not None:
            shown[name] = str(value) if counted else value
    if type_.name == "systemuser":  # not the password, only that a hash is kept (NITRO reference)
        shown.update(encrypted=True, hashmethod=method_of(str(row.get("_hash", ""))))
    if "_details" in row:
        shown.update(
            (name, value) for name, value in certificate_pairs.shown(row, node.clock()).items() if name[0] != "_"
        )
    if type_.name in acls.SIMPLE and "_expires" in row:  # the remaining seconds (command reference, show ns simpleacl)
        shown["ttl"] = str(max(0, int(row["_expires"] - appliance.now())))
    if type_.name in acls.EXTENDED and appliance.switches["nsacl_priority_type"] == "number":
        shown["priority"] = row["priority"]
    return shown


@dataclass(frozen=True)
class _Shape:
    """What is the same in all rows of a type on a branch."""

    defaults: Row  # as GET shows them, behind the key
    stored: frozenset[str]
    counted: frozenset[str]  # numbers that are strings in JSON
    computed: tuple[tuple[str, bool, Compute], ...]  # the name, True for a number that is a string, the function


@lru_cache(maxsize=4096)
def _shape(type_name: str, branch: tuple[int, ...], protocol: str | None, all_defaults: bool) -> _Shape:
    type_ = TYPES[type_name]
    known = [
        attribute
        for attribute in type_.attributes
        if not attribute.secret
        and not (type_name in VSERVER_TYPES and attribute.name == "state")
        and branch >= attribute.since
    ]
    computed = [(one, COMPUTED[one.name]) for one in known if _is_computed(one)]
    stored = [one for one in known if not _is_computed(one)]
    defaults = {
        one.name: one.show(one.default_on(branch))
        for one in stored
        if one.default is not None and (all_defaults or not one.stored_only)
    }
    if "clttimeout" in defaults and protocol:
        defaults["clttimeout"] = type_.by_name["clttimeout"].show(idle_seconds(protocol))
    first = {type_.key: ""} if type_.key else {}  # every row has its key
    return _Shape(
        {**first, **defaults},
        frozenset(one.name for one in stored),
        frozenset(one.name for one in stored if one.counted),
        tuple((one.name, one.counted, compute) for one, compute in computed),
    )


def _is_computed(one: Attribute) -> bool:
    """A documented attribute with a default is the same for all objects, although another type computes one of that name."""
    return one.read_only and one.name in COMPUTED and not (one.stored_only and one.default is not None)


def feature_warning(call: Call, type_: Type) -> None:
    # Configuring an entity of a disabled feature succeeds and warns (NITRO guide, error handling).
    if (
        type_.feature
        and FEATURES[type_.feature] not in call.node.features
        and not any(w.code == 1067 for w in call.warnings)
    ):
        call.warnings.append(NitroError(1067, type_.feature))
