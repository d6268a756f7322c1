# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many appliances at a time: by their distance, within bounds that no appliance can move."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.appliances_at_a_time import (
    MEBIBYTES_EACH,
    appliances_at_a_time,
    room_beside,
    room_for_more,
)

from tests.played_together import played_together


@played_together(
    ("round_trips", "cores", "limit", "expected"),
    [
        ([], 2, 48, 16),
        ([0.001], 2, 48, 16),
        ([0.02], 2, 48, 17),
        ([0.04], 2, 48, 34),
        ([0.15], 2, 48, 47),
        ([0.15], 2, 200, 125),
        ([0.04], 8, 500, 134),
        ([], 1, 48, 8),
        ([], 64, 48, 48),
        ([0.04], 2, 5, 5),
        ([0.04], 2, 16, 16),
        ([0.04], 2, 17, 16),
        ([0.0], 2, 48, 16),
    ],
)
def test_as_many_as_keep_the_cores_busy(round_trips: list[float], cores: int, limit: int, expected: int) -> None:
    assert appliances_at_a_time(round_trips, cores, limit) == expected


@played_together(
    ("available", "expected"),
    [(0.0, 0), (256.0, 0), (307.0, 0), (308.0, 1), (2048.0, 34), (-5.0, 0)],
)
def test_each_appliance_more_needs_its_memory(available: float, expected: int) -> None:
    assert room_for_more(available) == expected


@played_together(
    ("limit", "room", "expected"),
    [(48, 100, 34), (48, 30, 30), (48, 3, 3), (48, 0, 1), (5, 3, 3), (5, 0, 1), (5, 100, 5)],
)
def test_memory_bounds_the_number_and_one_always_goes(limit: int, room: int, expected: int) -> None:
    assert appliances_at_a_time([0.04], 2, limit, room) == expected


@played_together(
    ("main", "limit", "expected"),
    [
        (0.0, 48, 48),
        (32.0, 48, 48),
        (33.0, 48, 47),
        (100.0, 48, 46),
        (500.0, 48, 39),
        (2048.0, 48, 9),
        (500.0, 200, 191),
    ],
)
def test_what_the_main_process_takes_is_taken_from_the_appliances(main: float, limit: int, expected: int) -> None:
    assert room_beside(main, limit) == expected


def test_a_larger_fleet_takes_no_more_memory() -> None:
    for main in (100.0, 250.0, 500.0, 900.0):
        at_a_time = appliances_at_a_time([0.15], 2, 48, room_beside(main, 48))
        assert main + at_a_time * MEBIBYTES_EACH <= 2.5 * 1024, main


def test_a_thousand_appliances_40_ms_away_fit_into_two_gibibytes() -> None:
    main = 250.0
    assert main + appliances_at_a_time([0.04], 2, 48, room_beside(main, 48)) * MEBIBYTES_EACH < 2048


def test_a_few_that_answer_late_decide_nothing_for_the_others() -> None:
    near = [0.001] * 20
    assert appliances_at_a_time([*near, *[60.0] * 10], 2, 48) == appliances_at_a_time(near, 2, 48)
