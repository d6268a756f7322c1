# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restore a moment: thousands of cells of the matrix begin at the same one."""

from __future__ import annotations

import copy
import shutil
from dataclasses import replace
from pathlib import Path

from simulator import Simulator
from simulator.node.node import Node


class Moment:
    """The state of the simulated appliance, and of the control node's records of it, without the state of open connections."""

    def __init__(self, simulator: Simulator, records: Path, kept: Path) -> None:
        """:param kept: where the records are kept; of an earlier moment they are replaced"""
        box = simulator.fleet.appliances["box"]
        self._simulator = simulator
        self._records, self._kept = records, kept
        self._nodes = [_copy(node) for node in box.nodes]
        self._primary = box.primary.index
        _replace(kept, records)

    def come_back(self) -> None:
        box = self._simulator.fleet.appliances["box"]
        box.nodes = [_copy(node) for node in self._nodes]
        box.primary = box.nodes[self._primary]
        box._synced = box.now()  # the pair must not synchronise because of the time that the others took
        self._simulator.appliance("box").clear_faults()  # and opens and closes what listens
        self._simulator.clear_requests()
        _replace(self._records, self._kept)


def _copy(node: Node) -> Node:
    assert not node.partitions, "a copy has no admin partitions"
    copied = replace(
        node,
        running=node.running.copy(),
        saved=node.saved.copy(),
        sessions={token: copy.copy(session) for token, session in node.sessions.items()},
        disk=copy.deepcopy(node.files),
        pending_log_lines=[],  # reading the files has written these lines
        imported=dict(node.imported),
        backups=dict(node.backups),
        own=node.own.copy(),
        saved_own=node.saved_own.copy(),
        locations=dict(node.locations),
        partitions={},
        compiled=None,
        filtering=None,
    )
    copied.counters = copy.deepcopy(node.counters)
    return copied


def _replace(target: Path, source: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    if source.exists():
        shutil.copytree(source, target)
