# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From when to when was what closed, by which step, for whom: by the records of closings, and by what the appliance shows as switched on. Pure.

An exposure ends only where every virtual server of the appliance was switched off and that was proven. It begins again with the run that opens the first
one, at its beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from ...appliance.nitro.appliance import Appliance
from ...catalogue.closing_steps import LadderStep
from ...change.records.change_record import ChangeRecord
from ...change.records.closed_time import ClosedTime, closed_times
from ...change.records.closures import LOCKDOWN, REOPEN
from ...change.records.record_content import RecordedVserver
from ...change.records.record_states import Outcome, PartitionState, RecordKind
from ...change.records.sibling_openings import NOT_ENDED
from .beside_closed import BesideClosed, service_name
from .event import Event
from .interval import Interval, Line, LineBuilder, swept
from .record_events import History
from .run import proves_closing
from .service import Services, can_be_reached, customers_at
from .sourced_date import Confidence, Dated
from .state import State
from .step_closing import STILL_REACHED, StepClosing
from .today import SWITCHED_ON, Today

SHOWN_ON = f"the appliance: {SWITCHED_ON}"
"""How the source of an opening begins that is read, and not recorded."""
ON_AGAIN = f"{SHOWN_ON}, and no run of ours has opened it"
LEFT_ON = "the appliance: it is switched on, and no run of ours has closed it"
NOT_CLOSING = "the appliance: {}, and no run of ours has opened it"
FOUND_ON = "{} was switched on when {} began, and no run of ours had opened it: since when is not known"
SHOWN = "the appliance: {}"
BEGUN = "nobody knows whether it had been closed"
FOUND_AGAIN = "{}: it was {} when that began, and {}; since when is not known"
MAYBE_OURS = "the appliance: {}; record {} may have opened it: {}"
AGAIN = "the appliance: it is closed again; {} had opened it and did not save that, which a restart loses"
NO_RUN = Dated(source="no record of a run of ours")


@dataclass(frozen=True)
class OffClosing:
    """The closing by OFF of the virtual servers of a customer that lasts, or the last one.

    :ivar is_whole: all of the appliance were closed then
    """

    closed: Dated = NO_RUN
    reopened: Dated = NO_RUN
    is_whole: bool = False


def whole_line(history: History, today: Today) -> Line:
    """Return from when to when every virtual server of the appliance was switched off, and that was proven."""
    line, closed = LineBuilder(), None
    seen: Event | None = None
    last: _Switch | None = None
    for run in _switches(history):
        event, before = run.event, last
        last = last if run.closes is None else run
        why = _not_told(history, before, run) if before is not None else ""
        if run.found and not why:
            _in_doubt(line, closed, event.at, run.found)
            closed = None if run.closes else closed
        if event.is_unreadable:
            _in_doubt(line, closed, event.at, event.unreadable_text)
            closed = None
        elif run.closes is None:
            continue
        elif before is not None and why:
            _doubt(line, before.event.at, why)
            line.add(event.dated(), State.UNKNOWN, why, (before.event.source, event.source))
            closed = None
        elif run.closes:
            closed = closed or event
            seen = event if proves_closing(event.record.content) else seen or event
            by = _decided(event.record)
            line.add(event.dated(), State.CLOSED, "every virtual server is switched off", (event.source,), by)
        elif (since := _opened_since(line, closed, event)) is not None:
            text, by = f"{event.source} opened it", _decided(event.record)
            line.add(replace(event.dated(), time=since), State.NONE, text, (event.source,), by)
            closed = None
    if closed is not None:
        _as_read(line, closed, seen or closed, today)
    elif line.last is not None and (again := _again(history.closing_events, today)):
        line.add(Dated(today.at, again, Confidence.READ), State.UNKNOWN, again, (again,))
    return line.line()


class _Switch(NamedTuple):
    """A run that has closed or opened the appliance.

    :ivar closes: True if it closed all of it, False if it may have opened something; None where it cannot be read, or found something open and left that so
    :ivar found: that it found something open, as a clause; "" where it did not
    """

    event: Event
    closes: bool | None
    found: str = ""


