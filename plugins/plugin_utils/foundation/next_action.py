# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one next action: the text that people and programs read, and the commands in it as values. Pure.

A command is never found in the text again: parts of the text are names from appliances and inventories, and one of these could be worded like a command.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # an old Python, which the lookup of the playbooks refuses, has no such name
    from typing import Self

NONE = "none"
MITIGATION = "mitigation"
"""The option that names a measure."""
COMMANDS = "next_commands"
"""The key of a verdict, a finding or a result that has the commands of its next action."""
ACCEPT_EXPOSURE = "accept_exposure"
OPTIONS = frozenset(
    {
        *("mitigation", "mitigation_mode", "step", "found", "why", "extend"),
        *("node_local", "on_box", "accept", "remove", "write", "take", "as_of", "measure_audit_log", "fetch"),
        *("accept_record", "resign", "stop_gap", ACCEPT_EXPOSURE),
    }
)
"""The options that a command of a node's answer can have."""
OF_OBJECTS = frozenset({"vips", "partitions"})
"""Those that name objects of an appliance."""
MOST_COMMANDS, MOST_NAMES, LONGEST_NAME = 8, 500, 200
WHO_DECIDES = ("reason", "who")
WHO_ACCEPTS = ("who",)
ACCEPT = ("accept",)
ACCEPTED_BY = ("accepted_by",)
ASKED: tuple[list[str], ...] = ([], [*WHO_DECIDES], [*ACCEPT], [*ACCEPTED_BY], ["second"], [*WHO_ACCEPTS])
"""What a command of a node's answer may ask a person for."""
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_JOINS = re.compile(r"\b(?:or|then|until)\b|[^a-z]", re.IGNORECASE)
"""What stands between commands and asks nobody to do anything."""
Value = str | tuple[str, ...]


@dataclass(frozen=True)
class Command:
    """A verb with its options.

    :ivar options: with their values, which are ours, names of our catalogue, or names of hosts
    :ivar unsaid: options that the text does not show, since its own words do
    :ivar tail: what the text says behind the command
    :ivar asks: options that only a person knows, besides those that its verb always needs
    :ivar is_for_all: it is about the whole catalogue, whatever measure the run was about
    :ivar is_of_measure: it needs the name of a measure
    :ivar is_again: it is the command of the run once more, with all that was given to it; its verb is that of the run
    :ivar is_said: the text shows it; where it does not, its own words do
    :ivar is_local: it works on the control node alone, and names no appliances
    """

    verb: str
    options: tuple[tuple[str, Value], ...] = ()
    unsaid: tuple[tuple[str, Value], ...] = ()
    tail: str = ""
    is_for_all: bool = False
    asks: tuple[str, ...] = ()
    is_of_measure: bool = False
    is_again: bool = False
    is_said: bool = True
    is_local: bool = False

    def __str__(self) -> str:
        if not self.is_said:
            return ""
        return f"{self.verb}.yml{''.join(f' -e {name}={value}' for name, value in self.options)}{self.tail}"

    @property
    def values(self) -> dict[str, Value]:
        return dict((*self.options, *self.unsaid))

    @property
    def unspoken(self) -> Command:
        """The command, which the words of a text say without its name."""
        return replace(self, is_said=False)

    def with_first(self, name: str, value: str) -> Command:
        """Return the command with an option in front of the others; with its own where it has that option."""
        return self if name in self.values else replace(self, options=((name, value), *self.options))

    def given(self, other: Command) -> Command:
        """Return the command with what another one was to be given: the options that only words show, and what a person is asked for."""
        return replace(self, unsaid=other.unsaid, asks=other.asks)


STATUS = Command("status")
AGAIN = Command("", is_again=True, is_said=False)
"""The same command again, as a text says in words."""

Piece = str | Command


class NextAction(str):
    """The text of a next action, with its pieces: text, and commands.

    :ivar pieces: in order; together they are the text
    :ivar check: shows whether what a person does outside has helped; None where no playbook can show it
    """

    __slots__ = ("check", "pieces")
    pieces: tuple[Piece, ...]
    check: Command | None

    def __new__(cls, *parts: Piece, check: Command | None = STATUS) -> Self:
        made = super().__new__(cls, "".join(map(str, parts)))
        made.pieces = tuple(
            piece for part in parts for piece in (part.pieces if isinstance(part, NextAction) else [part])
        )
        made.check = check
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self.pieces, self.check)

    @property
    def is_needed(self) -> bool:
        return self not in ("", NONE)

    @property
    def commands(self) -> tuple[Command, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Command))

    @property
    def lines(self) -> tuple[Command, ...]:
        """The commands to give, in order: those of the text, and the check of what is to be done outside after the last of them."""
        if not self.is_needed:
            return ()
        last = self.pieces[-1]
        is_outside = isinstance(last, str) and bool(_JOINS.sub("", last))
        return tuple(dict.fromkeys((*self.commands, *([self.check] if is_outside and self.check else []))))

    def has(self, *verbs: str) -> bool:
        """Return True if a command of one of these verbs is in it."""
        return any(command.verb in verbs for command in self.commands)

    def changed(self, change: Callable[[Command], Piece]) -> NextAction:
        """Return the action with each command changed."""
        return NextAction(*(change(one) if isinstance(one, Command) else one for one in self.pieces), check=self.check)

    def of_measure(self, id_: str) -> NextAction:
        """Return the action with the name of a measure in each command that is about one and names none."""
        return self.changed(lambda one: one.with_first(MITIGATION, id_) if one.is_of_measure else one)

    def filled(self, **values: str) -> NextAction:
        """Return the action with the names between braces in its text replaced; for a text of our own only."""
        filled = (one if isinstance(one, Command) else one.format(**values) for one in self.pieces)
        return NextAction(*filled, check=self.check)


