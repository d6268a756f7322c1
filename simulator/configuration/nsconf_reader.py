# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the text of ns.conf into a configuration, driven by the tables of types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from simulator.configuration import acls, certificate_pairs, own_settings, rnat, text_commands
from simulator.configuration.command_line import Word, words
from simulator.configuration.configuration import Configuration
from simulator.configuration.environment import Environment
from simulator.configuration.nsconf_writer import ON_OFF, SWITCHED
from simulator.configuration.servers import by_address
from simulator.types import BINDINGS, TYPES, Attribute, Binding, Row, Type
from simulator.types.errors import NitroError
from simulator.types.forms import FORMS
from simulator.types.rnat import NAME as RNAT


@dataclass
class Loaded:
    """The result of reading an ns.conf: the configuration, the HA settings, and the lines that were left out with the reasons."""

    configuration: Configuration = field(default_factory=Configuration)
    ha: Row = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def load(content: str, env: Environment) -> Loaded:
    """Carry out the commands of an ns.conf as a boot does: a command that fails is left out, the others are carried out."""
    loaded = Loaded()
    for number, line in _commands(content):
        command: list[Word] = []
        try:
            command = words(line)
            if command and (own := own_settings.read_line(command)) is not None:
                loaded.ha.update(own)
            elif command:
                problems = _carry_out(loaded.configuration, command, env)
                if problems == [_UNKNOWN] and text_commands.is_documented(command):
                    text_commands.keep(loaded.configuration, line, command)
                    continue
                loaded.unknown += [f"line {number}: {problem}: {_shortened(line)}" for problem in problems]
        except (ValueError, NitroError) as problem:
            if isinstance(problem, NitroError) and _is_about_others(loaded.configuration, command, problem):
                text_commands.keep(loaded.configuration, line, command)
                continue
            code = f" ({problem.code})" if isinstance(problem, NitroError) else ""
            loaded.unknown.append(f"line {number}: {problem}{code}: {_shortened(line)}")
    return loaded


_UNKNOWN = "unknown command"
_MOST_LINES = 50  # of one command


def _commands(content: str) -> Iterator[tuple[int, str]]:
    """Yield the commands with the numbers of their lines. A quoted argument may go on over several lines."""
    all_lines = content.split("\n")
    place = 0
    while place < len(all_lines):
        number, line = place + 1, all_lines[place]
        place += 1
        more = place
        while more < min(len(all_lines), number + _MOST_LINES) and not _closed(line):
            line += "\n" + all_lines[more]
            more += 1
        if _closed(line):
            place = max(place, more)
        else:  # a quote that is never closed is a mistake of its own line
            line = all_lines[number - 1]
        yield number, line


def _closed(line: str) -> bool:
    try:
        words(line)
    except ValueError:
        return False
    return True


def _is_about_others(configuration: Configuration, command: list[Word], problem: NitroError) -> bool:
    """True for a command about an object that the simulator does not have: one of a kept command, or one that comes with an appliance."""
    verb, arguments = command[0].text.lower(), [word.text for word in command[2:] if not word.option]
    if problem.status in (404, 599) and not text_commands.names_of_kept(configuration).isdisjoint(arguments):
        return True
    if verb == "bind" and problem.code != _NO_POLICY:
        return problem.code in _BUILT_IN_SET and any(map(text_commands.is_built_in, arguments[1:2]))
    if verb == "bind":
        return any(map(text_commands.is_built_in_policy, arguments))
    expected = {"set": 404, "add": 409}.get(
        verb
    )  # an object that comes with the appliance exists, under another type or already
    return problem.status == expected and any(map(text_commands.is_built_in, arguments))


_BUILT_IN_SET, _NO_POLICY = (2823, 2871), 2054


def carry_out(configuration: Configuration, line: str, env: Environment) -> list[str]:
    """Carry out one command line. Return the problems with it. Raises NitroError."""
    try:
        command = words(line)
    except ValueError as problem:
        return [str(problem)]
    return _carry_out(configuration, command, env) if command else []


def _shortened(line: str) -> str:
    shown = line.strip().replace("\n", "\\n")
    return shown if len(shown) <= 100 else shown[:97] + "..."


