# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judge one appliance by every entry of the catalogue, over one connection: each NITRO type is read once in each admin partition. Reads only.

Only what the builds leave open is read. The measure of an entry is judged as :mod:`apply` judges it alone, where it is needed or something of it is in
place; its reads share the answers of this run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from ...appliance.nitro.appliance import Appliance
from ...appliance.nitro.builds import Build
from ...appliance.nitro.connection import CLUSTER, OF_A_CLUSTER, Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.nitro.partitions import PartitionChoice, choose_partitions, read_partitions
from ...appliance.objects.ownership import Owner
from ...catalogue.acknowledgement import Acknowledgement
from ...catalogue.desired_state import parse_document
from ...catalogue.entry import Entry, MeasureForm, known_on, upgrades_by
from ...catalogue.opt_out import OptOut, entries_in_force
from ...catalogue.planned_fix import read_planned_fix
from ...catalogue.predicates import Truth
from ...catalogue.published import edited_in
from ...catalogue.record_trust import RecordTrust
from ...catalogue.run_parameters import ApplyParameters, Probes, RunParameters
from ...catalogue.trains import BuildState
from ...catalogue.upgrade import Upgrades, earlier_day
from ...change.partition_runner import back_to_default
from ...change.planning.configuration_rows import ConfigurationRows, read_types
from ...change.records.change_record import ChangeRecord
from ...change.records.closures import ClosureState
from ...change.records.ended_sessions import MEASURE, REACH, ended_for
from ...change.records.record_list import all_records
from ...change.records.records_folder import existing_folder
from ...change.records.usable_records import own_records
from ...foundation.errors import InvalidInput, NitroError, Refused
from ...judgement.course.build_track import BAD
from ...judgement.course.coverage import MANAGEMENT
from ...judgement.course.event import parsed_build
from ...judgement.proof.catalogue_verdict import (
    GOOD_STATES,
    ApplianceVerdict,
    EntryFacts,
    EntryVerdict,
    appliance_verdict,
    entry_verdict,
    needed_types,
    state_of,
    vendor_types,
    with_opt_outs,
)
from ...judgement.proof.grounds import Presence
from ...judgement.proof.verdict_table import Verdict, VerdictWord, worst_verdict
from ...judgement.verdicts.debt import Debt
from ...measures.last_run import LastRun, last_run
from ...measures.registry import load_entry_measure, recurring_kinds
from ..deployment.deployment import Deployment, Result, today
from ..deployment.per_partition import PartitionedResult
from ..end_sessions.catalogue_actions import session_action
from .exposure import DesiredVersion

POLICIES = "responderpolicy"
"""The type whose names show that something of a measure is in place."""
ALL_PARTITIONS = "other partitions"


class CatalogueResult(NamedTuple):
    """The result of the check of one appliance.

    :ivar debts: what is still there of each measure; last_runs: by recurring measure; lost: what lost its protection, in words
    :ivar judged: by entry, what was read of its measure
    """

    verdict: ApplianceVerdict
    debts: tuple[Debt, ...]
    last_runs: Mapping[str, LastRun]
    lost: tuple[str, ...] = ()
    judged: Mapping[str, PartitionedResult] = MappingProxyType({})


