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


def test_what_hunt_and_watch_name_is_taken_and_what_is_left_is_told(laboratory: Laboratory) -> None:
    """Each listed file is in the bundle, or in a gap that a person reads: there is no "whole" otherwise."""
    box, report = laboratory.simulator.appliance("gw-a"), laboratory.directory / "report"
    given = {"limit": ["gw-a"], "parts": ["files"], "bundles": str(laboratory.directory / "further")}
    baselines = {"limit": ["gw-a"], "baselines": str(laboratory.directory / "baselines")}
    laboratory.play("watch", **baselines)
    laboratory.play("watch", **baselines, accept="J. Jansen")
    box.write_file("/var/netscaler/logon/a/b/c/d/x.php", "<?php")
    box.write_file("/netscaler/ns_gui/vpn/y.php", "<?php eval($_POST['x']);")
    hunted = laboratory.play("hunt", limit=["gw-a"], tourniquet_report=str(report))
    assert hunted.rc in (0, 2)
    assert laboratory.play("watch", **baselines).rc == 2
    few = {"further_directories": 1, "further_files": 1, "further_mib": 1, "further_minutes": 1}
    wide = {**few, "further_directories": 300}
    named = {"traces": str(report / "hunt.json"), "baselines": baselines["baselines"]}
    whole, narrow, left = (laboratory.play("evidence", **given, **more) for more in ({}, few, {**wide, **named}))
    assert (whole.rc, narrow.rc, left.rc) == (0, 2, 2), whole.output
    assert "1 whole and sealed" in whole.output
    assert "at most 1 of a node are listed" in narrow.output
    assert "allow more with -e further_files=NUMBER" in left.output
    assert "whole and sealed" not in left.output
    for run in (whole, left):
        bundle = Path(run["gw-a"]["bundle"])
        taken = {str(path.relative_to(bundle)).partition("/")[2] for path in bundle.rglob("*.php")}
        assert {"var/netscaler/logon/a/b/c/d/x.php", "netscaler/ns_gui/vpn/y.php"} <= taken
    wrong = laboratory.play("evidence", **given, further_mib=0)
    assert "further_mib is 0: write a number from 1 to 65536. Nothing was sent." in " ".join(wrong.output.split())