def _carry_out(configuration: Configuration, command: list[Word], env: Environment) -> list[str]:
    """Carry out one command. Return the problems with it."""
    verb = command[0].text.lower()
    if verb in ("enable", "disable"):
        return _switch(configuration, verb, command)
    if [word.text.lower() for word in command[:3]] == ["link", *TYPES[certificate_pairs.NAME].cli.lower().split()]:
        name, other = (word.text for word in (*command[3:5], Word(""), Word(""))[:2])
        certificate_pairs.link(configuration, name, other, env)
        return []
    entries, arguments = entries_of(command, bound=verb == "bind") if verb in ("add", "set", "bind") else ([], [])
    return _apply(configuration, verb, entries, arguments, env) if entries else [_UNKNOWN]


def entries_of(command: list[Word], *, bound: bool) -> tuple[list[Type | Binding], list[Word]]:
    """Return the types, or the bindings, that the noun of a command names, and its arguments; nothing for an unknown noun."""
    nouns: dict[str, list[Type | Binding]] = _BOUND if bound else _NOUNS
    for length in (3, 2, 1):
        noun = " ".join(word.text for word in command[1 : 1 + length]).lower()
        if noun in nouns:
            return nouns[noun], command[1 + length :]
    return [], []


def _switch(configuration: Configuration, verb: str, command: list[Word]) -> list[str]:
    noun = " ".join(word.text for word in command[1:3]).lower()
    for known, name, _ in ON_OFF:
        if noun == known.lower():
            configuration.put(name, (), {"state": f"{verb.upper()}D"})
            return []
    given = [word.text for word in command[3:]]
    if f"ns {command[1].text.lower()}" in _SWITCHED_NOUNS:  # enable feature: the group may be left out
        noun, given = f"ns {command[1].text.lower()}", [word.text for word in command[2:]]
    for known, name, attribute, names in SWITCHED:
        if noun == known:
            found = [names[word.upper()] for word in given if word.upper() in names]
            configuration.switch(name, attribute, found, verb == "enable")
            return [f"unknown {attribute} {word}" for word in given if word.upper() not in names]
    return [_UNKNOWN]


def _apply(
    configuration: Configuration, verb: str, entries: list[Type | Binding], arguments: list[Word], env: Environment
) -> list[str]:
    entry = entries[0]
    if isinstance(entry, Binding):
        return _bind(configuration, [entry for entry in entries if isinstance(entry, Binding)], arguments, env)
    row, problems = read_arguments(entry, arguments)
    first, other = entry.instead
    if first in row and not FORMS[entry.by_name[first].form][0](row[first]):
        row[other] = row.pop(first)
    aside = {name: row.pop(name) for name in _NOT_ATTRIBUTES if name in row}
    state = aside.get("kernelstate", "")
    kept = row.get(entry.secret) if "encrypted" in aside else None
    if kept:
        row[entry.secret] = "-"  # a placeholder: only the hash is known
    name = str(row.get(entry.key, ""))
    if verb == "set" and entry.name == RNAT and rnat.is_without_name(configuration, row):
        rnat.set_rule(configuration, rnat.selected(row), env)
    elif verb == "set":
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
    read = [(binding, *read_arguments(binding, arguments)) for binding in bindings]
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
    return [_UNKNOWN]


def read_arguments(entry: Type | Binding, arguments: list[Word]) -> tuple[Row, list[str]]:
    """Return the arguments as attributes, and a problem for each unknown one."""
    first = entry.key if isinstance(entry, Type) else entry.parent_key
    places = [name for name in (first, *entry.line) if name]
    options = entry.by_option
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
        if attribute.kind == "list" and waiting and not waiting[0].option:
            value = [value]
            while waiting and not waiting[0].option:
                value.append(waiting.pop(0).text)
    elif waiting and waiting[0].text in ("YES", "NO") and not waiting[0].quoted:
        value = waiting.pop(0).text
    row[attribute.name] = value
    if attribute.unit and waiting and not waiting[0].option:
        row[attribute.unit] = waiting.pop(0).text


# Options that are not attributes (the state of an ACL, the hash of a password), and whether a value follows.
_NOT_ATTRIBUTES = {"kernelstate": True, "encrypted": False, "hashmethod": True, "encryptmethod": True}


def _by_noun(entries: Iterable[Type | Binding]) -> dict[str, list[Type | Binding]]:
    nouns: dict[str, list[Type | Binding]] = {}
    for entry in entries:
        nouns.setdefault(entry.cli.lower(), []).append(entry)
    return nouns


_SWITCHED_NOUNS = frozenset(noun for noun, *_ in SWITCHED)
_NOUNS = _by_noun(TYPES.values())
_BOUND = _by_noun(BINDINGS.values())