def advice(text: str, *commands: Command, check: Command | None = None) -> NextAction:
    """Return an action whose text names its commands in its own words.

    :param check: shows whether what a person does outside has helped; None where nothing is to be checked
    """
    given = [one.unspoken for one in commands]
    return NextAction(text, *given) if check is None else NextAction(*given, text, check=check)


def joined(separator: str, *texts: str) -> str:
    """Return texts as one, as ``separator.join`` does, with the commands of those that have some; empty ones are left out."""
    given = [text for text in texts if text]
    return carrying(separator.join(given), *given)


def carrying(text: str, *sources: str) -> str:
    """Return a text with the commands of those that it was made of; as it is where they have none."""
    commands = [command for source in sources if isinstance(source, NextAction) for command in source.commands]
    return advice(text, *dict.fromkeys(commands)) if commands else text


def of_values(text: str, commands: Iterable[Mapping[str, Any]]) -> NextAction:
    """Return an action whose text has become a text alone, with the commands of :func:`command_values`."""
    own = [(_command_of(one), bool(one["checks"])) for one in commands]
    check = next((one for one, checks in own if checks), None)
    given = [one for one, checks in own if not checks]
    return NextAction(*given, text, check=check) if check else NextAction(text, *given)


def _command_of(values: Mapping[str, Any]) -> Command:
    options = {name: tuple(one) if isinstance(one, list) else str(one) for name, one in values["options"].items()}
    return Command(
        str(values["playbook"]).removesuffix(".yml"),
        unsaid=tuple(options.items()),
        is_for_all=bool(values["whole_catalogue"]),
        asks=tuple(map(str, values["asks"])),
        is_again=bool(values.get("again")),
        is_local=bool(values.get("control_node")),
        is_said=False,
    )


def are_commands(value: Any) -> bool:
    """Return True for values that :func:`command_values` can have made: what another machine says becomes a line that a person pastes."""
    return isinstance(value, list) and len(value) <= MOST_COMMANDS and all(map(_is_command, value))


def _is_command(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("options"), dict):
        return False
    plain = {name: one for name, one in value["options"].items() if name not in OF_OBJECTS}
    texts = [value.get("playbook") or ("x" if value.get("again") else ""), *plain.values()]
    return (
        plain.keys() <= OPTIONS
        and all(_are_names(value["options"][name]) for name in OF_OBJECTS & value["options"].keys())
        and value.get("asks") in ASKED
        and (ACCEPT_EXPOSURE not in plain or "who" in value["asks"])
        and isinstance(value.get("again", False), bool)
        and value.get("control_node", False) in (True, False)
        and all(isinstance(one, str) and _PLAIN.fullmatch(one) for one in texts)
        and all(isinstance(value.get(name), bool) for name in ("checks", "whole_catalogue"))
    )


def _are_names(value: Any) -> bool:
    """Return True for some names, of whatever characters: a line quotes them, and holds none that Ansible would evaluate."""
    is_list = isinstance(value, list) and 0 < len(value) <= MOST_NAMES
    return is_list and all(isinstance(one, str) and 0 < len(one) <= LONGEST_NAME for one in value)


def _made(pieces: Iterable[Piece], check: Command | None) -> NextAction:
    return NextAction(*pieces, check=check)


def command_values(action: str) -> list[Mapping[str, Any]]:
    """Return the commands of an action for programs: the playbook, its options, and whether it only checks what a person did."""
    if not isinstance(action, NextAction):
        return []
    return [
        {
            "playbook": f"{one.verb}.yml" if one.verb else "",
            "options": {name: list(value) if isinstance(value, tuple) else value for name, value in one.values.items()},
            "checks": one not in action.commands,
            "whole_catalogue": one.is_for_all,
            "asks": list(one.asks),
            **({"again": True} if one.is_again else {}),
            **({"control_node": True} if one.is_local else {}),
        }
        for one in action.lines
    ]
