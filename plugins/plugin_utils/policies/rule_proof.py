# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is proven of a rule before it is bound, besides its traffic: order, variants, and that nothing else changes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic_variants import variants_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions import (
    ExpressionError,
    Request,
    compile_expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import TYPES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.evaluation_order import (
    EvaluationOrder,
    describe,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import (
    CorpusCounts,
    Finding,
    Outcome,
    PolicyBank,
    banks_of,
    count_findings,
    names_of,
    passing_actions,
    request_of,
    would_block,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_diff import (
    Differential,
    differential,
    is_attack,
    requests_for,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.request_paths import (
    AppliancePolicies,
    Objects,
)

SHOWN = 5


@dataclass(frozen=True)
class RuleProof:
    """What was found.

    :ivar variants: the attack variants, each judged by our rule alone
    """

    order: EvaluationOrder = field(default_factory=EvaluationOrder)
    differential: Differential = field(default_factory=Differential)
    variants: CorpusCounts = field(default_factory=CorpusCounts)

    def variants_summary(self) -> str:
        """One line for a preview, or "" where there are none."""
        right, unsure, every = self.variants.counts(True)
        if not every:
            return ""
        return f"{right} of {every} variants of attacks match" + (f", {unsure} not checked" if unsure else "")

    def missed(self) -> list[str]:
        """The variants that get past our rule, each with its origin."""
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
    alone: Iterable[Finding],
    on_before: bool,
    vservers: Sequence[tuple[str, str]] = (),
    clients: Sequence[str] = (),
    counted: Collection[str] = (),
) -> RuleProof:
    """Prove what can be proven of a change before it is made.

    :param before: the objects that were read; after: those that there will be; document: ours alone
    :param traffic: all of it, whatever the version
    :param alone: how our rule treats the traffic where it stands alone
    :param on_before: whether the feature is on now; afterwards it is
    :param vservers: kind and name of those that answer
    :param clients: addresses from which requests are asked about, besides that of a stranger
    :param counted: the places at which ours only counts, so that nothing may be treated differently
    """
    vservers = list(dict.fromkeys([*vservers, *_vservers_of(document)]))
    now = AppliancePolicies(before, feature_on=on_before, vservers=vservers)
    then = AppliancePolicies(after, vservers=vservers)
    asked = traffic.for_version(owner.version)
    blocked = {(f.case.id, f.session) for f in alone if f.treatment.outcome is Outcome.BLOCKED}
    requests = requests_for(traffic, owner.version, then, (Request.client_ip, *clients))
    return RuleProof(
        order=describe(now, then, owner, list(asked.evaluations()), blocked),
        differential=differential(now, then, requests, lambda one: is_attack(one) and one.place not in counted),
        variants=_attack_variants(
            banks_of(would_block(document)), passing_actions({**before, **document}), owner, traffic
        ),
    )


def _vservers_of(document: Objects) -> Iterator[tuple[str, str]]:
    """Kind and name of the virtual servers at which a document binds: before, perhaps nothing was bound there."""
    for (type_name, _key), attributes in document.items():
        type_ = TYPES[type_name]
        if type_.policy_attribute and type_.parent:
            yield type_.refers[type_.parent].removesuffix("vserver"), str(attributes[type_.parent])


def _attack_variants(
    banks: Mapping[str, PolicyBank], passing: frozenset[str], owner: Owner, traffic: Traffic
) -> CorpusCounts:
    attacks = [variant.case for variant in variants_for(traffic, owner.version) if variant.case.attack]
    return count_findings(
        Finding(case, session, bank.judge(request_of(case, session), passing))
        for place, bank in banks.items()
        for case in attacks
        if case.is_at(place)
        for session in case.sessions()
    )


def offline_answers(rule: str, objects: Objects, traffic: Traffic) -> str:
    """What a rule alone says of each of the evaluations of a traffic: T or F, and ? where that is open."""
    try:
        expression = compile_expression(rule, names_of(objects))
    except ExpressionError:
        return "?" * sum(1 for _ in traffic.evaluations())
    said = (expression.evaluate(request_of(case, session)) for case, session in traffic.evaluations())
    return "".join(("T" if value else "F") if isinstance(value, bool) else "?" for value in said)


def disagreements(offline: str, traffic: Traffic, findings: Iterable[Finding]) -> list[str]:
    """Where the appliance's own evaluation of a rule and ours both have a definite answer, and not the same one.

    One of the two is wrong: either our reading of the documents, or the appliance is none (docs/proof-of-a-rule.md).

    :param offline: the answers of :func:`offline_answers` for the same traffic
    """
    keys = ((case.id, session) for case, session in traffic.evaluations())
    ours_by_request = dict(zip(keys, offline, strict=True))
    found = []
    for finding in findings:
        ours = ours_by_request.get((finding.case.id, finding.session), "?")
        if finding.treatment.outcome is Outcome.UNDETERMINED or ours == "?":
            continue
        theirs = finding.treatment.outcome is Outcome.BLOCKED
        if (ours == "T") is not theirs:
            session = " in a session" if finding.session else ""
            found.append(
                f"evaluations disagree on {finding.case}{session}: "
                f"{str(theirs).upper()} on the appliance, {str(ours == 'T').upper()} offline"
            )
    return found
