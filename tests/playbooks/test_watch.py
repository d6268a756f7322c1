# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""watch.yml as a user runs it: shown first, accepted by a person, quiet then, and an alarm, told to a receiver, where code appears on one node."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.network.certificate_authority import Authority
from tests.stage.fleet import box, pair
from tests.stage.played import Laboratory
from tests.unit.plugin_utils.fleet.notifications.receivers import ADDRESS, Hook, web_server

SECRET = "s3cret-Pa55-of-the-webhook"


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    return open_laboratory({"clean": box("14.1 73.46"), "owned": pair("13.0 47.22")})


def test_a_fleet_is_watched(laboratory: Laboratory, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with web_server(authority.context(ADDRESS, "signed", "1.3")[0]) as hook:
        watch_and_be_told(laboratory, hook, str(authority.ca_file), tmp_path / "told.yml")


def watch_and_be_told(laboratory: Laboratory, hook: Hook, ca_file: str, told: Path) -> None:
    baselines = str(laboratory.directory / "baselines")
    receiver = {"type": "webhook", "url": f"https://{ADDRESS}:{hook.port}/x", "secret": "{{ token }}"}
    receiver |= {"ca_file": ca_file, "on": ["compromise", "heartbeat"]}
    acknowledged = [{"finding": "0" * 16, "who": "J. Jansen", "why": "x", "until": "2099-01-01"}]
    values = {"tourniquet_notify": [receiver], "tourniquet_acknowledgements": acknowledged}
    told.write_text(json.dumps({"netscalers": {"vars": values}}), encoding="utf-8")
    tells = {"options": ("-i", str(told)), "token": SECRET, "alerts": str(laboratory.directory / "alerts")}
    before = laboratory.texts()
    first = laboratory.play("watch", baselines=baselines)
    assert first.rc == 2
    assert "nobody has accepted a state yet" in " ".join(first.output.split())
    accepted = laboratory.play("watch", baselines=baselines, accept="J. Jansen")
    assert accepted.rc == 0
    laboratory.simulator.appliance("owned").write_file("/var/vpn/themes/a.php", "<?php\n", node=1)
    run = laboratory.play("watch", baselines=baselines, **tells)
    assert run.rc == 2
    assert laboratory.texts() == before
    lines = run.output.partition("WATCH ")[2].splitlines()[1:] or run.output.partition("WATCH")[2].splitlines()[1:]
    assert lines[0].startswith("owned: 1 compromise in 2 nodes, ")
    assert not any(line.startswith("clean:") for line in lines)
    text = " ".join(run.output.split())
    assert "2 appliances: 1 with compromise, 1 with nothing found in what was looked at; exit code 2" in text
    assert run["owned"]["findings"][0]["node"] == laboratory.hosts["owned"]["netscaler_nodes"][1]
    assert run["clean"]["exit_code"] == 0
    (alert, beat) = sorted(
        (json.loads(body) for _path, _headers, body in hook.requests), key=lambda one: "heartbeat" in one
    )
    assert (alert["counts"], beat["heartbeat"]) == ({"compromise": 1}, True)
    found = alert["alerts"][0]["findings"][0]
    assert (alert["alerts"][0]["host"], found["where"]) == ("owned", "/var/vpn/themes/a.php")
    assert f"[{found['id']}]" in run.output
    assert SECRET not in run.output
    assert SECRET not in (laboratory.directory / "alerts" / "watch.json").read_text(encoding="utf-8")
