# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The summary at the end of a run: one line per appliance, and the report file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.callback.summary import (
    SHOWN_WHOLE,
    CallbackModule,
    changes_text,
    costs_text,
    details,
    drift_text,
    merged,
    unmatched_text,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.rollout.journal import Rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.rollout.options import RolloutOptions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.rollout.settlement import Settlement

APPLY, STATUS = "tourniquet.netscaler.apply", "tourniquet.netscaler.status"
MITIGATED = {"word": "mitigated", "reason": "blocked", "exit_code": 0, "missing": [], "next_action": "none"}
EXPOSED = {
    "word": "exposed",
    "reason": "exploit public",
    "exit_code": 2,
    "missing": ["the log is off", "a node"],
    "next_action": "apply.yml",
}


class Screen:
    """Takes what is displayed."""

    def __init__(self) -> None:
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
    monkeypatch.setattr(made, "get_option", lambda _name: "")
    return made


def task(host: str, values: dict[str, Any], action: str = APPLY) -> Any:
    return SimpleNamespace(
        _task=SimpleNamespace(action=action), _host=SimpleNamespace(get_name=lambda: host), _result=values
    )


def values(verdict: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    own = {} if verdict is None else {"verdict": verdict, "verdict_today": verdict}
    return {**own, "appliance": {"build": "13.0 47.22"}, "steps": [], "msg": "m", **more}


def test_one_line_per_appliance_with_its_verdict_and_changes(callback: CallbackModule, screen: Screen) -> None:
    callback.v2_runner_on_ok(task("gw-long-name", values(MITIGATED, steps=[{}, {}])))
    callback.v2_runner_on_ok(task("gw-a", values(EXPOSED, steps=[{}]), STATUS))
    callback.v2_playbook_on_stats(None)
    assert screen.lines == [
        "== TOURNIQUET",
        "gw-a          13.0 47.22   needs 1 change    exposed: exploit public",
        "                not covered: the log is off; a node",
        "                next: apply.yml",
        "gw-long-name  13.0 47.22   2 changes         mitigated: blocked",
    ]
    assert screen.colours == ["red", None, None, "green"]


def test_the_colour_is_that_of_the_exit_code(callback: CallbackModule, screen: Screen) -> None:
    for code in range(4):
        callback.v2_runner_on_ok(task(f"gw-{code}", values({**MITIGATED, "exit_code": code})))
    callback.v2_playbook_on_stats(None)
    assert screen.colours == ["green", "yellow", "red", "red"]


def test_failures_come_first_with_their_reason(callback: CallbackModule, screen: Screen) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED)))
    callback.v2_runner_on_unreachable(task("gw-c", {"msg": "no route"}))
    callback.v2_runner_on_failed(task("gw-b", {"msg": "Task failed: Action failed: it broke"}))
    callback.v2_playbook_on_stats(None)
    assert [line.split()[0] for line in screen.lines[1:]] == ["gw-b", "gw-c", "gw-a"]
    assert screen.lines[1].endswith("failed: it broke")
    assert screen.lines[2].endswith("unreachable: no route")
    assert screen.colours == ["red", "red", "green"]


def test_a_failure_with_a_verdict_shows_both(callback: CallbackModule, screen: Screen) -> None:
    callback.v2_runner_on_failed(task("gw-a", values(EXPOSED, msg="it broke", steps=[{}])))
    callback.v2_playbook_on_stats(None)
    assert "exposed: exploit public" in screen.lines[1]
    assert "1 change" not in screen.lines[1], "nothing is known to have changed"
    assert screen.lines[2].strip() == "failed: it broke"


def test_the_last_result_of_a_host_counts(callback: CallbackModule, screen: Screen) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(EXPOSED), STATUS))
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED)))
    callback.v2_playbook_on_stats(None)
    assert len(screen.lines) == 2
    assert "mitigated" in screen.lines[1]


