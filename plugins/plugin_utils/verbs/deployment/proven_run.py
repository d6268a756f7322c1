# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The proof of an apply: legitimate traffic passes as before, attacks are blocked, hit counters rise, the secondary follows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ...appliance.nitro.connection import Connection
from ...catalogue.counted_requests import CountedRequests
from ...catalogue.measure import BuildStatus
from ...catalogue.run_parameters import OnUnproven, Save, Unsaved
from ...change.execution.change import Harm, Proof, ProofFindings
from ...change.execution.read_back import Objects, with_objects_read_again
from ...change.execution.write_permission import ConfirmLease
from ...change.planning.drift import saved_drift
from ...change.planning.proof_seal import ProofSeals, places_of, seal_beside
from ...change.planning.state_reader import Scope
from ...change.planning.unsaved_changes import ConfigurationTexts
from ...change.records.change_record import ChangeRecord, proven_places
from ...change.records.closed_time import ClosedTime, still_closed
from ...change.records.closures import ClosureState
from ...change.records.record_content import RecordedProof
from ...foundation.errors import NitroError, TourniquetError
from ...judgement.course.state import WordMeaning, meaning_of
from ...judgement.exposure_reads.beside_others import WasRead, found_beside_others
from ...judgement.inspection.access import read_unlisted_vips
from ...judgement.inspection.facts import ApplianceFacts, MeasureState
from ...judgement.inspection.plan import Plan
from ...judgement.inspection.saved_state import read_saved_state
from ...judgement.proof.grounds import Grounds, Presence
from ...judgement.proof.probes import Sign, harmed, sent_in
from ...judgement.proof.verdict import decide_verdict, is_proven
from ...judgement.proof.verdict_table import VerdictWord
from ...judgement.verdicts.counted_run import CountedRun
from ...judgement.verdicts.foresight import unacknowledged
from ...judgement.verdicts.measure_grounds import GOOD_BUILDS, gather_grounds, observing_in
from ...judgement.verdicts.measure_proof import MeasureProver, ProofResult
from ...judgement.verdicts.next_actions import next_actions
from ...policies.protection import EVERY
from .measure_secondary import MeasureOnSecondary


class _Gathered(NamedTuple):
    """Grounds, and what they were gathered from: frozen values, and texts that grow during a run."""

    values: tuple[object, ...]
    texts: tuple[object, ...]
    grounds: Grounds


