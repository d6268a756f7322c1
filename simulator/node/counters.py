# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hit counters that lag, like those of an appliance."""

from __future__ import annotations

from collections import Counter, deque


class Counters:
    """(type, name, field) -> hits. Hits of the last `lag` seconds are not shown yet. Only these are kept one by one, so the memory does not
    grow with the number of requests.
    """

    def __init__(self, lag: float) -> None:
        self._lag = lag
        self._shown: Counter[tuple[str, str, str]] = Counter()
        self._pending: deque[tuple[float, tuple[str, str, str]]] = deque()

    def add(self, now: float, type_: str, name: str, field: str) -> None:
        self._pending.append((now, (type_, name, field)))
        if self._pending[0][0] <= now - self._lag:
            self._move_due(now)

    def get(self, now: float, type_: str, name: str, field: str) -> int:
        if self._pending:
            self._move_due(now)
        return self._shown.get((type_, name, field), 0)

    def _move_due(self, now: float) -> None:
        while self._pending and self._pending[0][0] <= now - self._lag:
            self._shown[self._pending.popleft()[1]] += 1

    def all(self) -> dict[str, dict[str, int]]:
        """Return all hits, also those not shown yet: `type/name` -> field -> hits."""
        total = Counter(self._shown)
        total.update(key for _, key in self._pending)
        table: dict[str, dict[str, int]] = {}
        for (type_, name, field), hits in sorted(total.items()):
            table.setdefault(f"{type_}/{name}", {})[field] = hits
        return table

    def clear_of(self, type_: str, name: str | None = None) -> None:
        """Reset the hits of a type, or of one object of it."""
        if not self._shown and not self._pending:
            return
        forgotten = (type_,) if name is None else (type_, name)
        for key in [key for key in self._shown if key[: len(forgotten)] == forgotten]:
            del self._shown[key]
        self._pending = deque(item for item in self._pending if item[1][: len(forgotten)] != forgotten)

    def clear(self) -> None:
        self._shown.clear()
        self._pending.clear()
