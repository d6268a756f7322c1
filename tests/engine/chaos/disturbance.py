# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random faults of the simulator's whole catalogue, and the death of a control node."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from random import Random
from typing import Any

from simulator.fleet_file.faults import CERTIFICATES, KINDS
from tests.engine.control_nodes import dying_at

PATIENCE = 0.3  # seconds that a disturbed run waits for an answer
IMPATIENT = {"read_timeout": PATIENCE, "save_timeout": PATIENCE}
TOO_LONG = 2 * PATIENCE
VSERVERS = ("gw", "shop")
# After these a node has lost what was not saved, or another one is in charge: who was undone is not compared with before.
UPHEAVALS = frozenset({"crash", "failover", "both_primary", "out_of_sync", "secondary_writes_lost"})

_VALUES: dict[str, tuple[Any, ...]] = {
    "status": (500, 502, 503),
    "code": (1, 293, 1239, 1067),
    "certificate": CERTIFICATES,
    "count": (0, 1, 2),
}


@dataclass(frozen=True)
class Death:
    """The control node dies while it works on an appliance.

    :ivar dry: while it plans
    :ivar number: at this request of that run; none where the run makes fewer
    :ivar after: the request is carried out before
    """

    host: str
    dry: bool
    number: int
    after: bool

    def meets(self, host: str, *, dry: bool) -> AbstractContextManager[None]:
        if (host, dry) != (self.host, self.dry):
            return contextlib.nullcontext()
        return dying_at(self.number, after=self.after)


def death(random: Random, hosts: Sequence[str]) -> Death | None:
    """In six of ten rollouts the control node dies, mostly while it writes."""
    if random.random() >= 0.6:
        return None
    return Death(random.choice(hosts), random.random() < 0.2, random.randint(1, 60), random.random() < 0.5)


def fault(random: Random, *, pair: bool) -> dict[str, Any] | None:
    """One fault, with its place, on six of ten appliances."""
    if random.random() >= 0.6:
        return None
    reached = [name for name in KINDS if not name.startswith("shell_")]  # a rollout does not use SSH
    name = random.choice([name for name in reached if pair or not KINDS[name].pair])
    kind = KINDS[name]
    chosen: dict[str, Any] = {"kind": name}
    for key in kind.keys:
        if key in _VALUES:
            chosen[key] = random.choice(_VALUES[key])
    if "node" in kind.keys and pair and random.random() < 0.7:
        chosen["node"] = random.choice((0, 1))
    if "seconds" in kind.keys:
        chosen["seconds"] = random.choice((-86400, -60, 600, 86400)) if name == "clock_skew" else TOO_LONG
        if name == "slow":
            chosen["seconds"] = 0.05
    if "vserver" in kind.keys and "method" in kind.keys and random.random() < 0.2:
        chosen["vserver"] = random.choice(VSERVERS)
    if "nth" in kind.keys:
        few = kind.implied or "method" not in kind.keys or "count" in kind.keys or "vserver" in chosen
        chosen["nth"] = random.randint(1, 3 if few else 50)
    if "times" in kind.keys and not kind.lasts and random.random() < 0.2:
        chosen["times"] = random.choice((2, 5, 0)) if name not in ("hang", "hang_in_answer") else 2
    return chosen
