# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A statement that was read back from a file of the product, and the values in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Statement:
    """Something that a file says.

    :ivar file: the file, and text what stands in it
    :ivar kind: what is said; "" where nobody could read it
    :ivar at: when the file was made: nothing in it is about a later moment
    :ivar customer: to whom it is said
    :ivar values: what it says, by name
    """

    file: str
    text: str
    kind: str
    at: datetime
    customer: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def moment(self, name: str = "when") -> date | datetime | None:
        found: date | datetime | None = self.values.get(name)
        return found


@dataclass(frozen=True)
class Wrong:
    """A statement that is not true, and what is so instead."""

    statement: Statement
    why: str

    def __str__(self) -> str:
        return f"{self.statement.file}: {self.statement.text[:300]!r}: {self.why}"
