# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carries out a script: lists, pipelines, redirections, variables, substitutions, file name patterns.

The commands of a pipeline run one after the other, each with the whole output of the one before it.
"""

from __future__ import annotations

import asyncio
import inspect
import posixpath
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from simulator.node.disk import REGULAR
from simulator.node.file_tree import FileProblem, FileTree
from simulator.node.node import Node
from simulator.userland.limits import DEEPEST, Budget, LimitReached
from simulator.userland.options import Options, UsageError, read
from simulator.userland.streams import Input, NeedsInput, Output, Streams
from simulator.userland.syntax import (
    AndOr,
    For,
    Group,
    If,
    Pipeline,
    Redirected,
    Redirection,
    Sequence,
    ShellSyntaxError,
    Simple,
    While,
    parse,
)
from simulator.userland.syntax import Node as Tree
from simulator.userland.words import COMMAND, TEXT, Piece, expanded, pieces, split

USAGE, NOT_EXECUTABLE, NOT_FOUND, KILLED = 2, 126, 127, 137
HOME = "/root"
_WORD_WORK = 20  # of making a word
_NOT_A_PROGRAM = "Exec format error"
# Names that a client must not take for a line, an option, a command or an escape sequence.
ODD_NAMES = (
    "a\nb",
    "\x1b[2J\x1b]0;title\x07",
    "-rf",
    "$(id)",
    "x; id",
    "`id`",
    " blank ",
    "\udcff\udcfe",
    "'quote\"",
    "n" * 255,
)


class ExitShell(Exception):
    """The shell ends with a status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Pause(Exception):
    """A command waits for a time before it ends."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class Command:
    """A command of the userland.

    run: carries out a call and returns its status. letters: its options as getopt(3) knows them, None if it reads its arguments itself.
    usage: what it prints for others. missing_since: the first build that does not have it.
    """

    run: Callable[[Call], int | Awaitable[int]]
    letters: str | None = None
    usage: str = ""
    usage_status: int = 1
    missing_since: tuple[int, ...] = ()


@dataclass
class Call:
    """One command with its arguments and streams."""

    shell: Shell
    name: str
    arguments: list[str]
    streams: Streams
    options: Options = field(default_factory=lambda: Options((), ()))

    @property
    def node(self) -> Node:
        return self.shell.node

    @property
    def tree(self) -> FileTree:
        return self.shell.tree

    def path(self, text: str) -> str:
        """Return the absolute path of an operand."""
        return posixpath.join(self.shell.directory, text) if text else "/nonexistent/"

    def print(self, text: str) -> None:
        self.streams.out.write(encoded(text))

    def complain(self, text: str) -> None:
        """Write a line to the errors, with the name of the command."""
        self.streams.err.write(encoded(f"{self.name}: {text}\n"))

    def content(self, operand: str) -> bytes | None:
        """Return the content of an operand, `-` is the input; None after a complaint."""
        if operand == "-":
            data = self.streams.input.read()
        else:
            try:
                data = self.tree.read(self.path(operand))
            except FileProblem as problem:
                self.complain(f"{operand}: {problem}")
                return None
        self.shell.budget.spend(len(data))
        return data


@dataclass
class Shell:
    """A shell at a node.

    user: a user of the operating system. commands: the known ones. terminal: the name of the terminal, "" without one. waits: `sleep`
    takes its time. cli: carries out a command of the NetScaler CLI.
    """

    node: Node
    commands: Mapping[str, Command]
    user: str = "root"
    terminal: str = ""
    waits: bool = False
    cli: Callable[[str], Awaitable[str]] | None = None
    directory: str = HOME
    budget: Budget = field(default_factory=Budget)
    variables: dict[str, str] = field(
        default_factory=lambda: {"HOME": HOME, "PATH": "/netscaler:/bin:/sbin:/usr/bin:/usr/sbin"}
    )
    arguments: list[str] = field(default_factory=list)
    status: int = 0

    @property
    def tree(self) -> FileTree:
        tree = self.node.tree(self.user)
        if self.node.active_fault("shell_odd_names") is not None:
            tree.odd_names = ODD_NAMES
        return tree

    async def run(self, text: str, streams: Streams) -> int:
        """Carry out a script and return its status. Raises ExitShell where it says so."""
        self.budget.renew()
        try:
            self.status = await self._script(text, streams)
        except LimitReached:
            self.budget.renew()
            streams.err.write(b"Killed\n")
            self.status = KILLED
        return self.status

    async def _script(self, text: str, streams: Streams) -> int:
        self.budget.depth += 1
        try:
            if self.budget.depth > DEEPEST:
                raise LimitReached
            tree = parse(text)
            return 0 if tree is None else await self.carry_out(tree, streams)
        except ShellSyntaxError as problem:
            streams.err.write(encoded(f"sh: {problem}\n"))
            return USAGE
        except RecursionError:
            streams.err.write(b"sh: Syntax error: too deep\n")
            return USAGE
        finally:
            self.budget.depth -= 1

    async def nested(self, text: str, streams: Streams, arguments: list[str] | None = None) -> int:
        """Carry out a script in a shell of its own, which may end itself."""
        kept = self.directory, dict(self.variables), self.arguments, self.status
        self.arguments = self.arguments if arguments is None else arguments
        try:
            return await self._script(text, streams)
        except ExitShell as end:
            return end.status
        finally:
            self.directory, self.variables, self.arguments, self.status = kept

    # The tree of commands

    async def carry_out(self, tree: Tree, streams: Streams) -> int:
        status = await _RUNNERS[type(tree)](self, tree, streams)
        self.status = status
        return status

    async def sequence(self, tree: Sequence, streams: Streams) -> int:
        for part in tree.parts:
            await self.carry_out(part, streams)
        return self.status

    async def and_or(self, tree: AndOr, streams: Streams) -> int:
        status = await self.carry_out(tree.first, streams)
        for word, part in tree.rest:
            if (status == 0) is (word == "&&"):
                status = await self.carry_out(part, streams)
        return status

    async def pipeline(self, tree: Pipeline, streams: Streams) -> int:
        source, status = streams.input, 0
        for number, command in enumerate(tree.commands):
            last = number == len(tree.commands) - 1
            out = streams.out if last else Output(self.budget)
            status = await self._apart(command, Streams(source, out, streams.err), alone=len(tree.commands) == 1)
            source = Input(bytes(out.kept)) if not last else source
        return int(status == 0) if tree.negated else status

    async def _apart(self, tree: Tree, streams: Streams, *, alone: bool) -> int:
        """Carry out a command of a pipeline; variables that it sets are its own."""
        if alone:
            return await self.carry_out(tree, streams)
        kept = self.directory, dict(self.variables)
        try:
            return await self.carry_out(tree, streams)
        except ExitShell as end:
            return end.status
        finally:
            self.directory, self.variables = kept

    async def group(self, tree: Group, streams: Streams) -> int:
        if not tree.own_state:
            return await self.carry_out(tree.content, streams)
        return await self._apart(tree.content, streams, alone=False)

    async def loop(self, tree: For, streams: Streams) -> int:
        status = 0
        for word in [made for written in tree.words for made in await self.words(written, streams)]:
            self.budget.step()
            self.variables[tree.name] = word
            status = await self.carry_out(tree.content, streams)
        return status

    async def condition(self, tree: If, streams: Streams) -> int:
        if await self.carry_out(tree.condition, streams) == 0:
            return await self.carry_out(tree.content, streams)
        return 0 if tree.otherwise is None else await self.carry_out(tree.otherwise, streams)

    async def repetition(self, tree: While, streams: Streams) -> int:
        status = 0
        while (await self.carry_out(tree.condition, streams) == 0) is not tree.until:
            self.budget.step()
            status = await self.carry_out(tree.content, streams)
        return status

    async def redirected(self, tree: Redirected, streams: Streams) -> int:
        return await self._with(tree.redirections, streams, lambda inner: self.carry_out(tree.content, inner))

    async def simple(self, tree: Simple, streams: Streams) -> int:
        self.budget.step()
        words = [made for written in tree.words for made in await self.words(written, streams)]
        assigned = {}
        for written in tree.assignments:
            name, _, value = written.partition("=")
            assigned[name] = await self.text(value, streams)
        if not words:
            self.variables.update(assigned)
            return await self._with(tree.redirections, streams, _nothing)
        kept = {name: self.variables.get(name) for name in assigned}
        self.variables.update(assigned)
        status = await self._with(tree.redirections, streams, lambda inner: self.execute(words, inner))
        for name, before in kept.items():
            if before is None:
                self.variables.pop(name, None)
            else:
                self.variables[name] = before
        await asyncio.sleep(0)  # other clients of the simulator are served meanwhile
        return status

    # Commands

    async def execute(self, words: list[str], streams: Streams) -> int:
        """Carry out one command with its arguments."""
        self.budget.step()
        name, arguments = words[0], words[1:]
        self.budget.spend(sum(map(len, words)))
        command = self.commands.get(posixpath.basename(name) if "/" in name else name)
        if "/" in name:
            obstacle, script = self._executable(name, command)
            if obstacle in ("", _NOT_A_PROGRAM):
                self.node.report_unsigned(posixpath.join(self.directory, name), self.user)
            if obstacle:
                return self._refuse(name, obstacle, streams)
            if script:
                return await self._script_file(name, arguments, streams)
        if command is None or (command.missing_since and self.node.appliance.branch >= command.missing_since):
            streams.err.write(encoded(f"{name}: not found\n"))
            return NOT_FOUND
        call = Call(self, name, arguments, streams)
        try:
            if command.letters is not None:
                call.options = read(posixpath.basename(name), arguments, command.letters, command.usage)
            return await self._completed(command, call)
        except UsageError as wrong:
            streams.err.write(encoded(str(wrong)))
            return command.usage_status

    async def _completed(self, command: Command, call: Call) -> int:
        while True:
            try:
                result = command.run(call)
                return await result if inspect.isawaitable(result) else result
            except NeedsInput:
                source = call.streams.input.source
                call.streams.input.data = b"" if source is None else await source()
            except Pause as pause:
                self.budget.seconds -= pause.seconds
                if self.budget.seconds < 0:
                    raise LimitReached from None
                if self.waits:
                    await asyncio.sleep(pause.seconds)
                return 0

    def _executable(self, name: str, command: Command | None) -> tuple[str, bool]:
        """Return why a path cannot be executed, "" if it can, and whether it is a script."""
        file = self.tree.find(posixpath.join(self.directory, name))
        if file is None:
            return "not found", False
        if file.kind != REGULAR or not file.mode & 0o111:
            return "Permission denied", False
        if bytes(file.content[:4]) == b"\x7fELF":
            return ("" if command is not None else _NOT_A_PROGRAM), False
        return "", True

    def _refuse(self, name: str, problem: str, streams: Streams) -> int:
        streams.err.write(encoded(f"{name}: {problem}\n"))
        return NOT_FOUND if problem == "not found" else NOT_EXECUTABLE

    async def _script_file(self, name: str, arguments: list[str], streams: Streams) -> int:
        try:
            text = self.tree.read(posixpath.join(self.directory, name))
        except FileProblem as problem:
            return self._refuse(name, str(problem), streams)
        first = text.split(b"\n", 1)[0]
        if first.startswith(b"#!") and not first.rstrip().endswith(b"sh"):
            return self._refuse(name, _NOT_A_PROGRAM, streams)  # perl, python, php
        return await self.nested(decoded(text), streams, [name, *arguments])

    # Redirections

    async def _with(
        self, redirections: tuple[Redirection, ...], streams: Streams, run: Callable[[Streams], Awaitable[int]]
    ) -> int:
        """Run with redirected streams; files get what was written at the end."""
        if not redirections:
            return await run(streams)
        source, outputs = streams.input, {1: streams.out, 2: streams.err}
        files: list[tuple[str, Output]] = []
        for redirection in redirections:
            target = await self.text(redirection.target, streams)
            path = posixpath.join(self.directory, target)
            try:
                if redirection.operator == "<":
                    data = self.tree.read(path)
                    self.budget.spend(len(data))
                    source = Input(data)
                elif redirection.operator in (">&", "<&"):
                    outputs[redirection.descriptor] = outputs[_descriptor(target)]
                else:
                    self.tree.write(path, b"", append=redirection.operator == ">>")
                    files.append((path, Output(self.budget)))
                    for number in (1, 2) if redirection.operator == "&>" else (redirection.descriptor,):
                        outputs[number] = files[-1][1]
            except FileProblem as problem:
                streams.err.write(encoded(f"cannot open {target}: {problem}\n"))
                return USAGE
        try:
            return await run(Streams(source, outputs[1], outputs[2]))
        finally:
            for path, output in files:
                self._append(path, bytes(output.kept), streams)

    def _append(self, path: str, data: bytes, streams: Streams) -> None:
        try:
            if data:
                self.tree.write(path, data, append=True)
        except FileProblem as problem:
            streams.err.write(encoded(f"{path}: {problem}\n"))

    # Words

    async def words(self, written: str, streams: Streams) -> list[str]:
        """Return the words that a written word becomes."""
        if written == "~" or written.startswith("~/"):
            written = HOME + written[1:]
        parts = [(piece, await self._value(piece, streams)) for piece in pieces(written)]
        made = [path for word in split(parts) for path in expanded(word, self.tree, self.directory, self.budget)]
        self.budget.spend(sum(map(len, made)) + _WORD_WORK * len(made))
        return made

    async def text(self, written: str, streams: Streams) -> str:
        """Return the text that a written word becomes, without splitting it."""
        return "".join([await self._value(piece, streams) for piece in pieces(written)])

    async def _value(self, piece: Piece, streams: Streams) -> str:
        if piece.kind == TEXT:
            return piece.content
        if piece.kind == COMMAND:
            out = Output(self.budget)
            self.status = await self.nested(piece.content, Streams(Input(), out, streams.err))
            return decoded(bytes(out.kept)).rstrip("\n").replace("\0", "")
        value = self._parameter(piece.content)
        self.budget.spend(len(value))
        return value

    def _parameter(self, name: str) -> str:
        if len(name) > 1 and name[0] == "#":
            return str(len(self._parameter(name[1:])))
        name, dash, otherwise = name.partition("-")
        only_if_empty = name.endswith(":")
        name = name.removesuffix(":") or name
        if name in ("@", "*"):
            return " ".join(self.arguments[1:])
        special = {
            "?": str(self.status),
            "#": str(max(len(self.arguments) - 1, 0)),
            "$": "4711",
            "0": self.arguments[0] if self.arguments else "sh",
            "PWD": self.directory,
        }
        if name in special:
            return special[name]
        if name.isdecimal():
            return self.arguments[int(name)] if int(name) < len(self.arguments) else ""
        value = self.variables.get(name)
        return otherwise if dash and (value is None or (only_if_empty and not value)) else value or ""


def _descriptor(text: str) -> int:
    if text not in ("1", "2"):
        raise FileProblem("Bad file descriptor")
    return int(text)


async def _nothing(streams: Streams) -> int:
    return 0


_RUNNERS: dict[type, Callable[..., Awaitable[int]]] = {
    Sequence: Shell.sequence,
    AndOr: Shell.and_or,
    Pipeline: Shell.pipeline,
    Group: Shell.group,
    For: Shell.loop,
    If: Shell.condition,
    While: Shell.repetition,
    Redirected: Shell.redirected,
    Simple: Shell.simple,
}


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
