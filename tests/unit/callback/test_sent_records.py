# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The callback that writes the records of a job into its artifacts: only where the controller asks, and whatever became of the job."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.callback.sent_records import CallbackModule
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import KEY_FILE, RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.state_directory import VARIABLE

from tests.unit.plugin_utils.fleet.slices.test_records_home import written


def play(**variables: Any) -> SimpleNamespace:
    return SimpleNamespace(get_variable_manager=lambda: SimpleNamespace(extra_vars=variables))


def test_it_writes_what_came_since_the_first_play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    trust = RecordTrust(key=tmp_path / KEY_FILE)
    old = [written(tmp_path / "records", trust, "gw-a", number).name for number in range(2)]
    files = {name: str(tmp_path / f"{name}.json") for name in ("records_into", "probes_into")}
    asked = {"known": {"gw-a": old}, "probes": {"gw-a": ""}, **files}
    callback = CallbackModule()
    callback.v2_playbook_on_play_start(play(tourniquet_sent_home=asked))
    new = written(tmp_path / "records", trust, "gw-a", 5).name
    callback.v2_playbook_on_play_start(
        play(tourniquet_sent_home=asked)
    )  # the wave: what the plan has written counts too
    callback.v2_playbook_on_stats(None)
    assert list(json.loads(Path(files["records_into"]).read_text(encoding="utf-8"))["gw-a"]) == [new]
    assert json.loads(Path(files["probes_into"]).read_text(encoding="utf-8")) == {}


def test_it_does_nothing_where_nobody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    callback = CallbackModule()
    callback.v2_playbook_on_play_start(play())
    callback.v2_playbook_on_stats(None)
    assert list(tmp_path.iterdir()) == []
