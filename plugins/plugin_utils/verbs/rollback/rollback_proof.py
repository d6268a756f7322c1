# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The proof of a rollback: the absence is read back, legitimate traffic passes as before, and the secondary follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...appliance.nitro.appliance import Vip
from ...appliance.nitro.connection import Connection
from ...appliance.object_reads.vserver_reads import vips_of
from ...appliance.objects.nsconf_reader import read_configuration
from ...appliance.objects.steps import Step
from ...catalogue.run_parameters import Unsaved
from ...catalogue.traffic import CaseSession
from ...change.execution.change import Harm, Proof, ProofFindings
from ...change.execution.read_back import Objects
from ...change.execution.secondary import differences_on_secondary, ensure_secondary_saved
from ...change.execution.write_permission import ConfirmLease
from ...change.planning.proof_seal import places_of, seal_beside
from ...change.planning.state_reader import observe
from ...change.planning.unsaved_changes import ConfigurationTexts
from ...change.records.change_record import ChangeRecord, proven_places
from ...change.records.record_states import READ_BACK
from ...foundation.errors import TourniquetError
from ...judgement.exposure_reads.beside_others import found_beside_others
from ...judgement.exposure_reads.measure_in_place import scope_of
from ...judgement.inspection.ownership_state import target_of_records
from ...judgement.inspection.probe_hosts import with_hosts
from ...judgement.proof.probes import Prober, VipProof, harmed, probe_vip
from ...judgement.verdicts.counted_run import CountedRun
from .rollback_plan import RollbackParameters, RollbackPlan


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
        self.counted_run = CountedRun(connection, parameters, None)
        self.remarks: list[str] = []
        self._vips: Sequence[Vip] = ()
        self._before: tuple[VipProof, ...] = ()
        self._secondary_followed = False

    @property
    def most(self) -> int:
        """How many requests the run sends at most: before and after."""
        return 2 * len(self._vips) if self.plan.steps else 0

    def note_begun(self) -> None:
        appliance = self.parameters.appliance
        if self.parameters.probe and appliance.probe:
            session = self.connection.primary
            self._vips = with_hosts(session, vips_of(appliance, session)).vips
            self.remarks += [vip.not_probed for vip in self._vips if vip.withheld]
        if self.plan.steps:
            self.counted_run.begin()
        self.counted_run.note_begun(self.most)

    def note_end(self) -> None:
        sent = self.prober.sent
        self.remarks += self.counted_run.note_end(sent, self.counted_run.counted(sent, ()))

    def before(self) -> None:
        if self.plan.steps:
            self._before = self.probe_controls()

    def record_facts(self) -> Mapping[str, Any]:
        decided = {"decided_by": self.parameters.who} if self.plan.takes_away else {}
        off = {"found_off": list(self.plan.found_off)} if self.plan.found_off else {}
        beside = found_beside_others(self.connection.primary, self.parameters)
        if self.plan.found_beside:
            beside[self.parameters.owner.measure] = self.plan.found_beside
        return {
            "why": str(self.parameters.why),
            "undoes": [record.name for record in self.plan.undoes],
            **off,
            **({"found_beside": beside} if beside else {}),
            **decided,
        }

    def after(self, objects: Objects) -> ProofFindings:
        self._secondary_followed = self.check_secondary()
        proofs = self.probe_controls() if self.plan.steps else ()
        harm = "; ".join(harmed(self._before, proofs))
        without_save = self.parameters.unsaved == Unsaved.APPLY_WITHOUT_SAVE and bool(self.plan.foreign_lines)
        return ProofFindings(
            facts={"state": READ_BACK, "controls": [proof.summary() for proof in proofs], **self._places()},
            harm=Harm("legitimate traffic was harmed", harm) if harm else None,
            may_save=not without_save and (self.parameters.measure.traits.saving.is_saved or self._must_be_saved()),
        )

    def _places(self) -> dict[str, str]:
        """Return the fingerprint of what is bound where an undo leaves ours bound: that of the last proof that holds for it, where one does.

        Without it nobody knows later whether what was proven before the undone runs is proven again.
        """
        undone = {record.name for record in self.plan.undoes}
        standing = [one for one in self.plan.records if one.name not in undone and not one.undone_by]
        proven = proven_places(standing)
        if self.parameters.removes_all or not self.plan.steps or not proven:
            return {}
        owner = self.parameters.owner
        left = {id_: one for id_, one in target_of_records(self.plan.records, {}).objects.items() if one is not None}
        own = places_of({**left, **self.plan.wanted}, owner)
        if not own.objects:
            return {}
        try:
            present = observe(self.connection.primary, scope_of(own.objects)).state
        except TourniquetError as error:
            self.remarks.append(f"what is bound beside it cannot be read, so an earlier proof does not hold: {error}")
            return {}
        return {"places": seal_beside(present, own, owner, proven, {})}

    def _must_be_saved(self) -> bool:
        """Return True if the removal of what is never saved must be saved: another run has saved it, and nothing of others would be saved with it."""
        if self.plan.foreign_lines:
            return False
        owner, saved = self.parameters.owner, ConfigurationTexts(self.connection.primary).saved
        if saved is None:
            return False
        found = read_configuration(saved, owner.name).objects
        return any(owner.owns(id_, attributes) for id_, attributes in found.items())

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
