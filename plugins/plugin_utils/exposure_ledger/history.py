# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rows of the ledger, from the change records and the catalogue. Pure.

The order of events is that of the chain of the records. Their times are of the clock of a control node, so a time that is earlier than one before it in
the chain counts as that one: an event is never dated earlier than what came before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.trains import BuildState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.closing.ladder import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.exposure_ledger.dated import Confidence, Dated
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.exposure_ledger.hunt_evidence import HuntEvidence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.exposure_ledger.ledger_row import LedgerRow
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.exposure_ledger.step_closing import StepClosing
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import DEFAULT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.closed_time import closed_times
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.closures import LOCKDOWN, REOPEN
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_content import RecordedVserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_states import (
    Outcome,
    PartitionState,
    RecordKind,
)

GOOD = (BuildState.FIXED, BuildState.NOT_AFFECTED)
NO_ADDRESS = ("0.0.0.0", "::", "[::]")  # noqa: S104 -- no address is opened
BAD = (BuildState.AFFECTED, BuildState.NO_FIX)
POLICY, PASSES = "responderpolicy", "NOOP"


@dataclass(frozen=True)
class Today:
    """What the appliance shows today.

    :ivar at: with its zone
    :ivar builds: by address of the node; None where it is not known
    :ivar not_by_configuration: by entry, why its configuration does not have what the weakness needs
    :ivar problem: why nothing was read, or ""
    """

    at: datetime
    builds: Mapping[str, Build | None] = field(default_factory=dict)
    not_by_configuration: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def is_read(self) -> bool:
        """Return True if the build of every node was read."""
        return not self.problem and None not in self.builds.values()


@dataclass(frozen=True)
class _Event:
    record: ChangeRecord
    at: datetime

    @property
    def source(self) -> str:
        return f"record {self.record.name.removesuffix('.json')}"

    def dated(self) -> Dated:
        return Dated(self.at, self.source, Confidence.RECORDED)

    def build(self) -> Build | None:
        return _parsed(self.record.build)

    def builds(self) -> tuple[str, ...]:
        """Return the different builds of its record, that of the primary first."""
        return tuple(dict.fromkeys((self.record.build, *self.record.builds.values())))

    @property
    def is_of_all_nodes(self) -> bool:
        """Return True if the record has the builds of all nodes."""
        return bool(self.record.builds)


def _parsed(text: str) -> Build | None:
    try:
        return Build.parse(text)
    except InvalidInput:
        return None


@dataclass(frozen=True)
class History:
    """The trusted records of one appliance, in the order of their chain, with times that never go back.

    :ivar conflicts: what is wrong with all of them, as sentences
    """

    events: tuple[_Event, ...] = ()
    conflicts: tuple[str, ...] = ()

    @classmethod
    def of(cls, records: Sequence[ChangeRecord]) -> History:
        """:param records: in the order of their chain"""
        trusted = [record for record in records if record.provenance.is_trusted]
        left_out = len(records) - len(trusted)
        conflicts = [f"{left_out} change records are not trusted and not counted"] if left_out else []
        events: list[_Event] = []
        for record in trusted:
            at = datetime.fromisoformat(record.finished or record.started)
            if events and at < events[-1].at:
                conflicts.append(
                    f"record {record.name.removesuffix('.json')} follows {events[-1].source} and has an earlier time: the clock was set back, "
                    "so the later time counts"
                )
                at = events[-1].at
            events.append(_Event(record, at))
        return cls(tuple(events), tuple(conflicts))


