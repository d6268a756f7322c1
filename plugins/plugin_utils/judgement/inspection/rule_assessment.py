# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Assess the rules of a measure before they are bound: by offline evaluation, and by the appliance's own evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.session import Session
from ...appliance.objects.ownership import PREFIX
from ...appliance.objects.resource_types import HTTP_GLOBAL_TYPES, TYPES
from ...catalogue.measure import Mode, Placement
from ...catalogue.mitigation import Mitigation
from ...catalogue.run_parameters import ResolvedParameters
from ...catalogue.traffic import Traffic
from ...change.planning.planner import State
from ...change.planning.state_reader import GLOBAL_BINDING, MEMBER_TYPES, read_everywhere, read_names
from ...foundation.errors import NitroError
from ...foundation.json_values import beside, written
from ...policies.assessment import AssessedRule, Assessment, AssessmentInput, cached_assessment
from ...policies.conflicts import Conflict, ConflictCode, wrong_answers, wrong_expressions
from ...policies.expression_check import ExpressionCheck, check_expressions
from ...policies.hand_made import HandMade, places_of_policy
from ...policies.policy_bank import CaseResult, CorpusCounts, PolicyBank, banks_of, places_of
from ...policies.request_paths import Objects
from ...policies.rule_proof import RuleProof, disagreements
from ...policy_language import Request
from ..proof.appliance_evaluation import Evaluation, SharedEvaluation, evaluate_on_appliance, question_urls, sample
from .access import AccessFacts
from .configuration import ConfigurationFacts
from .named_objects import read_named_objects
from .planned_steps import PlannedSteps

JUDGED = (
    "not evaluated by the appliance: {} of ours is in place and matches the question itself, so it would answer or count it where the node lets policies "
    "judge its management address"
)
SET_TYPES = frozenset(name for type_, members in MEMBER_TYPES.items() for name in (type_, *members))


@written(
    "offline appliance_checked=evaluation.checked appliance_asked evaluation.nanoseconds",
    beside("rule_proof"),
    "disagreements",
    offline=lambda rules: rules.corpus.summary() if rules.corpus else "",
    appliance_asked=lambda rules: len(rules.evaluation.findings),
)
@dataclass(frozen=True)
class RuleFacts:
    """The assessment of the rules, on this appliance.

    :ivar modes: by placement of the measure, the mode that is in force now, or ""
    :ivar covered_by: the policies of others that already stop every attack, or ""
    :ivar hand_made: the policies of others that are, or are named like, this mitigation, with all places at which they are bound
    :ivar blockers: the policies that answer the attacks now, by evaluation; blockers_after: once the steps are carried out
    :ivar corpus: the offline evaluation of the traffic
    :ivar evaluation: the appliance's own evaluation
    :ivar disagreements: where the two have different definite answers
    :ivar notes: what the measure itself reports about what is asked for
    """

    modes: Mapping[Placement, Mode | None] = field(default_factory=dict)
    covered_by: str = ""
    hand_made: tuple[HandMade, ...] = ()
    blockers: tuple[str, ...] = ()
    blockers_after: tuple[str, ...] = ()
    corpus: CorpusCounts = field(default_factory=CorpusCounts)
    rule_proof: RuleProof = field(default_factory=RuleProof)
    evaluation: Evaluation = field(default_factory=Evaluation)
    disagreements: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def shadows(self) -> tuple[str, ...]:
        """The policies of others that end the evaluation before ours, in words."""
        return tuple(conflict.message for conflict in self.conflicts if conflict.kind == ConflictCode.SHADOWED)


def features_on(parameters: ResolvedParameters, state: State) -> bool:
    """Return True if every feature that the measure needs is enabled."""
    needed = {*parameters.document.features, *parameters.measure.traits.writing.needed_features}
    return all(state.features.get(feature, False) for feature in needed)


def assess_rules(
    connection: Connection,
    parameters: ResolvedParameters,
    configuration: ConfigurationFacts,
    planned: PlannedSteps,
    access: AccessFacts,
) -> RuleFacts:
    """Assess what blocks now, our rules alone and all policies together; then ask the appliance for its own evaluation.

    The appliance is asked only if there are steps to carry out, and the parameters allow it.
    """
    resolved, present = parameters.resolved, configuration.state.objects
    modes = dict(resolved.modes(present)) if features_on(parameters, configuration.state) else {}
    assessment = _assess_offline(connection, parameters, configuration, planned, access)
    blockers = assessment.blockers
    if resolved.placements:
        blockers = tuple(placement.policies[mode] for placement, mode in modes.items() if mode)
    found = bound_everywhere(connection.primary, assessment.hand_made)
    now = RuleFacts(modes, assessment.covered_by, found, blockers)
    if planned.skipped:
        return now
    return _with_the_plan(now, connection, parameters, planned, assessment, _in_place(present))


