# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The method location of geoblocking, in process: a location file of ours really decides in the simulator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import file_limits
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Unsaved
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import secondary
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.appliance_lock import ApplianceLock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.location import loading

from simulator import Simulator
from tests.engine.control_nodes import DiedError
from tests.engine.geoblock_stage import LAB, UNLISTED, GeoblockStage
from tests.stage.fleet import fleet_file

SITE = {"type": "lb", "name": "site", "address": "127.0.0.3:0", "protocol": "HTTP"}
FLEET: dict[str, Any] = fleet_file(
    {
        "box": {"build": "13.1 53.24", "nodes": ["127.0.0.1:0"], "features": ["LB", "SSL"], "vservers": [SITE]},
        "pair": {
            "build": "13.1 53.24",
            "nodes": ["127.0.0.1:0", "127.0.0.1:0"],
            "features": ["LB", "SSL"],
            "vservers": [SITE],
        },
    },
    drop_seconds=0.1,
)


@pytest.fixture(params=["box", "pair"])
def stage(request: pytest.FixtureRequest, simulator: Simulator, tmp_path: Path) -> GeoblockStage:
    simulator.reset()
    return GeoblockStage(simulator, tmp_path / "records", request.param)


def test_whoever_is_in_the_file_is_shut_out_and_nobody_else(stage: GeoblockStage) -> None:
    assert stage.ask(LAB).status == 200
    played = stage.play("apply")
    assert played.result.failed == ""
    assert stage.ask(LAB).status == 0
    assert stage.ask(UNLISTED).status == 200
    assert played.verdict == "applied, unproven"
    after = stage.play("status")
    assert after.verdict == "enforcing", after.values["verdict"]
    again = stage.play("apply")
    assert not again.result.changed
    assert again.writes == []
    assert not any(part.pending for part in stage.play("plan").result.partitions.values()), (
        "a rollout has nothing to do there"
    )


def state_of(stage: GeoblockStage) -> dict[str, Any]:
    """The state of each node: running, saved, and the files."""
    nodes = stage.simulator.fleet.appliances[stage.name].nodes
    return {
        f"{kind} {node.index}": stage.configuration(kind, node.index) for node in nodes for kind in ("running", "saved")
    } | {f"files {node.index}": stage.files(node.index) for node in nodes}


@pytest.mark.parametrize("why", ["undo", "after_fix"])
def test_a_rollback_leaves_what_was_there_before_on_every_node(stage: GeoblockStage, why: str) -> None:
    before = state_of(stage)
    stage.play("apply")
    assert all(stage.files(node.index) for node in stage.simulator.fleet.appliances[stage.name].nodes)
    stage.take_off(why)
    assert state_of(stage) == before
    assert stage.ask(LAB).status == 200


def test_a_dry_run_shows_the_set_the_way_and_the_files_and_writes_nothing(stage: GeoblockStage) -> None:
    before = state_of(stage)
    played = stage.play("plan")
    assert played.result.changed
    assert played.writes == []
    assert state_of(stage) == before
    text = played.preview
    assert "blocks RU, UA, lab" in text
    assert "method location: nobody else has a location file loaded" in text
    assert "+ put /var/netscaler/locdb/tq_geoblock__v4_" in text
    assert "NOT COVERED: IPv6" in text


def test_observing_counts_and_lets_pass_then_enforcing_takes_its_place(stage: GeoblockStage) -> None:
    stage.settings["mode"] = "observe"
    done = stage.play("apply")
    assert stage.ask(LAB).status == 200
    seen = stage.play("status")
    for text in (done.preview, seen.preview):
        assert "geoblock would block RU, UA, lab, and only counts (mode observe)   data: " in text
        assert "blocks RU" not in text
    assert seen.verdict == "observing"
    assert seen.values["parts"][0]["hits"] == {"observe": 1}
    stage.settings["mode"] = "enforce"
    switched = stage.play("apply")
    assert switched.result.failed == ""
    assert stage.ask(LAB).status == 0


