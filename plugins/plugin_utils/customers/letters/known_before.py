# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the last letter knew and a new ledger does not say again. Pure.

A ledger that reads a fix, or an access that somebody opened, dates it at the latest, with its own time: without this each letter would move that time, and
correct the one before it. What a hunt found is in a ledger only where its report was given: without this a letter would take back a break-in because
nobody gave it again, or since a later hunt found an appliance that was rebuilt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...judgement.course.closing_track import ON_AGAIN
from ...judgement.course.hunt_result import OF_A_HUNT
from .facts import CLOSINGS, TRACES, CustomerFacts, Fact, FactKind, Moment, as_time

_LOST = (FactKind.EXPOSED, FactKind.PROTECTION_ENDED)


def with_known_before(now: CustomerFacts, told: CustomerFacts) -> CustomerFacts:
    """Return the facts with the earlier times at which the last letter had told the same, and with what hunts before it had found.

    :param told: the facts of the last letter
    """
    facts = now.facts
    for later, earlier in _read_again(now, told):
        facts = tuple(_at_the_earlier(fact, later, earlier) for fact in facts)
    return _with_hunts(replace(now, facts=facts), told)


def _with_hunts(now: CustomerFacts, told: CustomerFacts) -> CustomerFacts:
    """Return the facts with what a hunt found before the last letter: all of it where no hunt says anything now, and a break-in in any case.

    That one was none is said by a person alone, as a fact that there are no traces.
    """
    kept: list[Fact] = []
    for place in now.services:
        given = now.of(*TRACES, place=place)
        by_a_person = any(one.kind is FactKind.NO_TRACES and one.source != OF_A_HUNT for one in given)
        kinds = (FactKind.BROKEN_IN,) if given else TRACES
        before = () if by_a_person else told.of(*kinds, place=place)
        kept += [one for one in before if one.source == OF_A_HUNT and not _has(given, one)]
    entered = {(one.place, one.entry) for one in kept if one.kind is FactKind.BROKEN_IN}
    rest = (one for one in now.facts if one.kind is not FactKind.NO_TRACES or (one.place, one.entry) not in entered)
    return replace(now, facts=(*rest, *kept))


def _has(given: tuple[Fact, ...], one: Fact) -> bool:
    return any((fact.kind, fact.entry) == (one.kind, one.entry) for fact in given)


def _read_again(now: CustomerFacts, told: CustomerFacts) -> Iterator[tuple[Fact, Fact]]:
    """Yield what was read again, with what the last letter had told of it."""
    for fact in now.of(FactKind.FIXED):
        same = [one for one in told.of(FactKind.FIXED, place=fact.place) if one.entry == fact.entry]
        yield from ((fact, one) for one in same if _is_earlier(one.when, fact.when) and not _is_lost(now, fact, one))
    for fact in now.of(*CLOSINGS):
        if not (_is_read_open(now, fact.place) and _is_read_open(told, fact.place)):
            continue
        same = [one for one in told.of(fact.kind, place=fact.place) if (one.when, one.part) == (fact.when, fact.part)]
        yield from ((fact, one) for one in same if _is_earlier(one.until, fact.until))


def _at_the_earlier(fact: Fact, later: Fact, earlier: Fact) -> Fact:
    """Return a fact with the earlier time, where it is the one that was read again, or ended with the fix."""
    if fact == later:
        return replace(fact, when=earlier.when, until=earlier.until, known=earlier.known, source=earlier.source)
    is_by_fix = later.kind is FactKind.FIXED and (fact.place, fact.until) == (later.place, later.when)
    if is_by_fix and fact.entry == later.entry and as_time(fact.when) <= as_time(earlier.when):
        return replace(fact, until=earlier.when)
    return fact


def _is_earlier(before: Moment | None, now: Moment | None) -> bool:
    return before is not None and now is not None and as_time(before) < as_time(now)


def _is_lost(now: CustomerFacts, fixed: Fact, before: Fact) -> bool:
    """Return True if an attack could succeed after the fix that was read first: an older build ran since."""
    lost = (one for one in now.of(*_LOST, place=fixed.place) if one.entry == fixed.entry)
    return any(one.until is None or as_time(one.when) > as_time(before.when) for one in lost)


def _is_read_open(facts: CustomerFacts, place: str) -> bool:
    return any(one.source == ON_AGAIN for one in facts.of(FactKind.OPEN, place=place))
