# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The second evaluator of rules, against printed results of the documents, against the catalogue's own rules and traffic, and in nights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.foreign_entry import documents
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic_variants import variants_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import request_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import LIKELIEST, compile_expression

from tests.nights.night import night_of
from tests.nights.played import played
from tests.nights.rules import meaning
from tests.nights.rules.banks import Decision, Place, decided
from tests.nights.rules.compared import compared
from tests.nights.rules.meaning import result_of
from tests.nights.rules.traffic import asked_of
from tests.nights.rules.values import Asked, Named, NotRead, Undefined
from tests.stage.memory import CATALOGUE

ENTRIES = sorted({path.parent.name for path in CATALOGUE.parent.glob("*/v*.yml.j2")})
VPNS = 'HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/vpns/")'


@pytest.mark.parametrize(
    ("rule", "url", "result"),
    [
        # CTX267027 and its readings; the policy guide 9.2 for the rest.
        (VPNS, "/vpn/../%76pns/cfg/smb.conf", True),
        (VPNS, "/vpn/../%2576pns/cfg/smb.conf", False),
        (VPNS, "/VPNS/portal", False),
        (VPNS, "/vpn/index.html?x=/vpns/", True),
        ('HTTP.REQ.URL.CONTAINS("%")', "/a%2fb", True),
        ('HTTP.REQ.URL.PATH.EQ("/x")', "/x?y", True),
        ('HTTP.REQ.URL.PATH.EQ("/x")', "http://host/x?y", True),
        ('HTTP.REQ.URL.SUFFIX.EQ("html")', "/a/my.page.html", True),
        ('HTTP.REQ.URL.SET_TEXT_MODE(IGNORECASE).STARTSWITH("/ews")', "/EWS/x", True),
        ("HTTP.REQ.URL.REGEX_MATCH(re/^.a[0-9]$/) && !CLIENT.SSLVPN.IS_SSLVPN", "/a1", True),
        ('HTTP.REQ.HEADER("A").CONTAINS("x") && HTTP.REQ.HEADER("A").EQ("y")', "/", True),
        ("CLIENT.IP.SRC.IN_SUBNET(192.0.2.0/24) || CLIENT.IP.SRC.EQ(198.51.100.7)", "/", True),
        ('CLIENT.IP.SRC.MATCHES_LOCATION("*.NL.*.*.*.*").NOT', "/", False),
        ('http.req.url.path.equals_any("p") || outer', "/listed", True),
        ('true || HTTP.REQ.URL.CONTAINS("x") && false', "/", True),
    ],
)
def test_what_the_documents_say(rule: str, url: str, result: bool) -> None:
    named = Named({"outer": "inner", "inner": 'HTTP.REQ.METHOD.EQ("PUT")'}, {"p": ["/listed"]})
    asked = Asked(url=url, headers=[("a", "x"), ("A", "y")], client="198.51.100.7", location="EU.NL.*.*.*.*")
    assert result_of(rule, asked, named) is result


AGENT = 'HTTP.REQ.HEADER("User-Agent")'


@pytest.mark.parametrize(
    ("rule", "result"),
    [
        # Policy guide 9.2 p. 64-68: numbers. Command reference: COUNT of headers, typecasts.
        (f"{AGENT}.LENGTH.MUL(2).ADD(1).SUB(3) == 6", True),
        (f"{AGENT}.LENGTH * 2 + 1 - 3", 6),
        (f"{AGENT}.LENGTH.GT(3) && {AGENT}.LENGTH.GE(4) && {AGENT}.LENGTH.LT(5) && {AGENT}.LENGTH.LE(4)", True),
        (f"{AGENT}.LENGTH.BETWEEN(4, 5)", True),
        ('HTTP.REQ.HEADER("X").COUNT', 2),
        ('HTTP.REQ.HEADER("None").COUNT', 0),
        ('"-12".TYPECAST_NUM_T(DECIMAL).EQ(0 - 12)', True),
        (f"(({AGENT}.TYPECAST_NUM_T(DECIMAL) ALT 7) == 7)", True),
        ('((HTTP.REQ.HEADER("X").COUNT ALT 7) == 2)', True),
        ('TRUE || HTTP.REQ.HEADER("Many").COUNT.GT(3)', True),
    ],
)
def test_numbers(rule: str, result: bool | int) -> None:
    headers = [("User-Agent", "curl"), ("X", "1"), ("x", "2"), *[("Many", "1")] * 16]
    assert result_of(rule, Asked(headers=headers), Named()) == result


