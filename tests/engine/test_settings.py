# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measures that set attributes of what is there: planned, read back, saved, reversible to the former value, and never another one's change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import load_entry_measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.setting.measure import (
    SettingMeasure,
)

from simulator import Simulator
from tests.engine.settings_stage import AS_OF, Settings
from tests.engine.test_retire import retire
from tests.engine.told import read
from tests.stage.fleet import fleet_file

CATALOGUE = Path(__file__).parents[2] / "templates" / "mitigations"
REDUCES = "reduces exposure"
AFFECTED, FIXED = "14.1 73.30", "14.1 73.37"


def gateways(build: str, nodes: int, **more: Any) -> dict[str, Any]:
    return fleet_file(
        {
            "box": {
                "build": build,
                "nodes": ["127.0.0.1:0"] * nodes,
                "features": ["LB", "SSL", "SSLVPN", "AAA"],
                "vservers": [
                    {"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"},
                    {"type": "vpn", "name": "old gw", "address": "127.0.0.1:0", "protocol": "SSL"},
                ],
                **more,
            }
        }
    )


@pytest.fixture
def open_settings(start: Callable[[dict[str, Any]], Simulator], tmp_path: Path) -> Callable[..., Settings]:
    def open_one(measure: SettingMeasure, build: str = AFFECTED, nodes: int = 1, **more: Any) -> Settings:
        return Settings(start(gateways(build, nodes, **more)), tmp_path, measure)

    return open_one


@pytest.fixture(scope="module")
def dtls() -> SettingMeasure:
    measure = load_entry_measure(CATALOGUE / "cve_2026_88772")
    assert isinstance(measure, SettingMeasure)
    return measure


def shown(stage: Settings) -> list[Any]:
    return [row["dtls"] for row in stage.rows("vpnvserver")]


def test_dtls_is_switched_off_at_each_gateway_and_restored(
    open_settings: Callable[..., Settings], dtls: SettingMeasure
) -> None:
    """The plan shows who uses UDP; a second run does nothing; the undo restores what each Gateway had."""
    stage = open_settings(dtls)
    stage.write("vpnvserver", {"name": "old gw", "dtls": "OFF"})
    with Connection(stage.appliance) as connection:
        connection.primary.save()
    before = stage.lines()
    stage.simulator.appliance("box").session("gw", "ann", connections=[{"kind": "ica", "transport": "UDP"}, "ica"])
    plan = stage.plan()
    assert [line for step in plan.plan.steps for line in step.lines()] == ["set vpn vserver gw -dtls OFF"]
    assert [line for step in plan.plan.steps for line in step.inverse.lines()] == ["set vpn vserver gw -dtls ON"]
    assert plan.facts.rules.notes == ("1 ICA connection over UDP (EDT) now; interrupted, and back over TCP",)
    assert (plan.verdict.word, plan.foreseen) == ("exposed", ())
    result = stage.apply()
    assert shown(stage) == ["OFF", "OFF"]
    assert (result.verdict.word, result.saved_now) == (REDUCES, True)
    assert result.verdict.reason == (
        "the settings are read back; since 2026-09-30 it is advice of the community that the vendor has not confirmed "
        "(ns-exposure-assess.sh v1.4.1)"
    )
    again = stage.apply()
    assert (again.changed, again.record, again.verdict.word) == (False, "", REDUCES)
    assert stage.status().verdict.word == REDUCES
    undone = stage.rollback(why="undo")
    assert undone.plan.steps
    assert shown(stage) == ["ON", "OFF"]
    assert [line for line in stage.lines("nssavedconfig") if "vpn vserver" in line] == [
        line for line in stage.lines() if "vpn vserver" in line
    ]
    assert {line.replace(" -dtls ON", "") for line in stage.lines()} == set(before)
    assert stage.status().verdict.word == "exposed"


