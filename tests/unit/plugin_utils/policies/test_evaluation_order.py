# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The order of evaluation in words (policy guide 9.2 p. 32-35; command reference 12.0; corrections on Gateways: see policy_paths)."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.evaluation_order import (
    EvaluationOrder,
    describe,
    free_before,
    neighbours,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.request_paths import AppliancePolicies
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import compile_expression
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.banks import Bank, BoundPolicy

from tests.unit.plugin_utils.policies.policy_objects import (
    ATTACKS,
    OURS,
    OWNER,
    UNREADABLE,
    Objects,
    bound,
    put,
    together,
)

ATTACK = TrafficCase("a", True, "GET", "/vpn/bad")
SECOND = TrafficCase("b", True, "POST", "/bad")
GOOD = TrafficCase("g", False, "GET", "/vpn/index.html")
CASES = [(ATTACK, False), (ATTACK, True), (SECOND, False), (GOOD, False)]
STARTS = 'HTTP.REQ.URL.STARTSWITH("/vpn")'
GATEWAY = [("vpn", "gw")]


def order(
    theirs: Objects, ours: Objects | None = None, *, on_before: bool = True, labels: dict[str, Bank] | None = None
) -> EvaluationOrder:
    """Ours at REQ_OVERRIDE 10, unless stated otherwise, after or before the present policies."""
    before = AppliancePolicies(theirs, feature_on=on_before, labels=labels, vservers=GATEWAY)
    after = AppliancePolicies(together(theirs, ours or bound(OURS, 10)), labels=labels, vservers=GATEWAY)
    blocked = {(case.id, session) for case, session in CASES if case.attack}
    return describe(before, after, OWNER, CASES, blocked)


def only(texts: tuple[str, ...], word: str) -> str:
    (text,) = [text for text in texts if word in text]
    return text


def test_alone_there_is_nothing_to_say() -> None:
    assert order({}) == EvaluationOrder()


def test_an_answer_in_front_has_its_witness() -> None:
    said = order(bound("rp_redirect", 5, STARTS, "RESET"))
    text = only(said.certain, "rp_redirect")
    assert text.startswith("rp_redirect (REQ_OVERRIDE 5) answers GET /vpn/bad before ours is evaluated, and 2 more (")
    assert said.shadowed == (), "they don't pass"
    assert said.free_priority is None


def test_a_whitelist_in_front_loses_attacks() -> None:
    said = order(together(bound("rp_allow", 5, STARTS, "NOOP"), bound("rp_four", 4, "false")))
    assert only(said.certain, "rp_allow (REQ_OVERRIDE 5) lets pass, and ends the evaluation for GET /vpn/bad")
    assert [(lost.policy, lost.case.id, lost.session) for lost in said.shadowed] == [
        ("rp_allow", "a", False),
        ("rp_allow", "a", True),
    ]
    assert said.free_priority == 3, "4 is taken"


def test_a_whitelist_of_what_is_no_attack_loses_none() -> None:
    said = order(bound("rp_allow", 5, 'HTTP.REQ.URL.EQ("/vpn/index.html")', "NOOP"))
    assert said.shadowed == ()
    assert "GET /vpn/index.html before ours" in only(said.certain, "rp_allow")


def test_next_in_front_lets_ours_be_asked() -> None:
    said = order(bound("rp_log", 5, STARTS, "NOOP", goto="NEXT"))
    assert said == EvaluationOrder()


def test_an_undefined_neighbour_ends_the_evaluation() -> None:
    undefined = 'HTTP.REQ.URL.STARTSWITH("/vpn") && HTTP.REQ.URL.TYPECAST_NUM_T(DECIMAL).GT(1)'
    said = order(bound("rp_broken", 5, undefined, "DROP"))
    assert "rp_broken (REQ_OVERRIDE 5) is UNDEF, which ends the evaluation, for GET /vpn/bad" in only(
        said.certain, "UNDEF"
    )
    assert {lost.policy for lost in said.shadowed} == {"rp_broken"}


def test_a_rule_that_cannot_be_evaluated_may_end_it() -> None:
    said = order(bound("rp_callout", 5, UNREADABLE, "DROP"))
    assert said.certain == ()
    text = only(said.possible, "rp_callout may end")
    assert "cannot be determined offline" in text
    assert said.shadowed == ()


def test_a_policy_in_front_that_no_request_shows_may_answer() -> None:
    said = order(bound("rp_other", 5, 'HTTP.REQ.URL.STARTSWITH("/zz")'))
    assert said.certain == ()
    assert only(said.possible, "may answer or end requests that the traffic does not contain: rp_other")


def test_ours_keeps_requests_from_those_behind_it() -> None:
    theirs = together(bound("rp_alarm", 50, 'HTTP.REQ.URL.CONTAINS("bad")', "RESET"), bound("rp_rest", 60, "false"))
    said = order(theirs)
    assert "rp_alarm (REQ_OVERRIDE 50) would no longer act upon GET /vpn/bad, which ours answers, and 2 more" in only(
        said.certain, "rp_alarm"
    )
    assert only(
        order(bound("rp_rest", 60, "false")).certain, "no longer evaluated for requests that ours answers: rp_rest"
    )


