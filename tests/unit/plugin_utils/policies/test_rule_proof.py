# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole proof before binding, on the rules of the catalogue and on rules that are wrong."""

from __future__ import annotations

import jinja2
import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import parse_document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic, TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import (
    CaseResult,
    RequestOutcome,
    RequestResult,
    banks_of,
    passing_actions,
    run_corpus,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.rule_proof import (
    RuleProof,
    disagreements,
    offline_answers,
    prove,
)

from tests.unit.plugin_utils.policies.policy_objects import ATTACKS, OURS, OWNER, UNREADABLE, Objects, bound, together
from tests.unit.plugin_utils.policies.test_policy_bank import CVE, render

VSERVERS = [("vpn", "gw"), ("lb", "site")]
TRAFFIC = Traffic((TrafficCase("a", True, "GET", "/bad"), TrafficCase("g", False, "GET", "/good")))


def proof(theirs: Objects, ours: Objects, traffic: Traffic = TRAFFIC, owner: Owner = OWNER) -> RuleProof:
    passing = passing_actions({**theirs, **ours})
    alone = [
        finding
        for bank in banks_of(ours).values()
        for finding in run_corpus(bank, traffic.for_version(owner.version), passing)
    ]
    return prove(
        theirs,
        together(theirs, ours),
        ours,
        owner,
        traffic,
        alone=alone,
        on_before=True,
        vservers=VSERVERS,
        clients=["192.0.2.1"],
    )


@pytest.mark.parametrize("version", [1, 2])
def test_the_rules_of_the_catalogue_change_nothing_but_the_attacks(version: int) -> None:
    """No variant that is expected of a version passes it; the traffic file states that version 1 misses others."""
    theirs = bound("rp_portal", 100, 'HTTP.REQ.URL.EQ("/")', "RESET")
    document = render(version).objects
    found = proof(theirs, dict(document), load_mitigation(CVE).traffic, Owner("cve_2019_19781", version))
    assert found.diff.differences == ()
    assert found.diff.open == 0
    assert found.diff.compared > 500
    assert found.missed() == []
    right, unsure, every = found.variants.counts(True)
    assert right + unsure == every > 200
    assert found.order.shadowed == ()
    assert "rp_portal" in found.order.certain[0]


def test_the_rule_that_protects_back_ends_changes_nothing_but_the_attacks() -> None:
    entry = CVE.parent / "cve_2021_44228"
    names = {"name": "tq_cve_2021_44228", "priority": 10, "log": True, "marker": ""}
    text = jinja2.Environment(trim_blocks=True).from_string((entry / "v1.yml.j2").read_text()).render(names)
    owner = Owner("cve_2021_44228", 1)
    found = proof({}, dict(parse_document(text, owner, where="gw").objects), load_mitigation(entry).traffic, owner)
    assert found.diff.differences == ()
    assert found.diff.open == 0
    assert found.missed() == []
    right, unsure, every = found.variants.counts(True)
    assert (right, unsure) == (every, 0)
    assert every > 100


def test_a_rule_that_minds_the_query_misses_variants_by_name() -> None:
    found = proof({}, bound(OURS, 10, 'HTTP.REQ.URL.EQ("/bad")'))
    assert "GET /bad?added=1 is passed (a~query1)" in found.missed()
    assert found.variants_summary().startswith("2 of 7 variants of attacks match")


def test_a_rule_that_blocks_too_much_is_told_by_the_differential() -> None:
    found = proof({}, bound(OURS, 10, 'HTTP.REQ.URL.CONTAINS("?")'))
    assert {difference.request.case.id for difference in found.diff.differences} >= {"g~query1"}


def test_only_definite_answers_that_differ_are_disagreements() -> None:
    cases = [("a", "/bad", True), ("b", "/x", False), ("c", "/%62ad", True)]
    traffic = Traffic(tuple(TrafficCase(id_, attack, "GET", url) for id_, url, attack in cases))
    a, b, c = traffic.cases

    def said(outcome: RequestOutcome, case: TrafficCase = a, session: bool = False) -> CaseResult:
        return CaseResult(case, session, RequestResult(outcome))

    def told(rule: str, *findings: CaseResult) -> list[str]:
        return disagreements(offline_answers(rule, bound(OURS, 10), traffic), traffic, findings)

    assert offline_answers(ATTACKS, bound(OURS, 10), traffic) == "TTFF??"
    assert told(ATTACKS, said(RequestOutcome.BLOCKED), said(RequestOutcome.UNDETERMINED)) == []
    assert told(ATTACKS, said(RequestOutcome.PASSED), said(RequestOutcome.BLOCKED, b, session=True)) == [
        "evaluations disagree on GET /bad: FALSE on the appliance, TRUE offline",
        "evaluations disagree on GET /x in a session: TRUE on the appliance, FALSE offline",
    ]
    assert told(ATTACKS, said(RequestOutcome.PASSED, c)) == [], "open offline"
    assert told(UNREADABLE, said(RequestOutcome.PASSED)) == []
    assert told("no such thing", said(RequestOutcome.PASSED)) == []
