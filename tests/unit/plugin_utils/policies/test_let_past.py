# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which policies of others in front of ours may let an attack pass: by action, binding and condition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.attack_witnesses import MOST_WORK
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.let_past import (
    MOST_CONDITION,
    LetPast,
    _PathInFront,
    let_past,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.request_paths import AppliancePolicies
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import Expression, Request

from tests.unit.plugin_utils.policies.policy_objects import Objects, bound, put, together

ROOT = Path(__file__).parents[4]
CVE = load_mitigation(ROOT / "templates" / "mitigations" / "cve_2019_19781")
OWNER = Owner("cve_2019_19781", 2)
RULE = (
    'HTTP.REQ.URL.SET_TEXT_MODE(IGNORECASE).DECODE_USING_TEXT_MODE.CONTAINS("/vpns/") && '
    '(!CLIENT.SSLVPN.IS_SSLVPN || HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/../"))'
)
OURS = bound("tq_cve_2019_19781", 10, RULE)
GATEWAY = [("vpn", "gw")]
SUBNET = "CLIENT.IP.SRC.IN_SUBNET(203.0.113.0/24)"


def found(*theirs: Objects, ours: Objects = OURS, vservers: Any = GATEWAY) -> list[LetPast]:
    policies = AppliancePolicies(together(*theirs, ours), vservers=vservers)
    return list(let_past(policies, OWNER, CVE.traffic.for_version(2)))


def word(rule: str, **more: Any) -> str:
    """How a policy in front that lets its requests go on is judged: sure, open, or ""."""
    return "".join("sure" if one.is_sure else "open" for one in found(bound("rp_allow", 5, rule, "NOOP", **more)))


@pytest.mark.parametrize(
    "rule",
    [
        "true",
        SUBNET,
        f"{SUBNET}.NOT",
        "CLIENT.IP.SRC.EQ(203.0.113.7) || CLIENT.IP.SRC.EQ(203.0.113.8)",
        "CLIENT.TCP.SRCPORT.EQ(4711)",
        "CLIENT.TCP.DSTPORT.EQ(8443)",
        "SYS.TIME.BETWEEN(GMT 2026 Jan, GMT 2027 Jan)",
        "SYS.TIME.WITHIN(LOCAL 22h, LOCAL 23h)",
        'HTTP.REQ.HEADER("X-Monitor").EXISTS',
        'HTTP.REQ.HEADER("User-Agent").CONTAINS("Nagios")',
        'HTTP.REQ.HEADER("User-Agent").SET_TEXT_MODE(IGNORECASE).CONTAINS("nagios") && CLIENT.IP.SRC.IN_SUBNET(10.0.0.0/8)',
        'HTTP.REQ.HEADER("X-A").EQ("1") && HTTP.REQ.HEADER("X-B").EQ("2") && HTTP.REQ.METHOD.EQ(POST)',
        'HTTP.REQ.HOSTNAME.EQ("status.example.com")',
        'HTTP.REQ.COOKIE.CONTAINS("NSC_TEST")',
        'HTTP.REQ.URL.STARTSWITH("/healthcheck")',
        'HTTP.REQ.URL.STARTSWITH("/healthcheck/")',
        'HTTP.REQ.URL.PATH.GET(1).EQ("healthcheck")',
        'HTTP.REQ.URL.CONTAINS("/.well-known/acme-challenge/")',
        'HTTP.REQ.URL.ENDSWITH(".css")',
        'HTTP.REQ.URL.QUERY.CONTAINS("ping=1")',
        '!HTTP.REQ.URL.STARTSWITH("/vpn/")',
        'HTTP.REQ.URL.STARTSWITH("/vpn/").NOT && CLIENT.IP.SRC.IN_SUBNET(10.0.0.0/8)',
        "HTTP.REQ.METHOD.EQ(GET).NOT",
        "CLIENT.SSLVPN.IS_SSLVPN",
        'HTTP.REQ.URL.CONTAINS("/nothing") || HTTP.REQ.HEADER("X-Go").EQ("on")',
    ],
)
def test_a_condition_that_an_attack_can_meet_counts(rule: str) -> None:
    (one,) = found(bound("rp_allow", 5, rule, "NOOP"))
    assert one.is_sure, one
    assert str(one).startswith(
        f"rp_allow (REQ_OVERRIDE 5, END) lets requests go on before ours where {rule}; so would an attack, "
    )


@pytest.mark.parametrize(
    "rule",
    [
        "false",
        'HTTP.REQ.URL.EQ("/healthcheck")',
        'HTTP.REQ.URL.PATH.EQ("/vpn/index.html")',
        'HTTP.REQ.URL.EQ("/a") || HTTP.REQ.URL.EQ("/b")',
        'HTTP.REQ.URL.SET_TEXT_MODE(IGNORECASE).DECODE_USING_TEXT_MODE.CONTAINS("/vpns/").NOT',
        f'{SUBNET} && HTTP.REQ.URL.EQ("/healthcheck")',
        'HTTP.REQ.URL.EQ("/healthcheck") && HTTP.REQ.URL.REGEX_MATCH(re/x/)',
    ],
)
def test_a_condition_that_no_attack_can_meet_does_not(rule: str) -> None:
    assert word(rule) == ""


@pytest.mark.parametrize(
    "rule",
    [
        "HTTP.REQ.URL.REGEX_MATCH(re#^/health[0-9]+#)",
        'HTTP.REQ.BODY(100).CONTAINS("x")',
        'SYS.HTTP_CALLOUT("x")',
        f"{SUBNET} && HTTP.REQ.URL.REGEX_MATCH(re/^.health/)",
    ],
)
def test_what_cannot_be_decided_is_open(rule: str) -> None:
    assert word(rule) == "open"


@pytest.mark.parametrize("action", ["DROP", "RESET", "rp_page"])
def test_a_policy_that_answers_never_counts(action: str) -> None:
    page: Objects = {}
    put(page, "responderaction", name="rp_page", type="redirect", target='"https://status.example.com"')
    assert found(page, bound("rp_answer", 5, SUBNET, action)) == []


AGENT = 'HTTP.REQ.HEADER("User-Agent")'
CAST = 'HTTP.REQ.HEADER("X-Port").TYPECAST_NUM_T(DECIMAL).EQ(8443)'


@pytest.mark.parametrize(
    ("rule", "sent"),
    [
        (f'HTTP.REQ.HEADER("X-Port").EXISTS && {CAST}', "with X-Port: x"),
        (f'{AGENT}.CONTAINS("Nagios") && {AGENT}.B64DECODE.CONTAINS("x")', "with User-Agent: Nagios"),
        (f'HTTP.REQ.HEADER("X-Port").EXISTS.NOT || !({CAST})', "with X-Port: x"),
        (f"HTTP.REQ.METHOD.EQ(POST) && ({CAST})", "POST /vpn/"),
        ('HTTP.REQ.HEADER("X-F").COUNT.GT(3)', "with X-F: x and X-F: x and "),
        ('HTTP.REQ.HEADER("X-A").TYPECAST_IP_ADDRESS_AT.EQ(192.0.2.1)', ""),
        ('HTTP.REQ.HEADER("X-A").LENGTH / HTTP.REQ.HEADER("X-B").LENGTH == 2', "GET /vpn/"),
    ],
)
@pytest.mark.parametrize("goto", ["END", "NEXT", "10"])
@pytest.mark.parametrize("action", ["RESET", "NOOP"])
def test_a_rule_without_a_result_ends_the_evaluation_whatever_it_does(
    rule: str, sent: str, goto: str, action: str
) -> None:
    """Whatever its action and its goto are: the request passes (blog of 2010 on UNDEF, command reference: undefAction)."""
    told = found(bound("rp_casts", 5, rule, action, goto=goto))
    (one,) = [one for one in told if one.policy == "rp_casts"]
    assert one.is_sure
    if action == "RESET" or goto != "END":
        assert sent in str(one)
        assert f"where {rule} is undefined; so would an attack, " in str(one)


def test_a_rule_without_a_result_ends_the_evaluation_of_later_banks_by_each_reading() -> None:
    ours = bound("tq_cve_2019_19781", 10, RULE, at="vpn gw REQUEST")
    told = {
        one.policy: one
        for one in found(bound("rp_casts", 5, CAST, "RESET"), bound("rp_allow", 6, "true", "NOOP"), ours=ours)
    }
    assert {name: one.by_one_reading for name, one in told.items()} == {"rp_casts": False, "rp_allow": True}


@pytest.mark.parametrize("undef", ["RESET", "DROP"])
def test_a_rule_without_a_result_that_ends_with_an_answer_lets_nothing_pass(undef: str) -> None:
    assert found(bound("rp_casts", 5, CAST, "RESET", undefaction=undef)) == []


@pytest.mark.parametrize(
    "rule",
    [
        'HTTP.REQ.LB_VSERVER.NAME.EQ("shop")',
        f'HTTP.REQ.URL.EQ("/a") && ({SUBNET} || {CAST})',  # by the reading that an undefined side makes all undefined
        f"HTTP.REQ.URL.REGEX_MATCH(re/x/) && {CAST}",
        'HTTP.REQ.URL.QUERY.VALUE("n").TYPECAST_NUM_T(DECIMAL).GT(3) && HTTP.REQ.URL.QUERY.VALUE("n").LENGTH.GT(1)',
    ],
)
def test_where_nobody_knows_whether_a_rule_has_a_result_it_is_open(rule: str) -> None:
    (one,) = found(bound("rp_answer", 5, rule, "RESET"))
    assert one.undefined or not one.is_sure


@pytest.mark.parametrize(
    "rule", ["CLIENT.TCP.SRCPORT.ADD(1).EQ(5)", f"{AGENT}.LENGTH + 1 <= 500", 'HTTP.REQ.HEADER("X").VALUE(1).EQ("x")']
)
def test_a_rule_that_always_has_a_result_is_not_told(rule: str) -> None:
    assert found(bound("rp_answer", 5, rule, "RESET")) == []


@pytest.mark.parametrize(("goto", "counts"), [("END", True), ("NEXT", False), ("20", True), ("10", False)])
@pytest.mark.parametrize("attribute", ["target", "htmlpage"])
def test_an_action_without_a_text_is_not_taken_and_its_policy_leads_on(goto: str, counts: bool, attribute: str) -> None:
    """Blog of 2010 on UNDEF: an action whose text has no result is left out, and what its binding says follows."""
    page: Objects = {}
    target = f'"https://status.example/" + {AGENT}.TYPECAST_NUM_T(DECIMAL)'
    kind = "redirect" if attribute == "target" else "respondwithhtmlpage"
    put(page, "responderaction", name="rp_page", type=kind, **{attribute: target})
    behind = bound("rp_twenty", 20, "false")
    told = found(page, behind, bound("rp_answer", 5, f'{AGENT}.CONTAINS("Nagios")', "rp_page", goto=goto))
    assert [one.policy for one in told] == (["rp_answer"] if counts and attribute == "target" else [])
    for one in told:
        assert one.is_sure
        assert "and the text of its action rp_page is undefined; so would an attack, " in str(one)
        assert "User-Agent: Nagios" in one.example


def test_what_an_action_without_a_text_answers_first_is_not_answered() -> None:
    page: Objects = {}
    put(page, "responderaction", name="rp_page", type="redirect", target=f'"/" + {AGENT}.TYPECAST_NUM_T(DECIMAL)')
    told = found(page, bound("rp_shut", 4, "true", "rp_page", goto="NEXT"), bound("rp_allow", 5, SUBNET, "NOOP"))
    assert [(one.policy, one.is_sure) for one in told] == [("rp_allow", True)]


def test_an_action_of_the_type_noop_lets_pass_like_noop() -> None:
    own: Objects = {}
    put(own, "responderaction", name="rp_nothing", type="noop")
    assert [one.policy for one in found(own, bound("rp_allow", 5, SUBNET, "rp_nothing"))] == ["rp_allow"]


@pytest.mark.parametrize(
    ("goto", "counts"),
    [
        ("END", True),
        ("", True),
        ("NEXT", False),
        ("20", True),
        ("10", False),
        ("7", False),
        ("999", True),
        ("5", False),
        ("9", True),
        ("3", True),
        ("0", True),
        ("\u0669", True),
        ("HTTP.REQ.URL.LENGTH", True),
    ],
)
def test_where_its_binding_leads_decides(goto: str, counts: bool) -> None:
    others = together(bound("rp_seven", 7, "false"), bound("rp_twenty", 20, "false"))
    assert bool(found(others, bound("rp_allow", 5, SUBNET, "NOOP", goto=goto))) is counts


@pytest.mark.parametrize(("undef", "counts"), [("NOOP", True), ("RESET", False), ("DROP", False)])
def test_a_goto_to_a_number_that_no_policy_has_does_what_its_undef_action_says(undef: str, counts: bool) -> None:
    """Smaller than its own, or between others, is UNDEF (command reference, responder global): that ends the evaluation."""
    jump = bound("rp_allow", 5, SUBNET, "NOOP", goto="9", undefaction=undef)
    assert bool(found(bound("rp_seven", 7, "false"), jump)) is counts


def test_behind_ours_it_does_not_count() -> None:
    assert found(bound("rp_allow", 11, SUBNET, "NOOP")) == []


def test_an_earlier_bank_counts_by_the_reading_that_end_skips_later_ones() -> None:
    ours = bound("tq_cve_2019_19781", 10, RULE, at="REQ_DEFAULT")
    assert [one.policy for one in found(bound("rp_allow", 500, SUBNET, "NOOP"), ours=ours)] == ["rp_allow"]
    at_gateway = bound("rp_gw", 500, SUBNET, "NOOP", at="vpn gw REQUEST")
    assert [one.policy for one in found(at_gateway, ours=ours)] == ["rp_gw"]
    assert found(at_gateway) == [], "ours is met before it"


def test_an_invoked_label_is_open_since_it_is_not_read() -> None:
    label = bound("NOPOLICY", 5, goto="END", invoke=True, labeltype="policylabel", labelname="lab")
    (one,) = found(label)
    assert not one.is_sure
    assert "policylabel lab, which is not read" in str(one)


def test_what_somebody_else_answers_first_passes_nobody() -> None:
    shut = bound("rp_shut", 4, SUBNET.replace("203.0.113.0/24", "0.0.0.0/0"), "RESET")
    assert found(shut, bound("rp_allow", 5, 'HTTP.REQ.HEADER("X-A").EXISTS', "NOOP")) == []


def test_a_named_expression_and_a_pattern_set_are_followed() -> None:
    names: Objects = {}
    put(names, "policyexpression", name="is_monitor", value='HTTP.REQ.HEADER("User-Agent").CONTAINS_ANY("monitors")')
    put(names, "policypatset", name="monitors")
    put(names, "policypatset_pattern_binding", name="monitors", String="Nagios", index=1)
    (one,) = found(names, bound("rp_allow", 5, "is_monitor", "NOOP"))
    assert one.is_sure
    assert "User-Agent: Nagios" in one.example


def test_a_free_number_in_front_of_them_is_named_where_ours_is_at_the_same_place() -> None:
    theirs = [bound("rp_allow", 5, SUBNET, "NOOP"), bound("rp_more", 8, SUBNET, "NOOP"), bound("rp_four", 4, "false")]
    assert [one.free for one in found(*theirs)] == [3, 3]
    assert [one.free for one in found(bound("rp_allow", 1, SUBNET, "NOOP"))] == [0]
    elsewhere = found(*theirs, ours=bound("tq_cve_2019_19781", 10, RULE, at="REQ_DEFAULT"))
    assert [one.free for one in elsewhere] == [0, 0]


def test_three_hundred_of_them_are_judged_with_few_evaluations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where many virtual servers have banks of their own: what is in front is judged once."""
    theirs = [
        bound(
            f"rp_{number}",
            number,
            f'HTTP.REQ.URL.PATH.EQ("/page/{number}") && CLIENT.IP.SRC.IN_SUBNET(10.{number % 256}.0.0/16)',
            "NOOP",
        )
        for number in range(1, 301)
    ]
    sites = [bound(f"rp_site{number}", 1, "false", at=f"lb site{number} REQUEST") for number in range(20)]
    policies = AppliancePolicies(together(*theirs, *sites, bound("tq_cve_2019_19781", 400, RULE)), vservers=GATEWAY)
    evaluated = 0
    possible = Expression.possible

    def counted(expression: Expression, request: Request) -> Any:
        nonlocal evaluated
        evaluated += 1
        return possible(expression, request)

    monkeypatch.setattr(Expression, "possible", counted)
    assert let_past(policies, OWNER, CVE.traffic.for_version(2)) == ()
    assert 0 < evaluated < 300 * 8 * 2 * 7, "each of eight attacks in at most seven forms, in and outside a session"


def _hard(number: int) -> Objects:
    """A policy of conditions of which each can be met in two ways, and all of them together never."""
    ways = [
        f'(!HTTP.REQ.URL.CONTAINS("/x{number}-{way}") || HTTP.REQ.HEADER("X-{way}").CONTAINS("q"))' for way in range(20)
    ]
    return bound(f"rp_hard{number}", number, f"{' && '.join(ways)} && false", "NOOP")


def test_rules_that_ask_for_work_without_end_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated = 0
    possible = Expression.possible

    def counted(expression: Expression, request: Request) -> Any:
        nonlocal evaluated
        evaluated += 1
        assert evaluated < MOST_WORK, "more is evaluated than any appliance may ask for"
        return possible(expression, request)

    monkeypatch.setattr(Expression, "possible", counted)
    answers = found(*map(_hard, range(1, 61)), ours=bound("tq_cve_2019_19781", 400, RULE))
    assert not any(one.is_sure for one in answers)
    assert any("not decided" in str(one) for one in answers)


CALLS: dict[str, Any] = {"invoke": True, "labeltype": "vserver", "labelname": "gw"}
DECODES = 'HTTP.REQ.HEADER("User-Agent").B64DECODE.CONTAINS("monitor")'
AT_GATEWAY = "vpn gw REQUEST"


@pytest.mark.parametrize(
    ("calls", "answers", "shown"),
    [
        ('HTTP.REQ.METHOD.EQ("GET")', "true", "POST "),
        ('HTTP.REQ.METHOD.EQ("GET")', 'HTTP.REQ.URL.CONTAINS("/no/such/")', "GET "),
        ("true", "true", ""),
        ("SYS.HTTP_CALLOUT(x)", "true", "GET "),
    ],
)
def test_a_request_that_a_virtual_server_answers_first_is_no_example(calls: str, answers: str, shown: str) -> None:
    """Drawn night 551005: "so would GET / with User-Agent: x", and that gets the page of the closing by a policy that invokes it in front."""
    invokes = bound("rp_calls", 2, calls, "NOOP", "USE_INVOCATION_RESULT", **CALLS)
    decodes, page = bound("rp_decodes", 7, DECODES, "NOOP", "NEXT"), bound("page", 1, answers, "DROP", at=AT_GATEWAY)
    (one,) = [each for each in found(invokes, decodes, page) if each.policy == "rp_decodes"]
    assert one.example.startswith(shown) if shown else not one.is_sure


def test_a_request_is_no_example_where_not_all_of_it_could_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that is reached says "not decided", and not that the request passes."""
    invokes = bound("rp_calls", 2, 'HTTP.REQ.METHOD.EQ("GET")', "NOOP", "USE_INVOCATION_RESULT", **CALLS)
    decodes, page = bound("rp_decodes", 7, DECODES, "NOOP", "NEXT"), bound("page", 1, "true", "DROP", at=AT_GATEWAY)

    passing = _PathInFront._passing

    def spent(path: Any, *given: Any) -> Any:
        path.chooser.work = 0
        return passing(path, *given)

    monkeypatch.setattr(_PathInFront, "_passing", spent)
    (one,) = [each for each in found(invokes, decodes, page) if each.policy == "rp_decodes"]
    assert (one.is_sure, one.example) == (False, "")


@pytest.mark.parametrize(("more", "end"), [(0, ""), (1, " ... 1 more characters"), (3, " ... 3 more characters")])
def test_a_long_condition_is_cut_and_what_is_left_out_is_counted(more: int, end: str) -> None:
    text = LetPast("theirs", "REQ_OVERRIDE 5, END", "x" * (MOST_CONDITION + more)).text("an attack")
    assert text.startswith(
        f"theirs (REQ_OVERRIDE 5, END) lets requests go on before ours where {'x' * MOST_CONDITION}{end}"
    )
    assert "x" * (MOST_CONDITION + 1) not in text