def test_end_of_another_bind_point_is_read_both_ways() -> None:
    """Ours at the default, a whitelist with END at the override bind point."""
    said = order(bound("rp_allow", 5, STARTS, "NOOP"), bound(OURS, 10, at="REQ_DEFAULT"))
    assert said.shadowed == ()
    assert "the guide says both" in only(said.possible, "rp_allow may end the evaluation of GET /vpn/bad")


def test_the_virtual_server_is_asked_between_the_global_ones() -> None:
    theirs = bound("rp_site", 1, STARTS, "RESET", at="lb site REQUEST")
    said = order(theirs, bound(OURS, 10, at="REQ_DEFAULT"))
    text = only(said.certain, "rp_site (lb vserver site REQUEST 1) answers")
    assert text.endswith("(lb vserver site REQUEST)"), "at the Gateway ours is reached"
    assert order(theirs).certain == order(theirs, bound(OURS, 10)).certain
    assert all("answers GET" not in text or "which ours answers" in text for text in order(theirs).certain)


@pytest.mark.parametrize(("point", "other"), [("REQUEST", "AAA_REQUEST"), ("AAA_REQUEST", "REQUEST")])
def test_which_bind_point_of_a_gateway_counts_is_said_both_ways(point: str, other: str) -> None:
    said = order({}, bound(OURS, 10, at=f"vpn gw {point}"))
    text = only(said.possible, f"ours is not bound at vpn vserver gw {other}")
    assert "CTX693187" in text
    assert "CTX477121" in text
    both = together(bound(OURS, 10, at="vpn gw REQUEST"), bound(OURS, 10, at="vpn gw AAA_REQUEST"))
    assert order({}, both).possible == ()


def test_a_label_in_front_is_named() -> None:
    label = Bank("lab", (BoundPolicy("in_label", compile_expression(STARTS), "DROP", 1),))
    theirs = bound("NOPOLICY", 5, goto="USE_INVOCATION_RESULT", invoke=True, labeltype="policylabel", labelname="lab")
    said = order(theirs, labels={"lab": label})
    assert only(said.certain, "in_label (in the label lab) answers GET /vpn/bad")


def test_a_label_that_was_not_read_may_answer() -> None:
    theirs = bound("NOPOLICY", 5, goto="USE_INVOCATION_RESULT", invoke=True, labeltype="policylabel", labelname="lab")
    assert "what policylabel lab holds may end" in only(order(theirs).possible, "lab")


def test_ours_inside_a_label_counts_as_reached() -> None:
    ours = BoundPolicy(OURS, compile_expression("true"), "DROP", 1)
    theirs = bound("NOPOLICY", 5, goto="NEXT", invoke=True, labeltype="policylabel", labelname="lab")
    said = order(theirs, bound(OURS, 10), labels={"lab": Bank("lab", (ours,))})
    assert said.certain == ()


def test_a_feature_that_is_off() -> None:
    assert "enabling it activates" in only(order({}, on_before=False).certain, "off")
    off = AppliancePolicies(bound(OURS, 10), feature_on=False)
    assert "no request reaches ours" in only(describe(off, off, OWNER, CASES).certain, "off")


def test_a_document_without_a_binding() -> None:
    nothing = AppliancePolicies({})
    assert describe(nothing, nothing, OWNER, CASES).certain == ("the document binds no policy",)


def test_a_request_in_a_session_exists_only_where_there_are_sessions() -> None:
    said = order(bound("rp_session", 5, "CLIENT.SSLVPN.IS_SSLVPN", "RESET"))
    assert only(said.certain, "rp_session").endswith("(vpn vserver gw REQUEST, vpn vserver gw AAA_REQUEST)")


def test_neighbours_stand_in_the_order_of_their_priorities() -> None:
    theirs = together(bound("b", 20), bound("a", 100, goto="NEXT"), bound("c", 3, at="lb web REQUEST"), bound(OURS, 1))
    assert neighbours(theirs, OWNER) == ["web 3 c (END)", "REQ_OVERRIDE 20 b (END)", "REQ_OVERRIDE 100 a (NEXT)"]


def test_a_free_priority_in_front() -> None:
    assert free_before([10, 9, 7], [10]) == 8
    assert free_before([9], [10]) == 8
    assert free_before([1, 2], [2]) is None


def test_hundreds_of_neighbours_are_told_in_a_few_words() -> None:
    theirs: Objects = {}
    for number in range(300):
        put(theirs, "responderpolicy", name=f"n{number}", rule="false", action="DROP")
        put(
            theirs,
            "responderglobal_responderpolicy_binding",
            policyname=f"n{number}",
            type="REQ_OVERRIDE",
            priority=number + 1,
        )
    said = order(theirs, bound(OURS, 1000))
    assert only(said.possible, "and 295 more")
    assert len(said.possible) == 1


