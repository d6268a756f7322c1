# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gather the grounds about a measure from what was read, what was written and what was proven. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from ...appliance.nitro.appliance import Vip
from ...appliance.nitro.connection import CLUSTER, Connection
from ...appliance.nitro.names import UnusableName, texts_of
from ...appliance.objects.resource_types import Attributes, ObjectId
from ...appliance.objects.virtual_servers import VSERVER_TYPES
from ...catalogue.acknowledgement import of_policy
from ...catalogue.measure import BuildStatus, Measure, ResolvedMeasure, Weakness
from ...catalogue.measure_traits import Proving
from ...catalogue.mitigation import Mitigation
from ...catalogue.observing import POLICY, is_passing, observing_policies
from ...catalogue.run_parameters import ResolvedParameters
from ...change.planning.drift import SecondaryComparison
from ...change.records.change_record import ChangeRecord
from ...change.records.closures import ClosureState
from ...measures.last_run import LastRun, last_run
from ...policies.let_past import LetPast
from ...policies.other_measures import is_of_another
from ...policies.url_expressions import rules_with_url
from ..inspection.access import AccessFacts
from ..inspection.facts import ApplianceFacts, MeasureState
from ..inspection.ownership_state import target_of_records
from ..inspection.plan import Plan
from ..inspection.rule_assessment import features_on
from ..proof.expected_hits import PASSED_WHERE_EXPOSED, ends_connections, signs_at, unseen
from ..proof.grounds import Grounds, Presence
from ..proof.probes import Sign
from .measure_proof import ProofResult

GOOD_BUILDS = (BuildStatus.FIXED, BuildStatus.NOT_AFFECTED)


def gather_grounds(
    connection: Connection,
    facts: ApplianceFacts,
    plan: Plan,
    state: MeasureState,
    proof: ProofResult,
    *,
    written: bool,
    secondary: SecondaryComparison | None,
    not_covered: Sequence[str],
    remarks: Sequence[str],
) -> Grounds:
    """Gather the grounds for the verdict.

    :param state: the state of the measure, as last read
    :param written: True once the run has begun to change the appliance, so that the policies of the plan count
    :param secondary: what the secondary has of ours; None if it was not read or does not matter
    :param not_covered: what the run found besides the facts that is not covered
    :param remarks: what the run reports besides the remarks of the plan
    """
    parameters = facts.parameters
    measure, resolved = parameters.measure, parameters.resolved
    observing = observing_in(parameters, state)
    let_count = () if written else _let_count_by_others(facts, observing)
    if state.presence is Presence.DRIFTED:
        observing = tuple(policy for policy in observing if policy not in let_count)
    blockers = facts.rules.blockers_after if written else facts.rules.blockers
    grounds = _from_facts(connection, facts, parameters, blockers)
    return replace(
        grounds,
        observing=observing,
        let_count=let_count,
        expected_signs=PASSED_WHERE_EXPOSED if observing else grounds.expected_signs,
        presence=state.presence,
        lets_pass=_lets_pass(facts) if state.presence is Presence.CURRENT and not observing else "",
        version=state.version,
        feature_on=features_on(parameters, state.configuration),
        modes={str(placement): mode for placement, mode in state.modes.items()},
        proofs=proof.after,
        hits_rose=proof.hits_rose,
        proven_before="" if written and plan.answering else plan.proven_before,  # of what was there before the steps
        seen_passing="" if written and plan.answering else plan.seen_passing,
        found_ineffective="" if written and plan.answering else plan.found_ineffective,
        takes_away=() if written else plan.takes_away,
        saved=state.saved,
        unsaved_secondary=_unsaved_secondary(secondary),
        unusable=tuple(map(str, _unusable(connection, facts))),
        not_covered=(
            *facts.nodes.not_covered,
            *(
                [plan.left_out]
                if plan.left_out
                and not _runs_the_fix(connection, facts)
                and _is_left(facts, plan, state, proof, written=written)
                else ()
            ),
            *resolved.not_covered,
            *not_covered,
            *_not_covered(connection, facts, measure.traits.proving, secondary),
        ),
        remarks=(*plan.remarks, *proof.remarks, *remarks, *_remarks(facts, resolved, plan, proof, secondary)),
        rests_on=tuple(_rests_on(connection, facts, proof)),
        last_run=_last_run(measure, facts.records.known, state, written=written),
        is_other_version=state.version != parameters.owner.version,
    )


def _is_left(facts: ApplianceFacts, plan: Plan, state: MeasureState, proof: ProofResult, *, written: bool) -> bool:
    """Return True if what an earlier run found left out holds for this one: it has asked nothing itself, changed nothing, and not all is closed."""
    is_asked = bool(proof.after) or (written and bool(plan.answering))
    vservers = [one for found in facts.access.vservers.values() for one in found]
    all_closed = bool(vservers) and all(one.enabled is False for one in vservers)
    return state.presence != Presence.ABSENT and not is_asked and not all_closed


