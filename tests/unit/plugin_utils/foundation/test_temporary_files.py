# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a killed process leaves beside its files goes with the next write; what is still written, or is not ours, stays."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation import private_files, temporary_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.private_files import (
    create_privately,
    replace_file,
    write_privately,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.result_cache import cached_result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.temporary_files import temporary_beside

FORK: Any = multiprocessing.get_context("fork")
OLD = f".{'a' * 32}.tmp"
NEW = f".tq-{'a' * 32}.tmp"


@pytest.fixture(autouse=True)
def another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test is the first one of its process that writes anywhere."""
    monkeypatch.setattr(temporary_files, "_LOOKED_THROUGH", set())


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def killed(write: Callable[[], object]) -> None:
    """Kill a process (signal 9) while it writes: what it has written is not on the disk yet."""

    def run() -> None:
        private_files.os.fsync = lambda _descriptor: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
        write()

    process = FORK.Process(target=run)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize(
    "write",
    [
        lambda path: write_privately(path, "x"),
        lambda path: replace_file(path, "x"),
        lambda path: create_privately(path, b"x"),
    ],
)
def test_a_kill_leaves_nothing_that_the_next_write_does_not_remove(
    tmp_path: Path, write: Callable[[Path], Any]
) -> None:
    for number in range(3):
        killed(lambda number=number: write(tmp_path / f"letter-{number}"))  # type: ignore[misc]
        assert len(names(tmp_path)) == 1, "each process removes what those before it have left"
    write(tmp_path / "letter")
    assert names(tmp_path) == ["letter"]


def test_what_another_process_writes_at_this_moment_stays(tmp_path: Path) -> None:
    ready, go_on = FORK.Event(), FORK.Event()

    def slow() -> None:
        with temporary_beside(tmp_path / "slow") as (temporary, file):
            file.write(b"whole")
            file.flush()
            ready.set()
            go_on.wait(60)
            temporary.replace(tmp_path / "slow")

    process = FORK.Process(target=slow)
    process.start()
    assert ready.wait(60)
    write_privately(tmp_path / "quick", "x")
    go_on.set()
    process.join()
    assert process.exitcode == 0
    assert (tmp_path / "slow").read_bytes() == b"whole"
    assert names(tmp_path) == ["quick", "slow"]


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("of a person")
    kept = [f".tq-{letter * 32}.tmp" for letter in "bcd"]
    (tmp_path / kept[0]).symlink_to(victim)
    (tmp_path / kept[1]).mkdir()
    os.mkfifo(tmp_path / kept[2])
    for name in (".tq-1.tmp", f"tq-{'a' * 32}.tmp", f".tq-{'a' * 32}.tmp.txt", ".vimrc.tmp"):
        (tmp_path / name).touch()
    before = names(tmp_path)
    write_privately(tmp_path / "letter", "x")
    assert names(tmp_path) == sorted([*before, "letter"])
    assert victim.read_text() == "of a person"


def test_what_belongs_to_another_user_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only root may give a file away, so the looking process is another user instead."""
    (tmp_path / NEW).touch()
    somebody = SimpleNamespace(**{**vars(os), "getuid": lambda: os.getuid() + 1})
    with monkeypatch.context() as patch:
        patch.setattr(temporary_files, "os", somebody)
        write_privately(tmp_path / "letter", "x")
    assert NEW in names(tmp_path)
    temporary_files._LOOKED_THROUGH.clear()
    write_privately(tmp_path / "letter", "x")
    assert NEW not in names(tmp_path), "it goes where it is ours"


def test_a_file_of_an_earlier_version_goes_when_nobody_can_be_writing_it(tmp_path: Path) -> None:
    """It held no lock."""
    (tmp_path / OLD).touch()
    write_privately(tmp_path / "letter", "x")
    assert names(tmp_path) == sorted([OLD, "letter"])
    past = time.time() - temporary_files.SETTLED - 1
    os.utime(tmp_path / OLD, (past, past))
    temporary_files._LOOKED_THROUGH.clear()
    write_privately(tmp_path / "letter", "x")
    assert names(tmp_path) == ["letter"]


def test_a_file_that_is_taken_for_a_leftover_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, taken = temporary_files.fcntl.flock, []

    def too_late(descriptor: int, operation: int) -> None:
        if not taken:
            taken.extend(tmp_path.glob(".tq-*.tmp"))
            taken[0].unlink()
        real(descriptor, operation)

    monkeypatch.setattr(temporary_files.fcntl, "flock", too_late)
    write_privately(tmp_path / "letter", "x")
    assert taken
    assert (tmp_path / "letter").read_text() == "x"


def test_without_locks_nothing_is_taken_for_a_leftover(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(95, "Operation not supported")

    (tmp_path / NEW).touch()
    monkeypatch.setattr(temporary_files.fcntl, "flock", refuse)
    write_privately(tmp_path / "letter", "x")
    assert names(tmp_path) == sorted([NEW, "letter"])


def test_the_cache_of_results_leaves_nothing_either(tmp_path: Path) -> None:
    left = tmp_path / f".answer-{'a' * 64}.4711"
    left.touch()
    past = time.time() - 40 * 24 * 3600
    os.utime(left, (past, past))
    assert cached_result(tmp_path, "question", int, lambda: 42) == 42
    assert not [name for name in names(tmp_path) if name.startswith(".")]
