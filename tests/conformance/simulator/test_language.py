# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Open points of the policy language: each is a switch, and a rule on a real request distinguishes its positions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import Ambiguity

from simulator import Simulator

from .conftest import Client, Lab

PLACE = "/var/netscaler/locdb"
NSGEO = "NSGEO1.0\nStart\n127.0.0.0,127.0.0.255,EU,NL,,,,,,\n"


@dataclass(frozen=True)
class Case:
    """A rule and a request on which the readings of an open point differ."""

    point: Ambiguity
    rule: str
    outcomes: tuple[str, ...]  # hit | miss | undef, in the order of the readings
    target: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    setting: dict[str, Any] = field(default_factory=dict)


P = Ambiguity
# Facts that facts.yml lists with others; the rest have the names of their points.
ELSEWHERE = {
    P.URL_TEXT: "url-text-mode",
    P.UNDEF_IN_LOGIC: "undefined-in-logic",
    P.HEADER_VALUE: "header-value-crlf",
    P.DATASET_RANGE: "dataset-range-form",
    P.LOCATION_WILDCARD: "location-wildcard",
}
TWICE = (("X-A", "evil"), ("X-A", "good"))
CASES = [
    Case(P.URL_TEXT, 'HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/vpns/")', ("hit", "miss"), "/%76pns/"),
    Case(P.OTHER_TEXT, 'HTTP.REQ.HEADER("X-A").DECODE_USING_TEXT_MODE.CONTAINS("evil")', ("miss", "hit"), headers=(("X-A", "%65vil"),)),
    Case(P.PLAIN_OPERATOR, 'HTTP.REQ.URL.CONTAINS("/vpns/")', ("miss", "hit"), "/%76pns/"),
    Case(P.ABSOLUTE_URL, 'HTTP.REQ.URL.STARTSWITH("http://")', ("hit", "miss"), "http://www.example.com/a"),
    Case(P.UNDEF_IN_LOGIC, "HTTP.REQ.URL.TYPECAST_NUM_T(DECIMAL).GT(0) && FALSE", ("undef", "miss", "undef")),
    Case(P.HOSTNAME_CASE, 'HTTP.REQ.HOSTNAME.CONTAINS("EXAMPLE")', ("miss", "hit"), headers=(("Host", "www.example.com"),)),
    Case(P.HOSTNAME_OPERATORS, 'HTTP.REQ.HOSTNAME.NE("www.example.com")', ("miss", "hit"), headers=(("Host", "www.example.com:8080"),)),
    Case(P.HEADER_COMPARISON, 'HTTP.REQ.HEADER("X-A").EQ("evil")', ("miss", "hit"), headers=TWICE),
    Case(P.HEADER_CONVERSION, 'HTTP.REQ.HEADER("X-A").TO_LOWER.CONTAINS("evil")', ("hit", "miss"), headers=TWICE),
    Case(P.MISSING_HEADER, 'HTTP.REQ.HEADER("X-A").EQ("")', ("hit", "miss")),
    Case(P.HEADER_VALUE, 'HTTP.REQ.HEADER("X-A").VALUE(1).LENGTH.EQ(4)', ("hit", "miss"), headers=TWICE),
    Case(P.LIST_END, 'HTTP.REQ.URL.PATH.GET(9).EQ("")', ("hit", "undef"), "/a/b"),
    Case(P.NAME_BLANKS, 'HTTP.REQ.HEADER("X-A").TYPECAST_NVLIST_T(\'=\',\';\').VALUE("b").EQ("2")', ("hit", "miss"), headers=(("X-A", "a=1; b=2"),)),
    Case(P.SAFE_HEX_CASE, 'HTTP.REQ.HEADER("X-A").HTTP_URL_SAFE.CONTAINS("%3c")', ("hit", "miss"), headers=(("X-A", "<"),)),
    Case(P.SAFE_PERCENT, 'HTTP.REQ.HEADER("X-A").HTTP_URL_SAFE.EQ("%41")', ("hit", "miss"), headers=(("X-A", "%41"),)),
    Case(P.SAFE_AMPERSAND, 'HTTP.REQ.HEADER("X-A").HTTP_URL_SAFE.EQ("&")', ("hit", "miss"), headers=(("X-A", "&"),)),
    Case(P.INDEX_WITHOUT_MATCH, 'HTTP.REQ.URL.PATH.EQUALS_INDEX("ps").EQ(0)', ("hit", "undef"), "/b"),
    Case(P.STRING_MAP_WITHOUT_KEY, 'HTTP.REQ.URL.PATH.MAP_STRING("sm").EQ("")', ("hit", "undef"), "/b"),
    Case(P.DATASET_RANGE, 'CLIENT.IP.SRC.EQUALS_ANY("ds")', ("hit", "miss")),
    Case(P.DATASET_RANGE_AS_TEXT, 'CLIENT.IP.SRC.TYPECAST_TEXT_T.EQUALS_ANY("ds")', ("miss", "hit")),
    Case(P.OTHER_ADDRESS_FAMILY, "CLIENT.IPV6.SRC.IN_SUBNET(2001:db8::/32)", ("miss", "undef")),
    Case(P.LOCATION_CASE, 'CLIENT.IP.SRC.MATCHES_LOCATION("*.nl.*.*.*.*")', ("miss", "hit"), setting={"matchwildcardtoany": "YES"}),
    Case(P.LOCATION_LESS_SPECIFIC, 'CLIENT.IP.SRC.MATCHES_LOCATION("*.NL.Utrecht.*.*.*")', ("miss", "hit"), setting={"matchwildcardtoany": "YES"}),
    Case(P.LOCATION_WILDCARD, 'CLIENT.IP.SRC.MATCHES_LOCATION("*.NL.*.*.*.*")', ("miss", "hit"), setting={"matchwildcardtoany": "NO"}),
    Case(P.NO_USER, 'HTTP.REQ.USER.NAME.EQ("")', ("undef", "hit")),
]  # fmt: skip
POSITIONS = [(case, position) for case in CASES for position in range(len(case.outcomes))]


