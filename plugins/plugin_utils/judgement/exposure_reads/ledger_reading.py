# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read what the exposure ledger of one appliance rests on: the change records, the builds of all nodes, and the configuration. Reads only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from ...appliance.nitro.appliance import Appliance
from ...appliance.nitro.connection import CLUSTER, Connection
from ...appliance.objects.ownership import Owner
from ...catalogue.acknowledgement import Acknowledgement
from ...catalogue.closing_steps import LadderStep
from ...catalogue.entry import Entry, Surface
from ...catalogue.measure import Weakness
from ...catalogue.mitigation import URL_ENTRY, url_weakness_of
from ...catalogue.predicates import Truth, holds
from ...catalogue.record_trust import RecordTrust
from ...catalogue.run_parameters import RunParameters
from ...change.planning.configuration_rows import read_configuration
from ...change.records.change_record import ChangeRecord
from ...change.records.fetched_records import fetch_records
from ...change.records.record_list import all_records, in_chain_order, readable_records
from ...foundation.counted import counted
from ...foundation.errors import InvalidInput, TourniquetError
from ...foundation.private_files import read_privately
from ...measures.registry import load_entry_measure
from ..course.event import is_readable
from ..course.hunt_result import HuntResult, hunt_result
from ..course.record_events import History
from ..course.state import State
from ..course.today import Today
from ..exposure.history import rows_of
from ..exposure.ledger_row import LedgerRow
from ..exposure.reopen_answer import CustomerAnswer, ReopenAnswer, answer_of, customer_answers
from ..proof.catalogue_verdict import EntryFacts, missing_settings
from ..verdicts.policies_in_front import FrontReader
from .measure_in_place import InPlace, all_switched_off, found_in_place
from .still_closed import open_all_the_same, servers_on

OPENED = (Surface.GATEWAY, Surface.VIRTUAL_SERVERS)
"""The surfaces that a client reaches through a virtual server that is opened."""


