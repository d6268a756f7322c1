# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""watch.yml as a user runs it: shown first, accepted by a person, quiet then, and an alarm where code appears on one node."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.playbooks.laboratory import Laboratory, box, pair


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    return open_laboratory({"clean": box("14.1 73.46"), "owned": pair("13.0 47.22")})


def test_a_fleet_is_watched(laboratory: Laboratory) -> None:
    baselines = str(laboratory.directory / "baselines")
    before = laboratory.texts()
    first = laboratory.play("watch", baselines=baselines)
    assert first.rc == 2
    assert "nobody has accepted a state yet" in " ".join(first.output.split())
    accepted = laboratory.play("watch", baselines=baselines, accept="J. Jansen")
    assert accepted.rc == 0
    laboratory.simulator.appliance("owned").write_file("/var/vpn/themes/a.php", "<?php\n", node=1)
    run = laboratory.play("watch", baselines=baselines)
    assert run.rc == 2
    assert laboratory.texts() == before
    lines = run.output.partition("WATCH ")[2].splitlines()[1:] or run.output.partition("WATCH")[2].splitlines()[1:]
    assert lines[0].startswith("owned: 1 compromise in 2 nodes, ")
    assert not any(line.startswith("clean:") for line in lines)
    text = " ".join(run.output.split())
    assert "2 appliances: 1 with compromise, 1 with nothing found in what was looked at; exit code 2" in text
    assert run["owned"]["findings"][0]["node"] == laboratory.hosts["owned"]["netscaler_nodes"][1]
    assert run["clean"]["exit_code"] == 0
