# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The outcome of a request at the policies of an appliance, by offline evaluation of the whole bank."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    TYPES,
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import (
    Document,
    parse_document,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic, TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import (
    CaseResult,
    PolicyBank,
    RequestOutcome,
    RequestResult,
    banks_of,
    count_findings,
    names_of,
    passing_actions,
    request_of,
    run_corpus,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import Request

CVE = Path(__file__).parents[4] / "templates" / "mitigations" / "cve_2019_19781"
GLOBAL = "responderglobal_responderpolicy_binding"
BAD = 'HTTP.REQ.URL.CONTAINS("bad")'
UNREADABLE = "HTTP.REQ.NO_SUCH_THING"
Objects = dict[ObjectId, Attributes]


def put(objects: Objects, type_name: str, **attributes: Any) -> None:
    type_ = TYPES[type_name]
    canonical = type_.canonical(attributes)
    objects[type_name, type_.key_of(canonical)] = canonical


def bank(*rows: tuple[str, int, str, str], goto: str = "END", **policy: Any) -> PolicyBank:
    """:param rows: name, priority, rule and action of each policy at REQ_OVERRIDE"""
    objects: Objects = {}
    for name, priority, rule, action in rows:
        put(objects, "responderpolicy", name=name, rule=rule, action=action, **policy)
        put(objects, GLOBAL, policyname=name, type="REQ_OVERRIDE", priority=priority, gotopriorityexpression=goto)
    return banks_of(objects)["REQ_OVERRIDE"]


def get(url: str) -> Request:
    return Request(method="GET", url=url)


def finding(outcome: RequestOutcome, *, id_: str = "c", attack: bool = True, session: bool = False) -> CaseResult:
    return CaseResult(TrafficCase(id_, attack, "GET", "/x"), session, RequestResult(outcome, "p"))


# -- one bank ----------------------------------------------------------------------------------------------------------


def test_a_matching_policy_blocks_and_is_named() -> None:
    one = bank(("p", 10, BAD, "act"))
    assert one.evaluate(get("/bad")) == RequestResult(RequestOutcome.BLOCKED, "p")
    assert one.evaluate(get("/good")).outcome is RequestOutcome.PASSED


@pytest.mark.parametrize("action", ["DROP", "RESET", "act"])
def test_dropping_and_resetting_block_too(action: str) -> None:
    assert bank(("p", 10, BAD, action)).evaluate(get("/bad")).outcome is RequestOutcome.BLOCKED


@pytest.mark.parametrize("action", ["NOOP", "noop", "silent"])
def test_actions_that_answer_nothing_let_pass(action: str) -> None:
    judged = bank(("p", 10, BAD, action)).evaluate(get("/bad"), frozenset({"NOOP", "SILENT"}))
    assert judged.outcome is RequestOutcome.PASSED


def test_the_lowest_priority_number_is_asked_first() -> None:
    rows = [("late", 20, "true", "act"), ("early", 10, BAD, "NOOP"), ("first", 5, BAD, "act")]
    assert bank(*rows[:2]).evaluate(get("/bad")) == RequestResult(RequestOutcome.PASSED, "early")
    assert bank(*rows).evaluate(get("/bad")).policy == "first"
    assert bank(*rows).evaluate(get("/good")).policy == "late"


def test_priorities_count_as_numbers() -> None:
    assert bank(("ninth", 9, "true", "act"), ("tenth", 10, "true", "act")).evaluate(get("/")).policy == "ninth"


def test_an_unreadable_rule_is_never_taken_for_one_that_does_not_match() -> None:
    one = bank(("strange", 5, UNREADABLE, "act"), ("p", 10, BAD, "NOOP"))
    assert list(one.unreadable) == ["strange"]
    assert one.evaluate(get("/good")).outcome is RequestOutcome.UNDETERMINED
    behind = bank(("p", 5, BAD, "act"), ("strange", 10, UNREADABLE, "act"))
    assert behind.evaluate(get("/bad")) == RequestResult(RequestOutcome.BLOCKED, "p")
    assert behind.evaluate(get("/good")).outcome is RequestOutcome.UNDETERMINED


@pytest.mark.parametrize(
    ("rule", "outcome"), [("ns_true", RequestOutcome.BLOCKED), ("NS_False", RequestOutcome.PASSED)]
)
def test_the_classic_names_of_old_releases_are_read(rule: str, outcome: RequestOutcome) -> None:
    """A bound rule with one of them is of a release before 13.1, where it is TRUE or FALSE."""
    read = bank(("old", 10, rule, "RESET"))
    assert (read.unreadable, read.evaluate(get("/")).outcome) == ({}, outcome)


def test_a_bound_policy_that_cannot_be_found_is_unreadable() -> None:
    objects: Objects = {}
    put(objects, GLOBAL, policyname="gone", type="REQ_OVERRIDE", priority=1)
    one = banks_of(objects)["REQ_OVERRIDE"]
    assert one.unreadable == {"gone": "the policy itself was not found"}
    assert one.evaluate(get("/")).outcome is RequestOutcome.UNDETERMINED


@pytest.mark.parametrize("action", ["NOOP", "Silent"])
@pytest.mark.parametrize(("goto", "outcome"), [("NEXT", RequestOutcome.BLOCKED), ("END", RequestOutcome.PASSED)])
def test_behind_an_action_that_answers_nothing_the_goto_decides(
    action: str, goto: str, outcome: RequestOutcome
) -> None:
    one = bank(("quiet", 5, "true", action), ("p", 10, BAD, "act"), goto=goto)
    assert one.evaluate(get("/bad"), frozenset({"NOOP", "SILENT"})).outcome is outcome


def test_what_an_invoked_label_does_is_open() -> None:
    objects: Objects = {}
    put(objects, "responderpolicy", name="p", rule="true", action="NOOP")
    put(
        objects,
        GLOBAL,
        policyname="p",
        type="REQ_OVERRIDE",
        priority=1,
        invoke=True,
        labeltype="policylabel",
        labelname="label",
    )
    assert banks_of(objects)["REQ_OVERRIDE"].evaluate(get("/")).outcome is RequestOutcome.UNDETERMINED


def test_a_rule_that_is_no_condition_leaves_the_answer_open() -> None:
    assert bank(("text", 5, "HTTP.REQ.URL", "act")).evaluate(get("/")).outcome is RequestOutcome.UNDETERMINED


def test_an_undefined_rule_takes_its_own_undef_action() -> None:
    undefined = 'HTTP.REQ.HEADER("X").VALUE(0).TYPECAST_NUM_T(DECIMAL).GT(1)'
    assert (
        bank(("p", 10, undefined, "NOOP"), undefaction="DROP").evaluate(get("/")).outcome is not RequestOutcome.PASSED
    )


# -- many banks --------------------------------------------------------------------------------------------------------


def test_one_bank_for_each_bind_point() -> None:
    objects: Objects = {}
    put(objects, "responderpolicy", name="p", rule=BAD, action="act")
    put(objects, GLOBAL, policyname="p", type="REQ_DEFAULT", priority=1)
    put(objects, "lbvserver_responderpolicy_binding", name="web", policyname="p", priority=1)
    put(objects, "vpnvserver_responderpolicy_binding", name="gw", policy="p", priority=1, bindpoint="AAA_REQUEST")
    put(objects, "policypatset_pattern_binding", name="s", String="x")
    banks = banks_of(objects)
    assert set(banks) == {"REQ_DEFAULT", "lb vserver web REQUEST", "vpn vserver gw AAA_REQUEST"}
    assert all(one.evaluate(get("/bad")) == RequestResult(RequestOutcome.BLOCKED, "p") for one in banks.values())


def test_rules_see_the_sets_and_the_named_expressions() -> None:
    objects: Objects = {}
    put(objects, "policypatset", name="s")
    put(objects, "policypatset_pattern_binding", name="s", String="/bad/", index="2")
    put(objects, "policyexpression", name="is_bad", value='HTTP.REQ.URL.CONTAINS_ANY("s")')
    put(objects, "responderpolicy", name="p", rule="is_bad", action="act")
    put(objects, GLOBAL, policyname="p", type="REQ_OVERRIDE", priority=1)
    one = banks_of(objects)["REQ_OVERRIDE"]
    assert one.unreadable == {}
    assert one.evaluate(get("/a/bad/b")).outcome is RequestOutcome.BLOCKED
    assert one.evaluate(get("/good/")).outcome is RequestOutcome.PASSED
    names = names_of(objects)
    assert dict(names.expressions) == {"is_bad": 'HTTP.REQ.URL.CONTAINS_ANY("s")'}
    assert names.patsets["s"] == {2: "/bad/"}


def test_the_actions_that_answer_nothing() -> None:
    objects: Objects = {}
    put(objects, "responderaction", name="Silent", type="noop")
    put(objects, "responderaction", name="answer", type="respondwith", target="t")
    assert passing_actions(objects) == {"NOOP", "SILENT"}


# -- findings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attack", "outcome", "right", "wrong"),
    [
        (True, RequestOutcome.BLOCKED, True, False),
        (True, RequestOutcome.PASSED, False, True),
        (True, RequestOutcome.UNDETERMINED, False, False),
        (False, RequestOutcome.PASSED, True, False),
        (False, RequestOutcome.BLOCKED, False, True),
        (False, RequestOutcome.UNDETERMINED, False, False),
    ],
)
def test_only_a_definite_answer_is_right_or_wrong(
    attack: bool, outcome: RequestOutcome, right: bool, wrong: bool
) -> None:
    one = finding(outcome, attack=attack)
    assert (one.is_right, one.is_wrong) == (right, wrong)


def test_a_case_counts_as_right_only_where_all_its_sessions_are() -> None:
    corpus = count_findings(
        (
            finding(RequestOutcome.BLOCKED, id_="both"),
            finding(RequestOutcome.BLOCKED, id_="both", session=True),
            finding(RequestOutcome.BLOCKED, id_="half"),
            finding(RequestOutcome.PASSED, id_="half", session=True),
            finding(RequestOutcome.BLOCKED, id_="open"),
            finding(RequestOutcome.UNDETERMINED, id_="open", session=True),
            finding(RequestOutcome.PASSED, id_="fine", attack=False),
        )
    )
    assert corpus.counts(attack=True) == (1, 1, 3)
    assert corpus.counts(attack=False) == (1, 0, 1)
    assert [one.case.id for one in corpus.wrong] == ["half"]
    assert corpus.summary() == (
        "1 of 3 attacks match, 1 of 1 legitimate request passes, 1 not checked (the documents leave the semantics open)"
    )
    assert str(corpus.wrong[0]) == "GET /x in a session is passed"


def test_the_request_of_a_case_keeps_its_raw_target() -> None:
    case = TrafficCase("a", True, "POST", "/vpn/..%2f%76pns/")
    request = request_of(case, session=True)
    assert (request.method, request.url, request.is_sslvpn) == ("POST", "/vpn/..%2f%76pns/", True)
    assert request_of(case, session=False).is_sslvpn is False


# -- the catalogue's own rules -----------------------------------------------------------------------------------------


def render(version: int, **variables: Any) -> Document:
    values = {"name": "tq_cve_2019_19781", "priority": 10, "log": True, "marker": "m-1", **variables}
    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    text = environment.from_string((CVE / f"v{version}.yml.j2").read_text(encoding="utf-8")).render(values)
    return parse_document(text, Owner("cve_2019_19781", version), where="gw-a")


def play(version: int, traffic: Traffic) -> tuple[CaseResult, ...]:
    (one,) = banks_of(render(version).objects).values()
    assert one.unreadable == {}
    return run_corpus(one, traffic, passing_actions(render(version).objects))


@pytest.mark.parametrize("version", [1, 2])
def test_each_version_stops_every_attack_that_is_asked_of_it_and_nothing_legitimate(version: int) -> None:
    traffic = load_mitigation(CVE).traffic.for_version(version)
    corpus = count_findings(play(version, traffic))
    assert [str(one) for one in corpus.wrong] == []
    right, unsure, every = corpus.counts(attack=False)
    assert (right, unsure) == (every, 0)
    right, unsure, every = corpus.counts(attack=True)
    assert right + unsure == every
    if version == 2:
        assert unsure == 0, "version 2 sets its text modes, so nothing is left open"


def test_version_2_stops_what_version_1_lets_through() -> None:
    """Otherwise `since: 2` in the traffic file would say nothing."""
    cases = tuple(case for case in load_mitigation(CVE).traffic.attacks if case.since == 2)
    assert cases
    first = play(1, Traffic(cases))
    assert {one.case.id for one in first if one.is_right} < {case.id for case in cases}
    assert count_findings(play(2, Traffic(cases))).counts(attack=True) == (len(cases), 0, len(cases))


@pytest.mark.parametrize("version", [1, 2])
def test_marker_and_log_can_be_switched_off(version: int) -> None:
    full, bare = render(version), render(version, log=False, marker="")
    key = ("tq_cve_2019_19781",)
    assert "X-Request-Reference: m-1" in str(full.objects["responderaction", key]["target"])
    assert "X-Request-Reference" not in str(bare.objects["responderaction", key]["target"])
    assert full.objects["responderpolicy", key]["logaction"] == "tq_cve_2019_19781"
    assert "logaction" not in bare.objects["responderpolicy", key]
    assert ("auditmessageaction", key) not in bare.objects
