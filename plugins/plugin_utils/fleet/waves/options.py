# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of a rollout, and the waves that follow from them. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from ...foundation.errors import InvalidInput


@dataclass(frozen=True)
class Profile:
    """The default of waves and waiting.

    :ivar waves: the waves after the canary, as counts or percentages of the fleet; the last one repeats
    :ivar bake_seconds: seconds to wait after a wave before the next begins
    """

    waves: tuple[int | str, ...]
    bake_seconds: float


# An emergency waits less, and has a canary too.
PROFILES = {"normal": Profile(("10%", "50%", "100%"), 60.0), "emergency": Profile(("25%", "100%"), 10.0)}


@dataclass(frozen=True, kw_only=True)
class RolloutOptions:
    """The options of a rollout, checked.

    :ivar canary: the appliances of the first wave: how many, or their names
    :ivar max_failed: how many appliances of the fleet may fail before all others are held
    :ivar accept_unreachable: the appliances that may be unreachable: how many, or their names
    :ivar accept_refused: the appliances whose plan may be refused: how many, or their names; they are left out
    """

    canary: int | tuple[str, ...] = 1
    waves: tuple[int | str, ...] = PROFILES["normal"].waves
    bake_seconds: float = PROFILES["normal"].bake_seconds
    max_failed: int = 0
    accept_unreachable: int | tuple[str, ...] = 0
    accept_refused: int | tuple[str, ...] = 0

    @classmethod
    def from_variables(cls, variables: Mapping[str, Any]) -> Self:
        """Check the ``rollout_*`` variables strictly; None means the default of the profile.

        :raises InvalidInput: naming the variable and what it may be
        """
        name = str(variables.get("profile") or "normal")
        if name not in PROFILES:
            raise InvalidInput(f"rollout_profile is {name!r}: choose from {', '.join(PROFILES)}")
        profile = PROFILES[name]
        waves = variables.get("waves")
        bake = variables.get("bake_seconds")
        return cls(
            canary=_number_or_names("rollout_canary", variables.get("canary", 1), least=1),
            waves=profile.waves if waves is None else _waves(waves),
            bake_seconds=profile.bake_seconds if bake is None else _seconds("rollout_bake_seconds", bake),
            max_failed=_number("rollout_max_failed", variables.get("max_failed", 0)),
            accept_unreachable=_number_or_names("accept_unreachable", variables.get("accept_unreachable", 0)),
            accept_refused=_number_or_names("accept_refused", variables.get("accept_refused", 0)),
        )


def waves_of(hosts: Sequence[str], options: RolloutOptions) -> list[list[str]]:
    """Return the waves: the canary, then shares of the fleet; the last size repeats until no appliance is left.

    :param hosts: the appliances that go, each once
    :returns: each of them in exactly one wave, in the order of ``hosts``
    """
    if not hosts:
        return []
    going = set(hosts)
    named = [] if isinstance(options.canary, int) else [host for host in dict.fromkeys(options.canary) if host in going]
    count = options.canary if isinstance(options.canary, int) else 1
    canary = named or list(hosts[:count])
    gone = set(canary)
    waves, rest = [canary], [host for host in hosts if host not in gone]
    sizes = [_size(size, len(hosts)) for size in options.waves]
    while rest:
        size = sizes[min(len(waves) - 1, len(sizes) - 1)]
        waves.append(rest[:size])
        rest = rest[size:]
    return waves


def _size(size: int | str, fleet: int) -> int:
    # In whole numbers: as a float, 7 % of 100 becomes 8.
    return size if isinstance(size, int) else max(1, -(-fleet * int(size.rstrip("%")) // 100))


def require_known(variable: str, names: int | tuple[str, ...], hosts: Iterable[str]) -> None:
    """Check the names of an option.

    :raises InvalidInput: where the option names an appliance that is not among ``hosts``
    """
    known = set(hosts)
    unknown = [] if isinstance(names, int) else [name for name in names if name not in known]
    if unknown:
        raise InvalidInput(f"{variable} names {', '.join(unknown)}, which the inventory does not have")


def _number(variable: str, value: Any, least: int = 0) -> int:
    text = str(value)
    if isinstance(value, bool) or not text.isdecimal() or int(text) < least:
        raise InvalidInput(f"{variable} is {value!r}: write a whole number from {least} on")
    return int(text)


def _seconds(variable: str, value: Any) -> float:
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = math.nan  # which is outside of every range
    if isinstance(value, bool) or not 0 <= seconds <= 7 * 86400:
        raise InvalidInput(f"{variable} is {value!r}: write seconds, from 0 to {7 * 86400}")
    return seconds


def _number_or_names(variable: str, value: Any, least: int = 0) -> int | tuple[str, ...]:
    """Return a number or names; ``-e`` gives text: "2", or "gw-a,gw-b"."""
    if isinstance(value, str) and not value.strip().isdecimal():
        value = [name.strip() for name in value.split(",") if name.strip()]
    if isinstance(value, list):
        if not all(isinstance(name, str) and name for name in value):
            raise InvalidInput(f"{variable} is {value!r}: write a whole number, or a list of names of appliances")
        return tuple(value) if value else least
    return _number(variable, value, least)


def _waves(value: Any) -> tuple[int | str, ...]:
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    waves: list[int | str] = []
    for item in items:
        text = str(item).strip()
        percent = text.removesuffix("%")
        valid = percent.isdecimal() and not isinstance(item, bool) and int(percent) > 0
        if not valid or (text.endswith("%") and int(percent) > 100):
            raise InvalidInput(f"rollout_waves has {item!r}: write counts or percentages such as [1, '10%', '100%']")
        waves.append(text if text.endswith("%") else int(text))
    if not waves:
        raise InvalidInput("rollout_waves is empty: write counts or percentages such as [1, '10%', '100%']")
    return tuple(waves)
