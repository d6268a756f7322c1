# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The progress callback: it draws on a terminal, and prints nothing of its own elsewhere."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.callback import progress as module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.progress import Progress
from rich.console import Console


def text_of(progress: Progress, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(module.screen(progress, 12.0))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("terminal", "environment", "watched"),
    [
        (True, {"TERM": "xterm"}, True),
        (True, {"TERM": "xterm", "CI": "true"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {}, False),
        (False, {"TERM": "xterm"}, False),
    ],
)
def test_it_draws_only_where_somebody_watches(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, environment: dict[str, str], watched: bool
) -> None:
    for name in ("CI", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(module.sys, "stdout", SimpleNamespace(isatty=lambda: terminal))
    assert module.is_interactive() is watched


def test_a_thousand_appliances_fit_on_one_screen() -> None:
    progress = Progress()
    progress.begin("Apply, wave by wave")
    hosts = [f"gw-{number:04}" for number in range(1000)]
    progress.decide([hosts[:1], hosts[1:101], hosts[101:]])
    for number, host in enumerate(hosts):
        failed = number % 50 == 3
        verdict = {"word": "exposed" if failed else "mitigated", "exit_code": 2 * failed, "next_action": "status.yml"}
        progress.ended(
            host, "failed" if failed else "ok", {"changed": True, "verdict": verdict, "msg": "it [red]broke"}
        )
    text = text_of(progress)
    assert len(text.splitlines()) <= 24
    for words in (
        "wave 3",
        "881 of 899",
        "980  mitigated",
        "20  exposed",
        "it [red]broke Next action: status.yml",
        "12 more",
    ):
        assert words in text


def test_every_event_that_the_default_shows_is_known() -> None:
    """A new event would draw over the screen."""
    events = {name for name in vars(module.DefaultCallback) if name.startswith("v2_")}
    own = {name for name in vars(module.CallbackModule) if name.startswith("v2_")}
    shown_anyway = {"v2_playbook_on_no_hosts_matched", "v2_playbook_on_no_hosts_remaining"}
    rare = {name for name in events if name.startswith(("v2_runner_on_async", "v2_runner_item_on"))}
    assert events - own - shown_anyway - rare == set()


class Play(SimpleNamespace):
    def get_name(self) -> str:
        return "Plan"


def result(action: str, host: str = "gw-a", **values: Any) -> Any:
    return SimpleNamespace(
        _host=SimpleNamespace(get_name=lambda: host), _task=SimpleNamespace(action=action), _result=values
    )


class Screen(SimpleNamespace):
    """Takes what is displayed."""

    def display(self, text: str, **_more: Any) -> None:
        self.lines.append(text)

    def banner(self, text: str) -> None:
        self.lines.append(f"== {text}")


def made(monkeypatch: pytest.MonkeyPatch, *, terminal: bool, verbosity: int = 0) -> module.CallbackModule:
    monkeypatch.setattr(module, "is_interactive", lambda: terminal)
    monkeypatch.setattr(module.constants, "CALLBACKS_ENABLED", [module.SUMMARY])
    monkeypatch.setattr("ansible.context.CLIARGS", {"check": False})
    monkeypatch.delenv("COLUMNS", raising=False)
    callback = module.CallbackModule()
    callback._display = Screen(verbosity=verbosity, warning=lambda text: None, lines=[])
    callback.v2_playbook_on_start(None)
    return callback


def test_what_happens_reaches_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(module, "Console", lambda **_more: Console(file=out, width=100, force_terminal=True))
    callback = made(monkeypatch, terminal=True)
    callback.v2_playbook_on_play_start(Play())
    task = SimpleNamespace(action="tourniquet.netscaler.apply")
    callback.v2_runner_on_start(SimpleNamespace(get_name=lambda: "gw-a"), task)
    callback.v2_playbook_on_task_start(task, is_conditional=False)
    callback.v2_runner_on_ok(
        result("tourniquet.netscaler.apply", changed=True, verdict={"word": "exposed", "exit_code": 2})
    )
    callback.v2_on_file_diff(result("tourniquet.netscaler.apply", diff={"prepared": "+ add"}))
    callback.v2_runner_on_unreachable(result("tourniquet.netscaler.apply", "gw-b", msg="no route"))
    callback.v2_runner_on_failed(result("tourniquet.netscaler.apply", "gw-c", held="1 failed"))
    callback.v2_runner_on_ok(result("tourniquet.netscaler.rollout", verb="plan", directory="/nowhere"))
    callback._draw(now=True)
    callback.v2_playbook_on_stats(None)
    assert callback.progress.wave_rows() == [("plan", "1", "0", "1", "1", "1")]
    assert "unreachable: no route" in out.getvalue()
    assert "+ add" not in out.getvalue()


def planned(**more: Any) -> Any:
    return result("tourniquet.netscaler.apply", changed=True, diff={"prepared": "gw-a\n  + add\n"}, **more)


def test_without_a_terminal_a_wave_is_a_line_and_a_plan_none(monkeypatch: pytest.MonkeyPatch) -> None:
    callback = made(monkeypatch, terminal=False)
    callback.v2_playbook_on_play_start(Play())
    callback.v2_runner_on_ok(planned())
    callback.v2_on_file_diff(planned())
    callback.v2_runner_on_failed(result("tourniquet.netscaler.apply", "gw-b", msg="it broke"))
    callback.v2_runner_on_failed(result("ansible.builtin.assert", "gw-b", msg="not so"))
    assert callback._display.lines == [], "the page at the end has it"
    callback.progress.decide([["gw-a"]])
    callback.v2_runner_on_ok(planned(verdict={"word": "mitigated", "exit_code": 0}))
    assert callback._display.lines == ["wave 1 of 1: 1 of 1 done: 1 mitigated, 1 changed"]
    callback.v2_playbook_on_stats(None)
    assert len(callback._display.lines) == 1, "no recap beside the totals"


def test_an_appliance_that_a_closing_could_not_close_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its play ignores the failure, so that the wave goes on; the last play fails for it."""
    callback = made(monkeypatch, terminal=False)
    callback.progress.decide([["gw-a", "gw-b"]])
    closed = {"changed": True, "verdict": {"word": "closed", "exit_code": 1}}
    callback.v2_runner_on_ok(result("tourniquet.netscaler.close", **closed))
    failed = result("tourniquet.netscaler.close", "gw-b", msg="gw-b: it answers", failed=True, changed=True)
    callback.v2_runner_on_failed(failed, ignore_errors=True)
    assert callback._display.lines == ["wave 1 of 1: 1 of 2 done: 1 closed, 2 changed, FAILED: gw-b"], "as the totals"


def test_on_request_the_whole_plan_of_each_appliance_is_shown_once(monkeypatch: pytest.MonkeyPatch) -> None:
    callback = made(monkeypatch, terminal=False, verbosity=1)
    callback.v2_runner_on_ok(planned())
    callback.v2_on_file_diff(planned())
    assert callback._display.lines == ["changed: [gw-a]", "gw-a", "  + add"]


def test_a_report_is_lines_and_its_foreign_text_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    callback = made(monkeypatch, terminal=False)
    callback.v2_runner_on_ok(result("ansible.builtin.debug", audit_report=["gw-a", "  by \x1b[2J"]))
    assert callback._display.lines == ["gw-a", r"  by \x1b[2J"]


@pytest.mark.parametrize(("name", "value", "coloured"), [("FORCE_COLOR", "1", True), ("FORCE_COLOR", "", False)])
def test_colour_can_be_forced_as_other_programs_do_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, coloured: bool
) -> None:
    monkeypatch.setattr(module.color, "ANSIBLE_COLOR", False)
    monkeypatch.setattr(module.constants, "ANSIBLE_NOCOLOR", False)
    monkeypatch.setenv(name, value)
    made(monkeypatch, terminal=False)
    assert coloured is module.color.ANSIBLE_COLOR


def test_no_colour_is_stronger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.color, "ANSIBLE_COLOR", False)
    monkeypatch.setattr(module.constants, "ANSIBLE_NOCOLOR", True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    made(monkeypatch, terminal=False)
    assert module.color.ANSIBLE_COLOR is False