def bound_everywhere(session: Session, found: Sequence[HandMade]) -> tuple[HandMade, ...]:
    """Return policies of others with every place at which they are bound; nothing is read where there are none."""
    if not found:
        return ()
    try:
        bindings = read_everywhere(session)
    except NitroError as error:
        return tuple(replace(one, bound=(*one.bound, f"other places, which cannot be read ({error})")) for one in found)
    return tuple(replace(one, bound=places_of_policy(bindings, one.policy)) for one in found)


def _with_the_plan(
    now: RuleFacts,
    connection: Connection,
    parameters: ResolvedParameters,
    planned: PlannedSteps,
    assessment: Assessment,
    in_place: PolicyBank | None,
) -> RuleFacts:
    """Add the assessment of what the steps bring in.

    :param in_place: the policies of ours that judge each request to the appliance; None where there are none
    """
    measure, resolved = parameters.measure, parameters.resolved
    errors = _refused_expressions(assessment.checked, connection.primary)
    problems = resolved.problems() if parameters.document.objects else resolved.refusals
    own = _OwnAnswers()
    asks = parameters.evaluate and bool(planned.steps) and measure.traits.proving.judges_requests
    if asks and (assessment.rules or not measure.traits.course.depends_on_build):
        own = _ask_appliance(connection, parameters, planned, assessment.rules, in_place)
    return replace(
        now,
        blockers_after=tuple(placement.policy for placement in resolved.placements) or assessment.blockers_after,
        corpus=assessment.corpus,
        rule_proof=assessment.rule_proof,
        evaluation=own.evaluation,
        disagreements=own.disagreements,
        conflicts=(
            *wrong_expressions(errors),
            *(Conflict(ConflictCode.LOCKOUT, *problem) for problem in problems),
            *assessment.conflicts,
            *own.conflicts,
        ),
        notes=tuple(resolved.remarks()),
        remarks=(*assessment.checked.warnings, *assessment.remarks, *own.remarks),
    )


def _assess_offline(
    connection: Connection,
    parameters: ResolvedParameters,
    configuration: ConfigurationFacts,
    planned: PlannedSteps,
    access: AccessFacts,
) -> Assessment:
    if not parameters.measure.traits.proving.judges_requests:
        # Rules about the client's address are checked when they are compiled: no request of ours could show their effect.
        checked = check_expressions(parameters.document.objects, configuration.state.objects)
        return Assessment(checked=checked)
    inputs = _assessment_input(connection, parameters, configuration, planned, access)
    return cached_assessment(inputs, parameters.records)


def _assessment_input(
    connection: Connection,
    parameters: ResolvedParameters,
    configuration: ConfigurationFacts,
    planned: PlannedSteps,
    access: AccessFacts,
) -> AssessmentInput:
    measure, resolved = parameters.measure, parameters.resolved
    present = configuration.evaluated
    return AssessmentInput(
        present={**present, **read_named_objects(connection.primary, present)},
        document=parameters.document.objects,
        gone=tuple(id_ for id_, attributes in configuration.target.objects.items() if attributes is None),
        owner=parameters.owner,
        traffic=measure.traffic,
        feature_on=features_on(parameters, configuration.state),
        vservers=tuple((vip.kind, vip.name) for vip in access.vips),
        clients=(connection.primary.local_address, *parameters.appliance.protected_addresses),
        marker=parameters.appliance.marker,
        skipped=bool(planned.skipped),
        depends_on_build=measure.traits.course.depends_on_build,
        has_placements=bool(resolved.placements),
        counted=_counted_places(parameters),
        priority_variable=measure.traits.writing.priority_variable,
        articles=measure.references if isinstance(measure, Mitigation) else (),
        versions=tuple(measure.versions),
    )


def _counted_places(parameters: ResolvedParameters) -> tuple[str, ...]:
    """Return the bind points at which our policies only count, so that no answer may change there."""
    placements = parameters.resolved.placements
    if parameters.mode is Mode.OBSERVE and not placements:
        return places_of(parameters.document.objects)
    return tuple(placement.place for placement in placements if placement.mode == Mode.OBSERVE)


