# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rule that blocks is told to count only: that takes protection away, so a person answers for it, and nobody overlooks it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.deployment_plan import deployment_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.partition_report import (
    measure_result,
)

from simulator import Simulator
from tests.engine import control_nodes
from tests.engine.records import records_of
from tests.engine.whitelist_stage import WhitelistStage
from tests.stage.fleet import fleet_file
from tests.stage.memory import Stage

BOX = control_nodes.BOX
OpenStage = Callable[..., Stage]
DECIDED: dict[str, Any] = {"who": "J. Jansen", "reason": "it stops the portal of Smit"}
OBSERVE: dict[str, Any] = {"mode": Mode.OBSERVE}
NAMED = "this TAKES PROTECTION AWAY from vpn vserver gw: a rule of ours blocks there, and only counts or is gone afterwards."


def planned(stage: Stage, **options: Any) -> tuple[Any, dict[str, Any], Any]:
    """Return the plan, its values, and its file."""
    parameters = stage.parameters(**options)
    with Connection(stage.appliance) as connection:
        result = PartitionedDeployment(connection, parameters).plan()
        return result, measure_result(result, connection).values(), deployment_plan(result, parameters, connection)


@pytest.fixture
def blocking(open_stage: OpenStage) -> Stage:
    stage = open_stage()
    assert stage.apply().verdict.word == "mitigated"
    return stage


@pytest.mark.parametrize(
    "given", [{}, {"who": "J. Jansen"}, {"reason": "it stops the portal"}, {"who": "  ", "reason": "x"}]
)
def test_without_a_person_and_a_reason_nothing_is_sent(blocking: Stage, given: dict[str, Any]) -> None:
    before = blocking.configuration()
    result, values, _file = planned(blocking, **OBSERVE, **given)
    lacking = [name for name in ("who", "reason") if not given.get(name, "").strip()]
    assert NAMED in result.failed
    assert f"or give {' and '.join(lacking)} for the record: -e " in result.failed
    assert values["conflicts"][0]["kind"] == "protection_taken_away"
    with pytest.raises(Refused, match="TAKES PROTECTION AWAY from vpn vserver gw"):
        blocking.apply(**OBSERVE, **given)
    assert blocking.configuration() == before
    assert len(records_of(blocking.records, "box", "cve_2019_19781")) == 1


def test_a_preview_shows_it_and_is_not_refused(blocking: Stage) -> None:
    result, values, file = planned(blocking, **OBSERVE, is_preview=True)
    assert result.failed == ""
    assert values["takes_away"] == file.takes_away == ["vpn vserver gw"]
    assert "  TAKES PROTECTION AWAY from vpn vserver gw: a rule of ours blocks there" in values["diff"]["prepared"]
    assert result.verdict.word == "mitigated", "it is what protects, and not what would protect nobody"


def test_with_both_it_is_done_and_recorded(blocking: Stage) -> None:
    result = blocking.apply(**OBSERVE, **DECIDED)
    assert (result.verdict.word, result.failed) == ("observe, not blocking", "")
    assert result.plan.takes_away == ("vpn vserver gw",)
    record = records_of(blocking.records, "box", "cve_2019_19781")[-1]
    assert (record.content.decided_by, record.reason) == ("J. Jansen", "it stops the portal of Smit")
    again = blocking.apply(**OBSERVE)
    assert (again.changed, again.plan.takes_away) == (False, ())


def test_observing_where_nothing_blocked_needs_nobody(open_stage: OpenStage) -> None:
    result = open_stage().apply(**OBSERVE)
    assert (result.verdict.word, result.failed, result.plan.takes_away) == ("observe, not blocking", "", ())


def test_to_block_again_takes_nothing_away(blocking: Stage) -> None:
    blocking.apply(**OBSERVE, **DECIDED)
    result = blocking.apply()
    assert (result.verdict.word, result.failed, result.plan.takes_away) == ("mitigated", "", ())


