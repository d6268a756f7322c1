# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two operators cannot collide: the lock on every node, whose it is, and when it is resumed, taken over or broken."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change_transaction import (
    ChangeTransaction,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import appliance_lock as lock_module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import lock_content
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.appliance_lock import ApplianceLock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.control_node_lock import (
    ControlNodeLock,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lease_files import (
    LOCK_FILE,
    NodeLease,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lock_content import operator_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.deployment_plan import deployment_plan

from simulator import Simulator
from tests.engine.control_nodes import (
    BOX,
    DiedError,
    before,
    control_node,
    dying,
    files,
    lock_on,
    put_lock,
    simulated,
)
from tests.engine.records import records_of
from tests.stage.memory import MITIGATION, Stage


def theirs(stage: Stage) -> Stage:
    """Another control node at the same appliance."""
    return Stage(stage.simulator, stage.records.parent / "theirs")


def last_record(stage: Stage) -> dict[str, Any]:
    return dict(records_of(stage.records, "box", MITIGATION.id)[-1].content.values)


def dead_run(stage: Stage, monkeypatch: pytest.MonkeyPatch, after: int = 1) -> None:
    with dying(monkeypatch, after), pytest.raises(DiedError):
        stage.apply(reason="an emergency")


# -- taking and giving back --------------------------------------------------------------------------------------------


def test_the_lock_lies_on_every_node_while_we_write_and_not_afterwards(pair_ours: Stage, monkeypatch: Any) -> None:
    seen: list[Any] = []
    before(
        monkeypatch, ChangeTransaction, "_execute", lambda: seen.extend([lock_on(pair_ours, 0), lock_on(pair_ours, 1)])
    )
    result = pair_ours.apply(reason="an emergency")
    assert result.verdict.word == "mitigated"
    for lock in seen:
        assert (lock["owner"], lock["run"], lock["measure"]) == (operator_name(), "run", MITIGATION.id)
        assert lock["reason"] == "an emergency"
        assert lock["taken"].startswith("2020-01-15 02:0")
        assert lock["expires"].startswith("2020-01-15 02:1")
    assert len({lock["token"] for lock in seen}) == 2
    assert lock_on(pair_ours, 0) is lock_on(pair_ours, 1) is None
    assert len(last_record(pair_ours)["lock"]["nodes"]) == 2


def test_a_rollback_takes_it_as_well(ours: Stage, monkeypatch: Any) -> None:
    ours.apply()
    seen: list[Any] = []
    before(monkeypatch, ChangeRecord, "mark", lambda: seen.append(lock_on(ours)))
    ours.rollback()
    assert seen[0]["owner"] == operator_name()
    assert lock_on(ours) is None


def test_where_nothing_is_written_no_lock_is_taken(ours: Stage, monkeypatch: Any) -> None:
    ours.apply()
    monkeypatch.setattr(ApplianceLock, "__enter__", lambda _lock: pytest.fail("a lock was taken"))
    put_lock(ours)
    assert not ours.apply().changed
    ours.variables["probe"] = False
    (ours.records / "box").rename(ours.records / "elsewhere")  # what no record proves is checked again
    node = ours.simulator.fleet.appliances["box"].nodes[0]
    for path in [path for path in node.files if path.endswith("_ended.txt")]:
        del node.files[path]
    assert ours.apply(save="always").verdict.word != "mitigated"


def test_a_run_that_failed_and_was_undone_gives_it_back(ours: Stage, monkeypatch: Any) -> None:
    fault = {"kind": "nitro_error", "method": "POST", "type": "responderpolicy"}
    ours.simulator.appliance("box").fault(**fault)
    with pytest.raises(TourniquetError):
        ours.apply()
    assert lock_on(ours) is None


def test_a_run_that_leaves_something_in_doubt_keeps_it(ours: Stage) -> None:
    appliance = ours.simulator.appliance("box")
    appliance.fault(kind="nitro_error", method="POST", type="responderpolicy")
    appliance.fault(kind="nitro_error", method="DELETE", type="responderaction")
    with pytest.raises(TourniquetError):
        ours.apply()
    assert lock_on(ours) is not None
    assert ours.apply().verdict.word == "mitigated"
    assert lock_on(ours) is None


def test_a_lock_that_cannot_be_given_back_is_told(ours: Stage) -> None:
    ours.simulator.appliance("box").fault(kind="nitro_error", method="DELETE", type="systemfile", code=257, times=0)
    with Connection(ours.appliance) as connection:
        deployment = Deployment(connection, ours.parameters())
        assert deployment.apply().verdict.word == "mitigated"
        assert deployment.lock is not None
        assert any("could not be released" in note for note in deployment.lock.notes)


@pytest.mark.parametrize("node", [0, 1])
def test_a_lock_that_is_still_there_after_its_deletion_is_told_and_given_back_later(
    pair_ours: Stage, node: int
) -> None:
    appliance = pair_ours.simulator.appliance("box")
    appliance.fault(kind="no_effect", method="DELETE", type="systemfile", node=node, times=0)
    with Connection(pair_ours.appliance) as connection:
        deployment = Deployment(connection, pair_ours.parameters())
        assert deployment.apply().verdict.word == "mitigated"
        assert deployment.lock is not None
        assert any("could not be released" in note and "still there" in note for note in deployment.lock.notes)
    assert lock_on(pair_ours, node) is not None
    appliance.clear_faults()
    assert pair_ours.apply().verdict.word == "mitigated"
    assert lock_on(pair_ours, node) is None


def test_a_lock_that_was_left_is_given_back_by_a_run_that_writes_nothing(ours: Stage) -> None:
    ours.simulator.appliance("box").fault(kind="nitro_error", method="DELETE", type="systemfile", code=257, times=0)
    assert ours.apply().verdict.word == "mitigated"
    ours.simulator.appliance("box").clear_faults()
    assert lock_on(ours) is not None
    with Connection(ours.appliance) as connection:
        parameters = ours.parameters()
        deployment = PartitionedDeployment(connection, parameters)
        assert not deployment_plan(deployment.plan(), parameters, connection).nothing_to_do, (
            "or a rollout would pass it over"
        )
        assert not deployment.apply().changed
        assert "was released" in connection.lock_notes[0]
    assert lock_on(ours) is None


def test_what_is_somebody_elses_by_now_is_not_given_back(ours: Stage) -> None:
    ours.simulator.appliance("box").fault(kind="nitro_error", method="DELETE", type="systemfile", code=257, times=0)
    ours.apply()
    ours.simulator.appliance("box").clear_faults()
    put_lock(ours)
    assert not ours.apply().changed
    assert (lock_on(ours) or {})["owner"] == "alice@elsewhere"


# -- whose it is -------------------------------------------------------------------------------------------------------


def test_a_run_that_died_leaves_it_and_the_next_one_here_resumes_it(ours: Stage, monkeypatch: Any) -> None:
    dead_run(ours, monkeypatch)
    assert lock_on(ours) is not None
    assert any("resumes it" in remark for remark in ours.status().plan.remarks)
    assert ours.apply().verdict.word == "mitigated"
    assert "run run" in last_record(ours)["lock"]["own"][0]
    assert lock_on(ours) is None


def test_another_control_node_is_refused_and_told_by_whom(ours: Stage, monkeypatch: Any) -> None:
    dead_run(ours, monkeypatch)
    state, lock = ours.configuration(), lock_on(ours)
    with pytest.raises(Refused) as refused:
        theirs(ours).apply()
    for text in (
        operator_name(),
        "run run",
        MITIGATION.id,
        "an emergency",
        "since 2020-01-15 02:",
        "until 2020-01-15 02:1",
    ):
        assert text in str(refused.value)
    assert "break_lock" in str(refused.value)
    assert (ours.configuration(), lock_on(ours)) == (state, lock)
    with Connection(ours.appliance) as connection:
        plan = Deployment(connection, theirs(ours).parameters()).plan()
    assert [conflict.kind for conflict in plan.plan.conflicts] == ["locked"]


def test_a_rollback_is_refused_as_well(ours: Stage) -> None:
    ours.apply()
    put_lock(ours)
    with pytest.raises(Refused, match="alice@elsewhere"):
        ours.rollback()


def test_it_is_broken_with_a_reason_only_and_the_record_has_it(ours: Stage, monkeypatch: Any) -> None:
    dead_run(ours, monkeypatch)
    other = theirs(ours)
    assert other.apply(break_lock="their laptop drowned").verdict.word == "mitigated"
    (text,) = last_record(other)["lock"]["broken"]
    assert "their laptop drowned" in text
    assert operator_name() in text


@pytest.mark.parametrize(("seconds", "free"), [(3500, False), (3700, True)])
def test_expiry_is_judged_by_the_clock_of_the_appliance(ours: Stage, seconds: int, free: bool) -> None:
    """Ours is years ahead of it."""
    put_lock(ours)
    ours.simulator.appliance("box").advance(seconds)
    if free:
        assert ours.apply().verdict.word == "mitigated"
        assert "alice@elsewhere" in last_record(ours)["lock"]["expired"][0]
    else:
        with pytest.raises(Refused, match="alice@elsewhere"):
            ours.apply()


@pytest.mark.parametrize("lock", [{"expires": None}, {"expires": "soon"}, {"format": 2}])
def test_what_cannot_be_read_never_expires(ours: Stage, lock: dict[str, Any]) -> None:
    put_lock(ours, **lock)
    ours.simulator.appliance("box").advance(10**6)
    with pytest.raises(Refused, match="without an end"):
        ours.apply()


def test_an_appliance_without_a_clock_gets_a_lock_without_an_end(ours: Stage, monkeypatch: Any) -> None:
    read = Session.read

    def reading(session: Session, type_: str, *arguments: Any, **options: Any) -> Any:
        rows = read(session, type_, *arguments, **options)
        return [{**row, "currentsytemtime": "?"} for row in rows] if type_ == "nsconfig" else rows

    monkeypatch.setattr(Session, "read", reading)
    dead_run(ours, monkeypatch)
    lock = lock_on(ours)
    assert lock is not None
    assert (lock["taken"], lock["expires"]) == (None, None)


def test_two_runs_of_one_control_node_exclude_each_other(ours: Stage) -> None:
    alive = ControlNodeLock(ours.records, "box")
    alive.acquire()
    with pytest.raises(Refused, match="another run of this control node"):
        ours.apply()
    assert files(ours) == {}
    alive.release()
    assert ours.apply().verdict.word == "mitigated"


def test_the_same_user_with_other_records_is_somebody_else(ours: Stage, monkeypatch: Any) -> None:
    """Nothing proves there that the run is dead."""
    dead_run(ours, monkeypatch)
    with pytest.raises(Refused, match="holds the lock"):
        theirs(ours).apply()


def test_another_user_of_the_same_records_is_somebody_else(ours: Stage, monkeypatch: Any) -> None:
    dead_run(ours, monkeypatch)
    for module in (lock_module, lock_content):
        monkeypatch.setattr(module, "operator_name", lambda: "bob@here")
    with pytest.raises(Refused, match="holds the lock"):
        ours.apply()


# -- pairs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("node", [0, 1])
def test_where_one_node_is_refused_the_other_is_given_back(pair_ours: Stage, node: int) -> None:
    put_lock(pair_ours, node)
    with pytest.raises(Refused, match="alice@elsewhere"):
        pair_ours.apply()
    assert lock_on(pair_ours, 1 - node) is None
    assert (lock_on(pair_ours, node) or {})["token"] == "their-token"


def test_a_run_that_dies_while_it_gives_the_other_back_does_not_keep_the_next_one_out(
    pair_ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair_ours.simulator.appliance("box").fault("nitro_error", nth=2, type="systemfile", method="POST", code=284)

    def dies(_lock: ApplianceLock) -> None:
        raise DiedError

    with monkeypatch.context() as patch:
        patch.setattr(ApplianceLock, "_release_all", dies)
        with pytest.raises(DiedError):
            pair_ours.apply()
    assert sum(lock_on(pair_ours, node) is not None for node in (0, 1)) == 1
    assert pair_ours.apply().verdict.word == "mitigated"
    assert [lock_on(pair_ours, node) for node in (0, 1)] == [None, None]


def test_both_control_nodes_lock_in_the_same_order(pair_ours: Stage) -> None:
    other = theirs(pair_ours)
    other.variables["nodes"] = other.variables["nodes"][::-1]
    orders = []
    for stage in (pair_ours, other):
        with Connection(stage.appliance) as connection, ApplianceLock(connection, stage.parameters()) as lock:
            orders.append(lock.facts()["nodes"])
    assert orders[0] == orders[1]


def test_a_node_that_becomes_primary_without_our_lock_stops_the_run(pair_ours: Stage, monkeypatch: Any) -> None:
    appliance = pair_ours.simulator.appliance("box")
    appliance.fault(kind="refuse", node=1)  # so it gets no lock
    before(monkeypatch, ApplianceLock, "confirm", appliance.failover)
    state = pair_ours.configuration(node=0)
    with pytest.raises(Refused, match="failed over"):
        pair_ours.apply()
    assert pair_ours.configuration(node=0) == state
    assert last_record(pair_ours)["outcome"] == "failed"
    appliance.clear_faults()
    assert lock_on(pair_ours, 0) is None


def test_a_primary_without_our_lock_is_not_written_to(pair_ours: Stage) -> None:
    with Connection(pair_ours.appliance) as connection, ApplianceLock(connection, pair_ours.parameters()) as lock:
        lock._held = [held for held in lock._held if held.member.session is not connection.primary]
        with pytest.raises(Refused, match="does not have our lock"):
            lock.confirm(connection.primary)


# -- a creation that is not atomic -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def loose_box() -> Iterator[Simulator]:
    with simulated(BOX, systemfile_create_exclusive=False) as running:
        yield running


def create_theirs(stage: Stage) -> None:
    """Another control node's creation, which the appliance accepts at the same moment."""
    appliance = stage.appliance
    lock = {"format": 1, "owner": "alice@elsewhere", "token": "their-token"}
    row = {
        "filename": LOCK_FILE,
        "filelocation": "/var/tmp",
        "filecontent": base64.b64encode(json.dumps(lock).encode()).decode(),
    }
    stage.simulator.fleet.appliances["box"].nodes[0].files[
        f"/var/tmp/{LOCK_FILE}"
    ].modified = stage.simulator.fleet.appliances["box"].now()
    with Session(appliance, appliance.nodes[0]) as session:
        session.write("POST", "systemfile", {"systemfile": row})


@pytest.mark.parametrize("moment", ["taken", "confirm"])
def test_the_one_who_was_overwritten_stops_before_the_first_write(
    loose_box: Simulator, tmp_path: Path, monkeypatch: Any, moment: str
) -> None:
    loose_box.reset()
    ours = control_node(loose_box, tmp_path, "ours")
    state = ours.configuration()
    with Connection(ours.appliance) as connection:
        deployment = Deployment(connection, ours.parameters())
        owner, method = (NodeLease, "_has_replaced") if moment == "taken" else (ApplianceLock, "confirm")
        before(monkeypatch, owner, method, lambda: create_theirs(ours))
        with pytest.raises(Refused, match="alice@elsewhere"):
            deployment.apply()
    assert ours.configuration() == state
    assert (lock_on(ours) or {})["token"] == "their-token", "theirs is not taken away with ours"


# -- without the rights ------------------------------------------------------------------------------------------------


def test_who_may_not_write_it_is_told_the_fix(pair_ours: Stage) -> None:
    fault = {"kind": "nitro_error", "method": "POST", "type": "systemfile", "code": 2138, "node": 1, "times": 0}
    pair_ours.simulator.appliance("box").fault(**fault)
    state = pair_ours.configuration()
    with pytest.raises(Refused, match=r"docs/how-to/least-privilege\.md.*-e lock=false"):
        pair_ours.apply()
    assert pair_ours.configuration() == state
    assert files(pair_ours, 0) == {}


def test_without_a_lock_the_result_says_so(ours: Stage) -> None:
    put_lock(ours)
    with Connection(ours.appliance) as connection:
        deployment = Deployment(connection, ours.parameters(lock=False))
        assert deployment.apply().verdict.word == "mitigated"
        assert deployment.lock is not None
        assert any("no lock was taken" in note for note in deployment.lock.notes)
    assert (lock_on(ours) or {})["token"] == "their-token"


def test_a_lock_that_cannot_be_read_is_said(ours: Stage) -> None:
    fault = {"kind": "nitro_error", "method": "GET", "type": "systemfile", "code": 2138, "nth": 2, "times": 0}
    ours.simulator.appliance("box").fault(**fault)
    assert any("holds the lock cannot be read" in remark for remark in ours.status().plan.remarks)


# -- between the plan and the lock -------------------------------------------------------------------------------------


def test_a_plan_that_no_longer_holds_is_not_carried_out(ours: Stage) -> None:
    def meanwhile(_deployment: Deployment) -> None:
        ours.simulator.appliance("box").advance(2)
        theirs(ours).apply(version=1)

    with pytest.raises(Refused, match="between the plan and the lock"):
        ours.apply(meanwhile)
    assert lock_on(ours) is None


def test_what_the_plan_does_not_depend_on_may_change(ours: Stage) -> None:
    def meanwhile(_deployment: Deployment) -> None:
        ours.simulator.appliance("box").advance(2)
        appliance = ours.appliance
        with Session(appliance, appliance.nodes[0]) as session:
            session.write("POST", "server", {"server": {"name": "s", "ipaddress": "192.0.2.7"}})
            session.save()

    assert ours.apply(meanwhile).verdict.word == "mitigated"


@pytest.mark.parametrize("verb", ["apply", "rollback", "lockdown"])
def test_work_of_others_that_is_unsaved_by_then_is_not_saved_with_ours(
    ours: Stage, monkeypatch: Any, verb: str
) -> None:
    if verb == "rollback":
        ours.apply()

    def meanwhile() -> None:
        ours.simulator.appliance("box").advance(2)
        with Session(ours.appliance, ours.appliance.nodes[0]) as session:
            session.write("POST", "server", {"server": {"name": "s", "ipaddress": "192.0.2.7"}})

    saved = ours.configuration("saved")
    before(monkeypatch, ApplianceLock, "__enter__", meanwhile)
    with pytest.raises(Refused, match="add server s 192"):
        getattr(ours, verb)()
    assert ours.configuration("saved") == saved
    assert lock_on(ours) is None


def test_a_rollback_that_no_longer_holds_is_not_carried_out(ours: Stage, monkeypatch: Any) -> None:
    ours.apply()

    def meanwhile() -> None:
        ours.simulator.appliance("box").advance(2)
        appliance = ours.appliance
        with Session(appliance, appliance.nodes[0]) as session:
            args = f"policyname:tq_{MITIGATION.id},type:REQ_OVERRIDE"
            session.write("DELETE", f"responderglobal_responderpolicy_binding?args={args}")

    before(monkeypatch, ApplianceLock, "__enter__", meanwhile)
    with pytest.raises(Refused, match="changed"):
        ours.rollback()
    assert lock_on(ours) is None
    assert any(f'"tq_{MITIGATION.id}"' in row for row in ours.configuration())


@pytest.mark.parametrize("counts", [False, True])
def test_a_change_of_others_that_does_not_matter_does_not_stop_a_rollback(tmp_path: Path, counts: bool) -> None:
    """If the appliance counts a file as a change, our own lock is one."""
    with simulated(BOX, systemfile_changes_config=counts) as simulator:
        stage = control_node(simulator, tmp_path, "ours")
        state = stage.configuration()
        for _twice in range(2):
            assert stage.apply().verdict.word == "mitigated"
            simulator.appliance("box").advance(2)
        stage.rollback()
        assert stage.configuration() == stage.configuration("saved") == state