@dataclass(frozen=True)
class LedgerReader:
    """What the ledger of one appliance is made of, besides what the appliance says.

    :ivar records: the directory of the change records
    :ivar trust: whose signatures of change records count
    :ivar as_of: what was not known on that day does not count
    :ivar catalogue: the directory of the entries
    :ivar acknowledgements: what a person has acknowledged
    """

    appliance: Appliance
    entries: tuple[Entry, ...]
    records: Path
    trust: RecordTrust = field(default_factory=RecordTrust)
    hunt: HuntResult = field(default_factory=HuntResult)
    as_of: date = field(default_factory=lambda: datetime.now(UTC).date())
    catalogue: Path = field(kw_only=True)
    acknowledgements: tuple[Acknowledgement, ...] = field(default=(), kw_only=True)

    def read(self, connection: Connection) -> tuple[LedgerRow, ...]:
        """Return the rows of the appliance. The runs of other control nodes count by their copies on the nodes.

        The configuration is read where a row without it is not open, and excludes a weakness only where it lacks what every case of it needs.

        :raises TourniquetError: where the appliance does not answer any more, or a record cannot be read
        """
        if connection.is_cluster:  # one node answers for all, and another one may run another build
            return self.unread(CLUSTER)
        builds = {str(node.address): node.build for node in connection.nodes}
        start_up = {str(node.address): node.start_up_lines for node in connection.nodes}
        today = Today(datetime.now(UTC), builds, start_up=start_up)
        own = self.own_records()
        others, problems = fetch_records(connection, self.records, self.appliance.name, self.trust, own)
        records = in_chain_order({record.name: record for record in (*own, *others)}.values()) if others else own
        history = History.of(records, today.at)
        in_place, not_read = self._in_place(connection, self.rows(today, history))
        trusted = [record for record in records if record.provenance.is_trusted and is_readable(record)]
        opened = open_all_the_same(connection, trusted, self.acknowledgements)
        drift = {entry: (one.word, one.reason) for entry, one in in_place.items() if one.word is not None}
        gone = {entry: one.gone for entry, one in in_place.items() if one.gone}
        told = {entry: one.told for entry, one in in_place.items() if one.told}
        as_left = {entry: one.places for entry, one in in_place.items() if one.word is None}
        off_unread = opened.why_not_sure(LadderStep.OFF)
        today = replace(
            today,
            drift=drift,
            gone=gone,
            as_left=as_left,
            told=told,
            opened=opened.found,
            may_be_ours=opened.may_be_ours,
            doubts=opened.doubts,
            again=opened.again,
            left_on=opened.left_on,
            servers=opened.on if opened.on is not None else servers_on(connection, trusted),
            off_unread=off_unread,
        )
        problems = [*problems, *not_read, *opened.in_doubt, *opened.secondary.values(), *opened.shut_there.values()]
        rows = self.rows(today, history, problems)
        left = {row.entry for row in rows if answer_of(row).answer is not ReopenAnswer.OPEN}
        asked = [entry for entry in self.entries if entry.id in left]
        fixed = {row.entry for row in rows if row.is_fixed}
        set_too = [entry for entry in self.entries if entry.id in fixed and entry.settings_on_fixed_builds()]
        if not asked and not set_too:
            return rows
        with connection.cached_reads():  # the preconditions ask for virtual servers too
            found = read_configuration(connection, _types([*asked, *set_too]))
            today = replace(today, all_off=_may_be_shown_as_off(asked, rows) and all_switched_off(connection))
        excluded = {}
        for entry in asked:
            answers = [holds(case.when, found) for case in entry.preconditions]
            if answers and all(one.truth is Truth.FALSE for one in answers):
                excluded[entry.id] = "; ".join(dict.fromkeys(answers[0].reasons[:2]))
        known = EntryFacts(tuple(build for build in today.builds.values() if build is not None), found)
        unset = {entry.id: one for entry in set_too if (one := _unset(entry, known)) is not None}
        return self.rows(replace(today, not_by_configuration=excluded, unset=unset), history, problems)

    def unread(self, problem: str, awaited: str = "") -> tuple[LedgerRow, ...]:
        """Return the rows of an appliance that was not read: what the records show that can be read is left.

        :param awaited: of which runs the records are not here, as a sentence; "" where all are
        """
        records, problems = readable_records(self.records, self.appliance.name, self.trust)
        broken = f"{counted(len(problems), 'change record')} cannot be read: what was left here is not known"
        not_here = "; ".join(filter(None, [awaited, broken if problems else ""]))
        today = Today(datetime.now(UTC), problem=problem, awaited=not_here)
        return self.rows(today, History.of(records, today.at))

    def rows(self, today: Today, history: History, problems: Sequence[str] = ()) -> tuple[LedgerRow, ...]:
        """Return the rows, with what the appliance shows today.

        :param problems: the copies on its nodes that are not used, as sentences
        """
        weakness = self._url_weakness()
        rows = rows_of(self.appliance, self.entries, history, today, self.hunt, self.as_of, weakness)
        return tuple(replace(row, conflicts=(*row.conflicts, *problems)) for row in rows)

    def own_records(self) -> list[ChangeRecord]:
        """Return the records of this control node, in the order of their chain."""
        return all_records(self.records, self.appliance.name, self.trust)

    def _in_place(self, connection: Connection, rows: Iterable[LedgerRow]) -> tuple[dict[str, InPlace], list[str]]:
        """Return by entry how our measure is in place now, where the records say that it blocks, and where they say that it only counts and it blocks, or
        is not evaluated any more; and what was not read. After the fix it may be taken off or changed, and only what is in front of it says more of the
        time before: since when it is there nobody knows.
        """
        found: dict[str, InPlace] = {}
        problems: list[str] = []
        there = {row.entry: (row.measure, row.is_fixed is True) for row in rows if row.measure.is_there}
        for entry, (state, is_fixed) in there.items():
            try:
                one = found_in_place(connection, state, self._front(entry))
                if is_fixed:
                    found |= {entry: one} if state.is_blocking and one.lets_past else {}
                elif state.is_blocking or one.word is State.UNPROVEN or one.gone:
                    found[entry] = one
            except TourniquetError as error:
                problems.append(f"what is in place of {entry} was not read: {error}")
        return found, problems

    def _front(self, entry: str) -> FrontReader:
        """:raises InvalidInput: where the measure of the entry cannot be loaded"""
        parameters = RunParameters(
            appliance=self.appliance, owner=Owner(entry, 1), records=self.records, run="", trust=self.trust
        )
        traffic = load_entry_measure(self.catalogue / entry).traffic
        return FrontReader(parameters, traffic, self.acknowledgements, datetime.now(UTC).date())

    def _url_weakness(self) -> Weakness | None:
        found = next((entry for entry in self.entries if entry.id == URL_ENTRY), None)
        return url_weakness_of(found) if found is not None else None

    def answers(self, connection: Connection, customers: Iterable[str]) -> tuple[CustomerAnswer, ...]:
        """Return whether it may be opened again, for each of these customers."""
        reached = {entry.id for entry in self.entries if entry.surface in OPENED}
        return customer_answers(self.appliance.name, tuple(customers), self.read(connection), reached)


def _may_be_shown_as_off(asked: Iterable[Entry], rows: Iterable[LedgerRow]) -> bool:
    """Return True if some weakness is reached through virtual servers that no run of ours has proved to be off."""
    reached = {entry.id for entry in asked if entry.surface in OPENED}
    return any(row.entry in reached and row.course[-1].state is not State.CLOSED for row in rows)


def _types(entries: Iterable[Entry]) -> set[str]:
    """Return the types that the preconditions of some entries ask about, and those of the settings that builds with their fix need too."""
    preconditions = {name for entry in entries for name in entry.types()}
    return preconditions | {setting.type for entry in entries for setting in entry.settings_on_fixed_builds()}


def _unset(entry: Entry, known: EntryFacts) -> tuple[str, bool] | None:
    """Return which setting a build with the fix needs too and does not have, or is not known, and whether it is known; None where nothing is missing."""
    answers = [*missing_settings(entry, known)]
    for truth in (Truth.TRUE, Truth.UNKNOWN):
        answer = next((one for one in answers if one.truth is truth), None)
        if answer is not None:
            return "; ".join(dict.fromkeys(answer.reasons[:2])), truth is Truth.TRUE
    return None


def read_hunt(path: str, appliance: str) -> HuntResult:
    """Return what the report of a hunt says of an appliance.

    :param path: the file ``hunt.json`` of the report; "" where there is none
    :raises InvalidInput: where somebody else could have written it, or it is no report of hunt.yml
    """
    if not path:
        return HuntResult()
    file = Path(path).expanduser()
    try:
        return hunt_result(json.loads(read_privately(file)), appliance)
    except (OSError, ValueError, RecursionError, InvalidInput) as error:
        why = (isinstance(error, OSError) and error.strerror) or str(error)
        raise InvalidInput(
            f"{appliance}: traces: {file} cannot be used: {why.rstrip('.')}. Nothing was sent."
        ) from error