def test_a_refresh_loads_a_new_file_beside_the_old_one(stage: GeoblockStage) -> None:
    stage.play("apply")
    first = stage.files()
    stage.data(("198.51.100.0", "198.51.100.255", "RU"), ("203.0.113.0", "203.0.113.60", "UA"))
    refreshed = stage.play("apply")
    assert refreshed.result.failed == ""
    assert refreshed.writes == ["POST locationfile", "POST nsconfig"]
    assert "1 range added, 1 removed" in refreshed.preview
    second = stage.files()
    assert set(first) < set(second), "the old one stays, so that the refresh can be undone"
    undone = stage.take_off("undo")
    assert undone.values["changed"]
    assert stage.files() == first
    stage.data(("198.51.100.0", "198.51.100.255", "RU"), ("203.0.113.0", "203.0.113.61", "UA"))
    stage.play("apply")
    stage.data(("198.51.100.0", "198.51.100.255", "RU"), ("203.0.113.0", "203.0.113.62", "UA"))
    stage.play("apply")
    assert len(stage.files()) == 2


def test_an_undo_that_died_at_its_end_keeps_the_file_in_use_when_it_is_given_again(
    stage: GeoblockStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.play("apply")
    first = stage.files()
    stage.data(("198.51.100.0", "198.51.100.255", "RU"), ("203.0.113.0", "203.0.113.60", "UA"))
    stage.play("apply")

    def dies(_lock: ApplianceLock) -> None:
        raise DiedError

    with monkeypatch.context() as patch:
        patch.setattr(ApplianceLock, "_release_all", dies)
        with pytest.raises(DiedError):
            stage.take_off("undo")
    assert stage.files() == first
    assert stage.take_off("undo").values["remarks"][-1] == "there is no run of ours to undo"
    assert stage.files() == first


def test_an_undo_that_died_before_its_save_deletes_the_unused_file_when_it_is_given_again(
    stage: GeoblockStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.play("apply")
    first = stage.files()
    stage.data(("198.51.100.0", "198.51.100.255", "RU"), ("203.0.113.0", "203.0.113.60", "UA"))
    stage.play("apply")

    def dies(_session: Session, _before_again: object) -> None:
        raise DiedError

    with monkeypatch.context() as patch:
        patch.setattr(Session, "save", dies)
        with pytest.raises(DiedError):
            stage.take_off("undo")
    assert len(stage.files()) == 2
    assert stage.take_off("undo").values["saved"]
    assert stage.files() == first


def test_a_set_that_changed_much_needs_consent(stage: GeoblockStage) -> None:
    stage.settings["networks"] = {}
    stage.play("apply")
    stage.data(("198.51.100.0", "198.51.100.127", "RU"), ("203.0.113.0", "203.0.113.63", "UA"))
    refused = stage.play("apply")
    assert "more than 10%" in refused.result.failed
    assert refused.writes == []
    stage.settings["accept"] = ["private", "changed"]
    assert stage.play("apply").result.failed == ""


@pytest.mark.parametrize("way", ["location", "datasets"])
def test_a_policy_that_turns_round_needs_consent(stage: GeoblockStage, way: str) -> None:
    """The same addresses, and all others are blocked."""
    stage.settings["way"] = way
    stage.settings["networks"]["home"] = ["127.0.0.0/24"]
    stage.settings["exceptions"] = ["127.0.0.0/24"]
    stage.play("apply")
    del stage.settings["exceptions"]
    stage.settings.update(policy="allow", accept=["private"])
    assert "geoblock_policy turns from block to allow" in stage.play("plan").result.failed
    stage.settings["accept"] = ["private", "changed"]
    assert stage.play("apply").result.failed == ""
    assert (stage.ask(UNLISTED).status, stage.ask(LAB).status) == (200, 200), "both are in lists of ours"


def test_a_loaded_file_that_cannot_be_read_is_told(stage: GeoblockStage) -> None:
    stage.play("apply")
    (name,) = stage.files()
    for kept in Path(stage.settings["cache"]).glob("compiled-*"):  # as on another control node
        kept.unlink()
    for node in stage.simulator.fleet.appliances[stage.name].nodes:
        node.write_file(f"/var/netscaler/locdb/{name}", b"NSGEO1.0\nStart\n198.51.100.0,198.51\n")
    stage.data(("198.51.100.0", "198.51.100.255", "RU"), ("203.0.113.0", "203.0.113.60", "UA"))
    text = stage.play("plan").preview
    assert f"NOT CHECKED: how this differs from what is loaded for IPv4: /var/netscaler/locdb/{name} cannot" in text


@pytest.mark.parametrize(
    ("policy", "told"), [("allow", "allowed: all its clients"), ("block", "blocked: it would do nothing")]
)
def test_a_list_without_a_family_of_a_virtual_server_is_refused(tmp_path: Path, policy: str, told: str) -> None:
    """All its clients would be blocked, or none: ledger and letter called such a virtual server closed to the countries (seen in a night)."""
    six = {"name": "six", "servicetype": "HTTP", "ipv46": "2001:db8:1::5", "port": 80}
    box = {**FLEET["appliances"]["box"], "configuration": {"lbvserver": [six]}}
    with Simulator(FLEET | {"appliances": {"box": box}}) as running:
        stage = GeoblockStage(running, tmp_path / "records", policy=policy, vservers=["site", "six"])
        stage.settings["networks"] = {"home": ["127.0.0.0/16"]}
        for way in ("location", "datasets"):
            stage.settings["way"] = way
            assert f"six has an IPv6 address, and no IPv6 client is {told}" in stage.play("plan").result.failed


def test_who_must_get_through_is_refused_with_range_and_country(stage: GeoblockStage) -> None:
    stage.settings["networks"] = {"home": ["127.0.0.0/16"]}
    played = stage.play("apply")
    assert "the control node 127.0.0.1 is in 127.0.0.0-127.0.255.255 (home)" in played.result.failed
    assert played.writes == []


def test_always_allow_and_servers_of_the_appliance_are_kept_open(stage: GeoblockStage) -> None:
    stage.variables["always_allow"] = ["198.51.100.128/25"]
    stage.settings["trusted_proxies"] = ["203.0.113.32/30"]
    stage.by_hand("ntpserver", {"ntpserver": {"serverip": "203.0.113.5"}})
    stage.by_hand("dnsnameserver", {"dnsnameserver": {"ip": "203.0.113.6"}})
    route = {"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "203.0.113.7"}
    stage.by_hand("route", {"route": route})
    for number, kind in enumerate(("ldap", "radius"), 8):
        name = f"authentication{kind}action"
        stage.by_hand(name, {name: {"name": kind, "serverip": f"203.0.113.{number}"}})
    stage.by_hand("server", {"server": {"name": "mail", "ipaddress": "203.0.113.10"}})
    stage.by_hand("auditsyslogparams", {"auditsyslogparams": {"serverip": "203.0.113.11"}}, method="PUT")
    played = stage.play("plan", unsaved="apply_without_save")
    failed = played.result.failed
    assert "the global syslog server 203.0.113.11 is in" in failed
    for place, what in enumerate(("name server", "gateway of a route", "LDAP server ldap", "RADIUS server radius"), 6):
        assert f"the {what} 203.0.113.{place} is in" in failed
    assert "the back-end server mail 203.0.113.10 is in" in failed
    assert "NOT CHECKED" not in played.preview
    by_name = {"name": "named", "servername": "ldap.example"}
    stage.by_hand("authenticationldapaction", {"authenticationldapaction": by_name})
    assert "NOT CHECKED: the addresses of ldap.example, the LDAP server" in stage.play("plan").preview
    assert "netscaler_always_allow 198.51.100.128/25 is in 198.51.100.0-198.51.100.255 (RU)" in failed
    assert "the trusted proxy 203.0.113.32/30 is in 203.0.113.0-203.0.113.63 (UA)" in failed
    assert "the time server 203.0.113.5 is in 203.0.113.0-203.0.113.63 (UA)" in failed


FOREIGN = "/var/netscaler/locdb/gslb_sites"


def load_foreign(stage: GeoblockStage) -> None:
    for node in stage.simulator.fleet.appliances[stage.name].nodes:
        node.write_file(FOREIGN, b"NSGEO1.0\nStart\n192.0.2.0,192.0.2.255,,NL,,,,,,\n")
    stage.by_hand("locationfile", {"locationfile": {"Locationfile": FOREIGN}})
    stage.by_hand("nsconfig?action=save", {"nsconfig": {}})


def test_a_location_file_of_somebody_else_is_never_replaced(stage: GeoblockStage) -> None:
    load_foreign(stage)
    stage.settings["way"] = "location"
    played = stage.play("apply")
    assert f"{FOREIGN} is loaded as the IPv4 location file, and is not ours" in played.result.failed
    assert played.writes == []
    assert stage.files() == ["gslb_sites"]


def test_wildcards_stay_as_they_are_where_others_have_locations(stage: GeoblockStage) -> None:
    location = {"ipfrom": "192.0.2.1", "ipto": "192.0.2.9", "preferredlocation": "EU.NL.*.*.*.*"}
    stage.by_hand("location", {"location": location})
    stage.by_hand("nsconfig?action=save", {"nsconfig": {}})
    stage.settings["way"] = "location"
    assert "matchWildcardtoany is NO" in stage.play("plan").result.failed
    stage.by_hand("locationparameter", {"locationparameter": {"matchwildcardtoany": "YES"}}, "PUT")
    stage.by_hand("nsconfig?action=save", {"nsconfig": {}})
    played = stage.play("apply")
    assert played.result.failed == ""
    assert "PUT locationparameter" not in played.writes
    assert "NOT CHECKED: locations that somebody else added by hand" in played.preview


def wildcards(stage: GeoblockStage) -> str:
    rows = stage.simulator.fleet.appliances[stage.name].nodes[0].running.table("locationparameter")
    return str(rows.get((), {}).get("matchwildcardtoany", "NO"))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("policy", ["block", "allow"])
@pytest.mark.parametrize("other", ["datasets", "acls", ""])
def test_wildcards_go_back_once_nothing_of_ours_asks_for_locations(
    stage: GeoblockStage, other: str, policy: str
) -> None:
    """As the last step: while a rule uses locations, an allowlist would block every client."""
    stage.settings.update(way="location", policy=policy)
    stage.settings["networks"]["home"] = ["127.0.0.0/16"] if policy == "allow" else ["192.0.2.0/24"]
    before = stage.configuration()
    assert stage.play("apply").result.failed == ""
    assert wildcards(stage) == "YES"
    stage.settings.update(way=other) if other else stage.settings.update(policy="")
    moved = stage.play("apply")
    assert moved.result.failed == ""
    assert [write for write in moved.writes if write != "POST nsconfig"][-1] in (
        "POST locationparameter",
        "PUT locationparameter",
    )
    assert wildcards(stage) == "NO"
    assert stage.play("apply").writes == []
    if other:
        assert "matchWildcardtoany goes back to the value in a record of this control node" in moved.preview
        assert (stage.ask(LAB).status, stage.ask(UNLISTED).status) == ((0, 200) if policy == "block" else (200, 200))
        stage.settings.update(way="location")
        assert stage.play("apply").result.failed == ""
        assert wildcards(stage) == "YES"
        stage.take_off()
        assert stage.configuration() == before
    else:
        assert not [row for row in stage.configuration() if "location" in row]


def test_wildcards_stay_where_others_ask_for_locations_by_now(stage: GeoblockStage) -> None:
    stage.settings["way"] = "location"
    stage.play("apply")
    rule = {"name": "theirs", "rule": 'CLIENT.IP.SRC.MATCHES_LOCATION("*.NL.*.*.*.*")', "action": "NOOP"}
    stage.by_hand("responderpolicy", {"responderpolicy": rule})
    stage.by_hand("nsconfig?action=save", {"nsconfig": {}})
    stage.settings["way"] = "datasets"
    moved = stage.play("apply")
    assert moved.result.failed == ""
    assert "locationparameter stays as we set it, although ours no longer needs it: somebody else uses" in moved.preview
    assert wildcards(stage) == "YES"


def test_a_setting_that_somebody_else_has_changed_since_is_his(stage: GeoblockStage) -> None:
    stage.settings["way"] = "location"
    stage.play("apply")
    stage.by_hand("locationparameter", {"locationparameter": {"matchwildcardtoany": "Expression"}}, "PUT")
    stage.by_hand("nsconfig?action=save", {"nsconfig": {}})
    stage.settings["way"] = "datasets"
    assert stage.play("apply").result.failed == ""
    assert wildcards(stage) == "Expression"


def test_a_file_that_is_not_whole_on_a_node_is_found_before_a_rule_asks_it(
    stage: GeoblockStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same size, so that its size does not show it."""
    monkeypatch.setattr(loading, "SETTLED", 0.1)
    before = state_of(stage)
    name = stage.play("plan").preview.partition("put /var/netscaler/locdb/")[2].partition(" ")[0]
    content = stage.measure_files()[0]
    node = stage.simulator.fleet.appliances[stage.name].nodes[-1]
    node.write_file(f"/var/netscaler/locdb/{name}", content.replace(b"198.51.100.255", b"198.51.100.x55"))
    played = stage.play("apply")
    assert "2 entries of the IPv4 location file in memory and 1 errors, and the file has 3" in played.result.failed
    after = state_of(stage)
    assert {k: v for k, v in after.items() if "files" not in k} == {k: v for k, v in before.items() if "files" not in k}
    assert stage.ask(LAB).status == 200


@pytest.fixture
def failed_over(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GeoblockStage:
    """In the middle of an apply; what came afterwards, the file too, reached the old primary alone."""
    monkeypatch.setattr(loading, "SETTLED", 0.25)
    monkeypatch.setattr(secondary, "SYNC_PATIENCE", 0.3)
    simulator.reset()
    pair = GeoblockStage(simulator, tmp_path / "records", "pair")
    simulator.appliance("pair").fault("failover", method="PUT", type="locationparameter")
    with pytest.raises(StepFailed, match="failed over") as caught:
        pair.enforce()
    assert not caught.value.undone, "it would still stand on the node that is in charge"
    return pair


def test_the_next_run_knows_what_a_failover_left_as_ours(failed_over: GeoblockStage) -> None:
    assert any("matchwildcardtoany" in row for row in failed_over.configuration())
    assert failed_over.play("apply").result.failed == ""
    assert failed_over.ask(LAB).status == 0


def test_a_rollback_tells_what_is_left_on_the_old_primary(failed_over: GeoblockStage) -> None:
    remarks = failed_over.take_off().result.partitions["default"].remarks
    assert any("did not follow: locationfile" in remark for remark in remarks), remarks
    assert not any("tq_" in row or "matchwildcardtoany" in row for row in failed_over.configuration())


def test_a_file_of_another_size_under_our_name_stops_the_plan(stage: GeoblockStage) -> None:
    name = stage.play("plan").preview.partition("put /var/netscaler/locdb/")[2].partition(" ")[0]
    for node in stage.simulator.fleet.appliances[stage.name].nodes:
        node.write_file(f"/var/netscaler/locdb/{name}", b"something else")
    played = stage.play("apply")
    assert "has 14 bytes, and ours" in played.result.failed
    assert played.writes == []


def test_a_file_of_the_same_size_under_our_name_is_not_taken_for_ours(stage: GeoblockStage) -> None:
    """Seen: enforcing, while nobody was shut out: the file of our name had other countries."""
    assert stage.play("apply").result.failed == ""
    assert stage.ask(LAB).status == 0
    assert stage.play("status").verdict == "enforcing"
    for node in stage.simulator.fleet.appliances[stage.name].nodes:
        (path,) = (path for path in node.files if path.startswith("/var/netscaler/locdb/tq_"))
        node.write_file(path, bytes(node.files[path].content).replace(b",lab,", b",bal,"))
    stage.by_hand("locationfile", {}, "DELETE")
    stage.by_hand("locationfile", {"locationfile": {"Locationfile": path}})
    assert stage.ask(LAB).status == 200
    played = stage.play("status")
    assert played.verdict == "drifted"
    assert f"{path} on node 127.0.0.1 has another content than ours" in str(played.values["verdict"])
    played = stage.play("apply")
    assert "What it has brought in stays. Next action: find out who changed it, then apply.yml" in played.result.failed
    assert (played.verdict, played.writes) == ("drifted", [])
    stage.by_hand("locationfile", {}, "DELETE")
    for node in stage.simulator.fleet.appliances[stage.name].nodes:
        del node.files[path]
    assert stage.play("apply", unsaved=Unsaved.APPLY_WITHOUT_SAVE).result.failed == ""
    assert stage.ask(LAB).status == 0


def test_an_allowlist_lets_in_only_who_is_in_it(stage: GeoblockStage) -> None:
    stage.settings.update(
        policy="allow", countries=["RU"], networks={"home": ["127.0.0.0/16"], "site": ["192.0.2.0/24"]}
    )
    played = stage.play("apply")
    assert played.result.failed == ""
    assert stage.ask(UNLISTED).status == 200
    assert stage.ask(LAB).status == 0


def test_a_file_that_loads_slowly_is_waited_for(tmp_path: Path) -> None:
    fleet = fleet_file(FLEET["appliances"], drop_seconds=0.1, location_load_seconds=0.6)
    with Simulator(fleet) as slow:
        stage = GeoblockStage(slow, tmp_path / "records")
        assert stage.play("apply").result.failed == ""
        assert stage.ask(LAB).status == 0


def test_a_gateway_is_protected_at_both_bind_points(tmp_path: Path) -> None:
    gateway = {"type": "vpn", "name": "gw one", "address": "127.0.0.3:0", "protocol": "SSL"}
    box = {**FLEET["appliances"]["box"], "features": ["SSLVPN"], "vservers": [gateway]}
    for position in ("split", "request", "both"):
        with Simulator(fleet_file({"box": box}, drop_seconds=0.1, gateway_bind_points=position)) as running:
            stage = GeoblockStage(running, tmp_path / position / "records", vservers=["gw one"])
            assert stage.play("apply").result.failed == ""
            assert stage.ask(LAB, "gw one", "/vpn/index.html").status == 0
            assert stage.ask(UNLISTED, "gw one", "/vpn/index.html").status == 200
            names = [part["place"] for part in stage.play("status").values["parts"]]
            assert names == ["vpn vserver gw one REQUEST", "vpn vserver gw one AAA_REQUEST"]


def test_without_the_other_node_nothing_is_loaded(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset()
    stage = GeoblockStage(simulator, tmp_path / "records", "pair")
    stage.variables["nodes"] = stage.variables["nodes"][:1]
    played = stage.play("apply")
    assert (
        "is not named in netscaler_nodes, so it cannot get /var/netscaler/locdb/tq_geoblock__v4_"
        in played.result.failed
    )
    assert played.writes == []


def test_a_file_that_is_too_large_is_copied_by_hand(stage: GeoblockStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_limits, "LARGEST", 100)
    refused = stage.play("apply")
    assert "larger than the 100 bytes that NITRO takes" in refused.result.failed
    assert refused.writes == []
    (kept,) = Path(stage.settings["cache"]).glob("tq_geoblock__v4_*")
    for node in stage.simulator.fleet.appliances[stage.name].nodes:  # by scp
        node.write_file(f"/var/netscaler/locdb/{kept.name}", kept.read_bytes())
    assert stage.play("apply").result.failed == ""
    assert stage.ask(LAB).status == 0


def test_an_admin_partition_of_its_own_gets_none(tmp_path: Path) -> None:
    box = {**FLEET["appliances"]["box"], "partitions": {"tenant": {}}}
    with Simulator({"appliances": {"box": box}}) as running:
        stage = GeoblockStage(running, tmp_path / "records")
        played = stage.play("apply")
        assert played.result.failed == ""
        assert {
            name: part.facts.parameters.resolved.is_asked_for() for name, part in played.result.partitions.items()
        } == {
            "default": True,
            "tenant": False,
        }
        assert "tq_" not in str(stage.configuration(partition="tenant"))
        assert not stage.play("apply").result.changed


@pytest.mark.parametrize("name", ["box", "pair"])
def test_a_file_that_is_too_large_is_imported_from_where_it_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(file_limits, "LARGEST", 100)
    rows = "198.51.100.0,198.51.100.255,,RU,,,,,,\n203.0.113.0,203.0.113.63,,UA,,,,,,\n"
    with Simulator(FLEET) as running:
        stage = GeoblockStage(running, tmp_path / "records", name, import_from="https://control.example/cache/")
        (content,) = stage.measure_files()
        assert rows in content.decode()
        file = stage.play("plan").preview.partition("import https://control.example/cache/")[2].partition(" ")[0]
        running.fleet.appliances[name].spec.urls[f"https://control.example/cache/{file}"] = content.decode()
        played = stage.play("apply")
        assert played.result.failed == ""
        assert played.writes.count("POST locationfile") == 2, "imported once, and loaded"
        assert stage.ask(LAB).status == 0


def test_a_403_carries_the_marker_and_the_log_has_address_and_location(tmp_path: Path) -> None:
    box = {**FLEET["appliances"]["box"], "user_defined_audit_log": "YES"}
    with Simulator(FLEET | {"appliances": {"box": box}}) as running:
        stage = GeoblockStage(running, tmp_path / "records", answer="forbidden")
        assert stage.play("apply").result.failed == ""
        assert (stage.ask(LAB).status, stage.ask(UNLISTED).status) == (403, 200)
        assert f"X-Request-Reference: {stage.variables['marker']}" in str(stage.configuration())
        log = running.appliance("box").state()["nodes"][0]["files"]["/var/log/ns.log"]
        assert "tq_geoblock blocked 127.66.0.9 *.lab.*.*.*.*" in log
