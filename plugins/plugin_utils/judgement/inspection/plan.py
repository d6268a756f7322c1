# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of a measure on one appliance: what apply would do, and what forbids it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ...appliance.nitro.names import texts_of
from ...appliance.objects.ownership import Owner
from ...appliance.objects.steps import Step
from ...appliance.objects.virtual_servers import VSERVER_TYPES
from ...catalogue.run_parameters import ResolvedParameters, Unsaved
from ...change.planning.missing_files import MissingFile
from ...change.planning.planner import Target, seal
from ...change.planning.proof_seal import ProofSeals, places_of, proof_seals
from ...change.records.change_record import ChangeRecord
from ...change.records.continued_runs import applies, unfinished_runs
from ...change.records.record_content import RecordContent, RecordedProof
from ...change.records.record_states import Outcome, RecordKind
from ...change.records.recorded_nodes import is_elsewhere
from ...foundation.foreign_text import printable
from ...foundation.moments import CLOCK_SKEW, EARLIEST
from ...measures.closing_measures import closing_only
from ...policies.conflicts import (
    Conflict,
    ConflictCode,
    find_conflicts,
    missing_parents,
    no_route,
    not_shown,
    unreadable_parts,
    unsaved_changes,
    waiting_edits,
    without_protection,
)
from ...policies.evaluation_order import neighbours
from ...policies.protection import taken_away
from ..course.recorded_proof import let_past_by, may_let_past_by
from ..course.run import disproves, leaves_out, left_by, unproven_beside
from ..course.state import State
from ..proof.grounds import Presence
from .configuration import ConfigurationFacts
from .facts import ApplianceFacts
from .planned_steps import PlannedSteps
from .prior_runs import RecordFacts
from .rule_assessment import features_on


@dataclass(frozen=True)
class Plan:
    """The plan of a measure on one appliance.

    :ivar skipped: the reason to do nothing although the configuration differs from the target, or ""
    :ivar steps: the ordered steps; empty if nothing is to be done
    :ivar checkpoints: the numbers of steps after which access to the appliance is proven before the next step is carried out
    :ivar missing_files: the files to put on the nodes before the first step
    :ivar save_first: the unsaved changes of others are saved before the first step
    :ivar saves: something of ours is not saved yet
    :ivar conflicts: what forbids the plan, each with its fix
    :ivar seal: the fingerprint of the configuration that the plan depends on, and of its steps
    :ivar neighbours: the policies of others at our bind points, in words
    :ivar takes_away: the services from which it takes protection away, in words
    :ivar left_out: which run found a part that it does not hold for, in words, where no run has proved it since; or ""
    :ivar seen_passing: which run of ours saw an attack pass at what is in place, in words, where no run has proved it since; or ""
    :ivar found_ineffective: likewise, which run found that this build does not evaluate it
    :ivar proven_before: when a change record says that exactly this state, planned or of an older version, was proven, or ""
    """

    skipped: str = ""
    steps: tuple[Step, ...] = ()
    checkpoints: tuple[int, ...] = ()
    missing_files: tuple[MissingFile, ...] = ()
    save_first: bool = False
    saves: bool = False
    conflicts: tuple[Conflict, ...] = ()
    seal: str = ""
    neighbours: tuple[str, ...] = ()
    takes_away: tuple[str, ...] = ()
    left_out: str = ""
    seen_passing: str = ""
    found_ineffective: str = ""
    proven_before: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """True if apply would change the configuration or the files of the appliance."""
        return bool(self.steps or self.missing_files)

    @property
    def answering(self) -> tuple[Step, ...]:
        """The steps that may change how a request is answered."""
        return tuple(step for step in self.steps if not step.only_logs)

    @property
    def writes(self) -> bool:
        """True if apply would write anything to the appliance, a save included."""
        return not self.skipped and (self.changes or self.saves or self.save_first)


