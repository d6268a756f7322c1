# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A configuration as the text of ns.conf and back, driven by the table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.configuration import acls, certificate_pairs
from simulator.configuration.command_line import Word, token, words
from simulator.configuration.configuration import Configuration, Environment
from simulator.configuration.passwords import method_of
from simulator.types import BINDINGS, FEATURES, MODES, TYPES, Attribute, Binding, Row, Type
from simulator.types.errors import NitroError

if TYPE_CHECKING:
    from simulator.appliance.appliance import Appliance

_CLOCK, _CLOCK_NOUN = "ntpsync", "ntp sync"
_SWITCHED = (("ns feature", "nsfeature", "feature", FEATURES), ("ns mode", "nsmode", "mode", MODES))


# Printing


def text(appliance: Appliance, configuration: Configuration, hidden: tuple[str, ...] = ()) -> str:
    """The whole text, with the header line that names the build."""
    major, build = appliance.build.split(" ")
    return "\n".join([f"#NS{major} Build {build}", *lines(configuration, hidden)]) + "\n"


def lines(configuration: Configuration, hidden: tuple[str, ...] = ()) -> list[str]:
    """One line for each object and binding; what is named comes before what names it."""
    written = []
    for noun, name, attribute, _ in _SWITCHED:
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
        for binding in BINDINGS.values():
            if not binding.child and binding.parent == type_.name:
                written += [_bind(binding, row) for row in configuration.table(binding.name).values()]
    if configuration.table(_CLOCK).get((), {}).get("state") == "ENABLED":
        written.append(f"enable {_CLOCK_NOUN}")
    for binding in BINDINGS.values():
        if binding.child or not binding.parent:
            written += [_bind(binding, row) for row in configuration.table(binding.name).values()]
    return written


_LINK = "linkcertkeyname"


def _linked(type_: Type, row: Row) -> str:
    return f"link {type_.cli} {token(row[type_.key])} {token(row[_LINK])}"


def _in_order(configuration: Configuration, type_: Type) -> Iterable[Row]:
    """Rows as they were made; a named expression comes behind those that it names, though it may have been changed since."""
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
    named = [type_.key] if type_.key else []
    changed = row[type_.key] in type_.always if type_.key else not type_.can_create
    head = [f"{'set' if changed else 'add'} {type_.cli}"]
    elsewhere = {*named, *type_.line, *(name for attribute in type_.attributes for name in attribute.operand)}
    rest = [
        attribute
        for attribute in type_.attributes
        if attribute.name in row
        and attribute.name not in elsewhere
        and not attribute.read_only
        and not attribute.secret
    ]
    return " ".join(
        [*head, *_positional(type_, (*named, *type_.line), row), *_secret(type_, row), *_options(rest, row)]
    )


def _secret(type_: Type, row: Row) -> list[str]:
    """The hash of a password, as exported files have it; it goes by place."""
    kept = row.get("_hash") if type_.secret else None
    return [token(kept), "-encrypted", "-hashmethod", method_of(kept)] if kept else []


def _kernel_state(configuration: Configuration, type_: Type, row: Row) -> str:
    """Exported files say behind each ACL that it is applied, with this word (public configurations of 11.1 and later)."""
    applied = type_.name in acls.EXTENDED and acls.kernel_state(configuration, type_.name, row) == "APPLIED"
    return " -kernelstate SFAPPLIED61" if applied else ""


def _bind(binding: Binding, row: Row) -> str:
    named = [binding.parent_key] if binding.parent else []
    elsewhere = {*named, *binding.line, "invoke", "labeltype", "labelname", "invoke_labelname"}
    if not row.get("_explicit"):
        elsewhere.add("index")  # one that the appliance gave itself
    rest = [attribute for attribute in binding.attributes if attribute.name in row and attribute.name not in elsewhere]
    line = [f"bind {binding.cli}", *_positional(binding, (*named, *binding.line), row), *_options(rest, row)]
    if row.get("invoke"):
        line += ["-invoke", token(row["labeltype"]), token(row[binding.invoked])]
    return " ".join(line)


