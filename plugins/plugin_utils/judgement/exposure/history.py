# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rows of the ledger, from the change records and the catalogue. Pure.

The order of events is that of the chain of the records. Their times are of the clock of a control node, so a time that is earlier than one before it in
the chain counts as that one: an event is never dated earlier than what came before it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from ...appliance.nitro.appliance import Appliance
from ...appliance.nitro.builds import Build
from ...appliance.objects.resource_types import ObjectId
from ...catalogue.closing_steps import LadderStep
from ...catalogue.entry import Entry, Surface
from ...catalogue.measure import Weakness
from ...catalogue.trains import BuildState
from ...change.records.change_record import ChangeRecord
from ...change.records.closed_time import closed_times
from ...change.records.closures import LOCKDOWN, REOPEN
from ...change.records.record_content import RecordedVserver
from ...change.records.record_states import Outcome, PartitionState
from ..course.measure_state import MeasureState
from ..course.record_events import Event, History, parsed_build
from ..course.sourced_date import Confidence, Dated
from ..course.state import State
from ..proof.catalogue_verdict import NEEDS_SETTING
from .hunt_result import HuntResult
from .ledger_row import LedgerRow
from .measure_course import Judging, MeasureCourse, course_of
from .step_closing import StepClosing

GOOD = (BuildState.FIXED, BuildState.NOT_AFFECTED)
NO_ADDRESS = ("0.0.0.0", "::", "[::]")  # noqa: S104 -- no address is opened
ON_AGAIN = "the appliance: it is switched on, and no run of ours has opened it"
BEHIND = "the weakness is in the servers behind the appliance, and no build of it says anything about them"
BAD = (BuildState.AFFECTED, BuildState.NO_FIX)


@dataclass(frozen=True)
class Today:
    """What the appliance shows today.

    :ivar at: with its zone
    :ivar builds: by address of the node; None where it is not known
    :ivar not_by_configuration: by entry, why its configuration does not have what the weakness needs
    :ivar unset: by entry of which the builds have the fix, which setting it needs too and does not have, or is not known; with whether it is known
    :ivar switched_on: of the virtual servers that are closed by the records, with their admin partition, those that the appliance shows as switched on
    :ivar drift: by entry, the word for our measure where it is otherwise than our runs left it, with the reason
    :ivar told: by entry, what a reader should know of the place of our measure besides, such as what is not decided of a policy in front of it
    :ivar problem: why nothing was read, or ""
    :ivar awaited: where nothing was read, of which runs the records are not here, as a sentence: what these left is not known; "" where all are
    """

    at: datetime
    builds: Mapping[str, Build | None] = field(default_factory=dict)
    not_by_configuration: Mapping[str, str] = field(default_factory=dict)
    unset: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    switched_on: Collection[tuple[str, ObjectId]] = ()
    drift: Mapping[str, tuple[State, str]] = field(default_factory=dict)
    told: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problem: str = ""
    awaited: str = ""

    @property
    def is_read(self) -> bool:
        """Return True if the build of every node was read."""
        return not self.problem and None not in self.builds.values()


def ledger_rows(
    appliance: Appliance,
    entries: Iterable[Entry],
    records: Sequence[ChangeRecord],
    today: Today,
    hunt: HuntResult,
    as_of: date,
    url_weakness: Weakness | None = None,
) -> tuple[LedgerRow, ...]:
    """Return a row for each customer of an appliance and each entry that was published by a day.

    :param records: of the appliance, in the order of their chain
    :param url_weakness: what the catalogue knows of rules that look at a URL; None where it has no such entry
    """
    history = History.of(records)
    customers = appliance.customers if appliance.customer else (*appliance.customers, "")
    closings = [*_closings(history, appliance, today)]
    on_again = {owner: one.reopened for owner, one in closings if one.reopened.source == ON_AGAIN}
    switched_off = {customer: _closing(history, appliance, customer, on_again.get(customer)) for customer in customers}
    rows = []
    for entry in (one for one in entries if is_published(one, as_of)):
        row = replace(
            _of_entry(entry, appliance, history, today, as_of, url_weakness),
            hunt=hunt.ended,
            logs_from=hunt.logs_from,
            hunt_outcome=hunt.outcome(entry.id),
        )
        for customer, (closed, reopened, whole) in switched_off.items():
            own = [one for owner, one in closings if owner == customer]
            rows.append(
                replace(
                    row,
                    customer=customer,
                    closed=closed,
                    reopened=reopened,
                    whole_closed=whole,
                    switched_off=tuple(one for one in own if one.step is LadderStep.OFF),
                    closings=tuple(one for one in own if one.step is not LadderStep.OFF),
                )
            )
    return tuple(rows)


