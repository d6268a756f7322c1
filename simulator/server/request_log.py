# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The log of all requests. It has neither headers nor bodies, so no secrets."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

LIMIT = 200_000  # entries kept in memory
FIELDS = (
    *("time", "appliance", "node", "side", "connection", "client", "method", "target", "status", "errorcode"),
    *("user_agent", "ms"),
)


class RequestLog:
    """Entries are kept in memory for the control endpoint and written as JSON lines to a file, if there is one."""

    def __init__(self, path: Path | None = None) -> None:
        self._entries: deque[tuple[Any, ...]] = deque(maxlen=LIMIT)
        self._file: TextIO | None = path.open("a", encoding="utf-8", buffering=1) if path else None
        # Takes a tuple in the order of FIELDS. It becomes a dictionary only when it is read, which most are not.
        self.add: Callable[[tuple[Any, ...]], None] = self._add if self._file else self._entries.append

    def _add(self, values: tuple[Any, ...]) -> None:
        self._entries.append(values)
        if self._file:
            self._file.write(json.dumps(_entry(values)) + "\n")

    def entries(self) -> list[dict[str, Any]]:
        return [_entry(values) for values in self._entries]

    def clear(self) -> None:
        self._entries.clear()

    def close(self) -> None:
        if self._file:
            self._file.close()


def _entry(values: tuple[Any, ...]) -> dict[str, Any]:
    entry = dict(zip(FIELDS, values, strict=True))
    entry["time"], entry["ms"] = round(entry["time"], 6), round(entry["ms"], 3)
    return entry
