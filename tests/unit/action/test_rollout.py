# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The actions as parts of a rollout: plans are kept, the journal is read before any work, and every end is written to it."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.tourniquet.netscaler.plugins.action import bake, close, reopen, rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible import rollout_decision
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.rollout_decision import RolloutDecision
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.plan_file import PlanFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.awaited_records import (
    Awaited,
    AwaitedRecords,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.open_jobs import OpenJob, OpenJobs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.journal import Rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.options import RolloutOptions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.rollout_course import Event
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.settlement import Settlement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    InvalidInput,
    Refused,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.earlier_reads import (
    EarlierReads,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply import run as apply_task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.failed_result import whole_result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import RUN_DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page

from tests.ansible_plays import linear_play
from tests.unit.action.test_actions import (
    PASSWORD,
    Screen,
    action,
    arguments,
    change_result,
    plan_file,
    replace_task,
    run,
    stage,
)

__all__ = ["stage"]  # a fixture
FACTS = {"verb": "apply", "measure": "cve_2019_19781"}


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    return tmp_path / "plans"


@pytest.fixture
def journal(plans: Path) -> Rollout:
    """The rollout of this run."""
    return Rollout(plans / RUN_DIRECTORY)


def events(journal: Rollout, host: str = "gw-a") -> list[tuple[str, str]]:
    lines = (journal.directory / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    return [(line["event"], line["text"]) for line in map(json.loads, lines) if line["host"] == host]


def begin(journal: Rollout, *waves: list[str], **values: Any) -> None:
    journal.begin(Settlement(waves=list(waves)), RolloutOptions.from_variables(values), FACTS)


# -- an action in its wave ---------------------------------------------------------------------------------------------


def test_without_plans_nothing_is_kept_and_nobody_is_asked(stage: SimpleNamespace, tmp_path: Path) -> None:
    run(action("apply", arguments("apply", tmp_path / "records")))
    assert stage.calls == ["plan", "apply"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["apply", "rollback"])
def test_a_plan_is_kept_and_noted(
    stage: SimpleNamespace, tmp_path: Path, plans: Path, journal: Rollout, name: str
) -> None:
    run(action(name, arguments(name, tmp_path, plans=str(plans)), check_mode=True))
    assert journal.plan_of("gw-a") == stage.plan
    assert [event for event, _text in events(journal)] == [Event.PLANNED]


@pytest.mark.parametrize("name", ["apply", "rollback"])
def test_an_appliance_asks_before_it_goes_and_says_how_it_ended(
    stage: SimpleNamespace, tmp_path: Path, plans: Path, journal: Rollout, name: str
) -> None:
    stage.plan.write(journal.directory)
    begin(journal, ["gw-a"])
    run(action(name, arguments(name, tmp_path, plans=str(plans))))
    assert events(journal) == [(Event.STARTED, ""), (Event.DONE, "changed")]


@pytest.mark.parametrize("name", ["apply", "rollback", "status"])
def test_who_is_held_fails_without_any_work(
    tmp_path: Path, plans: Path, journal: Rollout, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = replace_task(monkeypatch, name, {})
    begin(journal, ["gw-0"], ["gw-a"])
    journal.note("gw-0", Event.FAILED, "their\x1b[2J")
    result = run(action(name, arguments(name, tmp_path, plans=str(plans))))
    assert (result["failed"], result["held"]) == (True, "1 failed: gw-0: their\\x1b[2J")
    assert result["msg"] == f"held: {result['held']}"
    assert events(journal) == [(Event.HELD, result["held"])]
    assert calls == []


@pytest.mark.parametrize("name", ["apply", "rollback"])
def test_who_is_in_no_wave_is_not_touched(
    tmp_path: Path, plans: Path, journal: Rollout, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = replace_task(monkeypatch, name, {})
    with pytest.raises(AnsibleActionFail, match="gw-a: it is in no wave of the rollout"):
        run(action(name, arguments(name, tmp_path, plans=str(plans))))
    begin(journal, ["gw-0"])
    with pytest.raises(AnsibleActionFail, match="gw-a: it is in no wave of the rollout"):
        run(action(name, arguments(name, tmp_path, plans=str(plans))))
    assert calls == []


def test_a_proof_is_repeated_on_who_has_gone_although_others_failed_meanwhile(
    tmp_path: Path, plans: Path, journal: Rollout, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = replace_task(monkeypatch, "status", {"msg": "mitigated"})
    begin(journal, ["gw-a", "gw-0"])
    journal.note("gw-a", Event.DONE, "changed")
    journal.note("gw-0", Event.FAILED, "bad")
    run(action("status", arguments("status", tmp_path, plans=str(plans))))
    assert len(calls) == 1
    assert events(journal)[1:] == [(Event.STARTED, ""), (Event.DONE, "")]


@pytest.mark.parametrize(
    ("outcome", "in_plan", "text"),
    [
        (InvalidInput("gw-a: the file is wrong"), Event.NOT_PLANNED, "the file is wrong"),
        (CannotConnect("gw-a: no route"), Event.UNREACHABLE_IN_PLAN, "no route"),
        (Refused("gw-a: conflicts"), Event.NOT_PLANNED, "conflicts"),
        ({"failed": True, "msg": "gw-a: harmed"}, Event.NOT_PLANNED, "harmed"),
        (ZeroDivisionError("secret"), Event.NOT_PLANNED, "an error in Tourniquet: ZeroDivisionError"),
    ],
)
@pytest.mark.parametrize("name", ["apply", "rollback", "status"])
def test_every_failure_is_in_the_journal(
    tmp_path: Path,
    plans: Path,
    journal: Rollout,
    name: str,
    outcome: Any,
    in_plan: str,
    text: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replace_task(monkeypatch, name, outcome)
    args = arguments(name, tmp_path, plans=str(plans))
    for check_mode in (True, False):
        begin(journal, ["gw-a"])
        with contextlib.suppress(AnsibleActionFail, AnsibleConnectionFailure, ZeroDivisionError):
            assert run(action(name, dict(args), check_mode=check_mode))["failed"]
    assert events(journal) == [(in_plan, text), (Event.STARTED, ""), (Event.FAILED, text)]


def test_wrong_options_are_a_failure_of_the_appliance_too(
    tmp_path: Path, plans: Path, journal: Rollout, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_task(monkeypatch, "apply", {})
    begin(journal, ["gw-a"])
    with pytest.raises(AnsibleActionFail):
        run(action("apply", arguments("apply", tmp_path, plans=str(plans), surprise=1)))
    ((event, text),) = events(journal)
    assert event == Event.FAILED
    assert "surprise" in text
    assert PASSWORD not in text


def test_an_end_that_cannot_be_written_down_is_no_good_end(
    tmp_path: Path, plans: Path, journal: Rollout, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_task(monkeypatch, "apply", {"changed": True, "msg": "mitigated"})
    begin(journal, ["gw-a"])
    real = Rollout.note

    def full(self: Rollout, host: str, event: str, text: str = "") -> None:
        if event in (Event.DONE, Event.FAILED):
            raise InvalidInput("the journal cannot be written (No space left on device).")
        real(self, host, event, text)

    monkeypatch.setattr(Rollout, "note", full)
    result = run(action("apply", arguments("apply", tmp_path, plans=str(plans))))
    assert result["failed"] is True
    assert result["msg"] == "mitigated; but the journal cannot be written (No space left on device)."
    replace_task(monkeypatch, "apply", Refused("gw-a: conflicts"))
    with pytest.raises(AnsibleActionFail, match="gw-a: conflicts; and the journal cannot be written"):
        run(action("apply", arguments("apply", tmp_path, plans=str(plans))))


# -- the plan that it is held to ---------------------------------------------------------------------------------------


def test_the_plan_of_another_run_is_no_change_of_the_appliance(
    stage: SimpleNamespace, tmp_path: Path, plans: Path, journal: Rollout
) -> None:
    begin(journal, ["gw-a"])
    plan_file(verb="lockdown").write(journal.directory)
    message = run(action("apply", arguments("apply", tmp_path, plans=str(plans))))["msg"]
    assert "is not that of this run: the plan is for verb lockdown, this run for apply" in message
    assert message.endswith("Give what the plan was made for, or plan again. Nothing was changed.")
    assert stage.calls == ["plan"]


@pytest.mark.parametrize("name", ["apply", "rollback"])
def test_in_its_wave_an_appliance_is_held_to_its_plan(
    stage: SimpleNamespace, tmp_path: Path, plans: Path, journal: Rollout, name: str
) -> None:
    begin(journal, ["gw-a"])
    args = arguments(name, tmp_path, plans=str(plans))
    assert "there is no plan for it in" in run(action(name, dict(args)))["msg"]
    begin(journal, ["gw-a"])
    plan_file(steps=[{"type": "x"}], lines=["a line"]).write(journal.directory)
    result = run(action(name, dict(args)))
    assert result["failed"] is True
    assert "it has changed since" in result["msg"]
    assert "no longer needed: a line" in result["msg"]
    assert result["msg"].endswith("Nothing was changed.")
    refused = ["plan", "keep_found"] if name == "rollback" else ["plan"]
    assert stage.calls == [*refused, *refused]


@pytest.mark.parametrize("word", ["applied, unproven", "exposed"])
def test_the_loser_of_two_runs_does_not_judge_what_the_winner_has_put_there(
    stage: SimpleNamespace, tmp_path: Path, plans: Path, journal: Rollout, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The winner proves its policy; the loser was refused, and has sent it no probe."""
    told = {"word": word, "reason": "why", "next_action": "", "exit_code": 1}
    found = change_result(changed=False, own=dict.fromkeys(("verdict", "verdict_today"), told))
    monkeypatch.setattr(apply_task, "measure_result", lambda _result, _connection: found)
    begin(journal, ["gw-a"])
    plan_file(steps=[{"type": "x"}], lines=["a line"]).write(journal.directory)
    result = whole_result(run(action("apply", arguments("apply", tmp_path, plans=str(plans)))))
    assert (result["refused"], "it has changed since" in result["msg"]) == (True, True)
    judged = {name for name in ("verdict", "verdict_today") if name in result}
    assert judged == (set() if word == "applied, unproven" else {"verdict", "verdict_today"})
    assert "unproven" not in result["msg"]
    (line, reason, *_next) = [
        one.text for one in end_page(PageRun({"gw-a": result}, {"gw-a": f"refused: {result['msg']}"}))
    ]
    assert line == ("gw-a  REFUSED" if word == "applied, unproven" else f"gw-a  REFUSED               {word}: why")
    assert "it has changed since" in reason


@pytest.mark.parametrize(("is_lost", "failed"), [(True, True), (False, False)])
def test_a_proof_that_is_lost_after_the_wait_stops_the_next_wave(
    stage: SimpleNamespace, tmp_path: Path, plans: Path, journal: Rollout, is_lost: bool, failed: bool
) -> None:
    """It is a warning by its word, and the wave had proven it."""
    begin(journal, ["gw-a"])
    stage.code, stage.part.proof_is_lost = 1, is_lost
    result = run(action("status", arguments("status", tmp_path, fail_at=2, plans=str(plans))))
    assert result.get("failed", False) is failed
    alone = run(action("status", arguments("status", tmp_path, fail_at=2)))
    assert "failed" not in alone


@pytest.mark.parametrize("changed", [True, False])
def test_what_the_plan_has_read_goes_to_its_wave(
    stage: SimpleNamespace, tmp_path: Path, plans: Path, journal: Rollout, changed: bool
) -> None:
    stage.reads, stage.changed = EarlierReads({"build": "13.0 47.22"}, 5.0, {"path": [{"name": "x"}]}), changed
    args = arguments("apply", tmp_path, plans=str(plans))
    run(action("apply", dict(args), check_mode=True))
    assert stage.earlier is None
    begin(journal, ["gw-a"])
    run(action("apply", dict(args)))
    assert stage.earlier == (stage.reads if changed else None), "where nothing is to be changed, no wave goes"


@pytest.mark.parametrize("name", ["apply", "rollback"])
def test_a_reviewed_plan_is_compared_in_the_plan_already(
    stage: SimpleNamespace, tmp_path: Path, plans: Path, journal: Rollout, name: str
) -> None:
    reviewed = tmp_path / "reviewed"
    args = arguments(name, tmp_path, plans=str(plans), plan=str(reviewed))
    assert "there is no plan for it in" in run(action(name, dict(args), check_mode=True))["msg"]
    stage.plan.write(reviewed)
    assert "failed" not in run(action(name, dict(args), check_mode=True))
    plan_file(version=1).write(reviewed)
    result = run(action(name, dict(args), check_mode=True))
    assert "the plan is for version 1, this run for 2" in result["msg"]
    assert [event for event, _text in events(journal)] == [Event.NOT_PLANNED, Event.PLANNED, Event.NOT_PLANNED]


def test_without_a_rollout_a_reviewed_plan_holds_as_well(stage: SimpleNamespace, tmp_path: Path) -> None:
    reviewed = tmp_path / "reviewed"
    stage.plan.write(reviewed)
    args = arguments("apply", tmp_path, plan=str(reviewed))
    assert "failed" not in run(action("apply", dict(args)))
    stage.plan = plan_file(steps=[{"type": "x"}])
    assert run(action("apply", dict(args)))["failed"] is True
    assert stage.calls == ["plan", "apply", "plan"]


def test_of_many_changes_the_first_five_are_told(stage: SimpleNamespace, tmp_path: Path) -> None:
    plan_file(steps=[1], lines=[f"line {number}" for number in range(7)]).write(tmp_path / "reviewed")
    message = run(action("apply", arguments("apply", tmp_path, plan=str(tmp_path / "reviewed"))))["msg"]
    assert "line 4; and 2 more" in message
    assert "line 5" not in message


def test_a_directory_that_cannot_be_written_to_is_told_once(
    stage: SimpleNamespace, tmp_path: Path, plans: Path
) -> None:
    plans.write_text("a file", encoding="utf-8")
    with pytest.raises(AnsibleActionFail) as raised:
        run(action("apply", arguments("apply", tmp_path, plans=str(plans)), check_mode=True))
    assert str(raised.value).count("cannot be written") == 1
    assert stage.calls == ["plan"]


# -- the decision ------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def command_line(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    monkeypatch.setattr(rollout_decision.context, "CLIARGS", arguments)
    return arguments


def decide(plans: Path, hosts: list[str], /, **changes: Any) -> dict[str, Any]:
    args = {"plans": str(plans), "verb": "apply", "measure": "cve_2019_19781"} | changes
    task = SimpleNamespace(
        args=args, check_mode=True, async_val=0, action="tourniquet.netscaler.rollout", get_play=linear_play
    )
    made = rollout.ActionModule(task, SimpleNamespace(_shell=SimpleNamespace(tmpdir=None)), None, None, None, None)
    made._load_name = "rollout"
    variables = {
        "inventory_hostname": hosts[0],
        "ansible_play_hosts_all": hosts,
        "hostvars": {host: {} for host in hosts},
    }
    result: dict[str, Any] = made.run(None, variables)
    return result


def planned(journal: Rollout, *hosts: str) -> None:
    for host in hosts:
        plan_file(host=host, lines=["a line"]).write(journal.directory)
        journal.note(host, Event.PLANNED)


def test_the_decision_is_a_fact_for_the_play_of_the_waves(plans: Path, journal: Rollout) -> None:
    planned(journal, "a", "b", "c")
    result = decide(plans, ["a", "b", "c"], canary="b", waves="1", ticket="CHG1")
    assert result["ansible_facts"] == {"tourniquet_rollout": {"hosts": ["b", "a", "c"], "serial": [1, 1, 1]}}
    assert "ansible_stats" not in result, "what is carried out is no plan for another job"
    assert result["directory"] == str(journal.directory)
    assert result["summary"][0] == "apply cve_2019_19781: 3 appliances"
    assert (journal.directory / "summary.txt").read_text(encoding="utf-8").splitlines() == result["summary"]
    assert journal.manifest is not None
    assert journal.manifest["ticket"] == "CHG1"
    assert journal.manifest["who"]["user"]


@pytest.mark.parametrize(
    ("verb", "refused"), [("apply", True), ("rollback", True), ("plan", False), ("lockdown", False)]
)
def test_a_job_of_a_slice_that_may_still_begin_keeps_the_playbook_of_a_verb_away_too(
    plans: Path, journal: Rollout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str, refused: bool
) -> None:
    """An apply that finds nothing to do leaves no trace on the appliance, by which the job of a lost rollback could refuse itself."""
    monkeypatch.setenv("TOURNIQUET_STATE_DIRECTORY", str(tmp_path))
    deadline = datetime.now(UTC) + timedelta(minutes=9)
    OpenJobs(tmp_path / "open_jobs").give_up(
        OpenJob("r0-3", "r0", "rollback", "utrecht", ("a",), deadline, writes=True)
    )
    planned(journal, "a", "b")
    result = decide(plans, ["a", "b"], verb=verb)
    why = f"a: the job r0-3 (rollback) of run r0 was lost at utrecht and may still begin until {deadline:%Y-%m-%d %H:%M:%S} UTC"
    assert result.get("failed", False) is refused
    assert why in str(whole_result(result))
    assert result.get("waits", {}).keys() == ({"a"} if refused else set())


@pytest.mark.parametrize("left", ["awaited", "open", "unreadable"])
def test_an_undo_says_of_an_appliance_of_a_job_without_records_that_nothing_is_known(
    plans: Path, journal: Rollout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, left: str
) -> None:
    """The records of a run that was killed have not come home: without one the appliance is not proven to be untouched."""
    monkeypatch.setenv("TOURNIQUET_STATE_DIRECTORY", str(tmp_path))
    records = tmp_path / "records"
    deadline = datetime.now(UTC) + timedelta(minutes=9)

    def undo(**accepted: str) -> dict[str, Any]:
        plan_file(host="a", lines=["a line"], verb="rollback", undoes=["r0"]).write(journal.directory)
        journal.note("a", Event.PLANNED)
        for host in ("b", "c"):
            journal.note(host, Event.UNREACHABLE_IN_PLAN, "no route")
        return decide(plans, ["a", "b", "c"], verb="rollback", records=str(records), **accepted)

    if left == "open":
        OpenJobs(tmp_path / "open_jobs").give_up(
            OpenJob("r0-3", "r0", "apply", "utrecht", ("b",), deadline, writes=True)
        )
    else:
        AwaitedRecords(records).expect(Awaited("r0-3", "utrecht", ("b",), deadline))
    if left == "unreadable":
        (records / ".awaited" / "r0-3.json").write_text("{")
    result = undo()
    unknown = ["b", "c"] if left == "unreadable" else ["b"]
    assert result["failed"]
    lines = [line.strip() for line in result["msg"].splitlines()[1:-1]]
    assert [line.partition(":")[0] for line in lines] == unknown
    assert all("whether the undone run has written there is not known" in line for line in lines)
    undo(accept_unreachable="b,c", accept_refused="b")
    page = (journal.directory / "summary.txt").read_text(encoding="utf-8")
    assert f"whether the undone run has written to {', '.join(unknown)} is not known" in page
    told = [line for line in page.splitlines() if "NOT WRITTEN TO" in line]
    assert [line.split("say:  ")[1][0] for line in told] == [host for host in "bc" if host not in unknown]


def test_an_appliance_that_waits_for_a_job_is_refused_at_the_end_where_a_person_goes_on_without_it(
    plans: Path, journal: Rollout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TOURNIQUET_STATE_DIRECTORY", str(tmp_path))
    deadline = datetime.now(UTC) + timedelta(minutes=9)
    OpenJobs(tmp_path / "open_jobs").give_up(
        OpenJob("r0-3", "r0", "rollback", "utrecht", ("a",), deadline, writes=True)
    )
    planned(journal, "a", "b")
    result = decide(plans, ["a", "b"], accept_refused="a")
    fact = result["ansible_facts"]["tourniquet_rollout"]
    assert (fact["hosts"], fact["waiting"]) == (["b"], ["a"])
    assert "the job r0-3 (rollback) of run r0 was lost at utrecht" in fact["why_waiting"]["a"]
    assert result["waits"] == fact["why_waiting"]


def test_who_is_in_the_way_stops_all_and_all_others_are_told(plans: Path, journal: Rollout) -> None:
    planned(journal, "a", "b")
    journal.note("c", Event.UNREACHABLE_IN_PLAN, "no route")
    result = decide(plans, ["a", "b", "c"])
    assert (result["failed"], result["held"]) == (True, ["a", "b"])
    assert result["msg"].splitlines() == [
        "1 appliance in the way, so nothing was changed anywhere:",
        "  c: unreachable: no route",
        "Fix them, or continue without them: -e accept_unreachable=c",
    ]
    with pytest.raises(InvalidInput):
        journal.reason_to_hold("a")


@pytest.mark.parametrize("changes", [{"verb": "plan"}, {}])
def test_a_plan_or_a_dry_run_decides_nothing(
    plans: Path, journal: Rollout, command_line: dict[str, Any], changes: dict[str, Any]
) -> None:
    command_line["check"] = True
    planned(journal, "a")
    result = decide(plans, ["a"], **changes)
    assert result["ansible_facts"] == {"tourniquet_rollout": {"hosts": [], "serial": []}}
    assert result["msg"] == f"planned, in {journal.directory}"
    assert journal.manifest is None
    # As set_stats returns it: AWX gives it to the next job of a workflow, and text of two plans must never be joined.
    assert result["ansible_stats"] == {
        "data": {"plan": str(journal.directory)},
        "per_host": False,
        "aggregate": False,
    }


@pytest.mark.parametrize("verb", ["close", "reopen"])
def test_the_step_off_is_off_although_yaml_reads_it_as_false(
    plans: Path, journal: Rollout, command_line: dict[str, Any], verb: str
) -> None:
    """So ansible-core 2.19 reads the answer of a survey of AWX, which is ``!unsafe 'off'``."""
    command_line["check"] = True
    planned(journal, "a")
    assert decide(plans, ["a"], verb=verb, measure=False)["summary"][0] == f"{verb} off: 1 appliance"


@pytest.mark.parametrize("action_of", [close, reopen])
@pytest.mark.parametrize("named", [False, "off"])
def test_an_action_takes_the_step_off_from_yaml_too(action_of: Any, named: Any) -> None:
    made = action_of.ActionModule(SimpleNamespace(args={"step": named}), None, None, None, None, None)
    assert made.named_step({}) is LadderStep.OFF


def test_what_others_left_and_cannot_be_read_is_told(plans: Path, journal: Rollout) -> None:
    planned(journal, "a")
    Rollout(plans / "20200115T020000Z-other").write("rollout.json", "{")
    result = decide(plans, ["a"])
    assert result["summary"][1] == f"  note: the state of 20200115T020000Z-other in {plans} cannot be read"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"plans": ""}, "plans is empty"),
        ({"max_failed": "some"}, "rollout_max_failed is 'some'"),
        ({"profile": "panic"}, "profile"),
        ({"canary": "x"}, "rollout_canary names x"),
        ({"verb": "destroy"}, "verb"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_wrong_options_decide_nothing(plans: Path, journal: Rollout, changes: dict[str, Any], problem: str) -> None:
    planned(journal, "a")
    with pytest.raises(AnsibleActionFail) as raised:
        decide(plans, ["a"], **changes)
    assert problem in str(raised.value)
    assert journal.manifest is None


# -- watching ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    times: list[float] = []
    monkeypatch.setattr(bake.time, "sleep", times.append)
    return times


def watch(plans: Path | str, host: str = "a", *, check_mode: bool = False) -> tuple[dict[str, Any], list[str]]:
    task = SimpleNamespace(
        args={"plans": str(plans)},
        check_mode=check_mode,
        async_val=0,
        action="tourniquet.netscaler.bake",
        get_play=linear_play,
    )
    made = bake.ActionModule(task, SimpleNamespace(_shell=SimpleNamespace(tmpdir=None)), None, None, None, None)
    made._load_name = "bake"
    shown: list[str] = []
    made._display = Screen()
    made._display.display = shown.append
    return made.run(None, {"inventory_hostname": host}), shown


def test_a_wave_that_changed_something_is_watched(plans: Path, journal: Rollout, slept: list[float]) -> None:
    begin(journal, ["a"], ["b"], bake_seconds=30)
    journal.note("a", Event.DONE, "changed")
    result, shown = watch(plans)
    assert (result["baked"], result["changed"]) == (True, False)
    assert 29 < result["seconds"] <= 30
    assert slept == [pytest.approx(30, abs=1)]
    assert shown == ["wave 1 is watched for 30 s before the next one goes"]
    assert watch(plans, check_mode=True)[0]["baked"] is True
    assert len(slept) == 1, "a dry run waits for nothing"


@pytest.mark.parametrize(("host", "text"), [("a", ""), ("b", "changed"), ("stranger", "changed")])
def test_nobody_waits_without_need(plans: Path, journal: Rollout, slept: list[float], host: str, text: str) -> None:
    begin(journal, ["a"], ["b"], bake_seconds=30)
    journal.note("a", Event.DONE, text)
    journal.note("b", Event.DONE, text)
    result, _shown = watch(plans, host)
    assert (result["baked"], result["seconds"], slept) == (False, 0.0, [])


def test_what_cannot_be_read_is_not_waved_through(plans: Path, journal: Rollout) -> None:
    journal.write("rollout.json", "{")
    with pytest.raises(AnsibleActionFail, match="cannot be read"):
        watch(plans)
    with pytest.raises(AnsibleActionFail, match="plans is empty"):
        watch("")


def test_drill_counts_an_appliance_whose_customer_has_not_agreed_as_one_that_stays_open(tmp_path: Path) -> None:
    plans = [PlanFile({"host": "gw-a"}), PlanFile({"host": "gw-b", "not_agreed": ["NOT AGREED: shop STAYS OPEN"]})]
    options = {"who": "J. Jansen", "verb": "close", "measure": "notice", "drills": str(tmp_path)}
    line = RolloutDecision._file_drill(options, plans, Settlement([["gw-a", "gw-b"]]), 2)
    assert "1 of 2 appliances could be closed" in line
    assert "would have stayed open: gw-b" in line