def is_published(entry: Entry, as_of: date) -> bool:
    """Return True if the weakness was known on a day: by its bulletin, or because it was exploited before that."""
    earliest = min(day for day in (bulletin_day(entry), entry.exploit.earliest() or date.max))
    return earliest <= as_of


def bulletin_day(entry: Entry) -> date:
    """Return the day of the bulletin; of a month, its first day."""
    text = entry.published
    return date.fromisoformat(text if len(text) > len("2020-01") else f"{text}-01")


def _of_entry(
    entry: Entry, appliance: Appliance, history: History, today: Today, as_of: date, url_weakness: Weakness | None
) -> LedgerRow:
    """Return the row that all customers share."""
    conflicts = [*history.conflicts, *today.told.get(entry.id, ()), *filter(None, [today.awaited])]
    fixed, is_fixed, affected = _fixed(entry, history, today, conflicts)
    course = _course(entry, history, today, as_of, fixed, url_weakness, conflicts)
    reading = _not_hidden(entry, history, today, conflicts)
    never = is_fixed is True and affected is None and _never_had_it(entry, today)
    return LedgerRow(
        appliance=appliance.name,
        customer="",
        entry=entry.id,
        exposed_from=_exposed_from(entry, affected, reading, is_never_affected=never),
        exploit_public=_exploit(entry, as_of),
        mitigated=course.mitigated,
        proven=course.proven,
        disproved=course.disproved,
        measure=course.state,
        fixed=fixed,
        is_fixed=is_fixed,
        is_read=is_fixed is not None or today.is_read,
        is_affected_before=affected is not None,
        is_never_affected=never,
        conflicts=tuple(conflicts),
    )


def _not_hidden(entry: Entry, history: History, today: Today, conflicts: list[str]) -> Today:
    """Return what the appliance shows today, without the word that its configuration lacks what the weakness needs, where a run of ours mitigated it."""
    ours = next((event for event in history.events if event.record.measure == entry.id), None)
    if ours is None or entry.id not in today.not_by_configuration:
        return today
    conflicts.append(
        f"its configuration does not have what the weakness needs today ({today.not_by_configuration[entry.id]}), and {ours.source} mitigated it, "
        "so it may have had it"
    )
    left = {id_: why for id_, why in today.not_by_configuration.items() if id_ != entry.id}
    return replace(today, not_by_configuration=left)


def _exploit(entry: Entry, as_of: date) -> Dated:
    day = entry.exploit.earliest()
    if day is None or day > as_of:
        return Dated(source="no exploit is known to be public")
    return Dated.of_day(day, f"the catalogue, {entry.id}")