@pytest.mark.parametrize("first", [1, 2])
def test_a_status_for_observing_names_what_protects(open_stage: OpenStage, first: int) -> None:
    """Also where a newer version would observe: the next action is never the one that takes protection away."""
    stage = open_stage()
    stage.apply(version=first)
    verdict = stage.status(**OBSERVE, probes="none", is_preview=True).verdict
    assert verdict.word == ("applied, unproven" if first == 1 else "mitigated")
    assert verdict.next_action != "apply.yml"
    if first == 1:
        assert verdict.next_action == "apply.yml without mitigation_mode: observe"
        assert "v1 is in place, v2 is current" in verdict.reason


def test_a_newer_version_that_only_counts_takes_it_away_too(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.apply(version=1)
    with pytest.raises(Refused, match="TAKES PROTECTION AWAY from vpn vserver gw"):
        stage.apply(**OBSERVE)
    assert stage.apply(**OBSERVE, **DECIDED).verdict.word == "observe, not blocking"


def test_a_second_control_node_is_asked_as_the_first_one(blocking: Stage, tmp_path: Path) -> None:
    """What the appliance has counts, and not who has left it there."""
    other = Stage(blocking.simulator, tmp_path / "other")
    other.variables = blocking.variables
    result, values, _file = planned(other, **OBSERVE, is_preview=True)
    assert values["takes_away"] == ["vpn vserver gw"]
    assert result.verdict.word != "superseded"
    with pytest.raises(Refused, match="TAKES PROTECTION AWAY"):
        other.apply(**OBSERVE)


def test_a_pair_is_asked_once_and_both_nodes_follow(open_stage: OpenStage) -> None:
    stage = open_stage(nodes=["127.0.0.1:0", "127.0.0.1:0"])
    stage.apply()
    with pytest.raises(Refused, match="TAKES PROTECTION AWAY from vpn vserver gw"):
        stage.apply(**OBSERVE)
    assert stage.apply(**OBSERVE, **DECIDED).plan.takes_away == ("vpn vserver gw",)
    assert stage.configuration(node=0) == stage.configuration(node=1)


def test_a_partition_that_blocks_is_named_beside_one_that_does_not(open_stage: OpenStage) -> None:
    stage = open_stage(partitions={"tenant_a": {}})
    stage.variables["partitions"] = ["default", "tenant_a"]
    with Connection(stage.appliance) as connection:
        Deployment(connection, stage.parameters().inside("default")).apply()
    result, values, file = planned(stage, **OBSERVE)
    assert "partition default: this TAKES PROTECTION AWAY" in result.failed.replace("box: ", "")
    assert "partition tenant_a: this TAKES" not in result.failed
    assert file.takes_away == ["vpn vserver gw"]
    assert values["takes_away"] == ["partition default: vpn vserver gw"]


def test_where_the_feature_is_off_nothing_was_protected(blocking: Stage) -> None:
    appliance = blocking.appliance
    with Session(appliance, appliance.nodes[0]) as session:
        session.write("POST", "nsfeature?action=disable", {"nsfeature": {"feature": ["RESPONDER"]}})
    result, _values, file = planned(blocking, **OBSERVE)
    assert file.takes_away == []
    assert "TAKES PROTECTION AWAY" not in result.failed


SHOP: dict[str, Any] = {"vserver": "shop", "kind": "lb", "allow": [{"exact": "/"}, {"prefix": "/shop/"}]}
SHOP_BOX: dict[str, Any] = {
    "build": "13.1 49.15",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "RESPONDER"],
    "vservers": [
        {"type": "lb", "name": "shop", "address": "127.0.0.1:0", "protocol": "SSL"},
        {"type": "lb", "name": "site", "address": "127.0.0.1:0", "protocol": "SSL"},
    ],
}
NOBODY = {"who": "", "reason": ""}