def ledger_rows(
    appliance: Appliance,
    entries: Iterable[Entry],
    records: Sequence[ChangeRecord],
    today: Today,
    hunt: HuntEvidence,
    as_of: date,
) -> tuple[LedgerRow, ...]:
    """Return a row for each customer of an appliance and each entry that was published by a day.

    :param records: of the appliance, in the order of their chain
    """
    history = History.of(records)
    customers = appliance.customers if appliance.customer else (*appliance.customers, "")
    switched_off = {customer: _closing(history, appliance, customer) for customer in customers}
    closings = [*_closings(history, appliance, today.at)]
    rows = []
    for entry in (one for one in entries if is_published(one, as_of)):
        row = replace(
            _of_entry(entry, appliance, history, today, as_of),
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


def _of_entry(entry: Entry, appliance: Appliance, history: History, today: Today, as_of: date) -> LedgerRow:
    """Return the row that all customers share."""
    conflicts = list(history.conflicts)
    fixed, is_fixed, affected = _fixed(entry, history, today, conflicts)
    mitigated, proven, disproved = _mitigated(entry, history, fixed, conflicts)
    reading = _not_hidden(entry, history, today, conflicts)
    return LedgerRow(
        appliance=appliance.name,
        customer="",
        entry=entry.id,
        exposed_from=_exposed_from(entry, affected, reading, is_fixed=is_fixed),
        exploit_public=_exploit(entry, as_of),
        mitigated=mitigated,
        proven=proven,
        disproved=disproved,
        fixed=fixed,
        is_fixed=is_fixed,
        is_read=is_fixed is not None or today.is_read,
        is_affected_before=affected is not None,
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
) -> tuple[Dated, bool | None, _Event | None]:
    """Return since when every node has the fix, whether it has it today, and the first record of a build with the weakness."""
    first_bad: _Event | None = None
    since: _Event | None = None
    whole: _Event | None = None  # the first record since then that shows it of all nodes
    for event in history.events:
        recorded = {build: entry.build_state(parsed) for build in event.builds() if (parsed := _parsed(build))}
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
    # A record of an earlier version has the build of the primary alone: then the date of the other node is that of the reading.
    shown = since if len(today.builds) == 1 else whole
    if shown is not None:
        return shown.dated(), True, first_bad
    return Dated(today.at, "the builds of all nodes", Confidence.READ), True, first_bad


def _exposed_from(entry: Entry, affected: _Event | None, today: Today, *, is_fixed: bool | None) -> Dated:
    bulletin = bulletin_day(entry)
    builds = [build for build in today.builds.values() if build]
    states = {entry.build_state(build) for build in builds}
    if entry.id in today.not_by_configuration:
        return Dated(
            source=f"its configuration does not have what the weakness needs: {today.not_by_configuration[entry.id]}"
        )
    if affected is None and states == {BuildState.NOT_AFFECTED} and is_fixed:
        return Dated(source=f"no record shows a build with the weakness, and {builds[0]} never had it")
    if affected is not None and affected.at.date() <= bulletin:
        return affected.dated()
    known = affected.source if affected is not None else "no record"
    why = f"the bulletin of {bulletin}; {known} shows what ran before, so the worse case is assumed"
    if affected is not None:
        why = f"the bulletin of {bulletin}; {affected.source} shows the build with the weakness"
    return Dated.of_day(bulletin, why, Confidence.ASSUMED)


def _mitigated(entry: Entry, history: History, fixed: Dated, conflicts: list[str]) -> tuple[Dated, Dated, Dated]:
    """Return the beginning of the mitigation that lasts until the fix or until today, the first proof in it, and since when an attack passes in it.

    An attack that passed ends the proof before it, since nobody knows from when on it did; a later proof ends that.
    """
    standing: dict[str, _Event] = {}
    start: _Event | None = None
    proof: _Event | None = None
    probed: _Event | None = None
    disproved: _Event | None = None
    for event in history.events:
        record = event.record
        if record.measure != entry.id or (fixed.time is not None and event.at > fixed.time):
            continue
        if record.kind is RecordKind.ROLLBACK and record.outcome is not Outcome.REVERTED:
            standing = {name: one for name, one in standing.items() if name not in record.undoes}
        elif record.kind is RecordKind.APPLY and record.outcome is Outcome.APPLIED:
            standing[record.name] = event
        if _blocks(standing):
            start = start or event
        elif start is not None:
            of = f"the mitigation of {start.dated().text}"
            conflicts.append(
                f"{event.source} lets {of} only count" if standing else f"{event.source} took {of} off before the fix"
            )
            start = proof = probed = disproved = None
        if start is not None and _is_disproved(event):
            conflicts.append(f"{_disproved(event)}, so what was proven before does not count")
            proof, disproved = None, disproved or event
        elif proof is not None and record.proof is not None and not record.proof.proven:
            conflicts.append(f"{event.source} did not prove the mitigation again: look at what it found")
        if start is not None and _is_proven(entry, event):
            proof, disproved = proof or event, None
        probed = event if start is not None and record.proof is not None and record.proof.vips else probed
    if start is not None and start.record.partition != DEFAULT:
        conflicts.append(f"the mitigation is recorded in partition {start.record.partition}; the others have their own")
    none = Dated(source="no record of a run of ours")
    not_proven = f"{probed.source} has probes that are no proof" if probed else "no record of a proof"
    if disproved is not None:
        not_proven = _disproved(disproved)
    return (
        start.dated() if start else none,
        proof.dated() if proof else Dated(source=not_proven),
        disproved.dated() if disproved else Dated(source="no run of ours saw an attack pass since"),
    )


def _is_disproved(event: _Event) -> bool:
    """Return True if a run saw an attack pass, and left what is in place."""
    record = event.record
    return record.outcome is Outcome.APPLIED and record.proof is not None and bool(record.proof.contradicted)


def _disproved(event: _Event) -> str:
    found = event.record.proof.contradicted if event.record.proof else ()
    return printable(f"{event.source}: {', '.join(found)}")


def _blocks(standing: Mapping[str, _Event]) -> bool:
    """Return True if the last of the runs whose changes stand that says it has let the policies block, and not only count."""
    modes = (mode for event in reversed([*standing.values()]) if (mode := _mode(event.record)) is not None)
    return bool(standing) and next(modes, True)


def _mode(record: ChangeRecord) -> bool | None:
    """Return True if a run has let a policy block, False if only count (observe mode); None where it has changed no policy."""
    actions = [str(step.after.get("action", "")) for step in record.steps if step.type == POLICY and step.after]
    return any(action.upper() != PASSES for action in actions) if actions else None


def _is_proven(entry: Entry, event: _Event) -> bool:
    """Return True if a run proved the mitigation, on a build on which it has an effect."""
    record, build = event.record, event.build()
    if record.kind not in (RecordKind.APPLY, RecordKind.VERIFY) or record.outcome is not Outcome.APPLIED:
        return False
    bad = entry.measure.ineffective.get(build.branch) if entry.measure and build else None
    is_effective = bad is None or build is None or not bad.covers(build.number)
    return record.proof is not None and record.proof.proven and is_effective


def _closing(history: History, appliance: Appliance, customer: str) -> tuple[Dated, Dated, bool]:
    """Return when the virtual servers of a customer were closed and reopened, and whether all of the appliance were closed then."""
    closed: _Event | None = None
    reopened: _Event | None = None
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
    return (closed.dated() if closed else none), (reopened.dated() if reopened else none), whole


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


def _closings(history: History, appliance: Appliance, now: datetime) -> Iterator[tuple[str, StepClosing]]:
    """Yield the customer and the closing of each virtual server by a step, the earliest first."""
    events = {event.record.name: event for event in history.events}
    for one in closed_times(event.record for event in history.events):
        names = appliance.names_of_recorded(one.object_id[1][0], one.place, one.partition)
        customer = appliance.customer_of(names, one.partition)
        known = appliance.vservers_of(customer)
        closed, opened = events[one.record], events.get(one.opened_by)
        yield (
            customer,
            StepClosing(
                step=one.step,
                vserver=one.object_id[1][0],
                service=next((name for name in (*names, one.partition) if name in known), ""),
                closed=_of_step(closed, one.step),
                reopened=_of_step(opened, one.step) if opened else Dated(source="no record of a run of ours"),
                minutes=one.minutes(now),
            ),
        )


def _of_step(event: _Event, step: LadderStep) -> Dated:
    dated = event.dated()
    return replace(dated, source=f"{dated.source}, step {step}")


def _can_be_reached(vserver: RecordedVserver) -> bool:
    """Return True unless a virtual server has no address of its own."""
    return bool(vserver.place) and not vserver.place.startswith(NO_ADDRESS)


def _customer(vserver: RecordedVserver, appliance: Appliance, partition: str) -> str:
    """Return the customer of a recorded virtual server, by the inventory."""
    names = appliance.names_of_recorded(vserver.object_id[1][0], vserver.place, partition)
    return appliance.customer_of(names, partition)
