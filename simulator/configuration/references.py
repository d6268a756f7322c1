# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""References to an object: from other rows, and from their expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from simulator.configuration.rows import Rows
from simulator.types import BINDINGS, ENTRIES, TYPES, Binding, Row, Type


def referrers(configuration: Rows, type_: Type, name: str) -> Iterator[tuple[str, Row]]:
    """Yield the rows that name an object, without its own members."""
    for entry in referring_entries(type_.name):
        for row in configuration.table(entry.name).values():
            for attribute in referring_attributes(entry, type_.name, row):
                if row.get(attribute) == name and not _removed_with(entry, type_.name, attribute):
                    yield entry.name, row


def _removed_with(entry: Type | Binding, type_name: str, attribute: str) -> bool:
    """True if a row that names an object by this attribute is removed with it."""
    if isinstance(entry, Type):
        return type_name in entry.of and attribute == entry.key
    if entry.link and not entry.holds and attribute == entry.child_key:
        return True
    return attribute == entry.parent_key and (entry.parent == type_name or type_name in TYPES[entry.parent].of)


def referring_expressions(configuration: Rows, type_: Type, name: str) -> Iterator[Row]:
    """Yield the rows whose expressions name a set, a named expression or a vserver."""
    quoted = rf'"{re.escape(name)}"'
    # A named expression is a bare word; sets and vservers are quoted arguments.
    bare = re.compile(rf'(?<![\w."\\]){re.escape(name)}(?![\w("])', re.IGNORECASE)
    argument = re.compile(rf"(?:_ANY|_INDEX|_STRING|_KEY|VSERVER|PATSET|DATASET)\s*\(\s*{quoted}", re.IGNORECASE)
    for entry in TYPES.values():
        fields = [attribute.name for attribute in entry.attributes if attribute.expression]
        for row in configuration.table(entry.name).values() if fields else ():
            for field in fields:
                text = str(row.get(field, ""))
                if (
                    argument.search(text)
                    if type_.name != "policyexpression"
                    else bare.search(re.sub(r'"(?:\\.|[^"\\])*"', '""', text))
                ):
                    yield row


@cache
def accompanying(type_name: str) -> tuple[Type, ...]:
    """Return the types whose objects belong to the objects of a type."""
    return tuple(entry for entry in TYPES.values() if type_name in entry.of)


@cache
def referring_entries(type_name: str) -> tuple[Type | Binding, ...]:
    """Return the types and bindings whose rows can name an object of a type."""
    return tuple(entry for entry in ENTRIES if any(referring_attributes(entry, type_name, row) for row in _INVOKING))


# The kinds of invocation in a binding.
_INVOKING: tuple[Row, ...] = tuple({"invoke": True, "labeltype": kind} for kind in ("policylabel", "vserver"))


def referring_attributes(entry: Type | Binding, type_name: str, row: Row) -> tuple[str, ...]:
    """Return the attributes of a row that name objects of a type."""
    names = _referring(entry.name, type_name)
    if isinstance(entry, Binding) and row.get("invoke"):
        label = str(row.get("labeltype", "")).lower()
        if (type_name == entry.labels and label == "policylabel") or (
            type_name.endswith("vserver") and label.endswith("vserver")
        ):
            return (*names, entry.invoked)
    return names


@cache
def _referring(entry_name: str, type_name: str) -> tuple[str, ...]:
    """Return the attributes of a type or binding that always name objects of another type."""
    entry = TYPES.get(entry_name) or BINDINGS[entry_name]
    names = [attribute.name for attribute in entry.attributes if type_name in attribute.refers]
    if isinstance(entry, Type) and type_name in entry.of:
        names.insert(0, entry.key)
    if isinstance(entry, Binding) and entry.parent and type_name in (entry.parent, *TYPES[entry.parent].of):
        names.insert(0, entry.parent_key)
    if isinstance(entry, Binding) and entry.child == type_name:
        names.insert(0, entry.child_key)
    return tuple(names)
