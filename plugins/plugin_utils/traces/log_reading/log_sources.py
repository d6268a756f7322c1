# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The logs of the nodes of an appliance: over NITRO, or in a folder that a syslog server fills. Both give names, and files read at one door."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ...appliance.nitro.connection import Connection, Member
from ...appliance.nitro.directory_listing import MOST_ROWS, ListedFile, list_directory
from ...appliance.nitro.names import is_file_name
from ...appliance.nitro.rotated_logs import log_name
from ...appliance.nitro.session import Session, place
from ...foundation.errors import CannotConnect, InvalidInput, OutcomeUnknown, TourniquetError
from ...foundation.unpacked import MOST_BYTES, MOST_LINES
from ..findings.finding import Fixed
from ..node_reading.file_reads import FileRead, FileReads, Limits, Unread
from ..node_reading.node_reader import NodeReader
from .grouped_traces import FixedOf
from .log_pieces import Read
from .node_clock import NodeClock, node_clock

DIRECTORY = "/var/log"
KEPT = ("ns.log", "messages")
LIMITS = Limits(size=512 * 1024 * 1024, largest=64 * 1024 * 1024, unpacked=MOST_BYTES, lines=MOST_LINES)
"""What one run reads of the logs of a node. It takes them apart line by line, so of one file it has less than a hunt."""


@dataclass(frozen=True)
class NodeLogs:
    """The logs of one node.

    :ivar node: its address
    :ivar listed: by name of a file, its size and modification time as the node lists them; "" where it lists not both
    :ivar read: returns a file, or why it can't be read
    :ivar list_again: returns ``listed`` as it is now, after which each file is read again; None where it cannot be listed
    :ivar parameters: the row of auditsyslogparams; empty where it isn't known
    :ivar problem: why nothing can be read; "" where it can
    :ivar not_listed: why ``listed`` is not whole; "" where it is
    :ivar fixed: whether a trace is older than the fix of some entries
    """

    node: str
    clock: NodeClock
    listed: Mapping[str, str] = field(default_factory=dict)
    read: Read = field(default=lambda _name: FileRead(problem="it was not asked for", unread=Unread.REFUSED))
    list_again: Callable[[], Mapping[str, str] | None] = field(default=lambda: None)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    is_folder: bool = False
    not_listed: str = ""
    fixed: FixedOf = field(default=lambda _entries, _time: Fixed.UNKNOWN)


