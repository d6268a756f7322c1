# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rotation of the files of a node by newsyslog, as the newsyslog.conf on its disk says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from simulator.configuration.rows import Rows
from simulator.node import newsyslog
from simulator.node.disk import REGULAR, Disk, File
from simulator.node.file_tree import FileProblem, FileTree
from simulator.node.log_lines import host_name, turned_over
from simulator.node.newsyslog import Entry


class Rotated(Protocol):
    """A node as newsyslog needs it."""

    index: int

    @property
    def running(self) -> Rows: ...

    @property
    def files(self) -> Disk: ...

    def tree(self) -> FileTree: ...

    def clock(self) -> float: ...

    def append(self, path: str, line: str, now: float, /) -> int: ...


def rotate(node: Rotated, now: float) -> None:
    """Rotate the files that are due at a moment of the node's clock."""
    moment = datetime.fromtimestamp(now, UTC)
    for entry in entries(node):
        file = node.files.get(entry.path)
        if file is None:
            continue
        newest = node.files.get(entry.part(0))
        hours = None if newest is None else (now - newest.modified) / 3600
        reason = entry.reason(len(file.content), moment, hours)
        if reason is not None:
            _turn_over(node, entry, reason, now)


def rotate_early(node: Rotated, path: str) -> None:
    """Rotate a log before its hour. A log that newsyslog.conf does not name loses its older half."""
    entry = next((entry for entry in entries(node) if entry.path == path), None)
    if entry is not None:
        _turn_over(node, entry, f" due to size>{entry.size}K" if entry.size else "", node.clock())
    else:
        content = node.files[path].content
        del content[: content.index(b"\n", len(content) // 2) + 1]


def entries(node: Rotated) -> tuple[Entry, ...]:
    """Return what newsyslog.conf says; nothing is rotated without one."""
    try:
        return newsyslog.entries(node.tree().read(newsyslog.CONFIGURATION))
    except FileProblem:
        return ()


def _turn_over(node: Rotated, entry: Entry, reason: str, now: float) -> None:
    files = node.files
    old = files.pop(entry.path)
    for suffix in newsyslog.SUFFIXES:
        files.pop(entry.part(max(entry.count - 1, 0), suffix), None)
    for number in range(entry.count - 1, 0, -1):
        for suffix in newsyslog.SUFFIXES:
            if (part := files.pop(entry.part(number - 1, suffix), None)) is not None:
                files[entry.part(number, suffix)] = part
    if entry.count:
        files.put(entry.part(0), _file(entry, entry.pack(bytes(old.content)), now))
    files.put(entry.path, _file(entry, b"", now))
    if "B" not in entry.flags:
        node.append(entry.path, turned_over(now, host_name(node.running), 4400 + node.index, reason), now)


def _file(entry: Entry, content: bytes, now: float) -> File:
    return File(bytearray(content), now, now, entry.owner, entry.group, entry.mode, REGULAR)
