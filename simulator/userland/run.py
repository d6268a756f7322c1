# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carries out a script at once, as a boot and cron do: nothing waits, there is no input."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.node.node import Node
from simulator.userland.commands import COMMANDS
from simulator.userland.interpreter import KILLED, ExitShell, Shell
from simulator.userland.streams import Input, Output, Streams


@dataclass(frozen=True)
class Result:
    """What a script wrote, its status, and the used share of its limits, from 0 to 1."""

    status: int
    out: bytes
    err: bytes
    share: float


def run(node: Node, script: str, user: str = "root", data: bytes = b"") -> Result:
    """Carry out a script at a node as a user of its operating system; `data` is its input."""
    shell = Shell(node, COMMANDS, user)
    out, err = Output(shell.budget), Output(shell.budget)
    work = shell.run(script, Streams(Input(data), out, err))
    try:
        while True:
            work.send(None)  # it never waits for anything but its turn
    except StopIteration as end:
        status = end.value
    except ExitShell as end:
        status = end.status
    share = 1.0 if status == KILLED else shell.budget.share
    return Result(status, bytes(out.kept), bytes(err.kept), share)
