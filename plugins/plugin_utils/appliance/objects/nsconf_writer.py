# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A change as lines of ns.conf, as an administrator would type them, for previews and records. Pure.

Source: command reference 12.0 (synopsis of add, set, unset, bind, unbind and rm of each type in the table).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby

from . import dataset_entries
from .resource_types import COMMITS, Attribute, Attributes, ResourceType, Value, sent_value

SHOWN_MEMBERS, MOST_MEMBERS = 5, 12
_MEMBER = re.compile(r"(?:un)?bind policy (?:patset|dataset|stringmap) \S+|(?:add|rm) ns acl6?(?= )")
_BARE = re.compile(r"[A-Za-z0-9_.:/*][A-Za-z0-9_.:/*-]*")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\r": "\\r", "\n": "\\n", "\t": "\\t"})


def quote(value: Value) -> str:
    """Return a value as a token of the command line: bare if possible, otherwise in double quotes with escapes."""
    text = str(value)
    if _BARE.fullmatch(text):
        return text
    escaped = text.translate(_ESCAPES)
    if escaped.isprintable():
        return f'"{escaped}"'
    return '"' + "".join(character if character.isprintable() else _bytes(character) for character in escaped) + '"'


def lines(type_: ResourceType, before: Attributes | None, after: Attributes | None) -> list[str]:
    """Return the commands that change an object from `before` to `after`; None means that it does not exist."""
    if before == after:
        return []
    if type_.commits:
        return [f"apply {type_.noun}"] if after and after["applied"] else []
    if type_.holds:
        return _entry_lines(type_, before, after)
    if type_.is_singleton and not type_.only_set:
        return [f"rm {type_.noun}"] if after is None else [f"add {type_.noun} {_arguments(type_, after)}"]
    if type_.bound:
        return ([_unbind(type_, before)] if before is not None else []) + (
            [_bind(type_, after)] if after is not None else []
        )
    if before is None:
        return [f"add {type_.noun} {_arguments(type_, after or {})}"]
    if after is None:
        return [f"rm {type_.noun} {quote(before[type_.key[0]])}"]
    named = " ".join([type_.noun, *(quote(after[name]) for name in type_.key)])
    missing = {key: type_.attributes[key] for key in before if key not in after}
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    # What cannot be unset is set to its default, as in the request.
    changed |= {key: attribute.default or "" for key, attribute in missing.items() if not attribute.can_unset}
    gone = [key for key, attribute in missing.items() if attribute.can_unset]
    commands = []
    if changed:
        options = " ".join(
            f"-{_option(type_.attributes[key], key)} {_tokens(type_.attributes[key], value)}"
            for key, value in changed.items()
        )
        commands.append(f"set {named} {options}")
    if gone:
        commands.append(f"unset {named} " + " ".join(f"-{_option(type_.attributes[key], key)}" for key in gone))
    return commands


_SIGNS = {"rm": "-", "unbind": "-", "disable": "-", "set": "~", "unset": "~"}


def abridged(lines: Iterable[str]) -> list[str]:
    """Return lines for a person: of many members of one set in a row, only the first few."""
    shown: list[str] = []
    for start, group in groupby(lines, key=lambda line: match[0] if (match := _MEMBER.match(line)) else ""):
        own = list(group)
        few = own[:SHOWN_MEMBERS] if start and len(own) > MOST_MEMBERS else own
        shown += few + ([f"{start} ... and {len(own) - len(few)} more"] if len(few) < len(own) else [])
    return shown


def signed(line: str) -> str:
    """Return a command with a sign for what it does: + adds, - removes, ~ changes."""
    return f"{_SIGNS.get(line.split(' ', 1)[0], '+')} {line}"


def switch_line(noun: str, name: str, enabled: bool) -> str:
    """Return the command that switches a feature or a virtual server on or off; ``noun`` is its type in ns.conf."""
    return f"{'enable' if enabled else 'disable'} {noun} {quote(name)}"


