# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The method acls of geoblocking, in process: ACLs that really drop the simulator's traffic, and never the administrator's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    Refused,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.still_closed import (
    open_all_the_same,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.acls.resolved import ByAcls
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope

from simulator import Simulator
from tests.engine.closing_stage import ClosingStage
from tests.engine.control_nodes import DiedError, dying_at
from tests.engine.geoblock_stage import LAB, ROWS, UNLISTED, GeoblockStage, many
from tests.stage.fleet import fleet_file

SITE = {"type": "lb", "name": "site", "address": "127.0.0.3:0", "protocol": "HTTP"}
BOX: dict[str, Any] = {"nodes": ["127.0.0.1:0"], "features": ["LB", "SSL"], "vservers": [SITE]}
FLEET: dict[str, Any] = fleet_file(
    {
        "two": {"build": "13.1 53.24", **BOX, "vservers": [SITE, {**SITE, "name": "shop", "address": "127.0.0.4:0"}]},
        "box": {"build": "13.1 53.24", **BOX},
        "old": {"build": "12.1 55.18", **BOX},
        "pair": {"build": "13.1 53.24", **BOX, "nodes": ["127.0.0.1:0", "127.0.0.1:0"]},
    },
    drop_seconds=0.1,
)


@pytest.fixture(params=["box", "old", "pair"])
def stage(request: pytest.FixtureRequest, simulator: Simulator, tmp_path: Path) -> GeoblockStage:
    simulator.reset()
    return GeoblockStage(simulator, tmp_path / "records", request.param, way="acls")


@pytest.fixture
def box(simulator: Simulator, tmp_path: Path) -> GeoblockStage:
    simulator.reset()
    return GeoblockStage(simulator, tmp_path / "records", "box", way="acls")


def everything(stage: GeoblockStage) -> dict[str, Any]:
    """The configuration of each node, and the ACLs that filter there."""
    nodes = stage.simulator.fleet.appliances[stage.name].nodes
    found: dict[str, Any] = {
        f"{kind} {node.index}": stage.configuration(kind, node.index) for node in nodes for kind in ("running", "saved")
    }
    return found | {f"filters {node.index}": in_force(stage, node.index) for node in nodes}


def in_force(stage: GeoblockStage, node: int = 0) -> list[str]:
    table = stage.simulator.fleet.appliances[stage.name].nodes[node].running.table("_nsacl")
    return sorted(key[0] for key in table)


def test_a_closing_by_acls_that_somebody_removed_is_not_called_closed(box: GeoblockStage) -> None:
    """Seen: closed for countries, while their clients got an answer."""
    box.settings["mode"] = "observe"
    box.play("apply")
    closing = ClosingStage(box.simulator, box.records, box.name)
    closing.settings[LadderStep.COUNTRIES] = box.settings
    closing.run = "closing"
    closing.close(LadderStep.COUNTRIES, ClosureScope(vips=("site",)))
    trusted = [record for record in all_records(box.records, box.name, box.trust) if record.provenance.is_trusted]
    with Connection(box.appliance) as connection:
        assert box.ask(LAB).status == 0
        assert open_all_the_same(connection, trusted).found == {}
        for name in in_force(box):
            connection.primary.write("DELETE", f"nsacl/{name}")
        connection.primary.write("POST", "nsacls?action=apply", {"nsacls": {}})
        assert box.ask(LAB).status == 200
        found = open_all_the_same(connection, trusted).found
    assert [*found] == [(LadderStep.COUNTRIES, "default", ("lbvserver", ("site",)))]
    assert next(iter(found.values())).startswith("ns acl tq_geoblock__a_v4_1__")


APPLY_ACLS = ("POST", "nsacls?action=apply", {"nsacls": {}})
LATER_ADDRESS = "127.0.0.55"


def their_acl(**more: Any) -> dict[str, Any]:
    return {"nsacl": {"aclname": "theirs", "aclaction": "ALLOW", "priority": 5, **more}}


def to_address(address: str) -> dict[str, Any]:
    return {"destip": True, "destipop": "=", "destipval": address}


