# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The states of a service, and what each word of a verdict means for them. Pure.

:data:`MEANINGS` and :data:`OF_WORD` are the one place that says which state ends an exposure: everything else asks them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..proof.verdict_table import VerdictWord


class Extent(StrEnum):
    """How much protection there is. To have less than before is an event; only the whole ends an exposure."""

    NONE = "none"
    PART = "part"
    WHOLE = "whole"


class State(StrEnum):
    """The states, the one with the least protection first. Those that are a word of the verdicts have its text."""

    TAKEN_OFF = "taken off"
    OBSERVING = VerdictWord.NOT_BLOCKING.value
    INEFFECTIVE = VerdictWord.INEFFECTIVE.value
    EXPOSED = VerdictWord.EXPOSED.value
    """Nothing is known to stop the attack, or an attack passed."""
    DRIFTED = VerdictWord.DRIFTED.value
    PARTLY = VerdictWord.PARTLY.value
    UNKNOWN = VerdictWord.UNKNOWN.value
    UNPROVEN = VerdictWord.UNPROVEN.value
    NOT_SAVED = VerdictWord.NOT_SAVED.value
    CLOSED_FOR_SOME = "closed for some"
    """Closed, and reached by others, on other ways or elsewhere on the appliance."""
    STOP_GAP = VerdictWord.STOP_GAP.value
    """A rule that is not the vendor's stops what was published, and what else passes nobody knows."""
    REDUCES = VerdictWord.REDUCES_EXPOSURE.value
    BY_OTHERS = VerdictWord.MITIGATED_BY_OTHERS.value
    MITIGATED = VerdictWord.MITIGATED.value
    """Blocked, and proven."""
    CLOSED = VerdictWord.CLOSED.value
    """Every virtual server of the appliance was switched off, and that was proven."""
    FIXED = VerdictWord.FIXED.value
    NOT_AFFECTED = VerdictWord.NOT_AFFECTED.value
    NONE = ""
    """Nothing of ours says anything."""

    @property
    def protects(self) -> bool:
        """Return True if no attack passes, so that it ends an exposure."""
        return MEANINGS[self].protects

    @property
    def stops(self) -> bool:
        """Return True if a rule is known to stop what it matches, also where that is not enough to protect."""
        return MEANINGS[self].stops

    @property
    def extent(self) -> Extent:
        """Return how much protection there is: the whole, a part where a rule stops what it matches and that is not enough, or none."""
        return Extent.WHOLE if self.protects else Extent.PART if self.stops else Extent.NONE

    @property
    def is_known(self) -> bool:
        """Return False if whether an attack passes, or where, is not known."""
        return MEANINGS[self].is_known

    @property
    def ends_proof(self) -> bool:
        """Return True if a run that found it has found that an earlier proof does not hold, or not for all."""
        return MEANINGS[self].ends_proof

    @property
    def word(self) -> VerdictWord:
        """Return the word of a verdict for it; exposed where nothing is known to stop an attack."""
        return VerdictWord(self) if self in [*VerdictWord] else VerdictWord.EXPOSED

    @property
    def worst_first(self) -> int:
        """Return its place in the order of the states."""
        return _PLACE[self]


@dataclass(frozen=True)
class StateMeaning:
    """What a state means; see the properties of :class:`State`."""

    protects: bool = False
    stops: bool = False
    is_known: bool = True
    ends_proof: bool = False


_LETS_PASS, _FOUND = StateMeaning(), StateMeaning(ends_proof=True)
MEANINGS: dict[State, StateMeaning] = {
    State.TAKEN_OFF: _LETS_PASS,
    State.OBSERVING: _LETS_PASS,
    State.INEFFECTIVE: _FOUND,
    State.EXPOSED: _FOUND,
    State.DRIFTED: _FOUND,
    State.PARTLY: StateMeaning(is_known=False, ends_proof=True),
    State.UNKNOWN: StateMeaning(is_known=False),
    State.UNPROVEN: _LETS_PASS,
    State.NOT_SAVED: StateMeaning(stops=True),
    State.CLOSED_FOR_SOME: _LETS_PASS,
    State.STOP_GAP: StateMeaning(stops=True),
    State.REDUCES: StateMeaning(stops=True),
    State.BY_OTHERS: StateMeaning(stops=True),  # somebody else may take it off, and no record of ours says so
    State.MITIGATED: StateMeaning(protects=True, stops=True),
    State.CLOSED: StateMeaning(protects=True),
    State.FIXED: StateMeaning(protects=True),
    State.NOT_AFFECTED: StateMeaning(protects=True),
    State.NONE: _LETS_PASS,
}
_PLACE = {state: place for place, state in enumerate(State)}


