# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HA pairs: each row of docs/explanation/ha.md, played on a simulated pair."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import secondary
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.deployment_plan import deployment_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.plan_file import rollback_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_per_partition import (
    PartitionedRollback,
)

from simulator import Simulator
from tests.engine.records import records_of
from tests.engine.test_request_counts import OURS, asked
from tests.stage.fleet import fleet_file
from tests.stage.memory import MITIGATION, Stage

NAME = f"tq_{MITIGATION.id}"
BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0", "127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN"],
    "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"}],
}
THEIRS = {"responderpolicy": {"name": "theirs", "rule": "FALSE", "action": "NOOP"}}


@pytest.fixture
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the ten seconds of waiting without a result."""
    monkeypatch.setattr(secondary, "SYNC_PATIENCE", 0.5)
    monkeypatch.setattr(secondary, "SAVE_PATIENCE", 0.5)


def ours(stage: Stage, node: int, kind: str = "running") -> int:
    return sum(NAME in row for row in stage.configuration(kind, node))


def everything(stage: Stage) -> list[list[str]]:
    return [stage.configuration(kind, node) for kind in ("running", "saved") for node in (0, 1)]


def on_node(stage: Stage, node: int, method: str, path: str, body: dict[str, Any] | None = None) -> None:
    with Session(stage.appliance, stage.appliance.nodes[node]) as session:
        session.write(method, path, body)


def setting(stage: Stage, node: int, **values: str) -> None:
    on_node(stage, node, "PUT", "hanode", {"hanode": {"id": "0", **values}})
    # A node's own setting counts as a change; it is not what these tests are about.
    stage.simulator.fleet.appliances["box"].nodes[node].changed = False


def roles(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    """Return the roles that both nodes report."""
    read = Session.read

    def reading(session: Session, type_: str, *arguments: Any, **options: Any) -> Any:
        rows = read(session, type_, *arguments, **options)
        return [{**row, "state": state} if type_ == "hanode" and row["id"] == "0" else row for row in rows]

    monkeypatch.setattr(Session, "read", reading)


def test_all_is_well(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    result = stage.apply()
    assert result.verdict.word == "mitigated"
    assert [ours(stage, node, kind) for node in (0, 1) for kind in ("running", "saved")] == [4, 4, 4, 4]


def test_a_secondary_that_takes_a_moment_is_waited_for(open_stage: Callable[..., Stage], monkeypatch: Any) -> None:
    stage = open_stage()
    setting(stage, 0, haprop="DISABLED")
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            stage.simulator.appliance("box").synchronise()

    monkeypatch.setattr(secondary.time, "sleep", sleep)
    result = stage.apply()
    assert len(slept) >= 2
    assert ours(stage, 1) == 4
    assert result.verdict.word != "partly"
    assert any("HA propagation is DISABLED" in text for text in result.verdict.missing)


@pytest.mark.usefixtures("without_waiting")
def test_out_of_sync_goes_on_and_is_told(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    setting(stage, 0, haprop="DISABLED")
    setting(stage, 1, hasync="DISABLED")
    result = stage.apply()
    assert result.verdict.word == "partly"
    assert "the secondary 127.0.0.1 differs: " in result.verdict.reason
    assert any("HA synchronisation is DISABLED" in text for text in result.verdict.missing)
    assert (ours(stage, 0, "saved"), ours(stage, 1)) == (4, 0), "the primary is protected and stays so"
    assert stage.status(probes="none").verdict.word == "partly"
    on_node(stage, 1, "PUT", "hanode", {"hanode": {"id": "0", "hasync": "ENABLED"}})
    stage.simulator.appliance("box").synchronise()
    assert ours(stage, 1) == 4


def test_a_setting_that_did_no_harm_is_told_and_changes_no_verdict(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    setting(stage, 1, hasync="DISABLED")
    result = stage.apply()
    assert result.verdict.word == "mitigated"
    assert any("HA synchronisation is DISABLED" in text for text in result.verdict.missing)


def test_a_save_that_stays_on_the_primary_is_done_on_the_secondary_too(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(switches={"save_reaches_secondary": False})
    assert stage.apply().verdict.word == "mitigated"
    assert [ours(stage, node, "saved") for node in (0, 1)] == [4, 4]


@pytest.mark.usefixtures("without_waiting")
def test_a_save_that_the_secondary_missed_is_done_there_by_the_next_run(open_stage: Callable[..., Stage]) -> None:
    """The pair was out of synchronisation; a rollout must not skip such an appliance."""
    stage = open_stage()
    box = stage.simulator.appliance("box")
    for act, wanted in ((stage.apply, 4), (lambda: stage.rollback(why="after_fix"), 0)):
        box.fault("secondary_writes_lost", node=1)
        act()
        box.clear_faults()
        box.synchronise()
        assert (ours(stage, 1), ours(stage, 1, "saved")) == (wanted, 4 - wanted)
        with Connection(stage.appliance) as connection:
            if wanted:
                parameters = stage.parameters()
                plan = deployment_plan(PartitionedDeployment(connection, parameters).plan(), parameters, connection)
            else:
                parameters = stage.rollback_parameters(why="after_fix")
                plan = rollback_plan(PartitionedRollback(connection, parameters).plan(), parameters, connection)
            assert not plan.nothing_to_do
        act()
        assert (ours(stage, 1), ours(stage, 1, "saved")) == (wanted, wanted)


@pytest.mark.usefixtures("without_waiting")
@pytest.mark.parametrize("fails_over", [False, True])
@pytest.mark.parametrize("why", ["undo", "after_fix"])
def test_a_save_of_a_rollback_that_the_secondary_missed_is_done_by_the_next_one(
    open_stage: Callable[..., Stage], why: str, fails_over: bool
) -> None:
    """It is the primary by then, and need not report that it has anything to save."""
    stage = open_stage()
    box = stage.simulator.appliance("box")
    stage.apply()
    box.fault("secondary_writes_lost", node=1)
    stage.rollback(why=why)
    box.clear_faults()
    box.synchronise()
    if fails_over:
        box.failover()
    assert (ours(stage, 1), ours(stage, 1, "saved")) == (0, 4)
    parameters = stage.rollback_parameters(why=why)
    with Connection(stage.appliance) as connection:
        plan = rollback_plan(PartitionedRollback(connection, parameters).plan(), parameters, connection)
    assert not plan.nothing_to_do
    assert stage.rollback(why=why).saved
    assert (ours(stage, 1), ours(stage, 1, "saved")) == (0, 0)
    stage.simulator.clear_requests()
    assert not stage.rollback(why=why).plan.writes


def test_what_reached_a_node_that_was_no_longer_in_charge_is_told_by_a_rollback(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    stage.apply()
    stage.simulator.appliance("box").fault("failover", method="DELETE", type="responderpolicy")
    with pytest.raises(TourniquetError, match="failed over"):
        stage.rollback(why="undo")
    assert stage.rollback(why="after_fix").plan.steps, "the new primary has it still"
    assert everything(stage)[0] == everything(stage)[1]


@pytest.mark.usefixtures("without_waiting")
def test_but_not_with_the_work_of_others(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(switches={"save_reaches_secondary": False})
    on_node(stage, 1, "POST", "responderpolicy", THEIRS)
    result = stage.apply()
    assert result.verdict.word == "applied, not saved"
    assert "the secondary 127.0.0.1 has not saved it" in result.verdict.reason
    assert any("unsaved changes of others" in text for text in result.verdict.missing)
    assert ours(stage, 1, "saved") == 0


def test_a_secondary_that_cannot_be_reached_is_partly(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.simulator.appliance("box").fault("refuse", node=1)
    result = stage.apply()
    assert (result.verdict.word, ours(stage, 0, "saved")) == ("partly", 4)
    assert "unreachable" in result.verdict.reason


def test_a_secondary_that_goes_away_while_it_is_compared_is_partly(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()

    def before(_deployment: Deployment) -> None:
        stage.simulator.appliance("box").fault(
            "http_error", node=1, method="GET", type="responderpolicy", status=503, times=0
        )

    result = stage.apply(before)
    assert result.verdict.word == "partly"
    assert "cannot be read" in result.verdict.reason
    assert ours(stage, 0, "saved") == 4


def test_different_builds_are_partly(open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    stage = open_stage()
    read = Session.read

    def reading(session: Session, type_: str, *arguments: Any, **options: Any) -> Any:
        rows = read(session, type_, *arguments, **options)
        if type_ == "nsversion" and session.node == stage.appliance.nodes[1]:
            rows = [{**rows[0], "version": str(rows[0]["version"]).replace("47.22", "47.24")}]
        return rows

    monkeypatch.setattr(Session, "read", reading)
    result = stage.apply()
    assert result.verdict.word == "partly"
    assert "runs another build, 13.0 47.24" in result.verdict.reason
    with pytest.raises(Refused, match="which needs"):
        stage.rollback(why="after_fix", accept_exposure=False)


@pytest.mark.parametrize(("state", "message"), [("Primary", "both say"), ("Secondary", "no primary node was found")])
def test_two_primaries_and_none_are_refused(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch, state: str, message: str
) -> None:
    stage = open_stage()
    before = everything(stage)
    roles(monkeypatch, state)
    for verb in (stage.apply, stage.rollback, stage.status):
        with pytest.raises(Refused, match=message):
            verb()
    assert everything(stage) == before


def test_a_role_change_between_look_and_write_is_refused(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    before = everything(stage)
    with pytest.raises(Refused, match="failed over"):
        stage.apply(lambda _deployment: stage.simulator.appliance("box").failover())
    assert everything(stage) == before


def during(stage: Stage, monkeypatch: pytest.MonkeyPatch, type_: str) -> None:
    """The pair fails over right after our first write of a type."""
    write = Session.write
    done: list[bool] = []

    def writing(session: Session, method: str, path: str, *arguments: Any, **options: Any) -> Any:
        reply = write(session, method, path, *arguments, **options)
        if path.startswith(type_) and not done:
            done.append(True)
            stage.simulator.appliance("box").failover()
        return reply

    monkeypatch.setattr(Session, "write", writing)


@pytest.mark.parametrize("type_", ["nsfeature", "responderpolicy", "responderglobal"])
@pytest.mark.parametrize("answer", ["lost", "refused"])
def test_a_role_change_while_writing_is_a_failure_and_the_next_run_goes_on(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch, type_: str, answer: str
) -> None:
    stage = open_stage(switches={"secondary_write": answer})
    with monkeypatch.context() as patch:
        during(stage, patch, type_)
        with pytest.raises(TourniquetError):
            stage.apply()
    assert [ours(stage, node, "saved") for node in (0, 1)] == [0, 0], "nothing is saved on a node that is not in charge"
    stage.simulator.appliance("box").synchronise()
    assert stage.apply(accept_sleeping_policies=("*",)).verdict.word == "mitigated"
    assert [ours(stage, node, kind) for node in (0, 1) for kind in ("running", "saved")] == [4, 4, 4, 4]


def test_a_role_change_while_undoing_leaves_it_in_doubt_and_the_next_run_goes_on(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = open_stage()
    stage.simulator.appliance("box").fault("nitro_error", method="POST", type="responderglobal_responderpolicy_binding")
    with monkeypatch.context() as patch:
        during(stage, patch, "responderpolicy/")  # our first removal
        with pytest.raises(StepFailed, match="failed over") as caught:
            stage.apply()
    assert not caught.value.undone
    record = records_of(stage.records, "box", MITIGATION.id)[-1]
    assert record.in_doubt
    assert record.touched
    stage.simulator.appliance("box").clear_faults()
    stage.simulator.appliance("box").synchronise()
    assert stage.apply(accept_sleeping_policies=("*",)).verdict.word == "mitigated"


def test_a_role_change_between_write_and_save_is_a_failure_and_the_next_run_saves(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()

    def before(deployment: Deployment) -> None:
        probe, rounds = deployment.proof.prover.probe, iter(range(9))

        def probing() -> Any:
            proofs = probe()
            if next(rounds) == 1:  # the probes after the change
                stage.simulator.appliance("box").failover()
            return proofs

        deployment.proof.prover.probe = probing  # type: ignore[method-assign]

    with pytest.raises(TourniquetError, match="failed over"):
        stage.apply(before)
    assert [ours(stage, node) for node in (0, 1)] == [4, 4]
    assert [ours(stage, node, "saved") for node in (0, 1)] == [0, 0]
    record = records_of(stage.records, "box", MITIGATION.id)[-1]
    assert (record.outcome, record.saved) == ("applied", False)
    result = stage.apply()
    assert (result.verdict.word, result.saved_now) == ("mitigated", True)
    assert [ours(stage, node, "saved") for node in (0, 1)] == [4, 4]


def after_the_read_back(deployment: Deployment, act: Callable[[], None]) -> None:
    """Do something while the probes after the change are sent: the secondary was read back, and is not saved yet."""
    probe, rounds = deployment.proof.prover.probe, iter(range(9))

    def probing() -> Any:
        proofs = probe()
        if next(rounds) == 1:
            act()
        return proofs

    deployment.proof.prover.probe = probing  # type: ignore[method-assign]


def test_a_secondary_that_was_restarted_after_it_was_read_back_is_read_again(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    setting(stage, 1, hasync="DISABLED")
    with Session(stage.appliance, stage.appliance.nodes[1]) as session:
        session.save()
    box = stage.simulator.appliance("box")
    stage.simulator.clear_requests()
    result = stage.apply(lambda deployment: after_the_read_back(deployment, lambda: box.reboot(1, 0)))
    assert ours(stage, 1) == 0
    saves = [entry for entry in stage.simulator.requests() if "action=save" in entry["target"]]
    assert [entry["node"] for entry in saves] == [0], "nothing of ours is there to be saved"
    assert result.verdict.word == "partly"
    assert "the secondary 127.0.0." in str(result.verdict)


def test_what_runs_on_the_secondary_is_read_back_once(open_stage: Callable[..., Stage]) -> None:
    """A save does not change what runs: behind it only what is saved there is read."""
    stage = open_stage()
    result = stage.apply(lambda deployment: after_the_read_back(deployment, stage.simulator.clear_requests))
    assert (result.verdict.word, result.saved_now) == ("mitigated", True)
    second = {(entry["method"], asked(entry)) for entry in stage.simulator.requests() if entry.get("node") == 1}
    assert ("GET", "config/nssavedconfig") in second
    assert not {("GET", f"config/{type_}") for type_ in (*OURS, "nsfeature")} & second


def test_after_a_failover_it_holds(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply()
    stage.simulator.appliance("box").failover()
    assert stage.status(probes="few").verdict.word == "mitigated"
    assert stage.status(probes="none").verdict.word == "mitigated"
    assert not stage.apply().changed


def test_what_is_not_synchronised_is_told_by_node(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    line = MITIGATION.start_up_line
    stage.simulator.appliance("box").write_file("/nsconfig/rc.netscaler", f"{line}\n", node=0)
    with Connection(stage.appliance) as connection:
        assert [node.start_up_file for node in connection.nodes] == [f"{line}\n", ""]
    assert sum("lacks the line" in text for text in stage.apply().verdict.missing) == 1


# -- taking it off ---------------------------------------------------------------------------------------------------


def test_a_rollback_says_where_the_secondary_did_not_follow(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = open_stage()
    stage.apply()
    assert stage.rollback().remarks == ()
    assert ours(stage, 1) == 0
    stage.apply()
    setting(stage, 0, haprop="DISABLED")
    monkeypatch.setattr(secondary, "SYNC_PATIENCE", 0.3)
    remarks = stage.rollback().remarks
    assert remarks[0].startswith("the secondary 127.0.0.1 did not follow: ")
    assert (ours(stage, 0), ours(stage, 1)) == (0, 4)


def test_a_role_change_in_a_rollback_is_a_failure_and_the_next_run_goes_on(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = open_stage()
    stage.apply()
    with monkeypatch.context() as patch:
        during(stage, patch, "responderpolicy/")
        with pytest.raises(TourniquetError):
            stage.rollback()
    assert [ours(stage, node, "saved") for node in (0, 1)] == [4, 4]
    stage.simulator.appliance("box").synchronise()
    stage.rollback(why="after_fix")
    assert [ours(stage, node, kind) for node in (0, 1) for kind in ("running", "saved")] == [0, 0, 0, 0]


def test_an_undo_with_nothing_to_do_saves_no_leftover_of_ours_on_the_secondary(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write before a failover is only on the old primary: it is reported, and never saved there."""
    stage = open_stage()
    for node in (0, 1):
        setting(stage, node, haprop="DISABLED", hasync="DISABLED")
    with monkeypatch.context() as patch:
        during(stage, patch, "responderglobal")
        with pytest.raises(TourniquetError):
            stage.apply()
    assert [ours(stage, node) for node in (0, 1)] == [4, 0]
    monkeypatch.setattr(secondary, "SYNC_PATIENCE", 0.3)
    assert stage.rollback().remarks[0].startswith("the secondary 127.0.0.1 did not follow: ")
    assert [ours(stage, node, kind) for node in (0, 1) for kind in ("running", "saved")] == [4, 0, 0, 0]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ((("pair", 0), ("other", 1)), "is the secondary of another pair"),
        ((("pair", 1), ("alone", 0)), "says that it is standalone"),
        ((("pair", 0), ("alone", 0)), "says that it is standalone"),
        ((("pair", 0), ("other", 0)), "both say that they are primary"),
    ],
)
def test_the_address_of_a_node_of_another_appliance_is_refused(
    start: Callable[[dict[str, Any]], Simulator], tmp_path: Path, named: tuple[tuple[str, int], ...], said: str
) -> None:
    """Seen: "the secondary differs", beside a pair whose own secondary nobody had read; or the rule on the other appliance alone."""
    places = {"pair": ["127.0.1.1:0", "127.0.1.2:0"], "other": ["127.0.2.1:0", "127.0.2.2:0"], "alone": ["127.0.3.1:0"]}
    simulator = start(fleet_file({name: {**BOX, "nodes": nodes, "vservers": []} for name, nodes in places.items()}))
    ready = simulator.ready["appliances"]
    stage = Stage(simulator, tmp_path, "pair")
    rows = [ready[name]["nodes"][number] for name, number in named]
    stage.variables["nodes"] = [f"{row['address']}:{row['port']}" for row in rows]
    with pytest.raises(Refused, match=rf"^pair: .*{said}"):
        stage.apply()
    written = [one for one in simulator.requests() if one["method"] != "GET" and "/log" not in one["target"]]
    assert written == []


def test_an_address_that_is_no_node_is_not_reached_and_the_other_node_is_protected(
    open_stage: Callable[..., Stage],
) -> None:
    """Seen: the address of a virtual server in the inventory stopped the whole pair."""
    stage = open_stage()
    (vip,) = stage.variables["vips"]
    stage.variables["nodes"][1] = f"{vip['address']}:{vip['port']}"
    result = stage.apply(save="always")
    assert result.verdict.word == "partly"
    assert f"node {vip['address']} is unreachable" in result.verdict.missing
    assert ours(stage, 0)