IN_ACLS: dict[str, tuple[Callable[[str, dict[str, str]], list[tuple[str, str, Any]]], set[str], str]] = {
    "one is gone": (lambda acl, _of: [("DELETE", f"nsacl/{acl}", None), APPLY_ACLS], {"site"}, "is not there"),
    "one is switched off": (
        lambda acl, _of: [("POST", "nsacl?action=disable", {"nsacl": {"aclname": acl}}), APPLY_ACLS],
        {"site"},
        "is not as our last run left it",
    ),
    "one is for another protocol": (
        lambda acl, _of: [("PUT", "nsacl", {"nsacl": {"aclname": acl, "protocol": "UDP"}}), APPLY_ACLS],
        {"site"},
        "is not as our last run left it",
    ),
    "one of theirs in front": (
        lambda _acl, _of: [("POST", "nsacl", their_acl()), APPLY_ACLS],
        {"site", "shop"},
        "ns acl theirs of somebody else (priority 5) lets packets through before ours drop them",
    ),
    "one of theirs for one client": (
        lambda _acl, _of: [("POST", "nsacl", their_acl(srcip=True, srcipop="=", srcipval=LAB)), APPLY_ACLS],
        {"site", "shop"},
        "ns acl theirs of somebody else",
    ),
    "one of theirs for one virtual server": (
        lambda _acl, of: [("POST", "nsacl", their_acl(**to_address(of["shop"]))), APPLY_ACLS],
        {"shop"},
        "ns acl theirs of somebody else",
    ),
    "one of theirs for another protocol": (
        lambda _acl, _of: [("POST", "nsacl", their_acl(protocol="UDP")), APPLY_ACLS],
        set(),
        "",
    ),
    "one of theirs behind": (lambda _acl, _of: [("POST", "nsacl", their_acl(priority=99999)), APPLY_ACLS], set(), ""),
    "one of theirs that is not applied": (lambda _acl, _of: [("POST", "nsacl", their_acl())], set(), ""),
    "another address": (
        lambda _acl, _of: [("PUT", "lbvserver", {"lbvserver": {"name": "site", "ipv46": LATER_ADDRESS}})],
        {"site"},
        f"no ACL of ours is for its address, {LATER_ADDRESS}",
    ),
}


@pytest.mark.parametrize("how", IN_ACLS)
def test_of_acls_only_the_virtual_server_is_open_that_packets_get_to(
    simulator: Simulator, tmp_path: Path, how: str
) -> None:
    """Seen: one missing ACL called each virtual server of the step open, and an ALLOW in front, or another address, none."""
    simulator.reset()
    box = GeoblockStage(simulator, tmp_path / "records", "two", way="acls", vservers=["site", "shop"])
    closing = ClosingStage(box.simulator, box.records, box.name)
    closing.settings[LadderStep.COUNTRIES] = {**box.settings, "mode": "observe"}
    closing.run = "closing"
    closing.close(LadderStep.COUNTRIES, ClosureScope(vips=("site", "shop")))
    addresses = {vip["name"]: str(vip["address"]).rsplit(":", 1)[0] for vip in box.variables["vips"]}
    table = box.simulator.fleet.appliances["two"].nodes[0].running.table("nsacl")
    acl = next(key[0] for key, row in table.items() if addresses["site"] in str(row))
    records = all_records(box.records, box.name, box.trust)
    writes, left_open, why = IN_ACLS[how]
    with Connection(box.appliance) as connection:
        assert open_all_the_same(connection, records).found == {}
        for one in writes(acl, addresses):
            connection.primary.write(*one)
        said = open_all_the_same(connection, records)
    assert {key[2][1][0] for key in said.found} == left_open
    assert all(why in text for text in said.found.values())
    assert said.not_decided == {}
    if how != "another address":  # the simulator listens at the one that it began with
        assert {vserver for vserver in addresses if box.ask(LAB, vserver).status == 200} == left_open


def test_an_acl_that_was_edited_and_not_applied_may_not_filter(box: GeoblockStage) -> None:
    """It was removed and applied, and added again: NITRO shows it as it was, and the packet engine does not have it."""
    closing = ClosingStage(box.simulator, box.records, box.name)
    closing.settings[LadderStep.COUNTRIES] = {**box.settings, "mode": "observe"}
    closing.run = "closing"
    closing.close(LadderStep.COUNTRIES, ClosureScope(vips=("site",)))
    (name,) = in_force(box)
    row = {"aclname": name, "aclaction": "DENY", "srcip": True, "srcipop": "=", "srcipdataset": "tq_geoblock__a_v4_1"}
    with Connection(box.appliance) as connection:
        (now,) = [one for one in connection.primary.read("nsacl") if one["aclname"] == name]
        row |= {**to_address(str(now["destipval"])), "priority": now["priority"]}
        connection.primary.write("DELETE", f"nsacl/{name}")
        connection.primary.write(*APPLY_ACLS)
        connection.primary.write("POST", "nsacl", {"nsacl": row})
        said = open_all_the_same(connection, all_records(box.records, box.name, box.trust))
    assert box.ask(LAB).status == 200
    (why,) = said.not_decided.values()
    assert (said.found, why) == ({}, f"ns acl {name} is edited and not applied, so it is not known whether it filters")


