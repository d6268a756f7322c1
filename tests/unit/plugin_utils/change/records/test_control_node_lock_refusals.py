# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A lock of the control node that cannot be taken or written stops the run; no descriptor stays open."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.control_node_lock import (
    ControlNodeLock,
    nodes_with_left_lock,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused

NOT_WRITABLE = (
    r"^box: the change record cannot be written to .*/box \(.*\), so nothing was sent\. "
    r"Make room there or make it writable, or name another one: -e records=\.\.\.$"
)


def open_files() -> set[str]:
    """Return what the descriptors of this process are open on."""
    return {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()}


def test_a_lock_file_that_cannot_be_opened_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "box" / ".lock").mkdir(parents=True)
    lock = ControlNodeLock(tmp_path, "box")
    with pytest.raises(InvalidInput, match=NOT_WRITABLE):
        lock.acquire()
    assert (lock.holder, lock.nodes) == ("", set())


def test_a_file_system_without_locks_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(InvalidInput, match=r"\(No locks available\), so nothing was sent"):
        ControlNodeLock(tmp_path, "box").acquire()
    assert str(tmp_path / "box" / ".lock") not in open_files()


def test_a_second_run_is_refused_and_the_first_keeps_the_lock(tmp_path: Path) -> None:
    with ControlNodeLock(tmp_path, "box") as first:
        first.note("127.0.0.1:443", locked=True)
        with pytest.raises(
            Refused,
            match=r"^box: another run of this control node works on it\. Wait until it has ended\. Nothing was changed\.$",
        ):
            ControlNodeLock(tmp_path, "box").acquire()
        assert nodes_with_left_lock(tmp_path, "box") == {"127.0.0.1:443"}
    with ControlNodeLock(tmp_path, "box") as next_one:
        assert (next_one.holder, next_one.nodes) == (first.holder, {"127.0.0.1:443"})


@pytest.mark.parametrize("locked", [True, False])
def test_a_node_that_cannot_be_written_down_stops_the_run_before_the_lock_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    def full(*_arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with ControlNodeLock(tmp_path, "box") as lock:
        lock.note("127.0.0.1:443", locked=True)
        monkeypatch.setattr(os, "fsync", full)
        node = "127.0.0.2:443" if locked else "127.0.0.1:443"
        with pytest.raises(InvalidInput, match=r"\(No space left on device\), so nothing was sent"):
            lock.note(node, locked=locked)
        assert lock.nodes == {"127.0.0.1:443"}, "what is not on the disk does not count"
