# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""hunt.yml as a user runs it: one line for each appliance that needs a person, what is ours is told apart, and incomplete is exit code 2."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_result import (
    HuntOutcome,
    hunt_result,
)

from tests.stage.fleet import box, pair
from tests.stage.played import Laboratory


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    return open_laboratory({"clean": box("14.1 73.46"), "owned": pair("13.0 47.22"), "away": box("14.1 73.46")})


def test_a_fleet_is_hunted_on(laboratory: Laboratory) -> None:
    laboratory.simulator.appliance("owned").write_file("/var/tmp/netscalerd", "x", node=1)
    laboratory.hosts["away"]["netscaler_nodes"] = ["127.0.0.1:9"]
    lists = laboratory.directory / "own"
    before = laboratory.texts(["clean", "owned"])
    secrets = laboratory.directory / "secrets"
    run = laboratory.play("hunt", own_changes=str(lists), rotation=str(secrets))
    assert run.rc == 2
    assert laboratory.texts(["clean", "owned"]) == before
    lines = run.output.partition("HUNT")[2].splitlines()[1:]
    assert lines[0].startswith("owned: 1 compromise in 2 nodes, ")
    assert lines[1].startswith("away: UNREACHABLE: 127.0.0.1:9 ")
    assert not any(line.startswith("clean:") for line in lines)
    text = " ".join(run.output.split())
    assert (
        "3 appliances: 1 with compromise, 1 unreachable, 1 with nothing found in what was looked at; exit code 2"
        in text
    )
    finding = run["owned"]["findings"][0]
    assert finding["where"] == "/var/tmp/netscalerd"
    assert finding["node"] == laboratory.hosts["owned"]["netscaler_nodes"][1]
    assert run["clean"]["exit_code"] == 0
    assert run["away"]["exit_code"] == 2
    assert json.loads((lists / "clean.json").read_text())["appliance"] == "clean"
    rows = [row for name in ("clean", "owned") for row in json.loads((secrets / f"{name}.json").read_text())["secrets"]]
    assert ("password of an administrator", "tourniquet") in {(row["what"], row["name"]) for row in rows}
    assert f"secrets to replace: {len(rows)} at 2 of 3 appliances, listed by name in {secrets}" in text
    assert not (secrets / "away.json").exists()
    evidence = {name: hunt_result(run.results, name) for name in ("clean", "owned", "away")}
    outcomes = {name: one.outcome("cve_2019_19781") for name, one in evidence.items()}
    assert outcomes == {
        "clean": HuntOutcome.NOTHING_FOUND,
        "owned": HuntOutcome.COMPROMISE,
        "away": HuntOutcome.INCOMPLETE,
    }
    assert evidence["owned"].ended.is_known
