# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Apply, prove, then save: bringing a measure onto one appliance, and saying what the result rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import ApplyParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import (
    NitroError,
    Refused,
    TourniquetError,
)
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
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.inspection.inspect import Inspection, inspect
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import BUILT_IN_ACTIONS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.virtual_servers import read_vservers
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.drift import saved_drift
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.planner import seal
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.unsaved_changes import (
    Texts,
    changed_meanwhile,
    last_change,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.conflicts import Conflict
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.request_paths import SESSION_KINDS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.expected_hits import (
    enough_hits,
    expected_hits,
    signs_at,
    unseen,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.hit_counters import wait_for_hits
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.probes import (
    Prober,
    Sign,
    VipProof,
    harmed,
    probe_vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.verdict import (
    Evidence,
    Verdict,
    decide_verdict,
    is_proven,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.appliance_lock import (
    ApplianceLock,
    give_back_left_lock,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import (
    APPLIED,
    FAILED,
    PARTLY_REVERTED,
    REVERTED,
    ChangeRecord,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.control_node_lock import LocalLock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_copies import RecordCopies, keep

MOST_PROBES_AT_APPLY = 3
GOOD_BUILDS = (BuildStatus.FIXED, BuildStatus.NOT_AFFECTED)


def today() -> date:
    """The date of a verdict where none is asked for, in UTC as the records are."""
    return datetime.now(UTC).date()


@dataclass
class Result:
    """What a run did on one appliance, and what it found.

    :ivar changed: something was written to the appliance, or would be in check mode
    :ivar pending: an apply would still write, save or prove something
    :ivar failed: the reason why the run failed, or ""
    :ivar drift: in what the running and the saved configuration of each node differed from what was in place, before the run
    :ivar corrected: what of that the run put right, or would in check mode
    """

    inspection: Inspection
    verdict: Verdict
    verdict_today: Verdict
    pending: bool = False
    changed: bool = False
    failed: str = ""
    saved_now: bool = False
    record: str = ""
    proofs_before: tuple[VipProof, ...] = ()
    proofs: tuple[VipProof, ...] = ()
    hits: dict[str, int] = field(default_factory=dict)
    probes_sent: int = 0
    drift: list[str] = field(default_factory=list)
    corrected: list[str] = field(default_factory=list)


class Deployment:
    """One order on one open connection. :meth:`plan`, :meth:`apply` and :meth:`status` are its verbs."""

    def __init__(
        self, connection: Connection, parameters: ApplyParameters, *, today: Callable[[], date] = today
    ) -> None:
        self.connection = connection
        with connection.primary.one_look():
            self.parameters = parameters.resolve(connection)
            self.inspection = inspect(connection, self.parameters)
        self.today = today
        self.prober = Prober(parameters.run, parameters.appliance.probe_from)
        self.planned_at = connection.changed_at
        self.proofs: tuple[VipProof, ...] = ()
        self.proofs_before: tuple[VipProof, ...] = ()
        self.hits: dict[str, int] = {}
        self.hits_rose: bool | None = None
        self.record: ChangeRecord | None = None
        self.peer: PeerLook | None = None
        self.peer_problem = connection.peer_problem
        self.drift: list[str] | None = None
        self.lock: ApplianceLock | None = None
        self.changed_at = ""

    # -- verbs --------------------------------------------------------------------------------------------------------

    def plan(self) -> Result:
        """What apply would do. Reads only, and no probe is sent."""
        self._note_drift()
        return self._result(
            changed=bool(self.inspection.steps or self.inspection.missing_files), failed=self._conflict_text()
        )

    def status(self) -> Result:
        """What is there, with probes if the order asks for them. A proof is noted in a record of its own."""
        inspection = self.inspection
        self._note_drift()
        self._look_for_unlisted_vips()
        if self._can_probe():
            self.proofs = self._probe()
            self._watch_hits(inspection.blockers)
        result = self._result(changed=False, failed="")
        if self._is_proven() and inspection.ours == "current" and not inspection.steps:
            ending = {"outcome": APPLIED, "saved": bool(inspection.saved), "proof": self._proof(inspection.seal)}
            record = self._start_record("verify", ending=ending)
            result.record = str(record.path)
        return result

    def apply(self) -> Result:
        """Apply, prove, save.

        :raises Refused: where the plan has conflicts, or somebody else is at work on the appliance; nothing was written
        :raises StepFailed: where a step failed; what was done before it has been undone, or the message says what was not
        """
        inspection = self.inspection
        if inspection.conflicts:
            raise Refused(f"{self.parameters.appliance.name}: {self._conflict_text()} Nothing was changed.")
        if not inspection.skipped and self.drift is None:
            self._note_drift()
        writes = inspection.writes or self._peer_is_to_be_saved
        if not writes:
            give_back_left_lock(self.connection, self.parameters)
        if not self._is_pending:
            return self._result(changed=False, failed="")
        if not writes:
            self._look_for_unlisted_vips()
            with LocalLock(self.parameters.records, self.parameters.appliance.name):
                self.record = self._start_record("apply")
                return self._prove_and_save(self.record)
        with ApplianceLock(self.connection, self.parameters) as self.lock:
            return self._change(self.lock)

    @property
    def _is_pending(self) -> bool:
        """Something is to be written, saved or proven, or stands in the way of that."""
        inspection = self.inspection
        if inspection.skipped and not inspection.conflicts:
            return False
        done = inspection.saved is not False and bool(inspection.proven_before) and not self._peer_is_to_be_saved
        return bool(inspection.steps or inspection.missing_files or inspection.conflicts) or not done

    @property
    def _peer_is_to_be_saved(self) -> bool:
        """The secondary has what the primary has, and would lose it in a reboot."""
        return self.peer is not None and bool(self.peer.unsaved) and not self.peer.drift

    # -- the parts of apply -------------------------------------------------------------------------------------------

    def _change(self, lock: ApplianceLock) -> Result:
        """With the lock held: look whether the plan still holds, then record, write, prove and save."""
        inspection = self.inspection
        self._look_for_unlisted_vips()
        if self._can_probe() and inspection.steps:
            self.proofs_before = self._probe()
        require_as_planned(self.connection, self.planned_at, self._is_same)
        record = self.record = lock.record = self._start_record("apply", lock=lock.facts())
        with RecordCopies(self.connection, record, lock.notes):
            return self._write(lock, record)

    def _write(self, lock: ApplianceLock, record: ChangeRecord) -> Result:
        inspection = self.inspection
        confirm(lock, record)
        if self.parameters.unsaved == "save_first" and inspection.foreign_lines:
            save_first(self.connection, record)
        if inspection.steps or inspection.missing_files:
            self._execute(record)
        return self._prove_and_save(record)

    def _is_same(self) -> bool:
        """Whether the appliance is as it was inspected, with what others have not saved."""
        with self.connection.primary.one_look():
            now, inspection = inspect(self.connection, self.parameters.resolve(self.connection)), self.inspection
        if now.conflicts:
            raise Refused(
                f"{self.parameters.appliance.name}: {_in_words(now.conflicts)} It came up between the look and the lock. Nothing was changed."
            )
        return (now.seal, now.foreign_lines) == (inspection.seal, inspection.foreign_lines)

    def _execute(self, record: ChangeRecord) -> None:
        """Carry out the steps, and read every attribute back."""
        session, steps = self.connection.primary, self.inspection.steps
        checks, in_charge = self.parameters.resolved.checks(self.connection), self.connection.confirm_primary
        self.inspection.saved = None  # what was read before holds no longer, however this ends
        try:
            deliver(self.connection, self.inspection.missing_files)
            first = 0
            for stop in self.inspection.stops:
                execute(session, steps[:stop], record, first=first, checks=checks, confirm=in_charge)
                self._require_way_back(record)
                first = stop
            execute(session, steps, record, first=first, checks=checks, confirm=in_charge)
            # What was written to a node that is no longer in charge is lost, and reads back all the same.
            self.connection.confirm_primary()
            after = renewed(session, self.inspection.observation.state, [step.object_id for step in steps])
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
        inspection = self.inspection
        inspection.ours = "current" if inspection.asked else "absent"
        inspection.version, inspection.saved = self.parameters.owner.version, False
        inspection.observation.state = after
        inspection.modes = dict(self.parameters.resolved.modes(after.objects))
        self._look_at_peer(lambda look: not look.drift, saved=False)
        self.changed_at = last_change(session)

    def _require_way_back(self, record: ChangeRecord) -> None:
        """In the middle: the management still lets us in afresh, and legitimate traffic is served as before.

        :raises StepFailed: where not; what was done has been undone, or runs out by itself
        """
        problem = ""
        try:
            self.connection.log_in_afresh()
        except TourniquetError as error:
            problem = f"the management no longer lets us in: {error}"
        if not problem and self._can_probe():
            problem = "; ".join(harmed(self.proofs_before, self._probe()))
            problem = problem and f"legitimate traffic was harmed: {problem}"
        if not problem:
            return
        try:
            self._revert(record, problem)
        except StepFailed as error:
            raise StepFailed(f"{error}. What was put in so far runs out by itself", undone=False) from error
        raise StepFailed(f"{self.parameters.appliance.name}: {problem}. The first step has been undone.", undone=True)

    def _revert(self, record: ChangeRecord, why: str) -> None:
        """:raises StepFailed: where undoing it failed too"""
        take_back(self.connection, self.inspection.steps, record, why, "it")
        self._tidy_files(named_files(step.before for step in self.inspection.steps))

    def _prove_and_save(self, record: ChangeRecord) -> Result:
        inspection, parameters = self.inspection, self.parameters
        changed = bool(inspection.steps)
        if self._can_probe():
            self.proofs = self._probe()
            harm = "; ".join(harmed(self.proofs_before, self.proofs))
            if harm and changed:
                self._revert(record, harm)
                raise StepFailed(
                    f"{parameters.appliance.name}: legitimate traffic was harmed, so the change was undone: {harm}",
                    undone=True,
                )
            self._watch_hits(inspection.blockers_after)
        # Who judges by the source can't be shown by a request of ours: that nobody else was harmed has to do.
        proven = self._is_proven() or not self.parameters.measure.probes_can_be_blocked()
        record.note(proof=self._proof(seal(inspection.observation.state, inspection.target, [])))
        if not proven and changed and parameters.on_unproven == "revert":
            self._revert(record, "it could not be proven, and on_unproven is revert")
            inspection.ours = "absent"
            problem = "the change could not be proven and was undone (on_unproven: revert)"
            return self._result(changed=False, failed=problem, record=record)
        saved_now = inspection.saved is False and self._shall_save(proven=proven)
        if saved_now:
            self._save(record)
        if inspection.saved and self._shall_save(proven=proven):
            self._save_peer(record)
        record.finish(APPLIED, saved=inspection.saved is True)
        if changed:
            # What was there before stays until the next change, so that this one can be undone.
            self._tidy_files(named_files(state for step in inspection.steps for state in (step.before, step.after)))
        problem = "" if proven or parameters.save == "always" else self._unproven_text()
        return self._result(changed=changed or saved_now, failed=problem, record=record, saved_now=saved_now)

    def _tidy_files(self, keep: set[str]) -> None:
        """Take away the files of ours that nothing needs any more."""
        measure, parameters = self.parameters.measure, self.parameters
        if measure.file_directory:
            keep |= {file.path for file in parameters.document.files if self.inspection.ours == "current"}
            keep |= named_files(self.inspection.observation.state.objects.values())
            self.inspection.remarks += tidy(self.connection, parameters.owner, measure.file_directory, keep)

    def _unproven_text(self) -> str:
        why = "the probes do not prove it" if self._can_probe() else "no probe may be sent, so nothing proves it"
        saved = "" if self.inspection.saved else ", and it is not saved (-e save=always saves it all the same)"
        return f"{self.parameters.appliance.name}: the rule is in place, but {why}; it stays{saved}"

    def _shall_save(self, *, proven: bool) -> bool:
        parameters = self.parameters
        if parameters.save == "never" or (parameters.unsaved == "apply_without_save" and self.inspection.foreign_lines):
            return False
        return proven or parameters.save == "always"

    def _save(self, record: ChangeRecord) -> None:
        """Save what was proven, if nobody else has changed anything since, and read that it is saved.

        :raises TourniquetError: where it is not saved; the change stays, and the record says that it is unsaved
        """
        session = self.connection.primary
        problem = ""
        if self.parameters.unsaved != "save_first":
            records = [*self.inspection.records, record]
            problem = changed_meanwhile(session, self.changed_at, self.parameters.owner, records)
        if not problem:
            problem = save_on_primary(self.connection) or lost_meanwhile(session, record.touched)
        if not problem and self.inspection.drift:
            # Where the appliance's own word was found to be wrong before, the file is read again.
            text = Texts(session).saved
            still = [] if text is None else saved_drift(text, self.inspection.target, self.parameters.owner)
            problem = (
                f"{session.where}: after the save the saved configuration still differs: {still[0]}" if still else ""
            )
        if problem:
            record.finish(APPLIED, saved=False, problem=problem)
            raise TourniquetError(
                f"{problem}. The change is in place and would be lost in a reboot: run apply.yml again."
            )
        self.inspection.saved = True

    # -- proof --------------------------------------------------------------------------------------------------------

    def _can_probe(self) -> bool:
        return (
            self.parameters.probes != "none"
            and self.parameters.appliance.probe
            and any(vip.probe for vip in self.inspection.vips)
        )

    def _cases(self, vip: Vip) -> list[TrafficCase]:
        """What a VIP is asked; nothing where nothing is expected of it."""
        traffic = self.parameters.measure.traffic.for_version(self.parameters.owner.version)
        cases = [case for case in traffic.at(f"{vip.kind} vserver {vip.name}").cases if case.session != "with"]
        if self.parameters.probes == "all":
            return cases
        controls = [case for case in cases if case.probe and not case.attack][:1]
        return [case for case in cases if case.probe and case.attack][: MOST_PROBES_AT_APPLY - len(controls)] + controls

    def _probe(self) -> tuple[VipProof, ...]:
        marker = self.parameters.appliance.marker
        return tuple(
            probe_vip(self.prober, vip, cases, self.parameters.measure, marker)
            for vip in self.inspection.vips
            if vip.probe and (cases := self._cases(vip))
        )

    def _note_drift(self) -> None:
        """Look at the other node too, and keep what was found before anything is changed."""
        self._look_at_peer()
        if self.drift is None:
            peer = self.peer
            self.drift = [*self.inspection.drift, *((*peer.drift, *peer.unsaved) if peer else ())]

    def _look_at_peer(
        self,
        is_enough: Callable[[PeerLook], bool] | None = None,
        *,
        saved: bool = True,
        patience: float | None = None,
    ) -> None:
        """What is ours on the primary must be on the secondary as well, or a failover takes it away.

        :param is_enough: wait until a look is, within bounds
        """
        session, inspection, parameters = self.connection.secondary, self.inspection, self.parameters
        self.peer = None
        if session is None or inspection.ours == "absent" or self.peer_problem:
            return
        ours = inspection.observation.state
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
        """A save on the primary need not reach the secondary: it is waited for, and else done there."""
        session = self.connection.secondary
        self._look_at_peer(lambda look: not look.unsaved or bool(look.drift), patience=SAVE_PATIENCE)
        if session is None or not self._peer_is_to_be_saved:
            return
        problem = save_peer(session, self.parameters, [*self.inspection.records, record])
        if problem:
            self.inspection.remarks.append(problem)
        self._look_at_peer()

    def _look_for_unlisted_vips(self) -> None:
        """Gateway and AAA servers that the inventory does not name would not be proven."""
        inspection = self.inspection
        if inspection.build_status in (*GOOD_BUILDS, BuildStatus.WANTED):
            return
        if not self._can_probe() or self.parameters.appliance.vips is None:
            return
        inspection, known = self.inspection, {vip.address for vip in self.inspection.vips}
        for type_ in ("vpnvserver", "authenticationvserver"):
            if type_ not in inspection.vservers:
                inspection.vservers[type_] = read_vservers(self.connection.primary, [type_])
        found = [vserver.vip for type_ in inspection.vservers for vserver in inspection.vservers[type_]]
        for vip in found:
            if vip is not None and vip.kind in SESSION_KINDS and vip.address not in known:
                inspection.not_covered.append(f"the {vip.kind} server {vip} is not named in netscaler_vips")

    def _watch_hits(self, policies: Sequence[str]) -> None:
        """The counters of whichever policies block, ours and those in front of ours.

        They are compared with what they were before the first probe, so all blocked probes of the run must show in them;
        objects that this run made count from zero.
        """
        parts = self.parameters.resolved.placements
        by_vip = expected_hits(parts, self.proofs_before, self.proofs, self.inspection.observation.hits)
        blocked = sum(proof.blocked for proof in self.proofs)
        expected = sum(by_vip.values()) if parts else blocked + sum(proof.blocked for proof in self.proofs_before)
        if not policies or not (by_vip if parts else blocked):
            return
        try:
            self.hits = wait_for_hits(self.connection.primary, policies, self.inspection.observation.hits, expected)
        except NitroError as error:
            self.inspection.remarks.append(f"the hit counters cannot be read: {error}")
            return
        self.inspection.remarks += unseen(parts, self.hits, self.inspection.observation.hits)
        self.hits_rose = enough_hits(by_vip, self.hits, parts) if parts else sum(self.hits.values()) >= expected

    def _expected_signs(self) -> tuple[Sign, ...]:
        """The answers that the policies in place explain: an unmarked block only where somebody else's may block."""
        inspection, owner = self.inspection, self.parameters.owner
        blockers = inspection.blockers_after if self.record is not None else inspection.blockers
        unmarked = not self._answers_are_marked() or any(not owner.owns_name(policy) for policy in blockers)
        return (Sign.BLOCKED_BY_US, Sign.BLOCKED) if unmarked else (Sign.BLOCKED_BY_US,)

    def _answers_are_marked(self) -> bool:
        """Whether every answer of ours carries the marker; a DROP or RESET cannot."""
        marker, objects = self.parameters.appliance.marker, self.parameters.document.objects
        targets = [
            str(attributes.get("target", ""))
            for (type_, _key), attributes in objects.items()
            if type_ == "responderaction"
        ]
        silent = any(
            type_ == "responderpolicy" and a["action"] in BUILT_IN_ACTIONS for (type_, _key), a in objects.items()
        )
        return bool(marker) and not silent and all(marker in target for target in targets)

    def _is_proven(self) -> bool:
        """Where nothing is asked for any more, that it is gone was read back, and no request could show more."""
        return not self.inspection.asked or is_proven(self._evidence())

    def _proof(self, state_seal: str) -> dict[str, Any]:
        return {
            "proven": self._is_proven(),
            "unharmed": not self.parameters.measure.probes_can_be_blocked() and bool(self.proofs),
            "vips": [str(proof.vip) for proof in self.proofs],
            "seal": state_seal,
            "run": self.parameters.run,
            "user_agent": self.prober.user_agent,
            "offline": self.inspection.corpus.summary(),
            "before": [proof.summary() for proof in self.proofs_before],
            "after": [proof.summary() for proof in self.proofs],
            "hits": self.hits,
        }

    # -- results ------------------------------------------------------------------------------------------------------

    def _start_record(self, kind: str, ending: dict[str, Any] | None = None, **more: Any) -> ChangeRecord:
        parameters, inspection = self.parameters, self.inspection
        steps = inspection.steps if kind == "apply" else []
        facts = parameters.facts(self.connection, kind, inspection.seal) | more
        keep(inspection.fetched, parameters.records, parameters.appliance.name)
        return ChangeRecord.start(parameters.records, parameters.appliance.name, steps, facts, ending=ending)

    def _conflict_text(self) -> str:
        return _in_words(self.inspection.conflicts)

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
            inspection=self.inspection,
            verdict=decide_verdict(evidence, self.parameters.measure, self.parameters.as_of),
            verdict_today=decide_verdict(evidence, self.parameters.measure, self.today()),
            pending=self._is_pending,
            changed=changed,
            failed=failed,
            saved_now=saved_now,
            record=str(record.path) if record else "",
            proofs_before=self.proofs_before,
            proofs=self.proofs,
            hits=self.hits,
            probes_sent=self.prober.sent,
            drift=self.drift or [],
            corrected=(self.drift or []) if changed and not failed else [],
        )

    def _evidence(self) -> Evidence:
        inspection, session = self.inspection, self.connection.primary
        peer = self.peer if inspection.ours != "absent" else None  # what was undone is not missed
        not_covered, remarks = list(inspection.not_covered), list(inspection.remarks)
        if self.peer_problem and inspection.ours != "absent":
            not_covered.append(self.peer_problem)
        if peer is not None:
            not_covered += peer.not_covered
            remarks += [peer.problem] if peer.problem else []
        if inspection.build_status not in GOOD_BUILDS:
            not_covered += [f"{vip} is not probed (probe: false)" for vip in inspection.vips if not vip.probe]
        if not inspection.vips and inspection.build_status not in GOOD_BUILDS and not inspection.skipped:
            remarks.append("no VIP is known, so nothing can be probed")
        remarks += [text for proof in self.proofs for text in proof.not_sent_texts]
        return Evidence(
            build=self.connection.build,
            placements=self.parameters.resolved.placements,
            ours=inspection.ours,
            version=inspection.version,
            feature_on=inspection.feature_on,
            covered_by=inspection.covered_by,
            expected_signs=self._expected_signs(),
            expected_at={}
            if not self.parameters.measure.probes_can_be_blocked()
            else signs_at(
                inspection.vips,
                self.parameters.resolved.placements,
                self.parameters.document.objects,
                self.parameters.appliance.marker,
            ),
            part_hits=self._part_hits(),
            unprovable=tuple(inspection.unprovable),
            modes={str(part): mode for part, mode in inspection.modes.items()},
            asked=inspection.asked,
            explained=bool(inspection.blockers_after if self.record is not None else inspection.blockers),
            proofs=self.proofs,
            hits_rose=self.hits_rose,
            proven_before=inspection.proven_before,
            saved=inspection.saved,
            standing=inspection.standing,
            unsaved_peer=f"the secondary {peer.host} has not saved it" if peer is not None and peer.unsaved else "",
            drift=tuple(inspection.drift),
            shadowed_by=inspection.shadowed_by,
            not_covered=tuple(not_covered),
            unreadable=tuple(inspection.unreadable),
            remarks=tuple(remarks),
            rests_on=tuple(self._rests_on(session)),
        )

    def _part_hits(self) -> dict[str, int] | None:
        """By part, what its policies have seen so far; None where hits alone prove nothing."""
        resolved, hits = self.parameters.resolved, self.inspection.observation.hits
        if self.parameters.measure.probes_can_be_blocked():
            return None
        return {
            str(part): sum(hits.get(policy, 0) for policy in resolved.counted_by(part)) for part in resolved.placements
        }

    def _rests_on(self, session: Session) -> list[str]:
        words = [f"configuration read from {session.node.host}"]
        if self.inspection.corpus:
            words.append(f"offline: {self.inspection.corpus.summary()}")
        if self.inspection.evaluation.findings:
            evaluation = self.inspection.evaluation
            time = f", {evaluation.nanoseconds} ns each" if evaluation.nanoseconds is not None else ""
            words.append(f"evaluated by the appliance: {evaluation.checked} of {len(evaluation.findings)}{time}")
        words += [f"{proof.vip}: {proof.sign.value}" for proof in self.proofs]
        words += [f"hits of {policy} rose by {count}" for policy, count in self.hits.items()]
        return words


def _in_words(conflicts: Sequence[Conflict]) -> str:
    return " ".join(map(str, conflicts))
