# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cost of a row in a GET, counted in calls of Python functions: defaults are added without a call for each of them."""

from __future__ import annotations

from simulator.configuration.configuration import Configuration
from simulator.nitro.generic_reads import show
from simulator.types import TYPES
from tests.calls import counted
from tests.unit.simulator.rows import appliance

ROWS, CALLS = 100, 74  # a sixth above the count on Python 3.11


def calls_of_a_row(position: str) -> float:
    """Return the calls for one of many rows of an lbvserver."""
    box, type_ = appliance(switches={"documented_defaults": position}), TYPES["lbvserver"]
    rows = [{"name": f"v{number}", "servicetype": "HTTP", "ipv46": "192.0.2.1", "port": 80} for number in range(ROWS)]
    show(box.primary, type_, rows[0])
    with counted() as answered:
        for row in rows:
            show(box.primary, type_, row)
    return answered.calls / ROWS


def test_a_row_with_its_defaults_takes_few_calls() -> None:
    assert 10 < calls_of_a_row("shown") <= CALLS


def test_defaults_take_no_call_each() -> None:
    """Some sixty keys more, and no call for them: the rest is computed in both positions."""
    assert calls_of_a_row("shown") - calls_of_a_row("hidden") <= 1


def test_rows_share_the_defaults() -> None:
    """An appliance stores what a client set, and nothing else."""
    box, configuration = appliance(), Configuration()
    given = {"name": "v", "servicetype": "HTTP", "ipv46": "192.0.2.1", "port": 80}
    configuration.create(TYPES["lbvserver"], given, box)
    show(box.primary, TYPES["lbvserver"], configuration.table("lbvserver")["v",])
    assert configuration.table("lbvserver")["v",] == given
