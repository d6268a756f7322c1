# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the last run stopped reading, for each node and log: a private file of the control node. What it holds is checked whole before it is used."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ...change.records.records_folder import unique_name
from ...foundation.errors import InvalidInput
from ...foundation.private_files import read_private_bytes, write_privately

SCHEMA = 1
MOST_SESSIONS = 5000
LARGEST = 4 * 1024 * 1024  # bytes of the file
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SESSION = re.compile(r"[0-9A-Za-z.:/@-]{1,96}")
_SHORT = 100  # characters of a name or a time


@dataclass(frozen=True)
class Bookmark:
    """Where reading of one log stopped.

    :ivar offset: behind the last line that was read, in the file that was then the newest one with a line
    :ivar digest: SHA-256 of all bytes before it
    :ivar time: of the newest line, in ISO form; "" where none had a time
    :ivar before: SHA-256 of the unpacked file before that one; "" where there was none
    :ivar listed: size and modification time of the log as the node listed it; an unchanged log isn't read again
    """

    offset: int
    digest: str
    time: str = ""
    before: str = ""
    listed: str = ""


@dataclass
class Bookmarks:
    """The bookmarks of one appliance.

    :ivar logs: by node and log
    :ivar sessions: by the id of a Gateway session, the network of its log-on; the newest last
    :ivar probes: how many lines without a client were ours, see :class:`.LostClients`
    """

    logs: dict[str, dict[str, Bookmark]] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    probes: dict[str, int] = field(default_factory=dict)

    def of(self, node: str, log: str) -> Bookmark | None:
        return self.logs.get(node, {}).get(log)

    def put(self, node: str, log: str, bookmark: Bookmark) -> None:
        self.logs.setdefault(node, {})[log] = bookmark

    def remove(self, node: str, log: str) -> None:
        """Let the next run read a log whole."""
        self.logs.get(node, {}).pop(log, None)

    def remember_session(self, session: str, network: str) -> None:
        """Keep the log-on of a session, for the lines of it that a later run reads."""
        if _SESSION.fullmatch(session) and _SESSION.fullmatch(network):
            self.sessions.pop(session, None)
            self.sessions[session] = network
            while len(self.sessions) > MOST_SESSIONS:
                del self.sessions[next(iter(self.sessions))]


def bookmark_file(directory: Path, host: str) -> Path:
    """Return the file of an appliance."""
    return directory / f"{unique_name(host)}.json"


def read_bookmarks(directory: Path, host: str) -> tuple[Bookmarks, str]:
    """Return the bookmarks of an appliance, and why the file can't be used, as a clause; "" where it can, or does not exist.

    :raises InvalidInput: where somebody else could have written the file
    """
    path = bookmark_file(directory, host)
    try:
        content = read_private_bytes(path)
    except FileNotFoundError:
        return Bookmarks(), ""
    except OSError as error:
        raise InvalidInput(
            f"{host}: the bookmarks {path} cannot be read ({error.strerror}). Make the file readable"
        ) from error
    try:
        return _parsed(json.loads(content[:LARGEST]), host), ""
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Bookmarks(), f"the bookmarks {path} are damaged, so everything was read again"


def write_bookmarks(directory: Path, host: str, bookmarks: Bookmarks) -> Path:
    """Write the bookmarks of an appliance, as a whole.

    :raises InvalidInput: where they can't be written
    """
    path = bookmark_file(directory, host)
    logs = {node: {log: asdict(mark) for log, mark in of_node.items()} for node, of_node in bookmarks.logs.items()}
    content = {"schema": SCHEMA, "host": host, "logs": logs, "sessions": bookmarks.sessions, "probes": bookmarks.probes}
    try:
        write_privately(path, json.dumps(content, indent=1) + "\n")
    except OSError as error:
        raise InvalidInput(
            f"{host}: the bookmarks {path} cannot be written ({error.strerror}): the next run reads the same lines again. Name another directory "
            "with -e bookmarks=DIRECTORY"
        ) from error
    return path


def _parsed(content: Any, host: str) -> Bookmarks:
    """:raises ValueError: where it has another form, or is of another appliance"""
    if content["schema"] != SCHEMA or content["host"] != host:
        raise ValueError(host)
    logs = {
        _short(node): {_short(log): _bookmark(mark) for log, mark in of_node.items()}
        for node, of_node in content["logs"].items()
    }
    sessions = {_matching(_SESSION, key): _matching(_SESSION, value) for key, value in content["sessions"].items()}
    probes = {
        _short(key): _whole(count) for key, count in content.get("probes", {}).items()
    }  # an earlier version has none
    return Bookmarks(logs, sessions, probes)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(value)
    return value


def _bookmark(given: Mapping[str, Any]) -> Bookmark:
    offset = given["offset"]
    if isinstance(offset, bool) or not isinstance(offset, int) or offset <= 0:
        raise ValueError(offset)
    if given["time"]:
        datetime.fromisoformat(given["time"])
    return Bookmark(
        offset,
        _matching(_DIGEST, given["digest"]),
        _short(given["time"]),
        _matching(_DIGEST, given["before"]) if given["before"] else "",
        _short(given["listed"]),
    )


def _short(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _SHORT:
        raise ValueError(value)
    return value


def _matching(pattern: re.Pattern[str], value: Any) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(value)
    return value
