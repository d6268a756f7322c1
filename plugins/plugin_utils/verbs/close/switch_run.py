# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The common part of a lockdown and a reopening: plan which virtual servers to switch, and carry it out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import texts_of
from ...appliance.nitro.partitions import read_partitions
from ...appliance.object_reads.vserver_reads import read_sessions, read_usage, read_vservers
from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.steps import Step
from ...appliance.objects.virtual_servers import Usage, Vserver
from ...catalogue.run_parameters import Unsaved
from ...change.execution.change import Change
from ...change.execution.change_transaction import ChangeTransaction
from ...change.execution.secondary import secondary_save_state
from ...change.partition_runner import OnFailure
from ...change.planning.unsaved_changes import unsaved_work
from ...change.records import closures
from ...change.records.appliance_lock import ApplianceLock, check_lock, release_left_lock
from ...change.records.change_record import ChangeRecord
from ...change.records.closures import ClosedVserver
from ...change.records.fetched_records import keep_records
from ...change.records.record_states import RecordKind
from ...change.records.usable_records import known_records, other_runs
from ...foundation.errors import Refused
from ...foundation.host_setting import option_for
from ...judgement.proof.probes import Prober
from ...judgement.proof.verdict_table import Verdict
from ..deployment.change_plan import require_all_usable, require_no_foreign_changes
from .decision import (
    VserverChoice,
    closed_already,
    closed_without_consent,
    not_agreed,
    not_extended,
    unknown_owners,
    unmatched,
    unusable,
)
from .switch_plan import Switches, SwitchParameters, SwitchPlan, SwitchResult, VserverChoices
from .switch_proof import SwitchProof, compare_secondary_switches, may_save

CLUSTER = "this is a cluster, whose virtual servers Tourniquet cannot switch yet"


