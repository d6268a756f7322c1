# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What evaluation says of a measure on one appliance: what blocks now, our rule alone, and the whole resulting bank. Pure.

It depends on nothing but the :class:`Question`. Where two appliances differ only in names that no rule can see, their question
is the same (:func:`neutral`), so a fleet is judged once (:func:`judged`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.dataclass_json import (
    from_plain,
    to_plain,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.result_cache import cached_result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import (
    TYPES,
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.state_reader import (
    GLOBAL_BINDING,
    HTTP_GLOBAL_TYPES,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.conflicts import (
    Conflict,
    lockout,
    shadowed,
    wrong_answers,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.expression_check import (
    Checked,
    check_expressions,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.management_requests import (
    MANAGEMENT_REQUESTS,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import (
    CorpusCounts,
    Finding,
    Outcome,
    banks_of,
    count_findings,
    passing_actions,
    request_of,
    run_corpus,
    would_block,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.request_paths import (
    Objects,
    without_connection,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.rule_proof import (
    RuleProof,
    offline_answers,
    prove,
)

JUDGEMENTS = ".judgements"
# What decides which policy answers; what an action then says or logs does not.
_DECIDING = ("rule", "value", "gotopriorityexpression")
# CLIENT.SSLVPN is the state of the session; anything else of CLIENT may be its address.
_CLIENT = re.compile(r"CLIENT\s*\.\s*(?!SSLVPN\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Question:
    """All that the answer depends on.

    :ivar present: the objects that were read
    :ivar document: those that are wanted
    :ivar gone: ours that are there and no longer wanted
    :ivar traffic: all of it, whatever the version
    :ivar feature_on: whether policies are evaluated now
    :ivar vservers: kind and name of the virtual servers that answer
    :ivar clients: the addresses that must never be locked out
    :ivar marker: what stands in the answers of this appliance alone
    :ivar skipped: nothing is to be done here, so only what is there now is judged
    :ivar depends_on_build: it is a mitigation; in_parts: it has parts, and each says itself which policy of ours answers
    :ivar counted: the places at which ours only counts
    :ivar priority_variable: how to say another priority
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
    in_parts: bool = False
    counted: tuple[str, ...] = ()
    priority_variable: str = "-e measure_priority={free}"

    def after(self) -> dict[ObjectId, Attributes]:
        """The objects once the steps are done."""
        after = {**self.present, **self.document}
        for object_id in self.gone:
            after.pop(object_id, None)
        return after

    def plain(self) -> Any:
        """All of it, as values that JSON knows."""
        return [
            [[type_, *key, attributes] for (type_, key), attributes in objects.items()]
            for objects in (self.present, self.document)
        ] + [
            *(list(self.gone), vars(self.owner)),
            *(self.traffic.fingerprint, self.feature_on, self.vservers, self.clients, self.skipped),
            *(self.depends_on_build, self.in_parts, self.counted, self.priority_variable),
        ]


@dataclass(frozen=True)
class AssessedRule:
    """A policy of the document.

    :ivar asked: its rule as the appliance is asked for it; see :func:`without_connection`
    :ivar offline: what it says of the traffic; see :func:`offline_answers`
    """

    policy: str
    asked: tuple[str, str]
    offline: str


@dataclass(frozen=True)
class Assessment:
    """The answer.

    :ivar covered_by: the policies of somebody else that stop every attack of version 1, and let all legitimate requests pass
    :ivar blockers: the policies that answer the attacks now; blockers_after: once the steps are done
    :ivar checked: what the appliance would refuse of the document's expressions
    :ivar corpus: the traffic, judged by our policies where they stand alone
    :ivar rules: each policy of the document
    """

    covered_by: str = ""
    blockers: tuple[str, ...] = ()
    blockers_after: tuple[str, ...] = ()
    checked: Checked = field(default_factory=Checked)
    corpus: CorpusCounts = field(default_factory=CorpusCounts)
    rule_proof: RuleProof = field(default_factory=RuleProof)
    rules: tuple[AssessedRule, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    remarks: tuple[str, ...] = ()


def judged(question: Question, records: Path) -> Assessment:
    """The answer, computed once for all appliances with the same question; see :mod:`remembered`.

    :param records: the directory of the records, in which answers are kept
    """
    asked, names = neutral(question)
    return _named(cached_result(records / JUDGEMENTS, asked.plain(), Assessment, lambda: judge(asked)), names)


def neutral(question: Question) -> tuple[Question, dict[str, str]]:
    """The same question without what differs from appliance to appliance and no rule can see.

    That are the names of virtual servers to which nothing is bound, the clients' addresses where no expression asks for one, and
    the marker in our answers.

    :returns: the question, and what its stand-ins stand for
    """
    names: dict[str, str] = {}
    bound = {
        str(a["name"])
        for (t, _k), a in (*question.present.items(), *question.document.items())
        if TYPES[t].bound and "name" in a
    }
    vservers = []
    for number, (kind, name) in enumerate(question.vservers):
        stand_in = name if name in bound or not question.depends_on_build else f"((vserver {number}))"
        names[stand_in] = name
        vservers.append((kind, stand_in))
    clients = question.clients
    if not _minds_the_client(question.present) and not _minds_the_client(question.document):
        clients = tuple(f"0.0.1.{100 + number}" for number in range(min(len(clients), 156)))
        names |= dict(zip(clients, question.clients, strict=False))
    marker = "((marker))"
    if question.marker:
        names[marker] = question.marker
    asked = replace(
        question,
        present=_without(question.present, question.marker, marker),
        document=_without(question.document, question.marker, marker),
        vservers=tuple(vservers),
        clients=clients if len(clients) == len(question.clients) else question.clients,
        marker="",
    )
    return asked, {stand_in: name for stand_in, name in names.items() if stand_in != name}


def _minds_the_client(objects: Objects) -> bool:
    return any(_CLIENT.search(str(a[name])) for a in objects.values() for name in _DECIDING if name in a)


def _without(objects: Objects, marker: str, stand_in: str) -> dict[ObjectId, Attributes]:
    """The marker stands in the answers of our actions, which no rule looks at."""
    return {
        object_id: {**a, "target": str(a["target"]).replace(marker, stand_in)} if marker and "target" in a else a
        for object_id, a in objects.items()
    }


def _named(judgement: Assessment, names: Mapping[str, str]) -> Assessment:
    """With the names that the stand-ins stand for."""
    if not names:
        return judgement
    text = json.dumps(to_plain(judgement), ensure_ascii=False)
    if not any(stand_in in text for stand_in in names):
        return judgement
    pattern = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    written = pattern.sub(lambda match: json.dumps(names[match[0]], ensure_ascii=False)[1:-1], text)
    named: Assessment = from_plain(Assessment, json.loads(written))
    return named


def judge(question: Question) -> Assessment:
    """Compute it."""
    covered_by = _covering_policy(question)
    blockers: tuple[str, ...] = ()
    asked = question.traffic.for_version(question.owner.version)
    if question.feature_on and not question.in_parts:
        passing = passing_actions(question.present)
        for bank in banks_of(question.present).values():
            blockers += _blockers(run_corpus(bank, asked, passing))
    if question.skipped:
        return Assessment(covered_by, blockers)
    checked = check_expressions(question.document, question.present)
    ours = banks_of(would_block(question.document))
    if not ours and question.depends_on_build:
        return Assessment(
            covered_by, blockers, checked=checked, remarks=("the document binds no policy, so no rule was evaluated",)
        )
    passing = passing_actions({**question.present, **question.document})
    alone = [finding for place, bank in ours.items() for finding in run_corpus(bank, asked.at(place), passing)]
    unreadable = {policy: why for bank in ours.values() for policy, why in bank.unreadable.items()}
    resulting = _judge_resulting_banks(question, alone, asked, frozenset(ours))
    corpus = count_findings(alone)
    return replace(
        resulting,
        covered_by=covered_by,
        blockers=blockers,
        checked=checked,
        corpus=corpus,
        rules=tuple(_rules(question, asked)),
        conflicts=(*wrong_answers(corpus.wrong, "by offline evaluation"), *resulting.conflicts),
        remarks=(
            *(f"{policy} was not evaluated offline: {why}" for policy, why in unreadable.items()),
            *resulting.remarks,
        ),
    )


def _judge_resulting_banks(
    question: Question, alone: list[Finding], asked: Traffic, places: frozenset[str]
) -> Assessment:
    """Who answers once the steps are done: is ours reached, and does the management stay reachable?

    :param alone: how our policies treat the traffic where they stand alone
    :param places: where ours are bound
    """
    after = question.after()
    passing = passing_actions(after)
    rule_proof = prove(
        question.present,
        after,
        question.document,
        question.owner,
        question.traffic,
        alone=alone,
        on_before=question.feature_on,
        vservers=question.vservers,
        clients=question.clients,
        counted=question.counted,
    )
    conflicts, remarks = shadowed(rule_proof.order, question.priority_variable), []
    blockers: tuple[str, ...] = ()
    for place, bank in banks_of(after).items():
        if place in places and not question.in_parts and not blockers:
            blockers += _blockers(run_corpus(bank, asked, passing))
        remarks += [
            f"{policy}, a neighbour at {place}, cannot be judged: {why}"
            for policy, why in bank.unreadable.items()
            if ("responderpolicy", (policy,)) not in question.document
        ]
        if place in HTTP_GLOBAL_TYPES:
            treatments = {
                f"{case.method} {case.url} from {client}": bank.judge(request_of(case, False, client), passing)
                for client in question.clients
                for case in MANAGEMENT_REQUESTS
            }
            conflicts += lockout(treatments)
            open_ones = sum(treatment.outcome is Outcome.UNDETERMINED for treatment in treatments.values())
            if open_ones:
                remarks.append(f"whether {open_ones} management requests pass the policies at {place} is open")
    return Assessment(
        blockers_after=blockers, rule_proof=rule_proof, conflicts=tuple(conflicts), remarks=tuple(remarks)
    )


def _rules(question: Question, asked: Traffic) -> Iterator[AssessedRule]:
    objects = {**question.present, **question.document}
    for (type_, key), attributes in question.document.items():
        if type_ == "responderpolicy":
            text = str(attributes["rule"])
            yield AssessedRule(key[0], without_connection(text), offline_answers(text, objects, asked))


def _covering_policy(question: Question) -> str:
    """A global policy of somebody else that stops every attack of version 1, and lets all legitimate requests pass."""
    if not question.feature_on or not question.depends_on_build:
        return ""
    foreign = {
        object_id: attributes
        for object_id, attributes in question.present.items()
        if not (TYPES[object_id[0]].bound and question.owner.owns(object_id, attributes))
    }
    banks = banks_of({i: a for i, a in foreign.items() if i[0] != GLOBAL_BINDING or a["type"] == "REQ_OVERRIDE"})
    bank = banks.get("REQ_OVERRIDE")
    if bank is None:
        return ""
    findings = run_corpus(bank, question.traffic.for_version(1), passing_actions(question.present))
    attacks = [finding for finding in findings if finding.case.attack]
    if any(finding.is_wrong for finding in attacks) or not any(finding.is_right for finding in attacks):
        return ""
    return ", ".join(_blockers(findings))


def _blockers(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """The policies that answer the attacks, in the order in which they come up."""
    blocking = (f.treatment.policy for f in findings if f.case.attack and f.treatment.outcome is not Outcome.PASSED)
    return tuple(dict.fromkeys(policy for policy in blocking if policy))
