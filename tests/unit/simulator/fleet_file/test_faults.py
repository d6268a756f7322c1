# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requests and actions that trigger a fault, and its end."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from simulator.fleet_file.faults import KINDS, Fault, Faults
from simulator.fleet_file.loader import fault, load
from simulator.fleet_file.specification import FleetError
from tests.played_together import played_together


def installed(**data: Any) -> Faults:
    return Faults((fault("faults", data),))


def asked(faults: Faults, node: int = 0, method: str = "POST", type_: str = "nsconfig", action: str = "save") -> bool:
    return bool(faults.of_request(node, method, type_, action))


@played_together("kind", KINDS)
def test_keys_are_those_of_a_fault(kind: str) -> None:
    assert set(KINDS[kind].keys) <= {item.name for item in fields(Fault)}
    assert {key for key, _ in KINDS[kind].implied} <= set(KINDS[kind].keys)
    assert fault("faults", {"kind": kind}).times == (0 if KINDS[kind].lasts else 1)


@pytest.mark.parametrize(
    ("nth", "times", "played"), [(1, 1, "x...."), (3, 1, "..x.."), (2, 3, ".xxx."), (2, 0, ".xxxx"), (1, 0, "xxxxx")]
)
def test_nth_and_times(nth: int, times: int, played: str) -> None:
    faults = installed(kind="reset", nth=nth, times=times)
    assert "".join("x" if asked(faults) else "." for _ in played) == played
    (item,) = faults.listed()
    assert (item["seen"], item["fired"]) == (5, played.count("x"))


@pytest.mark.parametrize(
    ("wanted", "met"),
    [
        ({}, True),
        ({"node": 0, "method": "POST", "type": "nsconfig", "action": "save"}, True),
        ({"node": 1}, False),
        ({"method": "PUT"}, False),
        ({"type": "login"}, False),
        ({"action": "diff"}, False),
        ({"vserver": "gateway"}, False),
    ],
)
def test_which_requests(wanted: dict[str, Any], met: bool) -> None:
    assert asked(installed(kind="reset", **wanted)) is met


def test_requests_that_a_kind_implies() -> None:
    faults = installed(kind="slow_save")
    assert not asked(faults, type_="login", action="")
    assert asked(faults)
    assert asked(installed(kind="slow_save", type="hasync", action="Force"), type_="hasync", action="Force")


def test_traffic_and_calls_are_apart() -> None:
    faults = installed(kind="slow", vserver="gateway", times=0)
    assert [bool(faults.of_vserver(name, "GET")) for name in ("gateway", "web")] == [True, False]
    assert not installed(kind="slow").of_vserver("gateway", "GET")


def test_arrays_and_occasions_count_for_themselves() -> None:
    faults = installed(kind="half_bulk", nth=2)
    assert not asked(faults)
    assert [bool(faults.of_array(0, "POST", "policypatset", "")) for _ in range(3)] == [False, True, False]
    faults = installed(kind="disk_full", node=1)
    assert [faults.occurs("disk_full", node) for node in (0, 1, 1)] == [False, True, True]
    assert not asked(faults)


def test_a_state_lasts() -> None:
    faults = installed(kind="clock_skew", node=1, seconds=-2.5)
    for _ in range(3):
        found = faults.active("clock_skew", 1)
        assert found is not None
        assert found.seconds == -2.5
    assert faults.active("clock_skew", 0) is None
    faults.clear()
    assert faults.active("clock_skew", 1) is None


def test_a_full_disk_for_one_time() -> None:
    faults = installed(kind="disk_full", times=1)
    assert faults.active("disk_full", 0) is not None
    assert faults.occurs("disk_full", 0)
    assert faults.active("disk_full", 0) is None


@pytest.mark.parametrize(
    ("wanted", "vserver", "node"), [({}, True, True), ({"node": 0}, False, True), ({"vserver": "gateway"}, True, False)]
)
def test_certificates_by_node_and_vserver(wanted: dict[str, Any], vserver: bool, node: bool) -> None:
    faults = installed(kind="certificate_changed", **wanted)
    assert (faults.active("certificate_changed", None, "gateway") is not None) is vserver
    assert (faults.active("certificate_changed", 0) is not None) is node


def test_a_fleet_file_names_the_appliance() -> None:
    fleet = {"appliances": {"a": {"build": "13.1 1.1", "nodes": ["127.0.0.1:0"], "faults": [{"kind": "failover"}]}}}
    with pytest.raises(FleetError, match="a: faults: failover needs an HA pair"):
        load(fleet)
