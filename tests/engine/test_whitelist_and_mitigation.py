# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A whitelist that blocks and a mitigation on the same virtual servers: each is proven beside the other, in both orders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import NOT_JUDGED
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist import measure as whitelist
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.partition_report import (
    measure_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback import Rollback
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import RetireParameters

from simulator import Simulator
from tests.engine.whitelist_stage import Lists, WhitelistStage
from tests.stage import memory as stage_module

BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
    "vservers": [
        {"type": "vpn", "name": "gw", "address": "127.0.0.2:0", "protocol": "SSL"},
        {"type": "lb", "name": "shop", "address": "127.0.0.3:0", "protocol": "SSL"},
    ],
}
GATEWAY = {"vserver": "gw", "kind": "vpn", "mode": "enforce", "base": ["gateway", "storefront"]}
SHOP = {"vserver": "shop", "kind": "lb", "mode": "enforce", "allow": [{"exact": "/start"}, {"prefix": "/shop/"}]}
PLACES: dict[str, Lists] = {"gateway": [GATEWAY], "shop": [SHOP], "both": [GATEWAY, SHOP]}


@pytest.fixture
def stage(simulator: Simulator, tmp_path: Path) -> WhitelistStage:
    simulator.reset()
    return WhitelistStage(simulator, tmp_path)


def assert_all_is_well(stage: WhitelistStage, lists: Lists) -> None:
    """Each is proven by itself, is saved, and nothing is left to be done."""
    for probes in (Probes.FEW, Probes.ALL):
        mitigation = stage.status(probes=probes)
        assert (mitigation.verdict.word, mitigation.verdict.exit_code) == ("mitigated", 0), mitigation.verdict
        assert mitigation.proof.after
        assert mitigation.proof.hits_rose
        whitelist = stage.play("status", lists, probes=probes)
        assert whitelist.verdict == "enforcing", whitelist.values["verdict"]
    assert not stage.apply().changed
    assert not stage.play("apply", lists).values["changed"]


@pytest.mark.parametrize("place", PLACES)
def test_a_mitigation_is_proven_behind_a_whitelist_that_blocks(stage: WhitelistStage, place: str) -> None:
    lists = PLACES[place]
    assert stage.play("apply", lists).verdict == "enforcing"
    result = stage.apply()
    assert (result.failed, result.verdict.word, result.saved_now) == ("", "mitigated", True)
    assert_all_is_well(stage, lists)


@pytest.mark.parametrize("place", PLACES)
def test_a_whitelist_that_blocks_is_proven_beside_a_mitigation(stage: WhitelistStage, place: str) -> None:
    lists = PLACES[place]
    assert stage.apply().verdict.word == "mitigated"
    played = stage.play("apply", lists)
    assert (played.verdict, played.values["saved"]) == ("enforcing", True)
    assert_all_is_well(stage, lists)


def test_what_a_whitelist_stops_that_was_to_wake_up_is_no_harm(stage: WhitelistStage, tmp_path: Path) -> None:
    """Seen in a night: the apply was undone, as a user got the answer of the list again that a colleague had put to sleep; and the exposure went on."""
    lists = PLACES["shop"]
    assert stage.play("apply", lists).verdict == "enforcing"
    with Session(stage.appliance, stage.appliance.nodes[0]) as colleague:
        # The entries of a data set are not read, so a request is sent whose answer tells.
        colleague.write("POST", "policydataset", {"policydataset": {"name": "ds", "type": "ipv4"}})
        entry = {"name": "ds", "value": "198.51.100.1"}
        colleague.write("PUT", "policydataset_value_binding", {"policydataset_value_binding": entry})
        rule = {"name": "rp", "rule": 'CLIENT.IP.SRC.EQUALS_ANY("ds")', "action": "NOOP"}
        colleague.write("POST", "responderpolicy", {"responderpolicy": rule})
        place = {"bindpoint": "REQUEST", "priority": 1, "gotopriorityexpression": "END"}
        row = {"name": "shop", "policyname": "rp", **place}
        colleague.write("PUT", "lbvserver_responderpolicy_binding", {"lbvserver_responderpolicy_binding": row})
        colleague.write("POST", "nsfeature?action=disable", {"nsfeature": {"feature": ["RESPONDER"]}})
        colleague.write("POST", "nsconfig?action=save", {"nsconfig": {}})
    with pytest.raises(
        Refused, match="enabling it activates policies of others, or of another measure of ours"
    ) as refused:
        stage.apply()
    accepted = tuple(json.loads(str(refused.value).partition("`accept_sleeping_policies: ")[2].partition("`")[0]))
    result = stage.apply(accept_sleeping_policies=accepted)
    assert result.verdict.word == "applied, unproven"
    assert "the rule is in place" in result.failed


