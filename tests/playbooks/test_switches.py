# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each open point of the documents is a switch of the simulator; all playbooks must work in every position of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from simulator.fleet_file.switches import SWITCHES
from tests import sample
from tests.stage.client import Answer
from tests.stage.fleet import box, pair
from tests.stage.played import ATTACK, CONTROL, TAKEN_AWAY, Laboratory, Run

# Other positions of switches that take any number: small enough to be met.
NUMBERS: dict[str, Any] = {
    "session_limit": 1,
    "counters_lag_seconds": 2.0,
    "save_seconds": 1.0,
    "systemfile_limit": 0,
    "set_limit": 2,
    "session_idle_seconds": 1,
    "ha_sync_seconds": 0.1,
    "file_sync_seconds": 0.0,
    "boot_seconds": 1.0,
}
# Where our rule cannot have an effect, which test_conflicts.py looks at.
WITHOUT_EFFECT = {("global_policies_see_gateway", False)}


OF_A_PAIR = ("secondary_write", "ha_sync_seconds", "save_reaches_secondary", "file_sync_seconds", "boot_seconds")


def other_positions() -> list[tuple[str, Any]]:
    """Every position that is not the default."""
    found: list[tuple[str, Any]] = []
    for name, switch in SWITCHES.items():
        if isinstance(switch.positions, tuple):
            others = [position for position in switch.positions if position != switch.default]
        elif switch.positions is bool:
            others = [not switch.default]
        else:
            others = [NUMBERS[name]] if name in NUMBERS else []
        found += [(name, other) for other in others if (name, other) not in WITHOUT_EFFECT]
    return found


def spread() -> dict[str, dict[str, Any]]:
    """By appliance the positions that it is in."""
    hosts: list[dict[str, Any]] = []
    for name, other in other_positions():
        kind = name in OF_A_PAIR
        for switches in hosts:
            if (
                len(switches) < sample.SWITCHES_TOGETHER
                and name not in switches
                and kind == (next(iter(switches)) in OF_A_PAIR)
            ):
                switches[name] = other
                break
        else:
            hosts.append({name: other})
    prefix = {True: "pair", False: "box"}
    return {f"{prefix[next(iter(s)) in OF_A_PAIR]}-{number}": s for number, s in enumerate(hosts, 1)}


HOSTS = spread()


@dataclass(frozen=True)
class Story:
    laboratory: Laboratory
    before: dict[str, tuple[str, ...]]
    first: Run
    attacks: dict[str, Answer]
    controls: dict[str, Answer]
    second: Run
    back: Run


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    fleet = {host: (pair if host.startswith("pair") else box)(switches=switches) for host, switches in HOSTS.items()}
    laboratory = open_laboratory(fleet)
    before = laboratory.texts()
    # One position hides what is configured under a feature that is off, so that it must be accepted unseen.
    first = laboratory.play("apply", accept_sleeping_policies=["*"])
    attacks = {host: laboratory.ask(host, ATTACK) for host in fleet}
    controls = {host: laboratory.ask(host, CONTROL) for host in fleet}
    second = laboratory.play("apply", accept_sleeping_policies=["*"])
    back = laboratory.play("rollback", accept_exposure=True)
    return Story(laboratory, before, first, attacks, controls, second, back)


def test_every_other_position_is_tried() -> None:
    tried = [(name, other) for switches in HOSTS.values() for name, other in switches.items()]
    assert len(tried) == len(set(tried)) == len(other_positions()) > 40
    assert {name for name, _other in tried} >= set(NUMBERS)


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: " ".join(f"{n}={p}" for n, p in HOSTS[host].items()))
def test_whole_job_is_done_right(story: Story, host: str) -> None:
    assert story.first.problem(host) == ""
    assert story.first.verdict(host) == "mitigated"
    assert story.attacks[host].blocked_by()
    themed = HOSTS[host].get("gateway_logon") == "nfactor"  # this page is then only the way to another one
    assert story.controls[host].status == (302 if themed else 200)
    assert story.second.writes(host) == []
    assert story.second.verdict(host) == "mitigated"
    assert story.back.problem(host) == TAKEN_AWAY
    assert story.laboratory.text(host) == story.before[host][0]
    assert story.laboratory.text(host, saved=True) == story.before[host][1]
