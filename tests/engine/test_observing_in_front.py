# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Our own geoblock that only observes, in front of our whitelist at a Gateway: NITRO does not show that its binding goes on to the next policy.

Our signed records say so. What they do not say of what is there now is taken as END, since anybody can type a name of ours.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import (
    public_line,
    signing_key,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.unshown_bindings import (
    read_unshown_bindings,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.resolution import resolved_on

from simulator import Simulator
from tests.engine.geoblock_stage import LAB, GeoblockStage
from tests.engine.whitelist_stage import WhitelistStage

BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
    "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.2:0", "protocol": "SSL"}],
}
LISTS = [{"vserver": "gw", "kind": "vpn", "mode": "enforce", "base": ["gateway", "storefront"]}]
OBSERVING = "tq_geoblock__vpn_gw__observe"
BINDING = "vpnvserver_responderpolicy_binding"
PARTLY = f"{OBSERVING} (vpn vserver gw REQUEST 81, goto not shown, taken as END) lets requests go on before ours where "


@pytest.fixture
def whitelist(simulator: Simulator, tmp_path: Path) -> WhitelistStage:
    simulator.reset()
    return WhitelistStage(simulator, tmp_path / "records")


def observe(simulator: Simulator, records: Path, **options: Any) -> GeoblockStage:
    """Apply a geoblock that only counts, and have a client come that it is for."""
    geoblock = GeoblockStage(simulator, records, vservers=["gw"], mode="observe", answer="forbidden")
    assert geoblock.play("apply", **options).result.failed == ""
    geoblock.ask(LAB, "gw", "/vpn/index.html")
    return geoblock


def lose(geoblock: GeoblockStage) -> None:
    """Lose the records of the control node, and their copies on the appliance."""
    for path in geoblock.records.rglob("*.json"):
        path.unlink()
    node = geoblock.simulator.fleet.appliances["box"].nodes[0]
    for path in [path for path in node.files if path.startswith(f"{DIRECTORY}/")]:
        del node.files[path]


def verdict(whitelist: WhitelistStage, probes: Probes = Probes.ALL, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = whitelist.play("status", LISTS, probes=probes, **options).values["verdict"]
    return found


def type_it(geoblock: GeoblockStage, goto: str, priority: int = 81, name: str = OBSERVING) -> None:
    """A colleague binds a policy of our name by hand, and saves it."""
    geoblock.by_hand(
        BINDING,
        {BINDING: {"name": "gw", "policy": name, "priority": priority, "gotopriorityexpression": goto}},
        method="PUT",
    )
    geoblock.by_hand("nsconfig?action=save", {"nsconfig": {}})


def unbind(geoblock: GeoblockStage, priority: int = 81) -> None:
    geoblock.by_hand(f"{BINDING}/gw?args=policy:{OBSERVING},bindpoint:REQUEST,priority:{priority}", {}, method="DELETE")


def test_a_whitelist_is_proven_behind_it(whitelist: WhitelistStage, simulator: Simulator) -> None:
    observe(simulator, whitelist.records)
    played = whitelist.play("apply", LISTS)
    assert (played.result.failed, played.verdict, played.values["saved"]) == ("", "enforcing", True)
    for probes in Probes:
        assert verdict(whitelist, probes)["word"] == "enforcing"


def test_a_proven_whitelist_stays_proven_when_it_comes(whitelist: WhitelistStage, simulator: Simulator) -> None:
    assert whitelist.play("apply", LISTS).verdict == "enforcing"
    observe(simulator, whitelist.records)
    assert verdict(whitelist, Probes.NONE)["word"] == "enforcing"


def test_the_plan_shows_that_it_goes_on(whitelist: WhitelistStage, simulator: Simulator) -> None:
    observe(simulator, whitelist.records)
    page = whitelist.play("plan", LISTS).preview
    assert f"{OBSERVING} (NEXT)" in page
    assert "(END)" not in page.partition("neighbours")[2].partition("\n")[0]


def test_without_its_record_it_counts_as_one_that_ends(whitelist: WhitelistStage, simulator: Simulator) -> None:
    geoblock = observe(simulator, whitelist.records)
    lose(geoblock)
    played = whitelist.play("apply", LISTS)
    assert played.verdict == "partly"
    assert f"the verdict is partly, which is not what the run was to bring: {PARTLY}" in played.result.failed
    assert verdict(whitelist)["word"] == "partly"


@pytest.mark.parametrize(("knows", "word"), [(True, "enforcing"), (False, "partly")])
def test_a_second_control_node_has_made_it(
    whitelist: WhitelistStage, simulator: Simulator, tmp_path: Path, knows: bool, word: str
) -> None:
    """Its records are read from the appliance; they count where this control node knows its key."""
    theirs = RecordTrust(key=tmp_path / "key of the other")
    observe(simulator, tmp_path / "other" / "records", trust=theirs)
    signers = tmp_path / "signers"
    signers.write_text(f"night@control-2 {public_line(signing_key(theirs.key))}\n" if knows else "")
    trust = RecordTrust(allowed_signers=signers)
    assert whitelist.play("apply", LISTS, trust=trust).verdict == word
    assert verdict(whitelist, trust=trust)["word"] == word


def test_a_name_of_ours_typed_by_hand_is_nobody_of_ours(whitelist: WhitelistStage, simulator: Simulator) -> None:
    geoblock = observe(simulator, whitelist.records)
    geoblock.take_off("undo")
    rule, action = "CLIENT.IP.SRC.IN_SUBNET(127.66.0.0/16)", "NOOP"
    geoblock.by_hand("responderpolicy", {"responderpolicy": {"name": OBSERVING, "rule": rule, "action": action}})
    type_it(geoblock, "NEXT")
    assert whitelist.play("apply", LISTS).verdict == "partly"
    assert verdict(whitelist)["reason"].startswith(PARTLY)


@pytest.mark.parametrize("priority", [81, 82])
def test_ours_bound_anew_by_hand_is_no_longer_as_the_record_says(
    whitelist: WhitelistStage, simulator: Simulator, priority: int
) -> None:
    """At the same number only ns.conf tells the two apart."""
    geoblock = observe(simulator, whitelist.records)
    assert whitelist.play("apply", LISTS).verdict == "enforcing"
    unbind(geoblock)
    type_it(geoblock, "END", priority)
    found = verdict(whitelist)
    assert (found["word"], found["exit_code"]) == ("partly", 2)
    assert found["reason"].startswith(PARTLY.replace("81", str(priority)))
    unbind(geoblock, priority)
    type_it(geoblock, "NEXT")
    assert verdict(whitelist)["word"] == "enforcing"


def test_a_record_of_one_partition_says_nothing_of_another(whitelist: WhitelistStage, simulator: Simulator) -> None:
    observe(simulator, whitelist.records)
    key = (BINDING, ("gw", OBSERVING, "REQUEST"))
    shown = {key: {"name": "gw", "policy": OBSERVING, "priority": 81, "bindpoint": "REQUEST"}}
    with Connection(whitelist.appliance) as connection:
        here = resolved_on(connection, whitelist.whitelist_parameters(LISTS))
        found = read_unshown_bindings(connection, here, shown, (), lambda: None)
        assert found[key]["gotopriorityexpression"] == "NEXT"
        assert read_unshown_bindings(connection, here.inside("tenant_a"), shown, (), lambda: None) == {}
