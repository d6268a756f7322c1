# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The first appliance of a build evaluates the whole traffic: side by side where it is far away, with the same answers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import round_trip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.side_by_side import AT_ONCE

from simulator import Simulator
from tests.engine.test_request_counts import BOX, asked
from tests.stage.fleet import fleet_file
from tests.stage.memory import Stage

FIRST_OF_ITS_BUILD = True
FLEET = fleet_file(
    {
        "near": {**BOX, "nodes": ["127.0.0.1:0"]},
        "far": {**BOX, "nodes": ["127.0.0.2:0"], "round_trip_ms": 15},
        "ending": {**BOX, "nodes": ["127.0.0.3:0"], "round_trip_ms": 15},
    }
)


def planned(simulator: Simulator, records: Path, name: str) -> tuple[list[str], list[dict[str, Any]]]:
    """Return what the plan of an appliance rests on, and its requests. No other appliance of the build was evaluated."""
    round_trip.take()
    simulator.clear_requests()
    result = Stage(simulator, records / name, name).plan_all()
    return [text for text in result.verdict.rests_on if "evaluated by the appliance" in text], simulator.requests()


def test_a_far_appliance_is_evaluated_side_by_side_with_the_same_answers(simulator: Simulator, tmp_path: Path) -> None:
    near, near_requests = planned(simulator, tmp_path, "near")
    far, far_requests = planned(simulator, tmp_path, "far")
    assert [text.partition(",")[0] for text in far] == [text.partition(",")[0] for text in near] != []
    questions = [
        Counter(entry["target"] for entry in requests if asked(entry) == "config/policyevaluation")
        for requests in (near_requests, far_requests)
    ]
    assert questions[0] == questions[1]
    assert sum(questions[0].values()) > 100
    connections = [len({entry["connection"] for entry in requests}) for requests in (near_requests, far_requests)]
    assert connections == [1, 1 + AT_ONCE]
    assert [asked(entry) for entry in far_requests].count("config/login") == 1


def test_a_session_that_ends_in_between_is_begun_anew_by_its_owner_alone(simulator: Simulator, tmp_path: Path) -> None:
    simulator.appliance("ending").fault("expire_session", nth=40)
    found, requests = planned(simulator, tmp_path, "ending")
    assert found
    assert [asked(entry) for entry in requests].count("config/login") == 2
    answered = {
        entry["target"] for entry in requests if asked(entry) == "config/policyevaluation" and entry["status"] == 200
    }
    assert len(answered) > 100