def fact(point: Ambiguity) -> str:
    return ELSEWHERE.get(point, f"language-{point.key.replace('_', '-')}")


def appliance(number: int, switches: dict[str, str]) -> dict[str, Any]:
    return {
        "build": "14.1 17.38",
        "nodes": [f"127.21.{number}.11:0"],
        "features": ["LB", "RESPONDER"],
        "switches": switches,
        "vservers": [{"type": "lb", "name": "web", "address": f"127.21.{number}.12:0", "protocol": "HTTP"}],
        "files": {f"{PLACE}/geo": NSGEO},
        "configuration": {
            "locationfile": [{"Locationfile": f"{PLACE}/geo"}],
            "policystringmap": [{"name": "sm"}],
            "policystringmap_pattern_binding": [{"name": "sm", "key": "/a", "value": "x"}],
            "policypatset": [{"name": "ps"}],
            "policypatset_pattern_binding": [{"name": "ps", "String": "/a"}],
            "policydataset": [{"name": "ds", "type": "ipv4"}],
            "policydataset_value_binding": [{"name": "ds", "value": "127.0.0.0", "endrange": "127.0.0.9"}],
        },
    }


@pytest.fixture(scope="module")
def readings() -> Iterator[Lab]:
    """Return an appliance with the likelier reading of every point, and one for each other reading."""
    others = [(point, reading) for point in Ambiguity for reading in point.readings[1:]]
    fleet = {
        "switches": {"counters_lag_seconds": 0.0},
        "appliances": {
            f"{point.key}.{reading}" if number else "likelier": appliance(100 + number, {f"language_{point.key}": reading})
            for number, (point, reading) in enumerate([(Ambiguity.URL_TEXT, Ambiguity.URL_TEXT.readings[0]), *others])
        },
    }  # fmt: skip
    with Simulator(fleet) as simulator:
        laboratory = Lab(simulator)
        yield laboratory
        laboratory.close()


