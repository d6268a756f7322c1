# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Admin partitions: each is read, written, saved and rolled back separately, and never one in place of another."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.node_files import read_file
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.appliance_lock import ApplianceLock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.partition_report import (
    measure_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.page import (
    removal_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.plan_file import rollback_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback import Rollback
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_per_partition import (
    PartitionedRollback,
)

from tests.engine.control_nodes import DiedError, dying
from tests.engine.records import records_of
from tests.stage.memory import MITIGATION, Stage

BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN"],
    "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"}],
    "partitions": {"tenant_a": {"features": ["LB"]}, "tenant b": {"features": ["RESPONDER"]}},
}
PAIR = {**BOX, "nodes": ["127.0.0.1:0", "127.0.0.1:0"]}
ALL = ("default", "tenant_a", "tenant b")
NAME = f"tq_{MITIGATION.id}"
# Nothing listens in these partitions, so nothing is proven there: it is saved anyway.
UNPROVEN: dict[str, Any] = {"save": "always"}


def sent(stage: Stage) -> list[str]:
    """Method and target of everything that reached NITRO."""
    return [
        f"{entry['method']} {entry['target'].removeprefix('/nitro/v1/config/')}"
        for entry in stage.simulator.requests()
        if entry["side"] == "nitro"
    ]


def writes(stage: Stage) -> list[str]:
    own = ("POST login", "POST logout", "POST nspartition?action=Switch")
    return [line for line in sent(stage) if not line.startswith("GET ") and line not in own]


def ours(stage: Stage, partition: str, kind: str = "running", node: int | None = None) -> int:
    return sum(NAME in row for row in stage.configuration(kind, node, partition))


def colleague(stage: Stage, method: str, path: str, body: dict[str, Any] | None, partition: str = "default") -> None:
    with Session(stage.appliance, stage.appliance.nodes[0]) as session:
        if partition != "default":
            session.enter(partition)
        session.write(method, path, body)


@pytest.mark.parametrize("box", [BOX, PAIR], ids=["standalone", "pair"])
@pytest.mark.parametrize("listed", [True, False])
def test_each_partition_gets_it_and_saves_it(
    open_stage: Callable[..., Stage], box: dict[str, Any], listed: bool
) -> None:
    stage = open_stage(box, switches={"partition_list_has_default": listed})
    result = stage.apply_all(**UNPROVEN)
    assert result.failed == ""
    for node in range(len(box["nodes"])):
        for kind in ("running", "saved"):
            assert [ours(stage, name, kind, node) for name in ALL] == [4, 4, 4]
    assert {name: part.verdict.word for name, part in result.partitions.items()} == {
        "default": "mitigated",
        "tenant_a": "applied, unproven",
        "tenant b": "applied, unproven",
    }
    assert result.verdict.word == "applied, unproven"
    assert result.verdict.reason.startswith("partition tenant_a: ")
    assert [record.partition for record in records_of(stage.records, "box", MITIGATION.id)] == list(ALL)
    assert len(result.records) == 3
    stage.simulator.control("DELETE", "/requests")
    again = stage.apply_all(**UNPROVEN)
    assert not again.changed
    assert writes(stage) == []