def _positional(entry: Type | Binding, names: tuple[str, ...], row: Row) -> list[str]:
    """The arguments that go by place: up to the last one that is there, with defaults for those before it."""
    present = [place for place, name in enumerate(names) if name in row]
    last = present[-1] + 1 if present else 0
    return [token(row.get(name, entry.by_name[name].default)) for name in names[:last]]


def _options(attributes: list[Attribute], row: Row) -> list[str]:
    line = []
    for attribute in attributes:
        value = row[attribute.name]
        name = f"-{attribute.cli or attribute.name}"
        if attribute.kind == "boolean":
            # `=` stands bare in exported files, `!=` in quotes.
            operands = [row[other] for other in attribute.operand if other in row]
            line += [name, *("=" if other == "=" else token(other) for other in operands)] if value else []
        else:
            line += [name, token(value)]
    return line


# Loading


@dataclass
class Loaded:
    """What came out of a text: the configuration, and what was left out of it, each with its line and why."""

    configuration: Configuration = field(default_factory=Configuration)
    unknown: list[str] = field(default_factory=list)


def load(content: str, env: Environment) -> Loaded:
    """Carries out the commands of a text, as a boot does: a command that fails is left out, the others go on."""
    loaded = Loaded()
    for number, line in enumerate(content.split("\n"), 1):
        try:
            command = words(line)
            if command:
                for problem in _carry_out(loaded.configuration, command, env):
                    loaded.unknown.append(f"line {number}: {problem}: {_shortened(line)}")
        except (ValueError, NitroError) as problem:
            code = f" ({problem.code})" if isinstance(problem, NitroError) else ""
            loaded.unknown.append(f"line {number}: {problem}{code}: {_shortened(line)}")
    return loaded


def _shortened(line: str) -> str:
    return line.strip() if len(line) <= 100 else line.strip()[:97] + "..."


def _carry_out(configuration: Configuration, command: list[Word], env: Environment) -> list[str]:
    """One command; what of it isn't known is returned."""
    verb = command[0].text.lower()
    if verb in ("enable", "disable"):
        return _switch(configuration, verb, command)
    if [word.text.lower() for word in command[:3]] == ["link", *TYPES[certificate_pairs.NAME].cli.lower().split()]:
        name, other = (word.text for word in (*command[3:5], Word(""), Word(""))[:2])
        certificate_pairs.link(configuration, name, other, env)
        return []
    nouns: dict[str, list[Type | Binding]] = _BOUND if verb == "bind" else _NOUNS if verb in ("add", "set") else {}
    for length in (3, 2, 1):
        noun = " ".join(word.text for word in command[1 : 1 + length]).lower()
        if noun in nouns:
            return _apply(configuration, verb, nouns[noun], command[1 + length :], env)
    return ["unknown command"]


def _switch(configuration: Configuration, verb: str, command: list[Word]) -> list[str]:
    noun = " ".join(word.text for word in command[1:3]).lower()
    if noun == _CLOCK_NOUN:
        configuration.put(_CLOCK, (), {"state": f"{verb.upper()}D"})
        return []
    for known, name, attribute, names in _SWITCHED:
        if noun == known:
            given = [word.text for word in command[3:]]
            found = [names[word.upper()] for word in given if word.upper() in names]
            configuration.switch(name, attribute, found, verb == "enable")
            return [f"unknown {attribute} {word}" for word in given if word.upper() not in names]
    return ["unknown command"]