def logs_of_nodes(connection: Connection, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> list[NodeLogs]:
    """Return the logs of each node of an appliance, also of one that can't be reached: then with the problem."""
    found = [_of_member(member, now()) for member in connection.members]
    reached = {logs.node for logs in found}
    found += [
        NodeLogs(
            str(node.address),
            NodeClock(now()),
            problem=node.problem.removeprefix(f"{place(connection.appliance, node.address)}: ")
            or "it is not reachable",
        )
        for node in connection.nodes
        if str(node.address) not in reached or node.role == "unreachable"
    ]
    return found


def _of_member(member: Member, now: datetime) -> NodeLogs:
    session = member.session
    asked = now - timedelta(seconds=max(0.0, time.monotonic() - member.read_at))
    parameters = _parameters(session)
    clock = node_clock(member.config, parameters, asked)
    files = _Files(NodeReader(session, LIMITS).reads, DIRECTORY)
    try:
        rows, problem = list_directory(session, DIRECTORY)
    except TourniquetError as error:
        rows, problem = None, f"it cannot be listed: {error}"
    if rows is None:
        why = f"{DIRECTORY}: {problem or 'it does not exist'}"
        return NodeLogs(str(session.node), clock, parameters=parameters, problem=why)
    again = files.listing(lambda: _listed_again(session))
    return NodeLogs(str(session.node), clock, files.listed(rows), files, again, parameters, not_listed=problem)


def _listed_again(session: Session) -> tuple[ListedFile, ...] | None:
    try:
        return list_directory(session, DIRECTORY)[0]
    except TourniquetError:
        return None


def _parameters(session: Session) -> dict[str, Any]:
    try:
        rows = session.read("auditsyslogparams")
    except TourniquetError:
        return {}
    return dict(rows[0]) if rows else {}


@dataclass
class _Files:
    """The files of a folder or node by name. Those that are looked at twice are kept; a node that does not answer any more is not asked again."""

    reads: FileReads
    directory: str
    _rows: dict[str, ListedFile] = field(default_factory=dict)
    _kept: dict[str, FileRead] = field(default_factory=dict)
    _away: FileRead | None = None

    def __call__(self, name: str) -> FileRead:
        if name in self._kept:
            return self._kept[name]
        if self._away is not None:
            return self._away
        try:
            found = self.reads.read(self._rows.get(name, ListedFile(self.directory, name)))
        except (CannotConnect, OutcomeUnknown) as error:
            self._away = FileRead(problem=f"it cannot be read: {error}", unread=Unread.REFUSED)
            return self._away
        if log_name(name) in KEPT:
            self._kept[name] = found
        return found

    def listed(self, rows: Iterable[ListedFile]) -> dict[str, str]:
        """Return the files with what shows that one is another, and read them by this list from now on."""
        self._rows = {row.name: row for row in rows if row.can_be_read and not row.is_directory}
        return {name: _shown(row) for name, row in self._rows.items()}

    def listing(self, rows: Callable[[], Iterable[ListedFile] | None]) -> Callable[[], dict[str, str] | None]:
        """Return a function that lists the files, after which none of them counts as read; it returns None where they cannot be listed."""

        def again() -> dict[str, str] | None:
            self._kept.clear()
            found = rows()
            return None if found is None else self.listed(found)

        return again


def _shown(row: ListedFile) -> str:
    return "" if row.size is None or row.modified is None else f"{row.size} {row.modified.isoformat()}"


# -- a folder of a syslog server ---------------------------------------------------------------------------------------


def logs_in_folder(host: str, folder: Path, nodes: list[str], now: datetime) -> list[NodeLogs]:
    """Return the logs that a syslog server keeps: FOLDER/ADDRESS/FILE for each node, or FOLDER/HOST/FILE for a standalone appliance.

    Links are not followed, and only regular files are read.

    :param host: the inventory name
    :param nodes: the addresses of the nodes; two nodes behind one address have one folder, which is read once
    :raises InvalidInput: where the folder does not exist
    """
    if not folder.is_dir():
        raise InvalidInput(
            f"{host}: source is {folder}, which is no directory. Name the folder of the syslog server: -e read_logs_source=FOLDER"
        )
    clock = NodeClock(now, problem="the lines carry the clock of the node, and its difference to ours is not known")
    found = []
    addresses = dict.fromkeys(nodes)
    for node in addresses:
        places = [folder / _safe(node), *([folder / _safe(host)] if len(addresses) == 1 else [])]
        place = next((place for place in places if place.is_dir() and not place.is_symlink()), None)
        logs = NodeLogs(node, clock, is_folder=True)
        if place is None:
            found.append(
                replace(logs, problem=f"{places[0]} does not exist: the syslog server has nothing of this node")
            )
            continue
        within = _Folder(place)
        files = _Files(FileReads(within.fetch, LIMITS), "")
        rows = within.rows()
        if rows is None:
            found.append(replace(logs, problem=f"{place} cannot be listed"))
            continue
        problem = f"it has {len(rows)} files, of which {MOST_ROWS} were looked at" if len(rows) > MOST_ROWS else ""
        logs = replace(logs, listed=files.listed(rows[:MOST_ROWS]), not_listed=problem)
        found.append(replace(logs, read=files, list_again=files.listing(within.rows)))
    return found


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._:-]", "_", name).lstrip(".") or "_"


@dataclass(frozen=True)
class _Folder:
    directory: Path

    def rows(self) -> tuple[ListedFile, ...] | None:
        """Return the files; None where the folder cannot be listed any more."""
        try:
            names = sorted(path.name for path in self.directory.iterdir() if is_file_name(path.name))
        except OSError:
            return None
        return tuple(ListedFile("", name) for name in names)

    def fetch(self, file: ListedFile) -> bytes | None:
        try:
            descriptor = os.open(self.directory / file.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InvalidInput(error.strerror) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise InvalidInput("it is no regular file")
        with os.fdopen(descriptor, "rb") as opened:
            content = opened.read(LIMITS.largest + 1)
        if len(content) > LIMITS.largest:
            raise InvalidInput(f"it has more than {LIMITS.largest // 2**20} MiB")
        return content