def _switches(history: History) -> Iterator[_Switch]:
    names = {event.record.name for event in history.closing_events}
    locked: set[str] = set()
    so_far: list[Event] = []
    for event in (one for one in history.events if one.is_unreadable or one.record.name in names):
        record = event.record
        if event.is_unreadable:
            yield _Switch(event, None)
            continue
        so_far.append(event)
        locked |= {record.name} if record.kind is LOCKDOWN else set()
        found = _found_on(event)
        if record.kind is LOCKDOWN and record.outcome is Outcome.APPLIED and is_whole(record, so_far):
            yield _Switch(event, True, found)
        elif _opens(record, locked):
            yield _Switch(event, False, found)
        elif found:
            yield _Switch(event, None, found)


def _found_on(event: Event) -> str:
    """Return which virtual servers a run found switched on, as a clause for a time when all were closed; "" where it found none."""
    on = ", ".join(sorted(one.object_id[1][0] for one in event.record.vservers if one.enabled and can_be_reached(one)))
    return FOUND_ON.format(on, event.source) if on else ""


def _not_told(history: History, before: _Switch, after: _Switch) -> str:
    """Return that nothing says whether a run closed it before or after another one opened it, as a clause; "" where something does."""
    if before.closes is after.closes or history.is_told(before.event, after.event):
        return ""
    runs = f"{before.event.source} or {after.event.source}"
    return f"two control nodes closed and opened it, and no record says which was first: {runs}"


def _opened_since(line: LineBuilder, closed: Event | None, event: Event) -> datetime | None:
    """Return since when a run that opens something lets clients in; None where nothing was closed."""
    if closed is None:
        is_unknown = line.last is not None and line.last.state is State.UNKNOWN
        return event.at if is_unknown else None
    begun = max(datetime.fromisoformat(event.record.started), closed.at) if event.between is None else closed.at
    return min(begun, event.at)


def _doubt(line: LineBuilder, since: datetime, why: str) -> None:
    line.doubt(since, lambda one: replace(one, state=State.UNKNOWN, reason=why))


def _again(events: Iterable[Event], today: Today) -> str:
    """Return that what was opened without a save is switched off again; "" where it is not. No run has proved that nothing answers."""
    off = sorted(object_id[1][0] for step, _partition, object_id in today.again if step is LadderStep.OFF)
    if not off:
        return ""
    opened = next((one.source for one in reversed([*events]) if one.record.kind is REOPEN), "a run of ours")
    return f"{AGAIN.format(opened)} ({', '.join(off)}); no run has proved it since"


def _as_read(line: LineBuilder, closed: Event, seen: Event, today: Today) -> None:
    """Let the reading of today end a closing of all, or doubt it.

    :param seen: the last run that proved it
    """
    on = ", ".join(sorted(id_[1][0] for _partition, id_ in today.switched_on))
    for names, text in ((on, ON_AGAIN), (", ".join(today.left_on), LEFT_ON)):
        if names:
            _in_doubt(line, closed, today.at, f"{names} {text.partition(': it ')[2]}: since when is not known")
            line.add(Dated(today.at, text, Confidence.READ), State.NONE, text, (text,))
            return
    if doubt := today.awaited or today.why_elsewhere(seen):
        _in_doubt(line, closed, closed.at, doubt)
        line.add(Dated(today.at, doubt, Confidence.READ), State.UNKNOWN, doubt)
    elif today.off_unread:
        line.add(Dated(today.at, today.off_unread, Confidence.READ), State.UNKNOWN, today.off_unread)


def _decided(record: ChangeRecord) -> str:
    """Return by whose decision a run closed or opened it, and why; "" where its record names nobody."""
    return f"{record.decided_by} ({record.reason})" if record.decided_by else ""


def _opener(opened: Event | None) -> str:
    return "" if opened is None else _decided(opened.record) or opened.source


def _in_doubt(line: LineBuilder, closed: Event | None, later: datetime, why: str) -> None:
    """Doubt that it stayed closed: nobody knows since when it is not.

    :param later: when that was found; the time of the closing itself where it may be of another appliance
    """
    if closed is not None:
        line.doubt(
            closed.seen_until(later),
            lambda one: replace(one, state=State.UNKNOWN, reason=why) if one.state.protects else one,
        )


def _opens(record: ChangeRecord, locked: Iterable[str]) -> bool:
    """Return True if a run may have opened something, whatever became of it."""
    if record.kind is REOPEN:
        return bool(record.touched or record.released)
    return (
        record.kind is RecordKind.ROLLBACK
        and record.outcome is not Outcome.REVERTED
        and bool({*locked} & {*record.undoes})
    )


