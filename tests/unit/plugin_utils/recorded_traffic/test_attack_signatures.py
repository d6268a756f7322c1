# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Attacks whose trigger is not in the URL, recognised in recorded traffic only where the log holds the trigger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic, TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.attack_signatures import (
    AttackSignatures,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.formats import parser_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.impact import measure_impact
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.impact_page import impact_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.impact_report import (
    ReportContext,
    impact_lines,
    impact_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.logged_request import (
    AGENT,
    CLIENT,
    HOST,
    METHOD,
    RecordedRequest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.replay import Replayer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.sources import LogFile, LogSource

from tests.played_together import played_together

WWW = Vip("www", Address("203.0.113.13", 443), "lb")


def attack(url: str = "/", method: str = "GET", **fields: Any) -> TrafficCase:
    return TrafficCase("a", True, method, url, **fields)


def signatures(*attacks: TrafficCase) -> AttackSignatures:
    return AttackSignatures([Traffic((*attacks, TrafficCase("l", False, "GET", "/legitimate")))])


def logged(url: str = "/", **fields: Any) -> RecordedRequest:
    return RecordedRequest(url, **fields)


HOST_ATTACK = attack(headers=(("Host", "Internal.example:8080"),))
AGENT_ATTACK = attack("/cgi-bin/x", headers=(("User-Agent", "() { :; }"),), session="without")
HEADER_ATTACK = attack("/api", headers=(("X-Forward", "a"), ("Referer", "http://evil.example/")))
BODY_ATTACK = attack("/api", "POST", body="<!ENTITY")
CLIENT_ATTACK = attack("/", client="198.51.100.66")


@played_together(
    ("case", "request_", "matches", "undecided"),
    [
        (HOST_ATTACK, logged(host="internal.EXAMPLE"), True, ()),
        (HOST_ATTACK, logged("/%2e", host="internal.example:443"), True, ()),
        (HOST_ATTACK, logged(host="www.example"), False, ()),
        (HOST_ATTACK, logged(), False, (HOST,)),
        (HOST_ATTACK, logged("/other", host="internal.example"), False, ()),
        (AGENT_ATTACK, logged("/cgi-bin/x", agent="() { :; }"), True, ()),
        (AGENT_ATTACK, logged("/cgi-bin/x", agent="() { :; }", session=True), False, ()),
        (AGENT_ATTACK, logged("/cgi-bin/x", agent="Mozilla"), False, ()),
        (AGENT_ATTACK, logged("/cgi-bin/x"), False, (AGENT,)),
        (HEADER_ATTACK, logged("/api", referer="http://evil.example/"), False, ("header X-Forward",)),
        (HEADER_ATTACK, logged("/api"), False, ("header X-Forward", "referer")),
        (HEADER_ATTACK, logged("/api", referer="http://www.example/"), False, ()),
        (BODY_ATTACK, logged("/api", method="POST"), False, ("body",)),
        (BODY_ATTACK, logged("/api"), False, ("body",)),
        (BODY_ATTACK, logged("/api", method="GET"), False, ()),
        (CLIENT_ATTACK, logged(client="198.51.100.66"), True, ()),
        (CLIENT_ATTACK, logged(client="198.51.100.67"), False, ()),
        (CLIENT_ATTACK, logged(), False, (CLIENT,)),
    ],
)
def test_an_attack_is_its_target_with_its_trigger(
    case: TrafficCase, request_: RecordedRequest, matches: bool, undecided: tuple[str, ...]
) -> None:
    found = signatures(case)
    assert (found.matches(request_), found.undecided(request_)) == (matches, undecided)
    assert not found.has(request_.url), "the target alone says nothing"
    assert not found.below("/")


def test_an_attack_by_its_target_is_decided_whatever_else_is_in_the_catalogue() -> None:
    found = signatures(attack("/evil"), attack("/evil", "POST", body="x"), BODY_ATTACK)
    assert found.matches(logged("/evil", method="POST"))
    assert found.undecided(logged("/evil", method="POST")) == ()
    assert found.matches(logged("/a/../b")), "dot segments climb"


def test_what_the_answers_depend_on() -> None:
    assert signatures(attack("/evil")).needs == frozenset()
    assert signatures(HOST_ATTACK, BODY_ATTACK, CLIENT_ATTACK).needs == {HOST, METHOD, CLIENT}


def test_the_name_of_a_virtual_host_is_no_host_header() -> None:
    """Apache's %v is the name of the server that answered, whatever the client sent."""
    parsed = parser_for("web")('www.example:443 198.51.100.7 - - [12/Jan/2020:03:04:05 +0100] "GET / HTTP/1.1" 200 5')
    assert parsed is not None
    assert (parsed.client, parsed.host) == ("198.51.100.7", None)
    assert signatures(HOST_ATTACK).undecided(parsed) == (HOST,)


def test_a_report_says_how_many_requests_are_undecided(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    line = (
        '{"url": "%s", "method": "POST", "client": "198.51.100.%d", "vip": "www", "time": 1578000000, "status": 200}\n'
    )
    path.write_text("".join(line % (url, number) for number in range(3) for url in ("/api", "/other")))
    replayer = Replayer({}, {}, (WWW,), signatures(BODY_ATTACK), on_before=True)
    impact = measure_impact([LogFile(LogSource(str(path)), path, "json")], replayer)
    about = ReportContext("gw-a", "", "demo v1")
    values = impact_values(impact, about)
    assert values["undecided_attacks"] == {"body": 3}
    text = "3 requests may be attacks, not counted as such: the log lacks the body"
    assert f"  {text}" in impact_lines(impact, about)
    assert f"<p>{text}</p>" in impact_page([values])
    replayer = Replayer({}, {}, (WWW,), signatures(attack("/evil")), on_before=True)
    impact = measure_impact([LogFile(LogSource(str(path)), path, "json")], replayer)
    assert "undecided_attacks" not in impact_values(impact, about)