def _fixed(
    entry: Entry, history: History, today: Today, conflicts: list[str]
) -> tuple[Dated, bool | None, Event | None]:
    """Return since when every node has the fix, whether it has it today, and the first record of a build with the weakness."""
    if entry.surface is Surface.BACK_ENDS:
        return Dated(source=BEHIND), None, None
    first_bad: Event | None = None
    since: Event | None = None
    whole: Event | None = None  # the first record since then that shows it of all nodes
    for event in history.events:
        recorded = {build: entry.build_state(parsed) for build in event.builds() if (parsed := parsed_build(build))}
        bad = next((build for build, state in recorded.items() if state in BAD), None)
        if bad is not None:
            if since is not None:
                conflicts.append(f"{event.source} has {bad} without the fix, after a record of a build with it")
            first_bad, since, whole = first_bad or event, None, None
        elif len(recorded) == len(event.builds()) and all(state in GOOD for state in recorded.values()):
            since = since or event
            whole = whole or (event if event.is_of_all_nodes else None)
    states = [entry.build_state(build) if build else BuildState.UNKNOWN for build in today.builds.values()]
    if any(state in BAD for state in states):
        if since is not None:
            conflicts.append(f"{since.source} has a build with the fix, and a node runs one without it today")
        return Dated(source="a node runs a build without the fix today"), False, first_bad
    if not states or any(state not in GOOD for state in states):
        nodes = ", ".join(node for node, build in today.builds.items() if build is None)
        why = today.problem or (
            f"the build of {nodes} is not known" if nodes else "no source says what its build means"
        )
        return Dated(source=why), None, first_bad
    if entry.id in today.unset:
        text, is_known = today.unset[entry.id]
        return Dated(source=f"{NEEDS_SETTING}: {text}"), False if is_known else None, first_bad
    if entry.settings_on_fixed_builds():  # no record says since when it has the setting
        return (
            Dated(today.at, "the builds of all nodes, and the setting that they need too", Confidence.READ),
            True,
            first_bad,
        )
    # A record of an earlier version has the build of the primary alone: then the date of the other node is that of the reading.
    shown = since if len(today.builds) == 1 else whole
    if shown is not None:
        return shown.dated(), True, first_bad
    return Dated(today.at, "the builds of all nodes", Confidence.READ), True, first_bad


def _never_had_it(entry: Entry, today: Today) -> bool:
    """Return True if no build of today ever had the weakness."""
    return {entry.build_state(build) for build in today.builds.values() if build} == {BuildState.NOT_AFFECTED}


def _exposed_from(entry: Entry, affected: Event | None, today: Today, *, is_never_affected: bool) -> Dated:
    if entry.surface is Surface.BACK_ENDS:
        return Dated(source=BEHIND)
    bulletin = bulletin_day(entry)
    builds = [build for build in today.builds.values() if build]
    if entry.id in today.not_by_configuration:
        return Dated(
            source=f"its configuration does not have what the weakness needs: {today.not_by_configuration[entry.id]}"
        )
    if is_never_affected:
        return Dated(source=f"no record shows a build with the weakness, and {builds[0]} never had it")
    if affected is not None and affected.at.date() <= bulletin:
        return affected.dated()
    known = affected.source if affected is not None else "no record"
    why = f"the bulletin of {bulletin}; {known} shows what ran before, so the worse case is assumed"
    if affected is not None:
        why = f"the bulletin of {bulletin}; {affected.source} shows the build with the weakness"
    return Dated.of_day(bulletin, why, Confidence.ASSUMED)


def _course(
    entry: Entry,
    history: History,
    today: Today,
    as_of: date,
    fixed: Dated,
    url_weakness: Weakness | None,
    conflicts: list[str],
) -> MeasureCourse:
    """Return the course of our mitigation until the fix, judged by the builds and by what was known until then."""
    until = fixed.time
    events = (event for event in history.events if until is None or _is_before_the_fix(entry, event, until))
    builds = () if until is not None else tuple(build for build in today.builds.values() if build is not None)
    day = as_of if until is None else min(as_of, until.date())
    drift = None
    if until is None and entry.id in today.drift:
        word, reason = today.drift[entry.id]
        drift = MeasureState(word, Dated(today.at, "the configuration of the appliance", Confidence.READ), reason)
    elif until is None and today.awaited:
        drift = MeasureState(State.UNPROVEN, reason=today.awaited)
    return course_of(events, Judging(entry, builds, url_weakness, day, drift), conflicts)


