# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was asked of whom: the request log. Secrets never reach it, it holds neither headers nor bodies."""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path
from typing import Any, TextIO

LIMIT = 200_000  # entries kept in memory


class RequestLog:
    """Kept in memory for the control endpoint, written as JSON lines where a file is given."""

    def __init__(self, path: Path | None = None) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=LIMIT)
        self._file: TextIO | None = path.open("a", encoding="utf-8", buffering=1) if path else None

    def add(self, entry: dict[str, Any]) -> None:
        self._entries.append(entry)
        if self._file:
            self._file.write(json.dumps(entry) + "\n")

    def entries(self) -> list[dict[str, Any]]:
        return list(self._entries)

    def clear(self) -> None:
        self._entries.clear()

    def close(self) -> None:
        if self._file:
            self._file.close()