def is_whole(record: ChangeRecord, events: Sequence[Event]) -> bool:
    """Return True if the run of a lockdown closed every virtual server of the appliance, in all admin partitions, and proved it."""
    if not record.partitions:  # there was the default one alone; where records have others, nobody knows
        switches = (one.record for one in events if one.record.kind in (LOCKDOWN, REOPEN))
        return _is_all_closed(record) and all(one.partition == record.partition for one in switches)
    lockdowns = (event.record for event in events if event.record.kind is LOCKDOWN)
    closed = {
        one.partition
        for one in lockdowns
        if one.run == record.run and one.outcome is Outcome.APPLIED and _is_all_closed(one)
    }
    return all(
        name in closed if state == PartitionState.SWITCHED else state == PartitionState.LEFT_CLOSED
        for name, state in record.partitions.items()
    )


def _is_all_closed(record: ChangeRecord) -> bool:
    """Return True if a lockdown closed every virtual server of its admin partition, and proved it."""
    switched = {step.object_id for step in record.steps}
    left_on = [
        v for v in record.vservers if v.enabled is not False and v.object_id not in switched and can_be_reached(v)
    ]
    return not left_on and record.proof is not None and not (record.proof.contradicted or record.proof.unproven)


def closings(
    history: History, appliance: Appliance, services: Services, today: Today
) -> Iterator[tuple[str, StepClosing]]:
    """Yield the customer and the closing of each virtual server by a step, the earliest first."""
    events = history.closing_events
    by_name = {event.record.name: event for event in events}
    times = closed_times((event.record for event in events), today.again, today.at)
    open_again = [one for one in times if one.half_closed_by and (one.until or one.key in today.opened)]
    beside = BesideClosed(appliance, services, tuple(one for one in times if one not in open_again), today)
    for one in (one for one in times if one.is_begun or one not in open_again):
        service = services.get((one.partition, one.object_id))
        whose = service.customers if service is not None else _whose(appliance, one)
        closed = _since(one, by_name, today)
        reopened = _reopened(one, by_name, history, today)
        doubt = "" if one.until else today.doubts.get(one.key, "") or _unread(one, by_name, today)
        is_unknown = bool(one.half_closed_by) and (reopened.is_known or bool(doubt))
        for customer in whose:
            name = _name(appliance, customer, one, service.places if service is not None else ())
            yield (
                customer,
                StepClosing(
                    step=one.step,
                    vserver=one.object_id[1][0],
                    service=name,
                    closed=closed,
                    reopened=reopened,
                    minutes=0 if is_unknown else _minutes(one, closed, reopened, by_name, today.at),
                    partition=one.partition,
                    by=f"{one.decided_by} ({one.reason})" if one.decided_by else "",
                    expires=one.expires,
                    beside=beside.of(one, customer, name),
                    doubt=doubt,
                    opened_by=_opener(by_name.get(one.opened_by)),
                    half_closed_by=by_name[one.half_closed_by].source if one.half_closed_by else "",
                ),
            )


def _unread(one: ClosedTime, by_name: Mapping[str, Event], today: Today) -> str:
    """Return why it is not known whether something is closed, where the appliance did not say whether it is; "" where it did."""
    if not today.problem:
        return ""
    return (
        f"{by_name[one.half_closed_by].source}: {NOT_ENDED}"
        if one.half_closed_by
        else f"nothing was read ({today.problem})"
    )


def _name(appliance: Appliance, customer: str, one: ClosedTime, places: Sequence[str]) -> str:
    """Return the name of a virtual server for a customer, the same for each of its closings: by its last address that has one."""
    names = (
        service_name(appliance, customer, one.object_id, place, one.partition)
        for place in (*reversed(places), one.place)
    )
    return next(filter(None, names), "")


def _since(one: ClosedTime, by_name: Mapping[str, Event], today: Today) -> Dated:
    if one.lost:
        return Dated(today.at, f"{AGAIN.format(by_name[one.lost].source)}, step {one.step}", Confidence.READ)
    return _of_step(by_name[one.record], one.step)


def _whose(appliance: Appliance, one: ClosedTime) -> tuple[str, ...]:
    return customers_at(appliance, one.object_id, (one.place,), one.partition)