def test_a_whitelist_in_front_loses_no_attack_that_ours_would_not_block_by_itself() -> None:
    theirs = bound("rp_allow", 5, STARTS, "NOOP")
    before, after = (
        AppliancePolicies(objects, vservers=GATEWAY) for objects in (theirs, together(theirs, bound(OURS, 10)))
    )
    said = describe(before, after, OWNER, CASES, {(ATTACK.id, True), (GOOD.id, False)})
    assert [(lost.case.id, lost.session) for lost in said.shadowed] == [("a", True)]


def test_only_what_stands_before_all_or_behind_all_of_ours_is_told_of() -> None:
    ours = together(bound(OURS, 10, goto="NEXT", action="NOOP"), bound(f"{OURS}__more", 20, goto="NEXT", action="NOOP"))
    never = {number: bound(f"rp_{number}", number, "false") for number in (5, 10, 15, 20, 25)}
    assert order(together(never[15]), ours).possible == ()
    around = order(together(never[5], never[15], never[25]), ours)
    assert around.possible == (
        "before ours, and may answer or end requests that the traffic does not contain: rp_5",
        "after ours, and may no longer see requests that ours answers: rp_25",
    )
    assert order(together(never[10], never[20]), ours).possible == (), "of one priority neither is in front"
    passing = bound("rp_next", 5, "false", "NOOP", "NEXT")
    assert order(passing, ours).possible == (), "it answers and ends nothing"


def test_what_is_told_of_with_a_request_is_not_told_of_again() -> None:
    answering, behind = bound("rp_redirect", 5, STARTS, "RESET"), bound("rp_rest", 60, "false")
    said = order(together(answering, behind))
    assert only(said.certain, "rp_redirect")
    assert only(said.certain, "rp_rest")
    assert said.possible == ()


def test_a_neighbour_without_a_priority_stands_first_with_that_of_none() -> None:
    theirs = together(bound("b", 20), bound("a", 100))
    for attributes in theirs.values():
        if attributes.get("policyname") == "a":
            del attributes["priority"]
    assert neighbours(theirs, OWNER) == ["REQ_OVERRIDE 0 a (END)", "REQ_OVERRIDE 20 b (END)"]


def test_the_number_of_a_policy_is_its_own_and_not_that_of_another_in_the_bank() -> None:
    said = order(together(bound("aa", 3, "false"), bound("rp_redirect", 5, STARTS, "RESET"), bound("zz", 4, "false")))
    assert only(said.certain, "rp_redirect (REQ_OVERRIDE 5) answers")


def test_each_place_whose_requests_end_is_named_and_how_many_more_there_are() -> None:
    said = order(bound("rp_post", 5, 'HTTP.REQ.URL.STARTSWITH("/bad")', "RESET"))
    places = "the management address, vpn vserver gw REQUEST, vpn vserver gw AAA_REQUEST"
    assert said.certain == (f"rp_post (REQ_OVERRIDE 5) answers POST /bad before ours is evaluated ({places})",)
    two = order(bound("rp_two", 5, 'HTTP.REQ.URL.STARTSWITH("/vpn/bad")', "RESET"))
    assert "answers GET /vpn/bad before ours is evaluated, and 1 more (" in only(two.certain, "rp_two")


def test_a_later_bind_point_that_may_still_be_asked_loses_nothing_for_certain() -> None:
    said = order(
        bound("rp_alarm", 50, 'HTTP.REQ.URL.CONTAINS("bad")', "RESET", at="REQ_DEFAULT"), bound(OURS, 10, action="NOOP")
    )
    assert said.certain == ()


@pytest.mark.parametrize(("action", "goto"), [("DROP", "NEXT"), ("NOOP", "END")])
def test_what_answers_or_ends_requests_stands_in_the_way(action: str, goto: str) -> None:
    said = order(bound("rp_front", 5, "false", action, goto))
    assert only(said.possible, "may answer or end requests that the traffic does not contain: rp_front")


@pytest.mark.parametrize(("kind", "key"), [("policylabel", "lab"), ("vserver", "vserver lab")])
def test_ours_in_what_a_gateway_invokes_counts_as_bound_there(kind: str, key: str) -> None:
    label = Bank("lab", (BoundPolicy(OURS, compile_expression("true"), "DROP", 1),))
    invoking = bound("NOPOLICY", 5, goto="NEXT", at="vpn gw REQUEST", invoke=True, labeltype=kind, labelname="lab")
    assert order(invoking, bound(OURS, 10, at="vpn gw AAA_REQUEST"), labels={key: label}).possible == ()


def test_a_policy_that_goes_with_its_bind_point_is_named_with_the_number_it_had() -> None:
    theirs = bound("rp_alarm", 50, ATTACKS, "RESET", at="vpn gw REQUEST")
    before, after = (AppliancePolicies(objects, vservers=GATEWAY) for objects in (theirs, bound(OURS, 10)))
    said = describe(before, after, OWNER, CASES)
    assert only(said.certain, "rp_alarm (vpn vserver gw REQUEST 50) would no longer act upon GET /vpn/bad")
