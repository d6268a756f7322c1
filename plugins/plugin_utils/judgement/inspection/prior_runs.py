# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the change records of other runs that only the nodes have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...appliance.nitro.connection import Connection
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...catalogue.run_parameters import ResolvedParameters
from ...change.planning.planner import State
from ...change.records.appliance_lock import LockFacts
from ...change.records.change_record import ChangeRecord
from ...change.records.fetched_records import others_have_run
from ...change.records.lock_content import LockStatus
from ...change.records.usable_records import LeftOut, UsableRecords, known_records


@dataclass(frozen=True)
class RecordFacts:
    """The change records of the measure that a run may act upon, in the order of the chain.

    :ivar known: all records, those of other control nodes included
    :ivar fetched: the records that only the nodes had; they are not yet on this control node's disk
    :ivar problems: the records and copies that are left alone, and clocks that were wrong
    :ivar left_out: the records that a run may not act upon
    """

    known: tuple[ChangeRecord, ...] = ()
    fetched: tuple[ChangeRecord, ...] = ()
    problems: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


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
    return RecordFacts(usable.records, usable.fetched, remarks, usable.left_out)


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