def test_a_plan_only_reads_and_shows_each_partition(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    before = [stage.configuration(kind, 0, name) for kind in ("running", "saved") for name in ALL]
    with Connection(stage.appliance) as connection:
        result = PartitionedDeployment(connection, stage.parameters()).plan()
        values = measure_result(result, connection).values()
    assert writes(stage) == []
    assert [stage.configuration(kind, 0, name) for kind in ("running", "saved") for name in ALL] == before
    preview = values["diff"]["prepared"].splitlines()
    assert [line for line in preview if "switch ns partition" in line] == [
        "  switch ns partition default",
        "  switch ns partition tenant_a",
        '  switch ns partition "tenant b"',
    ]
    by_partition = [[s["type"] for s in values["steps"] if s["partition"] == name] for name in ALL]
    assert by_partition[0] == by_partition[1] == ["nsfeature", *by_partition[2]], "features are each partition's own"
    assert values["inverse"][0] == 'switch ns partition "tenant b"'
    assert values["verdict"]["word"] == "exposed"
    assert list(values["partitions"]) == list(ALL)
    assert values["requests"]["session"] == 4, "the login, a switch into each, and back; the logout is still to come"
    assert "write" not in values["requests"]


def test_an_appliance_without_partitions_costs_not_one_request_more(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(partitions={})
    stage.apply()
    plain = sent(stage)
    stage.rollback()
    stage.simulator.control("POST", "/reset", {})
    stage.records = stage.records / "again"
    assert stage.apply_all().is_plain
    without_times = [re.sub(r"\d{8}T[\d.]+Z", "", line) for line in sorted(sent(stage))]
    assert without_times == [re.sub(r"\d{8}T[\d.]+Z", "", line) for line in sorted(plain)]
    assert not any("Switch" in line for line in plain)
    assert plain.count("GET nspartition") == 1


def test_a_partition_that_appears_later_is_told_and_corrected(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(partitions={"tenant_a": {}})
    stage.apply_all(**UNPROVEN)
    colleague(stage, "POST", "nspartition", {"nspartition": {"partitionname": "tenant_new"}})
    colleague(stage, "POST", "nsconfig?action=save", {"nsconfig": {}})
    verdict = stage.status_all().verdict
    assert verdict.word == "partly"
    assert verdict.reason.startswith("partition tenant_new does not have it: ")
    assert verdict.next_action == "apply.yml"
    result = stage.apply_all(**UNPROVEN)
    assert [name for name, part in result.partitions.items() if part.changed] == ["tenant_new"]
    assert ours(stage, "tenant_new", "saved") == 4


def test_a_partition_that_lost_it_is_named(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply_all(**UNPROVEN)
    path = f"responderglobal_responderpolicy_binding?args=policyname:{NAME},type:REQ_OVERRIDE"
    colleague(stage, "DELETE", path, None, "tenant b")
    verdict = stage.status_all(probes="few").verdict
    assert (verdict.word, verdict.reason[:20]) == ("drifted", "partition tenant b: ")
    stage.apply_all(**UNPROVEN, unsaved="apply_without_save")
    assert ours(stage, "tenant b") == 4


def test_only_the_chosen_partitions_are_touched(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.variables["partitions"] = ["tenant_a"]
    result = stage.apply_all(**UNPROVEN)
    assert [ours(stage, name) for name in ALL] == [0, 4, 0]
    assert "partition default is not among netscaler_partitions" in result.verdict.missing
    stage.variables["partitions"] = ["default"]
    assert stage.apply_all().verdict.word == "mitigated"
    assert [ours(stage, name) for name in ALL] == [4, 4, 0]


def test_a_chosen_partition_that_does_not_exist_is_an_error(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.variables["partitions"] = ["default", "tenant_x"]
    with pytest.raises(Refused, match=r"names tenant_x, .* \(it has default, tenant_a, tenant b\)"):
        stage.apply_all()
    assert writes(stage) == []


def test_what_partitions_there_are_must_be_readable_unless_only_the_default_one_is_meant(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()

    def refuse() -> None:
        stage.simulator.appliance("box").fault("nitro_error", type="nspartition", method="GET", code=2138, times=1)

    refuse()
    assert stage.status_all(probes="none").verdict.word == "unknown"
    refuse()
    assert "show ns partition" in stage.apply_all().failed
    refuse()
    with pytest.raises(Refused, match="show ns partition"):
        stage.rollback_all()
    stage.variables["partitions"] = ["tenant_a"]
    refuse()
    with pytest.raises(Refused, match="cannot be read"):
        stage.apply_all()
    assert writes(stage) == []
    stage.variables["partitions"] = ["default"]
    refuse()
    assert stage.apply_all().verdict.word == "mitigated"


def test_a_conflict_in_one_partition_stops_all_before_anything_is_written(open_stage: Callable[..., Stage]) -> None:
    taken = {"responderaction": [{"name": NAME, "type": "respondwith", "target": '"x"'}]}
    stage = open_stage(partitions={"tenant_a": {}, "tenant b": {"features": ["RESPONDER"], "configuration": taken}})
    result = stage.apply_all()
    assert result.failed.startswith("partition tenant b: the responder action")
    assert result.failed.endswith("Nothing was changed.")
    assert writes(stage) == []


def test_a_failure_undoes_that_partition_and_stops_those_behind_it(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    before = stage.configuration(partition="tenant_a")
    stage.simulator.appliance("box").fault("nitro_error", type="responderpolicy", method="POST", nth=2, code=278)
    result = stage.apply_all(**UNPROVEN)
    assert result.failed.startswith("partition tenant_a: box (partition tenant_a): ")
    assert "has been undone" in result.failed
    assert result.failed.endswith("Not started because of this failure: partition tenant b.")
    assert [part.state.saved for part in result.partitions.values()] == [True, None, True]  # nobody looked there again
    assert [ours(stage, name) for name in ALL] == [4, 0, 0]
    assert [row for row in stage.configuration(partition="tenant_a") if "nsfeature" not in row] == [
        row for row in before if "nsfeature" not in row
    ]
    assert [record.outcome for record in records_of(stage.records, "box", MITIGATION.id)] == [
        "applied",
        "reverted",
    ]
    assert stage.apply_all(**UNPROVEN).failed == ""
    assert [ours(stage, name) for name in ALL] == [4, 4, 4]


def test_a_lost_connection_in_a_partition_is_a_failure_with_its_record(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()

    def meanwhile(_deployment: PartitionedDeployment) -> None:
        stage.simulator.appliance("box").fault("reset", nth=1, times=0)

    result = stage.apply_all(meanwhile, **UNPROVEN)
    assert result.failed.startswith("partition default: ")


# -- never the wrong partition ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("nth", range(1, 12))
def test_a_session_that_ends_in_a_partition_goes_on_in_the_same(open_stage: Callable[..., Stage], nth: int) -> None:
    """A new login lands in the default partition."""
    stage = open_stage(partitions={"tenant_a": {}})
    stage.variables["partitions"] = ["tenant_a"]

    def meanwhile(_deployment: PartitionedDeployment) -> None:
        stage.simulator.appliance("box").fault("expire_session", nth=nth)

    result = stage.apply_all(meanwhile, **UNPROVEN)
    assert result.failed == ""
    assert ours(stage, "tenant_a") == ours(stage, "tenant_a", "saved") == 4
    assert ours(stage, "default") == 0


@pytest.mark.parametrize("fault", ["reply_lost", "reset", "nitro_error", "expire_session"])
@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_a_switch_that_fails_never_leads_to_a_write_elsewhere(
    open_stage: Callable[..., Stage], fault: str, nth: int
) -> None:
    stage = open_stage(partitions={"tenant_a": {}})
    stage.variables["partitions"] = ["tenant_a"]
    options = {"code": 278} if fault == "nitro_error" else {}
    stage.simulator.appliance("box").fault(
        fault, type="nspartition", method="POST", action="Switch", nth=nth, **options
    )
    try:
        failed = stage.apply_all(**UNPROVEN).failed
    except TourniquetError as error:
        failed = str(error)
    assert ours(stage, "default") == 0
    stays = not failed or "What it has brought in stays" in failed
    assert ours(stage, "tenant_a") == (4 if stays else 0), failed
    if fault == "reply_lost":
        assert failed == "", "it took, and the appliance says so"


@pytest.mark.parametrize("listed", [True, False])
def test_a_switch_that_cannot_be_verified_is_refused(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch, listed: bool
) -> None:
    stage = open_stage(switches={"partition_list_has_default": listed})
    read = Session.read

    def reading(session: Session, type_: str, *arguments: Any, **options: Any) -> Any:
        rows = read(session, type_, *arguments, **options)
        hidden = ("partitiontype", "currentconn")
        return [{key: value for key, value in row.items() if key not in hidden} for row in rows]

    monkeypatch.setattr(Session, "read", reading)
    result = stage.apply_all(**UNPROVEN)
    assert "does not say in which one it is" in result.failed
    assert writes(stage) == []


def test_a_session_that_is_nowhere_writes_nothing(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    with Session(stage.appliance, stage.appliance.nodes[0]) as session:
        with pytest.raises(TourniquetError):
            session.enter("tenant_x")
        for action in (lambda: session.write("POST", "nsconfig?action=save", {"nsconfig": {}}), session.save):
            with pytest.raises(Refused, match="not known in which partition the session is, so nothing is written"):
                action()
        session.enter("default")
        session.save()


def test_a_partition_changed_by_others_meanwhile_is_looked_at_again(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()

    def meanwhile(_deployment: PartitionedDeployment) -> None:
        stage.simulator.appliance("box").advance(2)
        theirs = {"name": NAME, "rule": "FALSE", "action": "NOOP"}
        colleague(stage, "POST", "responderpolicy", {"responderpolicy": theirs}, "tenant b")

    result = stage.apply_all(meanwhile, **UNPROVEN)
    assert "partition tenant b: it was changed meanwhile: " in result.failed
    assert [ours(stage, name) for name in ALL] == [4, 4, 1]


@pytest.mark.parametrize("verb", ["apply_all", "rollback_all"])
def test_a_partition_changed_by_others_before_its_lock_is_not_written_to(
    open_stage: Callable[..., Stage], monkeypatch: Any, verb: str
) -> None:
    """Taking the lock switches to the default partition and back; the facts of this partition must stay."""
    stage = open_stage()
    if verb == "rollback_all":
        stage.apply_all(**UNPROVEN)
    enter, saved = ApplianceLock.__enter__, stage.configuration("saved", partition="tenant_a")

    def entering(lock: ApplianceLock) -> ApplianceLock:
        if lock.connection.partition == "tenant_a":
            stage.simulator.appliance("box").advance(2)
            server = {"server": {"name": "s", "ipaddress": "192.0.2.7"}}
            colleague(stage, "POST", "server", server, "tenant_a")
        return enter(lock)

    monkeypatch.setattr(ApplianceLock, "__enter__", entering)
    if verb == "apply_all":
        assert "partition tenant_a: " in stage.apply_all(**UNPROVEN).failed
    else:
        with pytest.raises(TourniquetError, match="partition tenant_a: "):
            stage.rollback_all(why="after_fix")
    assert stage.configuration("saved", partition="tenant_a") == saved


def test_a_rollback_plans_anew_what_changed_while_other_partitions_were_worked_on(
    open_stage: Callable[..., Stage], monkeypatch: Any
) -> None:
    stage = open_stage()
    stage.apply_all(**UNPROVEN)
    carry_out, changed = Rollback.carry_out, []

    def carrying(rollback: Rollback, plan: Any) -> None:
        carry_out(rollback, plan)
        if not changed:
            stage.simulator.appliance("box").advance(2)
            changed.append(
                colleague(
                    stage, "PUT", "responderpolicy", {"responderpolicy": {"name": NAME, "rule": "FALSE"}}, "tenant b"
                )
            )

    monkeypatch.setattr(Rollback, "carry_out", carrying)
    with pytest.raises(TourniquetError, match=r"partition tenant b: .*changed"):
        stage.rollback_all(why="after_fix")
    assert ours(stage, "tenant b") == 4


def test_a_lock_that_cannot_be_read_does_not_lead_out_of_the_partition(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.variables["partitions"] = ["tenant_a"]
    colleague(stage, "POST", "server", {"server": {"name": "s", "ipaddress": "192.0.2.7"}})  # in the default one
    stage.simulator.appliance("box").fault("nitro_error", method="GET", type="systemfile", code=2138, times=0)
    result = stage.plan_all().partitions["tenant_a"]
    assert any("holds the lock cannot be read" in text for text in result.plan.remarks)
    assert result.facts.saved.foreign_lines == ()
    assert stage.apply_all(lock=False, **UNPROVEN).failed == ""
    assert [ours(stage, name) for name in ALL] == [0, 4, 0]


def test_a_secondary_without_the_partition_is_not_covered(open_stage: Callable[..., Stage], monkeypatch: Any) -> None:
    stage = open_stage(PAIR)
    enter = Session.enter

    def entering(session: Session, partition: str) -> None:
        if session.node == stage.appliance.nodes[1] and partition != "default":
            raise Refused("no such partition")
        enter(session, partition)

    stage.apply_all(**UNPROVEN)
    monkeypatch.setattr(Session, "enter", entering)
    verdict = stage.status_all().verdict
    assert verdict.word == "partly"
    assert "cannot be switched to the partition" in verdict.reason


# -- rollback --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["undo", "after_fix"])
def test_a_rollback_restores_every_partition(open_stage: Callable[..., Stage], why: str) -> None:
    stage = open_stage()
    before = {name: stage.configuration(partition=name) for name in ALL}
    stage.apply_all(**UNPROVEN)
    stage.variables["partitions"] = ["default"]  # our objects are removed from every partition
    rollback = stage.rollback_all(why=why)
    assert {name: stage.configuration(partition=name) for name in ALL} == before
    assert {name: stage.configuration("saved", partition=name) for name in ALL} == before
    assert all(part.changed for part in rollback.partitions.values())
    assert all(record.undone_by for record in records_of(stage.records, "box", MITIGATION.id)[:3])
    stage.simulator.control("DELETE", "/requests")
    assert not stage.rollback_all(why=why).plan.has_steps
    assert writes(stage) == []


def test_an_undo_takes_back_the_last_run_only_where_it_was(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.variables["partitions"] = ["tenant_a"]
    stage.apply_all(**UNPROVEN)
    stage.run, stage.variables["partitions"] = "second", ["default", "tenant b"]
    stage.apply_all(**UNPROVEN)
    done = stage.rollback_all()
    assert list(done.partitions) == ["default", "tenant b"]
    assert [ours(stage, name) for name in ALL] == [0, 4, 0]


@pytest.mark.parametrize("number", [5, 6, 11, 14])
def test_an_undo_takes_back_a_run_that_died_in_every_partition(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Seen: the next run had nothing left to do in the default partition, and an undo of it left the rule of the dead run there: "nothing to undo"."""
    stage = open_stage()
    before = [stage.configuration(partition=name) for name in ALL]
    stage.run = "died"
    with dying(monkeypatch, number), pytest.raises(DiedError):
        stage.apply_all(**UNPROVEN)
    stage.run = "next"
    stage.apply_all(**UNPROVEN)
    known = records_of(stage.records, "box", MITIGATION.id)
    assert [one.outcome for one in known if one.run == "died"][-1] == "continued"
    stage.run = "undo"
    stage.rollback_all()
    assert [stage.configuration(partition=name) for name in ALL] == before
    assert [stage.configuration("saved", partition=name) for name in ALL] == before
    assert not stage.rollback_all().plan.leaves_earlier_runs


def test_an_undo_again_says_of_a_run_in_another_partition_that_it_is_in_force(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    stage.variables["partitions"] = ["tenant_a"]
    stage.apply_all(**UNPROVEN)
    stage.run, stage.variables["partitions"] = "second", ["default", "tenant b"]
    stage.apply_all(**UNPROVEN)
    stage.rollback_all()
    again = stage.rollback_all().plan
    assert (again.has_steps, again.leaves_earlier_runs) == (False, True)


def test_an_undo_of_another_control_node_takes_back_the_run_in_every_partition(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    before = [stage.configuration("running", 0, name) for name in ALL]
    stage.apply_all(**UNPROVEN)
    elsewhere = Stage(stage.simulator, stage.records.parent / "theirs")
    result = elsewhere.rollback_all(why="undo")
    assert list(result.partitions) == list(ALL)
    assert [stage.configuration("running", 0, name) for name in ALL] == before


def test_a_rollback_that_fails_in_a_partition_says_where_it_stopped(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply_all(**UNPROVEN)
    stage.simulator.appliance("box").fault("nitro_error", type="responderaction", method="DELETE", nth=2, code=278)
    with pytest.raises(
        TourniquetError, match=r"^partition tenant_a: .* Not started because of this failure: partition tenant b\.$"
    ):
        stage.rollback_all()
    assert [ours(stage, name) for name in ALL] == [0, 4, 4]


@pytest.mark.parametrize(
    ("refused", "saved"),
    [
        ({"type": "nsconfig", "method": "POST", "action": "save"}, False),
        ({"type": "responderaction", "method": "DELETE"}, None),  # it was undone, and nobody looked again
    ],
    ids=["save", "step"],
)
def test_a_rollback_that_fails_in_a_partition_does_not_call_it_saved_there(
    open_stage: Callable[..., Stage], refused: dict[str, str], saved: bool | None
) -> None:
    stage = open_stage()
    stage.apply_all(**UNPROVEN)
    stage.simulator.appliance("box").fault("nitro_error", **refused, nth=2, code=257)
    with Connection(stage.appliance) as connection:
        rollback = PartitionedRollback(connection, stage.rollback_parameters())
        plan = rollback.plan()
        with pytest.raises(TourniquetError, match=r"^partition tenant_a: "):
            rollback.carry_out(plan)
    values = removal_result(rollback.result(plan), connection, MITIGATION.id).values()
    assert [values["partitions"][name]["saved"] for name in ALL] == [True, saved, True]
    assert values["saved"] is saved


def test_an_undo_that_stopped_between_partitions_goes_on_with_the_next(open_stage: Callable[..., Stage]) -> None:
    """Nothing is left to undo in a partition where the undo is complete; the next plan reports that, and has the other partitions."""
    stage = open_stage()
    stage.apply_all(**UNPROVEN)
    stage.simulator.appliance("box").fault("nitro_error", type="responderaction", method="DELETE", nth=2, code=257)
    with pytest.raises(TourniquetError, match=r"^partition tenant_a: "):
        stage.rollback_all()
    parameters = stage.rollback_parameters()
    with Connection(stage.appliance) as connection:
        rollback = PartitionedRollback(connection, parameters)
        planned = rollback.plan()
        plan = rollback_plan(planned, parameters, connection)
        rollback.carry_out(planned)
    assert planned.partitions["default"].remarks == ("there is no run of ours to undo",)
    assert [line for line in plan.lines if line.startswith("switch")] == [
        "switch ns partition tenant_a",
        'switch ns partition "tenant b"',
    ]
    assert [ours(stage, name) for name in ALL] == [0, 0, 0]


def test_a_partition_that_is_gone_took_ours_with_it(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply_all(**UNPROVEN)
    colleague(stage, "DELETE", "nspartition/tenant_a", None)
    colleague(stage, "POST", "nsconfig?action=save", {"nsconfig": {}})
    rollback = stage.rollback_all()
    assert rollback.plan.remarks == ("partition tenant_a no longer exists, nor does the measure in it",)
    with Connection(stage.appliance) as connection:
        values = removal_result(rollback, connection, MITIGATION.id).values()
    assert "note: partition tenant_a no longer exists" in values["diff"]["prepared"]
    assert {step["partition"] for step in values["steps"]} == {"default", "tenant b"}


def test_a_partition_that_is_listed_twice_is_worked_on_once(open_stage: Callable[..., Stage], monkeypatch: Any) -> None:
    """It was carried out twice, each time with a record, and the message said each thing twice."""
    stage = open_stage(BOX)
    read = Session.read
    monkeypatch.setattr(
        Session,
        "read",
        lambda self, type_, *more, **options: read(self, type_, *more, **options) * (1 + (type_ == "nspartition")),
    )
    result = stage.apply_all(**UNPROVEN)
    assert result.failed == ""
    assert [ours(stage, name) for name in ALL] == [4, 4, 4]
    assert [record.partition for record in records_of(stage.records, "box", MITIGATION.id)] == list(ALL)


def test_a_partition_that_is_gone_meanwhile_is_named(open_stage: Callable[..., Stage], monkeypatch: Any) -> None:
    """The error named the request only: whoever closes access in an emergency has to know what to leave out."""
    stage = open_stage(BOX)
    stage.apply_all(**UNPROVEN)
    enter = Connection.enter

    def gone(connection: Connection, name: str) -> None:
        if name == "tenant b" and connection.partition != name:
            monkeypatch.undo()
            colleague(stage, "DELETE", "nspartition/tenant%20b", None)
        enter(connection, name)

    monkeypatch.setattr(Connection, "enter", gone)
    with pytest.raises(Refused, match=r"^box: the partition tenant b is gone since the partitions were listed \("):
        stage.rollback_all()


def test_nothing_in_a_partition_that_is_gone_is_called_absent(open_stage: Callable[..., Stage]) -> None:
    """A session that has ended starts again in its partition, so "not found" would have answered the question after an object."""
    stage = open_stage(BOX)
    with Session(stage.appliance, stage.appliance.nodes[0]) as session:
        session.enter("tenant_a")
        stage.simulator.fleet.appliances["box"].nodes[0].sessions.clear()
        colleague(stage, "DELETE", "nspartition/tenant_a", None)
        with pytest.raises(Refused, match="the partition tenant_a is gone since the partitions were listed"):
            read_file(session, "tourniquet_lock.txt")
