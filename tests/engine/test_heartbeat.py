# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The heartbeat: a policy that is bound nowhere comes, is read back, and goes, and leaves nothing that another run would see."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes, Save
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import secondary
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.last_run import LastRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import load_measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.alarms import read_alarms
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import (
    apply_parameters,
    run_parameters,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
    PartitionedResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave.leftovers import read_leftovers
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.apply_report import partition_lines
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_per_partition import (
    PartitionedRollback,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import (
    RollbackParameters,
    RollbackReason,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.catalogue_check import CatalogueCheck

from simulator import Simulator
from tests.stage.memory import CATALOGUE, Stage

FLEET: dict[str, Any] = {
    "appliances": {
        "box": {
            "build": "13.0 47.22",
            "nodes": ["127.0.0.1:0", "127.0.0.2:0"],
            "features": ["LB", "RESPONDER"],
            "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.3:0"}],
        },
        "without": {"build": "13.0 47.22", "nodes": ["127.0.0.4:0"], "features": ["LB"]},
    }
}
DEFAULTS = {name: option.get("default") for name, option in options_of("apply", "apply").items()}


@pytest.fixture(autouse=True)
def _as_at_the_beginning(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secondary, "SYNC_PATIENCE", 0.25)
    simulator.reset()


def options(stage: Stage) -> dict[str, Any]:
    asked = {"mitigation": "heartbeat", "catalogue": str(CATALOGUE.parent), "settings": None}
    return {**DEFAULTS, **asked, "records": str(stage.records)}


def play(stage: Stage, verb: str, **more: Any) -> PartitionedResult:
    with Connection(stage.appliance) as connection:
        parameters = apply_parameters(stage.appliance, options(stage), **more)
        result: PartitionedResult = getattr(PartitionedDeployment(connection, parameters), verb)()
        return result


def remove(stage: Stage) -> None:
    given = run_parameters(stage.appliance, options(stage))
    with Connection(stage.appliance) as connection:
        rollback = PartitionedRollback(connection, RollbackParameters(**given, why=RollbackReason.UNDO))
        rollback.carry_out(rollback.plan())


def saved(stage: Stage) -> list[str]:
    """Return the saved configuration of each node."""
    nodes = stage.simulator.appliance(stage.name).state()["nodes"]
    return [str(node["saved"]) for node in nodes]


def requests(stage: Stage) -> list[str]:
    """Return the writes that the appliances have seen, files and sessions left out."""
    sent = [(one["method"], one["target"].removeprefix("/nitro/v1/config/")) for one in stage.simulator.requests()]
    return [f"{m} {t}" for m, t in sent if m != "GET" and not t.startswith(("login", "logout", "systemfile"))]


def test_it_comes_is_read_back_and_goes(simulator: Simulator, tmp_path: Path) -> None:
    stage = Stage(simulator, tmp_path)
    assert play(stage, "status").verdict.word == "not asked for"
    planned = play(stage, "plan").partitions["default"]
    assert [(step.type, step.object_id[1]) for step in planned.plan.steps] == [("responderpolicy", ("tq_heartbeat",))]
    assert (planned.foreseen, planned.plan.remarks) == ((), ())
    before = saved(stage)
    stage.simulator.clear_requests()
    applied = play(stage, "apply", save=Save.ALWAYS)
    assert (applied.failed, applied.changed) == ("", True)
    assert (applied.verdict.word, applied.verdict.reason) == ("on time", "heartbeat 0 min ago")
    assert (applied.verdict.exit_code, applied.verdict.missing) == (0, ())
    again = play(stage, "apply")
    assert (again.changed, again.partitions["default"].drift) == (False, ()), "a second run writes nothing"
    record = ChangeRecord.read(Path(applied.records[0]), stage.trust)
    assert (record.saved, record.proof.state) == (False, "read back")
    remove(stage)
    assert requests(stage) == ["POST responderpolicy", "DELETE responderpolicy/tq_heartbeat"], "it is never saved"
    assert saved(stage) == before
    assert play(stage, "status").verdict.word == "on time"


def test_a_pair_whose_secondary_lacks_it_has_no_heartbeat(simulator: Simulator, tmp_path: Path) -> None:
    stage = Stage(simulator, tmp_path)
    simulator.appliance("box").fault("secondary_writes_lost")
    applied = play(stage, "apply")
    assert applied.verdict.word == "partly"
    assert "127.0.0.2" in applied.verdict.reason


def test_it_enables_no_feature(simulator: Simulator, tmp_path: Path) -> None:
    stage = Stage(simulator, tmp_path, "without")
    stage.simulator.clear_requests()
    applied = play(stage, "apply")
    off = "the heartbeat needs the feature RESPONDER, which is off, and does not enable it"
    assert (applied.partitions["default"].plan.skipped, applied.changed, applied.failed) == (off, False, "")
    assert applied.verdict.reason == (
        "no run has brought a heartbeat in here; it cannot beat here: the feature RESPONDER is off"
    )
    assert requests(stage) == []


def test_another_run_sees_no_change_of_others(simulator: Simulator, tmp_path: Path) -> None:
    stage = Stage(simulator, tmp_path)
    before = stage.plan_all().partitions["default"].plan
    play(stage, "apply")
    during = stage.plan_all().partitions["default"].plan
    remove(stage)
    after = stage.plan_all().partitions["default"].plan
    assert before.seal == during.seal == after.seal
    assert before.conflicts == during.conflicts == after.conflicts == ()


def test_one_that_another_run_has_saved_goes_from_the_saved_configuration_too(
    simulator: Simulator, tmp_path: Path
) -> None:
    stage = Stage(simulator, tmp_path)
    play(stage, "apply")
    assert stage.apply_all(save=Save.ALWAYS, probes=Probes.NONE).failed == ""
    assert all("tq_heartbeat" in text for text in saved(stage))
    remove(stage)
    assert not any("tq_heartbeat" in text for text in saved(stage))


def test_unsaved_changes_of_others_stay_unsaved(simulator: Simulator, tmp_path: Path) -> None:
    stage = Stage(simulator, tmp_path)
    before = saved(stage)
    with Connection(stage.appliance) as connection:
        row = {"name": "others", "rule": "FALSE", "action": "NOOP"}
        connection.primary.write("POST", "responderpolicy", {"responderpolicy": row})
    assert play(stage, "apply").failed == ""
    remove(stage)
    assert saved(stage) == before


def test_unsaved_changes_of_another_measure_of_ours_are_named_as_that(simulator: Simulator, tmp_path: Path) -> None:
    """A measure that nothing proves is not saved; what somebody else has not saved is still that of others, also under our prefix."""
    stage = Stage(simulator, tmp_path)
    stage.apply_all(probes=Probes.NONE)
    with Connection(stage.appliance) as connection:
        for name in ("others", "tq_unknown"):
            row = {"name": name, "rule": "FALSE", "action": "NOOP"}
            connection.primary.write("POST", "responderpolicy", {"responderpolicy": row})
    lines = partition_lines(play(stage, "plan").partitions["default"])
    (ours,) = [line for line in lines if line.startswith("  unsaved changes of another measure of ours: ")]
    (others,) = [line for line in lines if line.startswith("  unsaved changes of others: ")]
    assert "tq_cve_2019_19781" in ours
    assert "others" not in ours.partition(": ")[2]
    assert "tq_cve_2019_19781" not in others
    assert all(f"+ add responder policy {name} " in others for name in ("others", "tq_unknown"))


def test_one_that_somebody_changed_has_drifted(simulator: Simulator, tmp_path: Path) -> None:
    stage = Stage(simulator, tmp_path)
    play(stage, "apply")
    with Connection(stage.appliance) as connection:
        row = {"name": "tq_heartbeat", "rule": "TRUE"}
        connection.primary.write("PUT", "responderpolicy/tq_heartbeat", {"responderpolicy": row})
    found = play(stage, "status").verdict
    assert (found.word, found.exit_code) == ("drifted", 2)
    assert "expected FALSE, found TRUE" in found.reason


def test_it_is_no_alarm_without_a_request(simulator: Simulator, tmp_path: Path) -> None:
    stage = Stage(simulator, tmp_path)
    play(stage, "apply")
    with Connection(stage.appliance) as connection:
        assert read_alarms(connection.primary, stage.appliance, CATALOGUE.parent, "tag") == []


def test_a_catalogue_with_an_entry_that_cannot_be_read_stops_it(tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue"
    shutil.copytree(CATALOGUE, catalogue / CATALOGUE.name)
    assert load_measure("heartbeat", catalogue, None, "box", date(2026, 11, 28)).traits.course.recurring
    (catalogue / CATALOGUE.name / "mitigation.yml").write_text("schema: 1\n")
    with pytest.raises(InvalidInput, match="cve_2019_19781"):
        load_measure("heartbeat", catalogue, None, "box", date(2026, 11, 28))


def test_leaving_removes_it(simulator: Simulator, tmp_path: Path) -> None:
    stage = Stage(simulator, tmp_path)
    play(stage, "apply")

    def measure(id_: str) -> Measure:
        return load_measure(id_, CATALOGUE.parent, None, "box", date(2026, 11, 28))

    with Connection(stage.appliance) as connection:
        found = read_leftovers(connection, stage.records, stage.trust, measure)
    assert found.objects == {"heartbeat": {"default": ("responder policy tq_heartbeat",)}}
    assert found.not_read == ()


def test_the_whole_catalogue_shows_its_age(simulator: Simulator, tmp_path: Path) -> None:
    stage = Stage(simulator, tmp_path)

    def last() -> LastRun:
        check = CatalogueCheck(stage.appliance, (), CATALOGUE.parent, stage.records, "run", trust=stage.trust)
        with Connection(stage.appliance) as connection:
            return check.look(connection).last_runs["heartbeat"]

    assert last().at is None
    play(stage, "apply")
    remove(stage)
    found = json_values(last())
    assert (found["late"], found["text"]) == (False, "heartbeat 0 min ago")
