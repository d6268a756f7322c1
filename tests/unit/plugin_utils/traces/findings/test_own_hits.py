# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Our own requests are subtracted from the hits, where records and notes show that the counter still has them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.counted_requests import CountedRequests
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordedProof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.ourselves import Ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.own_hits import (
    began_again,
    counted_in,
    hits_in_doubt,
    own_hits,
    since,
    since_start,
)

NODE = "10.1.0.11:443"


AT = datetime(2026, 11, 28, 6, tzinfo=UTC)


def record(counter: int, rise: int, probes: int, *, node: str = NODE, fetched: bool = False, minutes: int = 0) -> Any:
    proof = RecordedProof.from_json(
        {"hits": {"p": rise}, "counters": {"p": counter}, "probe_hits": {"p": probes}, "counted_on": node}
    )
    at = (AT + timedelta(minutes=minutes)).isoformat()
    return SimpleNamespace(proof=proof, is_fetched=fetched, started=at, finished="", partition="")


@pytest.mark.parametrize(
    ("records", "now", "ours"),
    [
        ([record(2, 2, 2)], 4, {"p": 2}),
        ([record(2, 2, 2), record(7, 3, 2, minutes=1)], 9, {"p": 4}),
        ([record(2, 2, 2), record(7, 3, 2, minutes=1)], 6, {}),  # it began anew since
        ([record(20, 2, 2), record(7, 3, 2, minutes=1)], 9, {"p": 2}),  # it began anew between the two runs
        ([record(2, 2, 2), record(4, 2, 2, minutes=60), record(6, 2, 2, minutes=1)], 6, {"p": 6}),  # a clock ran ahead
        ([record(2, 2, 2), record(4, 2, 2, minutes=-60), record(6, 2, 2, minutes=1)], 6, {"p": 6}),  # and behind
        ([record(20, 2, 2, minutes=60), record(7, 3, 2)], 30, {"p": 2}),  # it began anew after the clock ran ahead
        ([record(2, 2, 2, node="10.1.0.12:443")], 4, {}),  # the counter of the other node
        ([record(2, 2, 2, fetched=True)], 4, {}),  # an appliance cannot hide hits
        ([SimpleNamespace(proof=None, is_fetched=False)], 4, {}),
        (
            [
                SimpleNamespace(
                    proof=RecordedProof.from_json({"hits": {"p": 2}}), is_fetched=False, started="", finished=""
                )
            ],
            4,
            {},
        ),
        ([record(2, 2, 2)], 0, {}),
    ],
)
def test_probes_count_as_long_as_the_counter_has_them(records: list[Any], now: int, ours: dict[str, int]) -> None:
    assert own_hits(counted_in(records), NODE, {"p": now}) == ours


def alarm(counter: int, hits: int, *, node: str = NODE, minutes: int = 0) -> CountedRequests:
    return CountedRequests(AT + timedelta(minutes=minutes), node, {"p": counter}, {"p": hits})


@pytest.mark.parametrize(
    ("counted", "now", "ours"),
    [
        ([], 9, {"p": 2}),
        ([alarm(8, 1, minutes=5)], 9, {"p": 3}),
        ([alarm(8, 1, minutes=5), alarm(9, 1, minutes=9)], 9, {"p": 4}),
        ([alarm(3, 1, minutes=-5)], 9, {"p": 3}),  # before the run
        ([alarm(4, 1)], 9, {"p": 3}),  # in the same second, and before it as the counter says
        ([alarm(2, 1, minutes=5)], 9, {"p": 1}),  # the counter began anew since the run
        ([alarm(8, 1, minutes=5)], 7, {}),  # and since the test
        ([alarm(8, 1, node="10.1.0.12:443", minutes=5)], 9, {"p": 2}),
    ],
)
def test_the_requests_of_the_alarm_are_ours_too(counted: list[CountedRequests], now: int, ours: dict[str, int]) -> None:
    assert own_hits([*counted_in([record(6, 2, 2)]), *counted], NODE, {"p": now}) == ours


@pytest.mark.parametrize(
    ("minutes", "counter", "taken"),
    [
        (60, 8, 2),  # the counter was at 6 before both requests, where the last reading left it
        (60, 7, 0),  # one of them may be in the last reading already
        (-60, 8, None),  # before the last reading
    ],
)
def test_requests_are_taken_that_the_last_reading_cannot_have(minutes: int, counter: int, taken: int | None) -> None:
    found = since([alarm(counter, 2, minutes=minutes)], AT, {"p": 6})
    assert [of.hits.get("p", 0) for of in found] == ([] if taken is None else [taken])


def died(counter: int, most: int, *, minutes: int = 0) -> CountedRequests:
    return CountedRequests(AT + timedelta(minutes=minutes), NODE, {"p": counter}, most=most)


