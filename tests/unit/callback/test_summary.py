# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The summary at the end of a run: one line per appliance, and the report file."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import context
from ansible_collections.tourniquet.netscaler.plugins.callback.summary import (
    CallbackModule,
    exit_code,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.journal import Rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.options import RolloutOptions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.settlement import Absence, Settlement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.summary import way_on
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import (
    AGAIN,
    Command,
    advice,
    command_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.failed_result import (
    short_failure,
    verdict_suffix,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.next_lines import RunForm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.run_results import TaskResult
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.page import proven_again

ROOT = Path(__file__).parents[3]
APPLY, STATUS = "tourniquet.netscaler.apply", "tourniquet.netscaler.status"
MITIGATED = {"word": "mitigated", "reason": "blocked", "exit_code": 0, "missing": [], "next_action": "none"}
EXPOSED = {
    "word": "exposed",
    "reason": "exploit public",
    "exit_code": 2,
    "missing": ["the log is off", "a node"],
    "next_action": "apply.yml",
}


STATS = SimpleNamespace(dark={}, failures={})


class Screen:
    """Takes what is displayed."""

    def __init__(self) -> None:
        self.verbosity = 0
        self.lines: list[str] = []
        self.colours: list[str | None] = []
        self.warnings: list[str] = []

    def warning(self, text: str) -> None:
        self.warnings.append(text)

    def banner(self, text: str) -> None:
        self.lines.append(f"== {text}")

    def display(self, text: str, color: str | None = None) -> None:
        self.lines.append(text)
        self.colours.append(color)


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def callback(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> CallbackModule:
    made = CallbackModule()
    made._display = screen
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(made, "get_option", lambda _name: "")
    return made


@pytest.fixture
def started(callback: CallbackModule, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run was started by a command line: the page can write others in its form."""
    form = RunForm(
        ("ansible-playbook",), "apply", "playbooks/", ".yml", {"mitigation": "cve_x"}, (), lambda *_names: True
    )
    callback.playbook = "apply"
    monkeypatch.setattr(callback, "_form", lambda: form)


def commands_of(screen: Screen) -> list[str]:
    return [line.strip() for line in screen.lines if line.startswith(" " * 6 + "ansible-playbook")]


def task(host: str, values: dict[str, Any], action: str = APPLY, *, check_mode: bool = False) -> Any:
    return SimpleNamespace(
        _task=SimpleNamespace(action=action, check_mode=check_mode),
        _host=SimpleNamespace(get_name=lambda: host),
        _result=values,
    )


def values(verdict: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    own = {} if verdict is None else {"verdict": verdict, "verdict_today": verdict}
    return {**own, "appliance": {"build": "13.0 47.22"}, "steps": [], "msg": "m", **more}


def test_one_line_per_appliance_with_its_verdict_and_changes(callback: CallbackModule, screen: Screen) -> None:
    callback.v2_runner_on_ok(task("gw-long-name", values(MITIGATED, steps=[{}, {}])))
    callback.v2_runner_on_ok(task("gw-a", values(EXPOSED, steps=[{}]), STATUS))
    callback.v2_playbook_on_stats(STATS)
    assert screen.lines == [
        "== TOURNIQUET",
        "gw-a          13.0 47.22   needs 1 change    exposed: exploit public",
        "    next: apply.yml",
        "gw-long-name  13.0 47.22   2 changes         mitigated: blocked",
        "not covered at gw-a: the log is off",
        "not covered at gw-a: a node",
        "TOTAL  2 appliances: 1 exposed, 1 mitigated; changed 0, failed 0, held 0, unreachable 0, 0 s, exit code 0",
    ]
    assert screen.colours == ["red", None, "green", None, None, "red"]


def test_the_colour_is_that_of_the_exit_code(callback: CallbackModule, screen: Screen) -> None:
    for code in range(4):
        callback.v2_runner_on_ok(task(f"gw-{code}", values({**MITIGATED, "word": f"w{code}", "exit_code": code})))
    callback.v2_playbook_on_stats(STATS)
    assert screen.colours == ["red", "red", "yellow", "green", "red"]


def test_failures_come_last_with_their_reason(callback: CallbackModule, screen: Screen) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED)))
    callback.v2_runner_on_unreachable(task("gw-c", {"msg": "no route"}))
    callback.v2_runner_on_failed(task("gw-b", {"msg": "Task failed: Action failed: it broke"}))
    callback.v2_playbook_on_stats(STATS)
    assert screen.lines[1].startswith("gw-a  13.0 47.22")
    assert screen.lines[2:-1] == ["gw-b  FAILED", "    it broke", "gw-c  UNREACHABLE", "    no route"]
    assert screen.colours == ["green", "red", "red", "red", "red", "red"]


def test_a_failure_with_a_verdict_shows_both(callback: CallbackModule, screen: Screen) -> None:
    callback.v2_runner_on_failed(task("gw-a", values(EXPOSED, msg="it broke", steps=[{}])))
    callback.v2_playbook_on_stats(STATS)
    at = screen.lines.index("gw-a  FAILED  13.0 47.22   exposed: exploit public")
    assert screen.lines[at + 1].strip() == "it broke"
    assert "1 change" not in "".join(screen.lines), "nothing is known to have changed"


def test_a_message_that_names_the_verdict_does_not_repeat_it_on_the_page(
    callback: CallbackModule, screen: Screen
) -> None:
    failed = short_failure({**values(EXPOSED), "diff": {"prepared": ""}}, "it broke")
    callback.v2_runner_on_failed(task("gw-a", {**failed, "msg": f"it broke{verdict_suffix(failed)}"}))
    callback.v2_playbook_on_stats(STATS)
    assert verdict_suffix(failed) == " (verdict: exposed)"
    assert "    it broke" in screen.lines


def test_the_last_result_of_a_host_counts(callback: CallbackModule, screen: Screen) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(EXPOSED), STATUS))
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED)))
    callback.v2_playbook_on_stats(STATS)
    assert len(screen.lines) == 3
    assert "mitigated" in screen.lines[1]


def test_other_tasks_are_not_ours_unless_they_fail(callback: CallbackModule, screen: Screen) -> None:
    callback.v2_runner_on_ok(task("gw-a", {"msg": "x"}, "ansible.builtin.debug"))
    callback.v2_playbook_on_stats(STATS)
    assert screen.lines == []
    callback.v2_runner_on_failed(task("gw-a", {"msg": "undefined variable"}, "ansible.builtin.assert"))
    callback.v2_playbook_on_stats(STATS)
    assert screen.lines[1:3] == ["gw-a  FAILED", "    undefined variable"]


@pytest.mark.parametrize("key", ["refused", "assertion", "argument_errors"])
def test_a_mistake_of_the_operator_and_a_refused_plan_are_no_failure(
    callback: CallbackModule, screen: Screen, key: str
) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED)))
    callback.v2_runner_on_failed(task("gw-b", {"msg": "gw-b: the priority is taken.", key: True}))
    callback.v2_runner_on_failed(task("gw-c", {"msg": "it broke"}))
    callback.v2_playbook_on_stats(STATS)
    assert screen.lines[2:-1] == ["gw-c  FAILED", "    it broke", "gw-b  REFUSED", "    the priority is taken."]
    counts = "refused 1, failed 1, held 0, unreachable 0"
    assert screen.lines[-1] == f"TOTAL  3 appliances: 1 mitigated; changed 0, {counts}, 0 s, exit code 0"


@pytest.mark.parametrize(
    ("source", "words", "environment", "is_demo"),
    [
        ("inventory/demo", ["ansible-playbook", "playbooks/status.yml"], {}, True),
        ("inventory/demo", ["ansible-playbook", "-i", "inventory/demo", "playbooks/status.yml"], {}, False),
        ("inventory/demo", ["ansible-playbook", "-iinventory/demo"], {}, False),
        ("inventory/demo", ["ansible-playbook", "--inventory=inventory/demo"], {}, False),
        ("inventory/demo", ["ansible-playbook"], {"ANSIBLE_INVENTORY": "inventory/demo"}, False),
        ("inventory/demo", ["ansible-playbook", "playbooks/status.yml", "-e", "source=exports"], {}, False),
        ("inventory/demo", ["ansible-playbook", "playbooks/plan.yml", "-esource=exports"], {}, False),
        ("inventory/demo", ["ansible-playbook", "--extra-vars={'source': 'exports'}"], {}, False),
        ("inventory/demo", ["ansible-playbook", "-e", "geoblock_source=x"], {}, True),
        ("inventory/example", ["ansible-playbook"], {}, False),
        ("", ["ansible-playbook"], {}, False),
    ],
)
def test_a_run_without_an_inventory_says_that_it_is_the_demo(
    callback: CallbackModule,
    screen: Screen,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    words: list[str],
    environment: dict[str, str],
    is_demo: bool,
) -> None:
    monkeypatch.setattr(context, "CLIARGS", {"inventory": (str(ROOT / source),) if source else ()})
    monkeypatch.setattr(sys, "argv", words)
    monkeypatch.delenv("ANSIBLE_INVENTORY", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    callback.v2_playbook_on_start(SimpleNamespace(_file_name="/x/playbooks/status.yml"))
    assert [line.startswith("DEMO  no -i was given: ") for line in screen.lines] == [True] * is_demo


def test_each_line_of_progress_is_in_the_file_at_once(
    callback: CallbackModule, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "log").open("w", encoding="utf-8") as log:
        monkeypatch.setattr(sys, "stdout", log)
        callback.v2_playbook_on_start(SimpleNamespace(_file_name="sliced.yml"))
        print("wave 1 of 3")
        assert (tmp_path / "log").read_text() == "wave 1 of 3\n"


def test_a_check_that_fails_behind_a_change_is_a_failure(callback: CallbackModule, screen: Screen) -> None:
    """Nothing was begun is not true there."""
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED, changed=True)))
    callback.v2_runner_on_failed(task("gw-a", {"msg": "no", "assertion": "x"}, "ansible.builtin.assert"))
    callback.v2_playbook_on_stats(STATS)
    assert screen.lines[1].startswith("gw-a  FAILED")


def test_a_program_that_fails_says_why(callback: CallbackModule, screen: Screen) -> None:
    """For the module ``command`` the message of Ansible is the same whatever happened."""
    failed = {
        "msg": "non-zero return code",
        "rc": 1,
        "stderr": "Traceback:\n  a line\nOSError: address \x1b[31min use\n",
    }
    callback.v2_runner_on_failed(task("localhost", failed, "ansible.builtin.command"))
    callback.v2_playbook_on_stats(STATS)
    assert screen.lines[1:3] == ["localhost  FAILED", "    non-zero return code: OSError: address \\x1b[31min use"]


@pytest.mark.parametrize("result", [{"msg": "bad", "stderr": "of no program"}, {"msg": "bad", "rc": 1, "stderr": "\n"}])
def test_where_no_program_has_said_anything_the_message_stays(
    callback: CallbackModule, screen: Screen, result: dict[str, Any]
) -> None:
    callback.v2_runner_on_failed(task("gw-a", result, "ansible.builtin.command"))
    callback.v2_playbook_on_stats(STATS)
    assert screen.lines[1:3] == ["gw-a  FAILED", "    bad"]


def test_a_rollback_has_no_verdict_and_says_what_it_did(callback: CallbackModule, screen: Screen) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(None, msg="demo: removed"), "tourniquet.netscaler.rollback"))
    callback.v2_playbook_on_stats(STATS)
    assert screen.lines[1] == "gw-a  13.0 47.22   no changes        demo: removed"


def test_the_report_file_is_written_as_a_whole(
    callback: CallbackModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    monkeypatch.setattr(callback, "get_option", {"report": str(path)}.__getitem__)
    callback.v2_runner_on_ok(task("gw-b", values(MITIGATED, odd=Path("x"))))
    callback.v2_runner_on_failed(task("gw-a", {"msg": "it broke"}))
    callback.v2_playbook_on_stats(STATS)
    report = json.loads(path.read_text(encoding="utf-8"))
    assert list(report) == ["gw-a", "gw-b"]
    assert report["gw-a"]["problem"] == "failed: it broke"
    assert report["gw-b"]["verdict"] == MITIGATED
    assert (report["gw-b"]["problem"], report["gw-b"]["action"], report["gw-b"]["odd"]) == ("", "apply", "x")
    assert list(tmp_path.iterdir()) == [path]


def test_a_directory_gets_the_files_of_the_run(
    callback: CallbackModule, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "get_option", {"report": str(tmp_path / "night")}.__getitem__)
    callback.v2_playbook_on_start(SimpleNamespace(_file_name="/x/playbooks/plan.yml"))
    planned = task("gw-b", values(EXPOSED))
    planned._task.check_mode = True
    callback.v2_runner_on_ok(planned)
    callback.v2_runner_on_failed(task("gw-a", values(MITIGATED)))
    callback.v2_playbook_on_stats(STATS)
    found = json.loads((tmp_path / "night" / "plan.json").read_text(encoding="utf-8"))
    assert {one["host"]: (one["planned"], one["state"]) for one in found["appliances"]} == {
        "gw-b": (True, "ok"),
        "gw-a": (False, "failed"),
    }
    assert f"The report is in {tmp_path / 'night' / 'plan.html'}" in screen.lines
    assert "<h1>plan: 2 appliances" in (tmp_path / "night" / "plan.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("mode", [0o700, 0o777])
def test_the_register_of_consent_is_in_the_report_or_a_warning_says_why_not(
    callback: CallbackModule, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    consents = tmp_path / "consent"
    consents.mkdir(mode=0o700)
    consents.chmod(mode)
    given = {"consents": str(consents), "tourniquet_customers": {"De Wit": {"consent": True}}}
    monkeypatch.setattr(callback.variables, "value", given.get)
    monkeypatch.setattr(callback, "get_option", {"report": str(tmp_path / "night")}.__getitem__)
    callback.v2_playbook_on_start(SimpleNamespace(_file_name="/x/playbooks/plan.yml"))
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED, customers=[{"customer": "De Wit", "vservers": []}])))
    callback.v2_playbook_on_stats(STATS)
    found = json.loads((tmp_path / "night" / "plan.json").read_text(encoding="utf-8"))["crisis"]["consents"]
    if mode == 0o700:
        assert [(one["customer"], one["must_agree"], one["state"]) for one in found] == [("De Wit", True, "")]
        assert screen.warnings == []
    else:
        assert found == []
        assert screen.warnings[0].startswith(f"consent and ledger are not in the report: {consents} belongs to ")
    assert any(line.endswith(f"; for customers: 1 page in {tmp_path / 'night' / 'customers'}") for line in screen.lines)


def test_a_report_that_cannot_be_written_is_a_warning_and_the_summary_is_shown(
    callback: CallbackModule, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o777)
    monkeypatch.setattr(callback, "get_option", {"report": str(tmp_path)}.__getitem__)
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED)))
    callback.v2_playbook_on_stats(STATS)
    assert len(screen.warnings) == 1
    assert screen.warnings[0].startswith(f"the report was not written to {tmp_path}: ")
    assert any("gw-a" in line for line in screen.lines)


def test_a_result_that_no_report_can_be_made_of_does_not_take_the_summary_away(
    callback: CallbackModule, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "get_option", {"report": str(tmp_path / "night")}.__getitem__)
    monkeypatch.setattr(callback.variables, "by_groups", lambda _name, hosts: dict.fromkeys(hosts, ("x",)))
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED, neighbours=7)))
    callback.v2_playbook_on_stats(STATS)
    assert [text.partition(": ")[0] for text in screen.warnings] == [
        f"the report was not written to {tmp_path / 'night'}",
        "nobody was notified",
    ]
    assert any("gw-a" in line for line in screen.lines)


def test_people_are_told_also_where_the_report_cannot_be_written(
    callback: CallbackModule, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(callback, "get_option", {"report": str(tmp_path / "file" / "below")}.__getitem__)
    monkeypatch.setattr(callback.variables, "by_groups", lambda *_: {"gw-a": [{"type": "fax"}]})
    callback.v2_runner_on_failed(task("gw-a", values(MITIGATED)))
    callback.v2_playbook_on_stats(STATS)
    assert [text.partition(" ")[0] for text in screen.warnings] == ["the", "nobody"]
    assert any("gw-a" in line for line in screen.lines)


@pytest.mark.parametrize("wrong", [True, 5, ["x"], {"a": "b"}, "a\nb"])
def test_a_report_whose_name_is_no_text_is_a_warning(
    callback: CallbackModule, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(callback.variables, "value", lambda _name: wrong)
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED)))
    callback.v2_playbook_on_stats(STATS)
    assert screen.warnings == [
        "the report was not written: tourniquet_report must be the name of a directory, in one line"
    ]
    assert list(tmp_path.iterdir()) == []
    assert any("gw-a" in line for line in screen.lines)


def test_a_tilde_in_the_variable_is_the_home_directory(
    callback: CallbackModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(callback.variables, "value", lambda _name: "~/night")
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED)))
    callback.v2_playbook_on_stats(STATS)
    assert (tmp_path / "night" / "run.html").is_file()


def test_without_a_path_no_report_is_written(
    callback: CallbackModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED)))
    callback.v2_playbook_on_stats(STATS)
    assert list(tmp_path.iterdir()) == []


# -- rollouts ----------------------------------------------------------------------------------------------------------


ROLLOUT = "tourniquet.netscaler.rollout"
FLEET_PAGE = "tourniquet.netscaler.fleet_page"


def decided(directory: Path, waves: list[list[str]], verb: str = "apply") -> tuple[Rollout, Any]:
    rollout = Rollout(directory)
    rollout.begin(Settlement(waves=waves), RolloutOptions(), {"verb": verb, "measure": "cve_x"})
    result = {"directory": str(directory), "verb": verb, "summary": ["the fleet", "  in lines"]}
    return rollout, task("gw-a", result, ROLLOUT)


def test_the_fleet_is_shown_before_its_waves(callback: CallbackModule, screen: Screen, tmp_path: Path) -> None:
    callback.v2_runner_on_ok(decided(tmp_path, [])[1])
    assert screen.lines == ["== FLEET", "the fleet", "  in lines"]


@pytest.mark.parametrize("stopped", [True, False])
def test_an_appliance_that_waits_for_a_job_of_a_slice_is_refused_with_the_reason_and_not_changed(
    callback: CallbackModule, screen: Screen, tmp_path: Path, stopped: bool
) -> None:
    callback.v2_runner_on_ok(task("gw-a", {**values(EXPOSED, steps=[{}]), "changed": True}))
    _rollout, decision = decided(tmp_path, [])
    decision._result["waits"] = {"gw-a": "the job r0-3 (rollback) of run r0 was lost at utrecht"}
    (callback.v2_runner_on_failed if stopped else callback.v2_runner_on_ok)(decision)
    callback.v2_playbook_on_stats(STATS)
    page = "\n".join(screen.lines)
    assert "1 appliance   REFUSED" in page or "gw-a  REFUSED" in page
    assert "the job r0-3 (rollback) of run r0 was lost at utrecht" in page
    assert "changed 0, refused 1" in page
    assert callback.run.results["gw-a"]["changed"] is False


def test_a_mere_plan_of_the_fleet_comes_before_the_verdicts(
    callback: CallbackModule, screen: Screen, tmp_path: Path
) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(EXPOSED, steps=[{}])))
    callback.v2_runner_on_ok(decided(tmp_path, [], "plan")[1])
    assert screen.lines == []
    callback.v2_playbook_on_stats(STATS)
    assert screen.lines[:5] == [
        "== FLEET",
        "the fleet",
        "  in lines",
        f"  the plans are in {tmp_path}",
        "== TOURNIQUET",
    ]


@pytest.fixture
def report(tmp_path: Path, callback: CallbackModule, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, Any]]:
    path = tmp_path / "report.json"
    monkeypatch.setattr(callback, "get_option", {"report": str(path)}.__getitem__)

    def read() -> dict[str, Any]:
        callback.v2_playbook_on_stats(STATS)
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return content

    return read


def test_who_was_held_keeps_its_plan_and_has_changed_nothing(
    callback: CallbackModule, screen: Screen, report: Callable[[], dict[str, Any]]
) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(EXPOSED, steps=[{}], changed=True)))
    callback.v2_runner_on_failed(task("gw-a", {"failed": True, "held": "1 failed: gw-0: bad", "msg": "held"}))
    callback.v2_runner_on_skipped(task("gw-a", {"skipped": True}, STATUS))
    found = report()["gw-a"]
    assert (found["problem"], found["changed"], found["verdict"]) == ("held: 1 failed: gw-0: bad", False, EXPOSED)
    at = screen.lines.index("gw-a  HELD  13.0 47.22   exposed: exploit public")
    assert screen.lines[at + 1].strip() == "1 failed: gw-0: bad"
    assert screen.colours[at - 1] == "red"
    assert "1 change" not in "".join(screen.lines)


def test_where_ansible_ended_the_play_the_appliances_behind_are_told_as_held(
    callback: CallbackModule, tmp_path: Path, report: Callable[[], dict[str, Any]]
) -> None:
    for host in ("gw-a", "gw-b", "gw-c"):
        callback.v2_runner_on_ok(task(host, values(EXPOSED, steps=[{}], changed=True)))
    rollout, result = decided(tmp_path / "run", [["gw-a"], ["gw-b", "gw-c"]])
    callback.v2_runner_on_ok(result)
    rollout.note("gw-a", "started")
    rollout.note("gw-a", "failed", "harmed")
    callback.v2_runner_on_failed(task("gw-a", {"msg": "harmed"}))
    found = report()
    assert {host: row["problem"] for host, row in found.items()} == {
        "gw-a": "failed: harmed",
        "gw-b": "held: 1 failed: gw-a: harmed",
        "gw-c": "held: 1 failed: gw-a: harmed",
    }
    assert found["gw-b"]["changed"] is False


def test_where_somebody_is_in_the_way_all_others_are_held(
    callback: CallbackModule, report: Callable[[], dict[str, Any]]
) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(EXPOSED, steps=[{}], changed=True)))
    callback.v2_runner_on_ok(task("gw-b", values(MITIGATED)))
    callback.v2_runner_on_unreachable(task("gw-c", {"msg": "no route"}))
    callback.v2_runner_on_failed(task("gw-a", {"msg": "1 appliance in the way", "held": ["gw-a"]}, ROLLOUT))
    assert {host: row["problem"] for host, row in report().items()} == {
        "gw-a": "held: others are in the way, so nothing was begun",
        "gw-b": "",
        "gw-c": "unreachable: no route",
    }


def test_the_options_that_leave_out_what_is_in_the_way_are_the_next_action(
    callback: CallbackModule, screen: Screen
) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(EXPOSED, steps=[{}], changed=True)))
    callback.v2_runner_on_failed(task("gw-b", {"msg": "it is taken"}))
    way_on = "Fix them, or continue without them: -e accept_refused=gw-b"
    refused = {"msg": "gw-b: it is taken", "held": ["gw-a"], "diff": {"details": {"next_action": way_on}}}
    callback.v2_runner_on_failed(task("gw-a", refused, ROLLOUT))
    callback.v2_playbook_on_stats(SimpleNamespace(dark={}, failures={"gw-b": 1}))
    assert screen.lines[-2] == way_on
    assert "".join(screen.lines).count("it is taken") == 1, "each error in one rendering"
    assert "changed 0, failed 1, held 1, unreachable 0" in screen.lines[-1]
    assert screen.lines[-1].endswith("exit code 2")


def test_the_same_command_with_those_options_can_be_pasted(
    callback: CallbackModule, screen: Screen, started: None
) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(EXPOSED, steps=[{}], changed=True)))
    callback.v2_runner_on_failed(task("gw b", {"msg": "it is taken"}))
    way = way_on(Settlement(waves=[["gw-a"]], in_the_way=[Absence("gw b", unreachable=False, problem="it is taken")]))
    details = {"next_action": str(way), "next_commands": {"gw-a": command_values(way), "gw b": command_values(way)}}
    refused = {"msg": "gw b: it is taken", "held": ["gw-a"], "diff": {"details": details}}
    callback.v2_runner_on_failed(task("localhost", refused, ROLLOUT))
    callback.v2_playbook_on_stats(SimpleNamespace(dark={}, failures={"gw b": 1}))
    (line,) = commands_of(screen)
    words = shlex.split(line)
    assert words[:3] == ["ansible-playbook", "playbooks/apply.yml", "--limit"]
    assert words[4:] == ["-e", "mitigation=cve_x", "-e", '{"accept_refused": ["gw b"]}']
    assert re.compile(words[3].removeprefix("~")).match("gw b")


def test_where_nothing_could_be_decided_nobody_is_well(
    callback: CallbackModule, report: Callable[[], dict[str, Any]]
) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(EXPOSED, steps=[{}], changed=True)))
    callback.v2_runner_on_failed(task("gw-a", {"msg": "rollout_max_failed is 'x'"}, ROLLOUT))
    assert report()["gw-a"]["problem"] == "held: the rollout could not be decided, so nothing was begun"


def test_where_approvals_are_missing_the_held_appliances_say_so(
    callback: CallbackModule, report: Callable[[], dict[str, Any]]
) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(EXPOSED, steps=[{}], changed=True)))
    refused = {"msg": "apply needs 1 approval, and has none", "why_held": "approvals are missing"}
    callback.v2_runner_on_failed(task("gw-a", refused, ROLLOUT))
    assert report()["gw-a"]["problem"] == "held: approvals are missing, so nothing was begun"


def test_a_rollout_that_cannot_be_read_at_the_end_costs_no_report(
    callback: CallbackModule, screen: Screen, tmp_path: Path, report: Callable[[], dict[str, Any]]
) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED)))
    rollout, result = decided(tmp_path / "run", [["gw-a"]])
    callback.v2_runner_on_ok(result)
    rollout.write("rollout.json", "{")
    assert report()["gw-a"]["verdict"] == MITIGATED
    assert "cannot be read" in screen.warnings[0]


def read(values: dict[str, Any]) -> TaskResult:
    return TaskResult("gw-a", STATUS, values)


def test_what_was_changed_is_still_said_when_it_has_been_proven_again() -> None:
    changed = {"changed": True, "steps": [{}, {}], "inverse": ["x"], "record": "r", "action": "apply"}
    again = proven_again(changed, read(values(MITIGATED, changed=False)))
    assert (again["changed"], len(again["steps"]), again["record"], again["action"]) == (True, 2, "r", "apply")
    assert again["verdict"] == MITIGATED


def test_the_proof_of_a_wave_does_not_say_what_is_closed() -> None:
    """It reads the appliances of that wave alone, and none comes behind the last wave."""
    watched = {**values(MITIGATED, changed=False), "closures": [{"vserver": "gw"}], "last_drill": "last drill: off"}
    changed = {"changed": True, "steps": [{}], "action": "apply"}
    assert not {"closures", "last_drill"} & set(proven_again(changed, read(watched)))
    assert proven_again({**changed, "closures": []}, read(watched))["closures"] == []
    assert proven_again({}, read(watched))["closures"] == [{"vserver": "gw"}]


def test_a_page_of_its_own_has_its_lines_before_the_totals(
    callback: CallbackModule, screen: Screen, started: None
) -> None:
    commands = command_values(advice("take evidence", Command("evidence"), check=AGAIN))
    page = {"verb": "hunt", "lines": ["gw-a: 1 compromise", "1 appliance"], "exit_code": 2, "must_fail": True}
    found = {**page, "appliances": {"gw-a": {"next_commands": commands}, "gw-b": {"next_commands": []}}}
    callback.v2_runner_on_ok(task("localhost", found, "tourniquet.netscaler.fleet_page"))
    callback.v2_playbook_on_stats(STATS)
    assert screen.lines == [
        "== HUNT",
        "gw-a: 1 compromise",
        "next, as lines to paste:",
        "      ansible-playbook playbooks/evidence.yml --limit gw-a",
        "      ansible-playbook playbooks/apply.yml --limit gw-a -e mitigation=cve_x",
        "1 appliance",
    ]


def test_after_ctrl_c_it_says_what_is_done_what_was_under_way_and_how_to_go_on(
    callback: CallbackModule, screen: Screen, tmp_path: Path, started: None
) -> None:
    for host in ("gw-a", "gw-b", "gw-c"):
        callback.v2_runner_on_ok(task(host, values(EXPOSED, steps=[{}], changed=True)))
    rollout, result = decided(tmp_path, [["gw-a"], ["gw-b"], ["gw-c"]])
    callback.v2_runner_on_ok(result)
    for host, events in {"gw-a": ("started", "done"), "gw-b": ("started",)}.items():
        for event in events:
            rollout.note(host, event)
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED, steps=[{}], changed=True)))
    callback._show_interrupted(os.getpid())
    text = "\n".join(screen.lines)
    assert "gw-a  13.0 47.22   1 change          mitigated: blocked" in text
    assert "gw-b  INTERRUPTED  13.0 47.22   exposed: exploit public\n    it was under way when the run ended" in text
    assert "gw-c  HELD" in text
    assert "The same command continues with the others" in text
    assert "rollback.yml with the same mitigation and `-e why=undo`" in " ".join(text.split())
    assert "changed 1, interrupted 1, failed 0, held 1, unreachable 0" in screen.lines[-1]
    # To undo is offered for what this run has begun: gw-c has an earlier run at most.
    assert commands_of(screen) == [
        "ansible-playbook playbooks/apply.yml --limit gw-a,gw-b,gw-c -e mitigation=cve_x",
        "ansible-playbook playbooks/rollback.yml --limit gw-a,gw-b -e why=undo -e mitigation=cve_x -e \"reason='<reason>'\" -e \"who='<who>'\"",
    ]


def test_after_ctrl_c_in_a_plan_nothing_was_changed(callback: CallbackModule, screen: Screen) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(EXPOSED, steps=[{}], changed=True), check_mode=True))
    callback._show_interrupted(os.getpid())
    assert screen.lines[-2].startswith("INTERRUPTED before anything was changed.")
    assert "to change 1" in screen.lines[-1]


def test_the_page_is_shown_once_and_by_no_fork(callback: CallbackModule, screen: Screen) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED)))
    callback._show_interrupted(os.getpid() + 1)
    assert screen.lines == []
    callback.v2_playbook_on_stats(STATS)
    shown = len(screen.lines)
    callback._show_interrupted(os.getpid())
    assert len(screen.lines) == shown


@pytest.mark.parametrize(
    ("dark", "failures", "code"), [({}, {}, 0), ({}, {"a": 1}, 2), ({"a": 1}, {}, 4), ({"a": 1}, {"b": 1}, 4)]
)
def test_the_exit_code_is_that_of_ansible(dark: dict[str, int], failures: dict[str, int], code: int) -> None:
    assert exit_code(SimpleNamespace(dark=dark, failures=failures)) == code


def test_on_a_terminal_commands_are_cut_and_words_are_kept(
    callback: CallbackModule, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    command = f"    add responder policy x {'A' * 100}"
    undo = "    undo: rm responder policy x / rm responder action x / disable ns feature RESPONDER"
    callback._show_fleet([command, undo])
    assert all(len(line) <= 60 for line in screen.lines)
    assert screen.lines[1].endswith("...")
    assert " ".join(" ".join(screen.lines[2:]).split()) == undo.strip()
    screen.lines.clear()
    screen.verbosity = 1
    callback._show_fleet([command])
    assert screen.lines[1] == command


def test_the_lines_of_the_doctor_fit_the_terminal_and_a_command_stays_whole(
    callback: CallbackModule, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    command = "-e write_pins=true -e \"compared_by='YOUR NAME'\""
    lines = [
        "WARNING      gw-a  rights: apply of a whitelist: the user may not `add policy patset tq_x`, `rm policy patset tq_x`",
        f"             if it is equal, put the line below into host_vars of the host, or: {command}",
        "3 appliances: 0 ok, 2 with errors, 1 with warnings, 3 not checked completely; control node: ok; exit code 2",
    ]
    callback.v2_runner_on_ok(task("gw-b", {"verb": "doctor", "lines": lines, "appliances": {}}, FLEET_PAGE))
    callback.v2_playbook_on_stats(STATS)
    shown = screen.lines[1:]
    assert len(shown) > len(lines)
    assert all(len(line) <= 70 for line in shown if command not in line)
    assert any(line.strip() == command for line in shown)
    assert " ".join(" ".join(shown).split()) == " ".join(" ".join(lines).split())


@pytest.mark.parametrize("name", ["night", "night/findings.json"])
def test_the_findings_of_the_doctor_are_shown_alone_and_written(
    callback: CallbackModule, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(callback, "get_option", {"report": str(tmp_path / name)}.__getitem__)
    found = {"verb": "doctor", "lines": ["ERROR  gw-a  TLS: x", "totals"], "appliances": {"gw-a": {"exit_code": 2}}}
    callback.v2_runner_on_ok(task("gw-b", found, FLEET_PAGE))
    callback.v2_runner_on_failed(task("gw-b", {"msg": "totals"}, "ansible.builtin.fail"))
    callback.v2_playbook_on_stats(STATS)
    assert screen.lines == ["== DOCTOR", "ERROR  gw-a  TLS: x", "totals"]
    path = tmp_path / name if name.endswith(".json") else tmp_path / name / "doctor.json"
    assert json.loads(path.read_text(encoding="utf-8")) == {"gw-a": {"exit_code": 2}}
    assert path.stat().st_mode & 0o777 == 0o600
    if not name.endswith(".json"):
        assert path.parent.stat().st_mode & 0o777 == 0o700
    assert screen.warnings == []


@pytest.mark.parametrize("name", ["night", "night/ledger.json"])
def test_the_ledger_in_a_directory_of_reports_is_the_file_that_letters_and_reports_read(
    callback: CallbackModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(callback, "get_option", {"report": str(tmp_path / name)}.__getitem__)
    ledger = {"schema": "tourniquet-exposure-ledger/1", "exit_code": 1, "appliances": {"gw-a": {"answers": []}}}
    callback.v2_runner_on_ok(task("gw-b", {**ledger, "verb": "ledger", "lines": ["totals"]}, FLEET_PAGE))
    callback.v2_playbook_on_stats(STATS)
    written = json.loads((tmp_path / "night" / "ledger.json").read_text(encoding="utf-8"))
    assert written == (ledger if name == "night" else ledger["appliances"])


def test_the_page_of_bootstrap_has_equal_accounts_once_then_failures_and_totals(
    callback: CallbackModule, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "get_option", {"report": str(tmp_path / "night")}.__getitem__)
    values = {"state": "planned", "user": "tourniquet", "lines": ["rm system user x"], "inverse": ["add system user x"]}
    action = "tourniquet.netscaler.bootstrap"
    for host in ("gw-2", "gw-1"):
        callback.v2_runner_on_ok(task(host, {**values, "not_covered": ["node b"], "remarks": ["slow"]}, action))
    callback.v2_runner_on_failed(task("gw-3", {"msg": "gw-3: taken\x1b[2J"}, action))
    callback.v2_playbook_on_stats(STATS)
    assert screen.lines == [
        "== BOOTSTRAP",
        "gw-1, gw-2 (2 appliances)   user tourniquet: planned",
        "  - rm system user x",
        "    undo: add system user x",
        "  NOT COVERED: node b",
        "  note: slow",
        "gw-3   FAILED",
        r"    taken\x1b[2J",
        "TOTAL  3 appliances: 2 planned, 1 failed. Nothing was changed: -e write=true does it",
    ]
    written = json.loads((tmp_path / "night" / "bootstrap.json").read_text(encoding="utf-8"))
    assert {host: one["problem"] for host, one in written.items()} == {
        "gw-1": "",
        "gw-2": "",
        "gw-3": "failed: gw-3: taken\x1b[2J",
    }


def test_the_commands_of_bootstrap_can_be_copied_from_a_narrow_terminal(
    callback: CallbackModule, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    command = f'add system cmdPolicy x ALLOW "(^show ns config( |$)){"|(^show ns feature( |$))" * 9}"'
    remark = "this build does not know -allowedManagementInterface, so the user may log on to the command line too"
    values = {"state": "planned", "user": "x", "lines": [command], "inverse": ["rm y", command], "not_covered": []}
    callback.v2_runner_on_ok(task("gw-1", {**values, "remarks": [remark]}, "tourniquet.netscaler.bootstrap"))
    callback.v2_playbook_on_stats(STATS)
    assert f"  + {command}" in screen.lines
    assert f"          {command}" in screen.lines
    assert all(len(line) <= 60 for line in screen.lines if command not in line)
