# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line of a NetScaler: a few `show` commands, `save`, `shell`, and the commands of an ns.conf that change the configuration."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from simulator.appliance.appliance import Appliance
from simulator.configuration import nsconf_reader
from simulator.configuration.configuration import Configuration
from simulator.nitro.command_policies import check_line
from simulator.node import current_files, logs
from simulator.node.node import Node
from simulator.shell import removals
from simulator.shell.show import SHOWN
from simulator.types.errors import NitroError
from simulator.userland.interpreter import encoded
from simulator.userland.streams import Streams

DONE = " Done\n"
_UNKNOWN = "No such command"
_CHANGES = ("add", "set", "bind", "enable", "disable", "link")
LONGEST_LINE = 64 * 1024
_HIDDEN = "********"

Shells = Callable[[str, Streams], Awaitable[int]]


class Left(Exception):
    """`exit`, `quit` or `logout`: the session ends."""


class Refused(Exception):
    """A command failed; the text follows `ERROR: `."""


@dataclass
class Cli:
    """The CLI for one administrator at a node.

    shell: carries out a command of the operating system's shell, or an interactive one for "". changed: is called after a change.
    """

    appliance: Appliance
    node: Node
    user: str
    client: str
    shell: Shells
    changed: Callable[[], Awaitable[None]]

    async def carry_out(self, line: str, streams: Streams) -> int:
        """Carry out a line and write its answer. Return 0, or 1 after an error; of `shell` its status. Raises Left."""
        line = line.strip()
        if not line:
            return 0
        if line.lower() in ("exit", "quit", "logout"):
            raise Left
        status, word = 0, "Success"
        try:
            if len(line) > LONGEST_LINE or "\0" in line:
                raise Refused(_UNKNOWN)  # noqa: TRY301 -- one place writes all errors
            verb, _, rest = line.partition(" ")
            check_line(self.node.whole.running, self.user, lambda: line)
            if verb.lower() == "shell":
                status = await self.shell(_unquoted(rest.strip()), streams)
            else:
                streams.out.write(encoded(await self._answer(verb.lower(), line)))
            streams.out.write(DONE.encode())
        except (Refused, NitroError) as problem:
            word = problem.message if isinstance(problem, NitroError) else str(problem)
            streams.out.write(encoded(f"ERROR: {word}\n"))
            status = 1
        shown = word if word == "Success" else f"ERROR: {word}"
        logs.command(self.node, "CLI", self.user, self.client, _without_secrets(line), shown)
        return status

    async def answer(self, line: str, streams: Streams) -> str:
        """Return what the CLI prints for a line, without carrying out `shell` inside a shell."""
        if line.strip().lower().startswith("shell"):
            return f"ERROR: {_UNKNOWN}\n"
        with contextlib.suppress(Left):
            await self.carry_out(line, streams)
        return ""

    async def _answer(self, verb: str, line: str) -> str:
        words = re.sub(r"\s+", " ", line.lower()).split(" ")
        if verb in ("show", "sh"):
            return self._show(" ".join(words[1:]).removeprefix("ns "))
        if words in (["save", "config"], ["save", "ns", "config"], ["save", "c"], ["save", "ns", "c"]):
            await self.appliance.save(self.node)
            return ""
        if verb in _CHANGES or verb in removals.VERBS:
            self._change(line)
            await self.changed()
            return ""
        raise Refused(_UNKNOWN)

    def _show(self, noun: str) -> str:
        """Answer a `show` command; a noun may be shortened as long as only one begins like that."""
        noun = {"config": "info"}.get(noun, noun)
        found = [name for name in SHOWN if name == noun] or [
            name for name in SHOWN if noun and _shortens(noun.split(" "), name.split(" "))
        ]
        if len(found) != 1:
            raise Refused(_UNKNOWN)
        if found[0] in ("savedconfig", "ns.conf"):
            current_files.refresh(self.node.whole)
        return SHOWN[found[0]](self.node)

    def _change(self, line: str) -> None:
        problems: list[str] = []
        carry_out = removals.carry_out if line.partition(" ")[0].lower() in removals.VERBS else nsconf_reader.carry_out

        def operation(configuration: Configuration) -> None:
            problems[:] = carry_out(configuration, line, self.appliance)

        trial = self.node.running.copy()
        operation(trial)
        if problems:
            raise Refused(_UNKNOWN if problems == ["unknown command"] else problems[0])
        self.appliance.change(self.node, operation, [])


def _without_secrets(line: str) -> str:
    """Return a line for the log, which has no password (docs/reference/simulator.md)."""
    hidden = re.sub(r"(?i)^((?:add|set)\s+system\s+user\s+\S+\s+)(\"[^\"]*\"|[^-\s]\S*)", rf"\1{_HIDDEN}", line)
    return re.sub(r"(?i)(\s-\w*(?:password|passwd|radKey|secret)\s+)(\"[^\"]*\"|\S+)", rf"\1{_HIDDEN}", hidden)


def _shortens(typed: list[str], words: list[str]) -> bool:
    return len(typed) == len(words) and all(word.startswith(part) for part, word in zip(typed, words, strict=True))


def _unquoted(text: str) -> str:
    """Return the command after `shell`: the CLI removes the quotes around it (CTX267679)."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        inner = text[1:-1]
        if not re.search(rf"(?<!\\){text[0]}", inner):
            return re.sub(r"\\([\"'\\])", r"\1", inner) if text[0] == '"' else inner
    return text
