# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The input and the outputs of a command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from simulator.userland.limits import Budget


class NeedsInput(Exception):
    """A command reads input that has not arrived; it is carried out again when it is there."""


class Input:
    """What a command reads: bytes, or those that a client will send."""

    def __init__(self, data: bytes | None = b"", source: Callable[[], Awaitable[bytes]] | None = None) -> None:
        self.data = data
        self.source = source
        self._place = 0

    def read(self) -> bytes:
        """Return the rest. Raises NeedsInput."""
        if self.data is None:
            raise NeedsInput
        rest, self._place = self.data[self._place :], len(self.data)
        return rest

    def read_line(self) -> bytes:
        """Return the next line with its end, nothing at the end of the input. Raises NeedsInput."""
        if self.data is None:
            raise NeedsInput
        end = self.data.find(b"\n", self._place)
        start, self._place = self._place, len(self.data) if end < 0 else end + 1
        return self.data[start : self._place]


class Output:
    """What a command writes. `sink` gets it at once, otherwise it is kept."""

    def __init__(self, budget: Budget, sink: Callable[[bytes], None] | None = None) -> None:
        self._budget = budget
        self._sink = sink
        self.kept = bytearray()

    def write(self, data: bytes) -> None:
        """Write bytes. Raises LimitReached."""
        if not data:
            return
        self._budget.write(len(data))
        if self._sink is None:
            self.kept += data
        else:
            self._sink(data)


@dataclass
class Streams:
    """Input, output and errors of a command."""

    input: Input
    out: Output
    err: Output
