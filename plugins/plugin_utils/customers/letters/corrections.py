# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was wrong in the last letter: the facts that it told against those of now. Pure.

A state that has changed since (access was open and is closed) is no error, and neither is an event after the letter. An error is a fact of the past
that is another one now, that another fact contradicts, or that nothing supports any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from .facts import CONTRADICTED, UNPROTECTED, WEAKNESSES, CustomerFacts, Fact, FactKind, as_time

MOVED = (*WEAKNESSES, FactKind.EXPLOIT_PUBLIC, FactKind.EXPOSED, FactKind.MANAGEMENT_EXPOSED)
"""Facts that have one time: another time is a correction."""
SUPPORTED = (
    *(FactKind.MITIGATED, FactKind.PROVEN, FactKind.FIXED, FactKind.NO_TRACES),
    *(FactKind.ATTACK_STOPPED, FactKind.ATTACK_SEEN, FactKind.BROKEN_IN),
)
"""Facts that do not pass: where one is gone, nothing supports it any more."""
DISPROVED = tuple(kind for kind in SUPPORTED if kind is not FactKind.MITIGATED)
"""Facts that another fact can disprove. That we put a measure on a service stays so, whether it works or not."""


@dataclass(frozen=True)
class Previous:
    """The last letter: its number, when it was written, and the facts that it told."""

    number: int
    written: datetime
    told: CustomerFacts


@dataclass(frozen=True)
class Correction:
    """An error in the last letter.

    :ivar now: the facts that are right; empty where nothing is known
    :ivar since: when we learnt them; None where nothing is known
    """

    was: Fact
    now: tuple[Fact, ...]
    since: datetime | None


def corrections_of(previous: Previous, now: CustomerFacts, written: datetime) -> tuple[Correction, ...]:
    """Return the errors of the last letter.

    :param now: the facts that the new letter tells
    :param written: when the new letter is written
    """
    return tuple(_corrections(previous, now, written))


def _corrections(previous: Previous, now: CustomerFacts, written: datetime) -> Iterator[Correction]:
    before = {fact.claim for fact in previous.told.facts}
    for was in previous.told.facts:
        same = [fact for fact in now.of(was.kind, place=was.place) if fact.entry == was.entry]
        right = [
            fact
            for fact in now.of(*_contradicting(was, same), place=was.place)
            if fact.claim not in before
            and not (fact.kind is FactKind.PROTECTION_ENDED and _is_told_or_earlier(fact, was, previous))
            and fact.entry in (was.entry, "")
            and not (fact.kind is not FactKind.REDUCES and fact.when and as_time(fact.when) > previous.written)
        ]
        if was.kind in MOVED and same and all(fact.when != was.when for fact in same):
            right = same
        if was.kind is FactKind.MANAGEMENT_EXPOSED and was.until is not None:
            right += [fact for fact in same if fact.when == was.when and _lasts_longer(fact, was)]
        if right:
            known = [fact.known for fact in right if fact.known]
            yield Correction(was, tuple(right), max(known, default=written))
        elif was.kind in SUPPORTED and not (
            same or now.of(FactKind.FIXED, place=was.place) or _is_over(was, now, previous)
        ):
            yield Correction(was, (), None)


def _contradicting(was: Fact, same: list[Fact]) -> tuple[FactKind, ...]:
    """Return the kinds of facts that show that a fact was wrong; what was said to have ended an exposure that goes on has not protected.

    :param same: the facts of now of its kind, service and weakness
    """
    if was.kind is FactKind.EXPOSED and was.until is not None:
        lasted = any(_lasts_longer(fact, was) for fact in same)
        return (*(UNPROTECTED if lasted else ()), FactKind.PROTECTION_ENDED)
    if was.kind is FactKind.PROVEN:
        return (*UNPROTECTED, FactKind.PROTECTION_ENDED)
    return CONTRADICTED.get(was.kind, ()) if was.kind in DISPROVED else ()


def _lasts_longer(fact: Fact, was: Fact) -> bool:
    return fact.until is None or as_time(fact.until) > as_time(was.until)


def _is_told_or_earlier(lost: Fact, was: Fact, previous: Previous) -> bool:
    """Return True if protection ended before a fact began, or the last letter said that it ended then: its end may have come since."""
    told = previous.told.of(FactKind.PROTECTION_ENDED, place=was.place)
    began = was.until if was.kind is FactKind.EXPOSED else was.when
    return as_time(lost.when) < as_time(began) or any((one.entry, one.when) == (lost.entry, lost.when) for one in told)


def _is_over(was: Fact, now: CustomerFacts, previous: Previous) -> bool:
    """Return True if we have ended since what a measure did: that was no error. That we put one there stays so, whenever that was."""
    if was.kind not in (FactKind.MITIGATED, FactKind.PROVEN):
        return False
    ended = [
        fact for fact in now.of(FactKind.OBSERVING, FactKind.TAKEN_OFF, place=was.place) if fact.entry == was.entry
    ]
    return any(was.kind is FactKind.MITIGATED or as_time(fact.when) > previous.written for fact in ended)
