# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import Ambiguity

from simulator.fleet_file.open_facts import OPEN_FACTS, Switch

# The open points of the policy language: one switch for each, with the readings of the expression engine.
_LANGUAGE = (
    Switch(
        f"language_{point.key}",
        point.readings[0],
        point.readings,
        f"open point of the policy language: {point.key.replace('_', ' ')}",
        "policy guide 9.2 and vendor pages, as cited in the engine's list of open points",
    )
    for point in Ambiguity
)
SWITCHES: dict[str, Switch] = {switch.name: switch for switch in (*OPEN_FACTS, *_LANGUAGE)}


def check(name: str, value: Any) -> Any:
    """Return the value in the type of the switch. Raises ValueError with the allowed values."""
    switch = SWITCHES.get(name)
    if switch is None:
        raise ValueError(f"unknown switch {name!r}; known are: {', '.join(sorted(SWITCHES))}")
    positions = switch.positions
    if positions is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if isinstance(positions, type):
        if type(value) is not positions:
            raise ValueError(f"switch {name}: {value!r} is not a {positions.__name__}")
        if isinstance(value, int | float) and value < 0:
            raise ValueError(f"switch {name}: {value!r} is negative")
    elif not any(value == position and type(value) is type(position) for position in positions):
        raise ValueError(f"switch {name}: {value!r} is not one of {', '.join(map(repr, positions))}")
    return value


class SwitchPositions(dict[str, Any]):
    """The switches of one appliance: the defaults, then those of the fleet, then its own. They do not change later."""

    def __init__(self, *layers: Mapping[str, Any]) -> None:
        super().__init__({name: switch.default for name, switch in SWITCHES.items()})
        for layer in layers:
            self.update({name: check(name, value) for name, value in layer.items()})
        # The readings of the policy language, in the order of its open points.
        self.readings: tuple[str, ...] = tuple([self[f"language_{point.key}"] for point in Ambiguity])

    def release(self, name: str) -> tuple[int, ...]:
        """Return the position of a switch that is a release, such as "13.1", as numbers."""
        return tuple(map(int, str(self[name]).split(".")))
