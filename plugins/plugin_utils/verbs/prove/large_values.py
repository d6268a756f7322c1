# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values of payloads that are too large to be written out: a description stands for them until they are sent. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FileContent:
    """The content of a file: the letter A, so many times."""

    size: int

    def __str__(self) -> str:
        return f"<the letter A {self.size:,} times, in Base64>"

    def value(self) -> str:
        return base64.b64encode(b"A" * self.size).decode()


@dataclass(frozen=True)
class NumberRows:
    """Rows of a data set of numbers: one for each number from first to last."""

    set_name: str
    first: int
    last: int

    def __str__(self) -> str:
        return (
            f'<a row {{"name": "{self.set_name}", "value": NUMBER}} for each number from {self.first} to {self.last}>'
        )

    def value(self) -> list[dict[str, str]]:
        return [{"name": self.set_name, "value": str(number)} for number in range(self.first, self.last + 1)]


def sent(value: Any) -> Any:
    """Return a value as it is sent, with the large values themselves."""
    if isinstance(value, FileContent | NumberRows):
        return value.value()
    if isinstance(value, Mapping):
        return {name: sent(item) for name, item in value.items()}
    return [sent(item) for item in value] if isinstance(value, list) else value