@dataclass(frozen=True)
class WordMeaning:
    """What a word of a verdict means for the state of a service.

    :ivar state: what the word alone says
    :ivar holds_proof: what the probes of the same run proved holds
    """

    state: State
    holds_proof: bool = False


OF_WORD: dict[VerdictWord, WordMeaning] = {
    VerdictWord.BLOCKED_UNEXPLAINED: WordMeaning(State.EXPOSED),
    VerdictWord.INEFFECTIVE: WordMeaning(State.INEFFECTIVE),
    VerdictWord.EXPOSED: WordMeaning(State.EXPOSED),
    VerdictWord.NOT_BLOCKING: WordMeaning(State.OBSERVING),
    VerdictWord.NOT_IN_PLACE: WordMeaning(State.EXPOSED),
    VerdictWord.UNKNOWN: WordMeaning(State.UNKNOWN),
    VerdictWord.DRIFTED: WordMeaning(State.DRIFTED),
    VerdictWord.PARTLY: WordMeaning(State.PARTLY),
    VerdictWord.CLOSED_OVERDUE: WordMeaning(State.CLOSED_FOR_SOME),  # what was in scope: only the records know the rest
    VerdictWord.CLOSED: WordMeaning(State.CLOSED_FOR_SOME),
    VerdictWord.UNPROVEN: WordMeaning(State.UNPROVEN),
    VerdictWord.NOT_SAVED: WordMeaning(State.NOT_SAVED, holds_proof=True),
    VerdictWord.SUPERSEDED: WordMeaning(State.UNPROVEN, holds_proof=True),
    VerdictWord.LATE: WordMeaning(State.NONE),
    VerdictWord.OBSERVING: WordMeaning(State.OBSERVING),
    VerdictWord.STOP_GAP: WordMeaning(State.STOP_GAP),
    VerdictWord.REDUCES_EXPOSURE: WordMeaning(State.REDUCES),
    VerdictWord.MITIGATED_BY_OTHERS: WordMeaning(State.BY_OTHERS),
    VerdictWord.MITIGATED: WordMeaning(State.MITIGATED, holds_proof=True),
    VerdictWord.ENFORCING: WordMeaning(State.MITIGATED, holds_proof=True),
    VerdictWord.ON_TIME: WordMeaning(State.NONE, holds_proof=True),
    VerdictWord.LEFT_BEHIND: WordMeaning(State.FIXED, holds_proof=True),
    VerdictWord.FIXED: WordMeaning(State.FIXED, holds_proof=True),
    VerdictWord.NOT_ASKED_FOR: WordMeaning(State.NONE, holds_proof=True),
    VerdictWord.NOT_AFFECTED: WordMeaning(State.NOT_AFFECTED, holds_proof=True),
}
OF_EARLIER = {"no heartbeat": OF_WORD[VerdictWord.LATE], "heartbeat": OF_WORD[VerdictWord.ON_TIME]}
"""The words that records of earlier versions have, and that no verdict says any more."""
NO_WORD = WordMeaning(State.UNPROVEN, holds_proof=True)
"""Of a record of an earlier version, which has no word: its proof is all that there is."""


def meaning_of(word: str) -> WordMeaning:
    """Return what a word means; of one that this version does not know, that nothing is known."""
    if not word:
        return NO_WORD
    if word in OF_WORD:
        return OF_WORD[VerdictWord(word)]
    return OF_EARLIER.get(word, WordMeaning(State.UNKNOWN))
