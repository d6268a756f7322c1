# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the text of ns.conf into a configuration, driven by the tables of types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from simulator.configuration import acls, certificate_pairs
from simulator.configuration.command_line import Word, words
from simulator.configuration.configuration import Configuration
from simulator.configuration.environment import Environment
from simulator.configuration.nsconf_writer import ON_OFF, SWITCHED
from simulator.configuration.servers import by_address
from simulator.types import BINDINGS, TYPES, Attribute, Binding, Row, Type
from simulator.types.errors import NitroError


@dataclass
class Loaded:
    """The result of reading an ns.conf: the configuration, and the lines that were left out with the reasons."""

    configuration: Configuration = field(default_factory=Configuration)
    unknown: list[str] = field(default_factory=list)


def load(content: str, env: Environment) -> Loaded:
    """Carry out the commands of an ns.conf as a boot does: a command that fails is left out, the others are carried out."""
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
    """Carry out one command. Return the problems with it."""
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
    for known, name, _ in ON_OFF:
        if noun == known.lower():
            configuration.put(name, (), {"state": f"{verb.upper()}D"})
            return []
    for known, name, attribute, names in SWITCHED:
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
        return _bind(configuration, [entry for entry in entries if isinstance(entry, Binding)], arguments, env)
    row, problems = _row(entry, arguments)
    aside = {name: row.pop(name) for name in _NOT_ATTRIBUTES if name in row}
    state = aside.get("kernelstate", "")
    kept = row.get(entry.secret) if "encrypted" in aside else None
    if kept:
        row[entry.secret] = "-"  # a placeholder: only the hash is known
    name = str(row.get(entry.key, ""))
    if verb == "set":
        if name in entry.always and configuration.find(entry, name) is None:
            configuration.put(entry.name, (name,), {entry.key: name})
        configuration.update(entry, row, env)
    elif entry.can_create:
        made = configuration.create(entry, by_address(configuration, entry.name, row), env)
        if entry.name in acls.EXTENDED and state.endswith(("APPLIED", "APPLIED61")) and "NOT" not in state:
            acls.apply_one(configuration, entry.name, (made[entry.key],), env)
    else:
        raise NitroError(1240)
    if kept:
        made = configuration.need(entry, name, env)
        configuration.put(entry.name, (name,), {**made, "_hash": str(kept)})
    return problems


def _bind(configuration: Configuration, bindings: list[Binding], arguments: list[Word], env: Environment) -> list[str]:
    """Bind with the matching kind of binding: several kinds have the same noun, and differ in their arguments and in what exists."""
    refused: NitroError | None = None
    read = [(binding, *_row(binding, arguments)) for binding in bindings]
    for binding, row, problems in sorted(read, key=lambda found: len(found[2])):
        if binding.child_key in row:
            try:
                configuration.bind(binding, by_address(configuration, binding.name, row), env)
            except NitroError as problem:
                refused = refused or problem
            else:
                return problems
    if refused is not None:
        raise refused
    return ["unknown command"]


def _row(entry: Type | Binding, arguments: list[Word]) -> tuple[Row, list[str]]:
    """Return the arguments as attributes, and a problem for each unknown one."""
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
        elif word.option in _NOT_ATTRIBUTES:
            row[word.option] = waiting.pop(0).text if _NOT_ATTRIBUTES[word.option] and waiting else ""
        elif word.option in options and not options[word.option].read_only:
            _option(options[word.option], waiting, row)
        else:
            problems.append(f"unknown option {word.text}")
            while waiting and not waiting[0].option:
                waiting.pop(0)
    return row, problems


def _option(attribute: Attribute, waiting: list[Word], row: Row) -> None:
    """Read an option with its value; a boolean is a flag without one."""
    value: Any = True
    if attribute.kind != "boolean":
        if not waiting:
            raise NitroError(1091, attribute.cli or attribute.name)
        value = waiting.pop(0).text
        if attribute.kind == "list" and attribute.enum:
            value = [value]
            while waiting and not waiting[0].option:
                value.append(waiting.pop(0).text)
    elif waiting and waiting[0].text in ("YES", "NO") and not waiting[0].quoted:
        value = waiting.pop(0).text
    row[attribute.name] = value


# Options that are not attributes (the state of an ACL, the hash of a password), and whether a value follows.
_NOT_ATTRIBUTES = {"kernelstate": True, "encrypted": False, "hashmethod": True, "encryptmethod": True}


def _by_noun(entries: Iterable[Type | Binding]) -> dict[str, list[Type | Binding]]:
    nouns: dict[str, list[Type | Binding]] = {}
    for entry in entries:
        nouns.setdefault(entry.cli.lower(), []).append(entry)
    return nouns


_NOUNS = _by_noun(TYPES.values())
_BOUND = _by_noun(BINDINGS.values())
