# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The time of a task: it is spent, it ends, and an undo or a save has a reserve."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.time_budget import TimeBudget


def test_a_request_gets_what_it_wants_or_what_is_left() -> None:
    budget = TimeBudget(100)
    assert budget.allowed(30) == 30
    budget.spend(90)
    assert budget.allowed(30) == 10
    budget.spend(15)
    assert budget.allowed(30) == 0
    assert budget.is_used_up


def test_the_reserve_is_given_once() -> None:
    budget = TimeBudget(100, reserve=50)
    budget.spend(200)
    budget.open_reserve()
    assert budget.allowed(1000) == 50
    budget.spend(50)
    budget.open_reserve()
    assert budget.is_used_up


def test_the_reserve_is_there_too_where_the_time_ends_later() -> None:
    budget = TimeBudget(100, reserve=50)
    budget.open_reserve()
    budget.spend(200)
    assert budget.allowed(1000) == 50
    budget.spend(60)
    assert budget.is_used_up


def test_without_being_opened_there_is_no_reserve() -> None:
    budget = TimeBudget(100, reserve=50)
    budget.spend(200)
    assert budget.is_used_up


def test_the_reserve_is_kept_where_enough_is_left() -> None:
    budget = TimeBudget(100, reserve=50)
    budget.open_reserve()
    assert budget.allowed(1000) == 100
    budget.spend(60)
    budget.open_reserve()
    assert budget.allowed(1000) == 50