def make_plan(facts: ApplianceFacts, planned: PlannedSteps, build: str) -> Plan:
    """Make the plan from what was read.

    :param build: of the primary, as change records have it
    """
    parameters, configuration = facts.parameters, facts.configuration
    plan = Plan(
        skipped=planned.skipped,
        steps=planned.steps,
        checkpoints=planned.checkpoints,
        missing_files=facts.files.missing,
        save_first=parameters.unsaved == Unsaved.SAVE_FIRST and bool(facts.saved.foreign_lines),
        saves=facts.saved.saved is False and parameters.measure.traits.saving.is_saved,
        takes_away=_takes_away(facts, parameters, planned),
    )
    disproving = _disproving(facts.records.known)
    fingerprint = seal(configuration.state, configuration.target, plan.steps)
    present, owner = configuration.state, parameters.owner
    unshown = configuration.unshown
    found = proof_seals(present, configuration.target, owner, unshown) if not plan.answering else frozenset()
    if facts.older is not None and facts.found.presence == Presence.OLDER:
        found = proof_seals(present, facts.older, owner, unshown)
    return replace(
        plan,
        conflicts=tuple(
            one.at(parameters.appliance.name, parameters.role) for one in _conflicts(facts, parameters, planned, plan)
        ),
        seal=fingerprint,
        left_out=_left_out(facts.records),
        seen_passing=_seen_passing(disproving),
        found_ineffective=_found_ineffective(disproving, build),
        neighbours=tuple(neighbours(configuration.evaluated, parameters.owner)),
        proven_before=_proven_before(facts, found, build),
        remarks=tuple(_remarks(facts, parameters, planned, plan)),
    )


def seals_of_proof(facts: ApplianceFacts, plan: Plan, owner: Owner) -> ProofSeals:
    """Return the fingerprints of what a proof of what is in place rests on; none where that is nothing that a run of ours has left."""
    target = _left(facts, is_reached=not plan.answering)
    return ProofSeals() if target is None else ProofSeals.of(facts.configuration.state, target, owner)


def _left(facts: ApplianceFacts, *, is_reached: bool) -> Target | None:
    """Return the state that runs of ours have left and that is in place; None where none is."""
    is_current = facts.found.presence == Presence.CURRENT and is_reached
    return facts.older if facts.found.presence == Presence.OLDER else facts.configuration.target if is_current else None


def seals_of_places(facts: ApplianceFacts, plan: Plan, owner: Owner) -> frozenset[str] | None:
    """Return the fingerprints of the proofs that hold for what is bound where ours is bound; None where it is not as our runs left it."""
    target, configuration = _left(facts, is_reached=not plan.answering), facts.configuration
    if target is None:
        return None
    places = places_of(target.objects, owner)
    return proof_seals(configuration.state, places, owner, configuration.unshown) if places.objects else frozenset()


def _left_out(records: RecordFacts) -> str:
    """Return by which record the last run that says what it found, found a part left out; an undo takes back nothing of that."""
    told = [
        one
        for one in reversed(records.told)
        if one.outcome is Outcome.APPLIED
        and one.proof is not None
        and (one.proof.is_judged or let_past_by(one.content))
    ]
    if not told:
        return ""
    in_doubt = (
        one
        for one in records.in_doubt(told[0])
        if one in told and (leaves_out(one.content) or let_past_by(one.content))
    )
    last = next(in_doubt, told[0])
    record = f"record {last.name.removesuffix('.json')}"
    if why := let_past_by(last.content):
        return f"no run has proved it since {record} found that {why}"
    return f"{record} could not prove it everywhere, and no run has proved it since" if leaves_out(last.content) else ""


def _takes_away(facts: ApplianceFacts, parameters: ResolvedParameters, planned: PlannedSteps) -> tuple[str, ...]:
    """Return the services from which the steps take protection away.

    A closing and its opening have their own decision, of a person with a reason, and some measures protect nobody.
    """
    configuration = facts.configuration
    is_decided = parameters.owner.measure in closing_only() or bool(parameters.closing)
    no_protection = is_decided or not parameters.measure.traits.course.protects
    if not planned.steps or no_protection or not features_on(parameters, configuration.state):
        return ()
    present = configuration.evaluated
    after = {**present, **{id_: a for id_, a in configuration.target.objects.items() if a is not None}}
    for id_, attributes in configuration.target.objects.items():
        if attributes is None:
            after.pop(id_, None)
    # Where the inventory asks for nothing any more, features_on needs none.
    answers = configuration.state.features.get("RESPONDER", False)
    vservers = [(vip.kind, vip.name) for vip in facts.access.vips]
    return taken_away(present, after, parameters.owner, vservers, policies_answer=answers)


