# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Apply, prove, then save: apply a measure to one appliance, and report the evidence for the result."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...catalogue.counted_requests import CountedRequests
from ...catalogue.measure import BuildStatus
from ...catalogue.run_parameters import ApplyParameters, Save, Unsaved
from ...change.execution.change import Change
from ...change.execution.change_transaction import ChangeTransaction
from ...change.execution.file_delivery import FileChanges
from ...change.planning.missing_files import named_files
from ...change.planning.proof_seal import ProofSeals
from ...change.planning.state_reader import Scope
from ...change.records.appliance_lock import ApplianceLock, release_left_lock
from ...change.records.change_record import ChangeRecord
from ...change.records.closures import ClosureState
from ...change.records.continued_runs import unfinished_runs
from ...change.records.fetched_records import keep_records
from ...change.records.new_record import start_record
from ...change.records.record_content import RecordContent
from ...change.records.record_states import Outcome, RecordKind
from ...change.records.sent_probes import note_counted, noted_probes
from ...foundation.errors import InvalidInput, Refused
from ...foundation.json_values import json_values, written
from ...foundation.next_action import joined
from ...judgement.course.run import disproves, left_by, unproven_beside
from ...judgement.course.state import State
from ...judgement.exposure_reads.beside_others import WasRead
from ...judgement.inspection.earlier_reads import EarlierReads
from ...judgement.inspection.facts import ApplianceFacts, MeasureState
from ...judgement.inspection.inspect import inspect
from ...judgement.inspection.plan import Plan, seals_of_proof
from ...judgement.inspection.rights import read_rights
from ...judgement.proof.grounds import Presence
from ...judgement.proof.verdict import decide_verdict
from ...judgement.proof.verdict_table import Verdict
from ...judgement.verdicts.debt import Debt, debts
from ...judgement.verdicts.foresight import Foreseen, foresee
from ...judgement.verdicts.lost_protection import Observed, lost_protection, observed
from ...judgement.verdicts.measure_proof import ProofResult
from ...judgement.verdicts.next_actions import next_actions
from ...measures.resolution import checks_of, resolved_on
from ...policies.command_policies import Rights
from ...policies.conflicts import texts_of
from ...traces.findings.known_runs import read_counted
from ...traces.findings.ourselves import Ourselves
from ...traces.findings.own_hits import for_a_note
from .apply_failure import not_brought, proof_is_lost
from .kept_findings import keep_found
from .proven_run import ApplyProof

MOST_RUNS = 20
"""How many earlier runs are written of a result."""


def today() -> date:
    """Return the date of a verdict if none is asked for, in UTC as in the records."""
    return datetime.now(UTC).date()


