# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was wrong in the last letter: the facts that it told against those of now. Pure.

A state that has changed since (access was open and is closed) is no error, and neither is an event after the letter. An error is a fact of the past
that is another one now, that another fact contradicts, or that nothing supports any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.letters.facts import (
    CONTRADICTED,
    CustomerFacts,
    Fact,
    FactKind,
    as_time,
)

MOVED = (FactKind.WEAKNESS, FactKind.EXPLOIT_PUBLIC, FactKind.EXPOSED)
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
            for fact in now.of(*CONTRADICTED.get(was.kind, ()), place=was.place)
            if was.kind in DISPROVED
            and fact.claim not in before
            and fact.entry in (was.entry, "")
            and not (fact.when and as_time(fact.when) > previous.written)
        ]
        if was.kind in MOVED and same and all(fact.when != was.when for fact in same):
            right = same
        if right:
            known = [fact.known for fact in right if fact.known]
            yield Correction(was, tuple(right), max(known, default=written))
        elif was.kind in SUPPORTED and not same and not now.of(FactKind.FIXED, place=was.place):
            yield Correction(was, (), None)