class SwitchRun(ABC):
    """One run on one open connection: :meth:`plan` finds out what to do, :meth:`carry_out` does it.

    :ivar transaction: the transaction of the run, once there is one
    """

    kind: ClassVar[RecordKind]
    playbook: ClassVar[str]
    targets_answer: ClassVar[bool]
    acts_on_records: ClassVar[bool]
    on_failure: ClassVar[OnFailure]

    def __init__(self, connection: Connection, parameters: SwitchParameters) -> None:
        self.connection = connection
        self.parameters = parameters
        self.where = parameters.appliance.name
        self.prober = Prober(
            parameters.run,
            parameters.appliance.probe_from,
            budget=connection.budget,
            before_request=connection.keep_lease,
        )
        self.transaction: ChangeTransaction | None = None
        self._proof: SwitchProof | None = None
        self._is_done = False

    @abstractmethod
    def _choose(self, vservers: list[Vserver]) -> list[VserverChoice]:
        """Decide which virtual servers are in scope."""

    @abstractmethod
    def _switches(self, chosen: VserverChoices, ours: dict[ObjectId, ClosedVserver]) -> Switches:
        """Compute the steps.

        :param ours: the virtual servers that our records say are closed by us
        """

    @abstractmethod
    def _contradiction(self, vserver: Vserver, answer: str) -> str:
        """Say that a virtual server does not behave as switched."""

    def _verdict(self, result: SwitchResult, records: Sequence[ChangeRecord]) -> Verdict | None:
        """Return the verdict on a plan, or on what was done."""
        return None

    # -- the plan -----------------------------------------------------------------------------------------------------

    def plan(self) -> SwitchPlan:
        """Compute the steps. Reads only, and sends no probe.

        A record that is not trusted does not keep virtual servers open; none is opened while there is one.

        :raises Refused: if the state of the appliance is not known, others have unsaved changes, or a reopening finds such a record
        """
        parameters = self.parameters
        self._require_one_configuration()
        vservers, unread = self._read_vservers()
        all_vservers = (*vservers, *parameters.elsewhere)
        usable = known_records(self.connection, parameters, closures.REACH).inside(parameters.scope)
        if self.acts_on_records:
            require_all_usable(self.where, usable)
        records = usable.records
        chosen = VserverChoices(tuple(self._choose(vservers)))
        closed = closures.closed_by_us(records)
        switches = self._switches(chosen, closed)
        asked = (chosen.choices, parameters.wanted, parameters.appliance, parameters.scope)
        usage, sessions = self._read_usage(chosen, switches)
        ours = [record for record in records if record.kind in (closures.LOCKDOWN, closures.REOPEN)]
        secondary_unsaved, unreadable = secondary_save_state(self.connection, parameters, ours)
        unsaved = unsaved_work(self.connection, parameters.owner, records, other_runs(parameters))
        require_no_foreign_changes(self.where, parameters.unsaved, unsaved, switches.steps)
        plan = SwitchPlan(
            chosen=chosen,
            switches=switches,
            usage=usage,
            sessions=sessions,
            remarks=(
                *unknown_owners(all_vservers, parameters.appliance),
                *usable.remarks(self.where),
                *switches.remarks,
            ),
            unmatched=tuple(unmatched(all_vservers, parameters.wanted, parameters.appliance)),
            not_agreed=tuple(not_agreed(*asked)),
            not_extended=tuple(not_extended(*asked, closed) if parameters.extend else ()),
            closed_already=tuple(closed_already(*asked)),
            without_consent=closed_without_consent(
                chosen.of(switches.steps), parameters.wanted, parameters.appliance, parameters.scope
            ),
            foreign_lines=tuple(unsaved.foreign),
            basis=_basis(vservers, switches.steps),
            planned_at=self.connection.changed_at,
            must_save=unsaved.ours,
            secondary_unsaved=secondary_unsaved,
            records=records,
            fetched=usable.fetched,
            left_alone=bool(usable.in_force_left_out),
            unread_types=unread,
        )
        locked = check_lock(self.connection, parameters, writes=plan.writes)
        plan = replace(plan, remarks=(*plan.remarks, *locked), not_covered=self._not_covered(plan, unreadable))
        return replace(plan, verdict=self._verdict(SwitchResult.of_plan(plan), records))

    def _read_vservers(self) -> tuple[list[Vserver], tuple[str, ...]]:
        """Return the virtual servers, and why those of some types cannot be read, as texts.

        :raises TourniquetError: where they cannot be read
        """
        return read_vservers(self.connection.primary), ()

    def _not_covered(self, plan: SwitchPlan, unreadable: Sequence[str]) -> tuple[str, ...]:
        """Return the nodes and virtual servers that the plan does not cover, in words."""
        connection = self.connection
        return (
            *self._unusable(plan),
            *self._unread(plan),
            *connection.missing_nodes,
            *unreadable,
            *self._secondary_differences(plan),
        )

    @staticmethod
    def _unread(plan: SwitchPlan) -> list[str]:
        """Return the types of virtual servers that cannot be read, in words."""
        return [f"{one}: not known to be closed" for one in plan.unread_types]

    def _unusable(self, plan: SwitchPlan) -> list[str]:
        """Return the names of virtual servers in scope for which nothing can be sent, in words."""
        names = {(one.type, one.name) for one in unusable(plan.chosen.choices)}
        return texts_of(one for one in self.connection.primary.unusable_names if (one.type, one.stand_in) in names)

    def is_idle(self, plan: SwitchPlan) -> bool:
        """True if there is nothing to do and nothing to record."""
        switches = plan.switches
        pending = switches.steps or switches.covers or switches.completes or switches.released
        saves = (plan.must_save or plan.secondary_unsaved) and may_save(self.parameters, plan)
        return not pending and not saves

    def _require_one_configuration(self) -> None:
        """:raises Refused: for a cluster, and where the run is in no admin partition and there are some, or it is not known"""
        if self.connection.is_cluster:
            raise Refused(f"{self.where}: {CLUSTER}")
        if self.parameters.partition:
            return
        partitions = read_partitions(self.connection.primary)
        if partitions is None:
            raise Refused(f"{self.where}: whether there are admin partitions cannot be read (allow: show ns partition)")
        if partitions:
            raise Refused(
                f"{self.where}: there are admin partitions ({', '.join(partitions)}), whose virtual servers this run does not see"
            )

    def _read_usage(self, chosen: VserverChoices, switches: Switches) -> tuple[Mapping[ObjectId, Usage], int | None]:
        """Read who uses the virtual servers that are to be switched off, and the number of AAA sessions."""
        if self.targets_answer or not switches.steps:
            return {}, None
        return read_usage(self.connection.primary, chosen.of(switches.steps)), read_sessions(self.connection.primary)

    def _secondary_differences(self, plan: SwitchPlan) -> list[str]:
        """Compare what earlier runs have switched with the secondary."""
        known = map(plan.chosen.by_id, [*plan.switches.still_closed, *plan.switches.released])
        expected = {vserver.object_id: bool(vserver.enabled) for vserver in known if vserver}
        return compare_secondary_switches(self.connection, expected)

    # -- carrying it out ----------------------------------------------------------------------------------------------

    def carry_out(self, plan: SwitchPlan) -> None:
        """Carry out a plan; :meth:`result` says how far it came.

        :raises TourniquetError: if a step failed, or the management or others were harmed (then it is undone), or it is not saved
        """
        if not plan.writes:
            release_left_lock(self.connection, self.parameters)
        if self.is_idle(plan):
            keep_records(plan.fetched, self.parameters.records, self.where)
            return
        self._proof = SwitchProof(
            self.connection,
            self.parameters,
            plan,
            self.prober,
            targets_answer=self.targets_answer,
            contradiction=self._contradiction,
        )
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

    @property
    def lock(self) -> ApplianceLock | None:
        """The lock of the run, once it is taken."""
        return None if self.transaction is None else self.transaction.lock

    @property
    def leaves_changes(self) -> bool:
        """True if something that the run switched is on the appliance now, or may be."""
        return self.transaction is not None and self.transaction.leaves_changes

    def result(self, plan: SwitchPlan) -> SwitchResult:
        """Return how far the run came; valid before it and after a failure too."""
        transaction, proof = self.transaction, self._proof
        if transaction is None or proof is None:
            return SwitchResult.of_plan(plan)
        record = transaction.record
        result = SwitchResult(
            plan=plan,
            saved=transaction.saved,
            changed=transaction.written or transaction.saved_now,
            record=str(record.path) if record else "",
            contradicted=tuple(proof.contradicted),
            unproven=tuple(proof.unproven),
            not_covered=(*plan.not_covered, *proof.not_covered),
            verdict=plan.verdict,
        )
        if record is None:
            return result
        if not self._is_done:  # what was carried out whole is switched, and may be not saved
            done = [*plan.records, record]
            return replace(result, verdict=self._verdict(result, done)) if transaction.written else result
        anyway = option_for(self.where, "-e save=always")
        kept = "" if result.saved else f"; it stays so, and is not saved ({anyway} saves it anyway)"
        failed = f"{self.where}: {'; '.join(result.contradicted)}{kept}" if result.contradicted else ""
        return replace(result, failed=failed, verdict=self._verdict(result, [*plan.records, record]))

    def _change(self, plan: SwitchPlan) -> Change:
        save_first = self.parameters.unsaved == Unsaved.SAVE_FIRST
        return Change(
            kind=self.kind,
            noun=f"the {self.kind}",
            playbook=self.parameters.again or self.playbook,
            seal=plan.seal,
            planned_at=plan.planned_at,
            writes=plan.writes,
            steps=plan.steps,
            save_first=save_first and bool(plan.foreign_lines) and bool(plan.steps),
            saves_others=save_first,
            must_save=plan.must_save,
            saved=not plan.must_save,
            records=plan.records,
            fetched=plan.fetched,
        )


def _basis(vservers: Sequence[Vserver], steps: Sequence[Step]) -> dict[str, Any]:
    """Return what a plan depends on, as JSON values; counters are left out."""
    return {
        "features": {},
        "objects": [[[v.name], v.type, {"place": str(v.place), "enabled": v.enabled}] for v in vservers],
        "steps": [step.to_json() for step in steps],
    }
