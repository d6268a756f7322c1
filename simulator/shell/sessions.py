# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One session of an administrator over SSH: the CLI, in it the shell, and the faults of a hostile shell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from simulator.appliance.appliance import Appliance
from simulator.node import current_files, logs
from simulator.node.node import Node
from simulator.node.processes import ShellSession
from simulator.shell.cli import DONE, Cli, Left
from simulator.userland.commands import COMMANDS
from simulator.userland.interpreter import ExitShell, Shell, encoded
from simulator.userland.limits import MOST_INPUT, Budget, LimitReached
from simulator.userland.streams import Input, Output, Streams

CLI_PROMPT, SHELL_PROMPT = "> ", "root@ns# "
BYE = "Bye!\n"
_ENDLESS_BYTES = 64 * 1024 * 1024
_BANNER = "\x1b[2J\x1b]0;changed title\x07\x1b[1;31mUNAUTHORISED\x1b[0m\r\n"
NO_TERMINAL = "(null)"


class Channel(Protocol):
    """The channel of a session to its client."""

    async def read_line(self) -> str: ...

    async def read_all(self, most: int) -> bytes: ...

    def write(self, data: bytes, *, error: bool = False) -> None: ...

    async def drain(self) -> None: ...

    def abort(self) -> None: ...


@dataclass
class Session:
    """A session. line: the command of an exec request, None for an interactive session."""

    appliance: Appliance
    node: Node
    user: str
    client: str
    channel: Channel
    line: str | None
    terminal: bool
    changed: Callable[[], Awaitable[None]]
    name: str = field(default="", init=False)
    budget: Budget = field(default_factory=Budget, init=False)

    async def run(self) -> int:
        """Serve the session to its end and return its exit status."""
        taken = {session.terminal for session in self.node.shell_sessions}
        self.name = next((name for number in range(1000) if (name := f"pts/{number}") not in taken), "pts/999")
        shown = ShellSession(self.user, self.client, self.name, self.node.clock())
        if self.terminal:
            self.node.shell_sessions.append(shown)
        try:
            return await (self._interactive() if self.line is None else self._execute(self.line))
        finally:
            if shown in self.node.shell_sessions:
                self.node.shell_sessions.remove(shown)

    # One command

    async def _execute(self, line: str) -> int:
        """The CLI says Done for the log-on before a command, and again after it (github.com/fox-it/acquire)."""
        self.channel.write(DONE.encode())
        try:
            has_input = self.appliance.switches["ssh_shell_input"] == "passed"
            source = Input(None, lambda: self.channel.read_all(MOST_INPUT)) if has_input else Input()
            status = await self._answered(line, source)
        except Left:
            return 0
        return status if self.appliance.switches["ssh_exit_status"] == "command" else 0

    async def _answered(self, line: str, source: Input) -> int:
        """Carry out a line of the CLI, as the faults of the node want it."""
        current_files.refresh(self.node)
        self.budget.renew()
        cut = self.node.active_fault("shell_cut") is not None
        out = Output(self.budget, None if cut else self.channel.write)
        err = Output(self.budget, lambda data: self.channel.write(data, error=True))
        await self._before_answer()
        try:
            status = await self._cli().carry_out(line, Streams(source, out, err))
        except LimitReached:
            self.channel.write(b"Killed\n", error=True)
            status = 137
        if cut:
            self.channel.write(bytes(out.kept[: len(out.kept) // 2]))
            await self.channel.drain()
            self.channel.abort()
        await self._after_answer()
        await self.channel.drain()
        return status

    async def _before_answer(self) -> None:
        stalled, banner = self.node.active_fault("shell_stalled"), self.node.active_fault("shell_banner")
        if stalled is not None:
            await asyncio.sleep(stalled.seconds)
        if banner is not None:
            self.channel.write(encoded(_BANNER if banner.value is None else banner.value))

    async def _after_answer(self) -> None:
        if self.node.active_fault("shell_endless") is None:
            return
        line = b"-rw-r--r--  1 root  wheel  0 Jan  1 00:00 endless\n" * 100
        for _ in range(_ENDLESS_BYTES // len(line)):
            self.channel.write(line)
            await self.channel.drain()
            await asyncio.sleep(0)

    def _cli(self) -> Cli:
        return Cli(self.appliance, self.node, self.user, self.client, self._shell, self.changed)

    async def _shell(self, script: str, streams: Streams) -> int:
        """Carry out a command of the shell; without one, an interactive shell."""
        if not script:
            await self._interactive_shell()
            return 0
        try:
            return await self._carried_out(self._new_shell(streams), script, streams)
        except ExitShell as end:
            return end.status

    def _new_shell(self, streams: Streams) -> Shell:
        cli = self._cli()
        terminal = self.name if self.terminal else ""
        made = Shell(self.node, COMMANDS, terminal=terminal, waits=True, cli=lambda line: cli.answer(line, streams))
        made.budget = self.budget
        return made

    async def _carried_out(self, shell: Shell, script: str, streams: Streams) -> int:
        """Carry out a script and log it. Raises ExitShell."""
        terminal = f"/dev/{self.name}" if self.terminal else NO_TERMINAL
        try:
            status = await shell.run(script, streams)
        except ExitShell as end:
            logs.shell_command(self.node, "root", terminal, script, status=end.status)
            raise
        logs.shell_command(self.node, "root", terminal, script, status=status)
        return status

    # Lines of a client

    async def _interactive(self) -> int:
        self.channel.write(DONE.encode())
        while True:
            self.channel.write(CLI_PROMPT.encode())
            line = await self.channel.read_line()
            if not line:
                return 0
            try:
                await self._answered(line, Input())
            except Left:
                self.channel.write(BYE.encode())
                return 0

    async def _interactive_shell(self) -> None:
        err = Output(self.budget, lambda data: self.channel.write(data, error=True))
        streams = Streams(Input(), Output(self.budget, self.channel.write), err)
        shell = self._new_shell(streams)
        while True:
            self.channel.write(SHELL_PROMPT.encode())
            line = await self.channel.read_line()
            if not line:
                return
            current_files.refresh(self.node)
            try:
                if line.strip():
                    await self._carried_out(shell, line.rstrip("\n"), streams)
            except ExitShell:
                self.channel.write(b"logout\n")
                return
            await self.channel.drain()
