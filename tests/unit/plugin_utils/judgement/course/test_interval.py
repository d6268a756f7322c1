# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of intervals: no gap, no boundary between two that say the same, and an interval begins with its first moment and ends before the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.interval import (
    Interval,
    Line,
    LineBuilder,
    at,
    begun,
    boundaries,
    is_protected,
    swept,
    unprotected,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.sourced_date import Dated
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
E, M, U = State.EXPOSED, State.MITIGATED, State.UNKNOWN


def when(hour: int) -> datetime:
    return BEGINNING + timedelta(hours=hour)


def dated(hour: int, source: str = "") -> Dated:
    return Dated(when(hour), source)


def line(*parts: tuple[int, State]) -> Line:
    """Return the line of states that begin at these hours; the last goes on."""
    builder = LineBuilder()
    for hour, state in parts:
        builder.add(dated(hour), state)
    return builder.line()


def shown(made: Line) -> list[tuple[int, int | None, State, str]]:
    def hour(moment: datetime | None) -> int | None:
        return None if moment is None else int((moment - BEGINNING).total_seconds() // 3600)

    return [(hour(one.start) or 0, hour(one.end), one.state, one.reason) for one in made]


def test_each_state_ends_where_the_next_begins() -> None:
    assert shown(line((0, E), (3, M), (7, E))) == [(0, 3, E, ""), (3, 7, M, ""), (7, None, E, "")]
    assert line() == ()
    assert LineBuilder().last is None


def test_what_says_the_same_makes_no_boundary() -> None:
    builder = LineBuilder()
    for hour, state, reason in ((0, E, "a"), (1, E, "a"), (2, E, "b"), (3, M, "b"), (4, M, "b")):
        builder.add(dated(hour), state, reason)
    assert shown(builder.line()) == [(0, 2, E, "a"), (2, 3, E, "b"), (3, None, M, "b")]
    rests = LineBuilder()
    for hour, record in ((0, "r1"), (1, "r2"), (2, "r2")):
        rests.add(dated(hour), E, "a", (record,))
    (one,) = rests.line()
    assert (one.start, one.rests_on) == (when(0), ("r1", "r2")), "one time, that rests on both"


def test_a_state_at_the_last_boundary_or_before_it_takes_its_place() -> None:
    same = LineBuilder(line((0, E), (5, M)))
    same.add(dated(5, "r2"), U)
    assert shown(same.line()) == [(0, 5, E, ""), (5, None, U, "")]
    assert same.line()[1].since.source == "r2"
    earlier = LineBuilder(line((0, E), (5, M)))
    earlier.add(dated(3, "r2"), U)
    assert shown(earlier.line()) == [(0, 5, E, ""), (5, None, U, "")]
    assert earlier.line()[1].since.source == ""
    back = LineBuilder(line((0, E), (5, M)))
    back.add(dated(5), E)
    assert shown(back.line()) == [(0, None, E, "")], "it goes on as it was before"
    alone = LineBuilder(line((5, M)))
    alone.add(dated(5), E)
    assert shown(alone.line()) == [(5, None, E, "")]


def test_a_doubt_changes_what_was_said_from_its_moment_on() -> None:
    def doubted(hour: int) -> list[tuple[int, int | None, State, str]]:
        builder = LineBuilder(line((0, E), (4, M), (8, E)))
        builder.doubt(when(hour), lambda one: replace(one, state=U, reason="?"))
        return shown(builder.line())

    assert doubted(6) == [(0, 4, E, ""), (4, 6, M, ""), (6, None, U, "?")]
    assert doubted(4) == [(0, 4, E, ""), (4, None, U, "?")]
    assert doubted(9) == [(0, 4, E, ""), (4, 8, M, ""), (8, 9, E, ""), (9, None, U, "?")]
    assert doubted(0) == [(0, None, U, "?")]


def test_an_interval_has_its_first_moment_and_not_that_of_the_next() -> None:
    made = line((2, E), (5, M))
    states = [one.state if (one := at(made, when(hour))) else None for hour in (1, 2, 4, 5, 9)]
    assert states == [None, E, E, M, M]
    assert [made[0].holds_at(when(hour)) for hour in (1, 2, 4, 5)] == [False, True, True, False]


def test_what_has_no_length_is_left_out() -> None:
    parts = (Interval(dated(0), dated(2), E), Interval(dated(2), dated(2), U), Interval(dated(2), None, M))
    assert shown(LineBuilder(parts).line()) == [(0, 2, E, ""), (2, None, M, "")]


def test_since_when_the_last_state_holds_and_nothing_protects() -> None:
    builder = LineBuilder(line((0, M), (1, E), (2, U), (3, E)))
    builder.add(dated(4), E, "another reason")
    made = builder.line()
    assert (begun(made).time, unprotected(made).time) == (when(3), when(1))
    assert begun(line((2, M))).time == when(2)
    assert begun(line((0, M), (1, E), (3, M), (4, E))).time == when(4)
    whole = line((0, E), (1, U))
    assert (begun(whole).time, unprotected(whole).time) == (when(1), when(0))


def test_protection_counts_from_before_a_moment_and_without_an_interruption() -> None:
    made = line((0, E), (2, M), (6, E), (7, M))
    assert is_protected(made, when(3), when(6))
    assert not is_protected(made, when(2), when(6)), "it began at that moment"
    assert not is_protected(made, when(3), when(7))
    assert not is_protected(made, when(3))
    assert is_protected(made, when(8))
    assert not is_protected(made, when(6), when(7))
    assert not is_protected((), when(1))


def test_boundaries_of_lines_are_told_once_and_in_their_order() -> None:
    assert [one.time for one in boundaries(line((3, E), (5, M)), line((0, E), (5, U)))] == [when(0), when(3), when(5)]
    assert boundaries() == []


def test_lines_are_swept_together() -> None:
    """The worse of two, where both have begun."""

    def worse(_since: Dated, held: tuple[Interval | None, ...]) -> Interval | None:
        own = [one for one in held if one is not None]
        return min(own, key=lambda one: [*State].index(one.state)) if len(own) == len(held) else None

    one, other = line((0, E), (4, M)), line((2, M), (6, U), (9, M))
    assert shown(swept((one, other), worse)) == [(2, 4, E, ""), (4, 6, M, ""), (6, 9, U, ""), (9, None, M, "")]
    assert swept((one, ()), worse) == ()
    last = Interval(dated(0), dated(2), E)
    assert shown(swept(((last,),), lambda _since, held: held[0])) == [(0, None, E, "")]
