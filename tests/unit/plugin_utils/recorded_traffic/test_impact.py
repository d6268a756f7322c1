# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The impact: the clients that are counted, the open results, and that "cannot tell" is never "nobody"."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic_variants import variants
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    UNDEF,
    UNDETERMINED,
    Names,
    Request,
    compile_expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic import file_chunks as parts_module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.attack_signatures import (
    AttackSignatures,
    load_scanned,
    resolved,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.impact import (
    Impact,
    Thresholds,
    measure_impact,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.impact_page import impact_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.impact_report import (
    ReportContext,
    impact_lines,
    impact_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.logged_request import (
    METHOD,
    VIP,
    RecordedRequest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.reader import Window
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.replay import (
    Replayer,
    ReplayOutcome,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.rule_clauses import (
    CLIENT,
    HOST,
    SESSION,
    UNRECORDED,
    RecordedFacts,
    RecordedRule,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.sources import LogFile, LogSource
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.impact import impact_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.impact.impact_files import write_impact
from hypothesis import given
from hypothesis import strategies as st

from tests.played_together import played_together
from tests.synthetic import GATEWAY, MITIGATION, ROOT, SITE, Mix, Synthetic, combined, json_line, observed
from tests.unit.plugin_utils.policies.policy_objects import Objects, bound, together

GW = Vip("gw", Address("203.0.113.10", 443), "vpn")
WWW = Vip("www", Address("203.0.113.13", 443), "lb")
SIGNATURES = AttackSignatures([MITIGATION.traffic], load_scanned(ROOT / "templates" / "scanners" / "scanned.yml"))
URL = "HTTP.REQ.URL.SET_TEXT_MODE(IGNORECASE).SET_TEXT_MODE(URLENCODED).DECODE_USING_TEXT_MODE.DECODE_USING_TEXT_MODE"
V2 = f'(!CLIENT.SSLVPN.IS_SSLVPN && {URL}.CONTAINS("/vpns/")) || {URL}.CONTAINS("/../")'
BOTH = [f"vpn gw {point}" for point in ("REQUEST", "AAA_REQUEST")]


def everywhere(name: str, rule: str) -> Objects:
    """A blocking policy at both bind points of the Gateway."""
    return together(*[bound(name, 10, rule, at=place) for place in BOTH])


def replayer(after: Objects, before: Objects | None = None, *, on_before: bool = True) -> Replayer:
    return Replayer(before or {}, {**(before or {}), **after}, (GW, WWW), SIGNATURES, on_before=on_before)


def request(url: str = "/", **changes: Any) -> RecordedRequest:
    return RecordedRequest(url, 1578000000, "198.51.100.7", GATEWAY, "GET", 200, False, None, None, None)._replace(
        **changes
    )


def outcome(of: Replayer, url: str, **changes: Any) -> ReplayOutcome:
    return of.replay(request(url, **changes)).outcome


def write(
    path: Path, requests: Iterable[RecordedRequest], render: Callable[[RecordedRequest], str] = observed
) -> LogFile:
    path.write_bytes("".join(f"{render(one)}\n" for one in requests).encode("latin-1"))
    source = LogSource(str(path))
    return LogFile(source, path, source.format_of(path))


# -- clauses -------------------------------------------------------------------------------------------------------------


@played_together(
    ("rule", "needs"),
    [
        ('HTTP.REQ.URL.PATH.CONTAINS("/a")', set()),
        (V2, {SESSION}),
        ("HTTP.REQ.METHOD.EQ(POST)", {METHOD}),
        ('HTTP.REQ.HEADER("User-Agent").CONTAINS("x") && HTTP.REQ.HOSTNAME.EQ("a")', {"user agent", HOST}),
        ('HTTP.REQ.HEADER("Cookie").CONTAINS("x")', {UNRECORDED}),
        ('HTTP.REQ.COOKIE.VALUE("a").EQ("x")', {UNRECORDED}),
        ('HTTP.REQ.BODY(100).CONTAINS("x")', {UNRECORDED}),
        ("HTTP.REQ.CONTENT_LENGTH.GT(5)", {UNRECORDED}),
        ("CLIENT.IP.SRC.IN_SUBNET(10.0.0.0/8)", {CLIENT}),
        ('CLIENT.IP.SRC.MATCHES_LOCATION("*.NL.*.*.*.*")', {UNRECORDED}),
        ("CLIENT.IP.DST.EQ(10.0.0.1)", {VIP}),
        ('HTTP.REQ.FULL_HEADER.CONTAINS("x") || TRUE', {UNRECORDED}),
        ("named && TRUE", {CLIENT, SESSION}),
        ('HTTP.REQ.URL.CONTAINS(HTTP.REQ.HEADER("X").BEFORE_STR("y"))', {UNRECORDED}),
    ],
)
def test_a_rule_says_what_it_needs_to_know(rule: str, needs: set[str]) -> None:
    names = Names(expressions={"named": "CLIENT.IP.SRC.EQ(1.2.3.4) || CLIENT.SSLVPN.IS_SSLVPN"})
    assert RecordedRule(compile_expression(rule, names), names).needs == needs


@played_together(
    ("rule", "lacks", "possible"),
    [
        ('HTTP.REQ.URL.CONTAINS("/b") && HTTP.REQ.HEADER("X").EXISTS', {UNRECORDED}, {False}),
        ('HTTP.REQ.HEADER("X").EXISTS && HTTP.REQ.URL.CONTAINS("/b")', {UNRECORDED}, {False, UNDEF}),
        ('HTTP.REQ.URL.CONTAINS("/a") || HTTP.REQ.HEADER("X").EXISTS', {UNRECORDED}, {True}),
        ('HTTP.REQ.URL.CONTAINS("/a") && HTTP.REQ.HEADER("X").EXISTS', {UNRECORDED}, {False, True, UNDEF}),
        ('!(HTTP.REQ.URL.CONTAINS("/a") && !HTTP.REQ.HEADER("X").EXISTS.NOT)', {UNRECORDED}, {False, True, UNDEF}),
        ('HTTP.REQ.URL.CONTAINS("/a") && !CLIENT.SSLVPN.IS_SSLVPN', {SESSION}, {False, True}),
        ('HTTP.REQ.URL.CONTAINS("/b") && !CLIENT.SSLVPN.IS_SSLVPN', {SESSION}, {False}),
        ('HTTP.REQ.URL.CONTAINS("/a") && HTTP.REQ.BODY(9).CONTAINS("x")', {UNRECORDED}, {False, True, UNDEF}),
        ('HTTP.REQ.URL.CONTAINS("/b") && HTTP.REQ.BODY(9).CONTAINS("x")', {UNRECORDED}, {False}),
        ('HTTP.REQ.HOSTNAME.EQ("a")', {HOST}, {False, True, UNDEF}),
        ("CLIENT.SSLVPN.IS_SSLVPN || CLIENT.SSLVPN.IS_SSLVPN.NOT", {SESSION}, {False, True}),
        ('HTTP.REQ.URL.LENGTH.GT(1) && HTTP.REQ.URL.CONTAINS("/a")', {UNRECORDED, SESSION}, {True}),
        ('(HTTP.REQ.URL.CONTAINS("/a")) == (HTTP.REQ.HEADER("X").EXISTS)', {UNRECORDED}, {False, True, UNDEF}),
    ],
)
def test_what_a_log_lacks_leaves_only_its_own_clauses_open(rule: str, lacks: set[str], possible: set[object]) -> None:
    recorded = RecordedRule(compile_expression(rule), Names())
    facts = RecordedFacts(url="/a", lacks=frozenset(lacks))
    assert set(recorded.possible(facts)) == possible
    assert recorded.evaluate(facts) == (next(iter(possible)) if len(possible) == 1 else UNDETERMINED)


clauses = st.recursive(
    st.sampled_from(
        [
            'HTTP.REQ.URL.CONTAINS("a")',
            'HTTP.REQ.URL.CONTAINS("b")',
            'HTTP.REQ.HEADER("X").EXISTS',
            "CLIENT.SSLVPN.IS_SSLVPN",
            "CLIENT.IP.SRC.EQ(1.2.3.4)",
            "HTTP.REQ.URL.LENGTH == 2",
            "TRUE",
        ]
    ),
    lambda inner: st.one_of(
        inner.map(lambda one: f"!({one})"),
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, inner).map(lambda t: f"{t[0]} && ({t[1]})"),
    ),
    max_leaves=6,
)
facts = st.builds(
    Request,
    url=st.sampled_from(["/a", "/b", "/ab", "/c"]),
    headers=st.sampled_from([(), (("X", "1"),)]),
    client_ip=st.sampled_from(["1.2.3.4", "5.6.7.8"]),
    is_sslvpn=st.booleans(),
)


@given(clauses, facts, st.sets(st.sampled_from([UNRECORDED, SESSION, CLIENT])))
def test_the_true_result_is_always_among_the_possible_ones(rule: str, known: Request, lacks: set[str]) -> None:
    """Whatever a log lacks, the decision of the appliance is among the possible results."""
    expression = compile_expression(rule)
    recorded = RecordedRule(expression, Names())
    partly = RecordedFacts(
        url=known.url,
        headers=() if UNRECORDED in lacks else known.headers,
        client_ip="192.0.2.1" if CLIENT in lacks else known.client_ip,
        is_sslvpn=False if SESSION in lacks else known.is_sslvpn,
        lacks=frozenset(lacks),
    )
    assert expression.evaluate(known) in recorded.possible(partly)
    if not lacks and expression.evaluate(known) is True:
        assert recorded.deciding(partly)


@pytest.mark.parametrize(
    ("rule", "url", "clause"),
    [
        ('HTTP.REQ.URL.CONTAINS("/a") || HTTP.REQ.URL.CONTAINS("/b")', "/b", 'HTTP.REQ.URL.CONTAINS("/b")'),
        (
            '!(HTTP.REQ.URL.CONTAINS("/a") || HTTP.REQ.URL.CONTAINS("/b"))',
            "/c",
            '!(HTTP.REQ.URL.CONTAINS("/a") || HTTP.REQ.URL.CONTAINS("/b"))',
        ),
        ('HTTP.REQ.URL.CONTAINS("/a") && (TRUE || FALSE)', "/a", 'HTTP.REQ.URL.CONTAINS("/a") && TRUE'),
        (V2, "/vpn/../x", f'{URL}.CONTAINS("/../")'),
        (V2, "/vpns/x", f'!CLIENT.SSLVPN.IS_SSLVPN && {URL}.CONTAINS("/vpns/")'),
    ],
)
def test_the_clause_that_decides_is_named(rule: str, url: str, clause: str) -> None:
    assert RecordedRule(compile_expression(rule), Names()).deciding(RecordedFacts(url=url)) == clause


# -- attack shapes -------------------------------------------------------------------------------------------------------


def test_all_attacks_and_their_variants_are_attack_shaped() -> None:
    attacks = [*MITIGATION.traffic.attacks, *(one.case for one in variants(MITIGATION.traffic) if one.case.attack)]
    missed = [case.url for case in attacks if not SIGNATURES.has(case.url, session=False)]
    assert missed == []


def test_no_legitimate_request_is_attack_shaped() -> None:
    for case in MITIGATION.traffic.legitimate:
        assert not SIGNATURES.has(case.url, session=case.session == "with")
    for one in Synthetic(Mix(requests=3000, bad=0)).requests():
        assert not SIGNATURES.has(one.request.url, session=one.request.session)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("/vpn/../vpns/cfg/smb.conf?x=/../", ("/vpns/cfg/smb.conf", True)),
        ("/a/./b//c", ("/a/b/c", False)),
        ("https://h/A/%2e%2e/B", ("/b", True)),
        ("/a/%25252e%25252e/b", ("/b", True)),
        ("/a\\..\\b", ("/b", True)),
        ("/a/..;x/b", ("/b", True)),
        ("/report..2020.pdf", ("/report..2020.pdf", False)),
        ("*", ("/", False)),
    ],
)
def test_what_a_request_is_after(url: str, target: tuple[str, bool]) -> None:
    assert resolved(url) == target


# -- the judgement -------------------------------------------------------------------------------------------------------


def test_a_request_is_newly_blocked_only_where_every_way_blocks_it() -> None:
    rule = '!HTTP.REQ.URL.PATH.STARTSWITH("/vpn/")'
    assert outcome(replayer(everywhere("w", rule)), "/other") is ReplayOutcome.NEWLY_BLOCKED
    assert outcome(replayer(everywhere("w", rule)), "/vpn/index.html") is ReplayOutcome.UNCHANGED
    # Bound at one of a Gateway's two bind points: which one sees the request is open.
    assert outcome(replayer(bound("w", 10, rule, at=BOTH[0])), "/other") is ReplayOutcome.MAY_BE_BLOCKED


def test_what_was_blocked_before_is_not_new() -> None:
    before = bound("old", 1, 'HTTP.REQ.URL.CONTAINS("/other")')
    assert outcome(replayer(everywhere("w", "TRUE"), before), "/other") is ReplayOutcome.UNCHANGED
    assert outcome(replayer(everywhere("w", "TRUE"), before), "/another") is ReplayOutcome.NEWLY_BLOCKED
    # With the feature off nothing was blocked; the plan wakes the old one up.
    woken = replayer(everywhere("w", "FALSE"), before, on_before=False).replay(request("/other"))
    assert (woken.outcome, woken.policy) == (ReplayOutcome.NEWLY_BLOCKED, "old")


def test_an_attack_is_counted_apart() -> None:
    found = replayer(bound("tq", 1, V2)).replay(request("/vpn/../vpns/cfg/smb.conf"))
    assert found.outcome is ReplayOutcome.ATTACK_BLOCKED
    assert found.clause == f'!CLIENT.SSLVPN.IS_SSLVPN && {URL}.CONTAINS("/vpns/")'


def test_without_the_session_a_rule_that_asks_for_it_stays_open() -> None:
    subject = replayer(bound("tq", 1, V2))
    assert outcome(subject, "/vpns/portal/homepage.html", session=True) is ReplayOutcome.UNCHANGED
    assert outcome(subject, "/vpns/portal/homepage.html", session=False) is ReplayOutcome.NEWLY_BLOCKED
    assert outcome(subject, "/vpns/portal/homepage.html", session=None) is ReplayOutcome.MAY_BE_BLOCKED
    assert outcome(subject, "/logon/index.html", session=None) is ReplayOutcome.UNCHANGED


def test_a_rule_about_clients_asks_each_client() -> None:
    subject = replayer(bound("geo", 1, "!CLIENT.IP.SRC.IN_SUBNET(198.51.100.0/24)"))
    assert outcome(subject, "/") is ReplayOutcome.UNCHANGED
    assert outcome(subject, "/", client="203.0.113.77") is ReplayOutcome.NEWLY_BLOCKED
    assert outcome(subject, "/", client=None) is ReplayOutcome.MAY_BE_BLOCKED


def test_the_vip_decides_which_policies_judge() -> None:
    subject = replayer(everywhere("w", "TRUE"))
    assert outcome(subject, "/", vip=SITE) is ReplayOutcome.UNCHANGED
    assert outcome(subject, "/", vip="www") is ReplayOutcome.UNCHANGED
    assert outcome(subject, "/", vip="203.0.113.10") is ReplayOutcome.NEWLY_BLOCKED
    assert outcome(subject, "/", vip="gw") is ReplayOutcome.NEWLY_BLOCKED
    assert outcome(subject, "/", vip="192.0.2.99:443") is ReplayOutcome.ELSEWHERE
    assert outcome(subject, "/", vip=None) is ReplayOutcome.CANNOT_TELL


def test_a_rule_that_nobody_can_read_leaves_it_open() -> None:
    assert outcome(replayer(bound("x", 1, 'SYS.HTTP_CALLOUT("x")')), "/") is ReplayOutcome.MAY_BE_BLOCKED


# -- counting ------------------------------------------------------------------------------------------------------------

WHITELIST = (
    '!(HTTP.REQ.URL.PATH.STARTSWITH("/vpn/") || HTTP.REQ.URL.PATH.STARTSWITH("/logon/") || HTTP.REQ.URL.PATH.STARTSWITH("/cgi/") || '
    'HTTP.REQ.URL.PATH.STARTSWITH("/p/u/") || HTTP.REQ.URL.PATH.EQ("/") || HTTP.REQ.URL.PATH.EQ("/favicon.ico"))'
)


@pytest.fixture(scope="module")
def traffic() -> list[Any]:
    return list(Synthetic(Mix(requests=3000, bad=0.1)).requests())


def test_the_counts_are_those_of_the_labelled_traffic(
    tmp_path: Path, traffic: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts_module.cut, "__defaults__", (100_000,))
    file = write(tmp_path / "ns.log", [one.request for one in traffic])
    impact = measure_impact([file], replayer(everywhere("w", WHITELIST)), workers=2)
    vip = impact.vips["gw (203.0.113.10:443)"]
    starts = ("/vpn/", "/logon/", "/cgi/", "/p/u/")
    at_gateway = [one.request for one in traffic if one.request.vip == GATEWAY]
    paths = [(one, one.url.partition("?")[0]) for one in at_gateway]
    blocked = [
        one
        for one, path in paths
        if not path.startswith(starts) and path not in ("/", "/favicon.ico") and "://" not in path
    ]
    attackers = {one.request.client for one in traffic if not one.legitimate}
    wanted = [one for one in blocked if one.client not in attackers]
    assert vip.requests == len(at_gateway)
    assert vip.outcomes[ReplayOutcome.NEWLY_BLOCKED] == len(wanted)
    assert vip.affected[ReplayOutcome.NEWLY_BLOCKED].count().value == len({one.client for one in wanted}) > 0
    assert vip.outcomes[ReplayOutcome.SUSPECT_BLOCKED] > 0
    assert vip.outcomes[ReplayOutcome.ATTACK_BLOCKED] > 0
    assert impact.conclusion() == "locks out"
    alone = measure_impact([file], replayer(everywhere("w", WHITELIST)), workers=1)
    assert impact_values(alone, ABOUT) == impact_values(impact, ABOUT)


ABOUT = ReportContext("gw-a", "Brouwer", "url_whitelist v1")


def impact_of(
    tmp_path: Path, requests: Iterable[RecordedRequest], rule: str, render: Callable[[RecordedRequest], str] = observed
) -> Impact:
    return measure_impact([write(tmp_path / "a.log", requests, render)], replayer(everywhere("w", rule)), workers=1)


def test_nobody_is_only_said_where_it_is_known(tmp_path: Path) -> None:
    requests = [request(f"/vpn/{number}") for number in range(200)]
    assert impact_of(tmp_path, requests, "FALSE").conclusion() == "nobody in these logs"
    # No VIP in the lines; and once it is named, the client is still lost.
    no_vip = impact_of(tmp_path, requests, "FALSE", combined)
    assert no_vip.conclusion() == "cannot tell"
    assert no_vip.why_not_known() == [
        "the logs have no request of a virtual server of this appliance",
        "web: all requests lack the VIP",
    ]
    without = [one._replace(client="127.0.0.1") for one in requests]
    path = tmp_path / "httpaccess.log"
    path.write_text("".join(f"{combined(one)}\n" for one in without), encoding="ascii")
    lost = measure_impact(
        [LogFile(LogSource("x", vip="gw"), path, "httpaccess")], replayer(everywhere("w", "FALSE")), workers=1
    )
    assert (lost.requests, lost.conclusion()) == (200, "cannot tell")
    assert lost.why_not_known() == ["gw (203.0.113.10:443): 200 of 200 requests lack the client address"]


MANAGEMENT = (
    "/nitro/v1/config/login",
    "/nitro/v1/stat/responderpolicy?attrs=hits",
    "/menu/neo",
    "/gui/js/login.js",
    "/admin_ui/mas/ent/login.html",
    "/login/do_login",
)
AT = "[15/Jan/2020:02:00:00 +0000]"


def httpaccess(tmp_path: Path, *lines: str, vip: str = "") -> Impact:
    path = tmp_path / "httpaccess.log"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
    return measure_impact(
        [LogFile(LogSource("x", vip=vip), path, "httpaccess")], replayer(everywhere("w", "FALSE")), workers=1
    )


def test_requests_of_the_management_are_named_apart(tmp_path: Path) -> None:
    """Traffic that cannot be judged would make the conclusion "cannot tell"."""
    pages = [f'1.2.3.4 -> 203.0.113.10 - - {AT} [7] "GET /vpn/{n} HTTP/1.1" 200 1 "-" "-"' for n in range(90)]
    plain = [f'10.0.0.9 - - {AT} "GET {url} HTTP/1.1" 200 1 "-" "-"' for url in MANAGEMENT]
    newer = f'10.0.0.9 - - {AT} [7] "GET / HTTP/1.1" 200 1 "-" "-"'
    found = httpaccess(tmp_path, *pages, *plain, newer)
    assert found.statistics["httpaccess"].management == len(MANAGEMENT) + 1
    assert (found.requests, found.conclusion(), found.why_not_known()) == (90, "nobody in these logs", [])
    assert sum(found.unplaced.values()) == 0
    lines = impact_lines(found, ReportContext("gw", "", "x v1"))
    assert (
        f"    left out: {len(MANAGEMENT) + 1} requests of the management (NITRO, GUI), for no virtual server" in lines
    )


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/vpn/index.html",
        "/nitro/../vpns/x",
        "/nitro/%2e%2e/vpns/x",
        "/nitro//../vpns/x",
        "/NITRO/v1/x",
        "/x?/nitro/v1/",
    ],
)
def test_what_may_be_a_request_of_a_virtual_server_is_no_management(tmp_path: Path, url: str) -> None:
    found = httpaccess(tmp_path, f'10.0.0.9 - - {AT} "GET {url} HTTP/1.1" 200 1 "-" "-"')
    assert found.statistics["httpaccess"].management == 0
    assert found.unplaced == {ReplayOutcome.CANNOT_TELL: 1}


def test_a_source_that_names_its_virtual_server_keeps_what_the_format_does_not_place(tmp_path: Path) -> None:
    line = f'10.0.0.9 - - {AT} [7] "GET {{}} HTTP/1.1" 200 1 "-" "-"'
    found = httpaccess(tmp_path, line.format("/vpn/x"), line.format(MANAGEMENT[0]), vip="gw")
    assert (found.requests, found.statistics["httpaccess"].management) == (1, 1)


def test_a_web_server_behind_the_appliance_has_no_management(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_text(f'10.0.0.9 - - {AT} "GET /gui/x HTTP/1.1" 200 1 "-" "-"\n', encoding="ascii")
    found = measure_impact(
        [LogFile(LogSource("x", vip="www"), path, "web")], replayer(everywhere("w", "FALSE")), workers=1
    )
    assert found.requests == 1


def test_too_many_lines_that_cannot_be_read_are_no_good_news(tmp_path: Path) -> None:
    file = write(tmp_path / "a.log", [request("/vpn/1")] * 90)
    for bad, conclusion in ((0, "nobody in these logs"), (10, "cannot tell")):
        with file.path.open("a", encoding="ascii") as lines:
            lines.write('default RESPONDER Message 1 0 :  "cut off\n' * bad)
        found = measure_impact([file], replayer(everywhere("w", "FALSE")), workers=1)
        assert found.conclusion() == conclusion
        assert found.statistics["observe"].lines == 90 + bad


def test_what_cannot_be_read_does_not_hide_among_what_an_appliance_writes(tmp_path: Path) -> None:
    file = write(tmp_path / "ns.log", [request("/vpn/1")] * 90)
    with file.path.open("a", encoding="ascii") as lines:
        lines.write('default RESPONDER Message 1 0 :  "cut off\n' * 10)
        lines.write(
            "<134> 06/14/2024:18:29:23 GMT h 0-PPE-1 : default TCP CONN_TERMINATE 2 0 :  Source 198.51.100.7\n" * 5000
        )
    found = measure_impact([file], replayer(everywhere("w", "FALSE")), workers=1)
    assert found.why_not_known() == ["observe: 10 lines cannot be read, beside 90 requests in 5,100 lines"]


def test_the_requests_of_others_do_not_hide_what_is_not_known_of_one(tmp_path: Path) -> None:
    others = [request("/vpn/1", vip="192.0.2.99:443")] * 2000
    own = [request("/vpn/1", client=None)] * 5 + [request("/vpn/1")] * 5
    found = impact_of(tmp_path, [*others, *own], "FALSE", json_line)
    assert found.conclusion() == "cannot tell"
    assert found.why_not_known() == ["gw (203.0.113.10:443): 5 of 10 requests lack the client address"]


def test_a_virtual_server_without_requests_is_not_known(tmp_path: Path) -> None:
    file = write(tmp_path / "a.log", [request("/vpn/1")] * 9)
    rule = '!HTTP.REQ.URL.PATH.STARTSWITH("/vpn/")'
    both = together(everywhere("w", rule), bound("x", 10, rule, at="lb www REQUEST"))
    silent = measure_impact([file], replayer(both), workers=1)
    assert silent.conclusion() == "cannot tell"
    assert silent.why_not_known() == [
        "www (203.0.113.13:443): the logs have no request of it, and requests may be blocked there"
    ]
    assert Thresholds(clients=0).problems(silent)
    # Where nothing changes, or nothing blocks, its requests need not be known.
    assert measure_impact([file], replayer(everywhere("w", rule)), workers=1).conclusion() == "nobody in these logs"
    same = replayer(everywhere("w", rule), bound("x", 10, rule, at="lb www REQUEST"))
    assert measure_impact([file], same, workers=1).conclusion() == "nobody in these logs"


def test_what_was_not_fetched_is_not_known(tmp_path: Path) -> None:
    file = write(tmp_path / "a.log", [request("/vpn/1")] * 9)
    found = measure_impact([file], replayer(everywhere("w", "FALSE")), unread=["ns.log.3.gz cannot be read"], workers=1)
    assert found.conclusion() == "cannot tell"
    assert Thresholds(requests=0).problems(found) == ["cannot tell: ns.log.3.gz cannot be read"]


def test_one_address_for_everybody_that_attacks_once_does_not_excuse_everybody(tmp_path: Path) -> None:
    proxy = "192.0.2.1"
    users = [request(f"/new/{number}", client=proxy) for number in range(50)]
    found = impact_of(tmp_path, [*users, request("/wp-login.php", client=proxy, status=404)], "TRUE", json_line)
    assert found.total(ReplayOutcome.SUSPECT_BLOCKED) == 51
    assert found.conclusion() == "cannot tell"
    assert "a proxy or NAT" in found.why_not_known()[0]


def test_somebody_who_is_not_named_is_somebody(tmp_path: Path) -> None:
    requests = [request("/vpn/1")] * 500 + [request("/new", client=None)] * 2
    found = impact_of(tmp_path, requests, '!HTTP.REQ.URL.PATH.STARTSWITH("/vpn/")', json_line)
    assert Thresholds(clients=0).problems(found) == ["1 client would or may be locked out, more than 0"]


@pytest.mark.parametrize("limits", [{"requests": -1}, {"clients": -1}, {"percent": float("nan")}, {"percent": -0.1}])
def test_what_is_no_limit_is_an_error(limits: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=f"fail_{next(iter(limits))} is .* must be 0 or more"):
        Thresholds(**limits)


def test_requests_without_a_time_are_in_no_window_and_told(tmp_path: Path) -> None:
    file = write(tmp_path / "a.log", [request("/vpn/1")] * 9, json_line)
    with file.path.open("a", encoding="ascii") as lines:
        lines.write(json_line(request("/vpn/1")).replace("2020-", "in the year 2020-") + "\n")
    found = measure_impact([file], replayer(everywhere("w", "FALSE")), Window(0, None), workers=1)
    assert found.requests == 9
    assert found.why_not_known() == ["json: 1 of 10 requests have no time, so no window has it"]


def test_thresholds_fail_with_reasons(tmp_path: Path) -> None:
    requests = [request(f"/{number % 5}", client=f"198.51.100.{number % 10}") for number in range(100)] + [
        request("/vpn/x")
    ] * 100
    impact = impact_of(tmp_path, requests, '!HTTP.REQ.URL.PATH.STARTSWITH("/vpn/")')
    assert Thresholds().problems(impact) == []
    assert Thresholds(100, 10, 50).problems(impact) == []
    assert Thresholds(99, 9, 49.9).problems(impact) == [
        "100 requests would or may be blocked, more than 99",
        "10 clients would or may be locked out, more than 9",
        "50 % of the requests would or may be blocked, more than 49.9 %",
    ]
    mixed = [*requests, *[one._replace(vip=None) for one in requests[:50]]]
    partly = impact_of(tmp_path, mixed, '!HTTP.REQ.URL.PATH.STARTSWITH("/vpn/")', json_line)
    assert partly.conclusion() == "locks out"
    assert Thresholds(200, 20, 60).problems(partly) == ["cannot tell: json: 50 of 250 requests lack the VIP"]
    cannot_tell = impact_of(tmp_path, requests, "FALSE", combined)
    assert Thresholds(requests=0).problems(cannot_tell)[0].startswith("cannot tell: ")


def test_who_attacks_or_scans_is_counted_apart_and_hides_nobody_else(tmp_path: Path) -> None:
    scanner = [request(url, client="198.51.100.66", status=404) for url in ("/wp-login.php", "/a", "/b")]
    user = [request("/a", client="198.51.100.7")]
    others = [request("/vpn/1", client="198.51.100.8")] * 3
    rule = '!HTTP.REQ.URL.PATH.STARTSWITH("/vpn/")'
    impact = impact_of(tmp_path, [*scanner, *user, *others], rule, json_line)
    (vip,) = impact.vips.values()
    assert vip.outcomes == {
        ReplayOutcome.SUSPECT_BLOCKED: 3,
        ReplayOutcome.NEWLY_BLOCKED: 1,
        ReplayOutcome.UNCHANGED: 3,
    }
    assert Thresholds(clients=0).problems(impact) == ["1 client would or may be locked out, more than 0"]
    nobody = impact_of(tmp_path, [*scanner, *others, *others], rule, json_line)
    assert (nobody.conclusion(), Thresholds(clients=0).problems(nobody)) == ("nobody in these logs", [])


# -- what is shown -------------------------------------------------------------------------------------------------------


def test_the_lines_for_people(tmp_path: Path) -> None:
    requests = [request("/new/page?token=s3cret", client=f"198.51.100.{number % 3}") for number in range(7)] + [
        request("/vpn/x")
    ] * 93
    impact = impact_of(tmp_path, requests, '!HTTP.REQ.URL.PATH.STARTSWITH("/vpn/")')
    text = "\n".join(impact_lines(impact, ABOUT))
    assert text == (
        "gw-a   customer Brouwer   url_whitelist v1: LOCKS OUT\n"
        "  gw (203.0.113.10:443): 100 requests of 4 clients\n"
        "    newly blocked: 7 requests (7 %) of 3 clients\n"
        '      by w: !HTTP.REQ.URL.PATH.STARTSWITH("/vpn/"): 7 requests of 3 clients\n'
        "      GET /new/page?...: 7 requests of 3 clients\n"
        "  read: 100 requests in 100 lines (observe: only what the rule that is observed does not allow; what syslog lost or folded is missing)\n"
        "    reaches from 2020-01-02 21:20 to 2020-01-02 21:20 (0.0 days)"
    )
    assert "s3cret" not in json.dumps(impact_values(impact, ABOUT))


HOSTILE = (
    "/<script>alert(1)</script>",
    '/"onmouseover="x',
    "/'><img src=x>",
    "/{{ lookup('pipe','id') }}",
    "/{% x %}",
    "/a\u202etxt.exe",
    "/]]>-->",
    "/&lt;b&gt;",
    "/- !!python/object:os.system",
    "/\xe9\xff",
    "/" + "a" * 5000,
    "/`id`$(id)",
)


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _value in attrs)


def test_hostile_lines_do_not_break_out_of_any_output(tmp_path: Path) -> None:
    urls = [url.encode().decode("latin-1") for url in HOSTILE]
    impact = impact_of(tmp_path, [request(url, method="EVIL") for url in urls for _ in range(3)], "TRUE")
    values = impact_values(impact, ReportContext("gw-a", "<b>Brouwer</b>", "w"))
    assert sum(row["requests"] for row in values["vips"][0]["outcomes"]["newly blocked"]["urls"]) == 3 * len(urls)
    assert all(line.isprintable() for line in impact_lines(impact, ABOUT))
    assert json.loads(json.dumps(values)) == values
    text = impact_page([values])
    page = Page()
    page.feed(text)
    assert page.tags <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "h3",
        "p",
        "b",
        "ul",
        "li",
        "table",
        "tr",
        "th",
        "td",
        "code",
        "br",
        "a",
        "details",
        "summary",
    }
    assert page.attributes <= {"lang", "charset", "http-equiv", "content", "class", "id", "href", "open"}
    assert all(character.isprintable() or character == "\n" for character in text)
    assert "http://" not in text
    assert "https://" not in text


