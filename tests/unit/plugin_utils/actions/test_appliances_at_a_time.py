# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many appliances at a time: by their distance, within bounds that no appliance can move."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.appliances_at_a_time import (
    appliances_at_a_time,
)

from tests.played_together import played_together


@played_together(
    ("round_trips", "cores", "limit", "expected"),
    [
        ([], 2, 48, 16),
        ([0.001], 2, 48, 16),
        ([0.02], 2, 48, 31),
        ([0.04], 2, 48, 47),
        ([0.15], 2, 200, 199),
        ([0.04], 8, 500, 247),
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


def test_a_few_that_answer_late_decide_nothing_for_the_others() -> None:
    near = [0.001] * 20
    assert appliances_at_a_time([*near, *[60.0] * 10], 2, 48) == appliances_at_a_time(near, 2, 48)
