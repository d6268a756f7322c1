# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What our runs did with a measure, one after the other: put in place, let only count, taken off, put back. Pure.

A line of intervals says what held: two runs of one second make no interval, and a rule that only reduces exposure begins no time with protection. Each of
them makes a stage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import cast

from ...foundation.json_values import written_whole
from .interval import Interval, Line
from .interval import at as interval_at
from .sourced_date import Confidence, Dated
from .state import State


class Doing(StrEnum):
    """What a measure does since a run, the one with the least protection first."""

    OFF = "off"
    OBSERVES = "observes"
    UNKNOWN = "not known"
    BLOCKS = "blocks"


WITHDRAWN = (Doing.OFF, Doing.OBSERVES)
"""What a measure does that was withdrawn."""


@written_whole()
@dataclass(frozen=True)
class MeasureStage:
    """The time between two runs that changed what a measure of ours does.

    :ivar until: None where it goes on; the fix at the latest
    :ivar by: whose decision it was; "" where the record names nobody
    :ivar is_put: a run of ours did it; False where one only found it so
    :ivar is_needed: False where the builds had the fix already
    :ivar partition: the admin partitions that had it, where not all did yet: there alone it was withdrawn or put back; "" where all had it
    """

    since: Dated
    until: Dated | None
    doing: Doing
    by: str = ""
    is_put: bool = True
    is_needed: bool = True
    partition: str = ""

    @property
    def start(self) -> datetime:
        return cast("datetime", self.since.time)  # a run has a time

    @property
    def seconds(self) -> int:
        """Return how long it lasted; 0 where it goes on."""
        ended = self.until.time if self.until is not None else None
        return int((ended - self.start).total_seconds()) if ended is not None else 0


def stages_together(tracks: Mapping[str, Sequence[MeasureStage]], builds: Line) -> tuple[MeasureStage, ...]:
    """Return the stages of all admin partitions together: the least protection counts, since all have it.

    :param tracks: by partition, the earliest first, without their ends
    :param builds: whether the builds had the weakness
    """
    begun = [*_begun(tracks)]
    ends = [one.since for one in begun[1:]]
    return tuple(_ended(one, end, builds) for one, end in zip(begun, [*ends, None], strict=False))


def counts_no_longer(stages: Sequence[MeasureStage], at: datetime, source: str) -> tuple[MeasureStage, ...]:
    """Return stages of which the last one, in which it only counted, has ended at the latest with a reading: nothing of ours is evaluated, or it blocks."""
    *before, last = stages
    if last.doing is not Doing.OBSERVES or last.until is not None:
        return tuple(stages)
    return (*before, replace(last, until=Dated(at, source, Confidence.ASSUMED)))


def _begun(tracks: Mapping[str, Sequence[MeasureStage]]) -> Iterator[MeasureStage]:
    """Yield each stage that begins. What was repaired without being away by our runs begins again.

    Until all partitions have it, it is in place nowhere as a whole, and what is withdrawn in one is told with its name.
    """
    held: dict[str, MeasureStage] = {}
    last: tuple[Doing | None, str] = (None, "")
    changes = ((name, one) for name, own in tracks.items() for one in own)
    for name, one in sorted(changes, key=lambda change: change[1].start):
        before, held[name] = held.get(name), one
        worst = min(held.values(), key=lambda stage: [*Doing].index(stage.doing))
        is_part = len(held) < len(tracks)
        if is_part and worst.doing is Doing.BLOCKS and last[0] in (None, Doing.BLOCKS):
            continue
        is_repair = before is not None and before.doing is one.doing is worst.doing is Doing.BLOCKS
        says = (worst.doing, ", ".join(sorted(held)) if is_part and worst.doing is Doing.BLOCKS else "")
        if says != last or is_repair:
            last = says
            yield replace(worst, since=one.since, partition=", ".join(sorted(held)) if is_part else "")


def _ended(one: MeasureStage, end: Dated | None, builds: Line) -> MeasureStage:
    """Return a stage with its end: the next one, or the fix before that."""
    fixed = next((build.since for build in builds if _is_fine(build) and build.start > one.start), None)
    if fixed is not None and (end is None or end.time is None or fixed.time is None or fixed.time <= end.time):
        end = fixed
    return replace(one, until=end, is_needed=not _is_fine(interval_at(builds, one.start)))


def _is_fine(build: Interval | None) -> bool:
    return build is not None and build.state in (State.FIXED, State.NOT_AFFECTED)


def proven_times(line: Line, builds: Line) -> Line:
    """Return each time for which a measure was proven and protected, the earliest first; one that lasted until the fix has no end.

    :param line: of the measure
    """
    found: list[Interval] = []
    for one in line:
        if one.state is not State.MITIGATED:
            continue
        if found and found[-1].end == one.start:
            found[-1] = replace(found[-1], until=one.until)
        elif not _is_fine(interval_at(builds, one.start)):
            found.append(one)
    return tuple(_until_the_fix(one, builds) for one in found)


def _until_the_fix(one: Interval, builds: Line) -> Interval:
    is_over = one.end is not None and not _is_fine(interval_at(builds, one.end))
    return one if is_over else replace(one, until=None)