def test_other_tasks_are_not_ours_unless_they_fail(callback: CallbackModule, screen: Screen) -> None:
    callback.v2_runner_on_ok(task("gw-a", {"msg": "x"}, "ansible.builtin.debug"))
    callback.v2_playbook_on_stats(None)
    assert screen.lines == []
    callback.v2_runner_on_failed(task("gw-a", {"msg": "undefined variable"}, "ansible.builtin.assert"))
    callback.v2_playbook_on_stats(None)
    assert screen.lines[1].endswith("failed: undefined variable")


def test_a_rollback_has_no_verdict_and_says_what_it_did(callback: CallbackModule, screen: Screen) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(None, msg="demo: removed"), "tourniquet.netscaler.rollback"))
    callback.v2_playbook_on_stats(None)
    assert screen.lines[1] == "gw-a  13.0 47.22   no changes        demo: removed"


def test_the_report_file_is_written_as_a_whole(
    callback: CallbackModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    monkeypatch.setattr(callback, "get_option", {"report": str(path)}.__getitem__)
    callback.v2_runner_on_ok(task("gw-b", values(MITIGATED, odd=Path("x"))))
    callback.v2_runner_on_failed(task("gw-a", {"msg": "it broke"}))
    callback.v2_playbook_on_stats(None)
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
    callback.v2_playbook_on_stats(None)
    found = json.loads((tmp_path / "night" / "plan.json").read_text(encoding="utf-8"))
    assert {one["host"]: (one["planned"], one["state"]) for one in found["appliances"]} == {
        "gw-b": (True, "ok"),
        "gw-a": (False, "failed"),
    }
    assert f"The report is in {tmp_path / 'night' / 'plan.html'}" in screen.lines
    assert "<h1>plan: 2 appliances" in (tmp_path / "night" / "plan.html").read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_is_a_warning_and_the_summary_is_shown(
    callback: CallbackModule, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o777)
    monkeypatch.setattr(callback, "get_option", {"report": str(tmp_path)}.__getitem__)
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED)))
    callback.v2_playbook_on_stats(None)
    assert len(screen.warnings) == 1
    assert screen.warnings[0].startswith(f"the report was not written to {tmp_path}: ")
    assert any("gw-a" in line for line in screen.lines)


def test_a_result_that_no_report_can_be_made_of_does_not_take_the_summary_away(
    callback: CallbackModule, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "get_option", {"report": str(tmp_path / "night")}.__getitem__)
    monkeypatch.setattr(callback.variables, "by_groups", lambda _name, hosts: dict.fromkeys(hosts, ("x",)))
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED, neighbours=7)))
    callback.v2_playbook_on_stats(None)
    assert [text.partition(": ")[0] for text in screen.warnings] == [
        f"the report was not written to {tmp_path / 'night'}",
        "nobody was notified",
    ]
    assert any("gw-a" in line for line in screen.lines)


def test_without_a_path_no_report_is_written(
    callback: CallbackModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED)))
    callback.v2_playbook_on_stats(None)
    assert list(tmp_path.iterdir()) == []


# -- rollouts ----------------------------------------------------------------------------------------------------------


ROLLOUT = "tourniquet.netscaler.rollout"


def decided(directory: Path, waves: list[list[str]], verb: str = "apply") -> tuple[Rollout, Any]:
    rollout = Rollout(directory)
    rollout.begin(Settlement(waves=waves), RolloutOptions(), {"verb": verb, "measure": "cve_x"})
    result = {"directory": str(directory), "verb": verb, "summary": ["the fleet", "  in lines"]}
    return rollout, task("gw-a", result, ROLLOUT)


def test_the_fleet_is_shown_before_its_waves(callback: CallbackModule, screen: Screen, tmp_path: Path) -> None:
    callback.v2_runner_on_ok(decided(tmp_path, [])[1])
    assert screen.lines == ["== FLEET", "the fleet", "  in lines"]


def test_a_mere_plan_of_the_fleet_comes_last(callback: CallbackModule, screen: Screen, tmp_path: Path) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(EXPOSED, steps=[{}])))
    callback.v2_runner_on_ok(decided(tmp_path, [], "plan")[1])
    assert screen.lines == []
    callback.v2_playbook_on_stats(None)
    assert screen.lines[-4:] == ["== FLEET", "the fleet", "  in lines", f"  the plans are in {tmp_path}"]


