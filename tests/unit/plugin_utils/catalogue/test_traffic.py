# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The traffic of a measure: raw requests with the treatment that is expected of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import (
    Traffic,
    TrafficCase,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic_file import parse_traffic
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.played_together import played_together

CATALOGUE = Path(__file__).parents[4] / "templates" / "mitigations"
ATTACK = {"id": "a", "url": "/vpn/../vpns/", "probe": True}
LEGITIMATE = {"id": "l", "url": "/", "probe": True}


def traffic(attack: dict[str, Any] | None = None, legitimate: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"attacks": [{**ATTACK, **(attack or {})}], "legitimate": [{**LEGITIMATE, **(legitimate or {})}]}


def error_of(value: Any) -> str:
    with pytest.raises(InvalidInput) as raised:
        parse_traffic(value, "traffic.yml")
    return str(raised.value)


def test_defaults() -> None:
    assert parse_traffic(traffic(), "traffic.yml").cases == (
        TrafficCase("a", True, "GET", "/vpn/../vpns/", "any", 1, True),
        TrafficCase("l", False, "GET", "/", "any", 1, True),
    )


def test_everything_given() -> None:
    (case, _other) = parse_traffic(
        traffic({"method": "POST", "session": "without", "since": 2, "source": "CISA"}), "traffic.yml"
    ).cases
    assert case == TrafficCase("a", True, "POST", "/vpn/../vpns/", "without", 2, True)


@played_together(
    ("value", "problem"),
    [
        (None, "two lists attacks and legitimate"),
        ([], "two lists attacks and legitimate"),
        ({"attacks": [ATTACK]}, "two lists attacks and legitimate"),
        ({**traffic(), "more": []}, "nothing else"),
        ({**traffic(), "legitimate": []}, "legitimate must be a list with at least one request"),
        ({**traffic(), "attacks": {}}, "attacks must be a list"),
        ({**traffic(), "attacks": ["/x"]}, "attacks, entry 1: needs id and url"),
        ({**traffic(), "attacks": [ATTACK, {"id": "b"}]}, "attacks, entry 2: needs id and url"),
        (
            traffic({"wait": 1}),
            "attacks, entry 1: needs id and url, and may have body, chunked, client, headers, method, never_sent, probe",
        ),
        (traffic({"probe": "yes"}), "attacks, entry 1: probe is 'yes', which is not of the right type"),
        (traffic({"since": True}), "since is True"),
        (traffic({"since": "2"}), "since is '2'"),
        (traffic({"url": None}), "url is None"),
        (traffic({"session": "maybe"}), "session must be one of without, with, any"),
        (traffic({"url": "/a b"}), "raw request target"),
        (traffic({"url": "/é"}), "raw request target"),
        (traffic({"url": "/a\r\nX: y"}), "raw request target"),
        (traffic({"url": ""}), "raw request target"),
        (traffic({"method": "GET /x"}), "method"),
        (traffic({"method": "GET\r\nX: y"}), "method"),
        (traffic({"method": ""}), "method"),
        (traffic({"id": "l"}), "the id 'l' is there twice"),
        (traffic({"probe": False}), "at least one entry of attacks must have probe: true"),
        (traffic(None, {"probe": False}), "at least one entry of legitimate must have probe: true"),
        (traffic({"session": "with"}), "at least one entry of attacks must have probe: true"),
        (traffic(None, {"session": "with"}), "at least one entry of legitimate must have probe: true"),
    ],
)
def test_each_error_names_the_file_the_entry_and_the_problem(value: Any, problem: str) -> None:
    error = error_of(value)
    assert error.startswith("traffic.yml: ")
    assert problem in error


def test_a_later_version_must_stop_more() -> None:
    both = Traffic((TrafficCase("a", True, "GET", "/"), TrafficCase("b", True, "GET", "/", since=2)))
    assert [case.id for case in both.for_version(1).cases] == ["a"]
    assert [case.id for case in both.for_version(2).cases] == ["a", "b"]


@played_together(
    "change",
    [
        {"id": "b"},
        {"attack": False},
        {"method": "HEAD"},
        {"url": "/b"},
        {"session": "with"},
        {"since": 2},
        {"probe": True},
        {"places": frozenset({"p"})},
        {"stays_legitimate": ()},
        {"headers": (("A", "b"),)},
        {"headers": (("a", "b"),)},
        {"body": "x"},
        {"chunked": True},
        {"client": "192.0.2.1"},
    ],
)
def test_the_fingerprint_is_that_of_every_request(change: dict[str, Any]) -> None:
    case = TrafficCase("a", True, "GET", "/", places=frozenset({"q", "r"}))
    of = Traffic((case,)).fingerprint
    assert Traffic((replace(case, places=frozenset({"r", "q"})),)).fingerprint == of
    assert of not in (Traffic((replace(case, **change),)).fingerprint, Traffic((case,), (("case", 1),)).fingerprint)


def test_each_case_is_tried_in_every_session_in_which_it_is_expected() -> None:
    cases = Traffic(
        (
            TrafficCase("a", True, "GET", "/", session="any"),
            TrafficCase("b", True, "GET", "/", session="without"),
            TrafficCase("c", False, "GET", "/", session="with"),
        )
    )
    assert [(case.id, session) for case, session in cases.evaluations()] == [
        ("a", False),
        ("a", True),
        ("b", False),
        ("c", True),
    ]
    assert [case.id for case in cases.attacks] == ["a", "b"]
    assert [case.id for case in cases.legitimate] == ["c"]


@pytest.mark.parametrize("path", sorted(CATALOGUE.glob("*/traffic.yml")), ids=lambda path: path.parent.name)
def test_the_catalogues_own_traffic(path: Path) -> None:
    """At most three probes per VIP, all harmless reads, and both kinds for every version. Only where what is refused is a body, one is a POST."""
    content = parse_traffic(yaml.safe_load(path.read_text(encoding="utf-8")), str(path))
    probes = [case for case in content.for_version(1).cases if case.probe]
    assert 2 <= len(probes) <= 3
    assert {case.method for case in probes} <= {"GET", "HEAD"} | (
        {"POST"} if all(case.body for case in content.attacks) else set()
    )
    assert len({case.content for case in content.cases}) == len(content.cases)