def test_whoever_is_in_the_set_is_dropped_and_nobody_else(stage: GeoblockStage) -> None:
    played = stage.play("apply")
    assert played.result.failed == ""
    assert stage.ask(LAB).status == 0
    assert stage.ask(UNLISTED).status == 200
    names = in_force(stage)
    assert names, "the permanent ones filter"
    assert not [name for name in names if name.endswith("__ttl")], "the copies are gone"
    assert stage.play("status").verdict == "enforcing"
    again = stage.play("apply")
    assert (again.result.changed, again.writes) == (False, [])


@pytest.mark.parametrize("why", ["undo", "after_fix"])
def test_a_rollback_leaves_what_was_there_before(stage: GeoblockStage, why: str) -> None:
    before = everything(stage)
    stage.play("apply")
    stage.take_off(why)
    assert everything(stage) == before
    assert stage.ask(LAB).status == 200


def test_expiring_copies_go_in_first_and_one_apply_exchanges_them(box: GeoblockStage) -> None:
    played = box.play("apply")
    wanted = [
        *("POST policydataset", "POST policydataset_value_binding"),
        *("POST nsacl", "POST nsacls"),  # the copies
        *("DELETE nsacl", "POST nsacl", "POST nsacls"),
    ]
    assert [write for write in played.writes if write != "POST nsconfig"] == wanted
    first = next(
        request for request in played.requests if "/nsacl" in request["target"] and request["method"] == "POST"
    )
    assert first["status"] in (200, 201)


@pytest.mark.parametrize("after", [False, True])
def test_when_the_control_node_dies_the_appliance_frees_itself(box: GeoblockStage, after: bool) -> None:
    """Wherever it dies before the permanent ACLs are added: once the copies have expired, no ACL of ours filters."""
    box.play("plan")
    box.simulator.clear_requests()
    box.play("apply")
    targets = [request["target"] for request in box.simulator.requests() if request["side"] == "nitro"]
    second = [number for number, target in enumerate(targets, 1) if "nsacls?action=apply" in target][1]
    died = 0
    for number in range(1, second + (0 if after else 1)):
        box.simulator.reset()
        for record in box.records.glob("box/*.json"):
            record.unlink()
        with pytest.raises(DiedError), dying_at(number, after=after):
            box.play("apply")
        box.simulator.appliance("box").advance(box.settings.get("expires", 300) + 1)
        assert box.ask(LAB).status == 200, f"request {number}: {targets[number - 1]}"
        died += 1
        if number % 5 == 0:
            assert box.play("apply").result.failed == ""
            assert box.ask(LAB).status == 0
    assert died > 30


@pytest.mark.parametrize("run_out", [False, True])
def test_what_a_dead_run_left_behind_does_not_spare_the_next_one_the_first_step(
    box: GeoblockStage, run_out: bool
) -> None:
    """It died with copies that filter, which may have expired since or not."""
    box.play("apply")
    sent = [request for request in box.simulator.requests() if request["side"] == "nitro"]
    applied = next(number for number, request in enumerate(sent, 1) if "nsacls?action=apply" in request["target"])
    box.simulator.reset()
    for record in box.records.glob("box/*.json"):
        record.unlink()
    with pytest.raises(DiedError), dying_at(applied, after=True):
        box.play("apply")
    assert [name.endswith("__ttl") for name in in_force(box)] == [True]
    if run_out:
        box.simulator.appliance("box").advance(box.settings.get("expires", 300) + 1)
    played = box.play("apply")
    assert played.result.failed == ""
    assert box.ask(LAB).status == 0
    assert not [name for name in in_force(box) if name.endswith("__ttl")]
    assert box.play("plan").result.changed is False


