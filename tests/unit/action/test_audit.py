# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action ``audit``: the evidence on the control node is shown even if the appliance cannot be read, and a difference is a failure."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.tourniquet.netscaler.plugins.action.audit import ActionModule
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.new_record import start_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import Outcome
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import CannotConnect
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.audit import run as module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.failed_result import whole_result

from tests.ansible_plays import linear_play

FACTS = {
    "measure": "demo",
    "version": 2,
    "kind": "apply",
    "run": "abc",
    "build": "13.0 47.22",
    "reason": "an emergency",
}


def run(records: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> dict[str, Any]:
    def unreachable(_appliance: Any) -> Any:
        raise CannotConnect("gw-a: no route\x1b[2J")

    monkeypatch.setattr(module, "Connection", unreachable)
    appliance = {"nodes": ["10.1.0.11"], "user": "u", "password": "p"}
    args = {"appliance": appliance, "records": str(records), **changes}
    task = SimpleNamespace(
        args=args, check_mode=False, async_val=0, action="tourniquet.netscaler.audit", get_play=linear_play
    )
    shell = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
    made = ActionModule(task, shell, None, None, None, None)
    made._load_name = "audit"
    result: dict[str, Any] = made.run(None, {"inventory_hostname": "gw-a"})
    assert result.keys() - {"failed", "unreachable"} == {"changed", "msg", "diff"}, (
        "all that Ansible prints of it but the diff is its message"
    )
    return whole_result(result)


def test_without_the_appliance_the_records_here_are_shown_and_it_is_unreachable(
    tmp_path: Path, monkeypatch: Any
) -> None:
    start_record(tmp_path, "gw-a", [], FACTS).finish(Outcome.APPLIED)
    result = run(tmp_path, monkeypatch)
    assert (result["unreachable"], "failed" in result) == (True, False)
    assert "no route\\x1b[2J" in result["msg"]
    assert [values["reason"] for values in result["runs"]] == ["an emergency"]
    assert result["report"][0] == "gw-a   NOT READ"
    assert result["report"][1] == "  1 run; what was read agrees, and NOT ALL COPIES WERE READ"
    assert result["not_read"] == ["the copies on the appliance were not read: gw-a: no route\\x1b[2J"]
    assert not any("records, copies and chain agree" in text for text in (*result["report"], result["msg"])), "seen"
    assert any("an emergency" in line for line in result["report"])
    assert json.dumps(result, ensure_ascii=False).isprintable()


def test_a_broken_chain_is_the_reason_then(tmp_path: Path, monkeypatch: Any) -> None:
    first = start_record(tmp_path, "gw-a", [], FACTS)
    first.finish(Outcome.APPLIED)
    start_record(tmp_path, "gw-a", [], FACTS).finish(Outcome.APPLIED)
    first.content = first.content.with_values(reason="nothing")
    first.write()
    broken = run(tmp_path, monkeypatch)
    assert "was changed after" in broken["msg"]
    assert (broken["failed"], "unreachable" in broken) == (True, False), "that is worse"
    accepted = run(tmp_path, monkeypatch, accept_differences=True)
    assert "were not read" in accepted["msg"], "accepting differences does not make an appliance readable"
    assert accepted["differences"]


def test_a_record_that_cannot_be_read_is_an_error(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "gw-a").mkdir()
    (tmp_path / "gw-a" / "x.json").write_text("{")
    with pytest.raises(AnsibleActionFail, match="cannot be read"):
        run(tmp_path, monkeypatch)


def test_an_audit_that_cannot_read_a_file_does_not_speak_of_a_run_that_writes(tmp_path: Path, monkeypatch: Any) -> None:
    def denied(*_arguments: Any) -> Any:
        raise PermissionError(13, "Permission denied", "/srv/records/gw-a")

    monkeypatch.setattr(module, "audit", denied)
    with pytest.raises(AnsibleActionFail) as raised:
        run(tmp_path, monkeypatch)
    assert str(raised.value).startswith("gw-a: /srv/records/gw-a cannot be written or read (Permission denied)")
    assert str(raised.value).endswith("then give the same command again.")
