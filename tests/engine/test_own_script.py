# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The script of on_box.yml is known as ours by watch, hunt, read_logs and leave: by its content and our records, never by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import Wanted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.own import own_script
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.script import CRONTAB, LINE, PATH
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Examination
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.known_runs import read_ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.ourselves import Ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.hunt import Hunt, Hunted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watch import Watch
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watched_state import WatchedState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave.run import SCRIPT_LEFT

from simulator import Simulator
from tests.engine.control_nodes import DiedError
from tests.engine.on_box_stage import OnBoxStage
from tests.engine.test_leave import look
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE

PAIR: dict[str, Any] = {"build": "13.0 47.22", "nodes": ["127.0.0.1:0", "127.0.0.2:0"]}
THEIRS = b"0 3 * * * /var/backup.sh\n"
AT = "2026-11-28T00:00:00Z"
ENTRIES = load_catalogue(CATALOGUE.parent)


FLEET = fleet_file({"box": PAIR})


@pytest.fixture
def stage(simulator: Simulator, tmp_path: Path) -> OnBoxStage:
    simulator.reset()
    found = OnBoxStage(simulator, tmp_path)
    for node in found.nodes:
        node.write_file(CRONTAB, THEIRS)
    return found


def watched(stage: OnBoxStage, accepted: WatchedState | None = None) -> tuple[WatchedState, Examination, int]:
    ours = Ourselves(stage.name, script=own_script(stage.records, stage.name, stage.trust))
    watch = Watch(stage.name, accepted, accepted, ours=ours)
    with Connection(stage.appliance) as connection:
        state, examined = watch.look(connection, AT)
    return state, examined, watch.expected


def hunted(stage: OnBoxStage, *, known: bool = True) -> tuple[Examination, Hunted]:
    ours = read_ourselves(stage.records, stage.name, stage.trust)
    if known:
        object.__setattr__(ours, "script", own_script(stage.records, stage.name, stage.trust))
    with Connection(stage.appliance) as connection:
        found = Hunt(stage.name, ENTRIES, ours).look(connection)
    return found.examined, found


def about(examined: Examination, *words: str) -> list[str]:
    return [f"{one.what} {one.where}" for one in examined.findings if any(word in one.where for word in words)]


def test_the_watch_expects_it_and_sees_what_somebody_adds(stage: OnBoxStage) -> None:
    accepted, _examined, _expected = watched(stage)
    stage.on_box(Wanted.PRESENT)
    _state, examined, expected = watched(stage, accepted)
    assert (about(examined, PATH, CRONTAB), expected) == ([], 4)
    stage.nodes[0].write_file(CRONTAB, THEIRS + LINE.encode() + b"\n* * * * * /var/x\n")
    stage.nodes[1].write_file(PATH, b"#!/bin/sh\nid\n")
    _state, examined, expected = watched(stage, accepted)
    assert [place.rpartition(" ")[2] for place in about(examined, PATH, CRONTAB)] == [CRONTAB, PATH]
    assert expected == 2


def test_the_watch_knows_no_script_where_no_run_has_put_one(stage: OnBoxStage) -> None:
    accepted, _examined, _expected = watched(stage)
    stage.on_box(Wanted.PRESENT)
    for record in stage.records.rglob("*.json"):
        record.unlink()
    _state, examined, expected = watched(stage, accepted)
    assert (len(about(examined, PATH, CRONTAB)), expected) == (4, 0)


def test_the_hunt_counts_it_as_ours_and_finds_another_one(stage: OnBoxStage) -> None:
    stage.on_box(Wanted.PRESENT)
    assert about(hunted(stage)[0], PATH, CRONTAB) == []
    (unknown, _same) = about(hunted(stage, known=False)[0], PATH)
    assert "with a name that Tourniquet gives, which no run of this control node explains" in unknown
    stage.nodes[0].write_file(PATH, b"#!/bin/sh\nid\n")
    assert len(about(hunted(stage)[0], PATH)) == 1


