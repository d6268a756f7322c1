# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The commands of the CLI that take something away: rm, unset, unbind. An ns.conf does not have them."""

from __future__ import annotations

from simulator.configuration import nsconf_reader
from simulator.configuration.command_line import Word, words
from simulator.configuration.configuration import Configuration
from simulator.configuration.environment import Environment
from simulator.nitro.handlers.registry import WRITES
from simulator.types import Binding, Row, Type
from simulator.types.errors import NitroError

VERBS = ("rm", "unset", "unbind")
_UNKNOWN = ["unknown command"]


def carry_out(configuration: Configuration, line: str, env: Environment) -> list[str]:
    """Carry out one command line. Return the problems with it. Raises NitroError."""
    try:
        command = words(line)
    except ValueError as problem:
        return [str(problem)]
    verb = command[0].text.lower()
    entries, arguments = nsconf_reader.entries_of(command, bound=verb == "unbind")
    if verb == "unbind":
        return _unbind(configuration, [entry for entry in entries if isinstance(entry, Binding)], arguments, env)
    types = [entry for entry in entries if isinstance(entry, Type)]
    if not types or any(key[:2] == (types[0].name, "DELETE") for key in WRITES):
        return _UNKNOWN  # what a table does not describe
    return (_unset if verb == "unset" else _remove)(configuration, types[0], arguments, env)


def _remove(configuration: Configuration, type_: Type, arguments: list[Word], env: Environment) -> list[str]:
    if not type_.can_create or len(arguments) != 1 or arguments[0].option:
        return _UNKNOWN
    configuration.delete(type_, arguments[0].text, env)
    return []


def _unset(configuration: Configuration, type_: Type, arguments: list[Word], env: Environment) -> list[str]:
    row: Row = {}
    for number, word in enumerate(arguments):
        if not word.option and (number or not type_.key):
            return [f"unknown argument {word.text}"]
        attribute = type_.by_option.get(word.option)
        if word.option and attribute is None:
            return [f"unknown option {word.text}"]
        row[type_.key if attribute is None else attribute.name] = word.text if attribute is None else True
    configuration.unset(type_, row, env)
    return []


def _unbind(
    configuration: Configuration, bindings: list[Binding], arguments: list[Word], env: Environment
) -> list[str]:
    """Unbind with the first kind of binding that has it: several kinds have the same noun."""
    refused: NitroError | None = None
    for binding in bindings:
        row, problems = nsconf_reader.read_arguments(binding, arguments)
        args = {name: str(value) for name, value in row.items() if name != binding.parent_key or not binding.parent}
        if problems or binding.child_key not in args:
            continue
        known = {name: value for name, value in args.items() if name in (*binding.unbind_args, binding.child_key)}
        try:
            configuration.unbind(binding, str(row.get(binding.parent_key, "")) if binding.parent else "", known, env)
        except NitroError as problem:
            refused = refused or problem
        else:
            return []
    if refused is not None:
        raise refused
    return _UNKNOWN
