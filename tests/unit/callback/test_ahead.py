# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Before the first worker of a task is forked, and for our own tasks only."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.tourniquet.netscaler.plugins.callback import ahead


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
    monkeypatch.setattr(ahead, "make_ready", lambda role, variables, template: made.append((role, template("x", "y"))))
    callback = ahead.CallbackModule()
    plan = task("tourniquet.netscaler.apply", variables_of="responder_policy")
    for host in ("a", "b"):
        callback.v2_runner_on_start(host, plan)
    callback.v2_runner_on_start("a", task("ansible.builtin.debug", variables_of="responder_policy"))
    callback.v2_runner_on_start("a", task("tourniquet.netscaler.apply"))
    callback.v2_runner_on_start("a", task("tourniquet.netscaler.status", variables_of="verify"))
    assert made == [("responder_policy", "y"), ("verify", "y")]


def test_what_goes_wrong_is_nobodys_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(ahead, "make_ready", broken)
    ahead.CallbackModule().v2_runner_on_start("a", task("tourniquet.netscaler.apply", variables_of="responder_policy"))
