# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The simulation itself: where the answer is known by hand, it gives it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from tests.scale.constants import FAR, NEAR
from tests.scale.model import Costs, Layout, cpu_of_appliance, job_seconds, makespan, nodes_for, phase_seconds, rollout
from tests.stage.control_node import ROOT

COSTS = Costs(job=1.0, idle=0.0, plan=0.1, apply=0.2, plan_wait=0.0, apply_wait=0.0, start=0.0, answer=0.0, send=0.0)


@pytest.mark.parametrize(
    ("processes", "cores", "seconds"),
    [
        ([[(1.0, 0.0)]], 2, 1.0),
        ([[(1.0, 0.0)]] * 2, 2, 1.0),
        ([[(1.0, 0.0)]] * 4, 2, 2.0),
        ([[(1.0, 3.0)]] * 2, 1, 5.0),
        ([[(1.0, 3.0), (1.0, 0.0)]], 2, 5.0),
        ([[(1.0, 0.0)], [(3.0, 0.0)]], 1, 4.0),
        ([], 2, 0.0),
    ],
)
def test_cores_are_shared_and_waiting_costs_none(
    processes: list[list[tuple[float, float]]], cores: int, seconds: float
) -> None:
    assert makespan([iter(one) for one in processes], cores) == pytest.approx(seconds)


def test_a_job_is_its_start_and_its_appliances() -> None:
    layout = Layout(nodes=1, cores=2, forks=4)
    assert job_seconds(40, 0.1, 0.0, 1.0, layout) == pytest.approx(1.0 + 40 * 0.1 / 2)
    assert job_seconds(40, 0.0001, 2.0, 1.0, layout) == pytest.approx(1.0 + 40 / 4 * 2.0, rel=0.01)


def test_nodes_share_the_work_until_the_controller_is_full() -> None:
    one = phase_seconds(400, 0.1, 0.0, COSTS, Layout(nodes=1))
    assert phase_seconds(400, 0.1, 0.0, COSTS, Layout(nodes=4)) == pytest.approx(one / 4)
    slow = replace(COSTS, answer=0.05)
    floor = 400 * 0.05
    assert phase_seconds(400, 0.1, 0.0, slow, Layout(nodes=100)) >= floor
    assert phase_seconds(400, 0.1, 0.0, slow, Layout(nodes=100)) < floor + 3


def test_nodes_on_the_same_cores_are_no_faster_than_one() -> None:
    one = phase_seconds(400, 0.1, 0.0, replace(COSTS, job=0.0), Layout(nodes=1, slice_size=400))
    both = phase_seconds(400, 0.1, 0.0, replace(COSTS, job=0.0), Layout(nodes=2, slice_size=200, shared=True))
    assert both == pytest.approx(one, rel=0.01)


def test_a_rollout_has_a_canary_waves_and_pauses() -> None:
    times = rollout(101, COSTS, Layout(nodes=1, cores=1, forks=1, slice_size=1000), waves=(0.5, 1.0), bake=60)
    assert times.plan == pytest.approx(1 + 10.1)
    assert times.canary == pytest.approx(1 + 0.2)
    assert times.waves == pytest.approx(2 + 20.0)
    assert times.pauses == 120
    assert times.total == pytest.approx(11.1 + 1.2 + 22.0 + 120)


def test_a_plan_is_cut_as_sliced_yml_does_it() -> None:
    small = rollout(100, COSTS, Layout(nodes=1, cores=1, forks=1, slice_size=10), waves=(1.0,))
    assert small.plan == pytest.approx(1 + 10.0), "one job"
    assert small.waves == pytest.approx(10 * 1 + 99 * 0.2, rel=0.01)


@pytest.mark.parametrize("costs", [NEAR, FAR])
def test_more_nodes_help_until_the_controller_is_full_and_a_deadline_has_its_number(costs: Costs) -> None:
    layout = Layout(nodes=1)
    totals = [rollout(1000, costs, replace(layout, nodes=nodes)).total for nodes in (1, 2, 4, 8)]
    assert all(more <= 1.02 * fewer for fewer, more in pairwise(totals))
    found = nodes_for(1000, totals[1], costs, layout)
    assert found == 2
    assert nodes_for(1000, 1.0, costs, layout, most=8) is None


def test_the_page_has_what_an_appliance_costs_by_the_size_of_slices() -> None:
    page = (ROOT / "docs" / "explanation" / "scale.md").read_text(encoding="utf-8")
    for size in (8, 16, 50, 200):
        whole, jobs = cpu_of_appliance(NEAR, size)
        assert f"\n| {size} | {whole:.2f} s | {100 * jobs / whole:.0f} % |\n" in page
