# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""read_logs.yml as a user runs it: armed text first, one line for each appliance that needs a person, hostile lines stay data, one line for a quiet fleet."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.stage.fleet import box, pair
from tests.stage.played import Laboratory

ARMED = "Nov 28 04:10:00 <local1.info> ns nsaaad[2100]: call to authenticate user :pitboss {{ 7*7 }} NSPPE;$(id) unexpectedly died \x1b[2J\n"


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    return open_laboratory({"quiet": box("14.1 73.46"), "armed": pair("13.1 53.24"), "away": box("14.1 73.46")})


def test_the_logs_of_a_fleet_are_read(laboratory: Laboratory) -> None:
    laboratory.simulator.fleet.appliances["armed"].nodes[1].write_file("/var/log/messages", ARMED.encode())
    laboratory.hosts["away"]["netscaler_nodes"] = ["127.0.0.1:9"]
    before = laboratory.texts(["quiet", "armed"])
    marks = laboratory.directory / "marks"
    run = laboratory.play("read_logs", bookmarks=str(marks))
    assert run.rc == 4, "an attempt, and one that could not be reached"
    assert laboratory.texts(["quiet", "armed"]) == before
    lines = run.output.partition("READ_LOGS")[2].splitlines()[1:]
    node = laboratory.hosts["armed"]["netscaler_nodes"][1]
    assert lines[0].startswith(f"armed: ARMED TEXT in /var/log/messages of {node}: ")
    assert [line.partition(":")[0] for line in lines if line.startswith(("quiet:", "away: UNR", "armed: 1"))] == [
        "armed",
        "away",
    ]
    assert "{{ 7*7 }}" in run.output
    assert "\x1b[2J" not in run.output
    assert run["armed"]["findings"][0]["level"] == "attempt"
    assert run["quiet"]["exit_code"] == 0
    assert run["quiet"]["requests"] < 40
    assert json.loads((marks / "armed.findings.json").read_text())["armed"][0]["where"] == "/var/log/messages"
    quiet = laboratory.play("read_logs", bookmarks=str(marks), limit=["quiet"])
    assert quiet.rc == 0
    (line,) = [line for line in quiet.output.partition("READ_LOGS")[2].splitlines()[1:] if line.strip()]
    assert line.startswith("1 appliance: 1 with nothing found in what was looked at; exit code 0; ")
