# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When did each run of a chain happen, where clocks may have jumped? Pure.

The chain has the order. A time is doubtful where a run before it in the chain has a later one, or one after it an earlier one: nobody can say which of the
clocks was wrong. One before all runs, or after the reading of today, is wrong itself, and says nothing of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from ...foundation.moments import EARLIEST

SKEW = timedelta(hours=1)
"""By how much the clocks of two control nodes may differ before a time is doubtful."""


@dataclass(frozen=True)
class EventTime:
    """The time of one run.

    :ivar at: never before that of the run before it, and never after the reading of today
    :ivar between: where it is doubtful, the times between which it happened; otherwise None
    :ivar is_set_back: its own time is before that of the run before it; likewise is_ahead: after the reading of today, and is_lost: before all runs
    """

    at: datetime
    between: tuple[datetime, datetime] | None = None
    is_set_back: bool = False
    is_ahead: bool = False
    is_lost: bool = False


def event_times(times: Sequence[datetime], today: datetime) -> list[EventTime]:
    """Return the time of each run.

    :param times: as the records have them, in the order of the chain
    :param today: when the appliance was read, or would have been
    """
    lost = [time < EARLIEST for time in times]
    ahead = [time > today + SKEW for time in times]
    wrong = [one or other for one, other in zip(lost, ahead, strict=True)]
    times = _in_their_place(times, wrong, today)
    doubtful = [one or is_wrong for one, is_wrong in zip(_doubtful(times), wrong, strict=True)]
    latest = _latest_of_those_after(times, doubtful, today)
    found: list[EventTime] = []
    reached, sure = None, None
    for number, time in enumerate(times):
        at = min(time, today)
        is_set_back = reached is not None and at < reached
        at = at if reached is None else max(at, reached)
        reached = at
        between = None
        if doubtful[number]:
            between = (min(sure or _first(times, wrong, today), latest[number]), latest[number])
        else:
            sure = at
        found.append(EventTime(at, between, is_set_back and not wrong[number], ahead[number], lost[number]))
    return found


def _in_their_place(times: Sequence[datetime], wrong: Sequence[bool], today: datetime) -> list[datetime]:
    """Return times with the latest possible one in place of one that is wrong itself: that of the next run, or today."""
    found: list[datetime] = []
    following = today
    for time, is_wrong in zip(reversed(times), reversed(wrong), strict=True):
        following = following if is_wrong else time
        found.append(following)
    return found[::-1]


def _first(times: Sequence[datetime], wrong: Sequence[bool], today: datetime) -> datetime:
    """Return the earliest of some times that are not wrong themselves; today where all are."""
    return min((time for time, is_wrong in zip(times, wrong, strict=True) if not is_wrong), default=today)


def _doubtful(times: Sequence[datetime]) -> list[bool]:
    before = [*accumulate(times, max)]
    after = [*reversed([*accumulate(reversed(times), min)])]
    return [
        (number > 0 and before[number - 1] > time + SKEW)
        or (number + 1 < len(times) and after[number + 1] < time - SKEW)
        for number, time in enumerate(times)
    ]


def _latest_of_those_after(times: Sequence[datetime], doubtful: Sequence[bool], today: datetime) -> list[datetime]:
    """Return for each run until when it must have happened: the time of the next one that is not doubtful, or today."""
    found: list[datetime] = []
    limit = today
    for time, is_doubtful in zip(reversed(times), reversed(doubtful), strict=True):
        found.append(limit)
        limit = limit if is_doubtful else min(time, today)
    return found[::-1]
