# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From when to when each virtual server was closed, by which step and by whose decision, read from the change records. Pure.

A closing counts from the beginning of the run that closed it, an opening from the end of the run that opened it, so that no minute without access is
left out. A run that was undone as a whole closed and opened nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.steps import Step
from ...catalogue.closing_steps import LadderStep
from ...foundation.moments import EARLIEST, is_wrong, moment, since
from .change_record import ChangeRecord
from .found_open import NOT_DONE, FoundOpen, enabling, found_nothing, has_begun, has_made, has_unmade, is_doubtful
from .record_states import Outcome, RecordKind, StepState


@dataclass(frozen=True)
class ClosedTime:
    """The time for which a virtual server was closed by one step.

    :ivar object_id: NITRO's type and the name
    :ivar since: ISO 8601, with its time zone; likewise until, which is "" while it is closed
    :ivar record: the name of the record of the run that closed it; opened_by: of the run that opened it, "" while it is closed
    :ivar place: the address and port at that time; "" where the record does not have it
    :ivar decided_by: whose decision is in force, with its reason and ticket; expires: when the next one is due (ISO 8601)
    :ivar is_saved: no opening of it can be lost in a restart: there was none, or it was saved
    :ivar seen_by: the name of the record of the last run that closed it, or proved that it is closed
    :ivar lost: the name of the record of an opening that was not saved, and that a restart lost: it is closed again since it was seen
    :ivar found_on: the name of the record of a later run that found it open, and closed it again: it ended before that, nobody knows when
    :ivar found_as: how that run found it, in words
    :ivar half_closed_by: the name of the record of the run that was to close it, did not come to its end, and may not have closed it; "" where one surely did
    :ivar measure: of the run that closed it
    :ivar is_begun: False where that run has sent nothing of what closes it; is_doubtful: True where a later run cannot tell whether it has closed it
    :ivar half_opened_by: where one did, the name of the record of a run before it that was to open it and did not come to its end; "" where there is none
    """

    step: LadderStep
    object_id: ObjectId
    partition: str
    since: str
    record: str
    decided_by: str
    reason: str
    ticket: str
    expires: str
    until: str = ""
    opened_by: str = ""
    place: str = ""
    is_saved: bool = True
    seen_by: str = ""
    lost: str = ""
    found_on: str = ""
    found_as: str = ""
    half_closed_by: str = ""
    is_begun: bool = True
    is_doubtful: bool = False
    half_opened_by: str = ""
    measure: str = ""

    @property
    def key(self) -> Key:
        return self.step, self.partition, self.object_id

    def minutes(self, now: datetime) -> int:
        """Return for how many whole minutes it was closed up to a moment; a minute that was begun counts. None where nobody knows since when, or whether."""
        if datetime.fromisoformat(self.since) < EARLIEST or (self.half_closed_by and self.until):
            return 0
        end = datetime.fromisoformat(self.until) if self.until else now
        return max(0, -int((datetime.fromisoformat(self.since) - end).total_seconds() // 60))

    def is_overdue(self, now: datetime) -> bool:
        """True if it is still closed, and the next decision is due; or when it is due is not known, as the clock of its run was wrong."""
        due = bool(self.expires) and datetime.fromisoformat(self.expires) <= now
        return not self.until and (due or self.is_wrong(now))

    def is_wrong(self, now: datetime) -> bool:
        """True if it has a time after a moment, or before all runs, so that nobody knows when it was."""
        return is_wrong(datetime.fromisoformat(self.since), now)

    def text(self, now: datetime) -> str:
        """Return the decision as a sentence."""
        ticket = f" ({self.ticket})" if self.ticket else ""
        again = f"; {self.lost} had opened it and did not save that, and it is closed again" if self.lost else ""
        verb = "closing begun" if self.half_closed_by else "closed"
        return (
            f"{self.object_id[1][0]} {verb} ({self.step}) {since(self.since, now)} by {self.decided_by} for {self.reason}{ticket}, "
            f"decision due at {moment(self.expires)}{again}"
        )


SWITCHED_ON = "switched on"
Key = tuple[LadderStep, str, ObjectId]
"""Step, partition and virtual server."""


def closed_times(
    records: Iterable[ChangeRecord], again: Collection[Key] = (), now: datetime | None = None
) -> list[ClosedTime]:
    """Return all times for which virtual servers were closed, the earliest first.

    :param records: of one appliance and all measures, oldest first
    :param again: those of :func:`openings_not_saved` that the appliance shows as closed now: a restart has lost their opening
    :param now: when it was read; only with ``again``
    """
    now_closed: dict[Key, ClosedTime] = {}
    ended: list[ClosedTime] = []
    left = FoundOpen()
    half: dict[Key, str] = {}
    for record in records:
        for key, how in _found_open(record, now_closed, left).items():
            one = now_closed.pop(key)
            until, died = record.started, half.pop(key, "")
            ended.append(replace(one, until=until, found_on=record.name, found_as=how, half_opened_by=died))
            if key[0] is not LadderStep.OFF:
                now_closed[key] = _made_again(record, one)
        half |= {key: record.name for key, one in now_closed.items() if half_opened(record, one)}
        opened = [*opened_by(record), *_undone(record, now_closed)]
        until = record.finished or record.started
        for key in dict.fromkeys(key for key in opened if key in now_closed):
            one = now_closed.pop(key)
            own = "" if _has_opened(record, key) else one.half_closed_by
            ended.append(replace(one, until=until, opened_by=record.name, is_saved=False, half_closed_by=own))
        if record.has_saved:  # it saves what earlier runs have left, too
            ended = [replace(one, is_saved=True) if one.partition == record.partition else one for one in ended]
        places = {vserver.object_id: vserver.place for vserver in record.vservers}
        for key in _closed(record, now_closed):
            if _has_seen(record, key):
                half.pop(key, None)
            one = now_closed.get(key) or ClosedTime(
                *_key_values(key),
                record.started,
                record.name,
                "",
                "",
                "",
                "",
                place=places.get(key[2], ""),
                measure=record.measure,
                half_closed_by=record.name,
                is_begun=record.closing is None or has_begun(record, key[2]),
                is_doubtful=record.closing is not None and is_doubtful(record, key[2]),
            )
            now_closed[key] = replace(
                one,
                decided_by=record.decided_by,
                reason=record.reason,
                ticket=record.ticket,
                expires=record.expires,
                seen_by=record.name if _has_seen(record, key) else one.seen_by,
            )
        for key, one in now_closed.items():
            if one.half_closed_by and _is_sure(record, key):
                now_closed[key] = replace(one, half_closed_by="")
    if now is not None:
        lost = {one.key: one for one in ended if not one.is_saved and one.key in again and one.key not in now_closed}
        seen = now.isoformat(timespec="seconds")
        now_closed |= {
            key: replace(one, since=seen, until="", opened_by="", is_saved=True, lost=one.opened_by)
            for key, one in lost.items()
        }
    return sorted([*ended, *now_closed.values()], key=lambda one: datetime.fromisoformat(one.since))


def openings_not_saved(records: Iterable[ChangeRecord]) -> dict[Key, ClosedTime]:
    """Return by step, partition and virtual server what is open by a run that did not save that, and is closed again by the next restart."""
    times = closed_times(records)
    closed = {one.key for one in times if not one.until}
    return {one.key: one for one in times if not one.is_saved and one.key not in closed}


def still_closed(records: Iterable[ChangeRecord]) -> list[ClosedTime]:
    """Return what is closed now."""
    return [one for one in closed_times(records) if not one.until]


def made_again(records: Iterable[ChangeRecord], measure: str, partition: str, steps: Sequence[Step]) -> set[ObjectId]:
    """Return what a measure closes in an admin partition by the records, and steps that are planned close again: somebody has opened or changed it."""
    records, left = [*records], FoundOpen()
    for record in records:
        left.take(record, ())
    here = [one for one in still_closed(records) if (one.measure, one.partition) == (measure, partition)]
    return left.found_by(steps, [(measure, one.object_id) for one in here], partition, measure)


def _key_values(key: Key) -> tuple[LadderStep, ObjectId, str]:
    step, partition, object_id = key
    return step, object_id, partition


def _closed(record: ChangeRecord, now_closed: Container[Key]) -> Iterator[Key]:
    """Return what a run has closed, and of what is closed the part that its decision is in force for."""
    if record.kind is RecordKind.LOCKDOWN:
        touched, covers = (
            [(LadderStep.OFF, record.partition, id_) for id_ in dict.fromkeys(ids)]
            for ids in ((step.object_id for step in record.touched), record.covers)
        )
        completed = [(LadderStep.OFF, record.partition, id_) for id_ in record.completes]
        closed = completed if record.outcome is Outcome.APPLIED else []
        # It covers what it was to close, too, which the appliance may have refused.
        yield from dict.fromkeys([*touched, *closed, *(key for key in covers if key in now_closed)])
    elif record.closing is not None and _is_in_place(record):
        yield from ((record.closing.step, record.partition, id_) for id_ in record.closing.closes)


def _found_open(record: ChangeRecord, now_closed: Mapping[Key, ClosedTime], left: FoundOpen) -> dict[Key, str]:
    """Return what was closed and a run found open, or otherwise than it was left, with how it found it. The run closes it again."""
    here = {key: one for key, one in now_closed.items() if key[1] == record.partition}
    off = {step.object_id for step in record.touched} if record.kind is RecordKind.LOCKDOWN else ()
    found = {key: SWITCHED_ON for key in here if key[0] is LadderStep.OFF and key[2] in off}
    by_measure = {(one.measure, key[2]): key for key, one in here.items() if key[0] is not LadderStep.OFF}
    found |= {by_measure[one]: how for one, how in left.take(record, by_measure).items()}
    half = {key: one for key, one in here.items() if one.half_closed_by and _closes(record, key)}
    begun = [key for key, one in half.items() if one.is_doubtful or not one.is_begun or found_nothing(record, key[2])]
    return found | dict.fromkeys(begun, NOT_DONE)


def _closes(record: ChangeRecord, key: Key) -> bool:
    """Return True if a run closes something by a measure."""
    step, partition, vserver = key
    closing = record.closing
    return closing is not None and closing.step is step and record.partition == partition and vserver in closing.closes


def _is_sure(record: ChangeRecord, key: Key) -> bool:
    """Return True if a run has surely closed something, or found it closed."""
    if key[0] is not LadderStep.OFF:
        return _closes(record, key) and (record.outcome is Outcome.APPLIED or has_made(record, key[2]))
    if record.kind is not RecordKind.LOCKDOWN or record.partition != key[1]:
        return False
    steps = [step for step in record.touched if step.object_id == key[2]]
    is_done = any(not record.is_only_sent(step) for step in steps)
    return is_done or (record.outcome is Outcome.APPLIED and key[2] in record.completes)


def _made_again(record: ChangeRecord, one: ClosedTime) -> ClosedTime:
    """Return the time from a run on that found something open, and closes it again."""
    if record.measure == one.measure:
        is_sure = record.outcome is Outcome.APPLIED or has_made(record, one.object_id)
        is_begun = has_begun(record, one.object_id)
    else:
        is_sure, is_begun = enabling(record) is StepState.DONE, True
    half = "" if is_sure else record.name
    again = replace(one, since=record.started, record=record.name, seen_by=record.name)
    return replace(again, half_closed_by=half, is_begun=is_begun, is_doubtful=False)


def _has_opened(record: ChangeRecord, key: Key) -> bool:
    """Return True if an opening found something closed, and has opened it."""
    if key[0] is LadderStep.OFF:
        return any(step.object_id == key[2] for step in record.touched)
    return has_unmade(record, key[2])


def _has_seen(record: ChangeRecord, key: Key) -> bool:
    """Return True if a run closed something itself, or proved that it is closed; a new decision alone asks nothing."""
    off = (*(step.object_id for step in record.touched), *record.completes)
    return record.kind is not RecordKind.LOCKDOWN or key[2] in off


def half_opened(record: ChangeRecord, one: ClosedTime) -> bool:
    """Return True if a run did not come to its end and may have opened what was closed."""
    if record.outcome is Outcome.APPLIED:
        return False
    if record.kind is RecordKind.REOPEN:
        return one.key in ((LadderStep.OFF, record.partition, step.object_id) for step in record.touched)
    closing = record.closing
    opens = [(closing.step, record.partition, id_) for id_ in closing.opens] if closing is not None else []
    undoes = record.kind is RecordKind.ROLLBACK and one.record in record.undoes
    return (undoes or one.key in opens) and bool(record.touched)


def opened_by(record: ChangeRecord) -> Iterator[Key]:
    """Return what a run has opened."""
    if record.kind is RecordKind.REOPEN:
        done = [
            step.object_id for step, state in zip(record.steps, record.states, strict=True) if state is StepState.DONE
        ]
        yield from ((LadderStep.OFF, record.partition, id_) for id_ in (*done, *record.released))
    elif record.closing is not None and record.outcome is Outcome.APPLIED:
        # Of a run that died or failed a part may still be closed: the same command has to find something to open.
        yield from ((record.closing.step, record.partition, id_) for id_ in record.closing.opens)


def _undone(record: ChangeRecord, now_closed: Mapping[Key, ClosedTime]) -> list[Key]:
    """Return what runs had closed that this rollback undid."""
    if record.kind is not RecordKind.ROLLBACK or record.outcome is not Outcome.APPLIED:
        return []
    return [key for key, one in now_closed.items() if one.record in record.undoes]


def _is_in_place(record: ChangeRecord) -> bool:
    """True if steps of the run were sent and not undone, or if it needed none."""
    return bool(record.touched) or not record.steps
