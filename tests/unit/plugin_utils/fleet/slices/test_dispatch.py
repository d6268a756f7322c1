# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Slices of different nodes run at the same time, those of a node one after the other, and none begins after a reason to hold."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.interruption import interruptible
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.dispatch import dispatch
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.execution_nodes import (
    ExecutionNode,
    Slice,
)

NODES = [ExecutionNode(name, ("worker",)) for name in ("a", "b")]


def slices(count: int) -> list[Slice]:
    return [Slice(node, (f"gw-{node.name}{number}",)) for number in range(count) for node in NODES]


def test_nodes_work_side_by_side_and_each_on_one_slice() -> None:
    meeting = threading.Barrier(2, timeout=20)
    at_work: dict[str, int] = {"a": 0, "b": 0}
    done = []

    def work(one: Slice) -> None:
        at_work[one.node.name] += 1
        assert at_work[one.node.name] == 1
        meeting.wait()  # returns only where the other node works too
        at_work[one.node.name] -= 1
        done.append(one)

    dispatch(slices(3), work, lambda: "")
    assert sorted(one.hosts for one in done) == sorted(one.hosts for one in slices(3))


def test_a_failure_on_one_node_stops_what_has_not_begun_on_both() -> None:
    failed = threading.Event()
    began = []

    def work(one: Slice) -> None:
        began.append(one.hosts[0])
        if one.node.name == "a":
            failed.set()
        else:
            assert failed.wait(20)

    dispatch(slices(5), work, lambda: "1 failed" if failed.is_set() else "")
    assert sorted(began) in (["gw-a0"], ["gw-a0", "gw-b0"])


def test_a_mistake_of_ours_ends_the_others_and_is_raised() -> None:
    def work(one: Slice) -> None:
        raise ZeroDivisionError(one.hosts[0])

    with pytest.raises(ZeroDivisionError, match="gw-"):
        dispatch(slices(3), work, lambda: "")


def test_an_interruption_of_the_caller_waits_for_the_slices_under_way_and_begins_no_other() -> None:
    """The signal comes in the main thread, while it waits."""
    told, began, settled = threading.Event(), [], []

    def work(one: Slice) -> None:
        began.append(one.hosts[0])
        if len(began) == 2:
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        assert told.wait(20)
        time.sleep(0.6 if one.node.name == "a" else 0.1)
        settled.append(one.hosts[0])

    with pytest.raises(KeyboardInterrupt), interruptible(told.set):
        dispatch(slices(3), work, lambda: "")
    assert sorted(began) == sorted(settled) == ["gw-a0", "gw-b0"]


def test_a_second_signal_changes_nothing_and_the_old_handlers_come_back() -> None:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    calls: list[str] = []
    with interruptible(lambda: calls.append("called")):
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
    assert calls == ["called"]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


def worked_on(slow: ExecutionNode, *others: ExecutionNode) -> dict[str, list[str]]:
    """Which node works on which of five slices of a slow node, that ends its first one when the others have nothing more to do.

    The others take none before the slow one has its first, whichever thread begins earlier.
    """
    found: dict[str, list[str]] = {node.name: [] for node in (slow, *others)}
    at_work, idle = threading.Event(), threading.Event()

    def work(one: Slice) -> None:
        found[one.node.name].append(one.hosts[0])
        at_work.set()
        if sum(map(len, found.values())) == 5:
            idle.set()
        if one.node.name == slow.name and any(node.takes_over for node in others):
            assert idle.wait(20)

    slices = [Slice(slow, (f"gw-{number}",)) for number in range(5)]
    dispatch(slices, work, lambda: "", others, lambda _node: at_work.wait(20))
    return found


def test_a_node_takes_over_the_last_slices_of_a_slow_one_where_the_inventory_says_so() -> None:
    slow, helper = ExecutionNode("slow"), ExecutionNode("helper", takes_over=("slow",))
    assert worked_on(slow, helper) == {"slow": ["gw-0"], "helper": ["gw-4", "gw-3", "gw-2", "gw-1"]}


def test_no_other_node_gets_a_slice_since_it_would_need_the_credentials() -> None:
    slow, other = ExecutionNode("slow"), ExecutionNode("other")
    assert worked_on(slow, other) == {"slow": [f"gw-{number}" for number in range(5)], "other": []}


def test_nothing_is_taken_over_after_a_failure() -> None:
    slow, helper = ExecutionNode("slow"), ExecutionNode("helper", takes_over=("slow",))
    began: list[str] = []
    dispatch(
        [Slice(slow, (f"gw-{number}",)) for number in range(5)],
        lambda one: began.extend(one.hosts),
        lambda: "1 failed" if began else "",
        [helper],
    )
    assert len(began) <= 2


def test_a_node_that_is_away_takes_nothing_from_a_living_one() -> None:
    """It would end each slice within seconds, without a result."""
    slow, away = ExecutionNode("slow"), ExecutionNode("away", takes_over=("slow",))
    asked = threading.Event()
    began: list[tuple[str, str]] = []

    def work(one: Slice) -> None:
        began.append((one.node.name, one.hosts[0]))
        assert one.node is away or asked.wait(20)

    def can_help(node: ExecutionNode) -> bool:
        asked.set()
        return node is not away

    dispatch([Slice(slow, (f"gw-{number}",)) for number in range(3)], work, lambda: "", [away], can_help)
    assert began == [("slow", f"gw-{number}") for number in range(3)]


def test_a_node_is_asked_only_where_there_is_something_to_take_over() -> None:
    asked: list[str] = []
    one, other = ExecutionNode("one"), ExecutionNode("other", takes_over=("one",))
    dispatch(
        [Slice(other, ("gw-0",))], lambda _one: None, lambda: "", [one, other], lambda node: not asked.append(node.name)
    )
    assert asked == []