def test_what_a_dead_run_removed_and_did_not_apply_is_applied_by_the_next_one(
    box: GeoblockStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing on the appliance shows it, and with another method no other step needs an apply."""
    box.play("apply")
    box.settings["way"] = "location"
    write = Session.write

    def dying(session: Session, method: str, path: str, *arguments: Any, **options: Any) -> Any:
        reply = write(session, method, path, *arguments, **options)
        if method == "DELETE" and path.startswith("nsacl/"):
            raise DiedError
        return reply

    with monkeypatch.context() as patch:
        patch.setattr(Session, "write", dying)
        with pytest.raises(DiedError):
            box.play("apply")
    assert in_force(box), "it is removed, and filters still"
    assert box.play("apply").result.failed == ""
    assert in_force(box) == []
    assert box.play("apply").writes == []


def test_an_apply_on_a_node_that_was_no_longer_in_charge_does_not_count(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset()
    pair = GeoblockStage(simulator, tmp_path / "records", "pair", way="acls")
    simulator.appliance("pair").fault("failover", method="DELETE", type="nsacl")
    with pytest.raises(TourniquetError, match="failed over"):
        pair.enforce()
    assert in_force(pair, 1), "the copies: their removal reached the other node, the apply did not"
    pair.take_off()
    assert in_force(pair, 1) == []
    simulator.appliance("pair").synchronise()
    assert in_force(pair, 0) == []


def test_a_run_that_only_applies_is_not_the_one_to_be_undone(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset()
    pair = GeoblockStage(simulator, tmp_path / "records", "pair", way="acls")
    before = pair.configuration()
    simulator.appliance("pair").fault("failover", type="nsacls", nth=2)
    with pytest.raises(TourniquetError, match="failed over"):
        pair.enforce()
    again = pair.enforce()
    assert {step.type for step in again.plan.steps} == {"nsacls"}, (
        "all is there, and whether it was applied is not known"
    )
    assert pair.enforce().changed is False
    pair.take_off("undo")
    assert (pair.configuration(), in_force(pair, 1)) == (before, [])


def test_copies_that_ran_out_before_the_exchange_are_no_fault(
    box: GeoblockStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = []
    write = Session.write

    def writing(session: Session, method: str, path: str, *arguments: Any, **options: Any) -> Any:
        if method == "DELETE" and path.startswith("nsacl/"):
            box.simulator.appliance("box").advance(301)
            met.append(box.ask(LAB).status)
        return write(session, method, path, *arguments, **options)

    monkeypatch.setattr(Session, "write", writing)
    assert box.play("apply").result.failed == ""
    assert met == [200], "the appliance freed itself in the middle"
    assert box.ask(LAB).status == 0
    assert box.play("plan").result.changed is False


def test_a_new_virtual_server_gets_copies_first_too(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset()
    two = GeoblockStage(simulator, tmp_path / "records", "two", way="acls")
    two.play("apply")
    two.settings["vservers"] = ["site", "shop"]
    played = two.play("apply")
    assert "first copies that expire" in played.preview
    assert played.writes[:4] == ["POST nsacl", "POST nsacls", "DELETE nsacl", "POST nsacl"]
    assert (two.ask(LAB).status, two.ask(LAB, "shop").status, two.ask(UNLISTED, "shop").status) == (0, 0, 200)
    assert two.play("plan").result.changed is False


def test_a_refresh_by_ranges_tells_the_difference_and_is_tried_first(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset()
    old = GeoblockStage(simulator, tmp_path / "records", "old", way="acls")
    old.play("apply")
    old.data(("198.51.100.0", "198.51.100.255", "RU"), ("203.0.113.0", "203.0.113.60", "UA"))
    played = old.play("apply")
    assert "1 range added, 1 removed" in played.preview
    assert played.writes[:3] == ["POST nsacl", "POST nsacls", "POST macroapi"]
    old.settings["networks"] = {}
    refused = old.play("apply")
    assert "more than 10%" in refused.result.failed
    assert refused.writes == []


def test_a_lock_out_that_nobody_foresaw_is_taken_back(box: GeoblockStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first step blocks legitimate traffic: found while only copies filter."""
    box.settings["networks"] = {"lab": ["127.66.0.0/16"], "here": ["127.0.0.1"]}
    monkeypatch.setattr(ByAcls, "problems", lambda _self: [])
    before = everything(box)
    with pytest.raises(TourniquetError, match="legitimate traffic was harmed"):
        box.enforce()
    assert everything(box) == before


SWITCHES = [
    {"immutable_update": "refused_if_different"},
    {"immutable_update": "ignored"},
    {"acl_twins": "accepted"},
    {"acl_ttl_clock": "apply"},
    {"extended_acl_ttl_saved": False},
    {"acl_dataset_changes": "at_once"},
    {"macroapi_remove_bindings": False},
    {"nsacl_priority_type": "number"},
    {"missing_nsacl_code": 864},
]


@pytest.mark.parametrize("switches", SWITCHES, ids=lambda switches: "-".join(map(str, *switches.items())))
def test_every_position_of_what_is_open_is_survived(tmp_path: Path, switches: dict[str, Any]) -> None:
    fleet = fleet_file({"box": FLEET["appliances"]["box"]}, drop_seconds=0.1, **switches)
    with Simulator(fleet) as running:
        stage = GeoblockStage(running, tmp_path / "records", way="acls")
        before = everything(stage)
        assert stage.play("apply").result.failed == ""
        assert stage.ask(LAB).status == 0
        stage.data(("198.51.100.0", "198.51.100.250", "RU"), ("203.0.113.0", "203.0.113.60", "UA"))
        assert stage.play("apply").result.failed == ""
        assert stage.ask(LAB).status == 0
        assert stage.play("plan").result.changed is False
        stage.take_off()
        assert everything(stage) == before


THEIRS = {"aclname": "theirs", "aclaction": "DENY", "priority": 5, "srcip": True, "srcipval": "192.0.2.9"}
WAITING = "theirs: somebody else has edited ACLs and not applied them"


def somebody_edits(box: GeoblockStage) -> None:
    """Somebody else adds an ACL and saves it, but does not apply it."""
    box.by_hand("nsacl", {"nsacl": THEIRS})
    box.by_hand("nsconfig?action=save", {"nsconfig": {}})


def test_acl_edits_of_others_that_wait_are_never_applied(box: GeoblockStage) -> None:
    somebody_edits(box)
    played = box.play("apply")
    assert WAITING in played.result.failed
    assert played.writes == []
    box.by_hand("nsacls?action=apply", {"nsacls": {}})
    box.by_hand("nsconfig?action=save", {"nsconfig": {}})
    assert box.play("apply").result.failed == ""


@pytest.mark.parametrize("settings", [{"way": "datasets"}, {"way": "location"}, {"policy": ""}], ids=str)
def test_nor_when_ours_go(box: GeoblockStage, settings: dict[str, str]) -> None:
    box.play("apply")
    somebody_edits(box)
    before = everything(box)
    box.settings |= settings
    played = box.play("apply")
    assert WAITING in played.result.failed
    assert (played.writes, everything(box)) == ([], before)


@pytest.mark.parametrize("why", ["undo", "after_fix"])
def test_nor_by_a_rollback(box: GeoblockStage, why: str) -> None:
    box.play("apply")
    somebody_edits(box)
    before = everything(box)
    with pytest.raises(Refused, match=WAITING):
        box.take_off(why)
    assert everything(box) == before
    box.by_hand("nsacls?action=apply", {"nsacls": {}})
    box.by_hand("nsconfig?action=save", {"nsconfig": {}})
    box.take_off(why)
    assert in_force(box) == ["theirs"]


def test_no_allow_of_ours_opens_what_others_deny(box: GeoblockStage) -> None:
    theirs = {
        "aclname": "theirs",
        "aclaction": "DENY",
        "priority": 90000,
        "srcip": True,
        "srcipval": "127.0.0.0-127.0.0.200",
    }
    theirs |= {"destip": True, "destipval": "127.0.0.3"}
    box.by_hand("nsacl", {"nsacl": {**theirs, "destport": True, "destportval": "9", "protocol": "TCP"}})
    box.by_hand("nsacls?action=apply", {"nsacls": {}})
    box.by_hand("nsconfig?action=save", {"nsconfig": {}})
    box.settings.update(policy="allow", countries=["RU"], networks={"home": ["127.0.0.0/16"], "far": ["192.0.2.0/24"]})
    played = box.play("apply")
    assert "would allow packets before theirs of somebody else denies it" in played.result.failed
    assert "geoblock_acl_priority: 90001" in played.result.failed
    assert played.writes == []
    box.settings["acl_priority"] = 90001
    assert box.play("plan").result.failed == "", "what is advised helps"


def test_an_allowlist_lets_in_only_who_is_in_it(stage: GeoblockStage) -> None:
    stage.settings.update(
        policy="allow", countries=["RU"], networks={"home": ["127.0.0.0/16"], "far": ["192.0.2.0/24"]}
    )
    assert stage.play("apply").result.failed == ""
    assert stage.ask(UNLISTED).status == 200
    assert stage.ask(LAB).status == 0


def test_a_policy_that_turns_round_needs_consent_and_lets_in_who_is_allowed(stage: GeoblockStage) -> None:
    """The same ranges: an ALLOW keeps no priority of a DENY, and comes before the rest."""
    stage.settings["networks"] = {"home": ["127.0.0.0/24"], "far": ["192.0.2.0/24", "192.0.3.0/24"]}
    stage.settings["exceptions"] = ["127.0.0.0/24"]
    assert stage.play("apply").result.failed == ""
    stage.settings.update(policy="allow", exceptions=[])
    assert "geoblock_policy turns from block to allow" in stage.play("plan").result.failed
    stage.settings["accept"] = ["private", "changed"]
    played = stage.play("apply")
    assert played.result.failed == ""
    assert (stage.ask(UNLISTED).status, stage.ask(LAB).status) == (200, 0)
    rows = stage.simulator.fleet.appliances[stage.name].nodes[0].running.table("nsacl").values()
    last_allow = max(int(row["priority"]) for row in rows if row["aclaction"] == "ALLOW")
    assert all(int(row["priority"]) > last_allow for row in rows if row["aclaction"] == "DENY")


def test_others_at_the_same_address_are_told(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset()
    box = GeoblockStage(simulator, tmp_path / "records", "box", way="acls")
    box.settings["vservers"] = [{"kind": "lb", "name": "site"}]
    beside = {"name": "beside", "servicetype": "HTTP", "ipv46": "127.0.0.3", "port": 8081}
    box.by_hand("csvserver", {"csvserver": beside})
    inner = {"name": "inner", "servicetype": "HTTP", "ipv46": "0.0.0.0", "port": 0}
    box.by_hand("lbvserver", {"lbvserver": inner})
    box.settings["vservers"].append("inner")
    text = box.play("plan").preview
    assert "NOT COVERED: inner has no address of its own" in text
    assert "beside (cs 127.0.0.3:8081) has the same address as a virtual server of geoblock_vservers" in text


@pytest.mark.parametrize("way", ["acls", "location", "datasets"])
def test_virtual_servers_that_only_others_of_the_group_have_are_told(
    simulator: Simulator, tmp_path: Path, way: str
) -> None:
    """geoblock_vservers in group_vars names those of all appliances of the group."""
    simulator.reset()
    stage = GeoblockStage(simulator, tmp_path / "records", "two", way=way, vservers=["portal"])
    before = stage.configuration()
    played = stage.play("apply")
    assert (played.result.failed, played.verdict) == ("", "not asked for")
    assert "there is no virtual server portal here (geoblock_vservers)" in played.result.verdict.reason
    assert stage.configuration() == before
    assert stage.play("status").verdict == "not asked for"

    stage.settings["vservers"] = ["site", "portal"]
    assert "NOT COVERED: there is no virtual server portal here (geoblock_vservers)" in stage.play("plan").preview
    assert stage.play("apply").result.failed == ""
    assert (stage.ask(LAB).status, stage.ask(UNLISTED).status) == (0, 200)

    in_place = stage.configuration()
    stage.settings["vservers"] = ["portal"]
    with pytest.raises(InvalidInput, match=r"^two: there is no virtual server portal\. Correct geoblock_vservers"):
        stage.play("apply")
    assert stage.configuration() == in_place, "an empty document would remove it"


def test_without_anything_to_protect_nothing_is_taken_off(box: GeoblockStage) -> None:
    """A misspelt name means no virtual server, and not no geoblock; a rollback needs none."""
    box.play("apply")
    for way in ("acls", "location", "datasets"):
        box.settings.update(way=way, vservers=["iste"])
        with pytest.raises(InvalidInput, match=r"^box: there is no virtual server iste\. Correct geoblock_vservers"):
            box.play("apply")
    box.settings.update(way="acls", vservers=["site"], families=["ipv6"])
    box.data(("2001:db8:9::", "2001:db8:9::ff", "RU"), ("2001:db8:b::", "2001:db8:b::ff", "UA"))
    box.settings["networks"] = {}
    with pytest.raises(InvalidInput, match=r"^box: geoblock_source test has shrunk"):
        box.play("apply")
    box.settings["accept"] = ["private", "shrunken"]
    with pytest.raises(InvalidInput, match=r"^box: geoblock_way: acls needs addresses"):
        box.play("apply")
    assert box.ask(LAB).status == 0
    box.settings["vservers"] = ["iste"]
    box.take_off()
    assert box.ask(LAB).status == 200


def test_acls_do_not_observe(box: GeoblockStage) -> None:
    box.settings["mode"] = "observe"
    assert "they have no observe mode" in box.play("plan").result.failed


def test_an_address_of_the_management_is_no_destination(box: GeoblockStage) -> None:
    box.by_hand("nsip", {"nsip": {"ipaddress": "127.0.0.3", "netmask": "255.255.255.255", "type": "SNIP"}})
    box.by_hand("nsconfig?action=save", {"nsconfig": {}})
    assert "has an address of the management" in box.play("plan").result.failed


def test_from_one_way_to_the_other_without_a_gap(stage: GeoblockStage) -> None:
    stage.play("apply")
    stage.settings["way"] = "location"
    to_location = stage.play("apply")
    assert to_location.result.failed == ""
    assert stage.ask(LAB).status == 0
    assert in_force(stage) == []
    stage.settings["way"] = "acls"
    assert stage.play("apply").result.failed == ""
    assert stage.ask(LAB).status == 0
    assert stage.configuration() == [
        row for row in stage.configuration() if "responderpolicy" not in row or "tq_" not in row
    ]


@pytest.mark.parametrize(
    ("way", "other"), [("acls", "location"), ("location", "datasets"), ("datasets", "acls"), ("location", "acls")]
)
def test_what_is_in_place_by_another_way_is_compared_too(box: GeoblockStage, way: str, other: str) -> None:
    """The same set needs no consent; another set does, and a policy that is reversed."""
    box.settings.update(
        way=way, networks={"lab": ["127.66.0.0/16"], "home": ["127.0.0.0/24"]}, exceptions=["127.0.0.0/24"]
    )
    assert box.play("apply").result.failed == ""
    box.settings["way"] = other
    assert box.play("plan").result.failed == ""
    box.settings["networks"]["lab"] = ["127.66.0.0/20"]
    assert "more than 10%" in box.play("plan").result.failed
    box.settings["networks"]["lab"] = ["127.66.0.0/16"]
    del box.settings["exceptions"]
    box.settings["policy"] = "allow"
    assert "geoblock_policy turns from block to allow" in box.play("plan").result.failed
    box.settings["accept"] = ["private", "changed"]
    assert box.play("apply").result.failed == ""
    assert (box.ask(UNLISTED).status, box.ask(LAB).status) == (200, 200), "both are in lists of ours"


def test_an_ipv6_address_of_the_management_is_known_in_every_spelling(tmp_path: Path) -> None:
    six = {**SIX, "ipv46": "2001:0db8:0001::0005"}
    box = {**FLEET["appliances"]["box"], "configuration": {"lbvserver": [six]}}
    with Simulator(FLEET | {"appliances": {"box": box}}) as running:
        stage = GeoblockStage(
            running, tmp_path / "records", way="acls", vservers=["site", "six"], families=["ipv4", "ipv6"]
        )
        stage.data(*ROWS[4], ("2001:db8:9::", "2001:db8:9::ff", "RU"), ("2001:db8:b::", "2001:db8:b::ff", "UA"))
        stage.by_hand("nsip6", {"nsip6": {"ipv6address": "2001:db8:1::5/64", "type": "SNIP"}})
        assert "six (lb [2001:db8:1::5]" in stage.play("plan").result.failed


SIX = {"name": "six", "servicetype": "HTTP", "ipv46": "2001:db8:1::5", "port": 80}


RU6 = [(f"2001:db8:{part}::", f"2001:db8:{part}::ff", "RU") for part in ("9", "b", "d")]
TTL_OF_IPV6 = ["expires", "kept", "refused"]


@contextmanager
def both_families(tmp_path: Path, **switches: Any) -> Iterator[GeoblockStage]:
    box = {**FLEET["appliances"]["box"], "configuration": {"lbvserver": [SIX]}}
    with Simulator(fleet_file({"box": box}, drop_seconds=0.1, **switches)) as running:
        stage = GeoblockStage(
            running, tmp_path / "records", way="acls", vservers=["site", "six"], families=["ipv4", "ipv6"]
        )
        stage.data(*ROWS[4], *RU6)
        # No packet reaches it on the loopback, so asking it would only cost time.
        stage.variables["vips"].append(
            {"name": "six", "address": SIX["ipv46"], "port": 80, "kind": "lb", "probe": False}
        )
        yield stage


def filtered6(stage: GeoblockStage) -> dict[str, str]:
    """By name, the first address of each IPv6 ACL that filters."""
    rows = stage.simulator.fleet.appliances["box"].nodes[0].running.table("_nsacl6").values()
    return {row["acl6name"]: str(row.get("srcipv6val")).partition("-")[0] for row in rows}


@pytest.mark.parametrize("position", TTL_OF_IPV6)
@pytest.mark.parametrize("unknown", [278, 1090])
def test_of_ipv6_one_range_goes_first_then_copies_whatever_a_ttl_means_there(
    tmp_path: Path, position: str, unknown: int
) -> None:
    with both_families(tmp_path, nsacl6_ttl=position, unknown_attribute_code=unknown) as stage:
        before = everything(stage)
        played = stage.play("apply")
        assert played.result.failed == ""
        assert "of IPv6 one range goes first, then copies of the others" in played.preview
        six = [write for write in played.writes if "nsacl6" in write or "nsacls6" in write]
        again = ["POST nsacl6"] if position == "refused" else []  # the same without a ttl
        first, copies = ["POST nsacl6", "POST nsacls6"], ["POST nsacl6", *again, "POST nsacls6"]
        assert six == [*first, *copies, "POST nsacl6", "POST nsacls6"], "and the permanent ones"
        assert sorted(filtered6(stage).values()) == [first for first, _last, _country in RU6]
        assert not [name for name in filtered6(stage) if name.endswith("__ttl")]
        assert (stage.ask(LAB).status, stage.play("plan").result.changed) == (0, False)
        stage.take_off()
        assert everything(stage) == before


@pytest.mark.parametrize("position", TTL_OF_IPV6)
def test_when_the_control_node_dies_ipv6_frees_itself_where_it_heeds_a_ttl(tmp_path: Path, position: str) -> None:
    """It dies when the copies filter. Where they stay, the next run removes them."""
    with both_families(tmp_path, nsacl6_ttl=position) as stage:
        stage.play("apply")
        sent = [entry["target"] for entry in stage.simulator.requests() if entry["side"] == "nitro"]
        applied = [number for number, target in enumerate(sent, 1) if "nsacls6?action=apply" in target]
        stage.simulator.reset()
        for record in stage.records.glob("box/*.json"):
            record.unlink()
        with pytest.raises(DiedError), dying_at(applied[1], after=True):
            stage.play("apply")
        assert len(filtered6(stage)) == 3
        stage.simulator.appliance("box").advance(301)
        assert stage.ask(LAB).status == 200, "of IPv4 nothing is left"
        left = filtered6(stage)
        if position == "expires":
            assert list(left.values()) == ["2001:db8:9::"], "the range that went first"
        else:
            assert len(left) == 3
        assert stage.play("apply").result.failed == ""
        assert not [name for name in filtered6(stage) if name.endswith("__ttl")]
        assert len(filtered6(stage)) == 3


@pytest.mark.parametrize("position", TTL_OF_IPV6)
def test_an_ipv6_allowlist_goes_in_as_copies_first(tmp_path: Path, position: str) -> None:
    with both_families(tmp_path, nsacl6_ttl=position) as stage:
        stage.settings.update(policy="allow", countries=["RU"], networks={"home": ["127.0.0.0/16"]})
        played = stage.play("apply")
        assert played.result.failed == ""
        assert "NOT CHECKED: IPv6 ACLs may not expire by themselves" in played.preview
        assert [write for write in played.writes if "nsacls6" in write] == ["POST nsacls6"] * 2
        assert len(filtered6(stage)) == 4
        assert not [name for name in filtered6(stage) if name.endswith("__ttl")]


def test_without_room_for_copies_of_ipv6_one_range_goes_first(tmp_path: Path) -> None:
    """The band ends at 81920, and DENYs have its upper half."""
    with both_families(tmp_path) as stage:
        stage.settings["acl_priority"] = 81915
        played = stage.play("apply")
        assert played.result.failed == ""
        assert "no copies of IPv6 ACLs: the band has not enough free priorities" in played.preview
        assert len(filtered6(stage)) == 3


def test_the_plan_says_what_it_takes_and_what_taking_it_off_takes(simulator: Simulator, tmp_path: Path) -> None:
    """By ranges, as a build without data sets in ACLs needs them."""
    simulator.reset()
    old = GeoblockStage(simulator, tmp_path / "records", "old", way="acls", countries=["RU"])
    old.data(*many(1500))
    text = old.play("plan").preview
    assert "1,501 ACLs" in text
    assert "first copies that expire after 300 seconds by themselves" in text
    assert "this takes: 8 requests, or 1,507 where this appliance removes nothing in bulk" in text
    assert "removing it takes: 2 requests, or 1,501 where this appliance removes nothing in bulk" in text
    old.data(*many(2500))
    assert "2,501 ACLs, and nobody has published experience with more than 2,000" in old.play("plan").result.failed
    old.settings["many_acls"] = True
    assert old.play("plan").result.failed == ""


@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"kind": "reply_lost"}, {"kind": "http_error", "status": 503}])
def test_an_apply_whose_answer_gets_lost_is_said_again(box: GeoblockStage, fault: dict[str, Any]) -> None:
    """Removed ACLs that were not applied filter on, and nothing shows them."""
    box.play("apply")
    box.simulator.appliance("box").fault(type="nsacls", action="apply", nth=1, **fault)
    box.take_off()
    assert in_force(box) == []


def test_an_apply_that_is_refused_is_no_success(box: GeoblockStage) -> None:
    box.play("apply")
    before = in_force(box)
    box.simulator.appliance("box").fault(kind="nitro_error", code=1, type="nsacls", action="apply", nth=1)
    with pytest.raises(TourniquetError, match="undone"):
        box.take_off()
    box.simulator.appliance("box").clear_faults()
    assert in_force(box) == before
    box.take_off()
    assert in_force(box) == []
