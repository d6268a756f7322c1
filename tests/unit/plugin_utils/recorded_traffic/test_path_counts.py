# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is counted of recorded requests is exact up to its limits, bounded beyond them, and the same in whatever parts it was read."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic import path_counts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.path_counts import (
    SAMPLE,
    VISITED,
    PathCount,
    PathCounts,
    VipPathCounts,
    days_of,
)


def count_of(clients: Any, *, day: int = 0) -> PathCount:
    count = PathCount()
    for client in clients:
        count.add(client, day, 200)
    return count


@pytest.mark.parametrize(
    ("statuses", "answered", "unknown", "exists"),
    [
        ([], 0, 0, False),
        ([404], 0, 0, False),
        ([200], 1, 0, True),
        ([None], 0, 1, True),
        ([404, 200, None, 302, 500, None, None], 2, 3, True),
    ],
)
def test_requests_count_by_their_answers(statuses: list[int | None], answered: int, unknown: int, exists: bool) -> None:
    count = PathCount()
    for status in statuses:
        count.add(1, 0, status)
    assert (count.requests, count.answered, count.unknown, count.was_answered) == (
        len(statuses),
        answered,
        unknown,
        exists,
    )


@pytest.mark.parametrize(
    ("clients", "kept", "complete"),
    [
        (1, 1, True),
        (SAMPLE, SAMPLE, True),
        (SAMPLE + 1, SAMPLE + 1, True),
        (2 * SAMPLE, 2 * SAMPLE, True),
        (2 * SAMPLE + 1, SAMPLE, False),
    ],
)
def test_clients_are_exact_up_to_twice_the_sample(clients: int, kept: int, complete: bool) -> None:
    count = count_of(reversed(range(clients)))
    assert ([*sorted(count.clients)], count.complete) == ([*range(kept)], complete)
    if complete:
        assert count.client_count() == clients


def test_the_number_of_many_clients_is_estimated_by_the_largest_hash_of_the_sample() -> None:
    step = 2**64 // 1000
    assert count_of(step * number for number in range(1, 1000)).client_count() == pytest.approx(1000, rel=0.05)


def test_a_sample_that_grew_again_is_judged_by_its_smallest_hashes() -> None:
    count = count_of(range(100, 100 + 2 * SAMPLE + 1))
    count.add(1, 0, 200)
    assert len(count.clients) == SAMPLE + 1
    assert [*count.without(set())] == [1, *range(100, 100 + SAMPLE - 1)]
    assert [*count.without({1, 101})] == [100, *range(102, 100 + SAMPLE - 1)]


def test_of_all_clients_those_that_are_no_attackers_are_left_with_their_days() -> None:
    count = PathCount()
    for client, day in ((7, 0), (7, 0), (7, 3), (8, 1), (9, 2)):
        count.add(client, day, 200)
    assert count.without({8}) == {7: 0b1001, 9: 0b100}
    assert days_of(count.without({8})) == 3
    assert days_of({}) == 0


@pytest.mark.parametrize(
    ("mine", "others", "kept", "complete"),
    [
        (SAMPLE, SAMPLE, 2 * SAMPLE, True),
        (SAMPLE, SAMPLE + 1, SAMPLE, False),
        (1, 2 * SAMPLE + 1, SAMPLE, False),
        (2 * SAMPLE + 1, 1, SAMPLE, False),
    ],
)
def test_counts_of_two_parts_are_those_of_the_whole(mine: int, others: int, kept: int, complete: bool) -> None:
    one, other = count_of(range(mine)), count_of(range(1000, 1000 + others), day=2)
    other.add(0, 5, None)
    other.add(0, 5, 404)
    one.merge(other)
    assert (one.requests, one.answered, one.unknown) == (mine + others + 2, mine + others, 1)
    assert one.complete is complete
    assert len(one.clients) in (kept, kept + 1)
    assert one.clients[0] == 0b100001


@pytest.mark.parametrize(("paths", "kept"), [(2 * VISITED, 2 * VISITED), (2 * VISITED + 1, VISITED)])
def test_of_a_client_with_many_paths_the_smallest_hashes_are_kept(paths: int, kept: int) -> None:
    vip = VipPathCounts()
    for number in reversed(range(paths)):
        vip.note_visits(1, (number,))
    assert vip.visits == {1: {*range(kept)}}


@pytest.mark.parametrize(("visitors", "kept"), [(5, 5), (6, 6), (7, 3)])
def test_of_many_visitors_the_smallest_hashes_are_kept(
    monkeypatch: pytest.MonkeyPatch, visitors: int, kept: int
) -> None:
    monkeypatch.setattr(path_counts, "VISITORS", 3)
    vip = VipPathCounts()
    for client in reversed(range(visitors)):
        vip.note_visits(client, (client,))
    assert vip.visits == {client: {client} for client in range(kept)}


@pytest.mark.parametrize(("paths", "kept", "dropped"), [(3, 3, 0), (4, 4, 0), (5, 3, 2), (6, 4, 2)])
def test_of_too_many_paths_those_with_the_fewest_clients_are_dropped(
    monkeypatch: pytest.MonkeyPatch, paths: int, kept: int, dropped: int
) -> None:
    monkeypatch.setattr(path_counts, "PATHS", 2)
    vip = VipPathCounts()
    for number in range(paths):
        count = vip.path(f"/{number}")
        for client in range(2 if number in (1, 3) else 1):
            count.add(client, 0, 200)
    assert (len(vip.paths), vip.dropped) == (kept, dropped)
    if dropped:
        assert {"/1", "/3"} <= {*vip.paths}
    first = next(iter(vip.paths))
    assert vip.path(first) is vip.paths[first], "the same path is not counted anew"


def test_of_paths_with_as_many_clients_those_with_most_requests_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path_counts, "PATHS", 1)
    vip = VipPathCounts()
    for name, requests in (("/b", 1), ("/a", 3)):
        for _ in range(requests):
            vip.path(name).add(1, 0, 200)
    vip.path("/c")
    assert [*vip.paths] == ["/a", "/c"]
    assert vip.dropped == 1


def test_all_counts_of_files_are_added_up() -> None:
    one, other = PathCounts(), PathCounts()
    assert (one.elsewhere, one.unusable) == (0, {})
    for counts, factor in ((one, 1), (other, 10)):
        counts.elsewhere = 2 * factor
        counts.unusable.update({"client": 3 * factor})
        vip = counts.vips["gw"] = VipPathCounts(requests=4 * factor, attacks=5 * factor, dropped=6 * factor)
        vip.path("/").add(factor, 0, 200)
        vip.note_visits(factor, (7,))
    one.merge(other)
    assert (one.elsewhere, one.unusable) == (22, {"client": 33})
    vip = one.vips["gw"]
    assert (vip.requests, vip.attacks, vip.dropped) == (44, 55, 66)
    assert vip.paths["/"].clients == {1: 1, 10: 1}
    assert vip.visits == {1: {7}, 10: {7}}
