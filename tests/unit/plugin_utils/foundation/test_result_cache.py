# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Results are computed once, and never used where they could be wrong."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation import result_cache as module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.result_cache import cached_result


@dataclass(frozen=True)
class Sum:
    value: int


class Counting:
    def __init__(self, value: int = 3) -> None:
        self.calls = 0
        self.value = value

    def __call__(self) -> Sum:
        self.calls += 1
        return Sum(self.value)


def files(directory: Path) -> list[Path]:
    return [path for path in sorted(directory.glob("answer-*")) if path.suffix != ".lock"]


def test_the_same_question_is_computed_once(tmp_path: Path) -> None:
    compute = Counting()
    asked = [cached_result(tmp_path / "a", ["1 + 2", {"x": [1]}], Sum, compute) for _ in range(3)]
    assert asked == [Sum(3)] * 3
    assert compute.calls == 1
    (path,) = files(tmp_path / "a")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_another_question_another_engine_and_another_kind_are_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = Counting()
    cached_result(tmp_path, "1 + 2", Sum, compute)
    cached_result(tmp_path, "1 + 3", Sum, compute)
    monkeypatch.setattr(module, "ENGINE", "the next version")
    cached_result(tmp_path, "1 + 2", Sum, compute)
    assert compute.calls == 3


def test_a_pipe_in_the_place_of_a_result_does_not_block(tmp_path: Path) -> None:
    cached_result(tmp_path, "1 + 2", Sum, Counting(1))
    (path,) = files(tmp_path)
    path.unlink()
    os.mkfifo(path)
    asking = threading.Thread(target=cached_result, args=(tmp_path, "1 + 2", Sum, Counting(2)), daemon=True)
    asking.start()
    asking.join(20)
    assert not asking.is_alive()
    assert cached_result(tmp_path, "1 + 2", Sum, Counting(3)) == Sum(2)


@pytest.mark.parametrize("content", ["", "[", "[1, 2]", '["3"]', "null", '{"value": 3}', "[" * 100_000], ids=range(7))
def test_a_damaged_file_counts_for_nothing(tmp_path: Path, content: str) -> None:
    cached_result(tmp_path, "1 + 2", Sum, Counting(1))
    files(tmp_path)[0].write_text(content, encoding="utf-8")
    compute = Counting()
    assert cached_result(tmp_path, "1 + 2", Sum, compute) == Sum(3)
    assert cached_result(tmp_path, "1 + 2", Sum, compute) == Sum(3)
    assert compute.calls == 1


def test_what_somebody_else_could_have_written_counts_for_nothing(tmp_path: Path) -> None:
    cached_result(tmp_path, "1 + 2", Sum, Counting(1))
    (path,) = files(tmp_path)
    path.chmod(0o620)
    assert cached_result(tmp_path, "1 + 2", Sum, Counting()) == Sum(3)
    target = tmp_path / "elsewhere"
    path.replace(target)
    path.symlink_to(target)
    assert cached_result(tmp_path, "1 + 2", Sum, Counting(4)) == Sum(4)


def test_where_nothing_can_be_written_it_is_computed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    compute = Counting()
    assert cached_result(tmp_path / "file", "1 + 2", Sum, compute) == Sum(3)
    assert compute.calls == 1


def test_what_nobody_asked_for_in_a_month_goes(tmp_path: Path) -> None:
    cached_result(tmp_path, "old", Sum, Counting())
    (old,) = files(tmp_path)
    os.utime(old, (0, 0))
    cached_result(tmp_path, "new", Sum, Counting())
    assert old not in files(tmp_path)
    assert len(files(tmp_path)) == 1


def test_one_who_asks_another_question_each_time_does_not_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_FILES", 6)
    for number in range(9):
        cached_result(tmp_path, number, Sum, Counting(number))
    assert len(list(tmp_path.glob("answer-*"))) <= 6
    assert cached_result(tmp_path, 8, Sum, Counting(99)) == Sum(8), "the newest is there"


def test_a_result_that_is_too_large_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_RESULT", 2)
    assert cached_result(tmp_path, "large", Sum, Counting()) == Sum(3)
    assert files(tmp_path) == []


def _ask(directory: Path, log: Path, gate: multiprocessing.synchronize.Barrier) -> None:
    def compute() -> Sum:
        with log.open("a") as file:
            file.write("x")
        time.sleep(0.2)
        return Sum(3)

    gate.wait()
    assert cached_result(directory, "1 + 2", Sum, compute) == Sum(3)


def test_workers_that_ask_at_once_wait_for_the_first(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    gate = context.Barrier(4)
    workers = [context.Process(target=_ask, args=(tmp_path / "a", tmp_path / "log", gate)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=20)
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert (tmp_path / "log").read_text() == "x"