@pytest.mark.parametrize(
    ("after", "lost"),
    [
        ([{**SHOP, "mode": "observe"}], ["lb vserver shop"]),
        ([], ["lb vserver shop"]),
        ([{**SHOP, "mode": "observe"}, {**SHOP, "vserver": "site", "mode": "enforce"}], ["lb vserver shop"]),
        ([{**SHOP, "vserver": "site", "mode": "enforce"}], ["lb vserver shop"]),
        ([{**SHOP, "mode": "enforce", "allow": [{"exact": "/"}]}], []),
        ([{**SHOP, "mode": "enforce", "priority": 90}], []),
    ],
)
def test_a_whitelist_that_blocks_is_protection_too(
    tmp_path: Path, after: list[dict[str, Any]], lost: list[str]
) -> None:
    with Simulator(fleet_file({"box": SHOP_BOX})) as running:
        stage = WhitelistStage(running, tmp_path)
        assert stage.play("apply", [{**SHOP, "mode": "enforce"}]).verdict == "enforcing"
        plan = stage.play("plan", after, is_preview=True)
        assert plan.values["takes_away"] == lost
        assert plan.verdict != "superseded" or not lost
        reason, action = plan.result.verdict.reason, plan.result.verdict.next_action
        assert "no proof holds for it as it is now" not in reason, "one has, and it is saved"
        if lost:
            assert f"would take {'that' if after else 'it'} away from lb vserver shop" in reason
            assert action == BACK
        refused = stage.play("apply", after, **NOBODY)
        assert ("TAKES PROTECTION AWAY from lb vserver shop" in refused.result.failed) is bool(lost)
        assert bool(refused.writes) is not bool(lost)
        assert stage.play("apply", after).result.failed == ""


BACK = "ask for it with mode: enforce again in the inventory"


@pytest.mark.parametrize("probes", ["none", "few"])
def test_a_whitelist_that_was_proven_keeps_its_word_where_observing_is_asked_for(tmp_path: Path, probes: str) -> None:
    with Simulator(fleet_file({"box": SHOP_BOX})) as running:
        stage, observe = WhitelistStage(running, tmp_path), [{**SHOP, "mode": "observe"}]
        assert stage.play("apply", [{**SHOP, "mode": "enforce"}]).verdict == "enforcing"
        told = [
            stage.play("status", observe, is_preview=True, probes=probes),
            stage.play("plan", observe, **NOBODY, probes=probes),
            stage.play("apply", observe, **NOBODY, probes=probes),
        ]
        assert [bool(one.result.failed) for one in told] == [False, True, True]
        for one in told:
            verdict = one.result.verdict
            assert (one.verdict, verdict.next_action) == ("enforcing", BACK)
            assert verdict.reason.startswith("proven 20")
            assert verdict.reason.endswith("what the inventory asks for now would take that away from lb vserver shop")


def test_a_whitelist_that_is_gone_from_the_inventory_is_protection_still(tmp_path: Path) -> None:
    """Nothing is read of the policies of others around it, so no earlier proof is stated."""
    with Simulator(fleet_file({"box": SHOP_BOX})) as running:
        stage = WhitelistStage(running, tmp_path)
        stage.play("apply", [{**SHOP, "mode": "enforce"}])
        told = [stage.play("status", [], is_preview=True), stage.play("plan", [], **NOBODY)]
        for verdict in (one.result.verdict for one in told):
            assert (verdict.word, verdict.next_action) == ("applied, unproven", BACK)
            assert verdict.reason == (
                "url_whitelist is in place and its proof was not looked at, since the inventory no longer asks for it; "
                "an apply would take it away from lb vserver shop"
            )
        assert "TAKES PROTECTION AWAY from lb vserver shop" in told[1].result.failed
        again = stage.play("apply", [{**SHOP, "mode": "enforce"}])
        assert (again.verdict, again.writes) == ("enforcing", []), "the next action ends it"


