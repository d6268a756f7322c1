# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate of a sliced job before each action: begun once, and after its deadline no appliance is begun, while one that was is carried out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import context
from ansible.errors import AnsibleActionFail
from ansible.utils.context_objects import CLIArgs
from ansible_collections.tourniquet.netscaler.plugins.action import apply, end_sessions, slice_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible import base
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.sliced_job import SlicedJob
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import job_guard
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.job_guard import JobOver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.confidential_variables import is_secret
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.journal import Rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.options import RolloutOptions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.rollout_course import Event
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.settlement import Settlement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.state_directory import VARIABLE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply.recommended_run import DESIRED
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply.run import ApplyRecommended
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common import job_gate
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.job_gate import job_of, pass_gate
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import RUN, RUN_DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.run import EndSessions

from tests.unit.action.test_actions import PASSWORD, action, arguments, replace_task, stage

__all__ = ["stage"]  # a fixture

DEADLINE = datetime(2026, 12, 1, 3, 14, 20, tzinfo=UTC)
JOB = SlicedJob("r1-7", "r1", "apply", DEADLINE, {"gw-a": -3.0}, {"gw-a": ()})
LATE = (
    "the job r1-7 of the run r1 begins nothing any more: its deadline 2026-12-01 03:14:20 UTC has passed by the clock of the execution node (it says "
    "2026-12-01 03:20:20 UTC). Give the command again on the controller. Nothing was changed."
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state directory of the node; its clock is a minute before the deadline."""
    directory = tmp_path / "state"
    directory.mkdir(mode=0o700)
    monkeypatch.setenv(VARIABLE, str(directory))
    for name in filter(is_secret, list(os.environ)):
        monkeypatch.delenv(name)
    clock(monkeypatch, -60)
    return directory


def clock(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The clock of the node is so many seconds after the deadline."""
    monkeypatch.setattr(job_guard, "now", lambda: DEADLINE + timedelta(seconds=seconds))


@pytest.fixture
def checks() -> Iterator[None]:
    """The command has --check: it is the job of a plan."""
    before = context.CLIARGS
    context.CLIARGS = CLIArgs({"check": True})
    yield
    context.CLIARGS = before


def run(made: Any, host: str = "gw-a", job: Any = None) -> dict[str, Any]:
    variables = {"inventory_hostname": host, "tourniquet_job": (JOB.as_variable() if job is None else job)}
    result: dict[str, Any] = made.run(None, variables)
    return result


def test_a_deadline_between_two_appliances_completes_the_first_and_holds_the_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = tmp_path / "plans"
    journal = Rollout(plans / RUN_DIRECTORY)
    journal.begin(
        Settlement(waves=[["gw-a", "gw-b"]]), RolloutOptions.from_variables({}), {"verb": "apply", "measure": "cve_x"}
    )
    worked: list[str] = []

    def work(_self: Any, appliance: Any, options: Any) -> dict[str, Any]:
        worked.append(appliance.name)
        assert job_of(options) == JOB
        clock(monkeypatch, 360)  # while the first one is worked on
        return {"changed": True, "msg": "mitigated"}

    monkeypatch.setattr(base.TourniquetAction, "perform", work)
    made = action("apply", arguments("apply", tmp_path / "records", plans=str(plans)))
    first, second = run(made, "gw-a"), run(made, "gw-b")
    assert (first["msg"], first["changed"]) == ("mitigated", True)
    assert (second["failed"], second["held"], second["msg"]) == (True, LATE, f"held: {LATE}")
    assert worked == ["gw-a"]
    lines = map(json.loads, (journal.directory / "journal.jsonl").read_text(encoding="utf-8").splitlines())
    assert [(line["host"], line["event"], line["text"]) for line in lines] == [
        ("gw-a", Event.STARTED, ""),
        ("gw-a", Event.DONE, "changed"),
        ("gw-b", Event.HELD, LATE),
    ]


def test_a_late_task_that_is_part_of_no_rollout_is_held_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as the end of the sessions behind the waves of a closing."""
    calls = replace_task(monkeypatch, "apply", {})
    clock(monkeypatch, 360)
    result = run(action("apply", arguments("apply", tmp_path)))
    assert (result["failed"], result["held"], calls) == (True, LATE, [])


@pytest.mark.parametrize("name", ["apply", "rollback"])
def test_a_late_job_makes_no_plan_of_what_it_would_not_carry_out(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = replace_task(monkeypatch, name, {})
    clock(monkeypatch, 360)
    with pytest.raises(AnsibleActionFail) as raised:
        run(action(name, arguments(name, tmp_path), check_mode=True))
    assert str(raised.value) == f"gw-a: {LATE}"
    assert raised.value.result["refused"] is True
    assert calls == []


def test_what_only_reads_or_plans_has_no_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checks: None
) -> None:
    clock(monkeypatch, 360)
    for name, check_mode in (("status", False), ("apply", True)):
        calls = replace_task(monkeypatch, name, {"changed": False, "msg": "read"})
        assert run(action(name, arguments(name, tmp_path), check_mode=check_mode))["msg"] == "read"
        assert len(calls) == 1


@pytest.mark.parametrize("name", ["apply", "rollback"])
@pytest.mark.parametrize("follows", [True, False])
def test_a_plan_that_is_carried_out_needs_what_a_person_has_to_give(
    name: str, *, follows: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checks: None
) -> None:
    """By the command line alone, the plans of a rollout would be previews on its nodes, and refuse nothing before the first wave."""
    replace_task(monkeypatch, name, {"changed": False, "msg": "planned"})
    made = action(name, arguments(name, tmp_path), check_mode=True)
    assert run(made, job=replace(JOB, follows=follows).as_variable())["msg"] == "planned"
    assert made.is_preview is not follows


@pytest.mark.parametrize("name", ["apply", "rollback", "status"])
def test_a_job_that_is_played_twice_sends_nothing(
    name: str, tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = replace_task(monkeypatch, name, {"changed": False, "msg": "done"})
    assert run(action(name, arguments(name, tmp_path)))["msg"] == "done"
    assert run(action(name, arguments(name, tmp_path)), "gw-b")["msg"] == "done"  # the same run, its next appliance
    assert (state / "jobs" / "r1-7").read_text() == RUN
    monkeypatch.setattr(base, "RUN", "another0run")  # the process of the second delivery
    with pytest.raises(AnsibleActionFail) as raised:
        run(action(name, arguments(name, tmp_path)))
    assert str(raised.value) == (
        "gw-a: the job r1-7 of the run r1 was begun on this execution node before, and each job is carried out once. Give the command again on the "
        "controller. Nothing was sent."
    )
    assert len(calls) == 2


@pytest.mark.parametrize("name", ["apply", "rollback"])
def test_the_run_of_a_task_belongs_to_its_job(stage: SimpleNamespace, name: str, tmp_path: Path) -> None:
    run(action(name, arguments(name, tmp_path)))
    assert stage.parameters.job == JOB


def test_each_run_of_the_recommended_ones_belongs_to_the_job(tmp_path: Path) -> None:
    given = arguments("apply", tmp_path)
    desired = {"cve_2019_19781": {"version": 2, "text": given["document"]}}
    options = {name: option.get("default") for name, option in {**apply.ActionModule.OPTIONS, **DESIRED}.items()}
    options |= {"catalogue": given["catalogue"], "records": str(tmp_path), "desired": desired, "mode": "enforce"}
    appliance = Appliance.from_variables("gw-a", given["appliance"])
    task = ApplyRecommended(appliance, {**options, "job": JOB.as_variable()}, False, False)
    assert task.of_one("cve_2019_19781", **task.parameters()).job == JOB


def test_the_end_of_the_sessions_of_what_was_closed_belongs_to_the_job_too(tmp_path: Path) -> None:
    options = {name: option.get("default") for name, option in end_sessions.ActionModule.OPTIONS.items()}
    options |= {"records": str(tmp_path), "catalogue": arguments("apply", tmp_path)["catalogue"], "all_entries": True}
    appliance = Appliance.from_variables("gw-a", arguments("apply", tmp_path)["appliance"])
    task = EndSessions(appliance, {**options, "job": JOB.as_variable()}, False, False)
    assert task._parameters().job == JOB


def test_the_job_that_sends_records_home_is_played_once_too(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (state / "jobs").mkdir(mode=0o700)
    (state / "jobs" / "r1-7").write_text("another0run")
    task = SimpleNamespace(args={}, check_mode=False, async_val=0, action="tourniquet.netscaler.slice_records")
    made = slice_records.ActionModule(
        task, SimpleNamespace(_shell=SimpleNamespace(tmpdir=None)), None, None, None, None
    )
    made._load_name = "slice_records"
    with pytest.raises(AnsibleActionFail, match="the job r1-7 of the run r1 was begun on this execution node before"):
        made.run(None, {"tourniquet_job": JOB.as_variable()})
    assert not list(tmp_path.glob("*.json"))


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        (
            "NETSCALER_PASSWORD",
            "another",
            "the environment of the worker on this execution node has NETSCALER_PASSWORD, a secret by its name",
        ),
        ("GW", PASSWORD, "netscaler_password stands in the environment of the worker on this execution node, in GW"),
    ],
    ids=["by its name", "by its value"],
)
def test_a_job_whose_worker_has_a_secret_in_its_environment_sends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, problem: str
) -> None:
    calls = replace_task(monkeypatch, "status", {"changed": False, "msg": "read"})
    monkeypatch.setenv(name, value)
    with pytest.raises(AnsibleActionFail) as raised:
        run(action("status", arguments("status", tmp_path)))
    assert str(raised.value).startswith(
        f"gw-a: {problem}. ansible-runner sends the environment to the controller with each job"
    )
    assert value not in str(raised.value)
    assert calls == []
    assert action("status", arguments("status", tmp_path)).run(None, {"inventory_hostname": "gw-a"})["msg"] == "read", (
        "no job"
    )


def test_what_no_controller_wrote_is_refused_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = replace_task(monkeypatch, "apply", {})
    with pytest.raises(AnsibleActionFail, match=r"^gw-a: tourniquet_job has a wrong ident\. .* Nothing was sent\.$"):
        run(action("apply", arguments("apply", tmp_path)), job={**JOB.as_variable(), "ident": "../../etc/cron.d/x-1"})
    assert calls == []


def test_a_node_without_its_state_directory_begins_nothing(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state.rmdir()
    with pytest.raises(InvalidInput, match=r"state, which does not exist: mount a volume there"):
        pass_gate({"tourniquet_job": JOB.as_variable()}, "gw-a", RUN, reads_only=False, plans=False)
    assert not state.exists()


def test_without_a_job_the_gate_is_open_and_notes_nothing(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, 360)
    gate = pass_gate({}, "gw-a", RUN, reads_only=False, plans=True)
    assert (gate.job, gate.late, gate.options, job_of({})) == (None, "", {}, None)
    assert list(state.iterdir()) == []
    with pytest.raises(JobOver):
        pass_gate({job_gate.VARIABLE: JOB.as_variable()}, "gw-a", RUN, reads_only=False, plans=True)
