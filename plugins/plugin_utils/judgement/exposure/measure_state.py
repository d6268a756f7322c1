# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What our measure does at an appliance, in one word of the verdicts; only one of them protects. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ...appliance.objects.resource_types import Attributes, ObjectId
from ..proof.verdict_table import VerdictWord
from .sourced_date import Dated


class MeasureWord(StrEnum):
    """The words, the one with the least protection first. All but TAKEN_OFF and NONE are words of the verdicts."""

    TAKEN_OFF = "taken off"
    OBSERVING = VerdictWord.NOT_BLOCKING.value
    INEFFECTIVE = VerdictWord.INEFFECTIVE.value
    EXPOSED = VerdictWord.EXPOSED.value
    DRIFTED = VerdictWord.DRIFTED.value
    PARTLY = VerdictWord.PARTLY.value
    UNPROVEN = VerdictWord.UNPROVEN.value
    REDUCES = VerdictWord.REDUCES_EXPOSURE.value
    MITIGATED = VerdictWord.MITIGATED.value
    NONE = ""
    """No run of ours brought anything in."""

    @property
    def is_blocking(self) -> bool:
        """Return True if our rule is there and stops what it matches."""
        return self not in (MeasureWord.TAKEN_OFF, MeasureWord.OBSERVING, MeasureWord.NONE)


@dataclass(frozen=True)
class MeasureState:
    """The state until the fix, or until today.

    :ivar since: when it began, or when it was found
    :ivar reason: a clause for people
    :ivar left: by admin partition, the policies, actions and bindings of ours as our runs left them
    """

    word: MeasureWord = MeasureWord.NONE
    since: Dated = field(default_factory=Dated)
    reason: str = ""
    left: Mapping[str, Mapping[ObjectId, Attributes]] = field(default_factory=dict, repr=False)

    def values(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"word": str(self.word), "since": self.since.values(), "reason": self.reason}


def word_in(row: Mapping[str, Any]) -> MeasureWord | None:
    """Return the word of a row of ledger.json; None where an earlier version wrote it, which knew no word.

    :raises ValueError: where it has another word
    """
    return MeasureWord(row["measure"]["word"]) if "measure" in row else None
