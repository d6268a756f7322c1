# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action ``prove``: what a person sees, what is written, and which options are refused before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.tourniquet.netscaler.plugins.action import prove as module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.measurement import Laboratory

from simulator import Simulator
from tests.ansible_plays import linear_play

PASSWORD = "n1ght-Shift-7Q"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    box = {
        "build": "13.1 49.15",
        "nodes": ["127.0.0.1:0"],
        "users": {"tourniquet": PASSWORD},
        "features": ["LB", "SSL", "SSLVPN"],
        "hostname": "ns-secret-name",
    }
    with Simulator({"appliances": {"box": box}}) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    init: Any = Laboratory.__init__
    monkeypatch.setattr(init, "__kwdefaults__", {**init.__kwdefaults__, "sleep": lambda _seconds: None})


def act(simulator: Simulator, directory: Path, *, check: bool = False, **options: Any) -> dict[str, Any]:
    node = simulator.ready["appliances"]["box"]["nodes"][0]
    appliance = {
        "nodes": [f"{node['address']}:{node['port']}"],
        "user": "tourniquet",
        "password": PASSWORD,
        "ca_file": simulator.ready["ca_file"],
    }
    given = {"records": str(directory / "records"), "results": str(directory / "results"), **options}
    task = SimpleNamespace(
        args={"appliance": appliance, **given},
        check_mode=check,
        async_val=0,
        action="tourniquet.netscaler.prove",
        get_play=linear_play,
    )
    shell = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
    made = module.ActionModule(task, shell, None, None, None, None)
    made._load_name = "prove"
    simulator.clear_requests()
    result: dict[str, Any] = made.run(None, {"inventory_hostname": "gw-a"})
    return result


def test_check_mode_lists_everything_and_sends_nothing(simulator: Simulator, tmp_path: Path) -> None:
    result = act(simulator, tmp_path, check=True, scratch=True, gateway="gw", globally=True)
    assert simulator.requests() == []
    assert not (tmp_path / "results").exists()
    assert (result["changed"], result["msg"]) == (False, "nothing was sent")
    assert result["report"][0] == "gw-a   would be sent; nothing was"
    assert any("RANDOM" in line for line in result["report"])
    assert PASSWORD not in json.dumps(result)


def test_the_result_is_written_and_names_nobody(simulator: Simulator, tmp_path: Path) -> None:
    result = act(simulator, tmp_path, scratch=True)
    assert (result["changed"], result.get("failed", False), result["left"]) == (False, False, [])
    data, page = map(Path, result["files"])
    assert data.parent == page.parent == tmp_path / "results"
    assert [path.stat().st_mode & 0o777 for path in (data, page)] == [0o600, 0o600]
    written = data.read_text(encoding="utf-8") + page.read_text(encoding="utf-8") + data.name
    for secret in ("gw-a", "127.0.0.1", "ns-secret-name", "tourniquet_", PASSWORD, "192.0.2.250"):
        assert secret not in written
    assert json.loads(data.read_text(encoding="utf-8")) == result["result"]
    assert result["report"][0].startswith("gw-a   13.1 49.15   5")
    assert any(
        line.startswith("  -e scratch=true -e gateway=NAME settles 2 more: gateway_access_log, gateway_bind_points")
        for line in result["report"]
    )


def test_a_second_run_has_files_of_its_own(simulator: Simulator, tmp_path: Path) -> None:
    files = {path for _run in range(2) for path in act(simulator, tmp_path)["files"]}
    assert len(files) == 4


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"gateway": "gw"}, "gw-a: gateway and globally need -e scratch=true too. Nothing was sent."),
        ({"globally": True}, "gw-a: gateway and globally need -e scratch=true too. Nothing was sent."),
        ({"scratch": True, "globally": True}, "gw-a: globally needs -e gateway=NAME too"),
        ({"scratch": True, "gateway": "g\x1b"}, "gw-a: gateway is 'g\\x1b': write the name of a Gateway"),
        ({"scratch_address": "gw"}, "gw-a: scratch_address is 'gw': write an IP address that no client uses"),
        ({"scratch_address": "0.0.0.0"}, "gw-a: scratch_address is '0.0.0.0'"),
        ({"scratch_address": "127.0.0.1"}, "gw-a: scratch_address is '127.0.0.1'"),
        ({"scratch_address": "224.0.0.1"}, "gw-a: scratch_address is '224.0.0.1'"),
        ({"scratch_port": 0}, "gw-a: scratch_port is 0: write a number from 1 to 65535"),
        ({"scratch_port": 70000}, "gw-a: scratch_port is 70000"),
    ],
)
def test_an_option_that_is_wrong_is_refused(
    simulator: Simulator, tmp_path: Path, options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(AnsibleActionFail) as refused:
        act(simulator, tmp_path, **options)
    assert problem in str(refused.value)
    assert simulator.requests() == []


@pytest.mark.parametrize("name", ["results", "records", "reason"])
def test_an_option_with_a_nul_character_is_named(simulator: Simulator, tmp_path: Path, name: str) -> None:
    with pytest.raises(
        AnsibleActionFail, match=rf"^gw-a: {name} has a NUL character\. Write it without\. Nothing was sent\.$"
    ):
        act(simulator, tmp_path, **{name: f"{tmp_path}/a\0b"})
    assert simulator.requests() == []


def test_a_directory_that_cannot_be_written_is_named(simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "results").write_text("")
    with pytest.raises(
        AnsibleActionFail, match=r"gw-a: results: .*/results cannot be written \(Not a directory\)\. Name another"
    ):
        act(simulator, tmp_path)


def test_what_is_left_is_a_failure(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An appliance that keeps an object although its removal was sent."""
    ask = Session.ask

    def keeps(self: Session, method: str, path: str, *more: Any) -> Any:
        if method == "DELETE" and path == "policystringmap/tq_prove__map":
            path = "policystringmap/tq_prove__missing"
        return ask(self, method, path, *more)

    monkeypatch.setattr(Session, "ask", keeps)
    result = act(simulator, tmp_path, scratch=True)
    assert (result["failed"], result["changed"], result["left"]) == (True, True, ["tq_prove__map"])
    assert result["msg"].startswith("scratch objects are left: see the report; ")
    assert (
        "  LEFT on the appliance, unsaved: tq_prove__map. Run the same playbook again: it removes them"
        in result["report"]
    )
    monkeypatch.setattr(Session, "ask", ask)
    again = act(simulator, tmp_path, scratch=True)
    assert again["left"] == []
    assert "  removed: tq_prove__map, which an earlier run had left" in again["report"]
