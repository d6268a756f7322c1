# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A job that its controller has given up never begins to write, by whichever clock, and what was begun in time is carried out to its end."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import (
    ApplyParameters,
    RunParameters,
    Unsaved,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.sliced_job import (
    MOST_COPIES,
    SlicedJob,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change_transaction import (
    ChangeTransaction,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import _Execution
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import job_guard
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.appliance_lock import ApplianceLock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import Outcome
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.state_directory import VARIABLE as STATE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.plan_file import switch_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_off import Lockdown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_per_partition import (
    PartitionedSwitch,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_plan import (
    SwitchParameters,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.deployment_plan import deployment_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.switch_on import Reopening
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.plan_file import rollback_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_per_partition import (
    PartitionedRollback,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import (
    RollbackParameters,
)

from tests.engine.control_nodes import BOX, PAIR, before, control_node, files, lock_on, put_lock, without_waiting
from tests.engine.records import records_of
from tests.stage.memory import MITIGATION, Stage

MINUTES = 60.0
LATE = (
    r"^box: the job r1-7 of the run r1 begins nothing any more: its deadline \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC has passed by the clock of the %s\. "
    r"Give the command again on the controller\. Nothing was changed\.$"
)
BY_THE_NODE = LATE % r"execution node \(it says \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\)"
BY_THE_APPLIANCE = LATE % r"appliance(, which was .* the controller's)?"


def seen_by_the_plan(stage: Stage) -> tuple[float, tuple[str, ...]]:
    """What a plan notes of the appliance: how far its clock is ahead, and the copies of records on it."""
    with Connection(stage.appliance) as connection:
        assert connection.clock_skew is not None
    stems = {name.removeprefix("tourniquet_").rpartition("_")[0] for name in files(stage) if "lock" not in name}
    return connection.clock_skew, tuple(sorted(stems))


def job(stage: Stage, seconds: float = 15 * MINUTES, **more: Any) -> SlicedJob:
    """A job whose deadline is so many seconds from now on, planned as the appliance is now."""
    ahead, copies = seen_by_the_plan(stage)
    given = {"clocks": {"box": ahead}, "copies": {"box": copies}, **more}
    deadline = (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)
    return SlicedJob("r1-7", "r1", "apply", deadline, **given)


@contextmanager
def node_clock(monkeypatch: pytest.MonkeyPatch, seconds: float) -> Iterator[None]:
    """The clock of the execution node is ahead by so many seconds."""
    with monkeypatch.context() as patch:
        patch.setattr(job_guard, "now", lambda: datetime.now(UTC) + timedelta(seconds=seconds))
        yield


def set_clock(stage: Stage, seconds: float) -> None:
    """The clock of the appliance is set forward by so many seconds."""
    stage.simulator.appliance("box").fault(kind="clock_skew", seconds=seconds)


def whole(stage: Stage) -> list[Any]:
    """The configurations of all nodes, and our files on them."""
    nodes = stage.simulator.appliance("box").state()["nodes"]
    return [
        [stage.configuration(kind, node) for kind in ("running", "saved")] + [sorted(files(stage, node))]
        for node in range(len(nodes))
    ]


def apply(stage: Stage) -> None:
    stage.apply_all()


def rollback(stage: Stage) -> None:
    stage.rollback_all()


def lockdown(stage: Stage) -> None:
    stage.lockdown()


def reopen(stage: Stage) -> None:
    stage.reopen()


BEFORE: dict[Callable[[Stage], None], Callable[[Stage], object]] = {
    apply: lambda _stage: None,
    rollback: Stage.apply,
    lockdown: lambda _stage: None,
    reopen: Stage.lockdown,
}
"""By verb, what was done before it."""


def refusal(verb: Callable[[Stage], None], stage: Stage) -> str:
    """Why a verb did nothing: the error, or what the result says of it."""
    if verb is apply:
        with Connection(stage.appliance) as connection:
            deployment = PartitionedDeployment(connection, stage.parameters())
            said = deployment.apply().failed
        assert deployment.refused
        return said
    with pytest.raises(Refused) as refused:
        verb(stage)
    assert refused.value.is_refusal
    return str(refused.value)


@pytest.mark.parametrize("verb", [*BEFORE])
@pytest.mark.parametrize("late_by", ["node", "appliance", "appliance that was set back"])
@pytest.mark.parametrize("stage_of", ["ours", "pair_ours"])
def test_a_late_job_writes_nothing_by_whichever_clock(
    verb: Callable[[Stage], None],
    late_by: str,
    stage_of: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage: Stage = request.getfixturevalue(stage_of)
    BEFORE[verb](stage)
    stage.job = job(stage)
    there = whole(stage)
    runs = len(list(stage.records.rglob("*Z-*.json")))
    if late_by == "node":
        clock = 16 * MINUTES
    elif late_by == "appliance":  # the node booted with a time in the past
        clock = -86_400.0
        set_clock(stage, 16 * MINUTES)
    else:
        clock = 16 * MINUTES
        set_clock(stage, -60 * MINUTES)
    with node_clock(monkeypatch, clock):
        said = refusal(verb, stage)
    assert re.search(BY_THE_APPLIANCE if late_by == "appliance" else BY_THE_NODE, said), said
    assert whole(stage) == there
    assert len(list(stage.records.rglob("*Z-*.json"))) == runs


@pytest.mark.parametrize("verb", [*BEFORE])
def test_a_job_that_was_cancelled_on_its_node_writes_nothing(
    verb: Callable[[Stage], None], ours: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The documented ``cancel`` of a node writes this file, so it is a promise to the controller."""
    BEFORE[verb](ours)
    ours.job = job(ours)
    there = whole(ours)
    monkeypatch.setenv(STATE, str(tmp_path))
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "r1-7.cancelled").touch()
    why = "box: the job r1-7 of the run r1 begins nothing any more: it was cancelled. Give the command again on the controller. Nothing was changed."
    assert refusal(verb, ours) == why
    assert whole(ours) == there


def test_a_job_that_is_cancelled_directly_before_the_first_write_writes_nothing(
    ours: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ours.job = job(ours)
    configuration = ours.configuration(), ours.configuration("saved")
    monkeypatch.setenv(STATE, str(tmp_path))
    (tmp_path / "jobs").mkdir()
    before(monkeypatch, ChangeTransaction, "_confirm_primary", (tmp_path / "jobs" / "r1-7.cancelled").touch)
    assert "begins nothing any more: it was cancelled" in refusal(apply, ours)
    assert (ours.configuration(), ours.configuration("saved")) == configuration
    assert lock_on(ours) is None


@pytest.mark.parametrize("hours", [2, -2])
def test_an_appliance_whose_clock_is_wrong_gets_its_mitigation_in_time(ours: Stage, hours: int) -> None:
    set_clock(ours, hours * 3600)
    ours.job = job(ours)
    assert abs(ours.job.clocks["box"]) > 3600
    result = ours.apply()
    assert (result.changed, result.failed, result.verdict.word) == (True, "", "mitigated")


def test_without_a_known_offset_the_clock_of_the_node_alone_decides_and_the_result_says_so(
    ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours.job = job(ours, clocks={}, copies={})
    with Connection(ours.appliance) as connection:
        deployment = PartitionedDeployment(connection, ours.parameters())
        assert deployment.apply().failed == ""
        notes = [note for lock in deployment.locks for note in lock.notes]
    assert notes == [job_guard.CLOCK_UNKNOWN, job_guard.COPIES_UNKNOWN]
    with node_clock(monkeypatch, 16 * MINUTES):
        assert re.search(BY_THE_NODE, refusal(rollback, ours))


def test_where_no_clock_can_judge_the_deadline_the_job_writes_nothing(
    ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The appliance shows no time, and the node has booted with one years ago: by it the deadline would never come."""
    ours.job = job(ours, clocks={})
    before = whole(ours)
    with node_clock(monkeypatch, -4 * 365 * 86_400):
        said = refusal(apply, ours)
    assert re.search(
        r"^box: the job r1-7 of the run r1 begins nothing: the clock of the execution node \(it says .* UTC\) is more than a day behind its deadline, and that "
        r"of the appliance is not known, so no clock tells when the deadline .* UTC has passed\. Set the clock of the execution node by NTP\. Give the command "
        r"again on the controller\. Nothing was changed\.$",
        said,
    ), said
    assert whole(ours) == before


def test_a_deadline_that_passes_directly_before_the_first_write_refuses(
    ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours.job = job(ours)
    configuration = ours.configuration(), ours.configuration("saved")
    before(monkeypatch, ChangeTransaction, "_confirm_primary", lambda: set_clock(ours, 16 * MINUTES))
    said = refusal(apply, ours)
    assert re.search(BY_THE_APPLIANCE, said), said
    assert (ours.configuration(), ours.configuration("saved")) == configuration
    (record,) = records_of(ours.records, "box", MITIGATION.id)
    assert (record.outcome, record.problem) == (Outcome.FAILED, said)
    assert lock_on(ours) is None  # the next run is not kept out


def test_a_save_alone_is_a_first_write_too(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ours.apply(save="never")
    ours.job = job(ours)
    with node_clock(monkeypatch, 0):
        before(monkeypatch, ChangeTransaction, "_save", lambda: set_clock(ours, 16 * MINUTES))
        said = refusal(apply, ours)
    assert re.search(BY_THE_APPLIANCE, said), said
    assert ours.configuration("saved") != ours.configuration()


def test_the_changes_of_others_are_not_saved_first_by_a_late_job(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with Session(ours.appliance, ours.appliance.nodes[0]) as colleague:
        colleague.write("POST", "server", {"server": {"name": "theirs", "ipaddress": "192.0.2.1"}})
    ours.job = job(ours)
    before(monkeypatch, ChangeTransaction, "_save_others_first", lambda: set_clock(ours, 16 * MINUTES))
    said = ours.apply_all(unsaved=Unsaved.SAVE_FIRST).failed
    assert re.search(BY_THE_APPLIANCE, said), said
    assert not any("theirs" in row for row in ours.configuration("saved"))


def test_what_was_begun_in_time_is_carried_out_to_its_end(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ours.job = job(ours)
    before(monkeypatch, ChangeTransaction, "_require_same", lambda: set_clock(ours, 16 * MINUTES))
    result = ours.apply()
    assert (result.failed, result.verdict.word, result.state.saved) == ("", "mitigated", True)


def test_a_step_that_fails_is_undone_after_the_deadline_too(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ours.job = job(ours)
    there = ours.configuration()
    ours.simulator.appliance("box").fault(kind="nitro_error", method="POST", type="responderpolicy")
    before(monkeypatch, _Execution, "_settle", lambda: set_clock(ours, 16 * MINUTES))
    said = ours.apply_all().failed
    assert "What was done before it has been undone." in said
    assert ours.configuration() == there


PARTITIONED: dict[str, Any] = {**BOX, "partitions": {"tenant_a": {"features": ["LB"]}}}


def test_the_partitions_after_the_first_one_are_carried_out_after_the_deadline_too(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = open_stage(PARTITIONED)
    stage.job = job(stage)
    before(monkeypatch, ChangeTransaction, "_save", lambda: set_clock(stage, 16 * MINUTES))
    result = stage.apply_all(save="always")
    assert (result.failed, result.changed) == ("", True)
    assert any("tq_" in row for row in stage.configuration("saved", partition="tenant_a"))


@pytest.mark.parametrize("verb", [*BEFORE])
def test_a_run_without_a_lock_has_the_guard_too(
    verb: Callable[[Stage], None], ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    BEFORE[verb](ours)
    ours.job = job(ours)
    there = whole(ours)
    for parameters in (ApplyParameters, RollbackParameters, SwitchParameters):
        monkeypatch.setattr(parameters, "__post_init__", _without_lock, raising=False)
    with node_clock(monkeypatch, 16 * MINUTES):
        assert re.search(BY_THE_NODE, refusal(verb, ours))
    assert whole(ours) == there


def _without_lock(parameters: RunParameters) -> None:
    object.__setattr__(parameters, "lock", False)


def test_a_late_job_does_not_save_on_the_secondary_either(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The primary has saved it, and the secondary has missed that: to save there is the only write of the run."""
    with without_waiting():
        stage = open_stage(PAIR)
        box = stage.simulator.appliance("box")
        box.fault("secondary_writes_lost", node=1)
        stage.apply()
        box.clear_faults()
        box.synchronise()
        saved = stage.configuration("saved", 1)
        stage.job = job(stage)
        before(monkeypatch, ChangeTransaction, "_prove_and_save", lambda: set_clock(stage, 16 * MINUTES))
        stage.apply_all()
        assert stage.configuration("saved", 1) == saved
        stage.job = None
        box.clear_faults()
        stage.apply_all()
        assert stage.configuration("saved", 1) != saved


def test_after_a_failover_the_copies_of_both_nodes_count(pair_ours: Stage) -> None:
    pair_ours.apply()
    pair_ours.job = job(pair_ours)
    theirs = control_node(pair_ours.simulator, pair_ours.records.parent, "theirs")
    theirs.run = "later"
    theirs.apply(version=1)
    theirs.apply()
    pair_ours.simulator.appliance("box").failover()
    assert "a later run has been here since the job r1-7" in refusal(rollback, pair_ours)


# -- later runs ---------------------------------------------------------------------------------------------------------


def test_a_lost_rollback_is_refused_where_another_node_has_changed_something_since(ours: Stage) -> None:
    """The plan still holds: the other run has taken the rule off and put it on again."""
    ours.apply()
    ours.job = job(ours)
    theirs = control_node(ours.simulator, ours.records.parent, "theirs")
    theirs.run = "later"
    theirs.apply(version=1)
    theirs.apply()
    there = whole(ours)
    said = refusal(rollback, ours)
    assert re.search(
        r"^box: a later run has been here since the job r1-7 of the run r1 was planned: the record \S+-later and 1 more\. "
        r"Give the command again on the controller\. Nothing was changed\.$",
        said,
    ), said
    assert whole(ours) == there
    assert ours.status().verdict.word == "mitigated"


def test_a_later_run_of_another_measure_counts_too(ours: Stage) -> None:
    ours.job = job(ours)
    theirs = control_node(ours.simulator, ours.records.parent, "theirs")
    theirs.run = "later"
    theirs.lockdown()
    theirs.reopen()
    assert "a later run has been here since the job r1-7" in refusal(apply, ours)


def test_a_later_run_that_found_nothing_to_do_is_seen_by_the_deadline_alone(
    ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours.apply()
    ours.job = job(ours)
    theirs = control_node(ours.simulator, ours.records.parent, "theirs")
    assert not theirs.apply().changed
    with node_clock(monkeypatch, 16 * MINUTES):
        assert re.search(BY_THE_NODE, refusal(rollback, ours))
    assert ours.status().verdict.word == "mitigated"
    ours.rollback()  # before the deadline nothing shows the other run: the controller that lost the job refuses it (0088)
    assert ours.status().verdict.word == "exposed"


def test_a_later_run_that_holds_the_lease_now_is_in_the_way(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ours.job = job(ours)
    before(monkeypatch, ApplianceLock, "__enter__", lambda: put_lock(ours))
    said = refusal(apply, ours)
    assert "alice@elsewhere (run their-run" in said
    assert "Nothing was changed." in said


def test_the_copies_that_the_plan_saw_are_of_no_later_run(pair_ours: Stage) -> None:
    theirs = control_node(pair_ours.simulator, pair_ours.records.parent, "theirs")
    theirs.apply()
    pair_ours.job = job(pair_ours)
    assert len(pair_ours.job.copies["box"]) == 1
    pair_ours.rollback_all()
    assert pair_ours.status().verdict.word == "exposed"


def test_copies_that_cannot_be_listed_any_more_refuse_the_job(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ours.job = job(ours)

    def unlisted() -> None:
        ours.simulator.appliance("box").fault(kind="nitro_error", method="GET", type="systemfile", times=0)

    before(monkeypatch, ChangeTransaction, "_follow_other_runs", unlisted)
    monkeypatch.setattr(ApplianceLock, "files_seen", lambda _lock: {})
    said = refusal(apply, ours)
    assert (
        "box: the copies of records cannot be listed, so it cannot be seen whether a later run has been here since the job r1-7 of the run r1 was "
        "planned. Give the command again on the controller. Nothing was changed."
    ) in said


# -- what a plan notes for the controller, and what the guard costs -----------------------------------------------------


@pytest.mark.parametrize("in_a_job", [True, False])
def test_a_plan_in_a_job_notes_the_clock_and_the_copies_that_it_saw(ours: Stage, in_a_job: bool) -> None:
    theirs = control_node(ours.simulator, ours.records.parent, "theirs")
    theirs.apply()
    theirs.lockdown()
    seen = seen_by_the_plan(ours)
    ours.job = job(ours, clocks={}, copies={}) if in_a_job else None
    with Connection(ours.appliance) as connection:
        parameters = ours.parameters()
        plan = PartitionedDeployment(connection, parameters).plan()
        noted = [deployment_plan(plan, parameters, connection)]
    with Connection(ours.appliance) as connection:
        undo = ours.rollback_parameters()
        noted.append(rollback_plan(PartitionedRollback(connection, undo).plan(), undo, connection))
    with Connection(ours.appliance) as connection:
        switch = PartitionedSwitch(connection, ours.switch_parameters("reopen"), Reopening)
        noted.append(switch_plan(switch.plan(), switch))
    for one in noted:
        assert one.clock_skew == pytest.approx(seen[0], abs=3)
        if in_a_job:
            assert one.values["clock"] - one.values["clock_skew"] == pytest.approx(time.time(), abs=60)
            assert tuple(one.values["copies"]) == seen[1]
            assert len(seen[1]) == 2
        else:
            assert not {"clock", "copies"} & one.values.keys()


@pytest.mark.parametrize("explained", [False, True])
@pytest.mark.parametrize("stage_of", ["ours", "pair_ours"])
def test_a_plan_in_a_job_notes_the_copies_where_it_need_not_read_them(
    stage_of: str, explained: bool, request: pytest.FixtureRequest
) -> None:
    """An appliance that nobody has changed, and one whose change the records of the control node explain."""
    stage: Stage = request.getfixturevalue(stage_of)
    if explained:
        stage.apply()
    seen = seen_by_the_plan(stage)[1]
    assert len(seen) == explained
    stage.job = job(stage, clocks={}, copies={})
    with Connection(stage.appliance) as connection:
        parameters = stage.parameters()
        noted = [deployment_plan(PartitionedDeployment(connection, parameters).plan(), parameters, connection)]
    with Connection(stage.appliance) as connection:
        switch = PartitionedSwitch(connection, stage.switch_parameters("lockdown"), Lockdown, Lockdown.on_failure)
        noted.append(switch_plan(switch.plan(), switch))
    if explained:
        with Connection(stage.appliance) as connection:
            undo = stage.rollback_parameters()
            noted.append(rollback_plan(PartitionedRollback(connection, undo).plan(), undo, connection))
    assert [one.values["copies"] for one in noted] == [list(seen)] * len(noted)


def test_more_copies_than_are_noted_are_not_known(ours: Stage) -> None:
    node = ours.simulator.fleet.appliances["box"].nodes[0]
    for number in range(MOST_COPIES + 1):
        node.write_file(f"{DIRECTORY}/tourniquet_20200115T020000.{number:06}Z-forged_ended.txt", b"")
    ours.job = job(ours, copies={})
    with Connection(ours.appliance) as connection:
        parameters = ours.parameters()
        plan = deployment_plan(PartitionedDeployment(connection, parameters).plan(), parameters, connection)
    assert plan.values["copies"] is None


def test_the_guard_costs_one_read_of_the_clock(ours: Stage) -> None:
    counts = []
    for in_a_job in (False, True):
        ours.simulator.reset()
        ours.records = ours.records.parent / f"records-{in_a_job}"
        ours.job = job(ours) if in_a_job else None
        ours.simulator.control("DELETE", "/requests")
        ours.apply()
        nitro = [entry["target"] for entry in ours.simulator.requests() if entry["side"] == "nitro"]
        counts.append(
            Counter(target.removeprefix("/nitro/v1/config/").partition("?")[0].partition("/")[0] for target in nitro)
        )
    assert counts[1] - counts[0] == Counter({"nsconfig": 1})
    assert not counts[0] - counts[1]
