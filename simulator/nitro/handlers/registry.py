# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The registry of handlers: reads by type, writes by type, method and action."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from simulator.nitro.call import Call
from simulator.types import Row

Read = Callable[[Call], Any]
Write = Callable[[Call, Row], Awaitable[None] | None]
READS: dict[str, Read] = {}
WRITES: dict[tuple[str, str, str], Write] = {}  # (type, method, action)


def reads(name: str) -> Callable[[Read], Read]:
    """Register a read. It returns rows, an object, or None."""

    def register(function: Read) -> Read:
        READS[name] = function
        return function

    return register


def writes(name: str, method: str, action: str = "") -> Callable[[Write], Write]:
    """Register a write."""

    def register(function: Write) -> Write:
        WRITES[name, method, action] = function
        return function

    return register
