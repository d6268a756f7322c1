# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which slice begins when: each execution node works on one at a time, and before each the brake is asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.slices.execution_nodes import ExecutionNode, Slice

SECONDS_TO_END = 60.0
"""For the slices under way after an interruption: what was not delivered is cancelled and released."""


def dispatch(slices: Sequence[Slice], work: Callable[[Slice], None], reason_to_hold: Callable[[], str]) -> None:
    """Work on slices, those of different nodes at the same time.

    A slice that was begun is carried out to its end. From the first reason on no other one begins, on no node. Both functions are called by several
    threads; ``reason_to_hold`` and what ``work`` writes down must agree at each moment.

    :param work: works on one slice, and returns when its result is written down
    :raises Exception: the first one that ``work`` raised, after the others have ended
    :raises BaseException: an interruption of the caller, which has told ``work`` to end; after that, or after a minute
    """
    queues: dict[ExecutionNode, list[Slice]] = {}
    for one in slices:
        queues.setdefault(one.node, []).append(one)
    errors: list[BaseException] = []

    def work_off(queue: Sequence[Slice], ended: threading.Event) -> None:
        try:
            for one in queue:
                if errors or reason_to_hold():
                    return
                work(one)
        except BaseException as error:  # noqa: BLE001 - it is raised by the thread that called
            errors.append(error)
        finally:
            ended.set()

    # An event, since a thread whose join was interrupted by an exception counts as ended in CPython 3.11 (bpo-45274).
    ends: list[threading.Event] = []
    try:
        for queue in queues.values():
            ended = threading.Event()
            threading.Thread(target=work_off, args=(queue, ended), daemon=True).start()
            ends.append(ended)
        for ended in ends:
            ended.wait()
    except BaseException as interruption:
        errors.append(interruption)  # no other slice begins
        last = time.monotonic() + SECONDS_TO_END
        for ended in ends:
            ended.wait(max(0.0, last - time.monotonic()))
        raise
    if errors:
        raise errors[0]
