# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads a result file of prove.yml: the positions of the switches, as they were measured at a real appliance.

The file comes from somebody else, so nothing in it is believed: its size, its keys, and each value are checked, and only positions that a switch has
are used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.fleet_file.specification import FleetError
from simulator.fleet_file.switches import check

FORMAT, VERSION = "tourniquet-open-facts", 1
LARGEST_FILE = 1024 * 1024  # bytes; a result has some 12,000
MOST_FACTS = 1000
LARGEST_NUMBER = 1_000_000_000
_KEYS = {"format", "version", "build", "measured_on", "pair", "experiments", "requests", "seconds", "settled", "open"}
_SETTLED_KEYS = {"position", "experiment", "seen"}
_BUILD = re.compile(r"[0-9]{1,3}\.[0-9]{1,3} [0-9]{1,5}\.[0-9]{1,5}")


@dataclass(frozen=True)
class MeasuredFacts:
    """What was measured: the build, and the positions by switch."""

    build: str = ""
    positions: Mapping[str, Any] = field(default_factory=dict)


def load_measured_facts(path: Path) -> MeasuredFacts:
    """Return the content of a result file. Raises FleetError with the place of the first mistake."""
    try:
        if not path.is_file():
            raise FleetError(f"{path}: there is no such file")
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as problem:
        raise FleetError(f"{path}: {problem.strerror or problem}") from None
    if len(content) > LARGEST_FILE:
        raise FleetError(f"{path}: it is larger than {LARGEST_FILE:,} bytes")
    try:
        data = json.loads(content, object_pairs_hook=_object, parse_constant=_no_constant)
    except RecursionError:
        raise FleetError(f"{path}: it is nested too deep") from None
    except ValueError as problem:
        raise FleetError(f"{path}: this is not the JSON of a result: {str(problem)[:100]!r}") from None
    return _checked(path, data)


def _checked(path: Path, data: Any) -> MeasuredFacts:
    top = _mapping(str(path), data, _KEYS)
    if top["format"] != FORMAT or type(top["version"]) is not int or top["version"] != VERSION:
        raise FleetError(f"{path}: this is not a result of prove.yml in version {VERSION}")
    if not isinstance(top["build"], str) or not _BUILD.fullmatch(top["build"]):
        raise FleetError(f'{path}: build: this is not of the form "13.0 47.22"')
    settled = _mapping(f"{path}: settled", top["settled"])
    if len(settled) > MOST_FACTS:
        raise FleetError(f"{path}: settled: it has more than {MOST_FACTS} facts")
    return MeasuredFacts(top["build"], {name: _position(path, name, value) for name, value in settled.items()})


def _position(path: Path, name: str, value: Any) -> Any:
    where = f"{path}: settled: {name[:60]!r}"
    position = _mapping(where, value, _SETTLED_KEYS)["position"]
    if not isinstance(position, str | int | float):
        raise FleetError(f"{where}: the position is neither a text nor a number nor a truth value")
    if not isinstance(position, str) and position > LARGEST_NUMBER:
        raise FleetError(f"{where}: the position is larger than {LARGEST_NUMBER:,}")
    try:
        return check(name, position)
    except ValueError as problem:
        raise FleetError(f"{path}: settled: {str(problem)[:200]}") from None


def _mapping(where: str, data: Any, keys: set[str] | None = None) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise FleetError(f"{where}: a mapping is needed")
    if keys is not None and data.keys() != keys:
        wrong = min(data.keys() ^ keys)
        raise FleetError(f"{where}: the key {wrong[:60]!r} is {'missing' if wrong in keys else 'not known'}")
    return data


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")
