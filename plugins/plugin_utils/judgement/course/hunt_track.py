# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From when to when did a hunt look at an appliance, what did it find, and what does that say of the state? Pure.

A hunt ends no exposure: a compromise is one that was used, and where nothing was found somebody may have got in all the same. What no hunt looked at is
not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ...foundation.json_values import written_whole
from .hunt_result import HuntOutcome, HuntResult
from .sourced_date import Dated

SAYS: Mapping[HuntOutcome, str] = {
    HuntOutcome.NONE: "not looked at, so nothing is known of it",
    HuntOutcome.INCOMPLETE: "not looked at whole, so nothing is known of it",
    HuntOutcome.NOTHING_FOUND: "no trace in what was looked at, which is no proof that nobody got in",
    HuntOutcome.ATTEMPT: "somebody tried, or a trace is to be looked at: whether an attack passed is not known",
    HuntOutcome.COMPROMISE: "somebody got in, since when is not known, and neither a fix nor a measure ends that",
}
"""By outcome, what it says of the time."""
NOT_SINCE = "not looked at since"
OLDER = "older than the oldest line of the shortest log"


@written_whole("says")
@dataclass(frozen=True)
class HuntTime:
    """A time that a hunt has looked at, or has not: from since on, until what comes after begins.

    :ivar until: None where it goes on
    :ivar reason: why it was not looked at, or from where it is known
    """

    since: Dated
    until: Dated | None
    outcome: HuntOutcome
    reason: str

    @property
    def says(self) -> str:
        return SAYS[self.outcome]


def hunt_times(hunt: HuntResult, entry: str, begins: Dated) -> tuple[HuntTime, ...]:
    """Return what a hunt says of the time from which a weakness counts, without a gap.

    :param entry: the id of the entry; attempts at another one do not count
    :param begins: with a time
    """
    parts = [*_parts(hunt, hunt.outcome(entry), begins)]
    ends = [one.since for one in parts[1:]]
    whole = (replace(one, until=until) for one, until in zip(parts, [*ends, None], strict=True))
    return tuple(one for one in whole if one.until is None or one.since.is_before(one.until))


def _parts(hunt: HuntResult, outcome: HuntOutcome, begins: Dated) -> Iterator[HuntTime]:
    """Yield the times without their ends. One may have no length."""
    ended, logs = hunt.ended, hunt.logs_from
    if not ended.is_known or (ended.is_before(begins) and outcome is not HuntOutcome.COMPROMISE):
        why = f"the hunt ended before, {ended.text}" if ended.is_known else ended.source
        yield HuntTime(begins, None, HuntOutcome.NONE, why)
        return
    at = begins if ended.is_before(begins) else ended
    unknown = logs.source if not logs.is_known else "" if logs.is_before(at) else f"{logs.source} is of {logs.text}"
    if not unknown and begins.is_before(logs):
        yield HuntTime(begins, None, HuntOutcome.NONE, OLDER)
        begins = logs
    if unknown and outcome is HuntOutcome.NOTHING_FOUND:
        yield HuntTime(begins, None, HuntOutcome.NONE, f"how far back its logs reach is not known: {unknown}")
    else:
        yield HuntTime(begins, None, outcome, ended.source)
    if outcome is not HuntOutcome.COMPROMISE:  # it goes on
        yield HuntTime(at, None, HuntOutcome.NONE, NOT_SINCE)
