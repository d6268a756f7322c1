# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a node was sent is recorded, and sent once more: it is refused. A node that does not remember its jobs carries out what only reads."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.sliced_job import VARIABLE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.accepted_jobs import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.worker_stream import read_stream

from simulator import Simulator
from tests.machines.tools import NAMES, command, fleet, lay_out, of_node, piped_nodes, play

pytestmark = pytest.mark.only_in_all
HOST = "gw-1"
LATER_RUN = "a later run has been here since the job "


@dataclass
class Story:
    """A mitigation that was put on and taken off again.

    :ivar jobs: the streams that put it on, by the verb of the job
    """

    node: Path
    simulator: Simulator
    jobs: dict[str, Path]

    def send_again(self, verb: str) -> str:
        """Give a recorded stream to a new worker, and return what its job printed."""
        with self.jobs[verb].open("rb") as sent:
            done = subprocess.run(["sh", self.node / "worker.sh"], stdin=sent, capture_output=True, check=False)
        files = read_stream(io.BytesIO(done.stdout), ("stdout",)).files
        return " ".join(files["stdout"].decode().split())

    def forget(self) -> None:
        """Do what a node without that memory does."""
        for path in (self.node / DIRECTORY).iterdir():
            path.unlink()

    @property
    def has_policy(self) -> bool:
        return bool(self.simulator.appliance(HOST).state()["nodes"][0]["running"].get("responderpolicy"))


def verb_of(path: Path) -> str:
    """Return the verb of a recorded job; "plan" for one in check mode."""
    files = read_stream(io.BytesIO(path.read_bytes()), ("env/",)).files
    verb: str = json.loads(files["env/extravars"])[VARIABLE]["verb"]
    return "plan" if "--check" in files["env/cmdline"].decode() else verb


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    place = tmp_path_factory.mktemp("replay")
    with Simulator(fleet([HOST])) as simulator:
        lay_out(place, simulator, piped_nodes(place))
        done, _results = play(place, command(place, "apply", rollout_bake_seconds=0))
        assert done.returncode == 0, done.stdout[-3000:]
        jobs = {verb_of(path): path for path in (place / "seen").iterdir()}
        decided = {"why": "undo", "who": "S. Bakker", "reason": "a test"}
        undone, results = play(place, command(place, "rollback", **decided, rollout_bake_seconds=0), "undone")
        assert undone.returncode == 2, undone.stdout[-3000:]
        assert results[HOST]["problem"].startswith("failed: PROTECTION LOST at ")
        assert results[HOST]["problem"].endswith(", decided by S. Bakker (a test)")
        (name,) = (name for name in NAMES if of_node(name, [HOST]))
        yield Story(place / name, simulator, jobs)


def test_a_job_that_is_sent_again_is_refused(story: Story) -> None:
    assert story.jobs.keys() == {"plan", "apply"}
    assert not story.has_policy
    for verb in story.jobs:
        said = story.send_again(verb)
        assert "was begun on this execution node before, and each job is carried out once" in said, verb
    assert not story.has_policy


def test_a_node_that_does_not_remember_its_jobs_refuses_a_write_by_the_runs_since(story: Story) -> None:
    story.forget()
    assert "exit code 0" in story.send_again("plan")
    said = story.send_again("apply")
    assert "changed 0, refused 1" in said
    assert LATER_RUN in said
    assert not story.has_policy
