# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The story of two execution nodes of which one is killed, in a network namespace of its own: ``unshare --net python -m tests.machines.stage FOLDER``.

It writes what happened into FOLDER/story.json. The test reads that.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from simulator import Simulator
from tests.machines.mesh import ExecutionNode, appliance_address, mesh, units
from tests.machines.receptor_files import CONTROLLER
from tests.machines.tools import NAMES, command, keep_password, lay_out, of_node, play, state_directory, while_it_runs
from tests.stage.fleet import AT_NIGHT, Entry, box, fleet_file

FLEET = int(os.environ.get("FLEET", "200"))
SLICE = int(os.environ.get("SLICE", "25"))
LOCK = "_lock"
TIMEOUT = int(os.environ.get("SLICE_TIMEOUT", "240"))
"""Seconds (slice_timeout): longer than a slice and the loss of its node take."""
RETURNED = 40.0
"""Seconds after the return of a node. Receptor delivered an abandoned job within 20 s."""
KILL_AFTER = max(2, FLEET // 40)
"""Appliances of the node that have the policy when it is killed."""


def appliance(number: int) -> Entry:
    """A standalone Gateway at addresses that the execution nodes reach."""
    vserver = {"type": "vpn", "name": "gw", "address": f"{appliance_address(2 * number + 1)}:0", "protocol": "SSL"}
    return box(nodes=[f"{appliance_address(2 * number)}:0"], vservers=[vserver])


class Stage:
    """The fleet, and the controller on it."""

    def __init__(self, place: Path, simulator: Simulator) -> None:
        self.place = place
        self.simulator = simulator
        self.runs: dict[str, dict[str, Any]] = {}

    def play(
        self, name: str, verb: str, beside: Callable[[subprocess.Popen[str]], None] = lambda _process: None, **more: Any
    ) -> None:
        """Run ``sliced.yml``, and keep what it says under a name.

        :param beside: called by a thread while it runs
        """
        values = {"slice_size": SLICE, "rollout_bake_seconds": 0, "rollout_waves": ["100%"], **more}
        self._play(name, command(self.place, verb, **values), beside)

    def audit(self, name: str) -> None:
        """Run ``audit.yml`` on the controller, which only for this has the password."""
        keep_password(state_directory(self.place, "controller"))
        source = ("-i", str(self.place / "inventory" / "hosts.json"), "-e", f"records={self.place / 'records'}")
        self._play(name, ["ansible-playbook", "playbooks/audit.yml", *source])

    def _play(
        self,
        name: str,
        words: Sequence[str],
        beside: Callable[[subprocess.Popen[str]], None] = lambda _process: None,
    ) -> None:
        started, before = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
        done, results = play(self.place, words, name, beside, None)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        kept = ("problem", "changed", "verdict", "differences", "runs", "msg", "not_read")
        self.runs[name] = {
            "rc": done.returncode,
            "seconds": round(time.time() - started, 1),
            "controller_cpu": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
            "results": {host: {key: one[key] for key in kept if key in one} for host, one in results.items()},
            "output": done.stdout + done.stderr,
            "posts": self.posts(started),
        }

    def posts(self, since: float) -> dict[str, int]:
        """By appliance, how many policies were made since a time."""
        return Counter(
            entry["appliance"]
            for entry in self.simulator.requests()
            if entry["time"] >= since
            and (entry["method"], entry["side"]) == ("POST", "nitro")
            and entry["target"].startswith("/nitro/v1/config/responderpolicy")
        )

    def writes(self, since: float) -> list[str]:
        """What was written to the configuration of appliances since a time, by method and target; a log-on is no write."""
        return [
            f"{entry['appliance']} {entry['method']} {entry['target']}"
            for entry in self.simulator.requests()
            if entry["time"] >= since
            and entry["side"] == "nitro"
            and entry["method"] != "GET"
            and not entry["target"].startswith(("/nitro/v1/config/login", "/nitro/v1/config/logout"))
        ]

    def open_jobs(self) -> list[dict[str, Any]]:
        """The jobs that the controller has no end of."""
        directory = self.place / "controller" / "state" / "tourniquet" / "open_jobs"
        return [json.loads(path.read_text(encoding="utf-8")) for path in directory.glob("*.json")]

    def wait_for_deadline(self) -> None:
        """Wait until no job may begin any more."""
        for one in self.open_jobs():
            time.sleep(max(0.0, datetime.fromisoformat(one["deadline"]).timestamp() + 1.0 - time.time()))

    def leases(self) -> list[str]:
        """The appliances with a lock."""
        appliances = self.simulator.fleet.appliances
        return [
            name for name, one in appliances.items() if any(LOCK in path for node in one.nodes for path in node.files)
        ]

    def complete(self, names: Iterable[str]) -> list[str]:
        """Of some appliances, those that have the policy in the saved configuration: nothing is left to be written there."""
        return [
            name for name in names if self.simulator.appliance(name).state()["nodes"][0]["saved"].get("responderpolicy")
        ]

    def let_leases_run_out(self) -> None:
        """Do what a quarter of an hour does."""
        for one in self.simulator.fleet.appliances.values():
            for node in one.nodes:
                for path in [path for path in node.files if LOCK in path]:
                    content = json.loads(bytes(node.files[path].content))
                    content["expires"] = content["taken"]
                    node.write_file(path, json.dumps(content).encode())

    def kill_in_the_middle(self, node: ExecutionNode, own: Iterable[str], process: subprocess.Popen[str]) -> None:
        """Kill an execution node when it has changed some of its appliances and works on others."""
        names = set(own)
        for _moment in while_it_runs(process):
            if names & set(self.leases()) and len(self.posts(0).keys() & names) >= KILL_AFTER:
                node.kill()
                return


def main(place: Path) -> None:
    fleet = fleet_file({f"gw-{number:03}": appliance(number) for number in range(FLEET)}, AT_NIGHT)
    with mesh(place, NAMES) as (nodes, socket), Simulator(fleet) as simulator:
        stage = Stage(place, simulator)
        lay_out(place, simulator, [node.variables(socket) for node in nodes])
        hosts = list(fleet["appliances"])
        killed = nodes[1]
        own = of_node(killed.name, hosts)
        stage.play(
            "killed", "apply", lambda process: stage.kill_in_the_middle(killed, own, process), slice_timeout=TIMEOUT
        )
        leases = stage.leases()
        complete = stage.complete(leases)
        lost = stage.open_jobs()
        returned = time.time()
        killed.start()  # and no run: what was abandoned must not begin
        time.sleep(RETURNED)
        after_return = stage.writes(returned)
        killed.kill()
        stage.play("may still begin", "apply", without_nodes=[killed.name])
        stage.wait_for_deadline()
        stage.play("too early", "apply", without_nodes=[killed.name])
        stage.let_leases_run_out()
        stage.play("taken over", "apply", without_nodes=[killed.name])
        killed.start()
        stage.play("both again", "apply")
        stage.audit("audit")
        story = {
            "runs": stage.runs,
            "leases": leases,
            "complete": complete,
            "posts": stage.posts(0),
            "hosts": hosts,
            "left": stage.leases(),
            "own": own,
            "lost": lost,
            "after_return": after_return,
            "units": [*units(place / CONTROLLER), *(unit for node in nodes for unit in node.units())],
            "open": stage.open_jobs(),
        }
        (place / "story.json").write_text(json.dumps(story), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