def _conflicts(
    facts: ApplianceFacts, parameters: ResolvedParameters, planned: PlannedSteps, plan: Plan
) -> Iterable[Conflict]:
    owner, configuration = parameters.owner, facts.configuration
    # An undo could not take back what such a run did, once another run has followed it. What it did looks like that of others here.
    for one in facts.records.left_out if plan.writes else ():
        if one.is_in_force:
            yield Conflict(ConflictCode.UNTRUSTED_RECORDS, f"{one.what} is left alone: {one.why}.", one.fix)
    if not planned.skipped:
        yield from _configuration_conflicts(configuration, parameters, planned)
    if not parameters.is_preview:
        yield from without_protection(plan.takes_away, {"who": parameters.who, "reason": parameters.reason})
    yield from waiting_edits(plan.steps, configuration.observation.edits, owner)
    if not planned.skipped:
        yield from (Conflict(ConflictCode.FILE, *problem) for problem in facts.files.problems)
        yield from not_shown(configuration.observation.not_shown, parameters.accept_sleeping_policies)
        yield from unreadable_parts(facts.nodes.unreadable)
        yield from missing_parents(configuration.observation.missing)
        yield from facts.features.conflicts(parameters)
        if (
            parameters.unsaved == Unsaved.REFUSE
            and (plan.steps or plan.saves)
            and parameters.measure.traits.saving.is_saved
        ):
            yield from unsaved_changes(facts.saved.foreign_lines, are_ours=facts.saved.is_all_ours)
    refusal = facts.lock.refusal(writes=plan.writes)
    if refusal is not None:
        yield Conflict(ConflictCode.LOCKED, refusal.text, refusal.fix)
    yield from facts.rules.conflicts


def _configuration_conflicts(
    configuration: ConfigurationFacts, parameters: ResolvedParameters, planned: PlannedSteps
) -> list[Conflict]:
    variable = parameters.measure.traits.writing.priority_variable
    found = find_conflicts(
        configuration.state, configuration.target, parameters.owner, adopt=parameters.adopt, variable=variable
    )
    return found or (no_route(planned.refusal) if planned.refusal else [])


def _remarks(facts: ApplianceFacts, parameters: ResolvedParameters, planned: PlannedSteps, plan: Plan) -> Iterable[str]:
    if not planned.refusal:
        yield from facts.configuration.kept
    yield from parameters.measure.edited
    yield from facts.configuration.remarks
    yield from facts.nodes.addresses
    yield from facts.nodes.remarks
    yield from facts.features.remarks
    if facts.lock.problem:
        yield facts.lock.problem
    yield from facts.records.problems
    if plan.writes:
        yield from map(_continued, applies(unfinished_runs(facts.records.known)))
    yield from facts.saved.remarks
    yield from facts.lock.remarks(writes=plan.writes)
    yield from facts.access.remarks
    yield from facts.rules.remarks
    yield from texts_of(one for one in facts.unusable_names if one.type not in VSERVER_TYPES)


def _continued(record: ChangeRecord) -> str:
    how = "died" if record.outcome in (Outcome.OPEN, Outcome.CONTINUED) else "failed"
    return (
        f"this run continues {record.name} of {record.operator.user}@{record.operator.control_node}, which {how}: an undo takes back what "
        "both left"
    )


def _disproving(records: Sequence[ChangeRecord]) -> ChangeRecord | None:
    """Return the last run that saw an attack pass at what is in place, or that found it without effect; None where a later one proved or replaced that."""
    for record in reversed(records):
        if record.undone_by or record.outcome is not Outcome.APPLIED:
            continue
        if record.kind is RecordKind.ROLLBACK or left_by(record.content) is State.OBSERVING:
            return None
        proof = record.proof
        if proof is not None and (proof.contradicted or left_by(record.content) is State.INEFFECTIVE):
            return record
        if proof is not None and (proof.proven or proof.unharmed) and record.may_prove:
            return None
        if record.kind is RecordKind.APPLY and record.answering:
            return None  # what passed was not at what is in place now
    return None


