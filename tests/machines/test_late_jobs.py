# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rollback that was lost on its way and is delivered an hour later, by ansible-runner as a transport would: the appliances stay protected, and saved."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.job import RESULTS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.worker_stream import read_stream

from simulator import Simulator
from tests.machines.tools import NAMES, command, fleet, lay_out, piped_nodes, play

pytestmark = pytest.mark.only_in_all

HOSTS = ("gw-1", "gw-2")
HOUR = 3600
SECONDS = 30


@dataclass
class Story:
    """The node loses the second job after ``lose`` was called: that of the plan is answered, and the one that would change something is not."""

    place: Path
    simulator: Simulator
    node: dict[str, Any]
    results: dict[str, Any] = field(default_factory=dict)

    @property
    def seen(self) -> list[Path]:
        return sorted((self.place / "seen").iterdir(), key=lambda path: path.stat().st_mtime_ns)

    def play(self, verb: str, **more: Any) -> subprocess.CompletedProcess[str]:
        done, self.results = play(
            self.place,
            command(self.place, verb, rollout_canary=len(HOSTS), rollout_bake_seconds=0, **more),
            f"{verb}-{len(self.seen)}",
        )
        return done

    def deliver(self, job: Path) -> dict[str, Any]:
        """Give the worker of the node a job that it was sent before; return its results."""
        words = ["sh", str(self.place / NAMES[0] / "worker.sh")]
        with job.open("rb") as stream, subprocess.Popen(words, stdin=stream, stdout=subprocess.PIPE) as worker:
            assert worker.stdout is not None
            files = read_stream(worker.stdout, (RESULTS, "stdout")).files
        return dict(json.loads(files[RESULTS]))

    def configurations(self) -> list[Any]:
        return [
            [node[kind] for node in self.simulator.appliance(host).state()["nodes"]]
            for host in HOSTS
            for kind in ("running", "saved")
        ]


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with Simulator(fleet(HOSTS)) as simulator:
        node = piped_nodes(tmp_path)[0]
        whole = node["command"][2]
        loses = f"if [ -e {tmp_path}/second ]; then cat > {tmp_path}/seen/$$; exit 1; fi; if [ -e {tmp_path}/lose ]; then touch {tmp_path}/second; fi; "
        lay_out(tmp_path, simulator, [{**node, "command": ["sh", "-c", loses + whole]}])
        yield Story(tmp_path, simulator, node)


def lose_a_rollback(story: Story, **more: Any) -> list[Any]:
    """Protect the appliances, and lose the rollback of that; return the configurations."""
    assert story.play("apply").returncode == 0
    protected = story.configurations()
    (story.place / "lose").touch()
    given = {"why": "undo", "accept_exposure": True, "who": "S. Bakker", "reason": "a test", "ticket": "CHG1"}
    done = story.play("rollback", **given, **more)
    assert done.returncode == 2, done.stdout[-3000:]
    assert "LOST" in done.stdout
    assert story.configurations() == protected
    return protected


def test_a_lost_rollback_that_comes_an_hour_later_takes_nothing_away(story: Story) -> None:
    protected = lose_a_rollback(story)
    for host in HOSTS:  # the clock of the node may be what it was when it was switched off
        story.simulator.appliance(host).advance(HOUR)
    problems = [one["problem"] for one in story.deliver(story.seen[-1]).values()]
    assert any(problem.startswith("refused: gw-") for problem in problems), problems
    for problem in problems:  # the brake holds who had not begun
        assert problem.startswith(("refused: gw-", "held: 1 failed: gw-")), problem
        assert "has passed by the clock of the appliance" in problem
        assert problem.endswith("Give the command again on the controller. Nothing was changed.")
    assert story.configurations() == protected

    again = story.deliver(story.seen[-1])
    for host in HOSTS:
        assert "was begun on this execution node before, and each job is carried out once" in again[host]["problem"]
    assert story.configurations() == protected


def test_a_node_that_knows_that_it_is_late_does_not_even_log_on(story: Story) -> None:
    protected = lose_a_rollback(story, slice_timeout=SECONDS)
    time.sleep(SECONDS)
    story.simulator.control("DELETE", "/requests")
    late = story.deliver(story.seen[-1])
    for host in HOSTS:
        problem = late[host]["problem"]
        assert problem.startswith(f"refused: {host}: the job "), problem
        assert "has passed by the clock of the execution node (it says " in problem
    assert story.simulator.requests() == []
    assert story.configurations() == protected
