# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which slice begins when and where: each execution node works on one at a time, and before each the brake is asked."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from .execution_nodes import ExecutionNode, Slice

SECONDS_TO_END = 60.0
"""For the slices under way after an interruption: what was not delivered is cancelled and released."""


class Queues:
    """The slices that have not begun, by node. A node without slices of its own takes one of those that it takes over: the last of the longest queue."""

    def __init__(self, slices: Sequence[Slice]) -> None:
        self._of: dict[str, deque[Slice]] = {}
        self._lock = threading.Lock()
        for one in slices:
            self._of.setdefault(one.node.name, deque()).append(one)

    def next_of(self, node: ExecutionNode, can_help: Callable[[ExecutionNode], bool]) -> Slice | None:
        """Return what a node works on next; None where nothing is left for it.

        :param can_help: is asked before a node takes a slice of another one
        """
        with self._lock:
            if own := self._of.get(node.name):
                return own.popleft()
            if not self._of_others(node):
                return None
        if not can_help(node):  # it takes seconds, so the others go on meanwhile
            return None
        with self._lock:
            others = self._of_others(node)
            return replace(others.pop(), node=node) if others else None

    def _of_others(self, node: ExecutionNode) -> deque[Slice]:
        return max((self._of.get(name, deque[Slice]()) for name in node.takes_over), key=len, default=deque[Slice]())


def dispatch(
    slices: Sequence[Slice],
    work: Callable[[Slice], None],
    reason_to_hold: Callable[[], str],
    helpers: Iterable[ExecutionNode] = (),
    can_help: Callable[[ExecutionNode], bool] = lambda _node: True,
) -> None:
    """Work on slices, those of different nodes at the same time.

    A slice that was begun is carried out to its end. From the first reason on no other one begins, on no node. Both functions are called by several
    threads; ``reason_to_hold`` and what ``work`` writes down must agree at each moment.

    :param work: works on one slice, and returns when its result is written down
    :param helpers: nodes that may take slices over, whether they have some of their own or not
    :param can_help: returns True if a node can work now: one that is away would end each slice that it takes without a result
    :raises Exception: the first one that ``work`` raised, after the others have ended
    :raises BaseException: an interruption of the caller, which has told ``work`` to end; after that, or after a minute
    """
    queues = Queues(slices)
    nodes = dict.fromkeys([*(one.node for one in slices), *(node for node in helpers if node.takes_over)])
    errors: list[BaseException] = []

    def work_off(node: ExecutionNode, ended: threading.Event) -> None:
        try:
            while not errors and not reason_to_hold() and (one := queues.next_of(node, can_help)):
                work(one)
        except BaseException as error:  # noqa: BLE001 - it is raised by the thread that called
            errors.append(error)
        finally:
            ended.set()

    # An event, since a thread whose join was interrupted by an exception counts as ended in CPython 3.11 (bpo-45274).
    ends: list[threading.Event] = []
    try:
        for node in nodes:
            ended = threading.Event()
            threading.Thread(target=work_off, args=(node, ended), daemon=True).start()
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
