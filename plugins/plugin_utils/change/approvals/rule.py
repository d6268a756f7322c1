# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which approvals an action needs that changes an appliance, as a value. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WHOLE_CATALOGUE = "recommended"
"""The measure of an apply that brings in all mitigations, and the key that demands more approvals for it."""


@dataclass(frozen=True)
class ApprovalRule:
    """What demands approvals for an action.

    :ivar keys: of the variable; the largest number counts
    :ivar of_measures: measures that are keys besides, where the action brings them in
    :ivar harmless: of an action that is not rolled out in waves, the option and the value with which it writes nothing; None where it is rolled out
    :ivar sealed: it has a plan with a seal that could be signed
    """

    keys: tuple[str, ...]
    of_measures: tuple[str, ...] = ()
    harmless: tuple[str, Any] | None = None
    sealed: bool = True

    def keys_of(self, measure: str) -> tuple[str, ...]:
        """Return the keys that demand approvals where the action brings a measure in."""
        return (*self.keys, *([measure] if measure in self.of_measures else []))

    def writes_nothing(self, options: Mapping[str, Any]) -> bool:
        """Return True if the action writes nothing with these options."""
        return self.harmless is not None and options.get(self.harmless[0]) == self.harmless[1]