def test_a_change_of_somebody_else_is_not_overwritten(
    open_settings: Callable[..., Settings], dtls: SettingMeasure
) -> None:
    """Switched on again by hand it is drift, which apply corrects; a rollback keeps what is not as we left it."""
    stage = open_settings(dtls)
    stage.apply()
    stage.write("vpnvserver", {"name": "gw", "dtls": "ON"})
    drifted = stage.status()
    assert drifted.verdict.word == "drifted"
    assert "dtls: expected OFF, found ON" in " ".join(drifted.drift)
    assert stage.plan().plan.conflicts[0].kind == "unsaved_changes"
    with pytest.raises(Refused, match="changes that somebody else has not saved"):
        stage.apply()
    assert shown(stage) == ["ON", "OFF"]
    with Connection(stage.appliance) as connection:
        connection.primary.save()
    assert stage.apply().verdict.word == REDUCES
    assert shown(stage) == ["OFF", "OFF"]
    stage.write("vpnvserver", {"name": "gw", "dtls": "ON"})
    with Connection(stage.appliance) as connection:
        connection.primary.save()
    assert [step.key[0] for step in stage.rollback(why="after_fix").plan.steps] == ["old gw"]
    assert shown(stage) == ["ON", "ON"]


def test_a_gateway_that_is_gone_or_new(open_settings: Callable[..., Settings], dtls: SettingMeasure) -> None:
    """A new one is exposed, and one that is gone is neither wanted nor restored."""
    stage = open_settings(dtls)
    stage.apply()
    with Connection(stage.appliance) as connection:
        session = connection.primary
        session.write("DELETE", "vpnvserver/old%20gw")
        row = {"name": "new", "servicetype": "SSL", "ipv46": "192.0.2.40", "port": 443}
        session.write("POST", "vpnvserver", {"vpnvserver": row})
        session.save()
    status = stage.status()
    assert (status.verdict.word, [step.key[0] for step in status.plan.steps]) == ("drifted", ["new"])
    assert stage.apply().verdict.word == REDUCES
    stage.rollback(why="after_fix", accept_exposure=True)
    assert shown(stage) == ["ON", "ON"]


def test_virtual_servers_of_the_type_dtls_are_named(
    open_settings: Callable[..., Settings], dtls: SettingMeasure
) -> None:
    more = {
        "configuration": {"lbvserver": [{"name": "udp", "servicetype": "DTLS", "ipv46": "192.0.2.50", "port": 443}]}
    }
    stage = open_settings(dtls, **more)
    result = stage.apply()
    assert result.verdict.word == "partly"
    assert result.verdict.reason == "lb vserver udp is of the type DTLS, for which this setting does nothing"
    assert shown(stage) == ["OFF", "OFF"]


def test_both_nodes_of_a_pair_have_it(open_settings: Callable[..., Settings], dtls: SettingMeasure) -> None:
    stage = open_settings(dtls, nodes=2)
    assert stage.apply().verdict.word == REDUCES
    stage.simulator.appliance("box").failover()
    assert shown(stage) == ["OFF", "OFF"]
    assert stage.status().verdict.word == REDUCES


def test_on_a_release_where_it_is_off_by_default(open_settings: Callable[..., Settings], dtls: SettingMeasure) -> None:
    """Nothing is to be done, and nothing of it is ours: the saved configuration does not show a default."""
    stage = open_settings(dtls, build="12.1 65.25")
    result = stage.apply()
    assert (result.changed, result.verdict.word, result.drift) == (False, REDUCES, ())
    assert stage.status().debts == ()


def test_what_others_have_set_is_not_left_behind_by_us(
    open_settings: Callable[..., Settings], dtls: SettingMeasure
) -> None:
    """On a fixed build only what our records name is ours to restore."""
    stage = open_settings(dtls, build=FIXED)
    for name in ("gw", "old gw"):
        stage.write("vpnvserver", {"name": name, "dtls": "OFF"})
    assert stage.status().verdict.word == "fixed"
    ours = open_settings(dtls)
    ours.apply()
    ours.simulator.appliance("box").upgrade(FIXED)
    left = ours.status()
    assert (left.verdict.word, [debt.measure for debt in left.debts]) == (
        "fixed, mitigation left behind",
        ["cve_2026_88772"],
    )
    ours.rollback(why="after_fix", accept_exposure=False)
    assert (ours.status().verdict.word, shown(ours)) == ("fixed", ["ON", "ON"])