def _refused_expressions(checked: ExpressionCheck, session: Session) -> list[str]:
    """Return what the appliance would refuse. An unknown name is an error only if the appliance does not have it either."""
    errors = list(checked.errors)
    if checked.unknown:
        known = read_names(session)
        errors += [text for text, name in checked.unknown if known is not None and name.lower() not in known]
    return errors


def _in_place(present: Objects) -> PolicyBank | None:
    """Return the policies of ours that are bound globally; None where none is. Whether a node lets them judge its management address is in no answer of
    NITRO: it may by its default, without a start-up line of ours.
    """
    ours = {
        id_: one
        for id_, one in present.items()
        if id_[0] != GLOBAL_BINDING or str(one["policyname"]).startswith(PREFIX)
    }
    return banks_of(
        {id_: one for id_, one in ours.items() if not TYPES[id_[0]].parent or id_[0] == GLOBAL_BINDING}
    ).get(HTTP_GLOBAL_TYPES[0])


def _matching(in_place: PolicyBank, rule: AssessedRule, traffic: Traffic) -> str:
    """Return the policy in place that may match one of the questions about a rule; "" where none does."""
    requests = [Request(url=url) for url in question_urls(rule.session_rules, sample(traffic))]
    found = (
        one.policy for one in in_place.bank.in_order for request in requests if one.rule.possible(request) != (False,)
    )
    return next(found, "")


def _is_in_place(in_place: PolicyBank | None, policy: str, rule: str) -> bool:
    """Return True if a policy has the same rule already, so that a question would say nothing new of it."""
    bound = in_place.bank.policies if in_place is not None else ()
    return any((one.policy, one.rule.text) == (policy, rule) for one in bound)


# -- the appliance's own evaluation -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _OwnAnswers:
    """The appliance's answers about the rules."""

    evaluation: Evaluation = field(default_factory=Evaluation)
    disagreements: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    remarks: tuple[str, ...] = ()


def _ask_appliance(
    connection: Connection,
    parameters: ResolvedParameters,
    planned: PlannedSteps,
    rules: Sequence[AssessedRule],
    in_place: PolicyBank | None,
) -> _OwnAnswers:
    """Let the appliance evaluate each rule, except rules that refer to a set that the steps change, and those about which a policy in place may match the
    question.
    """
    traffic = parameters.measure.traffic.for_version(parameters.owner.version)
    changing = {step.key[0] for step in planned.steps if step.type in SET_TYPES}
    places = {placement.policy: placement.place for placement in parameters.resolved.placements}
    findings: list[CaseResult] = []
    times: list[int] = []
    waiting: list[str] = []
    not_evaluated: list[str] = []
    differences: list[str] = []
    judged: list[str] = []
    for rule in rules:
        text = str(parameters.document.objects["responderpolicy", (rule.policy,)]["rule"])
        if any(f'"{name}"' in text for name in changing):
            waiting.append(rule.policy)
            continue
        expected = traffic.at(places[rule.policy]) if rule.policy in places else traffic
        judging = _matching(in_place, rule, expected) if in_place is not None else ""
        if judging:
            judged += [] if _is_in_place(in_place, rule.policy, text) else [judging]
            continue
        if rule.policy in places:  # a rule of this appliance alone, so no other appliance evaluates it
            evaluation = evaluate_on_appliance(connection.primary, rule.session_rules, sample(expected))
        else:
            evaluation = _evaluate(connection, parameters, rule, text, traffic)
            times += [] if evaluation.nanoseconds is None else [evaluation.nanoseconds]
        findings += evaluation.findings
        not_evaluated += evaluation.not_evaluated
        differences += disagreements(rule.offline, traffic, evaluation.findings)
    remarks = [JUDGED.format(policy) for policy in dict.fromkeys(judged)]
    if waiting:
        names = ", ".join(waiting)
        remarks.append(f"the sets are not yet in their final state, so the appliance could not evaluate {names}")
    total = Evaluation(tuple(findings), max(times, default=None), tuple(not_evaluated))
    conflicts = wrong_answers(findings, "by the appliance's own evaluation")
    return _OwnAnswers(total, tuple(differences), tuple(conflicts), (*remarks, *total.remarks()))


def _evaluate(
    connection: Connection, parameters: ResolvedParameters, rule: AssessedRule, text: str, traffic: Traffic
) -> Evaluation:
    """Evaluate the whole traffic or a sample; see :class:`SharedEvaluation`."""
    shared = SharedEvaluation(parameters.records, connection.build, text, traffic)
    cases = traffic.evaluations() if shared.needs_all() else sample(traffic)
    evaluation = evaluate_on_appliance(connection.primary, rule.session_rules, cases)
    shared.publish(evaluation)
    return evaluation
