# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""evidence.yml as a user runs it: shown first, taken and sealed, and what is missing is told for each appliance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stage.fleet import box, pair
from tests.stage.played import Laboratory


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    return open_laboratory({"gw-a": box("14.1 73.46"), "gw-b": pair("13.0 47.22"), "gw-c": box("13.1 49.15")})


def test_the_evidence_of_a_fleet(laboratory: Laboratory) -> None:
    bundles = laboratory.directory / "evidence"
    laboratory.simulator.appliance("gw-c").fault("disk_full", times=0)
    before = laboratory.texts()
    planned = laboratory.play("evidence", check=True, bundles=str(bundles))
    assert planned.rc == 0, planned.output
    assert not bundles.exists()
    text = " ".join(planned.output.split())
    assert "a support bundle is created in /var/tmp/support, and stays there" in text
    assert "3 appliances: 3 can be taken; " in text
    assert planned.writes() == []
    assert not [one for one in planned.requests if "systembackup" in one["target"] or "techsupport" in one["target"]]
    run = laboratory.play("evidence", bundles=str(bundles), reason="CASE0007")
    assert run.rc == 2
    assert laboratory.texts() == before
    lines = run.output.partition("EVIDENCE ")[2].splitlines()[1:]
    assert lines[0].startswith("gw-c: 1 node, ")
    assert "INCOMPLETE: " in lines[0]
    assert lines[1].startswith("the clock")
    text = " ".join(run.output.split())
    assert "3 appliances: 2 whole and sealed, 1 incomplete; " in text
    assert f"bytes in {bundles}; exit code 2" in text
    assert run["gw-a"]["gaps"] == []
    assert (Path(run["gw-b"]["bundle"]) / "manifest.json.sig").exists()
    assert [node["role"] for node in run["gw-b"]["nodes"]] == ["primary", "secondary"]