@dataclass(frozen=True)
class CatalogueCheck:
    """The check of one appliance against the catalogue.

    :ivar directory: the catalogue
    :ivar desired: by entry, what its measure shall bring in
    :ivar run: the id of the run
    :ivar trust: whose signatures of change records count
    :ivar as_of: the date of the verdicts
    :ivar settings: by entry, what the inventory says of its measure, such as the expression that the vendor handed out
    :ivar planned_fix: the value of tourniquet_planned_fix
    :ivar opt_outs: the entries that a person has opted out of
    :ivar upgrades: of the whole catalogue, what decides which build to upgrade to; None where these entries are all of it
    """

    appliance: Appliance
    entries: tuple[Entry, ...]
    directory: Path
    records: Path
    run: str
    desired: Mapping[str, DesiredVersion] = field(default_factory=dict)
    trust: RecordTrust = field(default_factory=RecordTrust)
    acknowledgements: tuple[Acknowledgement, ...] = ()
    as_of: date = field(default_factory=today)
    settings: Mapping[str, Any] = field(default_factory=dict)
    planned_fix: Any = None
    opt_outs: tuple[OptOut, ...] = ()
    upgrades: Upgrades | None = None

    @property
    def day(self) -> date | None:
        """The day after which nothing counts; None where the verdicts are those of today."""
        return earlier_day(self.as_of, today())

    @property
    def known(self) -> tuple[Entry, ...]:
        """The entries as they were known on the date of the verdicts."""
        return known_on(self.entries, self.day)

    @property
    def edited(self) -> tuple[str, ...]:
        """The built-in entries that are not what was published, in words, each with its digest."""
        return edited_in(self.directory, (entry.id for entry in self.known))

    @property
    def to_upgrade(self) -> Upgrades:
        """The facts that decide which build to upgrade to, without what is opted out of."""
        upgrades = self.upgrades or upgrades_by(self.entries)
        return upgrades.without(entries_in_force(self.opt_outs, today()))

    def find(self, connection: Connection) -> ApplianceVerdict:
        """Return the verdicts; see :meth:`look`."""
        return self.look(connection).verdict

    def look(self, connection: Connection) -> CatalogueResult:
        """Return the verdicts, what is still there of each measure, and the last runs. Reads only, and sends no probe.

        :raises TourniquetError: where the appliance does not answer any more
        """
        run = _Run(self, connection, _partitions(self.appliance, connection))
        _read_partitions(connection, [run])
        verdict = run.verdict()
        results = [result for measured in run.measured.values() for result in measured.results.values()]
        debts = tuple(debt for result in results for debt in result.debts)
        lost = tuple(text for result in results for text in result.lost)
        judged = {id_: PartitionedResult(one.results, one.problems) for id_, one in run.measured.items()}
        return CatalogueResult(verdict, debts, run.last_runs(), lost, judged)


def find_of_both(
    before: CatalogueCheck, after: CatalogueCheck, connection: Connection
) -> tuple[ApplianceVerdict, ApplianceVerdict]:
    """Return the verdicts by two catalogues over the same reads of one appliance. Reads only, and sends no probe.

    :raises TourniquetError: where the appliance does not answer any more
    """
    choice = _partitions(before.appliance, connection)
    runs = _Run(before, connection, choice), _Run(after, connection, choice)
    _read_partitions(connection, runs)
    return runs[0].verdict(), runs[1].verdict()


@dataclass
class _Measured:
    """The measure of an entry on the appliance: by partition its result, or why it has none."""

    results: dict[str, Result] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def verdict(self, choice: PartitionChoice) -> Verdict | None:
        if not self.results:
            problem = next(iter(self.problems.values()), "")
            return worst_verdict([(VerdictWord.UNKNOWN, problem)], (), ()) if problem else None
        return PartitionedResult(self.results, self.problems, choice.left_out, unusable=choice.unusable).verdict

    @property
    def is_in_place(self) -> bool:
        return any(result.state.presence != Presence.ABSENT for result in self.results.values())

    @property
    def can_apply(self) -> bool:
        return bool(self.results) and not any(
            result.plan.skipped or result.plan.conflicts for result in self.results.values()
        )

    @property
    def can_accept(self) -> bool:
        """Return True if a plan is refused for what a person may accept, and for nothing else."""
        plans = [result.plan for result in self.results.values()]
        conflicts = [one for plan in plans for one in plan.conflicts]
        return bool(conflicts) and not any(plan.skipped for plan in plans) and all(one.setting for one in conflicts)


def _partitions(appliance: Appliance, connection: Connection) -> PartitionChoice:
    """Return the admin partitions that a check reads."""
    if connection.is_cluster:
        return PartitionChoice()
    return choose_partitions(appliance.name, read_partitions(connection.primary), appliance.partitions)


def _read_partitions(connection: Connection, runs: Sequence[_Run]) -> None:
    """Let each check read each partition; all of them share the answers."""
    with back_to_default(connection):
        for partition in runs[0].choice.names:
            try:
                connection.enter(partition)
            except (NitroError, Refused) as error:
                for run in runs:
                    run.rows.unread[partition] = str(error).removeprefix(f"{run.check.appliance.name}: ")
                continue
            with connection.cached_reads():
                for run in runs:
                    run.look(partition)