@pytest.mark.parametrize(
    "rule",
    [
        # Blog of 2010 on UNDEF; command reference: COUNT above 15 instances; a typecast of what is no number.
        'HTTP.REQ.HEADER("Many").COUNT.GT(3)',
        f"{AGENT}.TYPECAST_NUM_T(DECIMAL).EQ(4)",
        'HTTP.REQ.HEADER("None").TYPECAST_NUM_T(DECIMAL).EQ(4)',
        f"!({AGENT}.TYPECAST_NUM_T(DECIMAL) == 4)",
        f"{AGENT}.TYPECAST_NUM_T(DECIMAL) == 4 || TRUE",
        f'TRUE && {AGENT}.B64DECODE.CONTAINS("x")',
        f"{AGENT}.TYPECAST_NUM_T(DECIMAL) ALT {AGENT}.TYPECAST_NUM_T(DECIMAL)",
    ],
)
def test_what_is_undefined(rule: str) -> None:
    headers = [("User-Agent", "curl!"), *[("Many", "1")] * 16]
    with pytest.raises(Undefined):
        result_of(rule, Asked(headers=headers), Named())


def _policies(*rows: tuple[Any, ...]) -> dict[str, list[dict[str, Any]]]:
    """Return a configuration. A row has name, rule and action of a policy, and of its global binding the priority, the goto, and more."""
    bound = [
        {
            "policyname": name,
            "priority": priority,
            "gotopriorityexpression": goto,
            "type": "REQ_OVERRIDE",
            **dict(*more),
        }
        for name, _rule, _action, priority, goto, *more in rows
    ]
    policies = [{"name": name, "rule": rule, "action": action} for name, rule, action, *_rest in rows]
    return {"responderpolicy": policies, "responderglobal_responderpolicy_binding": bound}


def _decided(rows: Any, agent: str = "curl") -> Decision:
    asked = Asked(headers=[("User-Agent", agent)])
    return decided(rows, [Place("REQ_OVERRIDE")], asked, Named(), end_skips_later=True)


OURS = ("ours", "TRUE", "RESET", 10, "END")
INVOKES = {"invoke": True, "labeltype": "vserver", "labelname": "shop"}


@pytest.mark.parametrize("goto", ["END", "NEXT"])
def test_the_policies_of_a_virtual_server_can_be_invoked(goto: str) -> None:
    """Command reference 12.0, bind responder global: -invoke vserver; what ended there ends here with USE_INVOCATION_RESULT."""
    own = {
        "name": "shop",
        "policyname": "in_shop",
        "priority": 5,
        "gotopriorityexpression": goto,
        "bindpoint": "REQUEST",
    }
    other = {**own, "name": "other", "policyname": "ours", "priority": 1}
    rows = _policies(("calls", "TRUE", "NOOP", 6, "USE_INVOCATION_RESULT", INVOKES), OURS)
    rows["responderpolicy"].append({"name": "in_shop", "rule": f'{AGENT}.EQ("curl")', "action": "NOOP"})
    rows["lbvserver_responderpolicy_binding"] = [own, other]
    found = _decided(rows)
    ended = Decision("NOOP", ["calls", "in_shop"])
    assert found == (ended if goto == "END" else Decision("RESET", ["calls", "in_shop", "ours"]))
    assert _decided(rows, "another") == Decision("RESET", ["calls", "ours"])


def test_policies_for_responses_are_not_invoked_for_a_request() -> None:
    rows = _policies(("calls", "TRUE", "NOOP", 6, "NEXT", {**INVOKES, "labeltype": "resvserver"}), OURS)
    with pytest.raises(NotRead):
        _decided(rows)


STOPPED = Decision("NOOP", ["jumps"], undefined=["jumps"])


@pytest.mark.parametrize(
    ("goto", "found"),
    [
        # Command reference 12.0, bind responder global: a number or a numeric expression.
        ("10", Decision("RESET", ["jumps", "ours"])),
        (f"{AGENT}.LENGTH * 5", Decision("NOOP", ["jumps", "behind"])),
        (f"{AGENT}.LENGTH + 4", Decision("RESET", ["jumps", "ours"])),
        (f"{AGENT}.LENGTH", Decision("RESET", ["jumps", "ours"])),
        ("1000 + 1", Decision("NOOP", ["jumps"])),
        ("20", STOPPED),
        (f"{AGENT}.LENGTH + 5", STOPPED),
        (f"{AGENT}.LENGTH - 1", STOPPED),
        (AGENT, STOPPED),
        (f"{AGENT}.TYPECAST_NUM_T(DECIMAL)", STOPPED),
    ],
)
def test_where_a_goto_leads(goto: str, found: Decision) -> None:
    rows = _policies(("jumps", "TRUE", "NOOP", 6, goto), OURS, ("behind", "TRUE", "NOOP", 30, "END"))
    assert _decided(rows, "Nagios") == found


