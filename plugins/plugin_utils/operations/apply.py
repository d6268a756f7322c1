# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Apply, prove, then save: bring a measure onto one appliance, and report what the result rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import (
    ApplyParameters,
    OnUnproven,
    Save,
    Unsaved,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import Refused, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.change_transaction import (
    confirm,
    lost_meanwhile,
    require_as_planned,
    save_first,
    take_back,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.file_delivery import (
    deliver,
    named_files,
    tidy,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.saving import save_on_primary
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.secondary import (
    SAVE_PATIENCE,
    SYNC_PATIENCE,
    PeerLook,
    look_at_peer,
    save_peer,
    wait_for_peer,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.step_executor import (
    StepFailed,
    differences,
    execute,
    renewed,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.inspection.access import read_unlisted_vips
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.inspection.facts import ApplianceFacts, MeasureState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.inspection.inspect import inspect
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.inspection.plan import Plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.measure_evidence import (
    GOOD_BUILDS,
    gather_evidence,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.measure_proof import (
    MeasureProver,
    ProofResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.drift import saved_drift
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.planner import seal
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.unsaved_changes import (
    ConfigurationTexts,
    changes_by_others,
    last_change,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.conflicts import texts_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.evidence import Evidence, Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.probes import VipProof, harmed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.verdict import decide_verdict, is_proven
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.verdict_table import Verdict
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.appliance_lock import (
    ApplianceLock,
    release_left_lock,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import (
    APPLIED,
    FAILED,
    PARTLY_REVERTED,
    REVERTED,
    ChangeRecord,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.control_node_lock import ControlNodeLock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.new_record import start_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_copies import (
    RecordCopies,
    keep_records,
)


def today() -> date:
    """Return the date of a verdict if none is asked for, in UTC as in the records."""
    return datetime.now(UTC).date()


@dataclass(frozen=True)
class Result:
    """What a run did on one appliance, and what it found.

    :ivar facts: what was read before the run; plan: what followed from it
    :ivar state: the state of the measure at the end of the run
    :ivar changed: something was written to the appliance, or would be in check mode
    :ivar pending: an apply would still write, save or prove something
    :ivar failed: the reason why the run failed, or ""
    :ivar record: the path of the change record, or ""
    :ivar drift: the differences of the running and the saved configuration of each node from the target, before the run
    :ivar corrected: the differences that the run corrected, or would correct in check mode
    """

    facts: ApplianceFacts
    plan: Plan
    state: MeasureState
    verdict: Verdict
    verdict_today: Verdict
    pending: bool = False
    changed: bool = False
    failed: str = ""
    saved_now: bool = False
    record: str = ""
    proof: ProofResult = field(default_factory=ProofResult)
    probes_sent: int = 0
    drift: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()


class Deployment:
    """One measure on one open connection. :meth:`plan`, :meth:`apply` and :meth:`status` are its verbs.

    :ivar facts: what was read; planned: the plan that follows from it. Neither ever changes
    :ivar state: the state of the measure, as last read
    :ivar proof: what was proven from outside so far
    """

    def __init__(
        self, connection: Connection, parameters: ApplyParameters, *, today: Callable[[], date] = today
    ) -> None:
        self.connection = connection
        with connection.primary.cached_reads():
            self.parameters = parameters.resolve(connection)
            self.facts, self.planned = inspect(connection, self.parameters)
        self.state = self.facts.found
        self.today = today
        self.prover = MeasureProver(connection.primary, self.parameters, self.facts)
        self.proof = ProofResult()
        self.planned_at = connection.changed_at
        self.record: ChangeRecord | None = None
        self.peer: PeerLook | None = None
        self.peer_problem = connection.peer_problem
        self.drift: tuple[str, ...] | None = None
        self.lock: ApplianceLock | None = None
        self.changed_at = ""
        self._unlisted: list[str] = []
        self._remarks: list[str] = []

    # -- verbs --------------------------------------------------------------------------------------------------------

    def plan(self) -> Result:
        """Report what apply would do. It reads only, and sends no probe."""
        self._note_drift()
        return self._result(changed=self.planned.changes, failed=texts_of(self.planned.conflicts))

    def status(self) -> Result:
        """Report what is in place, with probes if the run parameters allow them. A proof gets a record of its own."""
        self._note_drift()
        self._note_unlisted_vips()
        if self.prover.can_probe:
            self.proof = replace(self.proof, after=self._probe())
            self.proof = self.prover.with_hits(self.proof, self.facts.rules.blockers)
        result = self._result(changed=False, failed="")
        if not self._is_proven() or self.state.presence != Presence.CURRENT or self.planned.steps:
            return result
        proof = self._proof_content(self.planned.seal)
        ending = {"outcome": APPLIED, "saved": bool(self.state.saved), "proof": proof}
        return replace(result, record=str(self._start_record("verify", ending=ending).path))

    def apply(self) -> Result:
        """Apply, prove, save.

        :raises Refused: if the plan has conflicts, or another run holds the lock of the appliance; nothing was written
        :raises StepFailed: if a step failed; the earlier steps have been undone, or the message says what could not be undone
        """
        plan = self.planned
        if plan.conflicts:
            raise Refused(f"{self.parameters.appliance.name}: {texts_of(plan.conflicts)} Nothing was changed.")
        if not plan.skipped and self.drift is None:
            self._note_drift()
        writes = plan.writes or self._peer_is_to_be_saved
        if not writes:
            release_left_lock(self.connection, self.parameters)
        if not self._is_pending:
            return self._result(changed=False, failed="")
        if not writes:
            self._note_unlisted_vips()
            with ControlNodeLock(self.parameters.records, self.parameters.appliance.name):
                self.record = self._start_record("apply")
                return self._prove_and_save(self.record)
        with ApplianceLock(self.connection, self.parameters) as self.lock:
            return self._change(self.lock)

    @property
    def _is_pending(self) -> bool:
        """True if something is to be written, saved or proven, or if a conflict forbids that."""
        plan = self.planned
        if plan.skipped and not plan.conflicts:
            return False
        done = self.state.saved is not False and bool(plan.proven_before) and not self._peer_is_to_be_saved
        return plan.changes or bool(plan.conflicts) or not done

    @property
    def _peer_is_to_be_saved(self) -> bool:
        """True if the secondary has what the primary has, and would lose it in a reboot."""
        return self.peer is not None and bool(self.peer.unsaved) and not self.peer.drift

    # -- the stages of apply ------------------------------------------------------------------------------------------

    def _change(self, lock: ApplianceLock) -> Result:
        """With the lock held: check that the plan still holds, then record, write, prove and save."""
        self._note_unlisted_vips()
        if self.prover.can_probe and self.planned.steps:
            self.proof = replace(self.proof, before=self._probe())
        require_as_planned(self.connection, self.planned_at, self._is_same)
        record = self.record = lock.record = self._start_record("apply", lock=lock.facts())
        with RecordCopies(self.connection, record, lock.notes):
            return self._write(lock, record)

    def _write(self, lock: ApplianceLock, record: ChangeRecord) -> Result:
        confirm(lock, record)
        if self.planned.save_first:
            save_first(self.connection, record)
        if self.planned.changes:
            self._execute(record)
        return self._prove_and_save(record)

    def _is_same(self) -> bool:
        """Return True if the appliance is as it was inspected, the unsaved changes of others included."""
        with self.connection.primary.cached_reads():
            facts, plan = inspect(self.connection, self.parameters.resolve(self.connection))
        if plan.conflicts:
            raise Refused(
                f"{self.parameters.appliance.name}: {texts_of(plan.conflicts)} It came up between the look and the lock. Nothing was changed."
            )
        before = (self.planned.seal, self.facts.saved.foreign_lines)
        return (plan.seal, facts.saved.foreign_lines) == before

    def _execute(self, record: ChangeRecord) -> None:
        """Carry out the steps, and read every attribute back."""
        session, steps = self.connection.primary, self.planned.steps
        checks, in_charge = self.parameters.resolved.checks(self.connection), self.connection.confirm_primary
        self.state = replace(self.state, saved=None)  # what was read before holds no longer, however this ends
        try:
            deliver(self.connection, self.planned.missing_files)
            first = 0
            for stop in self.planned.checkpoints:
                execute(session, steps[:stop], record, first=first, checks=checks, confirm=in_charge)
                self._require_access(record)
                first = stop
            execute(session, steps, record, first=first, checks=checks, confirm=in_charge)
            # What was written to a node that is no longer in charge is lost, and reads back all the same.
            self.connection.confirm_primary()
            after = renewed(session, self.state.configuration, [step.object_id for step in steps])
        except StepFailed as error:
            record.finish(REVERTED if error.undone else PARTLY_REVERTED, problem=str(error))
            if error.undone:
                self._tidy_files(named_files(step.before for step in steps))
            raise
        except TourniquetError as error:
            record.finish(FAILED, problem=str(error))
            raise TourniquetError(
                f"{error}. What was written is in the record {record.path}: run apply.yml again."
            ) from error
        wrong = differences(after, steps)
        if wrong:
            text = f"{session.where}: what was written does not read back as written: {'; '.join(wrong)}"
            self._revert(record, text)
            raise StepFailed(f"{text}. It has been undone.", undone=True)
        self.state = MeasureState(
            presence=Presence.CURRENT if self.parameters.resolved.is_asked_for() else Presence.ABSENT,
            version=self.parameters.owner.version,
            configuration=after,
            modes=dict(self.parameters.resolved.modes(after.objects)),
            saved=False,
        )
        self._look_at_peer(lambda look: not look.drift, saved=False)
        self.changed_at = last_change(session)

    def _require_access(self, record: ChangeRecord) -> None:
        """At a checkpoint: require that a new login to the management succeeds, and that legitimate traffic is served as before.

        :raises StepFailed: if not; the steps have been undone, or what they brought in expires by itself
        """
        problem = ""
        try:
            self.connection.log_in_afresh()
        except TourniquetError as error:
            problem = f"the management no longer lets us in: {error}"
        if not problem and self.prover.can_probe:
            problem = "; ".join(harmed(self.proof.before, self._probe()))
            problem = problem and f"legitimate traffic was harmed: {problem}"
        if not problem:
            return
        try:
            self._revert(record, problem)
        except StepFailed as error:
            raise StepFailed(f"{error}. What was put in so far runs out by itself", undone=False) from error
        raise StepFailed(f"{self.parameters.appliance.name}: {problem}. The first step has been undone.", undone=True)

    def _revert(self, record: ChangeRecord, why: str) -> None:
        """:raises StepFailed: if the steps cannot be undone"""
        take_back(self.connection, self.planned.steps, record, why, "it")
        self._tidy_files(named_files(step.before for step in self.planned.steps))

    def _prove_and_save(self, record: ChangeRecord) -> Result:
        parameters, steps = self.parameters, self.planned.steps
        changed = bool(steps)
        if self.prover.can_probe:
            self.proof = replace(self.proof, after=self._probe())
            harm = self.proof.harm
            if harm and changed:
                self._revert(record, harm)
                raise StepFailed(
                    f"{parameters.appliance.name}: legitimate traffic was harmed, so the change was undone: {harm}",
                    undone=True,
                )
            self.proof = self.prover.with_hits(self.proof, self.facts.rules.blockers_after)
        # No request of ours can show a rule about the client's address: that no one else was harmed has to be enough.
        proven = self._is_proven() or not parameters.measure.probes_can_be_blocked()
        fingerprint = seal(self.state.configuration, self.facts.configuration.target, [])
        record.note(proof=self._proof_content(fingerprint))
        if not proven and changed and parameters.on_unproven == OnUnproven.REVERT:
            self._revert(record, "it could not be proven, and on_unproven is revert")
            self.state = replace(self.state, presence=Presence.ABSENT)
            problem = "the change could not be proven and was undone (on_unproven: revert)"
            return self._result(changed=False, failed=problem, record=record)
        saved_now = self.state.saved is False and self._shall_save(proven=proven)
        if saved_now:
            self._save(record)
        if self.state.saved and self._shall_save(proven=proven):
            self._save_peer(record)
        record.finish(APPLIED, saved=self.state.saved is True)
        if changed:
            # The files of the former state stay until the next change, so that this one can be undone.
            self._tidy_files(named_files(state for step in steps for state in (step.before, step.after)))
        problem = "" if proven or parameters.save == Save.ALWAYS else self._unproven_text()
        return self._result(changed=changed or saved_now, failed=problem, record=record, saved_now=saved_now)

    def _tidy_files(self, keep_records: set[str]) -> None:
        """Delete the files of ours that nothing needs any more."""
        measure, parameters = self.parameters.measure, self.parameters
        if measure.file_directory:
            keep_records |= {file.path for file in parameters.document.files if self.state.presence == Presence.CURRENT}
            keep_records |= named_files(self.state.configuration.objects.values())
            self._remarks += tidy(self.connection, parameters.owner, measure.file_directory, keep_records)

    def _unproven_text(self) -> str:
        why = "the probes do not prove it" if self.prover.can_probe else "no probe may be sent, so nothing proves it"
        saved = "" if self.state.saved else ", and it is not saved (-e save=always saves it all the same)"
        return f"{self.parameters.appliance.name}: the rule is in place, but {why}; it stays{saved}"

    def _shall_save(self, *, proven: bool) -> bool:
        parameters = self.parameters
        without_save = parameters.unsaved == Unsaved.APPLY_WITHOUT_SAVE and bool(self.facts.saved.foreign_lines)
        return parameters.save != Save.NEVER and not without_save and (proven or parameters.save == Save.ALWAYS)

    def _save(self, record: ChangeRecord) -> None:
        """Save what was proven if no one else has changed anything since, and read back that it is saved.

        :raises TourniquetError: if it is not saved; the change stays, and the record says that it is unsaved
        """
        session = self.connection.primary
        problem = ""
        if self.parameters.unsaved != Unsaved.SAVE_FIRST:
            records = [*self.facts.records.known, record]
            problem = changes_by_others(session, self.changed_at, self.parameters.owner, records)
        if not problem:
            problem = save_on_primary(self.connection) or lost_meanwhile(session, record.touched)
        if not problem and self.facts.drift:
            # The appliance may have reported "saved" wrongly before, so the saved configuration is read again.
            text = ConfigurationTexts(session).saved
            still = [] if text is None else saved_drift(text, self.facts.configuration.target, self.parameters.owner)
            problem = (
                f"{session.where}: after the save the saved configuration still differs: {still[0]}" if still else ""
            )
        if problem:
            record.finish(APPLIED, saved=False, problem=problem)
            raise TourniquetError(
                f"{problem}. The change is in place and would be lost in a reboot: run apply.yml again."
            )
        self.state = replace(self.state, saved=True)

    # -- proof --------------------------------------------------------------------------------------------------------

    def _probe(self) -> tuple[VipProof, ...]:
        return self.prover.probe()

    def _is_proven(self) -> bool:
        """Return True if the measure is proven. Removing is proven by reading back: no request could show more."""
        return not self.parameters.resolved.is_asked_for() or is_proven(self._evidence())

    def _proof_content(self, fingerprint: str) -> dict[str, Any]:
        """Return the proof as the change record has it.

        :param fingerprint: the seal of the state that was proven
        """
        proof = self.proof
        return {
            "proven": self._is_proven(),
            "unharmed": not self.parameters.measure.probes_can_be_blocked() and bool(proof.after),
            "vips": [str(vip_proof.vip) for vip_proof in proof.after],
            "seal": fingerprint,
            "run": self.parameters.run,
            "user_agent": self.prover.prober.user_agent,
            "offline": self.facts.rules.corpus.summary(),
            "before": [vip_proof.summary() for vip_proof in proof.before],
            "after": [vip_proof.summary() for vip_proof in proof.after],
            "hits": proof.hits,
        }

    # -- the secondary ------------------------------------------------------------------------------------------------

    def _note_drift(self) -> None:
        """Inspect the secondary too, and keep the differences that were found before anything is changed."""
        self._look_at_peer()
        if self.drift is None:
            peer = self.peer
            self.drift = (*self.facts.drift, *((*peer.drift, *peer.unsaved) if peer else ()))

    def _look_at_peer(
        self,
        is_enough: Callable[[PeerLook], bool] | None = None,
        *,
        saved: bool = True,
        patience: float | None = None,
    ) -> None:
        """Compare the secondary with the primary: what the secondary lacks is lost in a failover.

        :param is_enough: compare again until this is true, within bounds
        """
        session, parameters = self.connection.secondary, self.parameters
        self.peer = None
        if session is None or self.state.presence == Presence.ABSENT or self.peer_problem:
            return
        ours = self.state.configuration
        try:
            if is_enough is None:
                self.peer = look_at_peer(session, parameters, ours)
            else:
                self.peer = wait_for_peer(
                    session,
                    parameters,
                    ours,
                    is_enough,
                    saved=saved,
                    patience=SYNC_PATIENCE if patience is None else patience,
                )
        except TourniquetError as error:
            self.peer = PeerLook(session.node.host, unreadable=str(error))

    def _save_peer(self, record: ChangeRecord) -> None:
        """Wait until the save on the primary reaches the secondary; save there if it does not."""
        session = self.connection.secondary
        self._look_at_peer(lambda look: not look.unsaved or bool(look.drift), patience=SAVE_PATIENCE)
        if session is None or not self._peer_is_to_be_saved:
            return
        problem = save_peer(session, self.parameters, [*self.facts.records.known, record])
        if problem:
            self._remarks.append(problem)
        self._look_at_peer()

    # -- results ------------------------------------------------------------------------------------------------------

    def _note_unlisted_vips(self) -> None:
        """Note Gateway and AAA virtual servers that the inventory does not name: they would not be proven."""
        needless = self.facts.build_status in (*GOOD_BUILDS, BuildStatus.WANTED)
        if needless or not self.prover.can_probe or self.parameters.appliance.vips is None:
            return
        for vip in read_unlisted_vips(self.connection.primary, self.facts.access):
            self._unlisted.append(f"the {vip.kind} server {vip} is not named in netscaler_vips")

    def _start_record(self, kind: str, ending: dict[str, Any] | None = None, **more: Any) -> ChangeRecord:
        parameters = self.parameters
        steps = self.planned.steps if kind == "apply" else ()
        facts = parameters.facts(self.connection, kind, self.planned.seal) | more
        keep_records(self.facts.records.fetched, parameters.records, parameters.appliance.name)
        return start_record(parameters.records, parameters.appliance.name, steps, facts, ending=ending)

    def _result(
        self,
        *,
        changed: bool,
        failed: str,
        record: ChangeRecord | None = None,
        saved_now: bool = False,
    ) -> Result:
        evidence = self._evidence()
        return Result(
            facts=self.facts,
            plan=self.planned,
            state=self.state,
            verdict=decide_verdict(evidence, self.parameters.measure, self.parameters.as_of),
            verdict_today=decide_verdict(evidence, self.parameters.measure, self.today()),
            pending=self._is_pending,
            changed=changed,
            failed=failed,
            saved_now=saved_now,
            record=str(record.path) if record else "",
            proof=self.proof,
            probes_sent=self.prover.prober.sent,
            drift=self.drift or (),
            corrected=(self.drift or ()) if changed and not failed else (),
        )

    def _evidence(self) -> Evidence:
        absent = self.state.presence == Presence.ABSENT  # the secondary need not have what was rolled back
        problems = [self.peer_problem] if self.peer_problem and not absent else []
        return gather_evidence(
            self.connection,
            self.facts,
            self.planned,
            self.state,
            self.proof,
            written=self.record is not None,
            secondary=None if absent else self.peer,
            not_covered=[*self._unlisted, *problems],
            remarks=self._remarks,
        )
