# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rows of one answer of NITRO, with what has been made of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

Made = TypeVar("Made")


class Reading(list[dict[str, Any]]):
    """The rows of one answer. What is made of them is made once for all who read the same answer; nobody changes it.

    :ivar objects: by type, the objects that its rows are. They can be kept with the rows: where these still hold, so do they
    """

    def __init__(self, rows: Iterable[dict[str, Any]] = (), objects: dict[str, Any] | None = None) -> None:
        super().__init__(rows)
        self._made: dict[Hashable, Any] = {}
        self.objects: dict[str, Any] = {} if objects is None else objects

    @classmethod
    def of(cls, rows: Iterable[dict[str, Any]]) -> Reading:
        """Return rows as a reading; a reading as it is."""
        return rows if isinstance(rows, cls) else cls(rows)

    def again(self) -> Reading:
        """Return the same reading for another reader, who may change the list."""
        other = Reading(self, self.objects)
        other._made = self._made
        return other

    def once(self, key: Hashable, make: Callable[[Reading], Made]) -> Made:
        """Return what is made of the rows; where that fails it is tried again the next time.

        :param key: the name of what is made
        """
        if key not in self._made:
            self._made[key] = make(self)
        made: Made = self._made[key]
        return made