@pytest.mark.parametrize(
    ("counted", "now", "in_doubt"),
    [
        ([died(6, 4)], 8, {"p": 2}),
        ([died(6, 4)], 30, {"p": 4}),  # no more than it may have sent
        ([died(6, 4)], 6, {}),
        ([died(6, 4)], 5, {}),  # the counter began anew
        ([died(6, 4), alarm(9, 1, minutes=5)], 30, {"p": 2}),  # what came behind a later count is of others
        ([died(6, 4), alarm(3, 1, minutes=5)], 30, {}),  # it began anew before that one
        ([died(6, 4), died(7, 9, minutes=5)], 30, {"p": 10}),
        ([died(6, 4), alarm(6, 1)], 8, {"p": 2}),  # in the same second, and behind it
    ],
)
def test_of_a_run_that_nobody_counted_hits_are_in_doubt(
    counted: list[CountedRequests], now: int, in_doubt: dict[str, int]
) -> None:
    assert hits_in_doubt(counted, NODE, {"p": now}) == in_doubt
    assert "p" not in own_hits([one for one in counted if one.most], NODE, {"p": now})


@pytest.mark.parametrize(("minutes", "counter", "taken"), [(5, 6, {"p": 4}), (5, 5, {}), (-5, 6, {})])
def test_a_run_that_nobody_counted_is_in_doubt_from_the_last_reading_on(
    minutes: int, counter: int, taken: dict[str, int]
) -> None:
    """One whose counter was read before the last reading may be in it already."""
    assert hits_in_doubt(since([died(counter, 4, minutes=minutes)], AT, {"p": 6}), NODE, {"p": 30}) == taken


def test_the_counters_of_another_partition_are_others() -> None:
    there = CountedRequests(AT, NODE, {"p": 5}, {"p": 5}, {"p": 5}, "tenant")
    assert own_hits([there], NODE, {"p": 5}) == {}
    assert own_hits([there], NODE, {"p": 5}, "tenant") == {"p": 5}


START = "Sat Nov 28 05:59:00 2026"
OTHER_START = "Sat Nov 28 02:00:00 2026"
NO_CLOCK = "Thu Jan  1 00:00:20 1970"


def of_starts(minutes: int | None, noted: str, now: str) -> tuple[dict[str, int], dict[str, int]]:
    """Return which of four hits are ours, and which are in doubt, by when the node was started: by the clocks, in the run before and now."""
    started = None if minutes is None else AT + timedelta(minutes=minutes)
    counted = [replace(one, node_started=noted) for one in counted_in([record(4, 4, 4)])]
    left = since_start(counted, NODE, started, now)
    return own_hits(left, NODE, {"p": 4}), hits_in_doubt(left, NODE, {"p": 4})


@pytest.mark.parametrize(
    ("minutes", "noted", "now", "ours", "in_doubt"),
    [
        (-1, START, START, {"p": 4}, {}),
        (-1, START, "Sat Nov 28 06:00:30 2026", {"p": 4}, {}),  # its clock was corrected a little
        (10, START, START, {"p": 4}, {}),  # the clock of that run was behind
        (180, START, START, {"p": 4}, {}),
        (None, START, START, {"p": 4}, {}),  # the clock of the node cannot be read, or is set back
        (
            -240,
            START,
            OTHER_START,
            {},
            {"p": 4},
        ),  # the clock of the node was corrected forward, or of that run was ahead
        (10, OTHER_START, START, {}, {"p": 4}),
        (180, OTHER_START, START, {}, {}),
        (-1, "", START, {}, {"p": 4}),  # a run of an earlier version
        (180, "", START, {}, {}),
        (-240, NO_CLOCK, NO_CLOCK, {}, {"p": 4}),  # it says so at each start, and gets the time from elsewhere later
        (None, START, "", {}, {"p": 4}),
        (None, "", "", {}, {"p": 4}),
        (-1, "x" * 20, "x" * 20, {}, {"p": 4}),
    ],
)
def test_only_of_a_run_in_which_the_node_said_the_same_start_hits_are_certainly_ours(
    minutes: int | None, noted: str, now: str, ours: dict[str, int], in_doubt: dict[str, int]
) -> None:
    """Seen: four attacks after a restart were said to be the four probes of the run before it, also where one of the clocks was wrong."""
    assert of_starts(minutes, noted, now) == (ours, in_doubt)


def test_the_start_of_one_node_says_nothing_of_the_counters_of_the_other() -> None:
    left = since_start(counted_in([record(4, 4, 4)]), "10.1.0.12:443", AT + timedelta(days=1), START)
    assert own_hits(left, NODE, {"p": 4}) == {"p": 4}