@pytest.mark.parametrize(
    ("own", "of_all", "action"),
    [("", "", "NOOP"), ("DROP", "", "DROP"), ("", "RESET", "RESET"), ("NOOP", "RESET", "NOOP")],
)
def test_the_action_for_what_is_undefined(own: str, of_all: str, action: str) -> None:
    rows = _policies(("casts", f"{AGENT}.TYPECAST_NUM_T(DECIMAL) == 4", "DROP", 6, "END"), OURS)
    rows["responderpolicy"][0] |= {"undefaction": own} if own else {}
    rows["responderparam"] = [{"undefaction": of_all}] if of_all else []
    assert _decided(rows) == Decision(action, undefined=["casts"])


@pytest.mark.parametrize(
    ("goto", "found"), [("END", Decision(None, ["answers"])), ("NEXT", Decision("RESET", ["answers", "ours"]))]
)
def test_an_action_whose_text_is_undefined_is_not_taken(goto: str, found: Decision) -> None:
    """Blog of 2010 on UNDEF: the action is left out, and evaluation goes on."""
    rows = _policies(("answers", "TRUE", "says", 6, goto), OURS)
    rows["responderaction"] = [{"name": "says", "type": "redirect", "target": f'"/" + {AGENT}.TYPECAST_NUM_T(DECIMAL)'}]
    assert _decided(rows) == found
    assert _decided(rows, "4") == Decision("says", ["answers"])


def test_a_wildcard_matches_what_has_a_value_only_where_the_setting_says_so() -> None:
    rule, asked = 'CLIENT.IP.SRC.MATCHES_LOCATION("*.NL.*.*.*.*")', Asked(location="EU.NL.*.*.*.*")
    assert [result_of(rule, asked, Named(wildcard_matches=one)) for one in (True, False)] == [True, False]
    assert result_of(rule, Asked(), Named()) is False


@pytest.mark.parametrize(
    "rule", ["HTTP.REQ.LB_VSERVER.NAME", "SYS.RANDOM", 'HTTP.REQ.URL.FOO("x")', "nobody", "1 +", '"a"]']
)
def test_nothing_is_guessed(rule: str) -> None:
    with pytest.raises(NotRead):
        result_of(rule, Asked(), Named())


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_rules_of_the_catalogue_are_judged_alike(entry: str) -> None:
    """Each rule of each version, with all traffic and its variants, with a session and without."""
    directory = CATALOGUE.parent / entry
    mitigation, number, unlike = load_mitigation(directory), 0, []
    for version, document in documents(directory, mitigation):
        rules = [str(row["rule"]) for (type_, *_name), row in document.objects.items() if type_ == "responderpolicy"]
        for case, session in _traffic(
            mitigation.traffic.cases, [one.case for one in variants_for(mitigation.traffic, version)]
        ):
            request = request_of(case, session)
            for rule in rules:
                there = compile_expression(rule, readings=LIKELIEST).evaluate(request)
                number += 1
                if result_of(rule, asked_of(request), Named()) is not there:
                    unlike.append((version, rule, case.url))
    assert unlike == []
    assert number > 100


def _traffic(*several: list[TrafficCase] | tuple[TrafficCase, ...]) -> Iterator[tuple[TrafficCase, bool]]:
    for cases in several:
        for case in cases:
            yield from ((case, session) for session in case.sessions())


@pytest.mark.parametrize(
    ("shape", "actions"),
    [("pair", "apply, allow_in_front, ineffective"), ("tenant", "apply, notice, colleague_changes")],
)
def test_each_request_of_a_night_is_judged_alike(tmp_path: Path, shape: str, actions: str) -> None:
    with night_of([shape], tmp_path) as night, compared() as differences:
        for one in actions.split(", "):
            night.play(one)
    assert differences == []


def test_a_difference_is_an_error_of_the_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meaning, "_TEXT", {**meaning._TEXT, "DECODE_USING_TEXT_MODE": lambda text: text})
    found = played(["alone"], ["apply"], tmp_path)
    assert [one for one in found.wrong if "two evaluators differ: GET /vpn" in one]