def _runs_the_fix(connection: Connection, facts: ApplianceFacts) -> bool:
    """Return True if every node runs a build that needs no mitigation: what an earlier run found left out is not missing there."""
    measure, builds = facts.parameters.measure, [node.build for node in connection.nodes]
    return measure.traits.course.depends_on_build and all(
        build is not None and measure.build_status(build) in GOOD_BUILDS for build in builds
    )


def _last_run(
    measure: Measure, records: Sequence[ChangeRecord], state: MeasureState, *, written: bool
) -> LastRun | None:
    """Return the last run of a recurring measure: this run where it brought it in, otherwise that of the records."""
    if (recurring := measure.traits.course.recurring) is None:
        return None
    now = datetime.now(UTC)
    if written and state.presence is Presence.CURRENT:
        return LastRun(recurring, now, now)
    return last_run(measure.id, recurring, records, now)


def observing_in(parameters: ResolvedParameters, state: MeasureState) -> tuple[str, ...]:
    """Return the policies of a mitigation that only count. The modes of a measure with placements say it for each of them."""
    if not parameters.measure.traits.course.depends_on_build:
        return ()
    return observing_policies(state.configuration.objects, parameters.owner)


def _let_count_by_others(facts: ApplianceFacts, observing: Sequence[str]) -> tuple[str, ...]:
    """Return those policies that only count and that our last run let block, by the records; where there is none, nobody knows who has changed them."""
    left = target_of_records(facts.records.known, {}).objects
    return tuple(name for name in observing if (own := left.get((POLICY, (name,)))) is not None and not is_passing(own))


def _from_facts(
    connection: Connection, facts: ApplianceFacts, parameters: ResolvedParameters, blockers: Sequence[str]
) -> Grounds:
    """Return the grounds that does not depend on what the run does.

    :param blockers: the policies that answer the attacks
    """
    resolved, proving = parameters.resolved, parameters.measure.traits.proving
    return Grounds(
        build=connection.build,
        builds=tuple(node.build for node in connection.nodes if node.build is not None),
        placements=resolved.placements,
        covered_by=facts.rules.covered_by or resolved.covered_by,
        absent_because=resolved.absent_because,
        not_verified=resolved.not_verified,
        expected_signs=_expected_signs(parameters, blockers),
        expected_at=_expected_at(facts.access.vips, parameters),
        placement_hits=_placement_hits(resolved, facts.configuration.observation.hits),
        unprovable=facts.access.unprovable,
        is_asked_for=resolved.is_asked_for(),
        serves_nobody=proving.serves_nobody,
        read_back="the settings are read back" if proving.is_read_back else "",
        nothing_to_protect=resolved.nothing_to_protect,
        weaknesses=_weaknesses(parameters, facts.configuration.state.objects),
        explained=bool(blockers),
        closures=_closures(facts.access, parameters.measure),
        closed_to_us=tuple(vip for vip, _decision in facts.access.closed_to_us),
        drift=facts.drift,
        shadowed_by=facts.shadowed_by,
        let_past=facts.rules.rule_proof.let_past,
        invoking=_invoking(parameters, facts.rules.rule_proof.let_past),
        unreadable=facts.nodes.unreadable,
    )


def _invoking(parameters: ResolvedParameters, found: Sequence[LetPast]) -> tuple[LetPast, ...]:
    """Return those policies in front of ours that may lead an attack into a label, and that nobody has acknowledged by name."""
    day, measure = datetime.now(UTC).date(), parameters.measure.id
    into_labels = (one for one in found if one.invokes and not one.is_sure)
    given = parameters.acknowledgements
    return tuple(one for one in into_labels if of_policy(given, one.policy, measure, day) is None)


def _lets_pass(facts: ApplianceFacts) -> str:
    """Return an attack that the rule of the current version does not match: the entry may have got it after the proof."""
    return next((str(found) for found in facts.rules.corpus.wrong if found.case.attack), "")


def _closures(access: AccessFacts, measure: Measure) -> ClosureState:
    """Return which VIPs are closed; for a setting of the whole appliance each other virtual server that is switched on counts as open."""
    state = access.closures
    if not state.closed or not measure.traits.course.concerns_each_vserver:
        return state
    vservers = (vserver for found in access.vservers.values() for vserver in found)
    others = (str(one) for one in vservers if one.enabled is not False and one.addressable and not one.is_http)
    return replace(state, open=(*state.open, *others))


def _weaknesses(parameters: ResolvedParameters, present: Mapping[ObjectId, Attributes]) -> tuple[Weakness, ...]:
    """Return the finding about rules that look at a URL, where one of ours does."""
    measure, objects = parameters.measure, parameters.document.objects
    known = measure.url_weakness if isinstance(measure, Mitigation) else None
    return (known,) if known is not None and rules_with_url(objects, present) else ()


