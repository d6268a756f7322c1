# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The losses of what a step of closing other than off had stopped, once a run of ours opens it while a weakness has no protection. Pure.

Such a step ends no exposure, so no interval of the line of a weakness begins or ends with it: what it stopped was a part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import cast

from ...catalogue.closing_steps import STOPS_EVERYBODY, LadderStep
from .interval import Interval, Line
from .interval import at as interval_at
from .loss import Loss, LossCause
from .sourced_date import Dated
from .state import Extent
from .step_closing import StepClosing


def opened_losses(line: Line, closings: Iterable[StepClosing]) -> Iterator[Loss]:
    """Yield what a weakness lost by each run that opened something.

    :param line: of the weakness
    :param closings: of all virtual servers of the appliance
    """
    every = [one for one in dict.fromkeys(closings) if one.closed.is_known and not one.is_only_begun]
    opened = [
        one for one in every if one.opened_by and one.reopened.time is not None and one.step is not LadderStep.OFF
    ]
    opened = [one for one in opened if not _stopped_otherwise(one, every)]
    for (_time, _source), own in groupby(sorted(opened, key=_run_of), key=_run_of):
        run = [*own]
        since = run[0].reopened
        held = interval_at(line, cast("datetime", since.time))
        if held is not None and held.state.extent is Extent.NONE:
            yield _loss(since, held, line, run, every)


def _run_of(one: StepClosing) -> tuple[datetime, str]:
    return cast("datetime", one.reopened.time), one.reopened.source


def _stopped_otherwise(opened: StepClosing, every: Sequence[StepClosing]) -> bool:
    """Return True if another step still stopped everybody there."""
    at = cast("datetime", opened.reopened.time)
    return any(
        one.step in STOPS_EVERYBODY
        and cast("datetime", one.closed.time) < at
        and (one.reopened.time is None or one.reopened.time > at)
        for one in every
        if (one.partition, one.vserver) == (opened.partition, opened.vserver)
    )


def _loss(since: Dated, held: Interval, line: Line, run: Sequence[StepClosing], every: Sequence[StepClosing]) -> Loss:
    start = cast("datetime", since.time)
    places = {(one.partition, one.vserver) for one in run}
    again = [
        one.closed
        for one in every
        if (one.partition, one.vserver) in places and cast("datetime", one.closed.time) >= start
    ]
    better = [one.since for one in line if one.start > start and one.state.extent is not Extent.NONE]
    until = min((*again, *better), key=lambda one: cast("datetime", one.time), default=None)
    names = ", ".join(sorted({one.vserver for one in run}))
    reason = f"{since.source.partition(', step')[0]} opened {names}, which {run[0].step} had closed; {held.state}: {held.reason}"
    return Loss(since, until, since, LossCause.OPENED, reason, run[0].opened_by, before=Extent.PART)
