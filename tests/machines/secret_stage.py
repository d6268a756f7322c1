# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Jobs over a Receptor mesh that are lost, cancelled and good, with each byte of them kept: ``unshare --net python -m tests.machines.secret_stage FOLDER``.

It writes what happened into FOLDER/story.json. The test reads that, and searches the folder.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from simulator import Simulator
from tests.machines.mesh import ExecutionNode, is_reached, mesh, wait_for
from tests.machines.receptor_files import CONTROLLER
from tests.machines.stage import LOCK, appliance
from tests.machines.tools import NAMES, RUNNER, USER, command, keep_password, lay_out, of_node, play, while_it_runs
from tests.stage.fleet import AT_NIGHT, fleet_file

SECRET = 'n1ght "Shift"/7Q+%\\&'
"""Each form of it is another one."""
HOSTS = tuple(f"gw-{number}" for number in range(1, 9))
TAP = Path(__file__).with_name("tap.py")


def tapped_runner(place: Path) -> Path:
    """Make the ansible-runner of the nodes, which keeps what goes in and out in the directory ``now``, and its temporary files in the folder."""
    (place / "temporary").mkdir(mode=0o700, exist_ok=True)
    runner = place / "ansible-runner"
    line = f'TMPDIR={place}/temporary exec {sys.executable} {TAP} {place}/tapped/now {RUNNER} "$@"'
    runner.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    runner.chmod(0o700)
    return runner


class SecretStage:
    """The controller, and what it says."""

    def __init__(self, place: Path, simulator: Simulator) -> None:
        self.place = place
        self.simulator = simulator
        self.runs: dict[str, Any] = {}

    def play(
        self, name: str, verb: str, beside: Callable[[subprocess.Popen[str]], None] = lambda _process: None, **more: Any
    ) -> None:
        """Run ``sliced.yml``, and keep what it says under a name.

        :param beside: called by a thread while it runs
        """
        tapped = self.place / "tapped"
        (tapped / "now").mkdir(parents=True)
        waves = {"rollout_canary": 1, "rollout_waves": ["100%"], "rollout_bake_seconds": 0}
        done, _results = play(self.place, command(self.place, verb, **waves, **more), name, beside, None)
        for one in HOSTS:
            self.simulator.appliance(one).clear_faults()
        (tapped / "now").rename(tapped / name)
        self.runs[name] = {"rc": done.returncode, "output": done.stdout + done.stderr, "units": self.units()}

    def units(self) -> list[str]:
        """The files that Receptor keeps of jobs, on both sides."""
        kept = [self.place / name / "receptor" for name in (CONTROLLER, *NAMES)]
        return [str(path.relative_to(self.place)) for one in kept for path in one.rglob("stdout")]

    def when_it_writes(self, hosts: Iterable[str], act: Callable[[], None]) -> Callable[[subprocess.Popen[str]], None]:
        """Return what waits until a job has the lease of one of some appliances, and then acts once."""

        def wait(process: subprocess.Popen[str]) -> None:
            for _moment in while_it_runs(process):
                files = (
                    path
                    for host in hosts
                    for node in self.simulator.fleet.appliances[host].nodes
                    for path in node.files
                )
                if any(LOCK in path for path in files):
                    act()
                    return

        return wait

    def hang(self, hosts: Iterable[str], **what: Any) -> None:
        """Let appliances hold an answer back."""
        for host in hosts:
            self.simulator.appliance(host).fault("hang", seconds=60, times=0, **what)


def interrupt(process: subprocess.Popen[str], is_at_work: Callable[[], bool]) -> None:
    """Press Ctrl-C when the jobs are at work."""
    for _moment in while_it_runs(process, 0.2):
        if is_at_work():
            time.sleep(2)
            os.kill(process.pid, signal.SIGINT)
            return


def come_back(node: ExecutionNode, socket: Path) -> None:
    """Start a node that was killed, and wait until it is reached."""
    node.start()
    wait_for(lambda: is_reached(socket, node.name))


def main(place: Path) -> None:
    fleet: dict[str, Any] = fleet_file(
        {host: {**appliance(number), "users": {USER: SECRET}} for number, host in enumerate(HOSTS)}, AT_NIGHT
    )
    with mesh(place, NAMES, tapped_runner(place)) as (nodes, socket), Simulator(fleet) as simulator:
        for node in nodes:
            keep_password(node.state, SECRET)
        stage = SecretStage(place, simulator)
        lay_out(place, simulator, [node.variables(socket) for node in nodes])
        killed = nodes[1]
        own = of_node(killed.name, HOSTS)
        stage.hang(own, method="POST", type="responderpolicy")
        stage.play("lost", "apply", stage.when_it_writes(own, killed.kill))
        come_back(killed, socket)
        stage.hang(HOSTS, method="GET", type="responderpolicy")
        stage.play(
            "cancelled", "verify", lambda process: interrupt(process, lambda: any((place / "tapped" / "now").iterdir()))
        )
        stage.play("good", "verify", fail_at=3)
        (place / "story.json").write_text(json.dumps({"runs": stage.runs}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