def _bytes(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))


def _tokens(attribute: Attribute, value: Value) -> str:
    """Return a value of an option: of a list each choice is a token of its own."""
    sent = sent_value(attribute, value)
    return " ".join(map(quote, sent)) if isinstance(sent, list) else quote(sent)


def _option(attribute: Attribute, name: str) -> str:
    return attribute.cli.removeprefix("-") or name


SHOWN_ENTRIES = 3


def _entry_lines(type_: ResourceType, before: Attributes | None, after: Attributes | None) -> list[str]:
    """Return the lines of the first entries; the step itself has all of them."""
    if after is None:
        return []  # they are removed with their set
    gone, come = dataset_entries.exchanged(*((state or {}).get(type_.holds) for state in (before, after)))
    lines = []
    for verb, found in (("unbind", gone), ("bind", come)):
        for entry in found[:SHOWN_ENTRIES]:
            value, dash, end = entry.partition("-")
            lines.append(f"{verb} {type_.noun} {quote(after['name'])} {value}" + (f" -endRange {end}" if dash else ""))
        if len(found) > SHOWN_ENTRIES:
            lines.append(f"# {verb} {type_.noun} {quote(after['name'])}: {len(found) - SHOWN_ENTRIES:,} more")
    return lines


def _acl_arguments(type_: ResourceType, values: Mapping[str, Value]) -> str:
    """Return the arguments of an ACL: an option has an operator and a value (``-srcIP = 192.0.2.1``) or a data set (command reference, ns acl)."""
    words = [quote(values[name]) for name in list(type_.attributes)[:2]]
    for name, attribute in type_.attributes.items():
        if attribute.kind == "boolean" and values.get(name):
            operator = values.get(f"{name.removesuffix('v6')}op", "=")
            words += [attribute.cli, "=" if operator == "=" else quote(operator)]
            if f"{name}val" in values:
                words.append(quote(values[f"{name}val"]))
            if f"{name}dataset" in values:
                words += [type_.attributes[f"{name}dataset"].cli, quote(values[f"{name}dataset"])]
        elif attribute.cli and attribute.kind != "boolean" and name in values and not name.endswith("dataset"):
            words += [attribute.cli, quote(values[name])]
    return " ".join(words)


def _arguments(type_: ResourceType, values: Mapping[str, Value]) -> str:
    if type_.name in COMMITS:
        return _acl_arguments(type_, values)
    positional = [
        quote(values[name]) for name, attribute in type_.attributes.items() if not attribute.cli and name in values
    ]
    options = [
        f"{attribute.cli} {_tokens(attribute, values[name])}"
        for name, attribute in type_.attributes.items()
        if attribute.cli and name in values
    ]
    return " ".join(positional + options)


def _bind(type_: ResourceType, values: Attributes) -> str:
    shown = {name: value for name, value in values.items() if name not in ("invoke", "labeltype", "labelname")}
    if "priority" in type_.attributes:
        shown = {"gotopriorityexpression": "END", **shown}
    line = f"bind {type_.noun} {_arguments(type_, shown)}"
    if values.get("invoke"):
        line += f" -invoke {quote(values.get('labeltype', ''))} {quote(values.get('labelname', ''))}"
    return line


def _unbind(type_: ResourceType, values: Attributes) -> str:
    policy, member = type_.policy_attribute, type_.key[-1]
    if not policy:
        words = filter(None, (type_.attributes[member].cli, quote(values[member])))
        return f"unbind {type_.noun} {quote(values[type_.parent])} {' '.join(words)}"
    if type_.scope:
        return f"unbind {type_.noun} {quote(values[policy])} -type {values[type_.scope]} -priority {values['priority']}"
    option = type_.attributes[policy].cli
    return f"unbind {type_.noun} {quote(values['name'])} {option} {quote(values[policy])} -type {values['bindpoint']} -priority {values['priority']}"
