# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variants of traffic: what they are made of, and that an attack's variant decodes to the attack."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import (
    Traffic,
    TrafficCase,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic_file import parse_traffic
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic_variants import (
    TRANSFORMATIONS,
    variants,
    variants_for,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from hypothesis import given
from hypothesis import strategies as st

CVE = load_mitigation(Path(__file__).parents[4] / "templates" / "mitigations" / "cve_2019_19781").traffic
ATTACK = TrafficCase("a", True, "GET", "/vpn/../v%70ns/x.conf", since=1)
GOOD = TrafficCase("g", False, "GET", "/vpn/index.html?a=1", session="with")


URL_TRANSFORMATIONS = {"letter", "path", "double", "case", "absolute", "query", "method"}
FORM = (("Content-Type", "application/x-www-form-urlencoded"), ("X-User", "../../etc"))
POSTED = TrafficCase("p", True, "POST", "/login", headers=FORM, body="user=a%2fb&x=1")


def made(case: TrafficCase, transformation: str, **more: int) -> list[tuple[str, str]]:
    found = variants(Traffic((case,), tuple(more.items())))
    return [(one.case.method, one.case.url) for one in found if one.transformation == transformation]


def test_a_variant_that_the_traffic_has_itself_keeps_no_other_one_away() -> None:
    """It is left out, and what comes behind it is still tried."""
    own = TrafficCase("b", True, "GET", "/vpn/%2e./v%70ns/x.conf", since=1)
    found = [one for one in variants(Traffic((ATTACK, own), ())) if (one.origin, one.transformation) == ("a", "letter")]
    assert [one.case.url for one in found] == [
        "/%76pn/../v%70ns/x.conf",
        "/vpn/../%76%70ns/x.conf",
        "/vpn/../v%70ns/%78.conf",
    ]
    assert [one.case.id for one in found] == ["a~letter1", "a~letter3", "a~letter4"]


def test_what_is_made_of_an_attack() -> None:
    assert made(ATTACK, "letter") == [
        ("GET", "/%76pn/../v%70ns/x.conf"),
        ("GET", "/vpn/%2e./v%70ns/x.conf"),
        ("GET", "/vpn/../%76%70ns/x.conf"),
        ("GET", "/vpn/../v%70ns/%78.conf"),
    ]
    assert made(ATTACK, "path") == [("GET", "/%76%70%6e/%2e%2e/%76%70%6e%73/%78%2e%63%6f%6e%66")]
    assert made(ATTACK, "absolute")[0] == ("GET", "http://gateway.example/vpn/../v%70ns/x.conf")
    assert made(ATTACK, "query") == [("GET", "/vpn/../v%70ns/x.conf?added=1")]
    assert made(ATTACK, "method") == [("HEAD", ATTACK.url), ("POST", ATTACK.url)]


def test_case_and_double_encoding_are_attacks_only_from_the_version_on_that_the_traffic_names() -> None:
    assert made(ATTACK, "case") == made(ATTACK, "double") == []
    traffic = Traffic((ATTACK,), (("case", 2), ("double", 3)))
    by_name = {one.transformation: one for one in variants(traffic)}
    assert by_name["case"].case.since == 2
    assert by_name["double"].case.since == 3
    assert by_name["double"].case.url.startswith("/%2576%2570")
    assert {one.transformation for one in variants_for(traffic, 2)} == URL_TRANSFORMATIONS - {"double"}
    assert by_name["letter"].case.since == 1


def test_of_a_legitimate_request_every_form_is_legitimate() -> None:
    found = variants(Traffic((GOOD,)))
    assert {one.transformation for one in found} == URL_TRANSFORMATIONS
    assert all(not one.case.attack and one.case.session == "with" and one.origin == "g" for one in found)
    assert made(GOOD, "query") == [("GET", "/vpn/index.html?a=1&added=1")]
    assert made(GOOD, "case") == [("GET", "/VPN/INDEX.HTML?a=1"), ("GET", "/vPn/iNdEx.hTmL?a=1")]
    assert made(GOOD, "method") == [("HEAD", GOOD.url)]
    assert made(TrafficCase("p", False, "POST", "/x"), "method") == []


def of(case: TrafficCase, transformation: str, **more: int) -> list[TrafficCase]:
    found = variants(Traffic((case,), tuple(more.items())))
    return [one.case for one in found if one.transformation == transformation]


def test_header_names_ignore_case() -> None:
    for case in (POSTED, replace(POSTED, attack=False)):
        names = [[name for name, _value in one.headers] for one in of(case, "header_name")]
        assert names == [["content-type", "x-user"], ["CONTENT-TYPE", "X-USER"]]
    assert of(ATTACK, "header_name") == []


def test_a_body_can_be_framed_in_two_ways() -> None:
    for case in (POSTED, replace(POSTED, attack=False)):
        (one,) = of(case, "chunked")
        assert (one.chunked, one.body) == (True, POSTED.body)
        (back,) = of(replace(case, chunked=True), "chunked")
        assert back.framing() == (("Content-Length", "14"),)


def test_a_form_is_percent_encoded_whatever_it_holds() -> None:
    (one,) = of(POSTED, "form")
    assert one.body == "%75%73%65%72=%61%2f%62&%78=%31"
    assert of(replace(POSTED, headers=(("Content-Type", "application/json"),)), "form") == []
    assert of(replace(POSTED, headers=()), "form") == []


def test_a_repeated_header_is_an_attack_only_from_the_version_on_that_the_traffic_names() -> None:
    assert of(POSTED, "repeated") == []
    found = of(POSTED, "repeated", repeated=2)
    assert {one.since for one in found} == {2}
    assert [one.header_values("x-user") for one in found][2:] == [("x", "../../etc"), ("../../etc", "x")]
    assert of(replace(POSTED, attack=False, stays_legitimate=("repeated",)), "repeated") == []
    assert of(replace(POSTED, headers=(("Host", "a.example"),)), "repeated", repeated=1) == []


def test_a_request_with_a_body_keeps_its_method_and_its_host() -> None:
    assert of(POSTED, "method") == []
    named = replace(POSTED, headers=(("Host", "internal.example:8443"),))
    assert [one.url for one in of(named, "absolute")] == [
        "http://internal.example:8443/login",
        "https://internal.example:8443/login",
    ]
    assert of(replace(POSTED, headers=(("Host", "a b"),)), "absolute") == []
    assert {
        one.transformation for one in variants(Traffic((POSTED,), (("case", 1), ("double", 1), ("repeated", 1))))
    } == (set(TRANSFORMATIONS) - {"method"})


def test_variants_are_the_same_each_time_and_no_two_alike() -> None:
    found = variants(CVE)
    variants.cache_clear()
    assert variants(CVE) == found
    keys = [(one.case.method, one.case.url, one.case.session) for one in found]
    assert len(set(keys)) == len(keys)
    assert not {*keys} & {(case.method, case.url, case.session) for case in CVE.cases}
    assert len({one.case.id for one in found}) == len(found)
    assert not any(one.case.probe for one in found), "they are evaluated, not sent"


@given(st.text(alphabet="/.aV%2e~-", min_size=1, max_size=20).map("/".__add__), st.booleans())
def test_a_variant_is_the_same_request_once_it_is_decoded(url: str, attack: bool) -> None:
    """One pass of decoding, two for what is encoded twice: nothing is lost or added."""
    case = TrafficCase("c", attack, "GET", url)
    for one in variants(Traffic((case,), (("case", 1), ("double", 1)))):
        expected, got = unquote(url), unquote(one.case.url)
        if one.transformation == "double":
            got = unquote(got)
        if one.transformation == "case":
            expected, got = expected.lower(), got.lower()
        if one.transformation == "absolute":
            got = got.removeprefix("http://gateway.example").removeprefix("https://gateway.example")
        if one.transformation == "query":
            got = got.removesuffix("?added=1")
        assert got == expected, one


@pytest.mark.parametrize("wrong", [{"letter": 1}, {"case": 0}, {"case": "2"}, {"case": True}, ["case"]])
def test_wrong_variants_in_a_traffic_file_are_named(wrong: object) -> None:
    entries = [{"id": "a", "url": "/", "probe": True}], [{"id": "b", "url": "/b", "probe": True}]
    value = {"attacks": entries[0], "legitimate": entries[1], "variants": wrong}
    with pytest.raises(InvalidInput, match="variants"):
        parse_traffic(value, "traffic.yml")
