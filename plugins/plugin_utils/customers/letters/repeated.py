# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts that are so of a service again and again, such as that a measure was put back: which a letter tells in one sentence, and how long that was. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from .facts import CLOSINGS, REPEATED, Fact, FactKind, as_time

MOST_TIMES = 3
"""The most times that have a sentence each; more of them share one."""
MOST_LISTED = 12
"""The most times that this sentence lists."""


def together(about: Iterable[Fact]) -> list[tuple[Fact, ...]]:
    """Return the facts of each sentence about one service, at the position of the first: those of more than a few times that are over share one."""
    about = tuple(about)
    groups: dict[Hashable, list[Fact]] = {}
    for one in about:
        groups.setdefault(_alike(one), []).append(one)
    for key, own in groups.items():
        if own[0].kind is FactKind.PUT_BACK:
            last = max(own, key=lambda one: as_time(one.when))
            own[:] = [one for one in own if one.claim != last.claim]  # it lasts, or what ended it is told
        if len(times_of(own)) <= MOST_TIMES:
            groups[key] = []
    shared = {id(one): tuple(own) for own in groups.values() for one in own}
    found = {id(unit[0]): unit for one in about for unit in [shared.get(id(one), (one,))]}
    return [*found.values()]


def _alike(fact: Fact) -> Hashable:
    """Return what the facts of one sentence have in common."""
    is_over = fact.until is not None or fact.kind is FactKind.PUT_BACK
    if fact.kind not in REPEATED or not is_over:
        return id(fact)
    return replace(fact, when=None, until=None, known=None, source="", label=fact.label)


def times_of(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return a fact for each time; virtual servers that were closed in the same minutes were closed once."""
    found: dict[Hashable, Fact] = {}
    for one in facts:
        found.setdefault(_minutes(one) if one.kind in CLOSINGS else one.claim, one)
    return tuple(sorted(found.values(), key=lambda one: as_time(one.when)))


def _minutes(fact: Fact) -> Hashable:
    return tuple(as_time(one).replace(second=0, microsecond=0) for one in (fact.when, fact.until))


def whole_time(facts: Iterable[Fact]) -> timedelta | None:
    """Return how long they were so together, each moment counted once; None where only the day of a time is known."""
    total, reached = timedelta(), datetime.min.replace(tzinfo=UTC)
    for begin, end in sorted(_spans(facts), key=lambda span: as_time(span[0])):
        if begin is None or end is None:
            return None
        if end > max(begin, reached):
            total += end - max(begin, reached)
            reached = end
    return total


def _spans(facts: Iterable[Fact]) -> Iterator[tuple[datetime | None, datetime | None]]:
    for fact in facts:
        is_known = (
            isinstance(fact.when, datetime)
            and isinstance(fact.until, datetime)
            and not (fact.undated or fact.undated_end)
        )
        yield (as_time(fact.when), as_time(fact.until)) if is_known else (None, None)