def _reopened(one: ClosedTime, by_name: Mapping[str, Event], history: History, today: Today) -> Dated:
    opened, closed = by_name.get(one.opened_by), by_name.get(one.record)
    if one.found_on:
        found = by_name[one.found_on].begun()
        died = by_name.get(one.half_opened_by)
        by = f"{died.source} may have opened it: {NOT_ENDED}" if died is not None else "no run of ours had opened it"
        by = BEGUN if one.half_closed_by and died is None else by
        return replace(found, source=FOUND_AGAIN.format(found.source, one.found_as, by), confidence=Confidence.READ)
    if opened is not None:
        dated = _of_step(opened, one.step)
        if closed is None or history.is_told(closed, opened):
            return dated
        doubt = (
            f"{dated.source}; no record says whether that was before {closed.source}, and clocks may differ by an hour"
        )
        return replace(dated, source=doubt, confidence=Confidence.ASSUMED)
    why = today.opened.get(one.key, "")
    if why and (ours := today.may_be_ours.get(one.key)):
        return Dated(today.at, MAYBE_OURS.format(why, ours.record, ours.why), Confidence.READ)
    if why:
        return Dated(today.at, (SHOWN if one.half_closed_by else NOT_CLOSING).format(why), Confidence.READ)
    return NO_RUN


def _of_step(event: Event, step: LadderStep) -> Dated:
    dated = event.dated()
    dated = replace(dated, source=f"{dated.source}, step {step}")
    if event.between is None:
        return dated
    doubt = f"{dated.source}; when it ran is not known: a clock was wrong"
    return replace(dated, source=doubt, confidence=Confidence.ASSUMED)


def _minutes(one: ClosedTime, closed: Dated, reopened: Dated, by_name: Mapping[str, Event], now: datetime) -> int:
    """Return for how many whole minutes it was closed: by the records, and where a clock was wrong, between the times that are assumed."""
    runs = [by_name[name] for name in (one.record, one.opened_by) if name in by_name]
    if closed.time is None or all(run.between is None for run in runs):
        return one.minutes(now)
    return max(0, -int((closed.time - (reopened.time or now)).total_seconds() // 60))


def service_line(line: Line, closings_: Iterable[StepClosing]) -> Line:
    """Return the line of a weakness at one virtual server: as that of the appliance, and closed for some where a step closes it.

    A closing of one virtual server ends no exposure: its rule, its TLS or another virtual server of the appliance is still reached.
    """
    closed = [_closed_line(one) for one in closings_ if one.closed.is_known and not one.is_only_begun]

    def together(_since: Dated, held: tuple[Interval | None, ...]) -> Interval | None:
        base, *steps = held
        in_force = [one for one in steps if one is not None and one.state is State.CLOSED_FOR_SOME]
        if base is None or base.state.protects or not in_force:
            return base
        reason = "; ".join([*(one.reason for one in in_force), base.reason])
        rests_on = tuple(source for one in in_force for source in one.rests_on)
        return replace(in_force[-1], reason=reason, rests_on=rests_on)

    return swept((line, *closed), together)


def _closed_line(one: StepClosing) -> Line:
    found = LineBuilder()
    text = f"{one.vserver} is closed by {one.step}: {STILL_REACHED[one.step]}"
    found.add(one.closed, State.CLOSED_FOR_SOME, text, (one.closed.source,), one.by)
    if one.reopened.is_known:
        found.add(one.reopened, State.NONE, "", (one.reopened.source,))
    return found.line()


def off_closing(events: Sequence[Event], appliance: Appliance, customer: str, on_again: Dated | None) -> OffClosing:
    """Return when the virtual servers of a customer were closed by OFF and reopened, the last time.

    :param on_again: when one of them was found switched on although no run of ours has opened it
    """
    closed: Event | None = None
    reopened: Event | None = None
    for event in events:
        record = event.record
        if record.kind not in (LOCKDOWN, REOPEN) or record.outcome is not Outcome.APPLIED:
            continue
        switched = {step.object_id for step in record.steps}
        own = {
            vserver.object_id
            for vserver in record.vservers
            if vserver.object_id in switched and _customer(vserver, appliance, record.partition) == customer
        }
        if not own:
            continue
        if record.kind is REOPEN:
            reopened = event
        elif closed is None or reopened is not None:
            closed, reopened = event, None
    opened = reopened.dated() if reopened else on_again or NO_RUN
    is_all = closed is not None and is_whole(closed.record, events)
    return OffClosing(closed.dated() if closed else NO_RUN, opened, is_all)


def _customer(vserver: RecordedVserver, appliance: Appliance, partition: str) -> str:
    """Return the customer of a recorded virtual server, by the inventory."""
    names = appliance.names_of_recorded(vserver.object_id[1][0], vserver.place, partition)
    return appliance.customer_of(names, partition)
