# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The probes that an execution node has noted come to the controller; what it makes up does not count."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sent_probes import (
    SentProbes,
    noted_probes,
    probes_of,
    probes_of_others,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices import sent_probe_notes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.sent_probe_notes import (
    keep_sent_probes,
    known_probes,
    probes_to_send,
)

HOSTS = ["gw-a", "gw-b"]
RUNS = ("0123456789", "123456789a")
NOW = datetime.now(UTC)


def test_what_is_new_comes_home_and_nothing_twice(tmp_path: Path) -> None:
    node, controller = tmp_path / "node", tmp_path / "controller"
    sent = []
    for run in RUNS:
        with noted_probes(node, "gw-a", run):
            pass
        known = known_probes(controller, "utrecht", HOSTS)
        sent.append(probes_to_send(node, known))
        assert keep_sent_probes(sent[-1].encode(), "utrecht", HOSTS, controller) == ""
    assert [one.run for one in probes_of_others(controller, "gw-a")] == [*RUNS]
    assert all(one.ended for one in probes_of_others(controller, "gw-a"))
    (path,) = (path for path in controller.rglob("*.jsonl"))
    assert len(path.read_text().splitlines()) == 2
    later = {"gw-a": (NOW + timedelta(hours=1)).isoformat()}
    assert probes_to_send(node, later) == "{}"
    assert probes_of(controller, "amsterdam", "gw-a") == ()


def note(**changes: Any) -> dict[str, Any]:
    return {**SentProbes(RUNS[0], NOW, NOW).to_json(), **changes}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff", "cannot be read"),
        (b"[]", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (json.dumps({"gw-z": [note()]}), "left alone (1 appliance)"),
        (json.dumps({"../gw-a": [note()]}), "left alone (1 appliance)"),
        (json.dumps({"gw-a": "x", "gw-b": [note(), [note()]]}), "left alone (2 appliances)"),
        (json.dumps({"gw-b": [note(), note(began="2020-01-15T02:00:00")]}), "left alone (1 appliance)"),
    ],
)
def test_what_a_node_makes_up_is_left_alone(tmp_path: Path, content: str | bytes, problem: str) -> None:
    sent = content.encode() if isinstance(content, str) else content
    found = keep_sent_probes(sent, "utrecht", HOSTS, tmp_path)
    assert found.startswith("utrecht: ")
    assert problem in found
    assert not [path for path in tmp_path.rglob("*.jsonl") if path.parent.name != "gw-b"]
    assert {one.run for host in HOSTS for one in probes_of_others(tmp_path, host)} <= {RUNS[0]}


def test_the_newest_notes_come_first_and_the_others_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notes of a fresh controller may be more than the archive of a job may have: the job would count as lost."""
    node, controller = tmp_path / "node", tmp_path / "controller"
    runs = [f"{number:010}" for number in range(6)]
    for run in runs:
        with noted_probes(node, "gw-a", run):
            pass
    whole = json.loads(probes_to_send(node, {"gw-a": ""}))["gw-a"]
    monkeypatch.setattr(sent_probe_notes, "MOST_BYTES", 2 * sum(len(json.dumps(one)) for one in whole[-2:]))
    sent = probes_to_send(node, {"gw-a": "", "gw-b": ""})
    assert json.loads(sent) == {"gw-a": whole[-2:], "": 4}
    found = keep_sent_probes(sent.encode(), "utrecht", HOSTS, controller)
    assert found == "utrecht: 4 notes of its probes had no room in the job. Hunts name these probes as attempts"
    assert [one.run for one in probes_of_others(controller, "gw-a")] == runs[-2:]
