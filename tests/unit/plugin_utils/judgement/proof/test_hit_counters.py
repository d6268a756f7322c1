# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long a run waits for hit counters, by a clock that only its pauses move: each rise at its bound, and each pause."""

from __future__ import annotations

from typing import Any, cast

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof import hit_counters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.hit_counters import wait_for_hits

PAUSES = [0.25, 0.5, 1.0, *[2.0] * 6]
"""All pauses within the patience: 13.75 seconds, since another one would end after 15."""


class Waited:
    """A clock, the pauses that were made, and a counter that rises after so many of them."""

    def __init__(self, before: int, after: int, pauses: int) -> None:
        self.now, self.pauses = 100.0, list[float]()
        self.before, self.after, self.needed = before, after, pauses

    def hits(self, _session: Any, policy: str) -> int:
        return 5 if policy == "other" else self.after if len(self.pauses) >= self.needed else self.before

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.mark.parametrize(
    ("before", "after", "needed", "expected", "rose", "pauses"),
    [
        (10, 12, 0, 2, 2, []),
        (10, 12, 0, 1, 2, []),
        (10, 12, 3, 2, 2, PAUSES[:3]),
        (10, 12, 9, 2, 2, PAUSES),
        (10, 12, 10, 2, 0, PAUSES),
        (10, 12, 0, 3, 2, PAUSES),
        (10, 4, 0, 4, 4, []),
        (10, 10, 0, 0, 0, []),
    ],
)
def test_it_waits_for_the_rise_and_no_longer(
    monkeypatch: pytest.MonkeyPatch, before: int, after: int, needed: int, expected: int, rose: int, pauses: list[float]
) -> None:
    waited = Waited(before, after, needed)
    monkeypatch.setattr(hit_counters, "read_hits", waited.hits)
    found = wait_for_hits(
        cast("Any", None), ["p"], {"p": before}, expected, sleep=waited.sleep, clock=lambda: waited.now
    )
    assert (found, waited.pauses) == ({"p": rose}, pauses)


def test_a_policy_without_a_count_before_counts_from_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = Waited(1, 1, 0)
    monkeypatch.setattr(hit_counters, "read_hits", waited.hits)
    found = wait_for_hits(cast("Any", None), ["p", "other"], {"p": 0}, 6, sleep=waited.sleep, clock=lambda: waited.now)
    assert (found, waited.pauses) == ({"p": 1, "other": 5}, [])