def without_endings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring in what an older version did: each measure has the same marker."""
    for module in (whitelist, stage_module):
        monkeypatch.setattr(module, "marked_for", lambda marker, _measure: marker)


def markers(stage: WhitelistStage) -> list[str]:
    """The markers in the answers that the appliance itself has."""
    state = stage.simulator.appliance("box").state()
    targets = [str(row["target"]) for row in state["nodes"][0]["running"]["responderaction"]]
    return sorted(target.partition("X-Request-Reference: ")[2].partition("\\r")[0] for target in targets)


@pytest.mark.parametrize("first", ["whitelist", "mitigation", "both"])
def test_what_was_brought_in_before_the_markers_told_measures_apart_stays_proven(
    stage: WhitelistStage, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = PLACES["both"]
    with monkeypatch.context() as older:
        without_endings(older)
        if first != "mitigation":
            assert stage.play("apply", lists).verdict == "enforcing"
        if first != "whitelist":
            assert stage.apply().verdict.word == "mitigated"
    for _again in range(2):
        assert stage.play("apply", lists).verdict == "enforcing"
        result = stage.apply()
        assert (result.verdict.word, result.verdict.exit_code) == ("mitigated", 0)
    assert markers(stage).count("f00d") == {"whitelist": 2, "mitigation": 1, "both": 3}[first], "it is as it was"
    assert_all_is_well(stage, lists)


def test_the_plan_says_what_is_not_judged_where_a_whitelist_of_ours_stops_it(stage: WhitelistStage) -> None:
    stage.play("apply", [SHOP])
    with Connection(stage.appliance) as connection:
        result = PartitionedDeployment(connection, stage.parameters()).plan()
        page = str(measure_result(result, connection).values()["diff"]["prepared"])
    foreseen = list(map(str, result.partitions["default"].foreseen))
    assert f"shop: {NOT_JUDGED} our url_whitelist" in page
    assert [one for one in foreseen if "not judged" in one] == [
        f"not checked: shop: {NOT_JUDGED} our url_whitelist (tq_url_whitelist__shop): GET /vpn/index.html. Other requests prove it"
    ]


def test_a_whitelist_that_lets_no_known_request_through_is_foreseen_and_costs_no_protection(
    stage: WhitelistStage,
) -> None:
    only_images = [{**SHOP, "allow": [{"suffix": ".nowhere"}]}]
    stage.play("apply", only_images)
    with Connection(stage.appliance) as connection:
        foreseen = list(map(str, Deployment(connection, stage.parameters()).plan().foreseen))
    assert [
        one
        for one in foreseen
        if one.startswith("would end unproven, and the rollout would stop here: shop: each legitimate")
    ]
    result = stage.apply()
    assert result.verdict.word == "applied, unproven"
    assert "stopped by our url_whitelist" in result.verdict.reason
    assert "rollback" not in result.verdict.next_action


@pytest.mark.parametrize("place", PLACES)
def test_a_retirement_that_a_whitelist_keeps_from_its_proof_is_refused_in_the_plan(
    stage: WhitelistStage, place: str
) -> None:
    """At each of the virtual servers the whitelist stops every attack, so that none would show that the build withstands it."""
    lists = PLACES[place]
    stage.apply()
    assert stage.play("apply", lists).verdict == "enforcing"
    stage.simulator.appliance("box").upgrade("13.0 47.24")
    stage.run = "retiring"
    parameters = RetireParameters(
        appliance=stage.appliance,
        measure=stage.mitigation,
        owner=Owner(stage.entry.name, stage.mitigation.current_version),
        records=stage.records,
        trust=stage.trust,
        run=stage.run,
    )
    before = stage.configuration()
    with Connection(stage.appliance) as connection, pytest.raises(Refused) as refused:
        Rollback(connection, parameters).plan()
    names = [one["vserver"] for one in lists]
    assert [name for name in names if f"at {name} (" in str(refused.value)] == names
    assert f"each attack is {NOT_JUDGED} our url_whitelist" in str(refused.value)
    assert "rollback.yml -e why=after_fix takes it off without this proof" in str(refused.value)
    assert stage.configuration() == before
