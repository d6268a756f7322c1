# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The problems of a list, reported together, so that a person corrects them in one go."""

from __future__ import annotations

from ..foundation.counted import counted
from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable

MOST_SHOWN = 10
LONGEST = 300
"""Characters of one problem that are shown: it may quote the list."""


class Problems:
    """Collects problems; :meth:`raise_if_any` reports them."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def add(self, where: str, problem: str) -> None:
        self._found.append(printable(f"{where}: {problem}"[:LONGEST]))

    def raise_if_any(self) -> None:
        """:raises InvalidInput: with the first problems, and the number of the others"""
        if self._found:
            more = len(self._found) - MOST_SHOWN
            shown = [*self._found[:MOST_SHOWN], *([f"and {counted(more, 'more problem')}"] if more > 0 else [])]
            raise InvalidInput("; ".join(shown))
