# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An undo or a removal before the fix takes protection away: it is refused without a person and a reason, and plan, page and record name them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import RunParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.page import (
    removal_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.plan_file import rollback_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_per_partition import (
    PartitionedRollback,
    PartitionedRollbackPlan,
    PartitionedRollbackResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import RetireParameters

from tests.engine import control_nodes
from tests.engine.control_nodes import DiedError
from tests.engine.records import records_of
from tests.engine.whitelist_stage import WhitelistStage
from tests.stage.memory import MITIGATION, Stage

BOX = control_nodes.BOX
OpenStage = Callable[..., Stage]
NAME = "tq_cve_2019_19781"
SERVICE = ["vpn vserver gw"]
LINE = "  TAKES PROTECTION AWAY from vpn vserver gw: "
DECIDED: dict[str, Any] = {"who": "J. Jansen", "reason": "it stops the portal of Smit"}


def planned(stage: Stage, why: str = "undo", **options: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the values of the plan of a rollback, and what its plan file takes away."""
    parameters = stage.rollback_parameters(why=why, **options)
    with Connection(stage.appliance) as connection:
        plan = PartitionedRollback(connection, parameters).plan()
        result = PartitionedRollbackResult.of_plan(plan)
        values = removal_result(result, connection, "cve_2019_19781").values()
        return values, rollback_plan(plan, parameters, connection).takes_away


def let_it_count(stage: Stage) -> None:
    with Connection(stage.appliance) as connection:
        connection.primary.write("PUT", "responderpolicy", {"responderpolicy": {"name": NAME, "action": "NOOP"}})
        connection.primary.save()


@pytest.mark.parametrize("why", ["undo", "after_fix"])
@pytest.mark.parametrize(
    "given",
    [{"who": "", "reason": ""}, {"who": "J. Jansen", "reason": ""}, {"who": "  ", "reason": "it stops a portal"}],
)
def test_without_a_person_and_a_reason_nothing_is_sent(open_stage: OpenStage, why: str, given: dict[str, str]) -> None:
    stage = open_stage()
    stage.apply()
    before, lacking = stage.configuration(), [name for name in ("who", "reason") if not given[name].strip()]
    with pytest.raises(Refused) as refused:
        stage.rollback_all(why=why, **given)
    text = str(refused.value)
    assert text.startswith("box: this TAKES PROTECTION AWAY from vpn vserver gw: a rule of ours blocks there")
    assert f"or give {' and '.join(lacking)} for the record: -e " in text
    assert text.endswith("Nothing was changed.")
    assert stage.configuration() == before
    assert len(records_of(stage.records, "box", "cve_2019_19781")) == 1


def test_a_preview_shows_it_and_is_not_refused(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.apply()
    values, of_file = planned(stage, is_preview=True, who="", reason="")
    assert values["takes_away"] == of_file == SERVICE
    assert LINE in values["diff"]["prepared"]


@pytest.mark.parametrize("why", ["undo", "after_fix"])
def test_with_both_it_is_done_and_the_record_names_them(open_stage: OpenStage, why: str) -> None:
    stage = open_stage()
    stage.apply()
    stage.rollback_all(why=why, **DECIDED)
    record = records_of(stage.records, "box", "cve_2019_19781")[-1]
    assert (record.content.decided_by, record.reason) == ("J. Jansen", "it stops the portal of Smit")
    again = stage.rollback_all(why=why, who="", reason="")
    assert not any(part.plan.takes_away for part in again.partitions.values()), "nothing is left to take away"


@pytest.mark.parametrize("why", ["undo", "after_fix"])
@pytest.mark.parametrize("number", [2, 5])
def test_what_a_run_that_died_has_taken_away_is_said_by_the_one_that_continues_it(
    open_stage: OpenStage, why: str, number: int
) -> None:
    """Seen: exit code 0, and nobody was told that the service is not protected any more."""
    stage = open_stage()
    stage.apply()
    sent: list[str] = []
    write = Session.write

    def dies(self: Session, method: str, path: str, body: Any = None, **more: Any) -> Any:
        sent.append(path)
        if len([one for one in sent if "systemfile" not in one]) == number:
            raise DiedError
        return write(self, method, path, body, **more)

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(DiedError):
        patch.setattr(Session, "write", dies)
        stage.rollback_all(why=why, **DECIDED)
    assert not any("binding" in row for row in stage.configuration() if NAME in row)
    values, of_file = planned(stage, why, **DECIDED)
    assert values["takes_away"] == of_file == SERVICE
    with pytest.raises(Refused, match="TAKES PROTECTION AWAY from vpn vserver gw"):
        stage.rollback_all(why=why, who="", reason="")
    stage.rollback_all(why=why, **DECIDED)
    assert records_of(stage.records, "box", "cve_2019_19781")[-1].content.decided_by == "J. Jansen"
    assert planned(stage, why)[0]["takes_away"] == [], "it is told once"


def test_every_partition_is_named_at_once(open_stage: OpenStage) -> None:
    stage = open_stage(partitions={"tenant_a": {}})
    stage.apply_all(save="always")
    with pytest.raises(Refused, match="from vpn vserver gw, every virtual server in partition tenant_a: a rule"):
        planned(stage, who="", reason="")


def test_a_rollback_after_the_fix_needs_nobody(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.apply()
    stage.simulator.appliance("box").upgrade("13.0 92.31")
    stage.rollback_all(why="after_fix", who="", reason="")
    assert records_of(stage.records, "box", "cve_2019_19781")[-1].content.decided_by == ""


SHOP: dict[str, Any] = {"vserver": "gw", "kind": "vpn", "mode": "enforce", "base": ["gateway"]}


@pytest.mark.parametrize(
    ("build", "beside", "lost"),
    [("13.0 47.22", False, SERVICE), ("13.0 47.22", True, []), ("13.0 92.31", False, [])],
    ids=["the only thing that stops it", "our rule stops it too", "fixed"],
)
def test_a_whitelist_is_protection_where_a_known_attack_passes_without_it(
    open_stage: OpenStage, tmp_path: Path, build: str, *, beside: bool, lost: list[str]
) -> None:
    stage = open_stage(build=build)
    if beside:
        stage.apply()
    lists = WhitelistStage(stage.simulator, tmp_path / "lists")
    assert lists.play("apply", [SHOP]).result.failed == ""
    if lost:
        with pytest.raises(Refused, match="TAKES PROTECTION AWAY from vpn vserver gw"):
            lists.take_off([SHOP], "undo", others=(MITIGATION,))
    played = lists.take_off([SHOP], "undo", others=(MITIGATION,), **(DECIDED if lost else {}))
    assert played.values["takes_away"] == lost


@pytest.mark.parametrize("why", ["undo", "after_fix"])
def test_a_rollback_before_the_fix_names_the_services(open_stage: OpenStage, why: str) -> None:
    stage = open_stage()
    stage.apply()
    values, of_file = planned(stage, why)
    assert values["takes_away"] == of_file == SERVICE
    assert LINE in values["diff"]["prepared"]


def test_the_undo_of_our_correction_says_that_what_somebody_let_count_comes_back(open_stage: OpenStage) -> None:
    """Seen: it brings the NOOP of a colleague back, and says 'the last run was undone'."""
    stage = open_stage()
    stage.apply()
    let_it_count(stage)
    stage.run = "correcting"
    assert stage.apply().verdict.word == "mitigated"
    values, of_file = planned(stage)
    assert values["takes_away"] == of_file == SERVICE
    stage.rollback()
    assert stage.status(probes="none").verdict.word == "observe, not blocking"


def test_where_the_inventory_names_no_vip_the_appliance_is_asked(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.apply()
    del stage.variables["vips"]
    assert planned(stage)[0]["takes_away"] == SERVICE


@pytest.mark.parametrize(
    "case", ["it only counted", "to blocking", "an older version blocks", "fixed", "nothing there"]
)
def test_what_takes_no_protection_away_says_nothing(open_stage: OpenStage, case: str) -> None:
    stage = open_stage()
    why = "undo"
    if case == "it only counted":
        stage.apply(mode=Mode.OBSERVE)
    elif case == "to blocking":
        stage.apply()
        stage.run = "second"
        stage.apply(mode=Mode.OBSERVE, **DECIDED)
    elif case == "an older version blocks":
        stage.apply(version=1)
        stage.run = "second"
        stage.apply()
    elif case == "fixed":
        stage.apply()
        stage.simulator.appliance("box").upgrade("13.0 92.31")
        why = "after_fix"
    values, of_file = planned(stage, why)
    assert values["takes_away"] == of_file == []
    assert "PROTECTION" not in values["diff"]["prepared"]


def test_a_partition_is_named(open_stage: OpenStage) -> None:
    stage = open_stage(partitions={"tenant_a": {}})
    stage.apply_all(save="always")
    values, of_file = planned(stage, accept_exposure=True)
    assert values["takes_away"] == ["partition default: vpn vserver gw", "partition tenant_a: every virtual server"]
    assert of_file == ["vpn vserver gw", "every virtual server in partition tenant_a"]


def test_after_the_feature_was_switched_off_by_somebody_nothing_was_protected(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.apply()
    with Connection(stage.appliance) as connection:
        connection.primary.write("POST", "nsfeature?action=disable", {"nsfeature": {"feature": ["RESPONDER"]}})
        connection.primary.save()
    assert planned(stage)[0]["takes_away"] == []


def test_a_retirement_that_rests_on_neither_the_fix_nor_requests_is_refused(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.apply()
    given = {field.name: getattr(stage.rollback_parameters(), field.name) for field in fields(RunParameters)}

    def plan(condition: str) -> PartitionedRollbackPlan:
        parameters = RetireParameters(**given, measure=stage.mitigation, conditions=frozenset({condition}))
        with Connection(stage.appliance) as connection:
            return PartitionedRollback(connection, parameters).plan()

    assert plan("probes_negative_while_observing").takes_away == ()
    with pytest.raises(Refused, match="TAKES PROTECTION AWAY from vpn vserver gw"):
        plan("not_needed_by_another_entry")
