# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A simulation by discrete events of ``sliced.yml``: processes that compute on shared cores and wait for appliances, in jobs, on nodes, in waves."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.sliced.sliced_rollout import READING

STEPS = 8
"""Turns of computing and waiting of one appliance in a job; more change the result by less than a hundredth."""


@dataclass(frozen=True)
class Costs:
    """What a verb costs, in seconds of CPU unless said otherwise.

    :ivar job: of a job before its first and after its last appliance
    :ivar idle: seconds of a job in which nothing computes: pipes, polling, ends of processes
    :ivar plan: of one appliance in a job that plans
    :ivar apply: of one appliance in a job that plans, applies, proves and saves
    :ivar plan_wait: seconds that one appliance waits in a job that plans
    :ivar apply_wait: the same in a job that applies
    :ivar start: of the controller, once
    :ivar answer: of the controller for the answer of a job, of each appliance; one at a time
    :ivar send: of the controller for a job that it sends, in processes of their own
    """

    job: float
    idle: float
    plan: float
    apply: float
    plan_wait: float
    apply_wait: float
    start: float
    answer: float
    send: float


@dataclass(frozen=True)
class Layout:
    """Where a fleet is worked on.

    :ivar nodes: execution nodes
    :ivar cores: of each node; of all of them together where ``shared`` is true, which is a test on one machine
    :ivar forks: appliances that a node works on at once
    :ivar slice_size: the largest number of appliances of a slice
    :ivar besides: seconds of CPU on the shared cores for each appliance and job besides our own, such as those of simulated appliances
    """

    nodes: int
    cores: float = 2
    forks: int = 16
    slice_size: int = 50
    shared: bool = False
    besides: float = 0.0


@dataclass
class Process:
    """One slot of a job: turns of computing and waiting, one appliance after the other."""

    turns: Iterator[tuple[float, float]]
    computes: float = 0.0
    waits: float = 0.0

    def advance(self) -> bool:
        """Take the next turn; False where there is none."""
        turn = next(self.turns, None)
        if turn is not None:
            self.computes, self.waits = turn
        return turn is not None


def makespan(processes: Sequence[Iterator[tuple[float, float]]], cores: float) -> float:
    """Return the seconds until all processes have ended that share some cores equally.

    :param processes: each as turns: seconds of CPU, then seconds of waiting
    """
    now, waiting, computing = 0.0, list[tuple[float, int, Process]](), list[Process]()
    for turns in processes:
        process = Process(turns)
        if process.advance():
            computing.append(process)
    while computing or waiting:
        rate = min(1.0, cores / len(computing)) if computing else 1.0
        step = min((process.computes / rate for process in computing), default=float("inf"))
        until = waiting[0][0] - now if waiting else float("inf")
        step = min(step, until)
        now += step
        for process in computing:
            process.computes -= step * rate
        for process in [process for process in computing if process.computes <= 1e-9]:
            computing.remove(process)
            heapq.heappush(waiting, (now + process.waits, id(process), process))
        while waiting and waiting[0][0] <= now + 1e-9:
            process = heapq.heappop(waiting)[2]
            if process.advance():
                computing.append(process)
    return now


def _slots(appliances: int, compute: float, wait: float, layout: Layout) -> list[Iterator[tuple[float, float]]]:
    """Return the processes of one job, each with its share of the appliances."""
    slots = min(layout.forks, appliances)
    shares = [appliances // slots + (number < appliances % slots) for number in range(slots)]
    own = compute + (layout.besides if layout.shared else 0.0)
    return [iter([(own / STEPS, wait / STEPS)] * (STEPS * share)) for share in shares]


@cache
def job_seconds(appliances: int, compute: float, wait: float, fixed: float, layout: Layout) -> float:
    """Return the seconds of one job on a node; where the cores are shared, all nodes run such a job at the same time."""
    at_once = layout.nodes if layout.shared else 1
    begin = fixed / min(1.0, layout.cores / at_once)
    processes = [slot for _node in range(at_once) for slot in _slots(appliances, compute, wait, layout)]
    return begin + makespan(processes, layout.cores)


def phase_seconds(appliances: int, compute: float, wait: float, costs: Costs, layout: Layout) -> float:
    """Return the seconds until all slices of some appliances have answered: each node has one at a time, and the controller reads one at a time."""
    per_node = -(-appliances // layout.nodes)
    slices = -(-per_node // layout.slice_size)
    size = -(-per_node // slices)
    job = costs.idle + job_seconds(size, compute, wait, costs.send + costs.job, layout)
    reading = costs.answer * size
    nodes = min(layout.nodes, appliances)
    free_at, ready = 0.0, [(job, node, 1) for node in range(nodes)]
    heapq.heapify(ready)
    while ready:
        at, node, number = heapq.heappop(ready)
        free_at = max(at, free_at) + reading
        if number < slices:
            heapq.heappush(ready, (free_at + job, node, number + 1))
    return free_at


@dataclass(frozen=True)
class Times:
    """Seconds of the phases of a rollout."""

    plan: float
    canary: float
    waves: float
    pauses: float

    @property
    def total(self) -> float:
        return self.plan + self.canary + self.waves + self.pauses


def rollout(
    appliances: int, costs: Costs, layout: Layout, waves: Sequence[float] = (0.1, 0.5, 1.0), bake: float = 0.0
) -> Times:
    """Return how long ``sliced.yml -e verb=apply`` takes.

    :param waves: the waves after the canary, as shares of the fleet; the last one repeats
    :param bake: seconds after each wave but the last
    """
    reading = replace(layout, slice_size=max(layout.slice_size, READING))
    plan = costs.start + phase_seconds(appliances, costs.plan, costs.plan_wait, costs, reading)
    canary = phase_seconds(1, costs.apply, costs.apply_wait, costs, layout)
    left, seconds, number = appliances - 1, 0.0, 0
    while left > 0:
        size = min(left, max(1, round(appliances * waves[min(number, len(waves) - 1)])))
        seconds += phase_seconds(size, costs.apply, costs.apply_wait, costs, layout)
        left, number = left - size, number + 1
    return Times(plan, canary, seconds, bake * number)


def cpu_of_appliance(costs: Costs, slice_size: int) -> tuple[float, float]:
    """Return the seconds of CPU of an appliance by slices, with its share of their jobs, and this share alone."""
    jobs = (costs.job + costs.send) * (1 / slice_size + 1 / max(slice_size, READING))
    return costs.plan + costs.apply + 2 * costs.answer + jobs, jobs


def nodes_for(appliances: int, deadline: float, costs: Costs, layout: Layout, most: int = 200) -> int | None:
    """Return the fewest nodes by which a rollout ends in time; None where no number does."""
    for nodes in range(1, most + 1):
        if rollout(appliances, costs, replace(layout, nodes=nodes)).total <= deadline:
            return nodes
    return None
