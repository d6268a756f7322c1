# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where CVE records and the catalogue differ, train by train. Pure. A difference is for a person to look at: nothing is decided by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ..foundation.json_values import written_whole
from .cve_record import AffectedBuilds, CveRecord
from .entry import Entry
from .trains import BuildState, Train, TrainFacts

NO_ENTRY = "no entry of the catalogue names it"
NOT_NAMED = "does not name this train"


class Safer(StrEnum):
    """Whose reading calls more builds affected."""

    OURS = "ours is safer"
    THEIRS = "theirs is safer"
    NOT_COMPARED = "not compared"


@written_whole()
@dataclass(frozen=True)
class Difference:
    """One difference.

    :ivar entry: the entry of the catalogue; "" where none names the CVE
    :ivar train: as text; "" where the whole record is meant
    """

    cve: str
    entry: str
    train: str
    ours: str
    theirs: str
    safer: Safer

    def __str__(self) -> str:
        if not self.entry:
            return f"{self.cve}: {self.ours}"
        return f"{self.entry} {self.train or self.cve}: ours {self.ours}, theirs {self.theirs}: {self.safer}"


def differences(records: Iterable[CveRecord], entries: Iterable[Entry]) -> Iterator[Difference]:
    """Yield where records differ from the entries that name their CVE."""
    known = tuple(entries)
    for record in records:
        if not record.is_of_netscaler:
            continue
        named = [entry for entry in known if record.cve in entry.identifiers]
        if not named:
            yield Difference(record.cve, "", "", NO_ENTRY, "", Safer.NOT_COMPARED)
        for entry in named:
            yield from _of_entry(record, entry)


def _of_entry(record: CveRecord, entry: Entry) -> Iterator[Difference]:
    theirs: dict[Train, list[AffectedBuilds]] = {}
    for one in record.affected:
        theirs.setdefault(one.train, []).append(one)
    fixed = {train for train, facts in entry.trains.facts.items() if facts.fixed is not None}
    for train in sorted({*theirs, *fixed}):
        ours = entry.trains.facts_of(train)
        # The reading of the record that calls most builds affected.
        worst = max(theirs.get(train, ()), key=lambda one: (one.number, one.is_affected), default=None)
        safer = _safer(ours, worst)
        if safer is not None:
            text = str(worst) if worst else NOT_NAMED
            yield Difference(record.cve, entry.id, str(train), _text(ours), text, safer)
    for text in record.not_read:
        yield Difference(record.cve, entry.id, "", "has its trains", f"has the version {text!r}", Safer.NOT_COMPARED)


def _safer(ours: TrainFacts, theirs: AffectedBuilds | None) -> Safer | None:
    """Return whose reading is safer; None where they agree."""
    if theirs is None:
        return Safer.OURS
    if ours.fixed is None:
        # A train without a fix, or of which nothing is known, is never called fixed.
        return Safer.THEIRS if ours.state in (BuildState.NOT_AFFECTED, BuildState.FIXED) else Safer.OURS
    if theirs.is_affected:
        return Safer.THEIRS if ours.fixed <= theirs.number else None
    if ours.fixed == theirs.number:
        return None
    return Safer.OURS if ours.fixed > theirs.number else Safer.THEIRS


def _text(ours: TrainFacts) -> str:
    return f"fixed {ours.fixed[0]}.{ours.fixed[1]}" if ours.fixed is not None else ours.state.value
