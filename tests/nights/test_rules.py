# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The second evaluator of rules, against printed results of the documents, against the catalogue's own rules and traffic, and in nights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

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
from tests.nights.rules.compared import compared
from tests.nights.rules.meaning import result_of
from tests.nights.rules.traffic import asked_of
from tests.nights.rules.values import Asked, Named, NotRead
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
