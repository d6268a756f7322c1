# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The times at which a service had more protection and has less, wherever that comes from: each with its cause, and whose decision it was. Pure.

A rule that reduces exposure protects in part: to lose it is a loss, and to be left with it where all was protected is less protection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby, pairwise

from ...foundation.json_values import written_whole
from ...foundation.protection_change import NOBODY, Phase, ProtectionChange
from .build_track import WITHOUT_EFFECT
from .interval import Interval, Line
from .interval import at as interval_at
from .sourced_date import Confidence, Dated
from .state import Extent, State


class LossCause(StrEnum):
    """What ended the protection."""

    OBSERVING = "observing"
    TAKEN_OFF = "taken_off"
    OPENED = "opened"
    OPENED_BY_OTHERS = "opened_by_others"
    BYPASSED = "bypassed"
    NOT_PROVEN = "not_proven"
    CHANGED = "changed"
    PARTLY = "partly"
    PASSED = "passed"
    INEFFECTIVE = "ineffective"
    OLDER_BUILD = "older_build"
    OUTDATED = "outdated"
    """Another build runs, a virtual server was made, or something else is bound beside it, since the proof."""
    NOT_KNOWN = "not_known"

    @property
    def is_dated(self) -> bool:
        """Return True if it is known when it happened; the others are found later."""
        return self in _DATED


_DATED = (LossCause.OBSERVING, LossCause.TAKEN_OFF, LossCause.OPENED, LossCause.BYPASSED, LossCause.NOT_PROVEN)
_BY_STATE = {
    State.OBSERVING: LossCause.OBSERVING,
    State.TAKEN_OFF: LossCause.TAKEN_OFF,
    State.REDUCES: LossCause.BYPASSED,
    State.UNPROVEN: LossCause.NOT_PROVEN,
    State.DRIFTED: LossCause.CHANGED,
    State.PARTLY: LossCause.PARTLY,
    State.EXPOSED: LossCause.PASSED,
    State.INEFFECTIVE: LossCause.INEFFECTIVE,
}
_OF_BUILDS = (State.FIXED, State.NOT_AFFECTED)


@written_whole("is_ours", "is_critical", "phase", "text")
@dataclass(frozen=True)
class Loss:
    """A time with less protection than before it.

    :ivar since: until when it is known to have had more
    :ivar until: when it had as much again; None where it goes on
    :ivar found: when the cause began, or was found
    :ivar reason: a clause for people
    :ivar by: whose decision it was; "" where nobody decided it
    """

    since: Dated
    until: Dated | None
    found: Dated
    cause: LossCause
    reason: str
    by: str = ""
    before: Extent = Extent.WHOLE
    """An exposure begins only where that is the whole."""
    after: Extent = Extent.NONE

    @property
    def is_ours(self) -> bool:
        """Return True if a run of ours did it."""
        return bool(self.by) or self.cause in _OURS

    @property
    def is_critical(self) -> bool:
        """Return True if nobody decided it, and the verdict of an appliance is critical by it: what is left in part, or an old proof, is a warning."""
        return not self.is_ours and self.after is Extent.NONE and self.cause not in _WARNINGS

    @property
    def is_loud(self) -> bool:
        """Return True if it lasts, and the verdict alone does not say all of it: not that a rule can be bypassed, nor what only other records can tell.

        That a run found a proof outdated lasts when somebody has taken off what was proven since, of which the verdict says no more that it was.
        """
        is_quiet = self.cause in (*_WARNINGS, LossCause.NOT_KNOWN)
        is_recorded = self.cause is LossCause.OUTDATED and self.found.confidence is not Confidence.READ
        return self.until is None and (is_recorded or not is_quiet)

    @property
    def text(self) -> str:
        """Return it as a clause: since when, by whose decision, and why."""
        return self.change("").clause

    @property
    def phase(self) -> Phase:
        """Return the word by which pages begin their line."""
        if self.cause is LossCause.NOT_KNOWN:
            return Phase.IN_DOUBT
        return Phase.REDUCED if self.after is Extent.PART else Phase.LOST

    def change(self, entry: str) -> ProtectionChange:
        """Return it as what a page says of a weakness."""
        is_dated = self.cause.is_dated and self.since.time == self.found.time
        when = f"{'on' if is_dated else 'after'} {self.since.text}"
        nobody = "" if self.cause is LossCause.NOT_KNOWN else NOBODY
        decided = f"decided by {self.by}" if self.by else "by a run of ours" if self.is_ours else nobody
        return ProtectionChange(self.phase, entry, when, decided, self.reason)


