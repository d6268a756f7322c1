# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Remove a measure from one appliance, and prove its absence by reading: an appliance that is down is a failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Unsaved
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import CaseSession
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.change import (
    Change,
    Harm,
    Proof,
    ProofFindings,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.change_transaction import (
    ChangeTransaction,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.file_delivery import (
    FileChanges,
    delete_unused_files,
    named_files,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.read_back import Objects
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.secondary import (
    differences_on_secondary,
    ensure_secondary_saved,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.write_permission import ConfirmLease
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.virtual_servers import read_vips
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.rollback_plan import (
    RollbackParameters,
    RollbackPlan,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.rollback_planner import RollbackPlanner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.probes import (
    Prober,
    VipProof,
    harmed,
    probe_vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.appliance_lock import (
    ApplianceLock,
    may_have_left_lock,
    release_left_lock,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.fetched_records import keep_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.hash_chain import FOUND_UNDONE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_states import READ_BACK, RecordKind


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


class RollbackProof(Proof):
    """The absence was read back; the probes look for harm only, and the secondary must have followed.

    :ivar remarks: what of the secondary a person should know, in words
    """

    def __init__(self, connection: Connection, parameters: RollbackParameters, plan: RollbackPlan) -> None:
        self.connection = connection
        self.parameters = parameters
        self.plan = plan
        self.prober = Prober(
            parameters.run,
            parameters.appliance.probe_from,
            budget=connection.budget,
            before_request=connection.keep_lease,
        )
        self.remarks: list[str] = []
        self._vips: Sequence[Vip] = ()
        self._before: tuple[VipProof, ...] = ()
        self._secondary_followed = False

    def before(self) -> None:
        appliance = self.parameters.appliance
        if self.parameters.probe and appliance.probe:
            self._vips = appliance.vips if appliance.vips is not None else read_vips(self.connection.primary)
            self.remarks += [vip.not_probed for vip in self._vips if vip.withheld]
        if self.plan.steps:
            self._before = self.probe_controls()

    def record_facts(self) -> Mapping[str, Any]:
        return {"why": str(self.parameters.why), "undoes": [record.name for record in self.plan.undoes]}

    def after(self, objects: Objects) -> ProofFindings:
        self._secondary_followed = self.check_secondary()
        proofs = self.probe_controls() if self.plan.steps else ()
        harm = "; ".join(harmed(self._before, proofs))
        without_save = self.parameters.unsaved == Unsaved.APPLY_WITHOUT_SAVE and bool(self.plan.foreign_lines)
        return ProofFindings(
            facts={"state": READ_BACK, "controls": [proof.summary() for proof in proofs]},
            harm=Harm("legitimate traffic was harmed", harm) if harm else None,
            may_save=not without_save,
        )

    def save_secondary(self, record: ChangeRecord, confirm_lease: ConfirmLease) -> None:
        secondary = self.connection.secondary
        if secondary is not None and self._secondary_followed:
            problem = ensure_secondary_saved(secondary, self.parameters, [*self.plan.records, record], confirm_lease)
            self.remarks += [problem] if problem else []

    def finished(self, record: ChangeRecord) -> None:
        for undone in self.plan.undoes:
            undone.note(undone_by=record.name)

    def check_secondary(self) -> bool:
        """Read if what is removed is gone from the secondary too; otherwise a failover restores it."""
        secondary, plan = self.connection.secondary, self.plan
        if self.connection.secondary_problem:
            self.remarks.append(self.connection.secondary_problem)
            return False
        # What never reached the primary, or is already gone there, may still be on the secondary.
        expected = plan.wanted.items() if plan.undoes or plan.writes else ()
        steps = [*(Step(*id_, None, after) for id_, after in expected), *plan.steps]
        if secondary is None or not steps:
            return True
        try:
            wrong = differences_on_secondary(secondary, steps)
        except TourniquetError as error:
            wrong = [str(error)]
        self.remarks += [f"the secondary {secondary.node.host} did not follow: {text}" for text in wrong]
        return not wrong

    def probe_controls(self) -> tuple[VipProof, ...]:
        """Send one legitimate request to each VIP."""
        parameters = self.parameters
        controls = [
            case for case in parameters.measure.traffic.legitimate if case.probe and case.session != CaseSession.WITH
        ]
        by_vip = {
            vip: [case for case in controls if case.is_at(f"{vip.kind} vserver {vip.name}")][:1] for vip in self._vips
        }
        return tuple(
            probe_vip(self.prober, vip, own, parameters.measure, parameters.appliance.marker)
            for vip, own in by_vip.items()
            if vip.probe and own
        )


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
        return RollbackPlanner(self.connection, self.parameters).plan()

    def carry_out(self, plan: RollbackPlan) -> None:
        """Carry out a plan; :meth:`result` says how far it came.

        :raises TourniquetError: if a step failed or legitimate traffic was harmed; the steps have been undone, or the message says which were not
        """
        self._proof = RollbackProof(self.connection, self.parameters, plan)
        if not plan.writes:
            self._finish_earlier_run(plan, self._proof)
            return
        self.transaction = ChangeTransaction(
            self.connection, self.parameters, self._change(plan), self._proof, lambda: self.plan().is_same(plan)
        )
        self.transaction.run()
        self._is_done = True

    @property
    def lock(self) -> ApplianceLock | None:
        """The lock of the run, once it is taken."""
        return None if self.transaction is None else self.transaction.lock

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
        directory = parameters.measure.file_directory
        if directory and may_have_left_lock(self.connection, parameters):
            # An apply that died before its first step may have left files.
            with ApplianceLock(self.connection, parameters) as lock:
                self._remarks += delete_unused_files(
                    self.connection, parameters.owner, directory, plan.keep_files, lock.confirm
                )
            self.connection.lock_notes += lock.notes
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
            noun="the rollback",
            playbook="rollback.yml",
            seal=plan.seal,
            planned_at=plan.planned_at,
            writes=plan.writes,
            steps=plan.steps,
            files=FileChanges(
                directory=parameters.measure.file_directory,
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
