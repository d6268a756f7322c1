# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A verify over two execution nodes proves nothing, so no change record says whose its probes are; a hunt of the controller knows them all the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator
from tests.machines.tools import (
    command,
    fleet,
    inventory,
    keep_password,
    lay_out,
    piped_nodes,
    play,
    state_directory,
)

pytestmark = pytest.mark.only_in_all
HOSTS = ("gw-1", "gw-2")
SOURCE = "127.0.0.9"
"""The address of the probes: a log with 127.0.0.1 has lost the client."""


class Story:
    def __init__(self, place: Path) -> None:
        self.place = place

    def play(self, name: str, words: list[str], **variables: str) -> tuple[int, dict[str, Any], str]:
        done, results = play(self.place, words, name, **variables)
        return done.returncode, results, done.stdout + done.stderr

    def hunt(self, name: str, **more: Any) -> tuple[set[str], str]:
        """Return the levels of the findings in requests, and the output of ``hunt.yml`` on the controller."""
        source = ["-i", str(self.place / "inventory" / "hosts.json"), "-e", f"records={self.place / 'records'}"]
        given = ["-e", json.dumps({"fail_at": 3, **more})]
        words = ["ansible-playbook", "playbooks/hunt.yml", *source, *given]
        _code, results, output = self.play(name, words)
        every = [finding for one in results.values() for finding in one["findings"]]
        return {one["level"] for one in every if "httpaccess" in one["where"]}, output


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    place = tmp_path_factory.mktemp("hunt")
    with Simulator(fleet(HOSTS)) as simulator:
        content = inventory(simulator.ready, piped_nodes(place))
        content["netscalers"]["vars"]["netscaler_probe_from"] = SOURCE
        lay_out(place, simulator, content=content)
        keep_password(state_directory(place, "controller"))  # for the hunt, which is no job of a node
        yield Story(place)


def test_the_probes_of_the_nodes_are_no_attempts_where_a_person_named_their_address(story: Story) -> None:
    _code, results, output = story.play("verify", command(story.place, "verify", fail_at=3))
    assert {one["verdict"]["word"] for one in results.values()} == {"exposed"}, output[-3000:]
    assert {one["record"] for one in results.values()} == {""}
    notes = sorted(
        path.parent.relative_to(story.place / "records") for path in (story.place / "records").rglob("*.jsonl")
    )
    assert [str(path) for path in notes] == ["probes_of/amsterdam/gw-2", "probes_of/utrecht/gw-1"]
    unnamed, output = story.hunt("unnamed")
    assert unnamed == {"review"}, output[-3000:]
    assert f"in the form of our probes, of unknown origin, from {SOURCE}" in output
    assert "not looked at: probes of other control nodes: nobody has named their addresses (sources)" in output
    named, output = story.hunt("named", sources=[SOURCE])
    assert named == set(), output[-3000:]
    assert "probes of other control nodes" not in output
