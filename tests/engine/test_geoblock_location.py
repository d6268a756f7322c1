# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Way a of geoblocking, in process: a location file of ours really decides in the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator
from tests.engine.geoblock_stage import LAB, STRANGER, GeoblockStage

SITE = {"type": "lb", "name": "site", "address": "127.0.0.3:0", "protocol": "HTTP"}
FLEET: dict[str, Any] = {
    "switches": {"counters_lag_seconds": 0},
    "appliances": {
        "box": {"build": "13.1 53.24", "nodes": ["127.0.0.1:0"], "features": ["LB", "SSL"], "vservers": [SITE]},
        "pair": {
            "build": "13.1 53.24",
            "nodes": ["127.0.0.1:0", "127.0.0.1:0"],
            "features": ["LB", "SSL"],
            "vservers": [SITE],
        },
    },
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(FLEET) as running:
        yield running


@pytest.fixture(params=["box", "pair"])
def stage(request: pytest.FixtureRequest, simulator: Simulator, tmp_path: Path) -> GeoblockStage:
    simulator.reset()
    return GeoblockStage(simulator, tmp_path / "records", request.param)


def test_whoever_is_in_the_file_is_shut_out_and_nobody_else(stage: GeoblockStage) -> None:
    assert stage.ask(LAB).status == 200
    played = stage.play("apply")
    assert played.result.failed == ""
    assert stage.ask(LAB).status == 0
    assert stage.ask(STRANGER).status == 200
    assert played.verdict == "applied, unproven"
    after = stage.play("status")
    assert after.verdict == "enforcing", after.values["verdict"]
    again = stage.play("apply")
    assert not again.result.changed
    assert again.writes == []


def state_of(stage: GeoblockStage) -> dict[str, Any]:
    """What each node has: running, saved, and the files."""
    nodes = stage.simulator.world.appliances[stage.name].nodes
    return {
        f"{kind} {node.index}": stage.configuration(kind, node.index) for node in nodes for kind in ("running", "saved")
    } | {f"files {node.index}": stage.files(node.index) for node in nodes}


@pytest.mark.parametrize("why", ["undo", "after_fix"])
def test_a_rollback_leaves_what_was_there_before_on_every_node(stage: GeoblockStage, why: str) -> None:
    before = state_of(stage)
    stage.play("apply")
    assert all(stage.files(node.index) for node in stage.simulator.world.appliances[stage.name].nodes)
    stage.take_off(why)
    assert state_of(stage) == before
    assert stage.ask(LAB).status == 200


def test_a_dry_run_shows_the_set_the_way_and_the_files_and_writes_nothing(stage: GeoblockStage) -> None:
    before = state_of(stage)
    played = stage.play("plan")
    assert played.result.changed
    assert played.writes == []
    assert state_of(stage) == before
    text = played.preview
    assert "blocks RU, UA, lab" in text
    assert "way location: nobody else has a location file loaded" in text
    assert "+ put /var/netscaler/locdb/tq_geoblock__v4_" in text
    assert "NOT COVERED: IPv6" in text


def test_observing_counts_and_lets_pass_then_enforcing_takes_its_place(stage: GeoblockStage) -> None:
    stage.asked["mode"] = "observe"
    stage.play("apply")
    assert stage.ask(LAB).status == 200
    seen = stage.play("status")
    assert seen.verdict == "observing"
    assert seen.values["parts"][0]["hits"] == {"observe": 1}
    stage.asked["mode"] = "enforce"
    switched = stage.play("apply")
    assert switched.result.failed == ""
    assert stage.ask(LAB).status == 0


def test_a_refresh_loads_a_new_file_beside_the_old_one(stage: GeoblockStage) -> None:
    stage.play("apply")
    first = stage.files()
    stage.data(("198.51.100.0", "198.51.100.255", "RU"), ("203.0.113.0", "203.0.113.60", "UA"))
    refreshed = stage.play("apply")
    assert refreshed.result.failed == ""
    assert refreshed.writes == ["POST locationfile", "POST nsconfig"]
    assert "1 ranges added, 1 removed" in refreshed.preview
    second = stage.files()
    assert set(first) < set(second), "the old one stays, so that the refresh can be undone"
    undone = stage.take_off("undo")
    assert undone.values["changed"]
    assert stage.files() == first
    stage.data(("198.51.100.0", "198.51.100.255", "RU"), ("203.0.113.0", "203.0.113.61", "UA"))
    stage.play("apply")
    stage.data(("198.51.100.0", "198.51.100.255", "RU"), ("203.0.113.0", "203.0.113.62", "UA"))
    stage.play("apply")
    assert len(stage.files()) == 2


def test_a_set_that_changed_much_needs_consent(stage: GeoblockStage) -> None:
    stage.asked["networks"] = {}
    stage.play("apply")
    stage.data(("198.51.100.0", "198.51.100.127", "RU"), ("203.0.113.0", "203.0.113.63", "UA"))
    refused = stage.play("apply")
    assert "more than 10%" in refused.result.failed
    assert refused.writes == []
    stage.asked["accept"] = ["private", "changed"]
    assert stage.play("apply").result.failed == ""


def test_who_must_get_through_is_refused_with_range_and_country(stage: GeoblockStage) -> None:
    stage.asked["networks"] = {"home": ["127.0.0.0/16"]}
    played = stage.play("apply")
    assert "the control node 127.0.0.1 is in 127.0.0.0-127.0.255.255 (home)" in played.result.failed
    assert played.writes == []


def test_always_allow_and_servers_of_the_appliance_are_kept_open(stage: GeoblockStage) -> None:
    stage.variables["always_allow"] = ["198.51.100.128/25"]
    stage.by_hand("ntpserver", {"ntpserver": {"serverip": "203.0.113.5"}})
    failed = stage.play("plan").result.failed
    assert "netscaler_always_allow 198.51.100.128/25 is in 198.51.100.0-198.51.100.255 (RU)" in failed
    assert "the time server 203.0.113.5 is in 203.0.113.0-203.0.113.63 (UA)" in failed