@pytest.fixture
def report(tmp_path: Path, callback: CallbackModule, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, Any]]:
    path = tmp_path / "report.json"
    monkeypatch.setattr(callback, "get_option", {"report": str(path)}.__getitem__)

    def read() -> dict[str, Any]:
        callback.v2_playbook_on_stats(None)
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
    assert screen.lines[2].strip() == "held: 1 failed: gw-0: bad"
    assert screen.colours[0] == "red"
    assert "1 change" not in screen.lines[1]


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


def test_where_nothing_could_be_decided_nobody_is_well(
    callback: CallbackModule, report: Callable[[], dict[str, Any]]
) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(EXPOSED, steps=[{}], changed=True)))
    callback.v2_runner_on_failed(task("gw-a", {"msg": "rollout_max_failed is 'x'"}, ROLLOUT))
    assert report()["gw-a"]["problem"] == "held: the rollout could not be decided, so nothing was begun"


def test_a_rollout_that_cannot_be_read_at_the_end_costs_no_report(
    callback: CallbackModule, screen: Screen, tmp_path: Path, report: Callable[[], dict[str, Any]]
) -> None:
    callback.v2_runner_on_ok(task("gw-a", values(MITIGATED)))
    rollout, result = decided(tmp_path / "run", [["gw-a"]])
    callback.v2_runner_on_ok(result)
    rollout.write("rollout.json", "{")
    assert report()["gw-a"]["verdict"] == MITIGATED
    assert "cannot be read" in screen.warnings[0]


def test_what_was_changed_is_still_said_when_it_has_been_proven_again() -> None:
    changed = {"changed": True, "steps": [{}, {}], "inverse": ["x"], "record": "r", "action": "apply"}
    again = merged(changed, values(MITIGATED, changed=False), "status")
    assert (again["changed"], len(again["steps"]), again["record"], again["action"]) == (True, 2, "r", "apply")
    assert again["verdict"] == MITIGATED


@pytest.mark.parametrize(
    ("action", "steps", "text"),
    [
        ("apply", 0, "no changes"),
        ("apply", 1, "1 change"),
        ("apply", 2, "2 changes"),
        ("status", 0, "no changes"),
        ("status", 1, "needs 1 change"),
    ],
)
def test_changes_in_words(action: str, steps: int, text: str) -> None:
    assert changes_text({"action": action, "steps": [{}] * steps}) == text


def test_todays_verdict_is_shown_only_where_it_is_another_one() -> None:
    assert details(MITIGATED, MITIGATED) == []
    today = {**MITIGATED, "word": "reduces exposure", "reason": "weak"}
    assert details(MITIGATED, today) == ["today: reduces exposure: weak"]


def lockdown(customer: str, vservers: int, users: int | None, **more: Any) -> dict[str, Any]:
    cost = {"vservers": vservers, "users": users, "connections": 0, "sessions": None}
    return {"action": "lockdown", "appliance": {"customer": customer}, "cost": cost, **more}


def test_whom_a_closing_hits_is_summed_up_by_customer_and_what_is_not_told_is_said() -> None:
    results = [
        lockdown("Brouwer", 2, 1800),
        lockdown("Brouwer", 1, None),
        lockdown("", 1, 12),
        lockdown("De Wit", 0, 99),  # nothing is switched there
        {"action": "status", "cost": {}},
    ]
    assert costs_text(results) == [
        (
            "closing at Brouwer: 3 virtual servers on 2 appliances, 1800 Gateway users (not known for 1 of 2), "
            "0 client connections, 0 AAA sessions (not known for 2 of 2)"
        ),
        "closing at no customer: 1 virtual server on 1 appliance, 12 Gateway users, 0 client connections, 0 AAA sessions (not known for 1 of 1)",
        (
            "closing in all: 4 virtual servers on 3 appliances, 1812 Gateway users (not known for 1 of 3), "
            "0 client connections, 0 AAA sessions (not known for 3 of 3)"
        ),
    ]


