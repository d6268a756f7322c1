# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Remove everything of ours from one appliance: each measure by a rollback of its own, then the copies of the records and the lock.

A rollback refuses a mitigation that a build still needs, so it is refused here too. The records of all control nodes are fetched before
their copies are deleted, and nothing is deleted where records, copies and chain do not agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.file_limits import DIRECTORY
from ...appliance.nitro.names import DEFAULT
from ...appliance.nitro.node_files import delete_file, list_files
from ...catalogue.run_parameters import RunParameters
from ...change.execution.held_lease import held_lease
from ...change.records.audit import audit
from ...change.records.change_record import ChangeRecord
from ...change.records.fetched_records import fetch_records, keep_records
from ...change.records.record_copies import file_name, stems
from ...change.records.record_list import all_records
from ...foundation.counted import counted
from ...foundation.errors import Refused, TourniquetError
from ...foundation.next_action import AGAIN, Command, advice, carrying
from ..rollback.rollback_per_partition import PartitionedRollback, PartitionedRollbackPlan, PartitionedRollbackResult
from ..rollback.rollback_plan import RollbackParameters
from .leftovers import Leftovers, read_leftovers

MEASURE = "leave"
"""The name in the lock of the run that deletes the copies of the records."""


@dataclass(frozen=True, kw_only=True)
class LeaveParameters:
    """The parameters of a removal.

    :ivar run: those of the run that deletes the files
    :ivar rollback: returns the parameters of the rollback of a measure
    """

    run: RunParameters
    rollback: Callable[[str], RollbackParameters]

    @property
    def where(self) -> str:
        """The name of the appliance."""
        return self.run.appliance.name


def find_leftovers(connection: Connection, parameters: LeaveParameters) -> Leftovers:
    """Read what of ours is left."""
    run = parameters.run
    return read_leftovers(connection, run.records, run.trust, lambda id_: parameters.rollback(id_).measure)


def plan_removal(
    connection: Connection, parameters: LeaveParameters, found: Leftovers
) -> Mapping[str, PartitionedRollbackPlan]:
    """Return the plan of the rollback of each measure. It only reads.

    :raises Refused: with every reason against a removal, of all measures
    """
    plans: dict[str, PartitionedRollbackPlan] = {}
    problems = [f"{parameters.where}: {text}" for text in found.not_read]
    if found.closed:
        problems.append(
            advice(
                f"{parameters.where}: closed by us: {'; '.join(found.closed)}. Open these virtual servers first: reopen.yml, with the step that closed them",
                *(Command("reopen", (("step", str(step)),)) for step in found.steps),
            )
        )
    for measure in found.measures:
        try:
            plans[measure] = PartitionedRollback(connection, parameters.rollback(measure)).plan()
        except TourniquetError as error:
            problems.append(error.told)
    if problems:
        text = " ".join(f"{text.removesuffix('.')}." for text in dict.fromkeys(problems))
        raise Refused(carrying(text, *problems))
    return plans


def remove_measure(
    connection: Connection, parameters: RollbackParameters, half_done: list[PartitionedRollbackPlan]
) -> PartitionedRollbackResult:
    """Roll one measure back.

    :param half_done: gets the plan of a run that fails and leaves something of what it did
    :raises TourniquetError: where it is refused or fails
    """
    rollback = PartitionedRollback(connection, parameters)
    plan = rollback.plan()
    try:
        rollback.carry_out(plan)
    except TourniquetError:
        half_done += [plan] if rollback.leaves_changes else []
        raise
    finally:
        connection.lock_notes += [note for lock in rollback.locks for note in lock.notes]
    return rollback.result(plan)


def remove_files(connection: Connection, parameters: RunParameters) -> int:
    """Fetch the records that only the nodes have, then delete the copies of all records that are here, and the lock.

    :returns: the number of files that were deleted
    :raises Refused: where records, copies and chain do not agree: the copies may be the only evidence
    """
    records, host, trust = parameters.records, parameters.appliance.name, parameters.trust
    deleted: list[str] = []
    cleaned: list[str] = []
    with held_lease(connection, parameters) as lease, lease.loss_told(lambda: _left(deleted)):
        fetched, _left_alone = fetch_records(connection, records, host, trust)
        keep_records(fetched, records, host)
        differences = audit(connection, records, host, trust=trust).differences
        if differences:
            raise Refused(
                advice(
                    f"{host}: records, copies or chain do not agree, so no copy was deleted: {'; '.join(differences[:3])}. See audit.yml",
                    Command("audit"),
                )
            )
        known = [record for record in all_records(records, host, trust) if record.provenance.is_trusted]
        own = {record.path.stem for record in known}
        try:
            with connection.inside(DEFAULT):  # where the files are
                for member in connection.members:
                    present = stems(list_files(member.session))
                    for name in (file_name(stem, state) for stem in own & present.keys() for state in present[stem]):
                        lease.confirm(member.session)
                        delete_file(member.session, name, DIRECTORY)
                        deleted.append(name)
                    cleaned.append(str(member.session.node))
        finally:
            _note_deleted(known, cleaned)
    connection.lock_notes += lease.lock.notes
    return len(deleted)


def _left(deleted: Sequence[str]) -> str:
    """Return what a removal leaves that may write nothing any more, as sentences."""
    number = counted(len(deleted), "copy of a record was", "copies of records were")
    text = f"{number} deleted, the others are still there: when the other run has ended, run leave.yml -e remove=true again"
    return advice(text, AGAIN)


def _note_deleted(records: list[ChangeRecord], nodes: list[str]) -> None:
    """Note in the records that these nodes have no copy any more, so that an audit does not miss it."""
    for record in records:
        if not set(nodes).isdisjoint(record.copies):
            record.note(copies=[node for node in record.copies if node not in nodes])
