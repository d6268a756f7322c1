# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the change records of other runs that only the nodes have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from ...appliance.nitro.connection import Connection
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...catalogue.run_parameters import ResolvedParameters
from ...change.planning.planner import State
from ...change.records.appliance_lock import LockFacts
from ...change.records.change_record import ChangeRecord
from ...change.records.fetched_records import others_have_run
from ...change.records.hash_chain import Content, ancestors, time_order
from ...change.records.lock_content import LockStatus
from ...change.records.usable_records import LeftOut, UsableRecords, known_records
from ...foundation.moments import CLOCK_SKEW


@dataclass(frozen=True)
class RecordFacts:
    """The change records of the measure that a run may act upon, in the order of the chain.

    :ivar known: all records, those of other control nodes included
    :ivar fetched: the records that only the nodes had; they are not yet on this control node's disk
    :ivar problems: the records and copies that are left alone, and clocks that were wrong
    :ivar left_out: the records that a run may not act upon
    :ivar chain: the records of all measures, which tell the order of these
    :ivar beside: the records of other measures that say what was bound beside this one
    """

    known: tuple[ChangeRecord, ...] = ()
    fetched: tuple[ChangeRecord, ...] = ()
    problems: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    chain: Mapping[str, Content] = field(default_factory=dict)
    beside: tuple[ChangeRecord, ...] = ()

    @cached_property
    def told(self) -> tuple[ChangeRecord, ...]:
        """The same records; those between which the chain does not decide by their times, and by no digest: for what is told, and for no step."""
        by_name = {record.name: record for record in self.known}
        return tuple(by_name[name] for name in time_order(self._whole) if name in by_name)

    @cached_property
    def told_beside(self) -> tuple[ChangeRecord, ...]:
        """Those, and the records of other measures that say what was bound beside it, in the same order."""
        by_name = {record.name: record for record in (*self.known, *self.beside)}
        return tuple(by_name[name] for name in time_order(self._whole) if name in by_name)

    @cached_property
    def _whole(self) -> Mapping[str, Content]:
        return {**self.chain, **{one.name: one.content.values for one in (*self.known, *self.beside)}}

    def in_doubt(self, last: ChangeRecord) -> Iterator[ChangeRecord]:
        """Yield the records told before one of which neither the chain nor their times show that they are: clocks may differ by an hour."""
        before = ancestors(last.name, self._whole)
        for one in self.told[: self.told.index(last)]:
            if one.name not in before and _time_of(last) - _time_of(one) <= CLOCK_SKEW:
                yield one


def _time_of(record: ChangeRecord) -> datetime:
    return datetime.fromisoformat(record.finished or record.started)


def complete_records(
    connection: Connection,
    parameters: ResolvedParameters,
    own: UsableRecords,
    state: State,
    lock: LockFacts,
) -> RecordFacts:
    """Read the copies of records on the nodes if the records of this control node do not explain what was found, or others have run since it is there.

    :param own: the records of this control node
    """
    foreign_lock = lock.state is not None and lock.state.status is not LockStatus.OWN
    usable = own
    is_there = any(parameters.owner.owns(object_id, attributes) for object_id, attributes in state.objects.items())
    if (
        foreign_lock
        or _unexplained(parameters, own.records, state)
        or (is_there and others_have_run(connection, own.chain))
    ):
        usable = known_records(connection, parameters, parameters.measure.reach).inside(parameters.scope)
    remarks = tuple(usable.remarks(parameters.appliance.name))
    return RecordFacts(usable.records, usable.fetched, remarks, usable.left_out, usable.chain, usable.beside)


def _unexplained(parameters: ResolvedParameters, records: Iterable[ChangeRecord], state: State) -> bool:
    """Return True if some object of ours is in a state that no step of the records left it in."""
    left: dict[ObjectId, list[Attributes | None]] = {}
    for step in (step for record in records for step in record.touched):
        left.setdefault(step.object_id, []).append(step.after)
    return any(
        parameters.owner.owns(object_id, attributes)
        and not any(TYPES[object_id[0]].same(attributes, after) for after in left.get(object_id, ()))
        for object_id, attributes in state.objects.items()
    )