@pytest.mark.parametrize(
    ("lists", "lines"),
    [
        ([["gww"], ["gww", "shop"]], ["no appliance has the virtual server gww"]),
        ([["gw"], []], []),
        ([], []),
    ],
)
def test_a_vip_that_no_appliance_has_is_told(lists: list[list[str]], lines: list[str]) -> None:
    assert unmatched_text([lockdown("A", 1, 1, unmatched=one) for one in lists] + [{"action": "status"}]) == lines


def test_a_thousand_appliances_are_a_page_and_a_whole_report(
    callback: CallbackModule, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Similar appliances are shown once; no failure is hidden behind successes."""
    report = tmp_path / "report.json"
    monkeypatch.setattr(callback, "get_option", lambda _name: str(report))
    for number in range(1000):
        host = f"gw-{number:04}"
        if number % 100 == 7:
            callback.v2_runner_on_failed(
                task(host, values(EXPOSED, steps=[{}], msg=f"{host}: it broke, number {number}"))
            )
        elif number == 500:
            callback.v2_runner_on_unreachable(task(host, {"msg": "no route"}))
        else:
            callback.v2_runner_on_ok(task(host, values(MITIGATED, steps=[{}, {}], drift=["a rule differs"])))
    callback.v2_playbook_on_stats(None)
    assert len(screen.lines) < 60
    text = "\n".join(screen.lines)
    assert screen.lines[1].startswith("gw-0007  13.0 47.22")
    assert "failed: gw-0007: it broke, number 7" in text
    assert "and 5 more like these: gw-0507, gw-0607, gw-0707, gw-0807, gw-0907" in text
    assert "unreachable: no route" in text
    assert "and 984 more like these: gw-0005, gw-0006, gw-0008, gw-0009, gw-0010 and 979 more" in text
    content = json.loads(report.read_text(encoding="utf-8"))
    assert len(content) == 1000
    assert content["gw-0907"]["problem"] == "failed: gw-0907: it broke, number 907"


def test_a_small_fleet_is_told_one_by_one(callback: CallbackModule, screen: Screen) -> None:
    for number in range(SHOWN_WHOLE):
        callback.v2_runner_on_ok(task(f"gw-{number:02}", values(MITIGATED)))
    callback.v2_playbook_on_stats(None)
    assert len(screen.lines) == 1 + SHOWN_WHOLE


def test_only_a_run_with_a_record_has_corrected_anything() -> None:
    found = ["a rule differs"]
    planned = values(MITIGATED, drift=found, corrected=found, record="", steps=[{}], changed=True)
    done = {**planned, "record": "records/gw/x.json"}
    assert drift_text(planned) == ["drift: a rule differs"]
    assert drift_text(done) == ["corrected: a rule differs"]
    proven_again = merged(
        {**done, "action": "apply"}, values(MITIGATED, changed=False, drift=["it differs again"]), "status"
    )
    assert drift_text(proven_again) == ["corrected: a rule differs", "drift: it differs again"]


@pytest.mark.parametrize("name", ["night", "night/findings.json"])
def test_the_findings_of_the_doctor_are_shown_alone_and_written(
    callback: CallbackModule, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(callback, "get_option", {"report": str(tmp_path / name)}.__getitem__)
    found = {"lines": ["ERROR  gw-a  TLS: x", "totals"], "appliances": {"gw-a": {"exit_code": 2}}}
    callback.v2_runner_on_ok(task("gw-b", found, "tourniquet.netscaler.doctor_report"))
    callback.v2_runner_on_failed(task("gw-b", {"msg": "totals"}, "ansible.builtin.fail"))
    callback.v2_playbook_on_stats(None)
    assert screen.lines == ["== DOCTOR", "ERROR  gw-a  TLS: x", "totals"]
    path = tmp_path / name if name.endswith(".json") else tmp_path / name / "doctor.json"
    assert json.loads(path.read_text(encoding="utf-8")) == {"gw-a": {"exit_code": 2}}
    assert screen.warnings == []
