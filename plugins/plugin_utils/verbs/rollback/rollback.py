# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Remove a measure from one appliance, and prove its absence by reading: an appliance that is down is a failure."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from ...appliance.nitro.connection import Connection
from ...catalogue.run_parameters import Unsaved
from ...change.execution.change import Change
from ...change.execution.change_transaction import ChangeTransaction
from ...change.execution.file_delivery import FileChanges, delete_unused_files
from ...change.execution.held_lease import held_lease
from ...change.planning.missing_files import named_files
from ...change.records.appliance_lock import ApplianceLock, may_have_left_lock, release_left_lock
from ...change.records.fetched_records import keep_records
from ...change.records.hash_chain import FOUND_UNDONE
from ...change.records.record_list import in_chain_order
from ...change.records.record_states import RecordKind
from ...change.records.usable_records import known_records
from ...foundation.errors import TourniquetError
from ..deployment.kept_findings import keep_found
from .retire_proof import RetireProof
from .rollback_plan import RollbackParameters, RollbackPlan, RollbackReason
from .rollback_planner import RollbackPlanner
from .rollback_proof import RollbackProof


@dataclass(frozen=True, kw_only=True)
class RollbackResult:
    """A rollback in one partition as far as it came.

    :ivar changed: something was written, or would be in check mode
    :ivar remarks: what stays as it is, what a person should know, in words
    :ivar record: the path of the change record; "" if there is none
    :ivar saved: what is ours is saved; None if a failure left that unknown
    """

    plan: RollbackPlan
    remarks: tuple[str, ...]
    saved: bool | None
    changed: bool = False
    record: str = ""
    probes_sent: int = 0

    @classmethod
    def of_plan(cls, plan: RollbackPlan) -> RollbackResult:
        """The result in check mode."""
        return cls(plan=plan, remarks=plan.remarks, saved=not plan.must_save, changed=bool(plan.steps))


class Rollback:
    """One rollback on one open connection: :meth:`plan` finds out what to do, :meth:`carry_out` does it.

    :ivar transaction: the transaction of the run, once there is one
    """

    def __init__(self, connection: Connection, parameters: RollbackParameters) -> None:
        self.connection = connection
        self.parameters = parameters
        self.transaction: ChangeTransaction | None = None
        self._remarks: list[str] = []
        self._proof: RollbackProof | None = None
        self._is_done = False

    def plan(self) -> RollbackPlan:
        """Compute the steps. Reads only.

        :raises Refused: if a node needs the mitigation, or somebody else has changed what would be removed
        """
        with self.connection.primary.cached_reads():
            return RollbackPlanner(self.connection, self.parameters).plan()

    def carry_out(self, plan: RollbackPlan) -> None:
        """Carry out a plan; :meth:`result` says how far it came.

        :raises TourniquetError: if a step failed or legitimate traffic was harmed; the steps have been undone, or the message says which were not
        """
        proof = RetireProof if self.parameters.why == RollbackReason.RETIRE else RollbackProof
        self._proof = proof(self.connection, self.parameters, plan)
        if not plan.writes:
            self._finish_earlier_run(plan, self._proof)
            return
        self.transaction = ChangeTransaction(
            self.connection,
            self.parameters,
            self._change(plan),
            self._proof,
            lambda: self.plan().is_same(plan),
            is_noted=True,
        )
        self.transaction.run_noted()
        self._is_done = True

    def keep_found(self) -> None:
        """Where it is refused, write a record of what is bound beside ours if no run has found it so: once it is gone nothing shows it."""
        parameters = self.parameters
        with contextlib.suppress(TourniquetError):  # the refusal is what is told
            usable = known_records(self.connection, parameters, parameters.measure.reach).inside(parameters.scope)
            told = in_chain_order([*usable.records, *usable.beside])
            is_mitigation = parameters.measure.traits.course.depends_on_build
            keep_found(self.connection, parameters, told, usable.fetched, depends_on_build=is_mitigation)

    @property
    def lock(self) -> ApplianceLock | None:
        """The lock of the run, once it is taken."""
        return None if self.transaction is None else self.transaction.lock

    @property
    def leaves_changes(self) -> bool:
        """True if something that the run wrote is on the appliance now, or may be."""
        return self.transaction is not None and self.transaction.leaves_changes

    def result(self, plan: RollbackPlan) -> RollbackResult:
        """Return how far the run came; valid after a failure too."""
        transaction, proof = self.transaction, self._proof
        ran = (*(proof.remarks if proof else ()), *self._remarks, *(transaction.remarks if transaction else ()))
        return RollbackResult(
            plan=plan,
            remarks=(*plan.remarks, *ran),
            saved=transaction.saved if transaction else not plan.must_save,
            changed=self._is_done,
            record=str(transaction.record.path) if transaction and transaction.record else "",
            probes_sent=proof.prober.sent if proof else 0,
        )

    def _finish_earlier_run(self, plan: RollbackPlan, proof: RollbackProof) -> None:
        """Nothing is to be written: finish what a rollback left that died at its end."""
        parameters = self.parameters
        keep_records(plan.fetched, parameters.records, parameters.appliance.name)
        directory = parameters.measure.traits.writing.file_directory
        if directory and may_have_left_lock(self.connection, parameters):
            # An apply that died before its first step may have left files.
            with held_lease(self.connection, parameters) as lease:
                self._remarks += delete_unused_files(
                    self.connection, parameters.owner, directory, plan.keep_files, lease.confirm
                )
            self.connection.lock_notes += lease.lock.notes
        else:
            release_left_lock(self.connection, parameters)
        proof.check_secondary()
        for undone in plan.undoes:
            undone.note(undone_by=FOUND_UNDONE)

    def _change(self, plan: RollbackPlan) -> Change:
        parameters = self.parameters
        before = named_files(step.before for step in plan.steps)
        save_first = parameters.unsaved == Unsaved.SAVE_FIRST
        return Change(
            kind=RecordKind.ROLLBACK,
            noun="the removal" if parameters.why == RollbackReason.RETIRE else "the rollback",
            playbook=parameters.playbook(f"{parameters.verb}.yml"),
            seal=plan.seal,
            planned_at=plan.planned_at,
            writes=plan.writes,
            steps=plan.steps,
            stages=plan.checkpoints,
            files=FileChanges(
                directory=parameters.measure.traits.writing.file_directory,
                keep=plan.keep_files,
                keep_if_undone=plan.keep_files | before,
            ),
            save_first=save_first and bool(plan.foreign_lines),
            saves_others=save_first,
            must_save=plan.must_save,
            saved=not plan.must_save,
            records=plan.undoes,
            fetched=plan.fetched,
        )