class ApplyProof(Proof):
    """The proof of one run, and the state of the measure that it finds.

    :ivar state: the state of the measure, as last read
    :ivar proof: what was proven from outside so far
    :ivar secondary: the measure on the secondary
    :ivar is_written: the steps are carried out, so that the state is the one after them
    """

    def __init__(self, connection: Connection, facts: ApplianceFacts, plan: Plan) -> None:
        self.connection = connection
        self.parameters = facts.parameters
        self.facts = facts
        self.plan = plan
        self.state = facts.found
        self.prover = MeasureProver(connection.primary, self.parameters, facts, connection.keep_lease)
        observed, new = facts.configuration.observation, frozenset(self._own_policies())
        # An ACL has a counter too, and is no policy.
        known = {
            name: hits for name, hits in observed.hits.items() if ("responderpolicy", (name,)) in observed.state.objects
        }
        if not self.parameters.measure.traits.proving.by_probes:
            known, new = {name: hits for name, hits in known.items() if name not in new}, frozenset()
        self.counted_run = CountedRun(connection, self.parameters, known, new, self._is_attacked)
        self.proof = ProofResult()
        self.secondary = MeasureOnSecondary(connection, self.parameters)
        self.is_written = False
        self._unlisted: list[str] = []
        self._remarks: list[str] = []
        self._gathered: _Gathered | None = None

    def note_begun(self) -> None:
        """Note the beginning of an apply, before its lease: where it dies, its requests and its lease are known by this note alone."""
        if self.prover.can_probe:
            self.counted_run.begin()
        rounds = bool(self.plan.steps) + len(self.plan.checkpoints) + 1
        self.counted_run.note_begun(rounds * self.prover.most)

    # -- the points of the transaction --------------------------------------------------------------------------------

    def before(self) -> None:
        self.note_unlisted_vips()
        if self.prover.can_probe and self.plan.steps:
            self.proof = replace(self.proof, before=self.prover.probe())

    def record_facts(self) -> Mapping[str, Any]:
        names = self.facts.configuration.taken_over
        decided = {"decided_by": self.parameters.who} if self.plan.takes_away else {}
        files = {one.path: {"sha256": one.sha256, "bytes": len(one.content)} for one in self.parameters.document.files}
        read = WasRead(self.facts.configuration.state, Scope.of(self.parameters.document.objects))
        beside = {**self._found_beside(), **found_beside_others(self.connection.primary, self.parameters, read)}
        return {
            **({"taken_over": list(names)} if names else {}),
            **({"files": files} if files else {}),
            **({"found_beside": beside} if beside else {}),
            **decided,
            **self._opening(),
        }

    def _found_beside(self) -> dict[str, str]:
        """Return by our measure the fingerprint of what is bound where ours is bound before it is changed; nothing where it is not, or nothing was proven."""
        proven = proven_places(self.facts.records.known) if self.plan.steps else []
        if not proven or not self.parameters.measure.traits.course.depends_on_build:
            return {}
        configuration, owner = self.facts.configuration, self.parameters.owner
        own = places_of(configuration.state.objects, owner)
        if not own.objects:
            return {}
        return {owner.measure: seal_beside(configuration.state, own, owner, proven, configuration.unshown)}

    def _opening(self) -> Mapping[str, Any]:
        """Return what the run opens that a step of closing had closed by the same measure: it lets requests pass there, or goes."""
        lost = self.plan.takes_away
        if not lost or self.parameters.closing:
            return {}
        closed = [one for one in still_closed(self.facts.records.known) if one.partition == self.parameters.scope]
        opened = [one for one in closed if EVERY in lost or _service(one) in lost]
        if not opened:
            return {}
        ids = [[one.object_id[0], one.object_id[1][0]] for one in opened]
        return {"closing": {"step": str(opened[0].step), "closes": [], "opens": ids}}

    def after_stage(self) -> Harm | None:
        """A new login to the management must succeed, and legitimate traffic must pass as before."""
        try:
            self.connection.log_in_again()
        except TourniquetError as error:
            return Harm("the management could no longer be reached", str(error))
        problem = "; ".join(harmed(self.proof.before, self.prover.probe())) if self.prover.can_probe else ""
        return Harm("legitimate traffic was harmed", problem) if problem else None

    def after(self, objects: Objects) -> ProofFindings:
        self.is_written = True
        if self.plan.changes:
            self.state = self._state_after(objects)
            self.secondary.read_back(self.state)
        if self.prover.can_probe:
            self.probe()
            if self.proof.harm and self.plan.steps:
                return ProofFindings(facts={}, harm=Harm("legitimate traffic was harmed", self.proof.harm))
            self.read_hits(self.facts.rules.blockers_after)
        grounds = self.grounds()
        is_good = self._is_good(grounds)
        undo = not is_good and self.parameters.on_unproven == OnUnproven.REVERT
        seals = ProofSeals.of(self.state.configuration, self.facts.configuration.target, self.parameters.owner)
        return ProofFindings(
            facts=self.content(seals, grounds),
            undo_because="it could not be proven, and on_unproven is revert" if undo else "",
            may_save=self._may_save(is_good),
        )

    def finds_as_saved(self, record: ChangeRecord) -> bool:
        if not self.plan.steps or self.facts.saved.saved is not False:
            return False  # what was as saved before the steps is not after them
        texts = ConfigurationTexts(self.connection.primary)
        target, records = self.facts.configuration.target, [*self.facts.records.known, record]
        with contextlib.suppress(TourniquetError):
            if texts.running is not None and texts.saved is not None:
                found = read_saved_state(self.connection, self.parameters, target, records, texts, verify=True)
                return found.saved is True
        return False

    def problem_after_save(self) -> str:
        """Read the saved configuration again if the appliance may have reported "saved" wrongly before."""
        session = self.connection.primary
        text = ConfigurationTexts(session).saved if self.facts.drift else None
        if text is None:
            return ""
        still = saved_drift(text, self.facts.configuration.target, self.parameters.owner)
        return f"{session.where}: after the save the saved configuration still differs: {still[0]}" if still else ""

    def save_secondary(self, record: ChangeRecord, confirm_lease: ConfirmLease) -> None:
        problem = self.secondary.save(self.state, [*self.facts.records.known, record], confirm_lease)
        self._remarks += [problem] if problem else []

    # -- what is proven -----------------------------------------------------------------------------------------------

    @property
    def is_proven(self) -> bool:
        """True if the measure is proven. A removal is proven by reading back: no request could show more."""
        return self._proves(self.grounds())

    @property
    def is_good_enough(self) -> bool:
        """True if it is proven, or is as it was proven before; or if no probe can be blocked by a rule on client addresses, so that no harm is enough."""
        return self._is_good(self.grounds())

    def _proves(self, grounds: Grounds) -> bool:
        return not self.parameters.resolved.is_asked_for() or is_proven(grounds)

    def _is_good(self, grounds: Grounds) -> bool:
        if self._proves(grounds) or not self.parameters.measure.traits.proving.by_probes:
            return True
        is_as_proven = bool(self.plan.proven_before) and not self.plan.answering
        return (
            is_as_proven and meaning_of(self._word(grounds)).state.stops
        )  # probes that are kept from it contradict nothing

    @property
    def passing(self) -> tuple[str, ...]:
        """The virtual servers at which an attack passes and should not, in words."""
        return self._passing(self.grounds())

    def _passing(self, grounds: Grounds) -> tuple[str, ...]:
        return tuple(
            f"an attack passes at {proof.vip}"
            for proof in self.proof.after
            if proof.sign is Sign.VULNERABLE and not grounds.is_expected(proof)
        )

    @property
    def found(self) -> WordMeaning:
        """The meaning of what the probes found; that nothing is known where none was sent."""
        return meaning_of(self._word(self.grounds()) if self.proof.after else VerdictWord.UNKNOWN)

    def probe(self) -> None:
        self.proof = replace(self.proof, after=self.prover.probe())

    def read_hits(self, policies: tuple[str, ...]) -> None:
        """Read the hit counters of the policies that block; where ours only count, those of ours."""
        observing = observing_in(self.parameters, self.state)
        proof = self.prover.with_hits(self.proof, observing or policies, observing=bool(observing))
        if proof.probe_hits and self.counted_run.has_failed_over(self.prover.prober.sent):
            proof = replace(proof, counters={}, probe_hits={})  # whose the hits are is not known: the note has them
        self.proof = proof

    @property
    def sent(self) -> dict[str, int]:
        """The probes of this run that no policy of ours has answered, as a note has them."""
        return sent_in(self.proof.after)

    def _own_policies(self) -> Iterator[str]:
        return (key[0] for type_, key in self.parameters.document.objects if type_ == "responderpolicy")

    def counted(self, recorded: RecordedProof | None) -> CountedRequests | None:
        """Return the requests of this run in the counters of policies of ours that its record does not say; None where there are none.

        :param recorded: the proof in the record of the run; None where it has none
        """
        told = recorded.counters if recorded is not None else ()
        return self.counted_run.counted(self.prover.prober.sent, told, self.prover.prober.attacks)

    def counted_elsewhere(self, *on_primary: CountedRequests | None) -> tuple[CountedRequests, ...]:
        """Return the requests of this run that may be in the counters of the other node of a pair, since it failed over."""
        prober = self.prover.prober
        return self.counted_run.counted_elsewhere(prober.sent, on_primary, prober.attacks)

    def note_counted(self, recorded: RecordedProof | None, for_others: CountedRequests | None) -> list[str]:
        """Note the end of an apply, and return that it failed, in words.

        :param recorded: the proof in the record of the run; for_others: the same as a note has it
        """
        prober = self.prover.prober
        return self.counted_run.note_end(prober.sent, self.counted(recorded), for_others, prober.attacks)

    def _is_attacked(self, policy: str) -> bool:
        """Return True if a policy is one of a mitigation of this run: nothing but the attacks of its traffic matches it."""
        return self.parameters.measure.traits.course.depends_on_build and self.parameters.owner.owns_name(policy)

    def note_unlisted_vips(self) -> None:
        """Note Gateway and AAA virtual servers that the inventory does not name: they are not probed."""
        needless = (
            self.facts.build_status in (*GOOD_BUILDS, BuildStatus.WANTED)
            or self.parameters.measure.traits.proving.is_read_back
        )
        if needless or not self.prover.can_probe or self.parameters.appliance.vips is None:
            return
        try:
            unlisted = read_unlisted_vips(self.connection.primary, self.facts.access)
        except NitroError as error:
            self._unlisted.append(f"it is not known if netscaler_vips names all virtual servers: {error}")
            return
        self._unlisted += [
            f"the {vip.kind} server {vip} is not named in netscaler_vips (if one of these leads to it, add there `vserver: {vip.name}`)"
            for vip in unlisted
        ]

    def content(self, seals: ProofSeals, grounds: Grounds) -> Mapping[str, Any]:
        """Return the proof as the change record has it.

        :param seals: of the state that was proven; none where it is nothing that a run of ours has left, so that nothing is proven
        :param grounds: what the proof rests on
        """
        proof, passing, word = self.proof, list(self._passing(grounds)), self._word(grounds)
        is_claimed = (
            not self.parameters.measure.stop_gap or word is VerdictWord.STOP_GAP
        )  # of a stop-gap, by that word alone
        return {
            "proven": is_claimed and bool(seals.seal) and self._proves(grounds),
            "verdict": str(word),
            **({"state": state} if (state := self.parameters.measure.traits.proving.record_state) else {}),
            "unharmed": not self.parameters.measure.traits.proving.by_probes and bool(proof.after),
            "vips": [str(vip_proof.vip) for vip_proof in proof.after],
            "contradicted": passing,
            **({"altered": True} if self._is_altered(grounds, word, passing) else {}),
            "seal": seals.seal,
            **({"places": seals.places} if seals.places else {}),
            "run": self.parameters.run,
            "user_agent": self.prover.prober.user_agent,
            "offline": self.facts.rules.corpus.summary(),
            "before": [vip_proof.summary() for vip_proof in proof.before],
            "after": [vip_proof.summary() for vip_proof in proof.after],
            "hits": proof.hits,
            "counters": proof.counters,
            "probe_hits": proof.probe_hits,
            "counted_on": str(self.connection.primary.node),
            **(
                {"node_started": self.connection.member(self.connection.primary).start}
                if any(proof.probe_hits.values())
                else {}
            ),
        }

    def _is_altered(self, grounds: Grounds, word: VerdictWord, passing: Sequence[str]) -> bool:
        """Return True if what is in place is not what a proof has seen: it was changed, or somebody bound a policy in front of it."""
        in_front = bool(passing) or word is VerdictWord.PARTLY
        in_front = in_front and bool(unacknowledged(self.parameters, grounds.let_past))
        is_found = bool(passing) or meaning_of(word).state.ends_proof
        return (is_found and grounds.is_altered) or in_front

    def _word(self, grounds: Grounds) -> VerdictWord:
        """Return the word for what is in place, as if it were saved and no virtual server were switched off: records say that elsewhere.

        A policy in front of ours that a person has acknowledged by name counts as in the verdict itself.
        """
        grounds = replace(grounds, saved=True, unsaved_secondary="", closures=ClosureState())
        named = [one for one in self.parameters.acknowledgements if one.policy]
        day = datetime.now(UTC).date()
        return decide_verdict(grounds, self.parameters.measure, self.parameters.as_of, named, day).word

    def grounds(self) -> Grounds:
        """Return what the verdict rests on. It is gathered once for each state of the run."""
        rests_on = (self.facts, self.plan, self.state, self.proof, self.secondary.comparison)
        texts = (
            self.is_written,
            self.secondary.problem,
            tuple(self._unlisted),
            tuple(self._remarks),
            frozenset(self.connection.primary.unusable_names),
        )
        known = self._gathered
        if (
            known is None
            or known.texts != texts
            or any(one is not was for one, was in zip(rests_on, known.values, strict=True))
        ):
            known = self._gathered = _Gathered(rests_on, texts, self._gather())
        return known.grounds

    def _gather(self) -> Grounds:
        absent = self.state.presence == Presence.ABSENT  # the secondary need not have what is not wanted
        problems = [self.secondary.problem] if self.secondary.problem and not absent else []
        grounds = gather_grounds(
            self.connection,
            self.facts,
            self.plan,
            self.state,
            self.proof,
            written=self.is_written,
            secondary=None if absent else self.secondary.comparison,
            not_covered=[*self._unlisted, *problems],
            remarks=self._remarks,
        )
        return replace(grounds, next_actions=next_actions(self.facts, grounds, self.proof, self.plan.conflicts))

    def end(self, *, saved: bool | None, undone: bool, remarks: list[str]) -> None:
        """Note how the transaction ended.

        :param saved: None if that is not known
        :param undone: the steps were undone because they could not be proven
        """
        presence = Presence.ABSENT if undone else self.state.presence
        self.state = replace(self.state, saved=saved, presence=presence)
        self._remarks += remarks

    def _state_after(self, objects: Objects) -> MeasureState:
        parameters = self.parameters
        ids = [step.object_id for step in self.plan.steps]
        configuration = with_objects_read_again(self.state.configuration, ids, objects)
        return MeasureState(
            presence=Presence.CURRENT if parameters.resolved.is_asked_for() else Presence.ABSENT,
            version=parameters.owner.version,
            configuration=configuration,
            modes=dict(parameters.resolved.modes(configuration.objects)),
            saved=False,
        )

    def _may_save(self, is_good: bool) -> bool:
        parameters = self.parameters
        without_save = parameters.unsaved == Unsaved.APPLY_WITHOUT_SAVE and bool(self.facts.saved.foreign_lines)
        allowed = parameters.save != Save.NEVER and not without_save and parameters.measure.traits.saving.is_saved
        return allowed and (is_good or parameters.save == Save.ALWAYS)


def _service(closed: ClosedTime) -> str:
    """Return a closed virtual server in the words of what a plan takes away."""
    return f"{closed.object_id[0].removesuffix('vserver')} vserver {closed.object_id[1][0]}"