def test_without_a_gateway_nothing_is_affected(open_settings: Callable[..., Settings], dtls: SettingMeasure) -> None:
    stage = open_settings(dtls, vservers=[{"type": "lb", "name": "web", "address": "127.0.0.1:0", "protocol": "HTTP"}])
    result = stage.apply()
    assert (result.changed, result.verdict.word) == (False, "not affected")


# -- in each admin partition, and on fixed builds too -----------------------------------------------------------------


@pytest.fixture(scope="module")
def tcp() -> SettingMeasure:
    measure = load_entry_measure(CATALOGUE / "cve_2026_88778")
    assert isinstance(measure, SettingMeasure)
    return measure


def isn(stage: Settings, partition: str = "") -> Any:
    return stage.rows("nstcpparam", partition=partition)[0]["enhancedisngeneration"]


def test_it_is_set_in_each_partition_the_default_one_last(
    open_settings: Callable[..., Settings], tcp: SettingMeasure
) -> None:
    stage = open_settings(tcp, build=FIXED, partitions={"tenant1": {}, "tenant2": {}})
    plan = stage.plan_all()
    assert list(plan.partitions) == ["tenant1", "tenant2", "default"]
    assert plan.verdict.word == "exposed"
    result = stage.apply_all()
    assert (result.verdict.word, result.failed, result.verdict.next_action) == ("mitigated", "", "none")
    assert not any(part.debts for part in result.partitions.values()), "it stays, so it is no debt"
    assert [isn(stage, name) for name in ("tenant1", "tenant2", "")] == ["ENABLED"] * 3
    stage.simulator.appliance("box").reboot()
    assert [isn(stage, name) for name in ("tenant1", "tenant2", "")] == ["ENABLED"] * 3
    assert not stage.apply_all().changed
    with pytest.raises(Refused, match="no build: those with the fix need the setting too"):
        stage.rollback_all(why="after_fix", accept_exposure=False)
    stage.rollback_all(why="undo")
    assert [isn(stage, name) for name in ("tenant1", "tenant2", "")] == ["DISABLED"] * 3


def test_it_is_retired_once_every_node_has_the_fix(
    open_settings: Callable[..., Settings], dtls: SettingMeasure
) -> None:
    stage = open_settings(dtls)
    stage.apply()
    stage.run = "retiring"
    conditions = frozenset(load_entry(CATALOGUE / "cve_2026_88772").retire)
    with pytest.raises(Refused, match=r"cve_2026_88772 stays\. node .* needs cve_2026_88772"):
        retire(stage, conditions=conditions)
    assert shown(stage) == ["OFF", "OFF"]
    stage.simulator.appliance("box").upgrade(FIXED)
    assert retire(stage, conditions=conditions).changed
    assert shown(stage) == ["ON", "ON"]


@pytest.mark.parametrize("entry", ["cve_2026_88772", "cve_2026_88778"])
def test_of_a_setting_that_is_read_back_ledger_letter_and_audit_say_what_the_screen_says(
    open_settings: Callable[..., Settings], entry: str
) -> None:
    stage = open_settings(load_entry_measure(CATALOGUE / entry))
    word = stage.apply().verdict.word
    found = read(stage, entry, as_of=AS_OF)
    assert found.row(entry)["measure"]["word"] == word
    is_proven = word == "mitigated"
    assert ("is bewezen: de noodmaatregel werkt op box." in found.letter("nl")) is is_proven
    assert f"applied, saved, {'proven' if is_proven else word}" in found.last_run
