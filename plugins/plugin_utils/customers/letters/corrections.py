# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was wrong in the last letter: the facts that it told against those of now. Pure.

A state that has changed since (access was open and is closed) is no error, and neither is an event after the letter. An error is a fact of the past
that is another one now, that another fact contradicts, or that nothing supports any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from .facts import (
    BY_RUNS,
    CLOSINGS,
    CONTRADICTED,
    EXPLOITATION,
    LONGEST_NAME,
    UNPROTECTED,
    WEAKNESSES,
    WITHDRAWN,
    CustomerFacts,
    Fact,
    FactKind,
    as_time,
    is_covered,
)

MOVED = (*WEAKNESSES, *EXPLOITATION, FactKind.EXPOSED, FactKind.MANAGEMENT_EXPOSED)
"""Facts that have one time: another time is a correction."""
SUPPORTED = (
    *(FactKind.MITIGATED, FactKind.PROVEN, FactKind.FIXED, FactKind.NO_TRACES),
    *(FactKind.ATTACK_STOPPED, FactKind.ATTACK_SEEN, FactKind.BROKEN_IN),
)
"""Facts that do not pass: where one is gone, nothing supports it any more."""
DISPROVED = tuple(kind for kind in SUPPORTED if kind is not FactKind.MITIGATED)
"""Facts that another fact can disprove. That we put a measure on a service stays so, whether it works or not."""


_PUT = (FactKind.MITIGATED, FactKind.PUT_BACK)
_ENDS = (*UNPROTECTED, FactKind.PROTECTION_ENDED)


@dataclass(frozen=True)
class Previous:
    """The last letter: its number, when it was written, and the facts that it told."""

    number: int
    written: datetime
    told: CustomerFacts


@dataclass(frozen=True)
class Correction:
    """An error in the last letter.

    :ivar was: None where nothing that the letter told was wrong, and it left out what is right
    :ivar now: the facts that are right; empty where nothing is known
    :ivar since: when we learnt them; None where nothing shows that it was wrong, and nothing confirms it any more
    """

    was: Fact | None
    now: tuple[Fact, ...]
    since: datetime | None


def corrections_of(previous: Previous, now: CustomerFacts, written: datetime) -> tuple[Correction, ...]:
    """Return the errors of the last letter.

    :param now: the facts that the new letter tells
    :param written: when the new letter is written
    """
    found = tuple(_corrections(previous, now, written))
    return tuple(_with_all(error, found) for error in found)


def _with_all(error: Correction, errors: Sequence[Correction]) -> Correction:
    """Return an error with what is right, as of another one that says the same and more: both are corrected at once."""
    if error.was is None:
        return error
    more = [one for one in errors if one.was and {*error.now} < {*one.now} and one.was.place == error.was.place]
    more = more if error.now else []
    widest = max(more, key=lambda one: len(one.now), default=error)
    return replace(error, now=widest.now, since=widest.since)


def _corrections(previous: Previous, now: CustomerFacts, written: datetime) -> Iterator[Correction]:
    still = {fact.claim for fact in now.facts}
    for was in previous.told.facts:
        if was.kind not in _PUT and was.claim in still:
            continue
        if was.kind in CLOSINGS:
            yield from _of_closing(was, now, previous, written)
            continue
        same = [fact for fact in now.of(was.kind, place=was.place) if fact.entry == was.entry]
        right = tuple(_right(was, same, now, previous))
        if right and was.claim in still:
            yield Correction(None, right, written)
        elif right:
            known = max((fact.known for fact in right if fact.known), default=written)
            yield Correction(was, right, known if known > previous.written else written)
        elif was.kind in SUPPORTED and not (
            same or now.of(FactKind.FIXED, place=was.place) or _is_over(was, now, previous)
        ):
            yield Correction(was, (), None)


def _right(was: Fact, same: list[Fact], now: CustomerFacts, previous: Previous) -> list[Fact]:
    """Return the facts that are right instead of one, or besides it; nothing where it was right.

    :param same: the facts of now of its kind, service and weakness
    """
    if was.kind in _PUT:
        return _left_out(was, now, previous)
    if was.kind in WITHDRAWN:
        own = [fact for fact in same if fact.when == was.when and was.until is None]
        return [fact for fact in own if not _ends_alike(fact, was, previous)]
    if was.kind in MOVED and same and all(fact.when != was.when for fact in same):
        return same
    before = {fact.claim for fact in previous.told.facts}
    right = [
        fact
        for fact in now.of(*_contradicting(was, same), place=was.place)
        if fact.claim not in before
        and not (fact.kind in _ENDS and _is_told_or_elsewhere(fact, was, previous))
        and not (fact.kind in BY_RUNS and fact.when is None)  # nobody knows whether the run was before that letter
        and fact.entry in (was.entry, "")
        and not (fact.kind is not FactKind.REDUCES and fact.when and as_time(fact.when) > previous.written)
    ]
    if was.kind is FactKind.MANAGEMENT_EXPOSED and was.until is not None:
        right += [fact for fact in same if fact.when == was.when and _lasts_longer(fact, was)]
    return right or _longer_exposed(was, same, now, before)


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


