# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restore a moment: thousands of cells of the matrix begin at the same one. Its fingerprint says which moments are the same."""

from __future__ import annotations

import copy
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from simulator import Simulator
from simulator.configuration.configuration import Configuration
from simulator.node.disk import Disk, File
from simulator.node.node import Node
from simulator.node.state import Session
from tests.engine.crash.still_time import StillTime

LOGS = "/var/log/"
NOT_IN_THE_FINGERPRINT = {
    "appliance": "the nodes share it; what it has beside them is in the fingerprint of the moment",
    "listener": "the address of the node, which is the same in all cells",
    "parent": "of a partition: the node, which has a fingerprint of its own",
    "saved_text": "made from the saved configuration",
    "compiled": "made from the running configuration",
    "filtering": "made from the running configuration",
    "pending_log_lines": "lines of a log that no story reads, see assert_reads_no_log()",
    "log_number": "the number of the next line of such a log",
    "session_number": "the number of the next session, which no answer to a story has",
    "booting_until": "a monotonic time; whether the node boots is in the fingerprint",
}
"""The fields of a node that are no part of its fingerprint, and why. All others are, also those that the simulator gets later."""


class Moment:
    """The state of the simulated appliance, and of the control node's records of it, without the state of open connections."""

    def __init__(self, simulator: Simulator, records: Path, still: StillTime) -> None:
        box = simulator.fleet.appliances["box"]
        self._simulator = simulator
        self._still, self._command = still, still.command
        self._records = records
        self._files = files_of(records)
        self._nodes = [_copy(node) for node in box.nodes]
        self._primary = box.primary.index

    def come_back(self) -> None:
        """Restore the moment; what follows is the next command."""
        box = self._simulator.fleet.appliances["box"]
        box.nodes = [_copy(node) for node in self._nodes]
        box.primary = box.nodes[self._primary]
        self._still.begin(self._command)
        box._synced = box.now()  # the pair must not synchronise because of the time that the others took
        self._simulator.appliance("box").clear_faults()  # and opens and closes what listens
        self._simulator.clear_requests()
        put_files(self._records, self._files)

    @cached_property
    def fingerprint(self) -> str:
        """The digest of all that a control node can find at this moment: equal ones lead to the same end."""
        return fingerprint(self._simulator, self._nodes, self._primary, self._files)


def fingerprint(simulator: Simulator, nodes: list[Node], primary: int, files: dict[str, tuple[int, bytes]]) -> str:
    """Return the digest of a state: of the nodes, of what they share, and of the records on the control node."""
    box = simulator.fleet.appliances["box"]
    shared = (primary, box.build, box.sync_failures, box.unreachable, len(box.made_vservers), len(box.portal.sessions))
    state = (shared, [list(_state(node)) for node in nodes], sorted(files.items()))
    return hashlib.sha256(repr(state).encode("utf-8", "surrogateescape")).hexdigest()


def _state(node: Node) -> Iterator[tuple[str, Any]]:
    """Yield the state of a node by name, as values whose text is the same where the state is the same."""
    yield "booting", node.booting
    yield "counters", node.counters.all()
    for name in (field.name for field in fields(node) if field.init and field.name not in NOT_IN_THE_FINGERPRINT):
        yield name, _plain(getattr(node, name))


def _plain(value: Any) -> Any:
    if isinstance(value, Configuration):
        return value.rows
    if isinstance(value, Disk):
        of_files = {path: file for path, file in value.items() if not path.startswith(LOGS)}
        others = {path: file for path, file in value.others.items() if not path.startswith(LOGS)}
        return sorted(of_files.items(), key=_path), sorted(others.items(), key=_path), sorted(value.removed)
    if isinstance(value, dict):
        if any(isinstance(one, Session) for one in value.values()):
            return sorted((one.user, one.partition, one.timeout, one.since, one.last) for one in value.values())
        return {key: list(_state(one)) if isinstance(one, Node) else one for key, one in value.items()}
    return value


def _path(item: tuple[str, File]) -> str:
    return item[0]


def _copy(node: Node, parent: Node | None = None) -> Node:
    copied = replace(
        node,
        running=node.running.copy(),
        saved=node.saved.copy(),
        sessions=parent.sessions if parent else {token: copy.copy(one) for token, one in node.sessions.items()},
        disk=parent.disk if parent else copy.deepcopy(node.files),
        pending_log_lines=[],  # reading the files has written these lines
        imported=dict(node.imported),
        backups=dict(node.backups),
        knobs=dict(node.knobs),
        own=node.own.copy(),
        saved_own=node.saved_own.copy(),
        locations=dict(node.locations),
        parent=parent,
        partitions={},
        saved_text=None,
        compiled=None,
        filtering=None,
    )
    copied.counters = copy.deepcopy(node.counters)
    copied.partitions = {name: _copy(inside, copied) for name, inside in node.partitions.items()}
    return copied


def files_of(directory: Path) -> dict[str, tuple[int, bytes]]:
    """Return the mode and the content of each file in a directory, by its path in it."""
    return {
        str(path.relative_to(directory)): (path.stat().st_mode & 0o7777, path.read_bytes())
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def put_files(directory: Path, files: dict[str, tuple[int, bytes]]) -> None:
    """Make a directory hold these files and nothing else."""
    shutil.rmtree(directory, ignore_errors=True)
    for name, (mode, content) in files.items():
        path = directory / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