@written(
    "facts.parameters.owner.measure facts.parameters.owner.version verdict verdict_today verdict.acknowledged facts.parameters.as_of",
    "plan.seal foreseen plan.conflicts plan.neighbours plan.takes_away facts.rules.hand_made drift corrected state.saved saved_now",
    "deployed_version=state.version skipped_because=plan.skipped remarks=facts.rules.notes debt=debts protection_lost=lost",
    catalogue=lambda result: {"newest_fact": result.facts.parameters.measure.newest_fact()},
    proof=lambda result: {
        **json_values(result.facts.rules),
        **json_values(result.proof),
        "proven_before": result.plan.proven_before,
    },
    runs=lambda result: result.facts.records.known[-MOST_RUNS:],
)
@dataclass(frozen=True)
class Result:
    """The result of one run on one appliance.

    :ivar facts: what was read before the run; plan: what followed from it
    :ivar state: the state of the measure at the end of the run
    :ivar changed: something was written to the appliance, or would be in check mode
    :ivar pending: an apply would still write, save or prove something
    :ivar failed: the reason why the run failed, or ""
    :ivar record: the path of the change record, or ""
    :ivar counters: by policy, its hit counter after the probes of a status; empty where none were sent, or their hits were not read
    :ivar probe_hits: by policy, how many of its hits are those of our own probes, by the records, with those of a status
    :ivar hits_in_doubt: by policy, how many more may be our own: probes of a run that died, or reads of which nothing says whether the node judges them
    :ivar drift: the differences of the running and the saved configuration of each node from the target, before the run
    :ivar corrected: the differences that the run corrected, or would correct in check mode
    :ivar debts: what is still there of a mitigation, why, since when, and when the fix is planned
    :ivar observed: the state of what is in place, with the reason, where that is not what the runs left; None where this run wrote a record
    :ivar lost: what the runs left protected of no weakness and is not any more, and nobody of ours decided, in words
    :ivar foreseen: of a plan, what apply would end with besides a proven and saved measure
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
    counters: Mapping[str, int] = field(default_factory=dict)
    probe_hits: Mapping[str, int] = field(default_factory=dict)
    hits_in_doubt: Mapping[str, int] = field(default_factory=dict)
    drift: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()
    debts: tuple[Debt, ...] = ()
    foreseen: tuple[Foreseen, ...] = ()
    observed: Observed | None = None
    lost: tuple[str, ...] = ()

    @property
    def not_brought(self) -> str:
        """Why the verdict is not what an apply is to bring, or ""."""
        return not_brought(self.facts, self.plan, self.verdict)

    @property
    def proof_is_lost(self) -> bool:
        """True if this run has proven it before, and nothing proves it any more."""
        return proof_is_lost(self.facts, self.verdict)


class Deployment:
    """One measure on one open connection. :meth:`plan`, :meth:`apply` and :meth:`status` are its verbs.

    :ivar facts: what was read; planned: the plan that follows from it. Neither ever changes
    :ivar parameters: those of the run, with the desired state as this appliance numbers it: the ones that all facts and verdicts rest on
    :ivar proof: the proof of this run, with the state of the measure
    :ivar transaction: the transaction of the run, once there is one
    :ivar reads: the answers that a wave of this run need not read again; None where there are none
    """

    def __init__(
        self,
        connection: Connection,
        parameters: ApplyParameters,
        *,
        today: Callable[[], date] = today,
        earlier: EarlierReads | None = None,
    ) -> None:
        """Inspect the appliance.

        :param earlier: of the plan of this run
        """
        self.connection = connection
        read_at = time.time()
        with connection.primary.cached_reads(earlier.still_hold(connection) if earlier else None) as reads:
            self.facts, self.planned = inspect(connection, resolved_on(connection, parameters))
        self.parameters = self.facts.parameters
        self._seen = self.facts
        self.reads = EarlierReads.of(connection, reads, read_at)
        self.where = parameters.appliance.name
        self.today = today
        self.planned_at = connection.changed_at
        self.proof = ApplyProof(connection, self.facts, self.planned)
        self.transaction: ChangeTransaction | None = None
        self._drift: tuple[str, ...] | None = None

    # -- verbs --------------------------------------------------------------------------------------------------------

    def plan(self, *, with_rights: bool = False) -> Result:
        """Report what apply would do. It reads only, and sends no probe.

        :param with_rights: read the command policies of our user too, if something is to be done
        """
        self._compare_secondary()
        result = self._result(changed=self.planned.changes, failed=texts_of(self.planned.conflicts))
        if not self._is_pending:
            return result
        is_read = with_rights and self.connection.partition == DEFAULT and not self.connection.is_cluster
        rights = read_rights(self.connection.primary) if is_read else Rights()
        return replace(result, foreseen=foresee(self.facts, self.planned, rights))

    def status(self) -> Result:
        """Report what is in place, with probes if the run parameters allow them.

        A proof gets a record of its own, and so does what ends an earlier one, such as an attack that passes, a part that is left out, or what is beside it.
        """
        self._compare_secondary()
        self._note_lower_counters()
        self.proof.note_unlisted_vips()
        if not self.proof.prover.can_probe:
            return self._with_probes_counted(self._result(changed=False, failed=""))
        counted_run, most = self.proof.counted_run, self.proof.prover.most
        counted_run.begin()
        begun, elsewhere = counted_run.uncounted(most, datetime.now(UTC)), counted_run.uncounted_elsewhere(most)
        where = (self.parameters.records, self.where, self.parameters.run)
        with noted_probes(*where, begun=begun, elsewhere=elsewhere) as note:
            self.proof.probe()
            self.proof.read_hits(self.facts.rules.blockers)
            result, record = self._recorded_status()
            note.counted = self.proof.counted(record.proof if record else None)
            note.recorded, note.sent = for_a_note(record), self.proof.sent
            note.elsewhere = self.proof.counted_elsewhere(note.counted, note.recorded)
        return result

    def _recorded_status(self) -> tuple[Result, ChangeRecord | None]:
        """Return the result of a status, with the record of what it has proven, or found otherwise than the runs left it."""
        result = self._with_probes_counted(self._result(changed=False, failed=""))
        is_older = self.state.presence == Presence.OLDER and self.parameters.measure.traits.course.depends_on_build
        is_proof = self.state.presence == Presence.CURRENT or (is_older and self.proof.found.holds_proof)
        is_proof = is_proof and self.proof.is_proven and bool(self._seals.seal)
        if not is_proof and not self._is_found_otherwise():
            return result, None
        record = self._record_found()
        return replace(result, record=str(record.path)), record

    def _is_found_otherwise(self) -> bool:
        """Return True if the probes found what ends a proof of what the runs left, or no longer find what the last run found so."""
        known, found = self.facts.records.known, self.proof.found.state
        if not known or self.proof.passing:
            return bool(known)
        applied = (one for one in known if one.kind is RecordKind.APPLY and one.outcome is Outcome.APPLIED)
        judged = [one.content for one in known if one.proof is not None and one.proof.is_judged]
        was_found = bool(judged) and disproves(judged[-1])
        is_found = found.ends_proof and self.parameters.measure.traits.course.depends_on_build
        is_found = is_found or (found is State.UNPROVEN and self._is_beside_others(judged))
        return any(not one.undone_by for one in applied) and (is_found or (was_found and found.is_known))

    def _is_beside_others(self, judged: Sequence[RecordContent]) -> bool:
        """Return True if a run had proved it beside something else than what is bound there now, and no run since has found that this does not."""
        places = self._seals.places
        last = next((one.proof for one in reversed(judged) if one.proof is not None and one.proof.proven), None)
        is_other = bool(places) and last is not None and last.places not in ("", places)
        return is_other and unproven_beside(judged[-1]) != places

    def verdict_if_open(self) -> Verdict:
        """Return the verdict as it would be if no virtual server were switched off. It reads only, and sends no probe."""
        self._compare_secondary()
        opened, facts = ClosureState(), self.proof.facts
        grounds = replace(self.proof.grounds(), closures=opened)
        # The next action is one for the open appliance.
        facts = replace(facts, access=replace(facts.access, closures=opened))
        grounds = replace(grounds, next_actions=next_actions(facts, grounds, self.proof.proof))
        return decide_verdict(grounds, self.parameters.measure, self.parameters.as_of, today=self.today())

    def apply(self) -> Result:
        """Apply, prove, save.

        :raises Refused: if the plan has conflicts, or another run holds the lock of the appliance; nothing was written
        :raises StepFailed: if a step failed; the earlier steps have been undone, or the message says what could not be undone
        """
        plan = self.planned
        if plan.conflicts:
            raise Refused(joined("", f"{self.where}: ", texts_of(plan.conflicts), " Nothing was changed."))
        if not plan.skipped and self._drift is None:
            self._compare_secondary()
        change = self._change()
        if not change.writes:
            release_left_lock(self.connection, self.parameters)
        if not self._is_pending:
            self._note_lower_counters()
            result = self._result(changed=False, failed="")
            record = str(self._record_found().path) if self._is_news_without_effect() else ""
            return replace(result, failed=result.not_brought, record=record)
        transaction = ChangeTransaction(
            self.connection, self.parameters, change, self.proof, self._still_holds, is_noted=True
        )
        self.transaction = transaction
        self.proof.note_begun()
        try:
            transaction.run()
        except Refused:
            if transaction.record is None:
                self.keep_found()
            raise
        finally:
            recorded = self.record.proof if self.record else None
            remarks = [*transaction.remarks, *self.proof.note_counted(recorded, for_a_note(self.record))]
            undone = bool(transaction.undone_because)
            self.proof.end(saved=transaction.is_as_saved or transaction.saved, undone=undone, remarks=remarks)
        if undone:
            problem = "the change could not be proven and was undone (on_unproven: revert)"
            return self._result(changed=False, failed=problem)
        changed = bool(plan.steps) or transaction.saved_now
        result = self._result(changed=changed, failed=self._unproven_text(), saved_now=transaction.saved_now)
        return replace(result, failed=result.failed or result.not_brought)

    def keep_found(self) -> None:
        """Where a run is refused, write a record of what is bound beside ours if no run has found it so: once it is gone nothing shows it."""
        facts = self._seen
        keep_found(
            self.connection,
            self.parameters,
            facts.records.told_beside,
            facts.records.fetched,
            depends_on_build=self.parameters.measure.traits.course.depends_on_build,
            read=WasRead(facts.configuration.state, Scope.of(self.parameters.document.objects)),
            seal=self.planned.seal,
            saved=bool(self.state.saved),
        )

    def left_by_failure(self) -> Result | None:
        """Return what an apply that failed has left, where it came to its proof; None where it did not, or was undone: then the plan says what is there."""
        if not self.proof.is_written or not self.leaves_changes:
            return None
        return self._result(changed=True, failed="")

    def _is_news_without_effect(self) -> bool:
        """Return True if it is skipped on a build on which it has no effect, and the last record that says what it is does not say so of this build.

        A closing without an effect is in no record: it would be told as closed.
        """
        facts, builds = self.facts, {str(one.address): str(one.build or "") for one in self.connection.nodes}
        depends_on_build = self.parameters.measure.traits.course.depends_on_build
        if facts.build_status is not BuildStatus.INEFFECTIVE or not self.planned.skipped or not depends_on_build:
            return False
        judged = [one for one in facts.records.known if one.proof is not None and one.proof.is_judged]
        last = judged[-1] if judged else None
        return last is None or left_by(last.content) is not State.INEFFECTIVE or last.builds != builds

    @property
    def state(self) -> MeasureState:
        """The state of the measure, as last read."""
        return self.proof.state

    @property
    def record(self) -> ChangeRecord | None:
        """The change record of the apply, once it is started."""
        return None if self.transaction is None else self.transaction.record

    @property
    def leaves_changes(self) -> bool:
        """True if something that the apply wrote is on the appliance now, or may be."""
        return self.transaction is not None and self.transaction.leaves_changes

    @property
    def lock(self) -> ApplianceLock | None:
        """The lock of the apply, once it is taken."""
        return None if self.transaction is None else self.transaction.lock

    # -- apply --------------------------------------------------------------------------------------------------------

    @property
    def _is_pending(self) -> bool:
        """True if something is to be written, saved or proven, or if a conflict forbids that."""
        plan = self.planned
        if plan.skipped and not plan.conflicts:
            return False
        nothing_of_ours = (
            not self.parameters.document.objects and not self.parameters.measure.traits.writing.is_rendered
        )
        proven = bool(plan.proven_before) or self.parameters.measure.traits.proving.is_read_back or nothing_of_ours
        unsaved = self.state.saved is False or self.proof.secondary.needs_save
        done = proven and not (unsaved and self.parameters.measure.traits.saving.is_saved)
        return plan.changes or bool(plan.conflicts) or not done

    def _change(self) -> Change:
        plan = self.planned
        is_saved = self.parameters.measure.traits.saving.is_saved
        writes = plan.writes or (is_saved and self.proof.secondary.needs_save)
        return Change(
            kind=RecordKind.APPLY,
            noun="the change",
            playbook=self.parameters.playbook("apply.yml"),
            seal=plan.seal,
            planned_at=self.planned_at,
            writes=writes,
            steps=plan.steps,
            stages=plan.checkpoints,
            stages_expire=True,
            checks=checks_of(self.parameters.resolved, self.connection) if plan.steps else {},
            files=self._file_changes(),
            undo_if_different=True,
            save_first=plan.save_first,
            saves_others=self.parameters.unsaved == Unsaved.SAVE_FIRST,
            must_save=is_saved and self.state.saved is False,
            saved=self.state.saved,
            records=self.facts.records.known,
            fetched=self.facts.records.fetched,
            continues=unfinished_runs(self.facts.records.known) if writes else (),
        )

    def _file_changes(self) -> FileChanges:
        """The files of the former state stay until the next change, so that this one can be undone."""
        plan, parameters = self.planned, self.parameters
        before = named_files([*self.state.configuration.objects.values(), *(step.before for step in plan.steps)])
        after = named_files(step.after for step in plan.steps)
        wanted = {file.path for file in parameters.document.files} if parameters.resolved.is_asked_for() else set()
        return FileChanges(
            missing=plan.missing_files,
            directory=parameters.measure.traits.writing.file_directory if plan.steps else "",
            keep=before | after | wanted,
            keep_if_undone=before,
        )

    def _still_holds(self) -> bool:
        """Inspect again: True if the appliance is as it was planned for, with the unsaved changes of others.

        :raises Refused: if there is a conflict now
        """
        with self.connection.primary.cached_reads():
            facts, plan = inspect(self.connection, resolved_on(self.connection, self.parameters))
        self._seen = facts
        if plan.conflicts:
            ending = " It came up between the plan and the lock. Nothing was changed."
            raise Refused(joined("", f"{self.where}: ", texts_of(plan.conflicts), ending))
        before = (self.planned.seal, self.facts.saved.foreign_lines)
        return (plan.seal, facts.saved.foreign_lines) == before

    def _unproven_text(self) -> str:
        """Return why a change that stays is a failure, or ""."""
        if self.proof.is_good_enough or self.parameters.save == Save.ALWAYS:
            return ""
        can_probe = self.proof.prover.can_probe
        why = "the probes do not prove it" if can_probe else "no probe may be sent, so nothing proves it"
        anyway = self.parameters.setting("save: always")
        saved = "" if self.state.saved else f", and it is not saved ({anyway} saves it anyway)"
        return f"{self.where}: the rule is in place, but {why}; it stays{saved}"

    # -- results ------------------------------------------------------------------------------------------------------

    def _compare_secondary(self) -> None:
        """Compare the secondary too, and keep the differences that were found before anything is changed."""
        self.proof.secondary.compare(self.state)
        if self._drift is None:
            self._drift = (*self.facts.drift, *self.proof.secondary.differences)

    @cached_property
    def _seals(self) -> ProofSeals:
        """Those of what was in place when it was read: only a run without steps asks for them."""
        return seals_of_proof(self.facts, self.planned, self.parameters.owner)

    def _record_found(self) -> ChangeRecord:
        """Write a record of what was found, without a change."""
        parameters = self.parameters
        keep_records(self.facts.records.fetched, parameters.records, self.where)
        facts = parameters.facts(self.connection, RecordKind.VERIFY, self.planned.seal)
        seals = self._seals
        if self.state.presence in (Presence.OLDER, Presence.DRIFTED):
            # The seal of the plan is one of the steps to what is asked for.
            facts |= {"version": self.state.version, "seal": seals.seal}
        proof = self.proof.content(seals, self.proof.grounds())
        ending = {"outcome": Outcome.APPLIED, "saved": bool(self.state.saved), "proof": proof}
        return start_record(parameters.records, self.where, (), facts, ending=ending, trust=parameters.trust)

    def _with_probes_counted(self, result: Result) -> Result:
        proof = self.proof.proof
        ours = {name: result.probe_hits.get(name, 0) + count for name, count in proof.probe_hits.items()}
        return replace(result, counters=proof.counters, probe_hits={**result.probe_hits, **ours})

    @cached_property
    def _ours(self) -> Ourselves:
        """Return what on the appliance was ours before this run: our requests in its hit counters, of all measures and of the alarm."""
        parameters = self.parameters
        return read_counted(parameters.records, self.where, parameters.trust, parameters.counted)

    def _ours_of(self, node: str, hits: Mapping[str, int]) -> Ourselves:
        """Return what was ours in the counters of a node. When it was started is read only where something of ours may be in them."""
        asked = (self._ours.hits, self._ours.hits_in_doubt)
        if not any(hits_of(node, hits, partition=self.parameters.scope) for hits_of in asked):
            return self._ours
        member = self.connection.member(self.connection.primary)
        return self._ours.of_start(node, member.started_at, member.start)

    def _note_lower_counters(self) -> None:
        """Note each counter that is lower than a run of ours has left it: once others have brought it there again, nothing else shows it."""
        parameters, now = self.parameters, datetime.now(UTC)
        node, hits = str(self.connection.primary.node), self.facts.configuration.observation.hits
        lower = self._ours.began_again(node, hits, now, parameters.scope)
        if lower:
            counted = CountedRequests(now, node, lower, partition=parameters.scope)
            with contextlib.suppress(InvalidInput):
                note_counted(parameters.records, self.where, parameters.run, now, counted)

    def _result(self, *, changed: bool, failed: str, saved_now: bool = False) -> Result:
        grounds, drift = self.proof.grounds(), self._drift or ()
        measure, given, today = self.parameters.measure, self.parameters.acknowledgements, self.today()
        verdict = decide_verdict(grounds, measure, self.parameters.as_of, given, today)
        # What this run did is its own decision.
        found = None if self.record else observed(self.facts, verdict, grounds.let_past)
        node, hits = str(self.connection.primary.node), self.facts.configuration.observation.hits
        ours = self._ours_of(node, hits)
        return Result(
            facts=self.facts,
            plan=self.planned,
            state=self.state,
            verdict=verdict,
            verdict_today=decide_verdict(grounds, measure, today, given, today),
            pending=self._is_pending,
            changed=changed,
            failed=failed,
            saved_now=saved_now,
            record=str(self.record.path) if self.record else "",
            proof=self.proof.proof,
            probes_sent=self.proof.prover.prober.sent,
            probe_hits=ours.hits(node, hits, partition=self.parameters.scope),
            hits_in_doubt=ours.hits_in_doubt(node, hits, partition=self.parameters.scope),
            debts=debts(self.facts, self.state, str(self.connection.build), self.parameters.planned_fix, today),
            drift=drift,
            corrected=drift if changed and not failed else (),
            observed=found,
            lost=lost_protection(self.facts, found),
        )