def _is_told_or_elsewhere(lost: Fact, was: Fact, previous: Previous) -> bool:
    """Return True if a time without protection was before a fact began, may have been after it ended, or the last letter told its beginning.

    Its end may have come since.
    """
    began, ended = (was.until, None) if was.kind is FactKind.EXPOSED else (was.when, was.until)
    is_before = lost.kind is FactKind.PROTECTION_ENDED and as_time(lost.when) < as_time(began)
    is_over = lost.until is not None and as_time(lost.until) <= as_time(began)
    is_after = ended is not None and (lost.when is None or as_time(lost.when) >= as_time(ended))
    may_be_after = lost.undated and as_time(lost.when) >= as_time(began)
    return is_before or is_over or is_after or may_be_after or _is_told(lost, previous)


def _longer_exposed(was: Fact, same: list[Fact], now: CustomerFacts, before: set[tuple[object, ...]]) -> list[Fact]:
    """Return the exposures that were not over when the last letter said so, or called a measure proven that a later run proved again."""
    if was.kind is FactKind.EXPOSED and was.until is not None:
        return [fact for fact in same if fact.when == was.when and fact.until is not None and _lasts_longer(fact, was)]
    if was.kind is not FactKind.PROVEN or not same or any(fact.when == was.when for fact in same):
        return []
    exposed = [
        fact for fact in now.of(FactKind.EXPOSED, FactKind.PROTECTION_ENDED, place=was.place) if fact.entry == was.entry
    ]
    return [
        fact
        for fact in exposed
        if fact.claim not in before
        and as_time(fact.when) <= as_time(was.when)
        and _lasts_longer(fact, replace(was, until=was.when))
    ]


def _of_closing(was: Fact, now: CustomerFacts, previous: Previous, written: datetime) -> Iterator[Correction]:
    """Yield the error of a closing that was told of more than was closed, or by another step, or that began or ended at another time."""
    closings = now.of(*CLOSINGS, place=was.place)
    own = [fact for fact in closings if fact.when == was.when]
    alike = [fact for fact in own if fact.kind is was.kind and _ends_alike(fact, was, previous)]
    if was.place not in now.services or is_covered(was, closings):
        return
    if any(not fact.part for fact in alike) or (
        was.part and _names(was.part) <= {name for fact in alike for name in _names(fact.part)}
    ):
        return
    before = {fact.claim for fact in previous.told.facts}
    others = [fact for fact in closings if fact.claim not in before and as_time(fact.when) <= previous.written]
    right = own or others
    is_wrong = bool(right) and not all(_has_lost_its_day(fact, was) for fact in right)
    yield Correction(was, tuple(right), written if is_wrong else None)


def _has_lost_its_day(fact: Fact, was: Fact) -> bool:
    """Return True if of the same closing nobody knows any more when it began, or ended: a clock was wrong. The day that was told may be right."""
    same = fact.kind is was.kind and (not fact.part or (bool(was.part) and _names(was.part) <= _names(fact.part)))
    return same and (fact.when is None or (fact.when == was.when and fact.undated_end))


def _ends_alike(fact: Fact, was: Fact, previous: Previous) -> bool:
    """Return True if a closing ended when the last letter said so; where it said that it lasts, if it has not ended before that letter, as far as is known."""
    if was.until is not None:
        return (fact.until, fact.undated_end) == (was.until, was.undated_end)
    return fact.undated_end or not isinstance(fact.until, datetime) or fact.until > previous.written


def _names(part: str) -> set[str]:
    """Return the virtual servers of a part; without the last one where it was cut."""
    names = part.split(", ")
    return set(names[:-1] if len(part) > LONGEST_NAME and len(names) > 1 else names)


def _is_told(fact: Fact, previous: Previous) -> bool:
    """Return True if the last letter told that something began, whatever it said of its end."""
    told = previous.told.of(fact.kind, place=fact.place)
    return any((one.entry, one.when) == (fact.entry, fact.when) for one in told)


def _left_out(was: Fact, now: CustomerFacts, previous: Previous) -> list[Fact]:
    """Return what the last letter should have told of a measure besides that we put it there: that it was there before, or was taken away since.

    Where that letter called the measure proven, it is that which was wrong.
    """
    done = [fact for fact in now.of(*_PUT, *WITHDRAWN, place=was.place) if fact.entry == was.entry]
    untold = [fact for fact in done if not _is_told(fact, previous) and as_time(fact.when) <= previous.written]
    if (
        any(fact.kind is FactKind.PUT_BACK and fact.when == was.when for fact in done)
        and was.kind is FactKind.MITIGATED
    ):
        return [fact for fact in untold if as_time(fact.when) <= as_time(was.when)]
    if any(fact.entry == was.entry for fact in previous.told.of(FactKind.PROVEN, place=was.place)):
        return []
    puts = [as_time(fact.when) for fact in previous.told.of(*_PUT, place=was.place) if fact.entry == was.entry]
    end = min((time for time in puts if time > as_time(was.when)), default=None)
    return [
        fact
        for fact in untold
        if fact.kind in WITHDRAWN
        and as_time(fact.when) >= as_time(was.when)
        and (end is None or as_time(fact.when) < end)
    ]


def _is_over(was: Fact, now: CustomerFacts, previous: Previous) -> bool:
    """Return True if we have ended since what a measure did: that was no error. That we put one there stays so, whenever that was."""
    if was.kind not in (FactKind.MITIGATED, FactKind.PROVEN):
        return False
    ended = [
        fact for fact in now.of(FactKind.OBSERVING, FactKind.TAKEN_OFF, place=was.place) if fact.entry == was.entry
    ]
    return any(was.kind is FactKind.MITIGATED or as_time(fact.when) > previous.written for fact in ended)
