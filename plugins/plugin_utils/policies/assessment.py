# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Assess a measure on one appliance by offline evaluation: what blocks now, our rules alone, and all policies together. Pure.

The result depends on nothing but the :class:`AssessmentInput`. If two appliances differ only in names that no rule can see, their
inputs become the same (:func:`neutral_input`), so that a fleet is assessed once (:func:`cached_assessment`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..appliance.objects.ownership import Owner
from ..appliance.objects.resource_types import HTTP_GLOBAL_TYPES, TYPES, Attributes, ObjectId
from ..catalogue.measure_traits import Writing
from ..catalogue.traffic import Traffic
from ..change.planning.state_reader import GLOBAL_BINDING
from ..foundation.counted import agreed, counted
from ..foundation.dataclass_json import from_plain, to_plain
from ..foundation.result_cache import cached_result
from .conflicts import Conflict, lockout, opened, shadowed, wrong_answers
from .expression_check import ExpressionCheck, check_expressions
from .hand_made import POLICY, HandMade, hand_made
from .management_requests import MANAGEMENT_REQUESTS
from .policy_bank import (
    CaseResult,
    CorpusCounts,
    PolicyBank,
    RequestOutcome,
    RequestResult,
    as_blocking,
    banks_of,
    count_findings,
    passing_actions,
    request_of,
    run_corpus,
)
from .relied_upon import newly_passing
from .request_paths import Objects, without_connection
from .rule_proof import RuleProof, offline_answers, prove

CACHE_DIRECTORY = ".judgements"
ALLOW = "allow: show policy patset, policy dataset, policy expression"
# The attributes that decide which policy answers; the answer and the log message of an action do not.
_DECIDING = ("rule", "value", "gotopriorityexpression")
# CLIENT.SSLVPN is the state of the session; anything else of CLIENT may be its address.
_CLIENT = re.compile(r"CLIENT\s*\.\s*(?!SSLVPN\b)", re.IGNORECASE)


@dataclass(frozen=True)
class AssessmentInput:
    """Everything that the assessment depends on.

    :ivar present: the objects that were read
    :ivar document: the wanted objects
    :ivar gone: objects of ours that are present and no longer wanted
    :ivar traffic: the traffic of all versions
    :ivar feature_on: True if policies are evaluated now
    :ivar vservers: kind and name of the virtual servers that answer
    :ivar clients: the client addresses that must never be locked out
    :ivar marker: the text that marks the answers of this appliance
    :ivar skipped: nothing is to be done here, so only the present objects are assessed
    :ivar depends_on_build: the measure is a mitigation
    :ivar has_placements: the measure has placements, and each names the policy of ours that answers
    :ivar counted: the places at which our policy only counts
    :ivar articles: the names of the sources of a mitigation
    :ivar versions: of the measure
    :ivar priority_variable: the text that sets another priority, for the fix of a conflict
    """

    present: Objects
    document: Objects
    gone: tuple[ObjectId, ...]
    owner: Owner
    traffic: Traffic
    feature_on: bool
    vservers: tuple[tuple[str, str], ...] = ()
    clients: tuple[str, ...] = ()
    marker: str = ""
    skipped: bool = False
    depends_on_build: bool = True
    has_placements: bool = False
    counted: tuple[str, ...] = ()
    priority_variable: str = Writing.priority_variable
    articles: tuple[str, ...] = ()
    versions: tuple[int, ...] = ()

    def after(self) -> dict[ObjectId, Attributes]:
        """Return the objects after the steps."""
        after = {**self.present, **self.document}
        for object_id in self.gone:
            after.pop(object_id, None)
        return after

    def to_json(self) -> Any:
        """Return all of it as JSON values."""
        return [
            [[type_, *key, attributes] for (type_, key), attributes in objects.items()]
            for objects in (self.present, self.document)
        ] + [
            *(list(self.gone), vars(self.owner)),
            *(self.traffic.fingerprint, self.feature_on, self.vservers, self.clients, self.skipped),
            *(self.depends_on_build, self.has_placements, self.counted, self.priority_variable),
            *(self.articles, self.versions),
        ]


@dataclass(frozen=True)
class AssessedRule:
    """A policy of the document.

    :ivar session_rules: its rule outside and inside a session, as the appliance can evaluate it; see :func:`without_connection`
    :ivar offline: its values for the traffic; see :func:`offline_answers`
    """

    policy: str
    session_rules: tuple[str, str]
    offline: str


@dataclass(frozen=True)
class Assessment:
    """The result.

    :ivar covered_by: the policies of others that block every attack of version 1 and let all legitimate requests pass
    :ivar hand_made: the policies of others that are, or are named like, this mitigation
    :ivar blockers: the policies that answer the attacks now; blockers_after: after the steps
    :ivar checked: the check of the document's expressions
    :ivar corpus: the findings for the traffic with our policies alone
    :ivar rules: the policies of the document
    """

    covered_by: str = ""
    hand_made: tuple[HandMade, ...] = ()
    blockers: tuple[str, ...] = ()
    blockers_after: tuple[str, ...] = ()
    checked: ExpressionCheck = field(default_factory=ExpressionCheck)
    corpus: CorpusCounts = field(default_factory=CorpusCounts)
    rule_proof: RuleProof = field(default_factory=RuleProof)
    rules: tuple[AssessedRule, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    remarks: tuple[str, ...] = ()


def cached_assessment(inputs: AssessmentInput, records: Path) -> Assessment:
    """Return the assessment, computed once for all appliances with the same input; see :mod:`result_cache`.

    :param records: the directory of the records, in which results are cached
    """
    neutral, names = neutral_input(inputs)
    cached = cached_result(records / CACHE_DIRECTORY, neutral.to_json(), Assessment, lambda: assess(neutral))
    return _named(cached, names)


def neutral_input(inputs: AssessmentInput) -> tuple[AssessmentInput, dict[str, str]]:
    """Replace what differs from appliance to appliance and no rule can see by placeholders.

    These are the names of virtual servers to which nothing is bound, the clients' addresses if no expression uses one, and the
    marker in our answers.

    :returns: the input, and the value of each placeholder
    """
    names: dict[str, str] = {}
    bound = {
        str(a["name"])
        for (t, _k), a in (*inputs.present.items(), *inputs.document.items())
        if TYPES[t].bound and "name" in a
    }
    vservers = []
    for number, (kind, name) in enumerate(inputs.vservers):
        placeholder = name if name in bound or not inputs.depends_on_build else f"((vserver {number}))"
        names[placeholder] = name
        vservers.append((kind, placeholder))
    clients = inputs.clients
    if not _uses_client(inputs.present) and not _uses_client(inputs.document):
        clients = tuple(f"0.0.1.{100 + number}" for number in range(min(len(clients), 156)))
        names |= dict(zip(clients, inputs.clients, strict=False))
    marker = "((marker))"
    if inputs.marker:
        names[marker] = inputs.marker
    neutral = replace(
        inputs,
        present=_without_marker(inputs.present, inputs.marker, marker),
        document=_without_marker(inputs.document, inputs.marker, marker),
        vservers=tuple(vservers),
        clients=clients if len(clients) == len(inputs.clients) else inputs.clients,
        marker="",
    )
    return neutral, {placeholder: name for placeholder, name in names.items() if placeholder != name}


def _uses_client(objects: Objects) -> bool:
    return any(_CLIENT.search(str(a[name])) for a in objects.values() for name in _DECIDING if name in a)


def _without_marker(objects: Objects, marker: str, placeholder: str) -> dict[ObjectId, Attributes]:
    """Replace the marker in the answers of our actions, which no rule can see."""
    return {
        object_id: {**a, "target": str(a["target"]).replace(marker, placeholder)} if marker and "target" in a else a
        for object_id, a in objects.items()
    }


def _named(assessment: Assessment, names: Mapping[str, str]) -> Assessment:
    """Replace the placeholders by their values."""
    if not names:
        return assessment
    text = json.dumps(to_plain(assessment), ensure_ascii=False)
    if not any(placeholder in text for placeholder in names):
        return assessment
    pattern = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    written = pattern.sub(lambda match: json.dumps(names[match[0]], ensure_ascii=False)[1:-1], text)
    named: Assessment = from_plain(Assessment, json.loads(written))
    return named


def assess(inputs: AssessmentInput) -> Assessment:
    """Compute the assessment."""
    covered_by = _covering_policy(inputs)
    found: tuple[HandMade, ...] = ()
    if inputs.depends_on_build:
        found = hand_made(inputs.present, inputs.traffic, inputs.versions, inputs.articles)
    blockers: tuple[str, ...] = ()
    expected = inputs.traffic.for_version(inputs.owner.version)
    if inputs.feature_on and not inputs.has_placements:
        passing = passing_actions(inputs.present)
        for bank in banks_of(inputs.present).values():
            blockers += _blockers(run_corpus(bank, expected, passing))
    if inputs.skipped:
        return Assessment(covered_by, found, blockers)
    checked = check_expressions(inputs.document, inputs.present)
    ours = banks_of(as_blocking(inputs.document))
    if not ours and inputs.depends_on_build:
        return Assessment(
            covered_by,
            found,
            blockers,
            checked=checked,
            remarks=("the document binds no policy, so no rule was evaluated",),
        )
    passing = passing_actions({**inputs.present, **inputs.document})
    alone = [finding for place, bank in ours.items() for finding in run_corpus(bank, expected.at(place), passing)]
    unreadable = {policy: why for bank in ours.values() for policy, why in bank.unreadable.items()}
    resulting = _assess_resulting_banks(inputs, alone, expected, frozenset(ours))
    corpus = count_findings(alone)
    return replace(
        resulting,
        covered_by=covered_by,
        hand_made=found,
        blockers=blockers,
        checked=checked,
        corpus=corpus,
        rules=tuple(_rules(inputs, expected)),
        conflicts=(*wrong_answers(corpus.wrong, "by offline evaluation"), *resulting.conflicts),
        remarks=(
            *(f"{policy} was not evaluated offline: {why}" for policy, why in unreadable.items()),
            *resulting.remarks,
        ),
    )


def _assess_resulting_banks(
    inputs: AssessmentInput, alone: list[CaseResult], expected: Traffic, places: frozenset[str]
) -> Assessment:
    """Evaluate the policies after the steps: is ours reached, and do the management requests pass?

    :param places: the places at which ours are bound
    """
    after = inputs.after()
    passing = passing_actions(after)
    rule_proof = prove(
        inputs.present,
        after,
        inputs.document,
        inputs.owner,
        inputs.traffic,
        alone=alone,
        on_before=inputs.feature_on,
        vservers=inputs.vservers,
        clients=inputs.clients,
        counted=inputs.counted,
    )
    conflicts, remarks = [*shadowed(rule_proof.order, inputs.priority_variable), *_opened(inputs, after)], []
    blockers: tuple[str, ...] = ()
    for place, bank in banks_of(after).items():
        if place in places and not inputs.has_placements and not blockers:
            blockers += _blockers(run_corpus(bank, expected, passing))
        remarks += [
            f"{policy}, a neighbour at {place}, cannot be evaluated: {_why_not(bank, policy, why)}"
            for policy, why in bank.unreadable.items()
            if ("responderpolicy", (policy,)) not in inputs.document
        ]
        if place in HTTP_GLOBAL_TYPES:
            results = management_results(bank, inputs.clients, passing)
            conflicts += lockout(results)
            open_ones = sum(result.outcome is RequestOutcome.UNDETERMINED for result in results.values())
            if open_ones:
                remarks.append(
                    f"whether {counted(open_ones, 'management request')} {agreed(open_ones, 'passes', 'pass')} the policies at {place} is open"
                )
    return Assessment(
        blockers_after=blockers, rule_proof=rule_proof, conflicts=tuple(conflicts), remarks=tuple(remarks)
    )


def _why_not(bank: PolicyBank, policy: str, why: str) -> str:
    """Return why a policy that is bound cannot be evaluated. The appliance has accepted its rule, so it has what the rule names."""
    name = bank.unknown.get(policy)
    return why if name is None else f"'{name}', which its rule names, was not read ({ALLOW})"


def _opened(inputs: AssessmentInput, after: Objects) -> list[Conflict]:
    """Return a conflict where an attack that is blocked now would pass once the policies of others are gone."""
    if not any(id_[0] == POLICY and not inputs.owner.owns_name(id_[1][0]) for id_ in inputs.gone):
        return []
    found = newly_passing(inputs.present, after, inputs.traffic, inputs.owner.version, inputs.vservers)
    return opened(found.attacks)


def management_results(bank: PolicyBank, clients: Iterable[str], passing: frozenset[str]) -> dict[str, RequestResult]:
    """Return by management request and client what a global policy bank does to it."""
    return {
        f"{case.method} {case.url} from {client}": bank.evaluate(request_of(case, False, client), passing)
        for client in clients
        for case in MANAGEMENT_REQUESTS
    }


def _rules(inputs: AssessmentInput, expected: Traffic) -> Iterator[AssessedRule]:
    objects = {**inputs.present, **inputs.document}
    for (type_, key), attributes in inputs.document.items():
        if type_ == "responderpolicy":
            text = str(attributes["rule"])
            yield AssessedRule(key[0], without_connection(text), offline_answers(text, objects, expected))


def _covering_policy(inputs: AssessmentInput) -> str:
    """Return the global policies of others that block every attack of version 1 and let all legitimate requests pass, or ""."""
    if not inputs.feature_on or not inputs.depends_on_build:
        return ""
    foreign = {
        object_id: attributes
        for object_id, attributes in inputs.present.items()
        if not (TYPES[object_id[0]].bound and inputs.owner.owns(object_id, attributes))
    }
    banks = banks_of({i: a for i, a in foreign.items() if i[0] != GLOBAL_BINDING or a["type"] == "REQ_OVERRIDE"})
    bank = banks.get("REQ_OVERRIDE")
    if bank is None:
        return ""
    findings = run_corpus(bank, inputs.traffic.for_version(1), passing_actions(inputs.present))
    attacks = [finding for finding in findings if finding.case.attack]
    if any(finding.is_wrong for finding in attacks) or not any(finding.is_right for finding in attacks):
        return ""
    return ", ".join(_blockers(findings))


def _blockers(findings: tuple[CaseResult, ...]) -> tuple[str, ...]:
    """Return the policies that answer the attacks, in the order of the findings."""
    blocking = (f.result.policy for f in findings if f.case.attack and f.result.outcome is not RequestOutcome.PASSED)
    return tuple(dict.fromkeys(policy for policy in blocking if policy))
