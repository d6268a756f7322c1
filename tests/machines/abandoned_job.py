# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The story of a rollback that was abandoned at one node, in a network namespace of its own: ``unshare --net python -m tests.machines.abandoned_job FOLDER``.

All appliances are mitigated. A node hangs when the job of a rollback has come to it, and before its first write. The run gives it up; another node takes its
appliances over when the deadline has passed; and the node goes on where it was. It writes what happened into FOLDER/story.json.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from simulator import Simulator
from tests.machines.mesh import ExecutionNode, mesh, units, wait_for
from tests.machines.receptor_files import CONTROLLER
from tests.machines.stage import RETURNED, Stage, appliance
from tests.machines.tools import NAMES, lay_out, of_node, while_it_runs
from tests.stage.fleet import AT_NIGHT, fleet_file

FLEET = 10
TIMEOUT = 200
"""Seconds (slice_timeout): the loss is seen after two minutes without a first sign of life, and the refusal comes before the deadline."""
PLAYBOOK = "rollback.yml"


def hang_at(node: ExecutionNode, process: subprocess.Popen[str]) -> None:
    """Stop a node when it has begun to play a rollback that is no plan."""
    for _moment in while_it_runs(process, 0.02):
        if node.runs(PLAYBOOK, without="--check"):
            node.freeze()
            return


def controller_knows_the_end(place: Path) -> bool:
    """Return True when the Receptor of the controller has heard how its units ended: after a break it asks less and less often."""
    paths = (place / CONTROLLER / "receptor").glob("*/*/status")
    return all(json.loads(path.read_text(encoding="utf-8"))["State"] > 1 for path in paths)


def main(place: Path) -> None:
    fleet = fleet_file({f"gw-{number:03}": appliance(number) for number in range(FLEET)}, AT_NIGHT)
    with mesh(place, NAMES) as (nodes, socket), Simulator(fleet) as simulator:
        stage = Stage(place, simulator)
        lay_out(place, simulator, [node.variables(socket) for node in nodes])
        hosts = [f"gw-{number:03}" for number in range(FLEET)]
        node = nodes[1]
        stage.play("apply", "apply")
        began = time.time()
        stage.play(
            "rollback",
            "rollback",
            lambda process: hang_at(node, process),
            slice_timeout=TIMEOUT,
            why="undo",
            who="S. Bakker",
            reason="a test",
            rollout_max_failed=FLEET,
        )
        lost = stage.open_jobs()
        stage.play("too early", "apply", without_nodes=[node.name])
        stage.play("status", "status", without_nodes=[node.name])
        stage.wait_for_deadline()
        stage.play("taken over", "apply", without_nodes=[node.name])
        returned = time.time()
        node.thaw()
        time.sleep(RETURNED)
        writes = stage.writes(returned)
        kept = [*node.units(), *units(place / CONTROLLER)]
        said = "".join(path.read_text(encoding="utf-8") for path in (node.state / "receptor").glob("*/*/stdout"))
        wait_for(lambda: controller_knows_the_end(place), 180.0)
        stage.play("after", "status")
        wait_for(
            lambda: not node.units() and not units(place / CONTROLLER)
        )  # "release pending", as long as a Receptor has just reconnected
        node.kill()
        dead = time.time()
        stage.play("dead", "apply")
        story = {
            "runs": stage.runs,
            "hosts": hosts,
            "own": of_node(node.name, hosts),
            "lost": lost,
            "undone": [line for line in stage.writes(began) if " DELETE " in line and "responderpolicy" in line],
            "writes": writes,
            "kept": kept,
            "refused": said.count("begins nothing any more: its deadline"),
            "complete": stage.complete(hosts),
            "units": units(place / CONTROLLER),
            "open": stage.open_jobs(),
            "dead": stage.writes(dead),
        }
        (place / "story.json").write_text(json.dumps(story), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
