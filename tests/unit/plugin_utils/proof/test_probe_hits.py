# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Our own probes are subtracted from the hits, where the records show that the counter still has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.counted_requests import CountedRequests
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode, Placement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.probe_hits import (
    counter_text,
    hits_of_probes,
    probes_in,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_content import RecordedProof

NODE = "10.1.0.11:443"


AT = datetime(2026, 11, 28, 6, tzinfo=UTC)


def record(counter: int, rise: int, probes: int, *, node: str = NODE, fetched: bool = False, minutes: int = 0) -> Any:
    proof = RecordedProof.from_json(
        {"hits": {"p": rise}, "counters": {"p": counter}, "probe_hits": {"p": probes}, "counted_on": node}
    )
    at = (AT + timedelta(minutes=minutes)).isoformat()
    return SimpleNamespace(proof=proof, is_fetched=fetched, started=at, finished="")


@pytest.mark.parametrize(
    ("records", "now", "ours"),
    [
        ([record(2, 2, 2)], 4, {"p": 2}),
        ([record(2, 2, 2), record(7, 3, 2, minutes=1)], 9, {"p": 4}),
        ([record(2, 2, 2), record(7, 3, 2, minutes=1)], 6, {}),  # it began anew since
        ([record(20, 2, 2), record(7, 3, 2, minutes=1)], 9, {"p": 2}),  # it began anew between the two runs
        ([record(2, 2, 2, node="10.1.0.12:443")], 4, {}),  # the counter of the other node
        ([record(2, 2, 2, fetched=True)], 4, {}),  # an appliance cannot hide hits
        ([SimpleNamespace(proof=None, is_fetched=False)], 4, {}),
        (
            [
                SimpleNamespace(
                    proof=RecordedProof.from_json({"hits": {"p": 2}}), is_fetched=False, started="", finished=""
                )
            ],
            4,
            {},
        ),
        ([record(2, 2, 2)], 0, {}),
    ],
)
def test_probes_count_as_long_as_the_counter_has_them(records: list[Any], now: int, ours: dict[str, int]) -> None:
    assert hits_of_probes(records, NODE, {"p": now}) == ours


def alarm(counter: int, hits: int, *, node: str = NODE, minutes: int = 0) -> CountedRequests:
    return CountedRequests(AT + timedelta(minutes=minutes), node, {"p": counter}, {"p": hits})


@pytest.mark.parametrize(
    ("counted", "now", "ours"),
    [
        ([], 9, {"p": 2}),
        ([alarm(8, 1, minutes=5)], 9, {"p": 3}),
        ([alarm(8, 1, minutes=5), alarm(9, 1, minutes=9)], 9, {"p": 4}),
        ([alarm(3, 1, minutes=-5)], 9, {"p": 3}),  # before the run
        ([alarm(4, 1)], 9, {"p": 3}),  # in the same second, and before it as the counter says
        ([alarm(2, 1, minutes=5)], 9, {"p": 1}),  # the counter began anew since the run
        ([alarm(8, 1, minutes=5)], 7, {}),  # and since the test
        ([alarm(8, 1, node="10.1.0.12:443", minutes=5)], 9, {"p": 2}),
    ],
)
def test_the_requests_of_the_alarm_are_ours_too(counted: list[CountedRequests], now: int, ours: dict[str, int]) -> None:
    assert hits_of_probes([record(6, 2, 2)], NODE, {"p": now}, counted) == ours


def test_probes_are_never_more_than_the_rise_of_a_counter() -> None:
    assert probes_in({"p": 5}, 3, {}, ()) == {"p": 3}
    assert probes_in({"front": 1, "p": 5}, 3, {}, ()) == {"front": 1, "p": 2}
    assert probes_in({"p": 0}, 3, {}, ()) == {}


def test_probes_at_a_gateway_are_divided_among_its_bind_points() -> None:
    places = [
        Placement(
            "gw", "vpn", "gw", point, Mode.ENFORCE, {Mode.ENFORCE: f"enforce_{point}", Mode.OBSERVE: f"observe_{point}"}
        )
        for point in ("REQUEST", "AAA_REQUEST")
    ]
    vip = Vip("gw", Address("192.0.2.10", 443), "vpn")
    rose = {"enforce_REQUEST": 2, "enforce_AAA_REQUEST": 7}
    assert probes_in(rose, 0, {vip: 3}, places) == {"enforce_REQUEST": 2, "enforce_AAA_REQUEST": 1}


def test_both_are_named() -> None:
    assert counter_text(4, 2) == "2 hits by others, 2 by our probes"
    assert counter_text(2, 2) == "0 hits by others, 2 by our probes"
    assert counter_text(4, 0) == "4 hits"