def outcome(lab: Lab, name: str, case: Case) -> str:
    """Return the policy's counters after the request."""
    box = lab.client(name, X_NITRO_USER="nsroot", X_NITRO_PASS="nsroot")
    if case.setting:
        assert box.put("locationparameter", case.setting).status == 200
    for path in ("lbvserver_responderpolicy_binding/web?args=policyname:p,bindpoint:REQUEST", "responderpolicy/p"):
        assert box.delete(path).status in (200, 404, 599)
    answer = box.post("responderpolicy", {"name": "p", "rule": case.rule, "action": "RESET", "undefaction": "NOOP"})
    assert answer.status == 201, answer.body
    bound = {"name": "web", "policyname": "p", "priority": 10, "bindpoint": "REQUEST"}
    assert box.post("lbvserver_responderpolicy_binding", bound).status == 201
    send(lab.vserver("web", name), case)
    (row,) = box.rows("responderpolicy/p")
    return "hit" if row["hits"] == "1" else "undef" if row["undefhits"] == "1" else "miss"


def send(client: Client, case: Case) -> None:
    """Send a raw request: headers may occur twice."""
    connection = client.connection
    connection.putrequest("GET", case.target, skip_host=True, skip_accept_encoding=True)
    for header, value in case.headers if "Host" in dict(case.headers) else (("Host", "a"), *case.headers):
        connection.putheader(header, value)
    connection.endheaders()
    with contextlib.suppress(ConnectionResetError):  # the response of the action
        connection.getresponse().read()


@pytest.mark.parametrize(
    ("case", "position"),
    [pytest.param(case, position, marks=pytest.mark.fact(fact(case.point))) for case, position in POSITIONS],
    ids=lambda value: value.point.key if isinstance(value, Case) else str(value),
)
def test_open_points(readings: Lab, case: Case, position: int) -> None:
    """Policy guide 9.2 and vendor pages leave two readings; the fleet file chooses one."""
    reading = case.point.readings[position]
    name = f"{case.point.key}.{reading}" if position else "likelier"
    assert outcome(readings, name, case) == case.outcomes[position]


def test_every_point_is_here() -> None:
    assert {case.point for case in CASES} == set(Ambiguity)
    assert all(len(case.outcomes) == len(case.point.readings) for case in CASES)


# Points that the documents settle


@pytest.mark.parametrize(
    ("rule", "expected", "target", "headers"),
    [
        pytest.param(*row, marks=pytest.mark.fact(fact_))
        for fact_, *row in (
            ("language-case", 'HTTP.REQ.URL.CONTAINS("/VPNS/")', "miss", "/vpns/", ()),
            ("language-case", 'HTTP.REQ.URL.SET_TEXT_MODE(IGNORECASE).CONTAINS("/VPNS/")', "hit", "/vpns/", ()),
            ("language-missing-data", 'HTTP.REQ.URL.AFTER_STR("x").LENGTH.EQ(0)', "hit", "/a", ()),
            ("language-missing-data", 'HTTP.REQ.URL.REGEX_SELECT(re/x+/).EQ("")', "hit", "/a", ()),
            ("language-missing-data", 'HTTP.REQ.URL.SUFFIX.EQ("")', "hit", "/a", ()),
            ("language-query-value", 'HTTP.REQ.URL.QUERY.VALUE("a").EQ("1")', "hit", "/?a=1&a=2", ()),
            ("language-query-value", 'HTTP.REQ.URL.QUERY.VALUE("a").EQ("2")', "miss", "/?a=1&a=2", ()),
            ("language-header-instances", 'HTTP.REQ.HEADER("X-A").CONTAINS("evil")', "hit", "/", TWICE),
            ("language-header-instances", 'HTTP.REQ.HEADER("X-A").CONTAINS("good")', "hit", "/", TWICE),
        )
    ],
)  # fmt: skip
def test_settled_points(
    readings: Lab, rule: str, expected: str, target: str, headers: tuple[tuple[str, str], ...]
) -> None:
    """CTX115528; policy guide 9.2."""
    case = Case(P.URL_TEXT, rule, (expected,), target, headers)
    assert outcome(readings, "likelier", case) == expected
