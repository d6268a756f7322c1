# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file with the state of the alarm of an appliance, on the control node. Only its owner may read it.

``<alarms>/<appliance>.json`` is that of this control node, ``<alarms>/<directory>/<appliance>.json`` a copy of that of another one, which a person has brought.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from ...catalogue.counted_requests import CountedRequests
from ...change.records.records_folder import unique_name
from ...foundation.errors import InvalidInput, Refused
from ...foundation.private_files import read_privately, write_privately
from ..findings.own_runs import OwnTest
from .attempts import AlarmState, Reading

VERSION = 1


def path_of(directory: Path, appliance: str) -> Path:
    return directory / f"{unique_name(appliance)}.json"


def read_state(directory: Path, appliance: str) -> AlarmState | None:
    """Return the state after the test before; None where there was none.

    :raises InvalidInput: where somebody else may have written the file, or it is no such state
    """
    path = path_of(directory, appliance)
    try:
        text = read_privately(path)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{appliance}: {path} cannot be read ({type(error).__name__})") from error
    try:
        state = _state(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InvalidInput(
            f"{appliance}: {path} is no state of an alarm ({type(error).__name__}). Move it away; the next test begins anew."
        ) from error
    if state.appliance != appliance:
        raise InvalidInput(f"{appliance}: {path} is of {state.appliance}. Move it away.")
    return state


def own_tests(directory: str | None, appliance: str) -> tuple[OwnTest, ...]:
    """Return the tests of the alarm of an appliance, by this control node and others; none where no directory is named, or none were made.

    :raises InvalidInput: where the file is no such state
    """
    return tuple(test for state in _states(directory, appliance) for test in state.tests)


def counted_requests(directory: str | None, appliance: str) -> tuple[CountedRequests, ...]:
    """Return the requests of the tests of the alarm in the counters of an appliance, likewise.

    :raises InvalidInput: where the file is no such state
    """
    return tuple(counted for state in _states(directory, appliance) for counted in state.counted)


def states_of_others(directory: Path, appliance: str) -> list[AlarmState]:
    """Return the states of other control nodes after their last tests of the alarm of an appliance.

    :raises InvalidInput: where somebody else may have written a file, it is no such state, or the directory cannot be read
    """
    try:
        others = sorted(path for path in directory.iterdir() if path.is_dir()) if directory.is_dir() else []
    except OSError as error:
        raise InvalidInput(f"{appliance}: {directory} cannot be read ({type(error).__name__})") from error
    return [state for path in others if (state := read_state(path, appliance)) is not None]


def _states(directory: str | None, appliance: str) -> list[AlarmState]:
    if not directory:
        return []
    place = Path(directory).expanduser()
    own = read_state(place, appliance)
    return [*([own] if own else []), *states_of_others(place, appliance)]


def write_state(directory: Path, state: AlarmState) -> None:
    """Replace the state.

    :raises Refused: where it cannot be written
    """
    path = path_of(directory, state.appliance)
    values = {"version": VERSION, **asdict(state)}
    try:
        write_privately(path, json.dumps(values, indent=1, default=datetime.isoformat) + "\n")
    except OSError as error:
        raise Refused(
            f"{state.appliance}: {path} cannot be written ({error.strerror}). Name another directory with -e alarms=DIRECTORY."
        ) from error


def _state(values: Mapping[str, Any]) -> AlarmState:
    if values["version"] != VERSION:
        raise ValueError("version")
    since = values["quiet_since"]
    return AlarmState(
        appliance=str(values["appliance"]),
        last=_moment(values["last"]),
        works=bool(values["works"]),
        quiet_since=None if since is None else _moment(since),
        node=str(values["node"]),
        readings={
            str(node): Reading(
                _moment(one["at"]),
                _numbers(one["hits"]),
                str(one["started"]),
            )
            for node, one in values["readings"].items()
        },
        tests=tuple(
            OwnTest(str(one["run"]), _moment(one["at"]), str(one["source"]), str(one["tag"])) for one in values["tests"]
        ),
        counted=tuple(
            CountedRequests(
                _moment(one["at"]),
                str(one["node"]),
                _numbers(one["counters"]),
                _numbers(one["hits"]),
                node_started=str(one.get("node_started", "")),
            )
            for one in values.get("counted", ())  # an earlier version has none, or not when the node was started
        ),
    )


def _numbers(values: Mapping[str, Any]) -> dict[str, int]:
    return {str(policy): int(hits) for policy, hits in values.items()}


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment
