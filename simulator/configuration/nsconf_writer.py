# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes a configuration as the text of ns.conf, driven by the tables of types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from simulator.configuration import acls, certificate_pairs, text_commands
from simulator.configuration.command_line import token
from simulator.configuration.configuration import Configuration
from simulator.configuration.own_settings import OwnSettings
from simulator.configuration.passwords import method_of
from simulator.types import BINDINGS, FEATURES, MODES, TYPES, Attribute, Binding, Row, Type
from simulator.types.documented_attributes import Secret
from simulator.types.rnat import UNNAMED

# What is only enabled or disabled: the noun, the table, and the state of a new appliance.
ON_OFF = (("ntp sync", "ntpsync", "DISABLED"), ("system signedExeReport", "systemsignedexereport", "ENABLED"))
# The bindings behind the objects of a type, and those behind all objects.
_UNDER = {
    name: tuple(binding for binding in BINDINGS.values() if not binding.child and binding.parent == name)
    for name in TYPES
}
_AT_THE_END = tuple(binding for binding in BINDINGS.values() if binding.child or not binding.parent)
SWITCHED = (("ns feature", "nsfeature", "feature", FEATURES), ("ns mode", "nsmode", "mode", MODES))


def text(build: str, configuration: Configuration, own: OwnSettings | None = None, hidden: tuple[str, ...] = ()) -> str:
    """Return the whole text, with the header line that names the build and the settings that belong to the node."""
    release, number = build.split(" ")
    return "\n".join([f"#NS{release} Build {number}", *lines(configuration, own, hidden)]) + "\n"


def lines(configuration: Configuration, own: OwnSettings | None = None, hidden: tuple[str, ...] = ()) -> list[str]:
    """Return one line for each object and binding; an object comes before the objects that name it."""
    written = [] if own and own.address else text_commands.lines(configuration, first=True)
    written += own.lines() if own else []
    for noun, name, attribute, _ in SWITCHED:
        listed = configuration.listed(name, attribute)
        if listed:
            written.append(f"enable {noun} {' '.join(listed)}")
    for type_ in TYPES.values():
        if type_.name not in hidden:
            written += [
                _line(type_, row) + _kernel_state(configuration, type_, row) for row in _in_order(configuration, type_)
            ]
        if type_.name == certificate_pairs.NAME:
            written += [_linked(type_, row) for row in configuration.table(type_.name).values() if _LINK in row]
        for binding in _UNDER[type_.name]:
            written += [_bind(binding, row) for row in configuration.table(binding.name).values()]
    for noun, name, initial in ON_OFF:
        state = configuration.table(name).get((), {}).get("state", initial)
        if state != initial:
            written.append(f"{state.lower().removesuffix('d')} {noun}")
    for binding in _AT_THE_END:
        written += [_bind(binding, row) for row in configuration.table(binding.name).values()]
    return written + text_commands.lines(configuration, first=False)


_LINK = "linkcertkeyname"


def _linked(type_: Type, row: Row) -> str:
    return f"link {type_.cli} {token(row[type_.key])} {token(row[_LINK])}"


def _in_order(configuration: Configuration, type_: Type) -> Iterable[Row]:
    """Return rows in the order of creation; a named expression comes after those that it names, even if it was changed since."""
    rows = list(configuration.table(type_.name).values())
    if type_.name != "policyexpression" or len(rows) < 2:
        return rows
    by_name = {row["name"].lower(): row for row in rows}
    ordered: dict[str, Row] = {}

    def place(name: str) -> None:
        if name in ordered or name not in by_name:
            return
        row = by_name.pop(name)
        for word in re.findall(r"[A-Za-z_]\w*", row["value"]):
            place(word.lower())
        ordered[name] = row

    for row in rows:
        place(row["name"].lower())
    return ordered.values()


def _line(type_: Type, row: Row) -> str:
    named = [type_.key] if type_.key and UNNAMED not in row else []
    changed = not type_.can_create or UNNAMED in row or (type_.key and row[type_.key] in type_.always)
    head = [f"{'set' if changed else 'add'} {type_.cli}"]
    first, other = type_.instead
    line = tuple(other if name == first and name not in row else name for name in type_.line)
    rest = [attribute for attribute in _optional(type_.name) if attribute.name in row]
    return " ".join([*head, *_positional(type_, (*named, *line), row), *_secret(type_, row), *_options(rest, row)])


@cache
def _optional(type_name: str) -> tuple[Attribute, ...]:
    """Return the attributes that are options of a type's commands."""
    type_ = TYPES[type_name]
    elsewhere = {
        type_.key,
        *type_.line,
        *type_.instead,
        *(name for attribute in type_.attributes for name in (*attribute.operand, attribute.unit)),
    }
    return tuple(
        attribute
        for attribute in type_.attributes
        if attribute.name not in elsewhere and not attribute.read_only and not attribute.secret
    )


def _secret(type_: Type, row: Row) -> list[str]:
    """The hash of a password, as in exported files: an argument at its place, or an option."""
    kept = row.get("_hash") if type_.secret else None
    option = [] if type_.secret in type_.line else [f"-{type_.by_name[type_.secret].cli}"] if type_.secret else []
    return [*option, token(kept), "-encrypted", "-hashmethod", method_of(kept)] if kept else []


def _kernel_state(configuration: Configuration, type_: Type, row: Row) -> str:
    """Exported files state behind each ACL that it is applied, with this word (public configurations of 11.1 and later)."""
    applied = type_.name in acls.EXTENDED and acls.kernel_state(configuration, type_.name, row) == "APPLIED"
    return " -kernelstate SFAPPLIED61" if applied else ""


def _bind(binding: Binding, row: Row) -> str:
    named = [binding.parent_key] if binding.parent else []
    units = (attribute.unit for attribute in binding.attributes)
    elsewhere = {*named, *binding.line, *units, "invoke", "labeltype", "labelname", "invoke_labelname"}
    if not row.get("_explicit"):
        elsewhere.add("index")  # assigned by the appliance
    if row.get("_action"):
        elsewhere.add("gotopriorityexpression")
    rest = [attribute for attribute in binding.attributes if attribute.name in row and attribute.name not in elsewhere]
    line = [f"bind {binding.cli}", *_positional(binding, (*named, *binding.line), row), *_options(rest, row)]
    if row.get("invoke"):
        line += ["-invoke", token(row["labeltype"]), token(row[binding.invoked])]
    return " ".join(line)


def _positional(entry: Type | Binding, names: tuple[str, ...], row: Row) -> list[str]:
    """Return the positional arguments up to the last one that is set, with defaults for those before it."""
    present = [place for place, name in enumerate(names) if name in row]
    last = present[-1] + 1 if present else 0
    return [token(row.get(name, entry.by_name[name].default)) for name in names[:last]]


_ENCRYPTED = ("-encrypted", "-encryptmethod", "ENCMTHD_3")  # behind a password in exported files


def _options(attributes: list[Attribute], row: Row) -> list[str]:
    line = []
    for attribute in attributes:
        value = row[attribute.name]
        name = f"-{attribute.cli or attribute.name}"
        if attribute.kind == "boolean":
            # In exported files `=` is bare, `!=` is quoted.
            operands = [row[other] for other in attribute.operand if other in row]
            line += [name, *("=" if other == "=" else token(other) for other in operands)] if value else []
        elif attribute.kind == "list" and attribute.enum:  # one word for each value, as in exported files
            line += [name, *map(token, value)]
        else:
            line += [name, token(value), *(_ENCRYPTED if isinstance(attribute, Secret) else ())]
            line += [token(row[attribute.unit])] if attribute.unit in row else []
    return line
