# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The losses of what a step of closing had stopped, once a run of ours opens it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.interval import Line, LineBuilder
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.loss import Loss
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.opened_step import opened_losses
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.sourced_date import (
    Confidence,
    Dated,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.step_closing import StepClosing

DECIDED = "J. Jansen (they need it)"


def on(day: int, source: str = "a record") -> Dated:
    return Dated(datetime(2020, 1, day, tzinfo=UTC), source, Confidence.RECORDED)


def line(**days: State) -> Line:
    made = LineBuilder()
    for day, state in days.items():
        made.add(on(int(day[1:])), state, f"why {state}")
    return made.line()


def closing(since: int, until: int = 0, step: LadderStep = LadderStep.NOTICE, vserver: str = "gw") -> StepClosing:
    opened = on(until, f"record {until}, step {step}") if until else Dated(source="no record of a run of ours")
    by = DECIDED if until else ""
    return StepClosing(step=step, vserver=vserver, service="", closed=on(since), reopened=opened, opened_by=by)


def told(found: Line, *closings: StepClosing) -> list[tuple[int, int]]:
    """Return the days from when to when each loss lasts; 0 where it goes on."""
    return [(_day(one.since), _day(one.until)) for one in opened_losses(found, closings)]


def _day(when: Dated | None) -> int:
    return when.time.day if when is not None and when.time is not None else 0


EXPOSED = line(d1=State.EXPOSED)


def test_whoever_opened_it_is_named_with_what_is_left() -> None:
    (lost,) = opened_losses(EXPOSED, [closing(5, 7), closing(5, 7, vserver="site")])
    assert isinstance(lost, Loss)
    text = f"cve on 2020-01-07 00:00 UTC, decided by {DECIDED}: record 7 opened gw, site, which notice had closed; exposed: why exposed"
    assert str(lost.change("cve")) == f"PROTECTION LOST {text}"
    assert (lost.is_loud, lost.is_critical) == (True, False)


@pytest.mark.parametrize(
    ("found", "others", "lasts"),
    [
        (EXPOSED, [], [(7, 0)]),
        (line(d1=State.EXPOSED, d9=State.MITIGATED), [], [(7, 9)]),
        (line(d1=State.EXPOSED, d9=State.REDUCES), [], [(7, 9)]),
        (line(d1=State.MITIGATED), [], []),
        (line(d1=State.REDUCES, d9=State.EXPOSED), [], []),
        (EXPOSED, [closing(8, step=LadderStep.OFF)], [(7, 8)]),
        (EXPOSED, [closing(8, vserver="site")], [(7, 0)]),
        (EXPOSED, [closing(6, step=LadderStep.OFF)], []),
        (EXPOSED, [closing(6, 8, step=LadderStep.PARTNERS)], [(7, 0), (8, 0)]),
        (line(d9=State.EXPOSED), [], []),
    ],
    ids=[
        "goes on",
        "mitigated",
        "in part",
        "was mitigated",
        "was in part",
        "closed again",
        "another",
        "off too",
        "partners too",
        "not known yet",
    ],
)
def test_it_lasts_while_nothing_protects_and_nothing_closes_it_again(
    found: Line, others: list[StepClosing], lasts: list[tuple[int, int]]
) -> None:
    assert told(found, closing(5, 7), *others) == lasts


def test_what_switched_it_off_is_told_of_the_whole_appliance_and_what_is_not_open_is_not_told() -> None:
    assert told(EXPOSED, closing(5, 7, LadderStep.OFF)) == []
    assert told(EXPOSED, closing(5)) == []
