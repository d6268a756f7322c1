# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run counts as its own requests at the policies of all measures."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts import (
    counted_elsewhere,
    counted_run,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.counted_run import CountedRun

PARAMETERS: Any = SimpleNamespace(
    run="r",
    records=Path("r"),
    appliance=SimpleNamespace(name="gw"),
    trust=None,
    scope="default",
    owner=SimpleNamespace(measure="x"),
)

START = "Sat Nov 28 01:00:00 2026"


class Node:
    """A node with hit counters."""

    node = "10.1.0.11:443"
    briefly = contextlib.nullcontext

    def __init__(self, **counters: Any) -> None:
        self.counters = counters
        self.reads: list[str] = []

    def read(self, type_: str, *, area: str) -> list[dict[str, Any]]:
        assert area == "stat"
        self.reads.append(type_)
        if type_ not in self.counters:
            raise NitroError("gw", f"GET {type_}", 403, 2138, "not authorized")
        return [{"name": name, "pipolicyhits": str(hits)} for name, hits in self.counters[type_].items()]


def of(node: Node) -> Any:
    """A connection with an appliance of one node."""
    return SimpleNamespace(primary=node, secondary=None, secondary_problem="", other_node=None, member=started)


def started(_session: Any) -> Any:
    return SimpleNamespace(start=START)


def run(node: Node, known: dict[str, int], monkeypatch: pytest.MonkeyPatch, *, appfw: bool = False) -> CountedRun:
    records = [SimpleNamespace(measure="appfw_log", partition="default", steps=[])] * appfw
    monkeypatch.setattr(counted_run, "all_records", lambda *_arguments: records)
    one = CountedRun(of(node), PARAMETERS, known, ["tq_new"])
    one.begin()
    return one


def test_what_rose_is_ours_up_to_what_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node(responderpolicy={"tq_a": 7, "tq_b": 100, "tq_c": 3, "tq_new": 2, "theirs": 50, "tq_seen_late": 9})
    one = run(node, {"tq_a": 5, "tq_b": 10, "tq_c": 4, "theirs": 1}, monkeypatch)
    found = one.counted(6, {"tq_a": 7})
    assert found is not None
    assert found.hits == {"tq_b": 6, "tq_c": 3, "tq_new": 2}, "a counter that is lower began again"
    assert found.rises == {"tq_b": 90, "tq_c": 3, "tq_new": 2}
    assert (found.node, found.partition, found.node_started) == ("10.1.0.11:443", "default", START)
    assert node.reads == ["responderpolicy"]


@pytest.mark.parametrize(("sent", "told"), [(0, ()), (6, ("tq_a", "tq_new"))])
def test_nothing_is_read_where_nothing_can_be_told(
    monkeypatch: pytest.MonkeyPatch, sent: int, told: tuple[str, ...]
) -> None:
    node = Node(responderpolicy={"tq_a": 7})
    assert run(node, {"tq_a": 5}, monkeypatch).counted(sent, told) is None
    assert node.reads == []


def test_of_a_counter_that_cannot_be_read_any_more_as_many_may_be_ours_as_were_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = run(Node(), {"tq_a": 5}, monkeypatch).counted(6, ())
    assert found is not None
    assert (found.counters, found.hits, found.most) == ({"tq_a": 5, "tq_new": 0}, {}, 6)


