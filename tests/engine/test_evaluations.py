# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The appliance evaluates the whole traffic only where no answer of its build is known yet; otherwise a sample, and nothing twice in a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulator import Simulator
from tests.engine.control_nodes import BOX
from tests.stage.memory import Stage

FIRST_OF_ITS_BUILD = True
SAMPLE = 6
FLEET: dict[str, Any] = {
    "switches": {"counters_lag_seconds": 0},
    "appliances": {
        "first": BOX,
        "second": BOX,
        "pair": {**BOX, "nodes": ["127.0.0.1:0", "127.0.0.1:0"]},
        "other": {**BOX, "build": "13.0 36.27"},
    },
}


def evaluations(simulator: Simulator) -> int:
    """Return how many were asked for since the last call."""
    number = sum("policyevaluation" in entry["target"] for entry in simulator.requests())
    simulator.clear_requests()
    return number


def test_the_whole_traffic_is_evaluated_once_for_each_build(tmp_path: Path) -> None:
    whole = {}
    with Simulator(FLEET) as simulator:
        for name in FLEET["appliances"]:
            stage = Stage(simulator, tmp_path, name)
            earlier = stage.plan_with_reads()
            whole[name] = evaluations(simulator)
            result = stage.apply_all(earlier=earlier)
            assert (result.failed, evaluations(simulator)) == ("", 0), f"{name}: the plan has asked for its own"
            assert earlier is not None
            stage.plan_all()
            assert evaluations(simulator) == 0, f"{name}: nothing is to be brought in"
    assert whole["first"] > 100
    assert whole == {"first": whole["first"], "second": SAMPLE, "pair": SAMPLE, "other": whole["first"]}


def test_a_wave_whose_plan_does_not_hold_asks_for_the_sample(tmp_path: Path) -> None:
    with Simulator(FLEET) as simulator:
        stage = Stage(simulator, tmp_path, "first")
        stage.plan_all()
        evaluations(simulator)
        assert not stage.apply_all().failed
        assert evaluations(simulator) == SAMPLE