_WARNINGS = (LossCause.BYPASSED, LossCause.OUTDATED)
_OURS = (LossCause.OBSERVING, LossCause.TAKEN_OFF, LossCause.OPENED, LossCause.NOT_PROVEN)


def losses(line: Line, closed: Line, looks: AbstractSet[str] = frozenset()) -> Iterator[Loss]:
    """Yield the times with less protection than before, the earliest first. That it is not read today ends no protection that we know of.

    :param line: of one weakness
    :param closed: from when to when all was closed, with who opened it
    :param looks: the runs that did not change it, and ended a proof as it was not made beside what is there now
    """
    runs = [[*own] for _protects, own in groupby(line, key=lambda one: one.state.protects)]
    for before, own in pairwise([[], *runs]):
        if own[0].state.protects:
            continue
        if before and not _is_only_unread(own):
            yield _left(_loss(before[-1], own, closed, looks), own)
        yield from _of_a_part(own, closed, looks)


def _of_a_part(own: Sequence[Interval], closed: Line, looks: AbstractSet[str]) -> Iterator[Loss]:
    """Yield the losses of what protected in part, in a time without the whole protection."""
    runs = [[*part] for _extent, part in groupby(own, key=lambda one: one.state.extent)]
    for before, part in pairwise(runs):
        if part[0].state.extent is Extent.NONE and not _is_only_unread(part):
            yield replace(_loss(before[-1], part, closed, looks), before=Extent.PART)


def _is_only_unread(own: Sequence[Interval]) -> bool:
    return all(one.state is State.UNKNOWN and one.since.confidence is Confidence.READ for one in own)


def _left(loss: Loss, own: Sequence[Interval]) -> Loss:
    """Return a loss of the whole protection with what is left of it, at once or at the end."""
    known = [one for one in own if one.state is not State.UNKNOWN]
    part = next((one for one in (*known[:1], *known[-1:]) if one.state.extent is Extent.PART), None)
    if part is None:
        return loss
    left = "" if part.reason == loss.reason else f"; in place there: {part.state}, {part.reason}"
    return replace(loss, after=Extent.PART, reason=f"{loss.reason}{left}")


def _loss(before: Interval, own: Sequence[Interval], closed: Line, looks: AbstractSet[str]) -> Loss:
    since, until = own[0].since, own[-1].until
    if before.state is State.CLOSED:
        return _opened(since, until, own[0], closed)
    known = next((one for one in own if one.state is not State.UNKNOWN), own[0])
    cause = _BY_STATE.get(known.state, LossCause.NOT_KNOWN)
    if known.state is State.UNPROVEN and (known.since.confidence is Confidence.READ or known.since.source in looks):
        cause = LossCause.OUTDATED
    if known.state is State.DRIFTED and known.by:
        cause = LossCause.TAKEN_OFF  # by a run of ours that did not come to its end
    # What we took off after the fix counts since an older build was found, and nobody of us decided that.
    has_wrong_clock = own[0].since.confidence is Confidence.ASSUMED and own[0].since.source in known.rests_on
    is_by_build = bool(known.rests_on) and known.since.source not in known.rests_on and not has_wrong_clock
    if own[0].reason.endswith(WITHOUT_EFFECT) and cause in (LossCause.TAKEN_OFF, LossCause.OBSERVING):
        return Loss(since, until, known.since, LossCause.INEFFECTIVE, own[0].reason)  # whatever we did after it
    if before.state in _OF_BUILDS or (is_by_build and cause in (LossCause.TAKEN_OFF, LossCause.OBSERVING)):
        return Loss(since, until, known.since, LossCause.OLDER_BUILD, own[0].reason)
    return Loss(since, until, known.since, cause, known.reason, known.by)


def _opened(since: Dated, until: Dated | None, own: Interval, closed: Line) -> Loss:
    """Return the loss of a closing: a run of ours opened it, or somebody else, nobody knows when; or what became of it is not known."""
    opened = interval_at(closed, own.start) or own
    if opened.state is not State.UNKNOWN:
        is_read = opened.since.confidence is Confidence.READ and not opened.by
        cause = LossCause.OPENED_BY_OTHERS if is_read else LossCause.OPENED
        return Loss(since, until, since, cause, opened.reason, opened.by)
    found = next((one for one in closed if one.start > own.start and one.since.confidence is Confidence.READ), None)
    if found is None or found.state is not State.NONE:
        return Loss(since, until, opened.since, LossCause.NOT_KNOWN, opened.reason)
    return Loss(since, until, found.since, LossCause.OPENED_BY_OTHERS, opened.reason)