def test_where_a_counter_could_not_be_read_before_as_many_may_be_ours_as_were_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They counted as those of others, and were an attack."""
    node = Node(responderpolicy={"tq_a": 5})
    one = run(node, {"tq_a": 5}, monkeypatch, appfw=True)
    node.counters["appfwpolicy"] = {"tq_appfw_log": 40}
    before = [*node.reads]
    for found in (one.uncounted(9, datetime.now(UTC)), one.counted(6, ())):
        assert found is not None
        assert (found.is_unread, found.counters, found.hits) == (True, {}, {})
    assert (found.most, found.node, node.reads) == (6, "10.1.0.11:443", before)
    assert one.counted(0, ()) is None


def test_the_policy_of_the_application_firewall_is_counted_where_a_run_brought_it_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node = Node(responderpolicy={"tq_a": 5}, appfwpolicy={"tq_appfw_log": 40})
    one = run(node, {"tq_a": 5}, monkeypatch, appfw=True)
    node.counters["appfwpolicy"]["tq_appfw_log"] = 44
    found = one.counted(6, ())
    assert found is not None
    assert (found.hits, found.counters) == ({"tq_appfw_log": 4}, {"tq_appfw_log": 44})


class OfANewerVersion(SimpleNamespace):
    """A record with a step that this version does not know."""

    @property
    def steps(self) -> list[Any]:
        raise InvalidInput("an unknown type")


POLICY, SETTING = SimpleNamespace(type="responderpolicy"), SimpleNamespace(type="nstcpparam")


@pytest.mark.parametrize(
    ("record", "reads"),
    [
        (SimpleNamespace(measure="other", steps=[SETTING, POLICY]), ["responderpolicy"]),
        (OfANewerVersion(measure="other"), ["responderpolicy"]),
        # Nobody needs the right to read the counters of a policy for measures that have none.
        (SimpleNamespace(measure="other", steps=[SETTING]), []),
        (SimpleNamespace(measure="x", steps=[POLICY]), []),
    ],
)
def test_counters_that_nobody_has_read_are_read_where_another_measure_has_policies(
    monkeypatch: pytest.MonkeyPatch, record: SimpleNamespace, reads: list[str]
) -> None:
    node, noted = Node(responderpolicy={"tq_other": 5}), []
    record.partition = "default"
    monkeypatch.setattr(counted_run, "all_records", lambda *_arguments: [record])
    monkeypatch.setattr(counted_run, "note_begun", lambda *_arguments: None)
    monkeypatch.setattr(
        counted_run, "note_counted", lambda *arguments, **_more: noted.append(arguments[4] and arguments[4].hits)
    )
    one = CountedRun(of(node), PARAMETERS, None)
    one.begin()
    assert node.reads == reads
    node.counters["responderpolicy"]["tq_other"] = 7
    one.note_begun(6)
    assert one.note_end(6, one.counted(6, ())) == []
    assert noted == ([{"tq_other": 2}] if reads else [None])


def test_counts_that_cannot_be_noted_fail_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: Any, **_more: Any) -> None:
        raise InvalidInput("the disk is full")

    node = Node(responderpolicy={"tq_a": 5})
    one = run(node, {"tq_a": 5}, monkeypatch)
    node.counters["responderpolicy"]["tq_a"] = 7
    monkeypatch.setattr(counted_run, "note_counted", full)
    monkeypatch.setattr(counted_run, "note_begun", full)
    one.note_begun(6)
    (problem,) = one.note_end(6, one.counted(6, ()))
    assert problem.endswith("count as those of others, or are of unknown origin: the disk is full")


@pytest.mark.parametrize(
    ("most", "noted"), [(6, {"tq_a": 5, "tq_new": 0}), (0, None), (9999, {"tq_a": 5, "tq_new": 0})]
)
def test_its_beginning_has_the_counters_and_how_much_it_sends_at_most(
    monkeypatch: pytest.MonkeyPatch, most: int, noted: dict[str, int] | None
) -> None:
    begun: list[Any] = []
    monkeypatch.setattr(counted_run, "note_begun", lambda *arguments: begun.append(arguments[-2]))
    run(Node(responderpolicy={"tq_a": 5}), {"tq_a": 5}, monkeypatch).note_begun(most)
    assert [one and (one.counters, one.most) for one in begun] == [noted and (noted, min(most, 2000))]


class Pair(Node):
    """The other node, which has been primary for less than a second."""

    def read(self, type_: str, *, area: str = "config") -> list[dict[str, Any]]:
        if type_ == "hanode":
            return [{"id": "0", "state": "Secondary", "masterstatetime": 0}]
        return super().read(type_, area=area)


@pytest.mark.parametrize("failed_over", [True, False])
def test_what_is_of_a_run_whose_pair_failed_over_is_in_doubt_on_both_nodes(
    monkeypatch: pytest.MonkeyPatch, failed_over: bool
) -> None:
    monkeypatch.setattr(counted_elsewhere.hit_counters, "HITS_PATIENCE", 0.0)
    monkeypatch.setattr(counted_run, "all_records", lambda *_arguments: [])
    node, other = Node(responderpolicy={"tq_own": 5}), Pair(responderpolicy={"tq_own": 1})
    connection: Any = SimpleNamespace(
        primary=node,
        secondary=other if failed_over else None,
        secondary_problem="",
        other_node=other.node if failed_over else None,
        member=started,
    )
    one = CountedRun(connection, PARAMETERS, {"tq_own": 5}, (), lambda policy: policy == "tq_own")
    one.begin()
    one.uncounted_elsewhere(9)
    node.counters["responderpolicy"]["tq_own"] = 10
    other.counters["responderpolicy"]["tq_own"] = 3
    found = one.counted(9, (), attacks=4)
    assert found is not None
    assert one.has_failed_over(9) is found.failed_over is failed_over
    assert (found.in_doubt if failed_over else found.hits) == {"tq_own": 4}, "no more than the attacks can match it"
    assert not (found.hits if failed_over else found.in_doubt)
    assert [there.in_doubt for there in one.counted_elsewhere(9, [found], 4)] == [{"tq_own": 2}] * failed_over
