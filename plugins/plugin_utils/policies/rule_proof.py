# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Prove a rule before it is bound, besides its traffic: evaluation order, attack variants, and that nothing else changes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..appliance.objects.ownership import Owner
from ..appliance.objects.resource_types import TYPES
from ..catalogue.traffic import Traffic
from ..catalogue.traffic_variants import variants_for
from ..foundation.counted import agreed, counted
from ..foundation.json_values import written
from ..policy_language import ExpressionError, Request, compile_expression
from .evaluation_order import EvaluationOrder, describe
from .let_past import LetPast, let_past
from .policy_bank import (
    CaseResult,
    CorpusCounts,
    PolicyBank,
    RequestOutcome,
    as_blocking,
    banks_of,
    count_findings,
    names_of,
    passing_actions,
    request_of,
)
from .policy_diff import PolicyDiff, compare_policies, is_attack, requests_for
from .request_paths import AppliancePolicies, Objects

SHOWN = 5


@written(
    "variants missed_variants differential=diff order",
    variants=lambda proof: proof.variants_summary(),
    missed_variants=lambda proof: proof.missed(),
)
@dataclass(frozen=True)
class RuleProof:
    """The results.

    :ivar variants: the attack variants, each evaluated by our rule alone
    :ivar let_past: the policies of others that let requests go on past ours
    """

    order: EvaluationOrder = field(default_factory=EvaluationOrder)
    diff: PolicyDiff = field(default_factory=PolicyDiff)
    variants: CorpusCounts = field(default_factory=CorpusCounts)
    let_past: tuple[LetPast, ...] = ()

    def variants_summary(self, stopped: tuple[str, str] = ("attack", "attacks")) -> str:
        """Return one line for a preview, or "" if there are no variants.

        :param stopped: what one request is that a rule has to match, and what several are
        """
        right, unsure, every = self.variants.counts(True)
        if not every:
            return ""
        matched = f"{counted(every, f'variant of {stopped[1]}', f'variants of {stopped[1]}')} {agreed(every, 'matches', 'match')}"
        return f"{right} of {matched}" + (f", {unsure} not checked" if unsure else "")

    def missed(self) -> list[str]:
        """Return the variants that our rule does not block, each with its origin."""
        wrong = self.variants.wrong
        texts = [f"{finding} ({finding.case.id})" for finding in wrong[:SHOWN]]
        return texts + ([f"and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else [])


def prove(
    before: Objects,
    after: Objects,
    document: Objects,
    owner: Owner,
    traffic: Traffic,
    *,
    alone: Iterable[CaseResult],
    on_before: bool,
    vservers: Sequence[tuple[str, str]] = (),
    clients: Sequence[str] = (),
    counted: Collection[str] = (),
) -> RuleProof:
    """Prove what can be proven about a change before it is made.

    :param before: the objects that were read; after: the objects after the change; document: our objects
    :param traffic: the traffic of all versions
    :param alone: the findings of our rule alone
    :param on_before: True if the feature is on before the change; after the change it is on
    :param vservers: kind and name of the virtual servers that answer
    :param clients: client addresses to evaluate, besides an arbitrary one
    :param counted: the places at which our rule only counts, so that no result may change there
    """
    vservers = list(dict.fromkeys([*vservers, *_vservers_of(document)]))
    now = AppliancePolicies(before, feature_on=on_before, vservers=vservers)
    then = AppliancePolicies(after, vservers=vservers)
    expected = traffic.for_version(owner.version)
    blocked = {(f.case.id, f.session) for f in alone if f.result.outcome is RequestOutcome.BLOCKED}
    requests = requests_for(traffic, owner.version, then, (Request.client_ip, *clients))
    return RuleProof(
        order=describe(now, then, owner, list(expected.evaluations()), blocked),
        diff=compare_policies(now, then, requests, lambda one: is_attack(one) and one.place not in counted),
        variants=attack_variants(
            banks_of(as_blocking(document)), passing_actions({**before, **document}), traffic, owner.version
        ),
        let_past=let_past(then, owner, expected),
    )


def _vservers_of(document: Objects) -> Iterator[tuple[str, str]]:
    """Yield kind and name of the virtual servers at which a document binds; before the change nothing may be bound there."""
    for (type_name, _key), attributes in document.items():
        type_ = TYPES[type_name]
        if type_.policy_attribute and type_.parent:
            yield type_.refers[type_.parent].removesuffix("vserver"), str(attributes[type_.parent])


def attack_variants(
    banks: Mapping[str, PolicyBank], passing: frozenset[str], traffic: Traffic, version: int
) -> CorpusCounts:
    """Return what the rule of a version does with the variants of the attacks that it must stop.

    :param banks: the policies of the version by their place
    :param passing: the actions that let a request pass
    """
    attacks = [variant.case for variant in variants_for(traffic, version) if variant.case.attack]
    return count_findings(
        CaseResult(case, session, bank.evaluate(request_of(case, session), passing))
        for place, bank in banks.items()
        for case in attacks
        if case.is_at(place)
        for session in case.sessions()
    )


def offline_answers(rule: str, objects: Objects, traffic: Traffic) -> str:
    """Return the value of a rule for each evaluation of the traffic, as one letter each: T, F, or ? if it is open."""
    try:
        expression = compile_expression(rule, names_of(objects))
    except ExpressionError:
        return "?" * sum(1 for _unused in traffic.evaluations())
    said = (expression.evaluate(request_of(case, session)) for case, session in traffic.evaluations())
    return "".join(("T" if value else "F") if isinstance(value, bool) else "?" for value in said)


def disagreements(offline: str, traffic: Traffic, findings: Iterable[CaseResult]) -> list[str]:
    """Return the requests for which the appliance and the offline evaluation give different definite answers.

    One of the two is wrong: our reading of the documentation, or the appliance (docs/explanation/proof-of-a-rule.md).

    :param offline: the answers of :func:`offline_answers` for the same traffic
    """
    keys = ((case.id, session) for case, session in traffic.evaluations())
    ours_by_request = dict(zip(keys, offline, strict=True))
    found = []
    for finding in findings:
        ours = ours_by_request.get((finding.case.id, finding.session), "?")
        if finding.result.outcome is RequestOutcome.UNDETERMINED or ours == "?":
            continue
        theirs = finding.result.outcome is RequestOutcome.BLOCKED
        if (ours == "T") is not theirs:
            session = " in a session" if finding.session else ""
            found.append(
                f"evaluations disagree on {finding.case}{session}: "
                f"{str(theirs).upper()} on the appliance, {str(ours == 'T').upper()} offline"
            )
    return found