def test_a_hit_near_the_start_says_why_it_is_in_doubt() -> None:
    ours = Ourselves("box", counted=tuple(counted_in([record(4, 4, 4)])))
    assert ours.why_in_doubt(NODE, "p") == ""
    near = ours.of_start(NODE, AT + timedelta(minutes=10), START)
    assert near.hits_in_doubt(NODE, {"p": 9}) == {"p": 4}
    assert near.why_in_doubt(NODE, "p").startswith("the node was started about when runs of ours counted")
    unknown = "nothing shows that the node was not started since (a clock was changed"
    for started in (None, AT - timedelta(hours=3)):
        doubted = ours.of_start(NODE, started, "")
        assert doubted.hits_in_doubt(NODE, {"p": 9}) == {"p": 4}
        assert doubted.why_in_doubt(NODE, "p").startswith(unknown)
    read = Ourselves("box", counted=(CountedRequests(AT, NODE, {"p": 4}, rises={"p": 4}, in_doubt={"p": 4}),))
    later = read.of_start(NODE, AT - timedelta(hours=3), START)
    assert "hunt.yml" in later.why_in_doubt(NODE, "p"), "what was in doubt already says why"
    assert unknown not in later.why_in_doubt(NODE, "p")


def unread(most: int, *, node: str = NODE, minutes: int = 5) -> CountedRequests:
    return CountedRequests(AT + timedelta(minutes=minutes), node, most=most, is_unread=True)


@pytest.mark.parametrize(
    ("counted", "now", "doubt"),
    [
        ([unread(3)], 9, {"p": 3}),
        ([unread(3)], 2, {"p": 2}),
        ([alarm(8, 1), unread(3)], 9, {"p": 1}),
        ([alarm(8, 1), unread(3)], 8, {}),
        ([alarm(8, 1), unread(3), alarm(10, 1, minutes=9)], 12, {"p": 1}),
        ([unread(3), alarm(10, 1, minutes=9)], 12, {"p": 3}),
        ([unread(1), unread(2, minutes=6)], 9, {"p": 3}),
        ([alarm(8, 1, minutes=5), unread(3)], 9, {"p": 1}),
        ([alarm(8, 1, minutes=9), unread(3)], 7, {}),
        ([unread(3, node="10.1.0.12:443")], 9, {}),
    ],
)
def test_of_a_run_before_which_no_counter_could_be_read_as_many_are_in_doubt_as_it_sent(
    counted: list[CountedRequests], now: int, doubt: dict[str, int]
) -> None:
    assert hits_in_doubt(counted, NODE, {"p": now}) == doubt
    sure = [one for one in counted if not one.is_unread]
    assert own_hits(counted, NODE, {"p": now}) == own_hits(sure, NODE, {"p": now})


def test_a_reading_after_a_run_before_which_no_counter_could_be_read_has_its_requests() -> None:
    assert hits_in_doubt(since([unread(3)], AT + timedelta(minutes=4), {"p": 8}), NODE, {"p": 9}) == {"p": 3}
    assert hits_in_doubt(since([unread(3)], AT + timedelta(minutes=6), {"p": 8}), NODE, {"p": 9}) == {}


@pytest.mark.parametrize(
    ("counted", "now", "minutes", "lower"),
    [
        ([record(4, 4, 4)], {"p": 3, "q": 1}, 1, {"p": 3}),
        ([record(4, 4, 4)], {"p": 4}, 1, {}),  # it goes on, as far as anything shows
        ([record(4, 4, 4)], {"p": 5}, 1, {}),  # others have sent one since
        ([record(4, 4, 4)], {}, 1, {}),  # the policy is gone
        ([record(4, 4, 4)], {"p": 0}, -1, {}),  # the clock of that run was ahead, or ours is behind
        ([record(4, 4, 4, node="10.1.0.12:443")], {"p": 0}, 1, {}),
        ([record(9, 4, 4), record(2, 2, 2, minutes=1)], {"p": 2}, 2, {}),  # a run has counted it since
    ],
)
def test_a_counter_that_is_lower_than_a_run_left_it_began_again(
    counted: list[Any], now: dict[str, int], minutes: int, lower: dict[str, int]
) -> None:
    at = AT + timedelta(minutes=minutes)
    assert began_again(counted_in(counted), NODE, now, at) == lower
    assert Ourselves("box", counted=(*counted_in(counted),)).began_again(NODE, now, at, "tenant") == {}


def test_a_counter_that_was_seen_lower_has_none_of_ours_when_it_is_as_high_again() -> None:
    """Seen: the counters were cleared, and four attacks were said to be the four probes of the run before it."""
    seen = CountedRequests(AT + timedelta(minutes=5), NODE, {"p": 0})
    assert own_hits([*counted_in([record(4, 4, 4)]), seen], NODE, {"p": 4}) == {}
    assert began_again([*counted_in([record(4, 4, 4)]), seen], NODE, {"p": 0}, AT + timedelta(hours=1)) == {}
