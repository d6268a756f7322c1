# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each time of day that any view names is one at which something was: an action, a reading, or what follows from one by a clock that everybody can look up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.nights.held import Held
from tests.nights.night import NODE_CLOCK, WITNESSED
from tests.nights.texts import texts_of

_TIME = re.compile(r"(20\d\d)-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::\d\d)?(?:\.\d+)?(?: (CET)|\+(?!00:00)\d)?")
_NEAR = timedelta(minutes=3)
"""Each action takes some seconds."""
_LATER = (timedelta(minutes=15), timedelta(hours=8), timedelta(hours=24), timedelta(hours=72))
"""Until when the lock of a run that died holds, a closing is decided, when a customer hears again and an early warning is due, when a report is due."""


def wrong_moments(held: Held) -> Iterator[str]:
    """Yield each view that names a time at which nothing was, with what stands around it."""
    known = [*_known(held)]
    judged: dict[datetime, bool] = {}
    for view, text in texts_of(held.found).items():
        for match in _TIME.finditer(text):
            *numbers, is_local = match.groups()
            moment = datetime(*map(int, numbers), tzinfo=UTC) - timedelta(hours=1 if is_local else 0)  # type: ignore[misc,arg-type]
            if moment not in judged:
                judged[moment] = any(abs(moment - one) <= _NEAR for one in known)
            if not judged[moment]:
                around = text[max(0, match.start() - 60) : match.end() + 20].replace("\n", " ")
                yield f"{view} names {match[0]}, when nothing was: {around}"
                break


def _known(held: Held) -> Iterator[datetime]:
    moments = [held.found.at, *held.night.world.logs_from]
    for action, sight in zip(held.actions, held.night.world.sights, strict=True):
        moments += [
            sight.at - WITNESSED,
            sight.at,
            sight.at + WITNESSED,
        ]  # a log may begin with what the witness asked, or with a reading
        if action.name.startswith("clock_"):
            moments += [sight.at - WITNESSED + days for days in (timedelta(days=1), -timedelta(days=1))]
    if any(one.name == "node_clock" for one in held.actions):  # a log has the times of its node
        moments += [one + NODE_CLOCK for one in moments]
    for moment in moments:
        yield moment
        yield from (moment + later for later in _LATER)
        yield _month_later(moment)


def _month_later(moment: datetime) -> datetime:
    year, month = (moment.year + 1, 1) if moment.month == 12 else (moment.year, moment.month + 1)
    days = (datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC) - timedelta(days=1)).day
    return moment.replace(year=year, month=month, day=min(moment.day, days))
