# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The method datasets of geoblocking, in process: several data sets, and rules that use them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.resulting_policies import (
    read_resulting_policies,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import (
    RequestOutcome,
    banks_of,
    passing_actions,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import Request

from simulator import Simulator
from tests.engine import test_geoblock_acls
from tests.engine.geoblock_stage import LAB, UNLISTED, GeoblockStage, many
from tests.engine.test_geoblock_acls import everything

FLEET = test_geoblock_acls.FLEET


@pytest.fixture(params=["box", "pair"])
def stage(request: pytest.FixtureRequest, simulator: Simulator, tmp_path: Path) -> GeoblockStage:
    simulator.reset()
    return GeoblockStage(simulator, tmp_path / "records", request.param, way="datasets")


@pytest.fixture
def box(simulator: Simulator, tmp_path: Path) -> GeoblockStage:
    simulator.reset()
    return GeoblockStage(simulator, tmp_path / "records", "box", way="datasets")


def test_whoever_is_in_the_sets_is_shut_out_and_nobody_else(stage: GeoblockStage) -> None:
    played = stage.play("apply")
    assert played.result.failed == ""
    assert (stage.ask(LAB).status, stage.ask(UNLISTED).status) == (0, 200)
    assert stage.play("status").verdict == "enforcing"
    again = stage.play("apply")
    assert (again.result.changed, again.writes) == (False, [])


@pytest.mark.parametrize("why", ["undo", "after_fix"])
def test_a_rollback_leaves_what_was_there_before(stage: GeoblockStage, why: str) -> None:
    before = everything(stage)
    stage.play("apply")
    stage.take_off(why)
    assert everything(stage) == before


def test_a_refresh_unbinds_and_binds_only_the_difference_and_never_opens(box: GeoblockStage) -> None:
    """At each write every client is treated as before or as after."""
    box.settings.update(countries=["RU"], networks={"lab": ["127.66.0.0/24"]}, accept=["private", "changed"])
    box.data(*many(50))
    assert box.play("apply").result.failed == ""
    box.settings.update(networks={"lab": ["127.66.0.0/25"]})  # it shrinks: unbound and bound anew
    seen = []
    write = Session.write

    def watching(session: Session, *arguments: Any, **options: Any) -> Any:
        answer = write(session, *arguments, **options)
        seen.append(box.ask(LAB).status)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "write", watching)
        refreshed = box.play("apply")
    assert refreshed.result.failed == ""
    assert set(seen) == {0}, "the entry does not change, so the address is blocked all the time"
    entries = [write_ for write_ in refreshed.writes if "policydataset_value" in write_]
    assert entries == [
        "POST policydataset_value_binding",
        "DELETE policydataset_value_binding",
        "POST policydataset_value_binding",
    ]
    assert "bridge" not in str(box.configuration())


def test_where_the_number_of_sets_changes_a_new_generation_takes_over(box: GeoblockStage) -> None:
    box.settings.update(countries=["RU"], accept=["private", "changed", "shrunken"], entries=100)
    box.data(*many(150))
    assert box.play("apply").result.failed == ""
    assert names(box) == ["tq_geoblock__a_v4_1", "tq_geoblock__a_v4_2"]
    box.data(*many(900))
    grown = box.play("apply")
    assert grown.result.failed == ""
    assert {name[:15] for name in names(box)} == {"tq_geoblock__b_"}
    assert box.ask(LAB).status == 0
    box.data(*many(140))
    assert box.play("apply").result.failed == ""
    assert {name[:15] for name in names(box)} == {"tq_geoblock__a_"}


def names(stage: GeoblockStage) -> list[str]:
    table = stage.simulator.fleet.appliances[stage.name].nodes[0].running.table("policydataset")
    return sorted(row["name"] for row in table.values())


def test_a_set_that_fails_halfway_is_taken_back_whole(box: GeoblockStage) -> None:
    box.settings.update(countries=["RU"])
    box.data(*many(2500))
    before = everything(box)
    box.simulator.appliance("box").fault(
        "nitro_error", code=1, type="policydataset_value_binding", method="POST", nth=2
    )
    with pytest.raises(StepFailed, match="has been undone"):
        box.enforce()
    box.simulator.appliance("box").clear_faults()
    assert everything(box) == before


def test_gslb_keeps_its_location_file_and_auto_takes_data_sets(box: GeoblockStage) -> None:
    box.settings["way"] = "auto"
    box.by_hand("nsfeature?action=enable", {"nsfeature": {"feature": ["GSLB"]}})
    box.by_hand("nsconfig?action=save", {"nsconfig": {}})
    assert "method datasets: GSLB is on" in box.play("plan").preview


def test_a_build_whose_data_sets_hold_no_ranges_is_refused(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset()
    old = GeoblockStage(simulator, tmp_path / "records", "old", way="datasets")
    played = old.play("apply")
    assert "data sets of build 12.1 55.18 hold no ranges" in played.result.failed
    assert played.writes == []


def test_the_impact_on_recorded_requests_can_be_asked_by_data_sets_only(box: GeoblockStage) -> None:
    with Connection(box.appliance) as connection:
        found = read_resulting_policies(connection, box.geoblock_order())
        banks = banks_of(found.after)
        (bank,) = (bank for place, bank in banks.items() if "site" in place)
        outcomes = {
            source: bank.evaluate(Request(client_ip=source), passing_actions(found.after)).outcome
            for source in ("198.51.100.7", "192.0.2.1")
        }
    # Whether a range of a set matches is an open point of the language, so this is never called passed.
    assert outcomes["198.51.100.7"] in (RequestOutcome.BLOCKED, RequestOutcome.UNDETERMINED)
    assert outcomes["192.0.2.1"] is RequestOutcome.PASSED
    box.settings["way"] = "location"
    with Connection(box.appliance) as connection, pytest.raises(Refused, match="-e geoblock_way=datasets"):
        read_resulting_policies(connection, box.geoblock_order())


def test_how_many_rows_go_into_one_request_is_a_variable(box: GeoblockStage) -> None:
    box.settings.update(countries=["RU"], networks={})
    box.variables["bulk_limit"] = 50
    box.data(*many(120))
    played = box.play("apply")
    assert played.result.failed == ""
    assert played.writes.count("POST policydataset_value_binding") == 3
