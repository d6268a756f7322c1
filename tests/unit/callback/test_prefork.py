# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Before a worker of a task is forked, and for our own tasks only."""

from __future__ import annotations

import gc
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import context
from ansible.parsing.dataloader import DataLoader
from ansible_collections.tourniquet.netscaler.plugins.callback import prefork


def task(action: str, **args: Any) -> Any:
    manager = SimpleNamespace(get_vars=lambda **_about: {"mitigation": "x"})
    return SimpleNamespace(
        action=action,
        args=args,
        get_variable_manager=lambda: manager,
        get_play=lambda: None,
        get_loader=DataLoader,
    )


def test_the_first_appliance_of_each_task_speaks_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[str, Any]] = []
    monkeypatch.setattr(
        prefork,
        "warm_up_task",
        lambda action, role, _variables, template: made.append((action, role, template("x", "y"))),
    )
    callback = prefork.CallbackModule()
    plan = task("tourniquet.netscaler.apply", variables_of="measure")
    for host in ("a", "b"):
        callback.v2_runner_on_start(host, plan)
    callback.v2_runner_on_start("a", task("ansible.builtin.debug", variables_of="measure"))
    callback.v2_runner_on_start("a", task("tourniquet.netscaler.apply"))
    callback.v2_runner_on_start("a", task("tourniquet.netscaler.status", variables_of="verify"))
    assert made == [("apply", "measure", "y"), ("status", "verify", "y")]


def test_what_goes_wrong_is_nobodys_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next task is warmed up all the same; for the one that failed the workers do it."""
    tried: list[str] = []

    def broken(_action: str, role: str, *_arguments: Any) -> None:
        tried.append(role)
        raise RuntimeError

    monkeypatch.setattr(prefork, "warm_up_task", broken)
    callback = prefork.CallbackModule()
    first, second = (task("tourniquet.netscaler.apply", variables_of=role) for role in ("measure", "verify"))
    for one in (first, first, second):
        callback.v2_runner_on_start("a", one)
    assert tried == ["measure", "verify"]


@pytest.mark.parametrize(
    ("action", "cls", "forks"), [("apply", SimpleNamespace(TASK=1), [7, 7]), ("learn", object, [])]
)
def test_workers_that_stay_may_come_before_each_worker_of_work_that_is_handed_over(
    monkeypatch: pytest.MonkeyPatch, action: str, cls: Any, forks: list[int]
) -> None:
    grown: list[int] = []
    monkeypatch.setattr(prefork, "action_loader", SimpleNamespace(get=lambda _name, class_only: cls))
    monkeypatch.setattr(prefork.worker_pool, "make_room", grown.append)
    monkeypatch.setattr(context, "CLIARGS", {"forks": 7})
    callback = prefork.CallbackModule()
    ours = task(f"tourniquet.netscaler.{action}", variables_of="measure")
    for host in ("a", "b"):
        callback.v2_runner_on_start(host, ours)
    callback.v2_runner_on_start("a", task("ansible.builtin.debug"))
    assert grown == forks


def test_where_there_is_no_process_to_be_had_ansible_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def full(most: int) -> None:
        tried.append(most)
        raise BlockingIOError

    monkeypatch.setattr(
        prefork, "action_loader", SimpleNamespace(get=lambda _name, class_only: SimpleNamespace(TASK=1))
    )
    monkeypatch.setattr(prefork.worker_pool, "make_room", full)
    monkeypatch.setattr(context, "CLIARGS", {"forks": 7})
    callback, ours = prefork.CallbackModule(), task("tourniquet.netscaler.apply")
    for host in ("a", "b"):
        callback.v2_runner_on_start(host, ours)
    assert tried == [7, 7], "a process may be had for the next appliance"


def test_they_end_with_the_playbook(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[bool] = []
    monkeypatch.setattr(prefork.worker_pool, "stop", lambda: ended.append(True))
    prefork.CallbackModule().v2_playbook_on_stats(None)
    assert ended == [True]


def test_what_is_loaded_when_the_run_begins_is_never_searched_for_garbage(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(prefork, "TIMER_SLACK", tmp_path / "timerslack_ns")
    before = gc.get_freeze_count()
    try:
        prefork.CallbackModule().v2_playbook_on_start(None)
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


def test_the_main_process_may_sleep_longer_while_all_forks_are_busy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slack = tmp_path / "timerslack_ns"
    monkeypatch.setattr(prefork, "TIMER_SLACK", slack)
    monkeypatch.setattr(prefork.gc, "freeze", lambda: None)
    prefork.CallbackModule().v2_playbook_on_start(None)
    assert slack.read_text() == prefork.LATE_ENOUGH
    monkeypatch.setattr(prefork, "TIMER_SLACK", tmp_path / "nothing" / "timerslack_ns")
    prefork.CallbackModule().v2_playbook_on_start(None)