def _unsaved_secondary(secondary: SecondaryComparison | None) -> str:
    return f"the secondary {secondary.host} has not saved it" if secondary is not None and secondary.unsaved else ""


def _not_covered(
    connection: Connection, facts: ApplianceFacts, proving: Proving, secondary: SecondaryComparison | None
) -> Iterator[str]:
    if secondary is not None:
        yield from secondary.not_covered
    if facts.build_status not in GOOD_BUILDS and not proving.is_read_back:
        if proving.by_probes:  # no probe would prove any other there
            yield from (vip.not_probed for vip in facts.access.vips if not vip.probe)
        off = {(o.type, o.name) for found in facts.access.vservers.values() for o in found if o.enabled is False}
        yield from texts_of(one for one in _unusable(connection, facts) if (one.type, one.stand_in) not in off)


def _unusable(connection: Connection, facts: ApplianceFacts) -> set[UnusableName]:
    """Return the names of virtual servers that NITRO does not allow."""
    names = {*facts.unusable_names, *connection.primary.unusable_names}
    return {one for one in names if one.type in VSERVER_TYPES}


def _remarks(
    facts: ApplianceFacts,
    resolved: ResolvedMeasure,
    plan: Plan,
    proof: ProofResult,
    secondary: SecondaryComparison | None,
) -> Iterator[str]:
    proving = resolved.measure.traits.proving
    if secondary is not None and secondary.problem:
        yield secondary.problem
    if proving.is_read_back:
        return
    is_read = CLUSTER not in facts.nodes.unreadable  # nothing of a cluster is
    if not facts.access.vips and facts.build_status not in GOOD_BUILDS and not plan.skipped and is_read:
        yield "no VIP is known, so nothing can be probed"
    if not proving.by_probes:
        yield from (vip.not_probed for vip in facts.access.vips if not vip.probe)
    else:
        earlier = (record.proof.counters for record in facts.records.known if record.proof is not None)
        counters = {**facts.configuration.observation.hits, **proof.counters}
        yield from unseen(resolved.placements, counters, earlier)
    for vip_proof in proof.after:
        yield from vip_proof.not_sent_texts


def _expected_at(vips: Sequence[Vip], parameters: ResolvedParameters) -> dict[Vip, tuple[Sign, ...]]:
    """Return by VIP the expected answers; nothing for a measure that cannot block a probe."""
    if not parameters.measure.traits.proving.by_probes:
        return {}
    placements, objects = parameters.resolved.placements, parameters.document.objects
    return signs_at(vips, placements, objects, parameters.appliance.marker)


def _expected_signs(parameters: ResolvedParameters, blockers: Sequence[str]) -> tuple[Sign, ...]:
    """Return the answers that the policies in place explain: an unmarked block only where a policy of others may block."""
    marked = _answers_are_marked(parameters.document.objects, parameters.appliance.marker)
    others = [policy for policy in blockers if not parameters.owner.owns_name(policy)]
    by_another = [Sign.BLOCKED_BY_ANOTHER] if any(is_of_another(one, parameters.owner) for one in others) else []
    if marked and not others:
        return (Sign.BLOCKED_BY_US,)
    return (Sign.BLOCKED_BY_US, *by_another, Sign.BLOCKED)


def _answers_are_marked(objects: Mapping[ObjectId, Attributes], marker: str) -> bool:
    """Return True if every answer of ours carries the marker; a DROP or RESET cannot carry it."""
    targets = [str(a.get("target", "")) for (type_, _key), a in objects.items() if type_ == "responderaction"]
    return bool(marker) and not ends_connections(objects) and all(marker in target for target in targets)


def _placement_hits(resolved: ResolvedMeasure, hits: Mapping[str, int]) -> dict[str, int] | None:
    """Return by placement the hits of its policies so far; None if hits alone prove nothing about the measure."""
    if resolved.measure.traits.proving.by_probes:
        return None
    return {str(one): sum(hits.get(policy, 0) for policy in resolved.counted_by(one)) for one in resolved.placements}


def _rests_on(connection: Connection, facts: ApplianceFacts, proof: ProofResult) -> list[str]:
    words = [f"configuration read from {connection.primary.node.host}"]
    if facts.rules.corpus:
        words.append(f"offline: {facts.rules.corpus.summary()}")
    evaluation = facts.rules.evaluation
    if evaluation.findings:
        time = f", {evaluation.nanoseconds} ns each" if evaluation.nanoseconds is not None else ""
        words.append(f"evaluated by the appliance: {evaluation.checked} of {len(evaluation.findings)}{time}")
    words += [f"{vip_proof.vip}: {vip_proof.sign.value} ({vip_proof.counts})" for vip_proof in proof.after]
    words += [f"hits of {policy} rose by {count}" for policy, count in proof.hits.items()]
    return words
