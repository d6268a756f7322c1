# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Losses of protection: each time with less than before, with its cause, its end, who decided it and what was left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.protection_change import changed_line
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.interval import (
    Interval,
    Line,
    LineBuilder,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.loss import (
    LossCause,
    losses,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.sourced_date import (
    Confidence,
    Dated,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import Extent, State


def line(*states: State, by: str = "") -> Line:
    """Return a line with a state for each day, which ends with nothing known of its end."""
    made = LineBuilder()
    for day, state in enumerate(states, 1):
        made.add(
            Dated(datetime(2020, 1, day, tzinfo=UTC), f"record {day}", Confidence.RECORDED),
            state,
            f"it is {state}",
            by=by,
        )
    return made.line()


@pytest.mark.parametrize(
    ("states", "found"),
    [
        ((State.EXPOSED, State.UNPROVEN), []),
        ((State.EXPOSED, State.MITIGATED, State.FIXED), []),
        ((State.MITIGATED, State.CLOSED, State.MITIGATED), []),
        ((State.MITIGATED, State.OBSERVING), [(2, None, LossCause.OBSERVING)]),
        ((State.MITIGATED, State.TAKEN_OFF, State.FIXED), [(2, 3, LossCause.TAKEN_OFF)]),
        ((State.MITIGATED, State.UNKNOWN, State.DRIFTED, State.MITIGATED), [(2, 4, LossCause.CHANGED)]),
        ((State.MITIGATED, State.UNKNOWN, State.PARTLY), [(2, None, LossCause.PARTLY)]),
        ((State.MITIGATED, State.UNKNOWN, State.EXPOSED), [(2, None, LossCause.PASSED)]),
        ((State.MITIGATED, State.UNKNOWN, State.INEFFECTIVE), [(2, None, LossCause.INEFFECTIVE)]),
        ((State.MITIGATED, State.REDUCES, State.MITIGATED), [(2, 3, LossCause.BYPASSED)]),
        ((State.MITIGATED, State.UNPROVEN), [(2, None, LossCause.NOT_PROVEN)]),
        ((State.MITIGATED, State.UNKNOWN), [(2, None, LossCause.NOT_KNOWN)]),
        ((State.FIXED, State.UNKNOWN, State.EXPOSED), [(2, None, LossCause.OLDER_BUILD)]),
        ((State.CLOSED, State.EXPOSED), [(2, None, LossCause.OPENED)]),
        (
            (State.MITIGATED, State.OBSERVING, State.MITIGATED, State.TAKEN_OFF),
            [(2, 3, LossCause.OBSERVING), (4, None, LossCause.TAKEN_OFF)],
        ),
    ],
)
def test_each_time_without_protection_after_one_with_it(
    states: tuple[State, ...], found: list[tuple[int, int | None, LossCause]]
) -> None:
    made = [*losses(line(*states), ())]
    days = [(one.since.time, one.until.time if one.until else None, one.cause) for one in made]
    assert [(since and since.day, until and until.day, cause) for since, until, cause in days] == found


ALL_TO_PART = (Extent.WHOLE, Extent.PART)
ALL, PART = (Extent.WHOLE, Extent.NONE), (Extent.PART, Extent.NONE)


@pytest.mark.parametrize(
    ("states", "found"),
    [
        ((State.EXPOSED, State.REDUCES, State.MITIGATED), []),
        ((State.EXPOSED, State.REDUCES, State.FIXED), []),
        ((State.EXPOSED, State.REDUCES, State.OBSERVING), [(3, None, LossCause.OBSERVING, PART)]),
        ((State.REDUCES, State.TAKEN_OFF, State.REDUCES), [(2, 3, LossCause.TAKEN_OFF, PART)]),
        ((State.REDUCES, State.UNKNOWN, State.DRIFTED), [(2, None, LossCause.CHANGED, PART)]),
        ((State.REDUCES, State.OBSERVING, State.FIXED), [(2, 3, LossCause.OBSERVING, PART)]),
        ((State.REDUCES, State.CLOSED, State.REDUCES), [(3, None, LossCause.OPENED, ALL_TO_PART)]),
        ((State.CLOSED, State.EXPOSED), [(2, None, LossCause.OPENED, ALL)]),
        ((State.MITIGATED, State.REDUCES), [(2, None, LossCause.BYPASSED, ALL_TO_PART)]),
        (
            (State.MITIGATED, State.REDUCES, State.OBSERVING, State.MITIGATED),
            [(2, 4, LossCause.BYPASSED, ALL_TO_PART), (3, 4, LossCause.OBSERVING, PART)],
        ),
        (
            (State.CLOSED, State.REDUCES, State.TAKEN_OFF),
            [(2, None, LossCause.OPENED, ALL_TO_PART), (3, None, LossCause.TAKEN_OFF, PART)],
        ),
        ((State.MITIGATED, State.TAKEN_OFF, State.REDUCES), [(2, None, LossCause.TAKEN_OFF, ALL_TO_PART)]),
        ((State.MITIGATED, State.UNKNOWN, State.REDUCES), [(2, None, LossCause.BYPASSED, ALL_TO_PART)]),
    ],
)
def test_what_protects_in_part_is_less_than_the_whole_and_more_than_nothing(
    states: tuple[State, ...], found: list[tuple[int, int | None, LossCause, tuple[Extent, Extent]]]
) -> None:
    made = [*losses(line(*states), ())]
    days = [
        (
            one.since.time and one.since.time.day,
            one.until and one.until.time and one.until.time.day,
            one.cause,
            (one.before, one.after),
        )
        for one in made
    ]
    assert days == found
    words = ["PROTECTION REDUCED" if one.after is Extent.PART else "PROTECTION LOST" for one in made]
    assert [one.phase for one in made] == words
    assert [one.is_critical for one in made] == [one.cause is LossCause.CHANGED for one in made]


def test_what_is_left_is_named_with_what_reduced_it() -> None:
    (opened,) = losses(line(State.CLOSED, State.REDUCES), line(State.CLOSED, State.NONE, by="P. de Vries"))
    assert opened.text.endswith(
        ", decided by P. de Vries: it is ; in place there: reduces exposure, it is reduces exposure"
    )
    (bypassed,) = losses(line(State.MITIGATED, State.REDUCES), ())
    assert bypassed.text.endswith(", by nobody's decision: it is reduces exposure")


def test_that_a_part_is_not_read_today_is_no_loss() -> None:
    unread = Interval(
        Dated(datetime(2020, 1, 2, tzinfo=UTC), "today", Confidence.READ), None, State.UNKNOWN, "no answer"
    )
    begun = line(State.REDUCES)[0]
    assert [*losses((replace(begun, until=unread.since), unread), ())] == []


def test_who_opened_it_is_named() -> None:
    opened = line(State.CLOSED, State.NONE, by="P. de Vries")
    (lost,) = losses(line(State.CLOSED, State.EXPOSED), opened)
    assert (lost.by, lost.reason, lost.is_ours) == ("P. de Vries", "it is ", True)


def test_the_line_of_a_page_says_since_when_and_by_whose_decision() -> None:
    (ours,) = losses(line(State.MITIGATED, State.OBSERVING, by="J. Jansen"), ())
    assert changed_line(ours.phase, "gw-1", ours.change("cve").clause) == (
        "PROTECTION LOST  gw-1: cve on 2020-01-02 00:00 UTC, decided by J. Jansen: it is observe, not blocking"
    )
    (of_a_run,) = losses(line(State.MITIGATED, State.UNPROVEN), ())
    assert of_a_run.text == "on 2020-01-02 00:00 UTC, by a run of ours: it is applied, unproven"
    (found,) = losses(line(State.MITIGATED, State.UNKNOWN, State.DRIFTED), ())
    assert found.text == "after 2020-01-02 00:00 UTC, by nobody's decision: it is drifted"
    assert (found.found.text, found.is_ours) == ("2020-01-03 00:00 UTC", False)


def test_what_nobody_knows_is_not_said_to_be_lost_by_anybody() -> None:
    """Seen: PROTECTION LOST, by nobody's decision, where an appliance had other addresses."""
    (unknown,) = losses(line(State.MITIGATED, State.UNKNOWN), ())
    assert changed_line(unknown.phase, "gw-1", unknown.change("cve").clause) == (
        "PROTECTION MAY BE LOST  gw-1: cve after 2020-01-02 00:00 UTC: it is unknown"
    )
    assert unknown.is_critical, "somebody must look at it"


def test_a_look_that_finds_something_else_beside_it_has_changed_nothing() -> None:
    """Seen in a letter: "We changed the emergency measure", of a run that changed nothing, and found a label in front of it."""
    found = line(State.MITIGATED, State.UNKNOWN, State.UNPROVEN)
    (lost,) = losses(found, (), {"record 3"})
    assert (lost.cause, lost.is_ours, lost.is_critical, lost.is_loud) == (LossCause.OUTDATED, False, False, True)
    today = replace(found[-1], since=replace(found[-1].since, confidence=Confidence.READ))
    (read,) = losses((*found[:-1], today), ())
    assert (read.cause, read.is_loud) == (LossCause.OUTDATED, False), "the verdict of today says it"
    (changed,) = losses(line(State.MITIGATED, State.UNKNOWN, State.UNPROVEN), (), {"record 2"})
    assert (changed.cause, changed.is_ours) == (LossCause.NOT_PROVEN, True)