def test_the_page_names_the_worst_of_each_customer(tmp_path: Path) -> None:
    bad = impact_values(impact_of(tmp_path, [request("/a")], "TRUE"), ReportContext("gw-1", "Brouwer", "w"))
    good = impact_values(impact_of(tmp_path, [request("/a")], "FALSE"), ReportContext("gw-2", "Brouwer", "w"))
    other = impact_values(impact_of(tmp_path, [request("/a")], "FALSE", combined), ReportContext("gw-3", "", "w"))
    text = impact_page([other, good, bad])
    customers, rest = text[text.index("<h2>Customers") :].split("<h2>Appliances")
    assert customers.index("cannot tell") < customers.index("Brouwer") < customers.index("locks out")
    assert "at most 1" in customers
    # The worst first, with a link; what is fine is folded.
    assert [part[:4] for part in rest.split("<summary>")[1:]] == ["gw-1", "gw-3", "gw-2"]
    assert '<details id="a0" open>' in rest
    assert '<details id="a2">' in rest
    assert '<a href="#a2">gw-2</a>' in rest
    assert "nobody" not in customers


def test_a_page_is_written_once_for_all_that_wait_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = impact_values(impact_of(tmp_path, [request("/a")], "TRUE"), ReportContext("gw-1", "Brouwer", "w"))
    directory, pages = tmp_path / "reports", []
    monkeypatch.setattr(impact_files, "impact_page", lambda found: pages.append(len(found)) or "the page")
    write_impact(directory, values)
    # Somebody who waits: another one's page was begun after the own JSON was written.
    real = impact_files.write_privately

    def late(path: Path, text: str) -> None:
        real(path, text)
        if path.suffix == ".json":
            ahead = time.time_ns() + 10**9
            os.utime(directory / "impact.html", ns=(ahead, ahead))

    monkeypatch.setattr(impact_files, "write_privately", late)
    write_impact(directory, {**values, "host": "gw-2"})
    assert pages == [1]
    monkeypatch.setattr(impact_files, "write_privately", real)
    os.utime(directory / "impact.html", ns=(0, 0))
    write_impact(directory, {**values, "host": "gw-3"})
    assert pages == [1, 3]
