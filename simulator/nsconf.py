# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A configuration as the text of ns.conf, driven by the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .configuration import Configuration
from .types import BINDINGS, TYPES, Attribute, Binding, Row, Type

if TYPE_CHECKING:
    from .appliance import Appliance


def text(appliance: Appliance, configuration: Configuration) -> str:
    """The whole text, with the header line that names the build."""
    major, build = appliance.build.split(" ")
    return "\n".join([f"#NS{major} Build {build}", *lines(configuration)]) + "\n"


def lines(configuration: Configuration) -> list[str]:
    """One line for each object and binding; what is named comes before what names it."""
    written = []
    for verb, name, attribute in (("enable ns feature", "nsfeature", "feature"), ("enable ns mode", "nsmode", "mode")):
        words = configuration.listed(name, attribute)
        if words:
            written.append(f"{verb} {' '.join(words)}")
    for type_ in TYPES.values():
        if type_.printed:
            written += [_line(type_, row) for row in configuration.table(type_.name).values()]
        for binding in BINDINGS.values():
            if not binding.child and binding.parent == type_.name:
                written += [_bind(binding, row) for row in configuration.table(binding.name).values()]
    for binding in BINDINGS.values():
        if binding.child:
            written += [_bind(binding, row) for row in configuration.table(binding.name).values()]
    return written


def token(value: Any) -> str:
    """A value as one word of a command: quoted where it must be, with the escapes that the command line takes back out."""
    if isinstance(value, bool):
        return "YES" if value else "NO"
    word = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    if word and re.fullmatch(r"[^\s\"'#\\(){}|&<>!=;`$*?\[\]~^%]+", word):
        return word
    escaped = (
        word.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")
    )
    return f'"{escaped}"'


def _line(type_: Type, row: Row) -> str:
    words = [f"{'set' if type_.singleton else 'add'} {type_.cli}"]
    if type_.key:
        words.append(token(row[type_.key]))
    words += _positional(type_, row)
    named = [
        attribute
        for attribute in type_.attributes
        if attribute.name in row
        and attribute.name not in (type_.key, *type_.line)
        and not attribute.read_only
        and not attribute.secret
    ]
    return " ".join(words + _options(named, row))


def _bind(binding: Binding, row: Row) -> str:
    words = [f"bind {binding.cli}"]
    if binding.parent:
        words.append(token(row[binding.parent_key]))
    words += _positional(binding, row)
    elsewhere = {binding.parent_key, *binding.line, "invoke", "labeltype", "labelname", "invoke_labelname"}
    if not row.get("_explicit"):
        elsewhere.add("index")  # one that the appliance gave itself
    words += _options(
        [attribute for attribute in binding.attributes if attribute.name in row and attribute.name not in elsewhere],
        row,
    )
    if row.get("invoke"):
        words += ["-invoke", token(row["labeltype"]), token(row.get("labelname") or row["invoke_labelname"])]
    return " ".join(words)


def _positional(entry: Type | Binding, row: Row) -> list[str]:
    return [token(row[name]) for name in entry.line if name in row]


def _options(attributes: list[Attribute], row: Row) -> list[str]:
    words = []
    for attribute in attributes:
        words += [f"-{attribute.cli or attribute.name}", token(row[attribute.name])]
    return words