def _apply(
    configuration: Configuration, verb: str, entries: list[Type | Binding], arguments: list[Word], env: Environment
) -> list[str]:
    entry = entries[0]
    if isinstance(entry, Binding):
        return _tie(configuration, [entry for entry in entries if isinstance(entry, Binding)], arguments, env)
    row, problems = _row(entry, arguments)
    aside = {name: row.pop(name) for name in _ASIDE if name in row}
    state = aside.get("kernelstate", "")
    kept = row.get(entry.secret) if "encrypted" in aside else None
    if kept:
        row[entry.secret] = "-"  # stands in for what only its hash is known of
    name = str(row.get(entry.key, ""))
    if verb == "set":
        if name in entry.always and configuration.find(entry, name) is None:
            configuration.put(entry.name, (name,), {entry.key: name})
        configuration.update(entry, row, env)
    elif entry.can_create:
        made = configuration.create(entry, row, env)
        if entry.name in acls.EXTENDED and state.endswith(("APPLIED", "APPLIED61")) and "NOT" not in state:
            acls.apply_one(configuration, entry.name, (made[entry.key],), env)
    else:
        raise NitroError(1240)
    if kept:
        made = configuration.need(entry, name, env)
        configuration.put(entry.name, (name,), {**made, "_hash": str(kept)})
    return problems


def _tie(configuration: Configuration, bindings: list[Binding], arguments: list[Word], env: Environment) -> list[str]:
    """Several kinds of binding have the same noun: the arguments, and what there is to bind, tell them apart."""
    refused: NitroError | None = None
    read = [(binding, *_row(binding, arguments)) for binding in bindings]
    for binding, row, problems in sorted(read, key=lambda found: len(found[2])):
        if binding.child_key in row:
            try:
                configuration.bind(binding, row, env)
            except NitroError as problem:
                refused = refused or problem
            else:
                return problems
    if refused is not None:
        raise refused
    return ["unknown command"]


def _row(entry: Type | Binding, arguments: list[Word]) -> tuple[Row, list[str]]:
    """The arguments as attributes, and those that the table doesn't know."""
    first = entry.key if isinstance(entry, Type) else entry.parent_key
    places = [name for name in (first, *entry.line) if name]
    options = {(attribute.cli or attribute.name).lower(): attribute for attribute in entry.attributes}
    row: Row = {}
    problems: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if not word.option:
            if places:
                row[places.pop(0)] = word.text
            else:
                problems.append(f"unknown argument {word.text}")
        elif word.option == "invoke" and isinstance(entry, Binding) and len(waiting) >= 2:
            row.update({"invoke": True, "labeltype": waiting.pop(0).text, entry.invoked: waiting.pop(0).text})
        elif word.option in options and any(options[word.option].operand):
            operator, value = options[word.option].operand
            row[options[word.option].name] = True
            if waiting and waiting[0].text in ("=", "!=", "EQ", "NEQ"):
                row[operator] = waiting.pop(0).text
            if waiting and not waiting[0].option:
                row[value] = waiting.pop(0).text
        elif word.option in _ASIDE:
            row[word.option] = waiting.pop(0).text if _ASIDE[word.option] and waiting else ""
        elif word.option in options and not options[word.option].read_only:
            _option(options[word.option], waiting, row)
        else:
            problems.append(f"unknown option {word.text}")
            while waiting and not waiting[0].option:
                waiting.pop(0)
    return row, problems


def _option(attribute: Attribute, waiting: list[Word], row: Row) -> None:
    """An option with its value; a truth is a flag that needs none."""
    value: Any = True
    if attribute.kind != "boolean":
        if not waiting:
            raise NitroError(1091, attribute.cli or attribute.name)
        value = waiting.pop(0).text
    elif waiting and waiting[0].text in ("YES", "NO") and not waiting[0].quoted:
        value = waiting.pop(0).text
    row[attribute.name] = value


# Options that are no attributes, and whether a value follows: where an ACL stands, and that a password is a hash.
_ASIDE = {"kernelstate": True, "encrypted": False, "hashmethod": True, "encryptmethod": True}


def _by_noun(entries: Iterable[Type | Binding]) -> dict[str, list[Type | Binding]]:
    nouns: dict[str, list[Type | Binding]] = {}
    for entry in entries:
        nouns.setdefault(entry.cli.lower(), []).append(entry)
    return nouns


_NOUNS = _by_noun(TYPES.values())
_BOUND = _by_noun(BINDINGS.values())