class _Run:
    """One check on one open connection."""

    def __init__(self, check: CatalogueCheck, connection: Connection, choice: PartitionChoice) -> None:
        self.check = check
        self.connection = connection
        self.builds: tuple[Build, ...] = tuple(node.build for node in connection.nodes if node.build is not None)
        self.entries, self.upgrades = check.known, check.to_upgrade
        self.states = {entry.id: state_of(entry, self.builds) for entry in self.entries}
        self.rows = ConfigurationRows(unread=dict.fromkeys(choice.left_out, "it is not among netscaler_partitions"))
        if choice.unreadable:
            self.rows.unread[ALL_PARTITIONS] = choice.unreadable
        self.measured: dict[str, _Measured] = {}
        self.choice = choice
        self.has_records = existing_folder(check.records, check.appliance.name) is not None

    def verdict(self) -> ApplianceVerdict:
        """Return the verdicts by what was read."""
        given, as_of = self.check.acknowledgements, self.check.as_of
        verdicts = [entry_verdict(entry, self._facts(entry), as_of, given, today()) for entry in self.entries]
        missing = [*self._missing(), *self._shown_as_off(verdicts)]
        counted = [with_opt_outs(one, self.check.opt_outs, today()) for one in verdicts]
        return appliance_verdict(counted, self.builds, missing, self.upgrades, self.check.day)

    def look(self, partition: str) -> None:
        """Read the partition of the session, and judge the measures there."""
        self.rows.found[partition] = read_types(self.connection.primary, self._types(partition))
        for entry in self.entries:
            if self._is_relevant(entry, partition):
                self._measure(entry, partition)

    def _types(self, partition: str) -> frozenset[str]:
        """Return the types that the verdicts need: those of the entries that the builds leave open, and what the whole appliance has once."""
        found = {name for entry in self.entries for name in needed_types(entry, self.states[entry.id])}
        once = vendor_types(self.entries, self.builds) if partition == DEFAULT else frozenset()
        return frozenset(found | once | ({POLICIES} if any(entry.measure for entry in self.entries) else set()))

    def _is_relevant(self, entry: Entry, partition: str) -> bool:
        """Return True if the measure of an entry is needed in a partition, or something of it may be there."""
        if entry.measure is None:
            return False
        if self._may_be_there(entry, partition):
            return True
        if entry.is_stop_gap or (self.states[entry.id] in GOOD_STATES and not entry.settings_on_fixed_builds()):
            return False  # what is not the vendor's is judged where it is, and advised nowhere
        if len(self.choice.names) > 1:
            return True  # what another partition has is not known yet
        answers = [entry.precondition_holds(build, self.rows) for build in self.builds]
        return any(answer.truth is not Truth.FALSE for answer in answers)

    def _may_be_there(self, entry: Entry, partition: str) -> bool:
        """Return True unless it is known that nothing of a measure is in place: a policy by its name, a setting by our records alone."""
        if entry.measure is not None and entry.measure.form is MeasureForm.SETTING:
            return self.has_records
        rows = self.rows.rows(POLICIES, partition)
        owner = Owner(entry.id, 1)
        return not isinstance(rows, tuple) or any(owner.owns_name(row.get("name", "")) for row in rows)

    def _measure(self, entry: Entry, partition: str) -> None:
        found = self.measured.setdefault(entry.id, _Measured())
        if is_rendered(entry) and (problem := self._not_rendered(entry)):
            found.problems[partition] = problem
            return
        try:
            parameters = self._parameters(entry).inside(partition)
            found.results[partition] = Deployment(self.connection, parameters).status()
        except (NitroError, Refused, InvalidInput) as error:
            found.problems[partition] = str(error).removeprefix(f"{self.check.appliance.name}: ")

    def _not_rendered(self, entry: Entry) -> str:
        """Return why the template of an entry is not rendered; "" where it is."""
        desired = self.check.desired.get(entry.id, DesiredVersion())
        return desired.problem or ("" if desired.text else "its desired state was not rendered")

    def _parameters(self, entry: Entry) -> ApplyParameters:
        """:raises InvalidInput: where the measure or its desired state is not valid"""
        check = self.check
        measure = load_entry_measure(check.directory / entry.id, check.settings.get(entry.id))
        measure = replace(measure, upgrades=self.upgrades.without_exploits())
        desired = check.desired.get(entry.id, DesiredVersion())
        owner = Owner(measure.id, desired.version or measure.current_version)
        document = (
            parse_document(desired.text, owner, where=check.appliance.name)
            if measure.traits.writing.is_rendered
            else None
        )
        return ApplyParameters(
            appliance=check.appliance,
            measure=measure,
            owner=owner,
            rendered=document,
            records=check.records,
            run=check.run,
            trust=check.trust,
            as_of=check.as_of,
            probes=Probes.NONE,
            evaluate=False,
            planned_fix=read_planned_fix(check.appliance.name, check.planned_fix, entry.id),
            acknowledgements=check.acknowledgements,
        )

    def _facts(self, entry: Entry) -> EntryFacts:
        measured = self.measured.get(entry.id, _Measured())
        return EntryFacts(
            builds=self.builds,
            configuration=self.rows,
            unread_nodes=tuple(self._unread_nodes()),
            measure=measured.verdict(self.choice),
            in_place=measured.is_in_place,
            can_apply=measured.can_apply,
            can_accept=measured.can_accept,
            closures=self._closures(),
            sessions_open=self._are_sessions_open(entry),
            ran_without_fix=self._ran_without_fix(entry),
            upgrades=self.upgrades,
            is_cluster=self.connection.is_cluster,
        )

    def _shown_as_off(self, verdicts: Iterable[EntryVerdict]) -> list[str]:
        """Return what is switched off and nobody has proved, where no word says it."""
        closures = self._closures()
        is_told = any(one.verdict.reason == closures.unproven_text for one in verdicts)
        return [closures.unproven_text] if closures.unproven and not is_told else []

    def _are_sessions_open(self, entry: Entry) -> bool:
        """Return True if an entry wants sessions to be ended after its fix, and no record here says that they were."""
        action = session_action(entry) if self.states[entry.id] is BuildState.FIXED else None
        return action is not None and ended_for(self._session_records, entry.id, action.types) is None

    def _ran_without_fix(self, entry: Entry) -> bool:
        """Return True if a run of ours found a build with the weakness; asked only where sessions may be left of it."""
        return self._are_sessions_open(entry) and any(
            entry.build_state(build) in BAD for build in self._recorded_builds
        )

    @cached_property
    def _recorded_builds(self) -> tuple[Build, ...]:
        """The builds that runs of this control node found."""
        check = self.check
        records = all_records(check.records, check.appliance.name, check.trust) if self.has_records else []
        texts = (text for one in records if one.provenance.is_trusted for text in (one.build, *one.builds.values()))
        return tuple(build for text in dict.fromkeys(texts) if (build := parsed_build(text)) is not None)

    @cached_property
    def _session_records(self) -> tuple[ChangeRecord, ...]:
        """The records of ended sessions on this control node."""
        check = self.check
        if not self.has_records:
            return ()
        owner = Owner(MEASURE, 1)
        parameters = RunParameters(
            appliance=check.appliance, owner=owner, records=check.records, run=check.run, trust=check.trust
        )
        return own_records(parameters, REACH).records

    def last_runs(self) -> Mapping[str, LastRun]:
        """Return by recurring measure the last run by the records of this control node."""
        check = self.check
        records = all_records(check.records, check.appliance.name, check.trust) if self.has_records else ()
        now = datetime.now(UTC)
        return {id_: last_run(id_, recurring, records, now) for id_, recurring in recurring_kinds().items()}

    def _closures(self) -> ClosureState:
        """Return which VIPs are switched off, as a measure that was judged has read it in each partition; nothing where one was not read."""
        whole = (
            measured.results
            for measured in self.measured.values()
            if set(measured.results) == set(self.choice.names) and not self.choice.left_out
        )
        return ClosureState.of_all(result.facts.access.closures for result in next(whole, {}).values())

    def _unread_nodes(self) -> Iterator[str]:
        yield from (one for one in self.connection.missing_nodes if one != OF_A_CLUSTER)
        if self.connection.is_cluster:
            yield f"{CLUSTER}: the builds of its other nodes are not known"

    def _missing(self) -> Sequence[str]:
        partitions = (f"partition {name}: {why}" for name, why in self.rows.unread.items())
        return [*self._unread_nodes(), *partitions, *dict.fromkeys(self._addresses())]

    def _addresses(self) -> Iterator[str]:
        """Yield what is not covered at management addresses, each with its entry."""
        for id_, measured in self.measured.items():
            for result in measured.results.values():
                yield from (f"{text} ({id_})" for text in result.facts.nodes.addresses if text.startswith(MANAGEMENT))


def is_rendered(entry: Entry) -> bool:
    """Return True if the measure of an entry has a template."""
    return entry.measure is not None and entry.measure.form is MeasureForm.TEMPLATE
