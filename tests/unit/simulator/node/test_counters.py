# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hit counters with a lag: when hits are shown, and how much memory they take."""

from __future__ import annotations

from simulator.node.counters import Counters


def test_hits_show_when_the_lag_is_over() -> None:
    counters = Counters(1.0)
    counters.add(10.0, "responderpolicy", "p", "hits")
    assert counters.get(10.5, "responderpolicy", "p", "hits") == 0
    assert counters.all() == {"responderpolicy/p": {"hits": 1}}
    assert counters.get(11.0, "responderpolicy", "p", "hits") == 1


def test_hits_that_are_not_read_are_not_kept_one_by_one() -> None:
    """The memory of an appliance under load does not grow with the number of requests."""
    counters = Counters(1.0)
    for number in range(10_000):
        counters.add(number / 100, "responderpolicy", "p", "hits")
    assert len(counters._pending) <= 101
    assert counters.all() == {"responderpolicy/p": {"hits": 10_000}}