@pytest.mark.parametrize("is_saved", [True, False])
def test_a_whitelist_that_is_gone_and_was_changed_or_not_saved_says_so(tmp_path: Path, *, is_saved: bool) -> None:
    with Simulator(fleet_file({"box": SHOP_BOX})) as running:
        stage = WhitelistStage(running, tmp_path)
        stage.play("apply", [{**SHOP, "mode": "enforce"}], **({} if is_saved else {"probes": "none"}))
        if is_saved:
            with Session(stage.appliance, stage.appliance.nodes[0]) as session:
                changed = {"name": "tq_url_whitelist__shop", "rule": 'HTTP.REQ.URL.CONTAINS("x")'}
                session.write("PUT", "responderpolicy", {"responderpolicy": changed})
        told = stage.play("status", [], is_preview=True).result.verdict
        assert told.word == ("drifted" if is_saved else "applied, unproven")
        assert told.reason.endswith("lb vserver shop; it is not saved") is not is_saved
        assert told.next_action == (f"find out who changed it, then {BACK}, then apply.yml" if is_saved else BACK)


def test_nothing_is_taken_away_where_the_feature_of_a_list_that_is_gone_is_off(tmp_path: Path) -> None:
    """What is in place answers nobody: it is neither proven nor protection."""
    with Simulator(fleet_file({"box": SHOP_BOX})) as running:
        stage = WhitelistStage(running, tmp_path)
        stage.play("apply", [{**SHOP, "mode": "enforce"}])
        with Session(stage.appliance, stage.appliance.nodes[0]) as session:
            session.write("POST", "nsfeature?action=disable", {"nsfeature": {"feature": ["RESPONDER"]}})
        told = stage.play("status", [], is_preview=True)
        assert (told.verdict, told.values["takes_away"]) == ("superseded", [])


def test_a_whitelist_that_only_counted_and_is_gone_from_the_inventory_is_to_be_removed(tmp_path: Path) -> None:
    with Simulator(fleet_file({"box": SHOP_BOX})) as running:
        stage = WhitelistStage(running, tmp_path)
        stage.play("apply", [{**SHOP, "mode": "observe"}])
        told = stage.play("status", [], is_preview=True).result.verdict
        assert (told.word, told.next_action) == ("superseded", "apply.yml")
        assert stage.play("apply", [], **NOBODY).verdict == "not asked for"


def test_a_whitelist_that_somebody_changed_does_not_keep_its_word(tmp_path: Path) -> None:
    with Simulator(fleet_file({"box": SHOP_BOX})) as running:
        stage, observe = WhitelistStage(running, tmp_path), [{**SHOP, "mode": "observe"}]
        stage.play("apply", [{**SHOP, "mode": "enforce"}])
        with Session(stage.appliance, stage.appliance.nodes[0]) as session:
            session.write(
                "PUT", "responderpolicy", {"responderpolicy": {"name": "tq_url_whitelist__shop", "rule": "false"}}
            )
        told = stage.play("plan", observe, **NOBODY)
        assert told.verdict == "drifted"
        assert told.result.verdict.next_action == f"find out who changed it, then {BACK}, then apply.yml"


def test_a_virtual_server_without_the_rule_is_not_called_enforcing(tmp_path: Path) -> None:
    """Another one is asked for besides the one that is to observe: nothing has proved anything there."""
    with Simulator(fleet_file({"box": SHOP_BOX})) as running:
        stage = WhitelistStage(running, tmp_path)
        stage.play("apply", [{**SHOP, "mode": "enforce"}])
        lists = [{**SHOP, "mode": "observe"}, {**SHOP, "vserver": "site", "mode": "enforce"}]
        assert stage.play("status", lists, is_preview=True, probes="none").verdict == "applied, unproven"


def test_a_refused_mitigation_never_advises_to_take_it_away(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.apply(version=1)
    result, _values, _file = planned(stage, **OBSERVE)
    assert "TAKES PROTECTION AWAY" in result.failed
    assert result.verdict.next_action == "apply.yml without mitigation_mode: observe"


def test_a_whitelist_that_only_counted_needs_nobody(tmp_path: Path) -> None:
    with Simulator(fleet_file({"box": SHOP_BOX})) as running:
        stage = WhitelistStage(running, tmp_path)
        for lists in ([{**SHOP, "mode": "observe"}], []):
            played = stage.play("apply", lists, **NOBODY)
            assert (played.result.failed, played.values["takes_away"]) == ("", [])
