# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A worker that is ended while it writes its result does not leave the lock of the queue taken."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from types import FrameType
from typing import Any

import pytest
from ansible.utils.display import Display
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible import result_queue

LARGE = "x" * (1 << 20)  # more than a pipe holds, so that the write lasts until somebody reads
LONG_ENOUGH = 20  # seconds


def die(number: int, _frame: FrameType | None) -> None:
    """As WorkerProcess._term of ansible-core: end at once."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def worker(queue: SimpleQueue[Any], begun: int, protect: Callable[[], None]) -> int:
    """Fork a process that writes a large result; return its id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        for number in result_queue.SIGNALS:
            signal.signal(number, die)
        Display()._final_q = queue
        protect()
        os.write(begun, b"!")
        queue.put(LARGE)
        signal.pause()
    finally:
        os._exit(0)


def interrupted(queue: SimpleQueue[Any], number: int, protect: Callable[[], None], *, read: bool) -> int:
    """Send a signal to a worker while it writes; return the signal that ended it."""
    begun, in_worker = os.pipe()
    pid = worker(queue, in_worker, protect)
    os.close(in_worker)
    os.read(begun, 1)
    os.close(begun)
    while queue.empty():
        pass  # the lock is held from the first byte on
    os.kill(pid, number)
    if read:
        assert queue.get() == LARGE
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize("number", result_queue.SIGNALS)
def test_a_signal_ends_a_worker_after_its_write(number: int) -> None:
    queue: SimpleQueue[Any] = get_context("fork").SimpleQueue()
    assert interrupted(queue, number, result_queue.protect_result_queue, read=True) == -number
    assert queue._wlock.acquire(timeout=LONG_ENOUGH), "the next writer gets the lock"  # type: ignore[attr-defined]


def test_without_it_the_lock_stays_taken() -> None:
    queue: SimpleQueue[Any] = get_context("fork").SimpleQueue()
    assert interrupted(queue, signal.SIGINT, lambda: None, read=False) == -signal.SIGINT
    assert not queue._wlock.acquire(block=False)  # type: ignore[attr-defined]


def test_a_write_that_nobody_reads_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_queue, "LONGEST_WRITE", 0.1)
    queue: SimpleQueue[Any] = get_context("fork").SimpleQueue()
    assert interrupted(queue, signal.SIGINT, result_queue.protect_result_queue, read=False) == -signal.SIGALRM


def test_outside_a_worker_nothing_is_changed() -> None:
    assert Display()._final_q is None
    result_queue.protect_result_queue()
    assert Display()._final_q is None
