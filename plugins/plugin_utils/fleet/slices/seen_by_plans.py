# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the plans of a run have seen of the appliances, for the jobs that carry them out: the clocks, and the copies of records. Pure.

An appliance or a node can say what it likes here. What it says reaches the jobs of its own appliances alone, and can only make one of two clocks count
for more or for less there: the deadline is refused by either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...catalogue.sliced_job import is_offset
from ...change.planning.plan_file import CLOCK, COPIES, MOST_CLOCK_SKEW, PlanFile

CLOSE = 5.0
"""Seconds between two clocks that are kept by NTP, with the rounding of an appliance."""


@dataclass
class SeenByPlans:
    """By appliance, what its plan has seen.

    :ivar clocks: by how many seconds the appliance's clock is ahead of the controller's
    :ivar copies: the names of the copies of records that were there
    :ivar wrong_nodes: by node, by how many seconds its clock is ahead of the controller's, where the difference is large
    """

    clocks: dict[str, float] = field(default_factory=dict)
    copies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    wrong_nodes: dict[str, float] = field(default_factory=dict)

    def note(
        self, node: str, plans: Mapping[str, PlanFile], sent: float, received: float, ahead: float | None = None
    ) -> None:
        """Note the plans of one job.

        :param sent: when the job was sent and its answer received, in seconds since 1970 by the clock of the controller
        :param ahead: by how many seconds the node's clock is ahead of the controller's at least, by the events of the job; None where that is not known
        """
        # A job may take minutes, and within them the times of a node that is behind by less look right.
        behind = -ahead if ahead is not None and ahead < -CLOSE else 0.0
        for host, plan in plans.items():
            copies = plan.values.get(COPIES)
            if copies is not None:
                self.copies[host] = tuple(copies)
            self._note_clock(node, host, plan, sent, received, behind)

    def _note_clock(self, node: str, host: str, plan: PlanFile, sent: float, received: float, behind: float) -> None:
        shown, skew = plan.values.get(CLOCK), plan.clock_skew
        if shown is None or skew is None:
            return
        of_node = shown - skew  # when the appliance's clock was read, by that of the node
        in_time = sent - CLOSE <= of_node <= received + CLOSE
        # The node's clock is wrong: the end of its job is taken, by which a deadline passes too early rather than too late.
        offset = skew - max(0.0, min(behind, received - of_node)) if in_time else shown - received
        if is_offset(offset):
            self.clocks[host] = offset
        apart = 0.0 if in_time else min(of_node - sent, of_node - received, key=abs)
        if abs(apart) > MOST_CLOCK_SKEW:
            self.wrong_nodes[node] = apart

    def of(self, hosts: Sequence[str]) -> dict[str, Any]:
        """Return what a job of some appliances gets."""
        return {
            "clocks": {host: self.clocks[host] for host in hosts if host in self.clocks},
            "copies": {host: self.copies[host] for host in hosts if host in self.copies},
        }

    def notes(self) -> list[str]:
        """Return which nodes have a wrong clock, as sentences."""
        return [_wrong_clock(node, seconds) for node, seconds in self.wrong_nodes.items()]


def _wrong_clock(node: str, seconds: float) -> str:
    where = "ahead of" if seconds > 0 else "behind"
    return (
        f"the clock of the execution node {node} is about {abs(seconds) / 60:.0f} minutes {where} the controller's, and the deadline of each job is judged "
        "by it: set it by NTP. Where the page says that the clocks of its appliances are off, they were compared with this one"
    )
