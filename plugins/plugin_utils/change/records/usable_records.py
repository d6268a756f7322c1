# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The change records that a run may act upon: authenticated, covered by :mod:`authority`, and in the order of their chain.

Every verb takes its records from here. A record that is left out changes nothing, restores nothing and explains nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...appliance.nitro.connection import Connection
from ...catalogue.measure import Reach
from ...catalogue.run_parameters import RunParameters
from ...foundation.foreign_text import printable
from .authority import restored_objections, step_objections
from .change_record import ChangeRecord
from .fetched_records import fetch_records
from .hash_chain import clock_remarks
from .record_list import all_records, in_chain_order
from .record_states import Outcome, RecordKind
from .untrusted_records import fix_of


@dataclass(frozen=True)
class LeftOut:
    """A record of the measure that no run acts upon.

    :ivar why: the reason, as a clause
    :ivar fix: what a person can do, as a sentence
    """

    record: ChangeRecord
    why: str
    fix: str

    @property
    def is_in_force(self) -> bool:
        """True if the record says that its run changed something that no run has undone or reopened."""
        changes = self.record.kind in (RecordKind.APPLY, RecordKind.LOCKDOWN)
        return changes and bool(self.record.touched) and not self.record.undone_by

    @property
    def what(self) -> str:
        """The record and its place."""
        origin = self.record.origin
        if origin:
            return f"the copy on {origin.node} of the record {self.record.name}"
        return f"the record {self.record.path}"

    def text(self, where: str) -> str:
        """Return it as sentences.

        :param where: the host
        """
        return printable(f"{where}: {self.what} is left alone: {self.why}. {self.fix}")


@dataclass(frozen=True)
class UsableRecords:
    """The records of one measure on one appliance.

    :ivar records: those that a run may act upon, in the order of the chain
    :ivar left_out: those that it may not act upon
    :ivar fetched: those of the first that only the nodes had; they are not in our directory yet
    :ivar problems: the copies on the nodes that are not used, as sentences
    :ivar chain: the JSON of all records of the appliance, by name
    :ivar beside: the trusted records of other measures that say what was bound beside this one
    """

    records: tuple[ChangeRecord, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    fetched: tuple[ChangeRecord, ...] = ()
    problems: tuple[str, ...] = ()
    chain: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    beside: tuple[ChangeRecord, ...] = ()

    @property
    def in_force_left_out(self) -> list[LeftOut]:
        """The records that no run may act upon, and that say that what they changed is still in place."""
        return [one for one in self.left_out if one.is_in_force]

    def inside(self, partition: str) -> UsableRecords:
        """Return those of one admin partition; all fetched ones and problems stay."""
        return replace(
            self,
            records=tuple(record for record in self.records if record.partition == partition),
            left_out=tuple(one for one in self.left_out if one.record.partition == partition),
            beside=tuple(record for record in self.beside if record.partition == partition),
        )

    def remarks(self, where: str) -> list[str]:
        """Return what a person should know of them, as sentences.

        :param where: the host
        """
        names = {record.name for record in self.records}
        clocks = clock_remarks(self.chain, names)
        return [*self.problems, *(one.text(where) for one in self.left_out), *clocks]


def own_records(parameters: RunParameters, reach: Reach) -> UsableRecords:
    """Return the records in the directory of this control node.

    :raises InvalidInput: where a record cannot be read
    """
    return _usable(all_records(parameters.records, parameters.appliance.name, parameters.trust), (), reach)


def other_runs(parameters: RunParameters) -> tuple[ChangeRecord, ...]:
    """Return our trusted records of other measures, where the run does not take their unsaved changes for those of others.

    :raises InvalidInput: where a record cannot be read
    """
    return runs_of_other_measures(parameters) if parameters.knows_other_runs else ()


def runs_of_other_measures(parameters: RunParameters, fetched: Sequence[ChangeRecord] = ()) -> tuple[ChangeRecord, ...]:
    """Return our trusted records of other measures in the partition of the run.

    :param fetched: those that only the nodes have
    :raises InvalidInput: where a record cannot be read
    """
    records = all_records(parameters.records, parameters.appliance.name, parameters.trust)
    return tuple(
        one
        for one in (in_chain_order([*records, *fetched]) if fetched else records)
        if one.provenance.is_trusted and one.measure != parameters.owner.measure and one.partition == parameters.scope
    )


def known_records(connection: Connection, parameters: RunParameters, reach: Reach) -> UsableRecords:
    """Return the records of this control node, and those that only the nodes have.

    If a rollback and the run that it undid are of two control nodes, the run is marked as undone.

    :raises InvalidInput: where a record of this control node cannot be read
    """
    where = parameters.appliance.name
    fetched, problems = fetch_records(connection, parameters.records, where, parameters.trust)
    own = all_records(parameters.records, where, parameters.trust)
    return replace(_usable(own, fetched, reach), problems=tuple(problems))


def _usable(own: Iterable[ChangeRecord], fetched: Sequence[ChangeRecord], reach: Reach) -> UsableRecords:
    ordered = in_chain_order({record.name: record for record in (*own, *fetched)}.values())
    chain = {record.name: record.content.values for record in ordered}
    usable: list[ChangeRecord] = []
    left_out: list[LeftOut] = []
    for record in ordered:
        if record.measure == reach.measure:
            reason = _reason_to_leave_out(record, usable, reach)
            if reason is None:
                usable.append(record)
            else:
                left_out.append(reason)
    mark_undone(usable)
    skipped = {one.record.name for one in left_out}
    others = (one for one in ordered if one.measure != reach.measure and one.provenance.is_trusted)
    return UsableRecords(
        tuple(usable),
        tuple(left_out),
        tuple(record for record in fetched if record.name not in skipped),
        (),
        chain,
        tuple(one for one in others if reach.measure in one.content.found_beside),
    )


def _reason_to_leave_out(record: ChangeRecord, earlier: Sequence[ChangeRecord], reach: Reach) -> LeftOut | None:
    """Return why a record is left out; None where a run may act upon it.

    :param earlier: the usable records before it, by the chain
    """
    provenance = record.provenance
    if not provenance.is_trusted:
        return LeftOut(record, provenance.problem, fix_of(record))
    objections = step_objections(record, reach, earlier) or restored_objections(record, earlier)
    if not objections:
        return None
    more = f" (and {len(objections) - 1} more)" if len(objections) > 1 else ""
    fix = "Change that object yourself, if it has to be changed"
    if record.is_fetched:
        fix += ", and do not accept that record"
    else:
        fix += ". Restore the file from a backup, or move it out of the directory of records"
    return LeftOut(record, f"{objections[0]}{more} (the record is {provenance.text})", f"{fix}.")


def mark_undone(records: Sequence[ChangeRecord]) -> None:
    """Mark the runs of one control node that a rollback of another one has undone.

    :param records: oldest first
    """
    by_name = {record.name: record for record in records}
    for record in records:
        # A rollback with a problem was not saved, and has to be repeated.
        if record.kind is not RecordKind.ROLLBACK or record.outcome is not Outcome.APPLIED or record.problem:
            continue
        for undone in filter(None, map(by_name.get, record.undoes)):
            of_two = record.is_fetched or undone.is_fetched
            if of_two and not undone.undone_by and undone.partition == record.partition:
                undone.content = undone.content.with_values(undone_by=record.name)
