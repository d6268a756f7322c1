# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Intervals of time with a state, and lines of them without a gap. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import cast

from ...foundation.json_values import written_whole
from .sourced_date import Dated
from .state import State


@written_whole(protects=lambda one: one.state.protects)
@dataclass(frozen=True)
class Interval:
    """The time for which something had one state: from since on, until what comes after begins.

    :ivar until: None where it goes on
    :ivar reason: a clause for people
    :ivar rests_on: the records and readings that show it
    :ivar by: whose decision it is; "" where nobody decided it
    """

    since: Dated
    until: Dated | None
    state: State
    reason: str = ""
    rests_on: tuple[str, ...] = ()
    by: str = ""

    @property
    def start(self) -> datetime:
        return cast("datetime", self.since.time)  # an interval has a beginning

    @property
    def end(self) -> datetime | None:
        return self.until.time if self.until is not None else None

    def holds_at(self, moment: datetime) -> bool:
        """Return True if a moment is in it."""
        return self.start <= moment and (self.end is None or moment < self.end)


Line = tuple[Interval, ...]
"""Intervals, the earliest first, each of which ends where the next one begins."""


class LineBuilder:
    """Builds a line from its boundaries, in the order of time. What says the same as before makes no boundary."""

    def __init__(self, line: Line = ()) -> None:
        self._parts: list[Interval] = [*line]

    @property
    def last(self) -> Interval | None:
        return self._parts[-1] if self._parts else None

    def add(self, since: Dated, state: State, reason: str = "", rests_on: tuple[str, ...] = (), by: str = "") -> None:
        """Let a state begin; at a time before the last boundary it begins there."""
        last = self.last
        new = Interval(since, None, state, reason, rests_on, by)
        if last is not None and (last.state, last.reason, last.rests_on) == (state, reason, rests_on):
            return
        if last is not None and new.start <= last.start:
            new = replace(new, since=last.since if new.start < last.start else since)
            self._parts.pop()
            before = self.last
            if before is not None and (before.state, before.reason, before.rests_on) == (state, reason, rests_on):
                self._parts[-1] = replace(before, until=None)
                return
        if self._parts:
            self._parts[-1] = replace(self._parts[-1], until=new.since)
        self._parts.append(new)

    def doubt(self, since: datetime, change: Callable[[Interval], Interval]) -> None:
        """Change what was said of the time from a moment on, because what came later contradicts it."""
        parts: list[Interval] = []
        for one in self._parts:
            if one.start >= since:
                parts.append(change(one))
            elif one.end is None or one.end > since:
                at = Dated(since, one.since.source, one.since.confidence)
                parts += [replace(one, until=at), change(replace(one, since=at))]
            else:
                parts.append(one)
        self._parts = parts

    def line(self) -> Line:
        return tuple(_merged(self._parts))


def _merged(parts: Iterable[Interval]) -> Iterator[Interval]:
    """Yield intervals without a boundary between two that say the same, and without one that has no length."""
    held: Interval | None = None
    for one in parts:
        if one.end is not None and one.end <= one.start:
            continue
        if held is not None and (held.state, held.reason, held.by) == (one.state, one.reason, one.by):
            held = replace(held, until=one.until, rests_on=tuple(dict.fromkeys((*held.rests_on, *one.rests_on))))
            continue
        if held is not None:
            yield replace(held, until=one.since)
        held = one
    if held is not None:
        yield held


def at(line: Sequence[Interval], moment: datetime) -> Interval | None:
    """Return the interval of a moment; None where the line begins later."""
    return next((one for one in reversed(line) if one.holds_at(moment)), None)


def begun(line: Sequence[Interval]) -> Dated:
    """Return since when the last state of a line has held, whatever showed it first: a new reason for it is no new beginning."""
    return [*takewhile(lambda one: one.state is line[-1].state, reversed(line))][-1].since


def unprotected(line: Sequence[Interval]) -> Dated:
    """Return since when a line whose last state does not protect has had no state that does, known or not."""
    return [*takewhile(lambda one: not one.state.protects, reversed(line))][-1].since


def is_protected(line: Sequence[Interval], since: datetime, until: datetime | None = None) -> bool:
    """Return True if there was protection from before a moment on, without an interruption, until another one or until now."""
    held = [one for one in line if (one.end is None or one.end > since) and (until is None or one.start < until)]
    return bool(held) and held[0].start < since and all(one.state.protects for one in held)


def boundaries(*lines: Line) -> list[Dated]:
    """Return the beginnings of all intervals, the earliest first, each time once."""
    found: dict[datetime, Dated] = {}
    for one in (one for line in lines for one in line):
        found.setdefault(one.start, one.since)
    return [found[time] for time in sorted(found)]


def swept(lines: Sequence[Line], together: Callable[[Dated, tuple[Interval | None, ...]], Interval | None]) -> Line:
    """Return the line of what a function says of the intervals of all lines at each boundary.

    :param together: given the boundary and the interval of each line there; None for nothing
    """
    times = boundaries(*lines)
    positions = [0] * len(lines)
    found: list[Interval] = []
    for since in times:
        held: list[Interval | None] = []
        for number, line in enumerate(lines):
            while positions[number] + 1 < len(line) and line[positions[number] + 1].start <= since.time:  # type: ignore[operator]
                positions[number] += 1
            one = line[positions[number]] if line else None
            held.append(one if one is not None and one.start <= since.time else None)  # type: ignore[operator]
        made = together(since, tuple(held))
        if found and found[-1].until is None:
            found[-1] = replace(found[-1], until=since)
        if made is not None:
            own = made.since if made.start == since.time else since  # another line may have a boundary at the same time
            found.append(replace(made, since=own, until=None))
    return tuple(_merged(found))
