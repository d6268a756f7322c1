# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run says of its requests in the counters of the other node of a pair."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.counted_requests import CountedRequests
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof import hit_counters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts import counted_elsewhere
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.counted_elsewhere import (
    CountedElsewhere,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.kind import RESPONDER_POLICY


class Other:
    """The other node of a pair: its counters, its role, and for how long it has had it."""

    node = "10.1.0.12:443"
    briefly = contextlib.nullcontext

    def __init__(self, role: str = "Secondary", seconds: int | None = 2382, **hits: int) -> None:
        self.role, self.seconds, self.hits = role, seconds, hits
        self.fails: tuple[str, ...] = ()
        self.reads: list[str] = []

    def read(self, type_: str, *, area: str = "config") -> list[dict[str, Any]]:
        self.reads.append(type_)
        if type_ in self.fails:
            raise NitroError("gw", f"GET {type_}", 403, 2138, "not authorized")
        if type_ == "hanode":
            since = {} if self.seconds is None else {"masterstatetime": self.seconds}
            return [{"id": "0", "state": self.role, **since}, {"id": "1", "state": "Primary"}]
        assert area == "stat"
        return [{"name": name, "pipolicyhits": str(hits)} for name, hits in self.hits.items()]

    def takes_over(self, **hits: int) -> None:
        self.role, self.seconds, self.hits = "Primary", 0, hits


@pytest.fixture(autouse=True)
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it waits for counters that lag."""
    times: list[float] = []
    clock = [0.0]

    def sleep(seconds: float) -> None:
        times.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(counted_elsewhere, "time", SimpleNamespace(sleep=sleep, monotonic=lambda: clock[0]))
    return times


def elsewhere(
    other: Other | None, problem: str = "", *, away: str = "", primary: Other | None = None
) -> CountedElsewhere:
    """:param away: the other node where it has no session"""
    node = away or (other.node if other else None)
    connection: Any = SimpleNamespace(
        secondary=other, secondary_problem=problem, other_node=node, primary=primary or Other("Primary")
    )
    return CountedElsewhere(connection, "default")


def begun(other: Other, *policies: str, most: int = 9) -> CountedElsewhere:
    one = elsewhere(other)
    one.begin(policies, [RESPONDER_POLICY], most)
    return one


def test_what_rose_on_the_node_that_took_over_is_in_doubt_up_to_what_was_sent(waited: list[float]) -> None:
    other = Other(tq_a=5, tq_b=7, theirs=1)
    one = begun(other, "tq_a", "tq_b", "tq_new")
    other.takes_over(tq_a=8, tq_b=47, tq_new=2, tq_seen_late=9, theirs=50)
    (found,) = one.counted(
        6, {"tq_a": 6, "tq_b": 6, "tq_new": 6}, [None, CountedRequests(found_at(), "x", hits={"tq_b": 2})]
    )
    assert found.in_doubt == {"tq_a": 3, "tq_b": 4, "tq_new": 2}, "two of six are counted on the primary"
    assert (found.hits, found.failed_over) == ({}, True)
    assert found.rises == {"tq_a": 3, "tq_b": 40, "tq_new": 2}
    assert (found.node, found.counters) == ("10.1.0.12:443", {"tq_a": 8, "tq_b": 47, "tq_new": 2})
    assert sum(waited) > hit_counters.HITS_PATIENCE - 1, "counters lag"


def found_at() -> Any:
    return counted_elsewhere.datetime.now(counted_elsewhere.UTC)


def test_before_its_end_as_many_may_be_there_as_it_sends() -> None:
    (found,) = elsewhere(Other(tq_a=5)).begin(["tq_a", "tq_new"], [RESPONDER_POLICY], 9)
    assert (found.counters, found.most, found.in_doubt) == ({"tq_a": 5, "tq_new": 0}, 9, {})


def test_a_node_that_was_never_primary_has_none_and_its_counters_are_not_read_again(waited: list[float]) -> None:
    other = Other(tq_a=5)
    one = begun(other, "tq_a")
    other.hits["tq_a"] = 50
    assert one.counted(6, {"tq_a": 6}) == ()
    assert not one.failed_over(6)
    assert (other.reads, waited) == ([RESPONDER_POLICY, "hanode"], [])


@pytest.mark.parametrize(("role", "seconds"), [("Secondary", 0), ("Secondary", None), ("Unknown", 2382)])
def test_one_that_was_primary_for_a_while_or_may_have_been_has_some(role: str, seconds: int | None) -> None:
    other = Other(role, seconds, tq_a=5)
    one = begun(other, "tq_a")
    other.hits["tq_a"] = 6
    (found,) = one.counted(6, {"tq_a": 6})
    assert found.in_doubt == {"tq_a": 1}


def test_one_that_was_restarted_counts_from_zero() -> None:
    other = Other(tq_a=5)
    one = begun(other, "tq_a")
    other.takes_over(tq_a=2)
    (found,) = one.counted(6, {"tq_a": 6})
    assert (found.in_doubt, found.rises) == ({"tq_a": 2}, {"tq_a": 2})


@pytest.mark.parametrize(("sent", "most"), [(0, 0), (6, 6)])
def test_nothing_is_said_where_nothing_rose_or_was_sent(sent: int, most: int) -> None:
    other = Other(tq_a=5)
    one = begun(other, "tq_a")
    other.takes_over(tq_a=5 if sent else 9)
    assert one.counted(sent, {"tq_a": most}) == ()


def test_counters_that_cannot_be_read_any_more_leave_as_many_in_doubt_as_were_sent() -> None:
    other = Other(tq_a=5)
    one = begun(other, "tq_a")
    other.fails = ("hanode", RESPONDER_POLICY)
    (found,) = one.counted(6, {"tq_a": 6})
    assert (found.counters, found.most, found.in_doubt) == ({"tq_a": 5}, 6, {})


@pytest.mark.parametrize("is_unread", [False, True])
def test_where_counters_could_not_be_read_before_as_many_may_be_ours_as_were_sent(is_unread: bool) -> None:
    other = Other(tq_a=5)
    other.fails = (RESPONDER_POLICY,)
    one = elsewhere(other)
    (found,) = one.begin([] if is_unread else ["tq_a"], [RESPONDER_POLICY], 9, is_unread=is_unread)
    assert (found.is_unread, found.counters, found.most, found.node) == (True, {}, 9, "10.1.0.12:443")
    other.fails = ()
    assert one.counted(6, {"tq_a": 6}) == (), "it was never primary"
    assert other.reads == [*([] if is_unread else [RESPONDER_POLICY]), "hanode"]


def test_a_node_that_took_over_may_have_all_where_its_counters_could_not_be_read_before() -> None:
    other = Other(tq_a=5)
    one = elsewhere(other)
    one.begin([], [RESPONDER_POLICY], 9, is_unread=True)
    other.takes_over(tq_a=9)
    (found,) = one.counted(6, {})
    assert (found.is_unread, found.counters, found.hits, found.in_doubt, found.most) == (True, {}, {}, {}, 6)


@pytest.mark.parametrize(
    ("other", "policies", "most"),
    [
        (None, ["tq_a"], 9),
        (Other(), [], 9),
        (Other(), ["tq_a"], 0),
    ],
)
def test_nothing_is_read_where_nothing_can_count(other: Other | None, policies: list[str], most: int) -> None:
    one = elsewhere(other)
    assert one.begin(policies, [RESPONDER_POLICY], most) == ()
    assert one.counted(6, {"tq_a": 6}) == ()
    assert not one.failed_over(6)
    assert other is None or other.reads == []


AWAY = "10.1.0.13:443"


@pytest.mark.parametrize(("other", "node"), [(None, AWAY), (Other(tq_a=5), Other.node)])
def test_a_node_that_cannot_be_read_has_none_where_the_primary_was_it_all_along(other: Other | None, node: str) -> None:
    primary = Other("Primary")
    one = elsewhere(other, "it cannot be switched to the partition", away=node, primary=primary)
    (found,) = one.begin(["tq_a"], [RESPONDER_POLICY], 9)
    assert (found.node, found.is_unread, found.counters, found.most) == (node, True, {}, 9)
    assert primary.reads == [], "the run may die, and its end alone says more"
    assert not one.failed_over(6)
    assert one.counted(6, {"tq_a": 6}) == ()
    assert primary.reads == ["hanode"]
    assert other is None or other.reads == []


@pytest.mark.parametrize(
    ("role", "seconds", "fails"),
    [
        ("Secondary", 2382, ()),
        ("Primary", 0, ()),
        ("Primary", None, ()),
        ("Unknown", 2382, ()),
        ("Primary", 2382, ("hanode",)),
    ],
)
def test_a_node_that_was_away_may_have_all_where_the_primary_may_have_been_none_for_a_while(
    role: str, seconds: int | None, fails: tuple[str, ...], waited: list[float]
) -> None:
    primary = Other(role, seconds)
    primary.fails = fails
    one = elsewhere(None, away=AWAY, primary=primary)
    one.begin(["tq_a"], [RESPONDER_POLICY], 9)
    assert one.failed_over(6)
    (found,) = one.counted(6, {"tq_a": 6}, [CountedRequests(found_at(), "x", hits={"tq_a": 2})])
    assert (found.node, found.is_unread, found.hits, found.in_doubt, found.most) == (AWAY, True, {}, {}, 6)
    assert waited == [], "its counters are not read"


@pytest.mark.parametrize(("policies", "most", "sent"), [([], 9, 6), (["tq_a"], 0, 0), (["tq_a"], 9, 0)])
def test_nobody_is_asked_of_a_node_that_is_away_where_nothing_can_count(
    policies: list[str], most: int, sent: int
) -> None:
    primary = Other("Primary")
    one = elsewhere(None, away=AWAY, primary=primary)
    one.begin(policies, [RESPONDER_POLICY], most)
    assert one.counted(sent, {"tq_a": sent}) == ()
    assert primary.reads == []
