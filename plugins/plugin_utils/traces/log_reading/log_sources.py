# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The logs of the nodes of an appliance: over NITRO, or in a folder that a syslog server fills. Both give names, and bytes as they are."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ...appliance.nitro.connection import Connection, Member
from ...appliance.nitro.names import is_file_name
from ...appliance.nitro.node_files import read_file
from ...appliance.nitro.session import Session, place
from ...foundation.errors import InvalidInput, TourniquetError
from ..findings.finding import Fixed
from .grouped_traces import FixedOf
from .log_line import log_name
from .log_pieces import GONE, Read
from .node_clock import NodeClock, node_clock

DIRECTORY = "/var/log"
KEPT = ("ns.log", "messages")
MOST_BYTES = 128 * 1024 * 1024
"""Bytes of the files of one node in one run."""
LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of one file in a folder."""
_MOST_NAMES = 5000
_LISTED = 60


@dataclass(frozen=True)
class NodeLogs:
    """The logs of one node.

    :ivar node: its address
    :ivar listed: by name of a file, its size and modification time as the node lists them; "" where it lists none
    :ivar read: returns a file, or why it can't be read
    :ivar list_again: returns ``listed`` as it is now, after which each file is read again; None where it cannot be listed
    :ivar parameters: the row of auditsyslogparams; empty where it isn't known
    :ivar problem: why nothing can be read; "" where it can
    :ivar fixed: whether a trace is older than the fix of some entries
    """

    node: str
    clock: NodeClock
    listed: Mapping[str, str] = field(default_factory=dict)
    read: Read = field(default=lambda _name: "it was not asked for")
    list_again: Callable[[], Mapping[str, str] | None] = field(default=lambda: None)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    is_folder: bool = False
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
    files = _Bounded(lambda name: _of_node(session, name))
    try:
        listed = _listed(session)
    except TourniquetError as error:
        return NodeLogs(
            str(session.node), clock, parameters=parameters, problem=f"{DIRECTORY} cannot be listed: {error}"
        )
    return NodeLogs(str(session.node), clock, listed, files, files.listing(lambda: _listed(session)), parameters)


def _listed(session: Session) -> dict[str, str]:
    """:raises TourniquetError: where the node does not list them"""
    listed = {}
    for row in session.read("systemfile", args={"filelocation": DIRECTORY})[:_MOST_NAMES]:
        name = str(row.get("filename", ""))
        if is_file_name(name) and "DIRECTORY" not in str(row.get("filemode", "")).upper():
            listed[name] = _shown(f"{row.get('filesize', '')} {row.get('filemodifiedtime', '')}")
    return listed


def _shown(text: str) -> str:
    return text[:_LISTED] if text.isascii() and text.isprintable() else ""


def _parameters(session: Session) -> dict[str, Any]:
    try:
        rows = session.read("auditsyslogparams")
    except TourniquetError:
        return {}
    return dict(rows[0]) if rows else {}


def _of_node(session: Session, name: str) -> bytes | str:
    try:
        content = read_file(session, name, DIRECTORY)
    except TourniquetError as error:
        return f"it cannot be read: {error}"
    return GONE if content is None else content


class _Bounded:
    """Reads no more than MOST_BYTES in all. The files that are looked at twice are kept."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._kept: dict[str, bytes | str] = {}
        self._room = MOST_BYTES

    def __call__(self, name: str) -> bytes | str:
        if name in self._kept:
            return self._kept[name]
        if self._room <= 0:
            return f"it is beyond the {MOST_BYTES // 2**20} MiB of a node that are read"
        content = self._read(name)
        self._room -= len(content)
        if log_name(name) in KEPT:
            self._kept[name] = content
        return content

    def listing(self, listed: Callable[[], dict[str, str]]) -> Callable[[], dict[str, str] | None]:
        """Return a function that lists the files, after which none of them counts as read; it returns None where they cannot be listed."""

        def again() -> dict[str, str] | None:
            self._kept.clear()
            try:
                return listed()
            except (TourniquetError, OSError):
                return None

        return again


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
            f"{host}: source is {folder}, which is no directory. Name the folder of the syslog server: -e source=FOLDER"
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
        reader = _FolderReader(place)
        files = _Bounded(reader)
        found.append(replace(logs, listed=reader.listed(), read=files, list_again=files.listing(reader.listed)))
    return found


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._:-]", "_", name).lstrip(".") or "_"


@dataclass(frozen=True)
class _FolderReader:
    directory: Path

    def listed(self) -> dict[str, str]:
        names = sorted(path.name for path in self.directory.iterdir() if is_file_name(path.name))
        return dict.fromkeys(names[:_MOST_NAMES], "")

    def __call__(self, name: str) -> bytes | str:
        try:
            descriptor = os.open(self.directory / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return GONE
        except OSError as error:
            return f"it cannot be read: {error.strerror}"
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            return "it is no regular file"
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(LARGEST_FILE + 1)
        return content if len(content) <= LARGEST_FILE else f"it has more than {LARGEST_FILE // 2**20} MiB"
