# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lockdown and reopening of four appliances over two execution nodes: the canary first, the consents of the controller, one register."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import KEY_FILE, RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent import ConsentEntry, ConsentState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent_register import ConsentRegister
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.journal import Rollout

from simulator import Simulator
from tests.machines.tools import NAMES, command, fleet, inventory, lay_out, piped_nodes, play
from tests.stage.fleet import NIGHT

pytestmark = pytest.mark.only_in_all

CUSTOMERS = {"gw-1": "Brouwer", "gw-2": "De Wit", "gw-3": "Brouwer", "gw-4": "Jansen"}
AGREED, SILENT = "De Wit", "Jansen"
DECISION = {"reason": "exploited", "ticket": "CHG0044", "who": "J. Jansen", "expires": "8"}


@dataclass
class Story:
    place: Path
    simulator: Simulator
    done: dict[str, subprocess.CompletedProcess[str]] = field(default_factory=dict)
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    open_after: dict[str, list[str]] = field(default_factory=dict)
    jobs_without_scope: list[str] = field(default_factory=list)

    @property
    def trust(self) -> RecordTrust:
        return RecordTrust(
            key=self.place / "controller" / KEY_FILE, allowed_signers=self.place / "inventory" / "allowed_signers"
        )

    @property
    def register(self) -> ConsentRegister:
        return ConsentRegister(self.place / "consent", self.trust)

    def play(self, verb: str, **more: Any) -> None:
        words = command(
            self.place,
            verb,
            rollout_waves=["100%"],
            rollout_bake_seconds=0,
            consents=str(self.register.directory),
            tourniquet_record_key=str(self.trust.key),
            **more,
        )
        self.done[verb], self.results[verb] = play(self.place, words, verb)
        self.open_after[verb] = [name for name in CUSTOMERS if self.is_open(name)]

    def is_open(self, name: str) -> bool:
        rows = self.simulator.appliance(name).state()["nodes"][0]["running"]["vpnvserver"]
        return any(str(row.get("state", "ENABLED")) != "DISABLED" for row in rows)

    def course(self, number: int) -> Any:
        return Rollout(sorted((self.place / "plans").iterdir())[number]).course()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    place = tmp_path_factory.mktemp("closing")
    with Simulator(fleet(CUSTOMERS)) as simulator:
        content = inventory(simulator.ready, piped_nodes(place))
        group = content["netscalers"]
        group["vars"]["tourniquet_customers"] = {name: {"consent": True} for name in (AGREED, SILENT)}
        for name, customer in CUSTOMERS.items():
            group["hosts"][name]["netscaler_customer"] = customer
        lay_out(place, simulator, content=content, keys=[*NAMES, "controller"])
        told = Story(place, simulator)
        told.register.add(
            ConsentEntry(
                customer=AGREED,
                state=ConsentState.AGREED,
                who="P. de Wit",
                when=f"{NIGHT}T01:00:00+00:00",
                how="by telephone",
            )
        )
        drill = {"step": "off", "drill": True, "who": "S. Bakker", "drills": str(place / "drills")}
        told.play("close", step="off", **DECISION)
        told.done["no scope"] = told.done["close"]
        told.jobs_without_scope = [path.name for path in (place / "seen").iterdir()]
        told.play("close", **drill)
        told.play("lockdown", scope="fleet", **DECISION)
        told.play("reopen", **{**DECISION, "scope": "fleet", "second": "K. de Boer", "accept_exposure": True})
        yield told


def test_the_controller_refuses_a_closing_without_a_scope_before_a_node_gets_a_job(story: Story) -> None:
    output = story.done["no scope"].stdout
    assert story.done["no scope"].returncode == 2
    assert output.count("this closing has no scope, so it would take the whole inventory.") == 1, output[-3000:]
    assert story.jobs_without_scope == []


def test_a_drill_over_both_nodes_writes_nothing_and_is_filed_on_the_controller(story: Story) -> None:
    output = story.done["close"].stdout
    assert story.done["close"].returncode == 2, "as without a drill: one would stay open"
    assert story.open_after["close"] == [*CUSTOMERS]
    assert "DRILL, nothing was changed: last drill of a closing: off at " in output, output[-3000:]
    assert "by S. Bakker: 3 of 4 appliances could be closed" in output
    assert "; to change 3" in output
    (filed,) = (story.place / "drills").iterdir()
    drill = json.loads(filed.read_text(encoding="utf-8"))
    assert (drill["step"], drill["appliances"], drill["stays_open"]) == ("off", 4, ["gw-4"])
    assert [path.name for path in story.place.rglob("drills")] == ["drills"], "a node files none of its own"


def test_all_but_who_has_not_agreed_is_closed(story: Story) -> None:
    assert story.done["lockdown"].returncode == 2, story.done["lockdown"].stdout[-3000:]
    assert story.open_after["lockdown"] == ["gw-4"], story.done["lockdown"].stdout[-3000:]
    problems = {host: one["problem"] for host, one in story.results["lockdown"].items() if one["problem"]}
    assert [*problems] == ["gw-4"]
    assert SILENT in problems["gw-4"]


def test_the_canary_goes_first_and_who_has_nothing_to_close_in_no_wave(story: Story) -> None:
    course = story.course(1)
    assert [len(wave) for wave in course.waves] == [1, 2]
    begun = [line["host"] for line in course.journal if line["event"] == "started"]
    assert begun[0] == "gw-1"
    assert set(begun) == {"gw-1", "gw-2", "gw-3"}


def test_the_register_of_the_controller_says_who_was_closed_and_reopened(story: Story) -> None:
    states = {name: [str(one.state) for one in story.register.entries(name)] for name in set(CUSTOMERS.values())}
    assert states == {"Brouwer": ["closed", "reopened"], AGREED: ["agreed", "closed", "reopened"], SILENT: []}


def test_they_are_reopened_and_the_records_are_in_one_place(story: Story) -> None:
    assert story.done["reopen"].returncode == 2, story.done["reopen"].stdout[-3000:]
    assert "PROTECTION LOST at vpn vserver gw" in story.done["reopen"].stdout
    assert story.open_after["reopen"] == [*CUSTOMERS]
    kinds = {
        host: [str(one.kind) for one in all_records(story.place / "records", host, story.trust)] for host in CUSTOMERS
    }
    both = ["lockdown", "reopen"]
    assert kinds == {"gw-1": both, "gw-2": both, "gw-3": both, "gw-4": []}