def _seen_passing(record: ChangeRecord | None) -> str:
    if record is None or record.proof is None or not record.proof.contradicted:
        return ""
    seen = printable(", ".join(record.proof.contradicted))
    return f"record {record.name.removesuffix('.json')}: {seen}, and no run has proved it since"


def _found_ineffective(record: ChangeRecord | None, build: str) -> str:
    if record is None or left_by(record.content) is not State.INEFFECTIVE or record.build != build:
        return ""
    return f"record {record.name.removesuffix('.json')} found {State.INEFFECTIVE}, and no run has proved it since"


def _proven_before(facts: ApplianceFacts, fingerprints: Collection[str], build: str) -> str:
    """Return when a record says that exactly this state was proven on this appliance, on this build and at all of these VIPs, or "".

    :param fingerprints: the seals of the proofs that hold for what is in place; none if it is no state that a run of ours has left
    """
    others: set[str] = set()
    measure = facts.parameters.owner.measure
    for record in reversed(facts.records.told_beside):
        if record.measure != measure or record.kind is RecordKind.VERIFY:
            others |= {record.content.found_beside.get(measure, "")} - {""}
        if record.measure != measure:
            continue
        if record.outcome is Outcome.OPEN:
            return ""
        if record.undone_by:
            if leaves_out(record.content):
                return ""  # an undo takes back nothing of that
            continue
        proof = record.proof
        if record.outcome is not Outcome.APPLIED:
            continue
        if _ends_proof(record.content):
            return ""
        if proof is not None and (proof.proven or proof.unharmed) and record.may_prove:
            is_beside_others = bool(
                proof.places and others - {proof.places}
            )  # which a later run found, and proved nothing
            may_be_later = (one.content for one in facts.records.in_doubt(record) if one.outcome is Outcome.APPLIED)
            if any(map(_ends_proof, may_be_later)):
                return ""
            return "" if is_beside_others else _finished_if_same(facts, record, proof, fingerprints, build)
        others |= {unproven_beside(record.content)} - {""}
        if record.kind is RecordKind.APPLY and record.answering:
            return ""  # what this run changed was not as it was proven before
    return ""


def _ends_proof(record: RecordContent) -> bool:
    """Return True if a run found that what was proven does not hold, or a policy in front of it that leads attacks past it, or may."""
    return disproves(record) or bool(let_past_by(record) or may_let_past_by(record))


def _finished_if_same(
    facts: ApplianceFacts, record: ChangeRecord, proof: RecordedProof, fingerprints: Collection[str], build: str
) -> str:
    vips = {str(vip) for vip in facts.access.vips if vip.probe}
    covered = bool(vips) and vips <= set(proof.vips)
    here = not is_elsewhere(record, map(str, facts.parameters.appliance.nodes))
    same = proof.seal in fingerprints and record.build == build and here
    return _dated(record, facts.records.known) if same and covered else ""


def _dated(record: ChangeRecord, known: Sequence[ChangeRecord]) -> str:
    """Return the time of a proof, and that nobody knows it where it is still to come, or before that of a run before it.

    :param known: in the order of their chain
    """
    if not record.finished:
        return ""
    at, latest = datetime.fromisoformat(record.finished), datetime.now(UTC) + CLOCK_SKEW
    before = known[: known.index(record)]
    earlier = (datetime.fromisoformat(one.finished or one.started) for one in before)
    if at > latest:
        return f"{record.finished} by a clock that was ahead"
    if at < EARLIEST:
        return f"{record.finished} by a clock that was wrong"
    is_behind = any(at + CLOCK_SKEW < time < latest for time in earlier)
    return f"{record.finished} by a clock that was behind that of a run before it" if is_behind else record.finished