def _is_before_the_fix(entry: Entry, event: Event, until: datetime) -> bool:
    """Return True if a run counts for the time before the fix: the first record of the fix may be that of the removal after it."""
    builds = [*event.known_builds()]
    shows_the_fix = bool(builds) and all(entry.build_state(build) in GOOD for build in builds)
    return event.at < until or (event.at == until and not shows_the_fix)


def _closing(
    history: History, appliance: Appliance, customer: str, on_again: Dated | None
) -> tuple[Dated, Dated, bool]:
    """Return when the virtual servers of a customer were closed and reopened, and whether all of the appliance were closed then.

    :param on_again: when one of them was found switched on although no run of ours has opened it
    """
    closed: Event | None = None
    reopened: Event | None = None
    for event in history.events:
        record = event.record
        if record.kind not in (LOCKDOWN, REOPEN) or record.outcome is not Outcome.APPLIED:
            continue
        switched = {step.object_id for step in record.steps}
        own = {
            vserver.object_id
            for vserver in record.vservers
            if _customer(vserver, appliance, record.partition) == customer
        }
        if not switched & own:
            continue
        if record.kind is REOPEN:
            reopened = event
        elif closed is None or reopened is not None:
            closed, reopened = event, None
    whole = closed is not None and _is_whole(closed.record, history)
    none = Dated(source="no record of a run of ours")
    opened = reopened.dated() if reopened else on_again or none
    return (closed.dated() if closed else none), opened, whole


def _is_whole(record: ChangeRecord, history: History) -> bool:
    """Return True if the run of a lockdown closed every virtual server of the appliance, in all admin partitions, and proved it."""
    if not record.partitions:
        return _is_all_closed(record)
    lockdowns = (event.record for event in history.events if event.record.kind is LOCKDOWN)
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
        v for v in record.vservers if v.enabled is not False and v.object_id not in switched and _can_be_reached(v)
    ]
    return not left_on and record.proof is not None and not (record.proof.contradicted or record.proof.unproven)


def _closings(history: History, appliance: Appliance, today: Today) -> Iterator[tuple[str, StepClosing]]:
    """Yield the customer and the closing of each virtual server by a step, the earliest first."""
    events = {event.record.name: event for event in history.events}
    for one in closed_times(event.record for event in history.events):
        names = appliance.names_of_recorded(one.object_id[1][0], one.place, one.partition)
        customer = appliance.customer_of(names, one.partition)
        known = appliance.vservers_of(customer)
        closed, opened = events[one.record], events.get(one.opened_by)
        reopened = _of_step(opened, one.step) if opened else Dated(source="no record of a run of ours")
        if opened is None and one.step is LadderStep.OFF and (one.partition, one.object_id) in today.switched_on:
            reopened = Dated(today.at, ON_AGAIN, Confidence.READ)
        yield (
            customer,
            StepClosing(
                step=one.step,
                vserver=one.object_id[1][0],
                service=next((name for name in (*names, one.partition) if name in known), ""),
                closed=_of_step(closed, one.step),
                reopened=reopened,
                minutes=one.minutes(today.at),
            ),
        )


def _of_step(event: Event, step: LadderStep) -> Dated:
    dated = event.dated()
    return replace(dated, source=f"{dated.source}, step {step}")


def _can_be_reached(vserver: RecordedVserver) -> bool:
    """Return True unless a virtual server has no address of its own."""
    return bool(vserver.place) and not vserver.place.startswith(NO_ADDRESS)


def _customer(vserver: RecordedVserver, appliance: Appliance, partition: str) -> str:
    """Return the customer of a recorded virtual server, by the inventory."""
    names = appliance.names_of_recorded(vserver.object_id[1][0], vserver.place, partition)
    return appliance.customer_of(names, partition)
