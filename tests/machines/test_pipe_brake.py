# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One appliance fails on one of two execution nodes: what of its slice has not begun is held there, the slice of the other node ends, no wave follows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.journal import Rollout

from simulator import Simulator
from tests.machines.tools import command, fleet, lay_out, piped_nodes, play

pytestmark = pytest.mark.only_in_all
HOSTS = tuple(f"gw-{number}" for number in range(1, 9))
FAILS = "gw-4"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    place = tmp_path_factory.mktemp("brake")
    with Simulator(fleet(HOSTS)) as simulator:
        simulator.appliance(FAILS).fault("nitro_error", method="POST", type="responderaction", times=0)
        nodes = piped_nodes(place)
        lay_out(place, simulator, nodes)
        waves = {"rollout_canary": 1, "rollout_waves": ["50%", "100%"], "rollout_bake_seconds": 0}
        done, results = play(place, command(place, "apply", slice_forks=1, **waves))
        has_policy = {
            name: bool(simulator.appliance(name).state()["nodes"][0]["running"].get("responderpolicy"))
            for name in HOSTS
        }
        (directory,) = (place / "plans").iterdir()
        yield {"done": done, "results": results, "policy": has_policy, "course": Rollout(directory).course()}


def kinds(story: dict[str, Any]) -> dict[str, str]:
    return {host: one["problem"].partition(":")[0] for host, one in story["results"].items()}


def test_a_failure_stops_what_has_not_begun(story: dict[str, Any]) -> None:
    output = story["done"].stdout
    assert story["done"].returncode == 2, output[-3000:]
    assert story["course"].waves == [["gw-1"], ["gw-2", "gw-3", "gw-4", "gw-5"], ["gw-6", "gw-7", "gw-8"]]
    assert kinds(story) == {
        "gw-1": "",  # the canary
        "gw-2": "",
        "gw-3": "",  # the slice of the other node was begun: it ends
        FAILS: "failed",
        "gw-5": "held",  # behind it in the same slice, and not begun
        **dict.fromkeys(("gw-6", "gw-7", "gw-8"), "held"),  # the next wave
    }, output[-3000:]
    assert [host for host, has in story["policy"].items() if has] == ["gw-1", "gw-2", "gw-3"]


def test_who_was_held_is_told_why(story: dict[str, Any]) -> None:
    reasons = {host: one["problem"] for host, one in story["results"].items() if one["problem"].startswith("held")}
    assert all(FAILS in reason for reason in reasons.values()), reasons
    begun = {line["host"] for line in story["course"].journal if line["event"] == "started"}
    assert begun == {"gw-1", "gw-2", "gw-3", "gw-4", "gw-5"}, "the journal of the controller has a slice as begun"
