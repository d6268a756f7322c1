# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rollback in all admin partitions of one appliance, with one result."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT, is_stand_in, texts_of
from ...appliance.nitro.partitions import UNREADABLE, read_partitions
from ...change.partition_runner import PartitionRunner, back_to_default, in_partition
from ...change.records.change_record import ChangeRecord
from ...change.records.continued_runs import applies, of_last_run
from ...change.records.fetched_records import note_copies
from ...change.records.usable_records import known_records, own_records
from ...foundation.errors import Refused, TourniquetError
from ...foundation.next_action import joined
from ...policies.conflicts import without_protection
from ...policies.protection import in_partitions
from .rollback import Rollback, RollbackResult
from .rollback_plan import RollbackParameters, RollbackPlan


@dataclass(frozen=True)
class PartitionedRollbackPlan:
    """A rollback in every partition that has something of ours, or had.

    :ivar partitions: the plans by partition
    :ivar remarks: what concerns the whole appliance, in words
    :ivar is_left_elsewhere: a run of ours is in force in a partition that the rollback does not touch
    """

    partitions: Mapping[str, RollbackPlan]
    remarks: tuple[str, ...] = ()
    is_left_elsewhere: bool = False

    @property
    def is_plain(self) -> bool:
        """True if there is only the default partition, and nothing to say of others."""
        return list(self.partitions) == [DEFAULT] and not self.remarks

    @property
    def features_left(self) -> tuple[str, ...]:
        """Which features stay on that were off before us, in words."""
        return tuple(dict.fromkeys(text for plan in self.partitions.values() for text in plan.features_left))

    @property
    def takes_away(self) -> tuple[str, ...]:
        """The services from which it takes protection away although a node needs it, in words."""
        return tuple(in_partitions({name: plan.takes_away for name, plan in self.partitions.items()}))

    @property
    def has_steps(self) -> bool:
        return any(plan.steps for plan in self.partitions.values())

    @property
    def leaves_earlier_runs(self) -> bool:
        """True if nothing is undone, because the last run is undone already, and runs before it are in force."""
        runs = (record for plan in self.partitions.values() for record in applies(plan.records))
        return not self.has_steps and (self.is_left_elsewhere or any(not record.undone_by for record in runs))


@dataclass(frozen=True)
class PartitionedRollbackResult:
    """A rollback in every partition as far as it came; the fields are those of the plan."""

    plan: PartitionedRollbackPlan
    partitions: Mapping[str, RollbackResult]

    @classmethod
    def of_plan(cls, plan: PartitionedRollbackPlan) -> PartitionedRollbackResult:
        """The result in check mode."""
        return cls(plan, {name: RollbackResult.of_plan(own) for name, own in plan.partitions.items()})


class PartitionedRollback(PartitionRunner[Rollback]):
    """One rollback on one open connection, in all partitions; see :class:`.rollback.Rollback`."""

    def __init__(self, connection: Connection, parameters: RollbackParameters) -> None:
        super().__init__(connection)
        self.parameters = parameters
        self.where = parameters.appliance.name

    def plan(self) -> PartitionedRollbackPlan:
        """Compute the steps in all partitions. Reads only.

        :raises Refused: if one of them cannot be rolled back, or protection would be taken away and nobody answers for it
        """
        connection, parameters = self.connection, self.parameters
        note_copies(connection, parameters)
        found = None if connection.is_cluster else read_partitions(connection.primary)
        if found is None and not connection.is_cluster:
            raise Refused(f"{self.where}: {UNREADABLE}. Nothing was changed.")
        unusable = [name for name in found or () if is_stand_in(name)]
        present = [DEFAULT, *(name for name in found or () if name not in unusable)]
        reach = parameters.measure.reach
        # Only partitions make it necessary to know the runs of other control nodes before the partitions are planned.
        usable = known_records(connection, parameters, reach) if found else own_records(parameters, reach)
        # Where a record is left alone, the plan of its partition refuses the rollback.
        records = [*usable.records, *(one.record for one in usable.left_out if one.is_in_force)]
        wanted = present if parameters.removes_all else _last_run(records, present)
        plans: dict[str, RollbackPlan] = {}
        with back_to_default(connection):
            for name in wanted:
                connection.enter(name)
                rollback = self.runs[name] = Rollback(connection, parameters.inside(name))
                plans[name] = rollback.plan()
        removed = {record.partition for record in records if record.touched and not record.undone_by} - set(present)
        remarks = [f"partition {name} no longer exists, nor does the measure in it" for name in sorted(removed)]
        remarks += texts_of(one for one in connection.primary.unusable_names if one.stand_in in unusable)
        elsewhere = (one for one in applies(records) if one.partition in present and one.partition not in plans)
        is_left = any(not record.undone_by for record in elsewhere)
        plan = PartitionedRollbackPlan(plans, tuple(remarks), is_left)
        self._require_a_person(plan)
        return plan

    def _require_a_person(self, plan: PartitionedRollbackPlan) -> None:
        """:raises Refused: where protection would be taken away, and nobody is named who decides it, or no reason"""
        given = {"who": self.parameters.who, "reason": self.parameters.reason}
        if not self.parameters.is_preview:
            for refusal in without_protection(plan.takes_away, given):
                raise Refused(f"{self.where}: {refusal} Nothing was changed.")

    def carry_out(self, plan: PartitionedRollbackPlan) -> None:
        """Carry out a plan, one partition after the other; :meth:`result` says how far it came.

        :raises TourniquetError: if one failed; the partitions after it were not begun
        """
        outcome = self.work_on([*plan.partitions], lambda name: self.runs[name].carry_out(plan.partitions[name]))
        for name, error in outcome.failures.items():
            if plan.is_plain:
                raise error
            not_started = f" {outcome.not_started_text}." if outcome.not_started else ""
            raise outcome.error(joined("", in_partition(name, error.told), not_started)) from error

    def keep_found(self) -> None:
        """Keep in a record what each partition shows that was looked at, where the run is refused; see :meth:`.rollback.Rollback.keep_found`."""
        for name, run in self.runs.items():
            with contextlib.suppress(TourniquetError), self.connection.inside(name):  # the refusal is what is told
                run.keep_found()

    def result(self, plan: PartitionedRollbackPlan) -> PartitionedRollbackResult:
        """Return how far the run came; valid after a failure too."""
        results = {name: self.runs[name].result(own) for name, own in plan.partitions.items()}
        return PartitionedRollbackResult(plan, results)


def _last_run(records: list[ChangeRecord], present: list[str]) -> list[str]:
    """Return the partitions in which the last run is the last one that changed any, with the runs that it continues; the default one if no run changed any."""
    newest = {record.partition: record.name for record in applies(records)}
    last = [record.partition for record in of_last_run(records) if newest[record.partition] == record.name]
    return [name for name in present if name in last] or [DEFAULT]
