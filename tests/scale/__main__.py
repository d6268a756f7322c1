# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``python -m tests.scale [APPLIANCES ...]``: plays an apply over two execution nodes on this machine, and holds the simulation against it.

Without a number it prints the tables of docs/explanation/scale.md. A wall time counts only on a quiet machine; the seconds of CPU count always.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from simulator import Simulator
from tests.machines.tools import NAMES, command, lay_out, play, worker
from tests.scale.constants import BESIDES, FAR, NEAR
from tests.scale.model import Layout, nodes_for, rollout
from tests.stage.fleet import AT_NIGHT, box, fleet_file

SIZE = 16
WAVES = (1.0,)


def measured(count: int) -> dict[str, float]:
    """Play an apply over two nodes by pipes, and return its seconds and those of CPU."""
    fleet = fleet_file({f"gw-{number:04}": box() for number in range(count)}, AT_NIGHT)
    with tempfile.TemporaryDirectory() as folder, Simulator(fleet) as simulator:
        place = Path(folder)
        workers = {name: worker(place, name) for name in NAMES}
        nodes = [
            {"name": name, "command": ["sh", str(start)], "state": str(state)}
            for name, (state, start) in workers.items()
        ]
        lay_out(place, simulator, nodes)
        before, own, began = cpu(resource.RUSAGE_CHILDREN), cpu(resource.RUSAGE_SELF), time.monotonic()
        words = command(place, "apply", slice_size=SIZE, rollout_waves=["100%"], rollout_bake_seconds=0)
        done, _results = play(place, words, seconds=None)
        if done.returncode:
            sys.exit(done.stdout[-3000:])
        return {
            "seconds": time.monotonic() - began,
            "cpu": cpu(resource.RUSAGE_CHILDREN) - before,
            "simulator": cpu(resource.RUSAGE_SELF) - own,
        }


def cpu(whose: int) -> float:
    """Seconds of CPU of this process or of those that it has waited for."""
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def compare(count: int) -> None:
    found = measured(count)
    layout = Layout(nodes=2, cores=2, slice_size=SIZE, shared=True, besides=BESIDES)
    times = rollout(count, NEAR, layout, WAVES)
    print(
        f"{count} appliances, 2 nodes on 2 cores: measured {found['seconds']:.1f} s ({found['cpu']:.1f} s of CPU, the simulator {found['simulator']:.1f} s); "
        f"simulated {times.total:.1f} s (plan {times.plan:.1f}, canary {times.canary:.1f}, wave {times.waves:.1f})",
        flush=True,
    )


def tables() -> None:
    for name, costs in (("in the same building", NEAR), ("40 ms away", FAR)):
        print(f"\n{name}: minutes of an apply by nodes of two cores, without pauses")
        counts = (1, 2, 4, 8, 16, 32)
        print("| appliances | " + " | ".join(map(str, counts)) + " | nodes for an hour |")
        for appliances in (1000, 10_000, 100_000):
            cells = []
            for nodes in counts:
                layout = Layout(nodes=nodes, slice_size=200, forks=16)
                cells.append(f"{rollout(appliances, costs, layout).total / 60:.0f}")
            needed = nodes_for(appliances, 3600, costs, Layout(nodes=1, slice_size=200))
            print(f"| {appliances:,} | " + " | ".join(cells) + f" | {needed or 'none'} |")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        compare(int(argument))
    if not sys.argv[1:]:
        tables()
