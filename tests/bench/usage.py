# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measure the cost of a command with all that it starts: CPU, wall time, and the most memory at one moment. Linux only (/proc)."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

BETWEEN_LOOKS = 0.4  # seconds
MOST_OF_A_CORE = 0.02  # for the looks: one at a hundred processes takes some 50 ms


@dataclass(frozen=True)
class Usage:
    """The cost of one command.

    :ivar mebibytes: of all its processes at the moment when it was most; what they share counts once (Pss)
    """

    code: int
    cpu_seconds: float
    seconds: float
    mebibytes: float


def measure(command: Sequence[str], *, environment: Mapping[str, str], output: Path, directory: Path) -> Usage:
    """Run a command to its end.

    :param output: where its output goes
    """
    highest = [0.0]
    over = threading.Event()
    with output.open("wb") as file:
        before = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=dict(environment),
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        watcher = threading.Thread(target=_watch, args=(process.pid, over, highest))
        watcher.start()
        _pid, status, used = os.wait4(process.pid, 0)
        taken = time.perf_counter() - before
        process.returncode = os.waitstatus_to_exitcode(status)
        over.set()
        watcher.join()
    return Usage(process.returncode, used.ru_utime + used.ru_stime, taken, highest[0])


def _watch(pid: int, over: threading.Event, highest: list[float]) -> None:
    pause = BETWEEN_LOOKS
    while not over.wait(pause):
        before = time.thread_time()
        highest[0] = max(highest[0], sum(memory(number) for number in tree(pid)))
        pause = max(BETWEEN_LOOKS, (time.thread_time() - before) / MOST_OF_A_CORE)


def tree(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for parent in found:
        with contextlib.suppress(OSError):
            found += map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
    return found


def memory(pid: int) -> float:
    """Its share of the resident memory in MiB; 0 where it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
