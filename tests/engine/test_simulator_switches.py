# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each open point of the documents is a switch of the simulator, and the engine works in every position of each.

That means: an apply either ends mitigated and saved, or reports what is missing and claims nothing; and a rollback brings
back exactly what was there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused

from simulator import Simulator
from simulator.fleet_file.open_facts import Switch
from simulator.fleet_file.switches import SWITCHES
from tests.stage.fleet import fleet_file
from tests.stage.memory import Stage

# Where a position changes what is claimed, and to what: with these the rule does not reach the Gateway's requests.
NOT_EFFECTIVE = {("global_policies_see_gateway", False)}
# Where the appliance answers a read of a feature that is off with a warning: nobody knows what sleeps there.
NOTHING_SHOWN = {("warning_unasked", "body")}
# Numbers that a test would have to wait for, or that are not a question of two readings.
NOT_TRIED = {"session_limit", "session_idle_seconds", "boot_seconds", "ha_sync_seconds", "file_sync_seconds"}

# Those of them that need no wait when they are small.
NUMBERS = {"session_limit": 1, "session_idle_seconds": 1, "ha_sync_seconds": 0.1, "file_sync_seconds": 0.0}


def positions(switch: Switch) -> list[Any]:
    """Every position of a switch besides its default."""
    if switch.positions is bool:
        return [not switch.default]
    if isinstance(switch.positions, tuple):
        return [position for position in switch.positions if position != switch.default]
    return [0, 2] if switch.name == "counters_lag_seconds" else []


TRIED = [
    (name, position) for name, switch in SWITCHES.items() if name not in NOT_TRIED for position in positions(switch)
]
CASES = [pytest.param(name, position, id=f"{name}={position}") for name, position in TRIED]


TOGETHER = 12
"""So many positions at once still show soon which of them fails."""


def together() -> list[dict[str, Any]]:
    """Return all positions of TRIED in which our rule has an effect, TOGETHER at a time, each switch once in a group."""
    groups: list[dict[str, Any]] = []
    for name, position in TRIED:
        if (name, position) in NOT_EFFECTIVE:
            continue
        if not (free := [one for one in groups if len(one) < TOGETHER and name not in one]):
            groups.append({})
        (free or groups[-1:])[0][name] = position
    return groups


def pair(**switches: Any) -> dict[str, Any]:
    """A pair under positions of switches; the second node is the primary."""
    return fleet_file(
        {
            "box": {
                "build": "13.0 47.22",
                "nodes": ["127.0.0.1:0", "127.0.0.1:0"],
                "primary": 1,
                "features": ["LB", "SSL", "SSLVPN"],
                "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"}],
            }
        },
        **switches,
    )


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A pair under the position of the test's switch."""
    parameters = request.node.callspec.params
    with Simulator(pair(**{parameters["name"]: parameters["position"]})) as simulator:
        yield Stage(simulator, tmp_path)


@pytest.mark.sampled(6)
@pytest.mark.parametrize(("name", "position"), CASES)
def test_apply_and_rollback_survive_the_position(stage: Stage, name: str, position: Any) -> None:
    before = stage.configuration()
    if (name, position) in NOTHING_SHOWN:
        with pytest.raises(Refused, match="does not show its"):
            stage.apply()
    result = stage.apply(accept_sleeping_policies=("*",))
    if (name, position) in NOT_EFFECTIVE:
        assert result.verdict.word == "exposed"
        assert result.failed
        assert not result.saved_now
    else:
        assert result.verdict.word == "mitigated", result.verdict
        assert result.failed == ""
        assert stage.configuration("saved") == stage.configuration()
        again = stage.apply()
        assert not again.changed
        assert again.verdict.word == "mitigated", again.verdict
    stage.rollback()
    assert stage.configuration() == before
    assert stage.configuration("saved") == before


@pytest.mark.parametrize(
    "switches", [*together(), NUMBERS], ids=lambda one: f"{next(iter(one))} and {len(one) - 1} more"
)
def test_apply_and_rollback_survive_many_positions_at_once(tmp_path: Path, switches: dict[str, Any]) -> None:
    with Simulator(pair(**switches)) as simulator:
        stage = Stage(simulator, tmp_path)
        before = stage.configuration()
        result = stage.apply(accept_sleeping_policies=("*",))
        assert (result.verdict.word, result.failed) == ("mitigated", "")
        assert stage.configuration("saved") == stage.configuration()
        assert not stage.apply(accept_sleeping_policies=("*",)).changed
        stage.rollback()
        assert stage.configuration() == stage.configuration("saved") == before


def test_each_position_is_among_those_that_are_played_together() -> None:
    played = [(name, position) for group in together() for name, position in group.items()]
    assert len(played) == len(set(played)) > 80
    assert {*TRIED} - {*played} == NOT_EFFECTIVE


@pytest.mark.parametrize("position", SWITCHES["immutable_update"].positions)
def test_an_update_names_nothing_that_only_a_creation_sets(tmp_path: Path, position: str) -> None:
    """Another version changes objects in place: it would fail where such an attribute is refused, even with the value that it has."""
    with Simulator(pair(immutable_update=position)) as simulator:
        stage = Stage(simulator, tmp_path)
        assert stage.apply(version=1).failed == ""
        before = stage.configuration()
        simulator.clear_requests()
        changed = stage.apply(version=2)
        assert (changed.failed, changed.verdict.word) == ("", "mitigated")
        updates = [entry for entry in simulator.requests() if entry["method"] == "PUT"]
        assert updates
        assert [entry["status"] for entry in updates if entry["status"] != 200] == []
        stage.rollback()
        assert stage.configuration() == before


def test_the_list_of_what_is_not_tried_names_switches_that_exist() -> None:
    assert set(SWITCHES) >= NOT_TRIED
    assert {name for name, _position in NOT_EFFECTIVE} <= set(SWITCHES)