def test_each_tag_that_its_messages_have_had_is_known(stage: OnBoxStage) -> None:
    stage.on_box(Wanted.PRESENT, tag="fileswatch")
    script = own_script(stage.records, stage.name, stage.trust)
    assert script is not None
    assert script.is_report(b"Sep 20 01:02:03 <user.warn> ns fileswatch: new /var/vpn/theme/x.php")
    assert not script.is_report(b"Sep 20 01:02:03 <user.warn> ns tourniquet_on_box: new /var/vpn/theme/x.php")
    stage.on_box(Wanted.PRESENT)
    changed = own_script(stage.records, stage.name, stage.trust)
    assert changed is not None
    assert changed.tags == {"fileswatch", "tourniquet_on_box"}


def test_leave_lists_it_and_leaves_nothing_of_it(stage: OnBoxStage) -> None:
    stage.on_box(Wanted.PRESENT)
    nodes = [str(node) for node in stage.appliance.nodes]
    listed = look(stage)
    parts = [PATH, f"a line of {CRONTAB}"]
    assert listed["left"]["script"] == dict.fromkeys(nodes, parts)
    assert "2 nodes with the script of on_box.yml" in listed["msg"]
    assert f"  {nodes[0]}: the script of on_box.yml: {', '.join(parts)}" in listed["report"]
    told = f"box: the script of on_box.yml is still on {', '.join(nodes)}. Take it out with on_box.yml -e on_box=absent"
    with pytest.raises(Refused, match=told):
        look(stage, remove=True)
    assert stage.scripts != [None, None]
    stage.on_box(Wanted.ABSENT)
    assert look(stage, remove=True)["left"]["script"] == {}
    assert look(stage)["msg"] == "nothing of ours was found"
    assert SCRIPT_LEFT.endswith("Nothing was removed.")


def theirs(stage: OnBoxStage) -> OnBoxStage:
    """Return another control node, which has none of the records and trusts the same key."""
    stage.trust = RecordTrust(key=stage.records / "key")
    other = OnBoxStage(stage.simulator, stage.records / "theirs")
    other.trust = stage.trust
    return other


def test_leave_lists_what_another_control_node_has_put_there(stage: OnBoxStage) -> None:
    """Seen: "left: 4 files", without the script, which cron still starts."""
    other = theirs(stage)
    stage.on_box(Wanted.PRESENT)
    nodes = [str(node) for node in stage.appliance.nodes]
    assert look(other)["left"]["script"] == {node: [PATH, f"a line of {CRONTAB}"] for node in nodes}
    other.on_box(Wanted.ABSENT)
    assert look(other)["left"]["script"] == {}
    assert look(stage)["left"]["script"] == {}, "the removal is of the other one"


@pytest.mark.parametrize("whose", ["ours", "theirs"])
@pytest.mark.parametrize("wanted", [Wanted.PRESENT, Wanted.ABSENT], ids=str)
def test_leave_lists_what_a_run_that_died_has_left(stage: OnBoxStage, wanted: Wanted, whose: str) -> None:
    other = theirs(stage)
    if wanted is Wanted.ABSENT:
        stage.on_box(Wanted.PRESENT)
    is_there = wanted is Wanted.PRESENT

    def die(_number: int) -> None:
        if (stage.scripts[0] is not None) is is_there:
            raise DiedError

    stage.shells.after = die
    with pytest.raises(DiedError):
        stage.on_box(wanted)
    stage.shells.after = lambda _number: None
    asks = stage if whose == "ours" else other
    asks.shells = stage.shells
    left = look(asks)["left"]["script"]
    for node, script, crontab in zip(stage.appliance.nodes, stage.scripts, stage.crontabs, strict=True):
        words = ([PATH] if script else []) + ([f"a line of {CRONTAB}"] if LINE.encode() in (crontab or b"") else [])
        assert left.get(str(node), []) == words
    assert left
    stage.on_box(Wanted.ABSENT)
    assert look(asks)["left"]["script"] == {}
