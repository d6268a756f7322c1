# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Receptor mesh of one controller and two execution nodes as ``examples/receptor`` has them, each in a network namespace of its own. Needs root, and a
namespace to begin with.

The simulator listens on loopback addresses only: in the namespace of the controller. The kernel of these namespaces routes them over the cables
(``route_localnet``, see ip-sysctl of the Linux kernel), so that the execution nodes reach them as they would reach appliances.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.machines.receptor_files import CONTROLLER, PORT, controller_file, daemon, make_keys, node_file
from tests.machines.tools import RECEPTORCTL, RUNNER, keep_password, state_directory
from tests.stage.control_node import ROOT

APPLIANCES = "127.64.0.0/10"
"""The loopback addresses of the appliances."""
KEEPALIVE = 10
"""As in the shipped configuration."""
KEYS = "keys"
ROUTE_LOOPBACK = "for file in /proc/sys/net/ipv4/conf/*/route_localnet; do echo 1 > $file; done"
SECONDS = 60.0


def ip(*words: str) -> None:
    """Run the program ip."""
    subprocess.run(["ip", *words], check=True)


def appliance_address(number: int) -> str:
    """An address of an appliance."""
    return f"127.77.{number // 250}.{number % 250 + 1}"


def namespace(pid: int | str) -> Path:
    """The network namespace of a process."""
    return Path(f"/proc/{pid}/ns/net").readlink()


class ExecutionNode:
    """A network namespace with a node of the mesh in it."""

    def __init__(self, place: Path, name: str, number: int, runner: Path = RUNNER) -> None:
        self.place = place
        self.runner = runner
        self.name = name
        self.state = state_directory(place, name)
        keep_password(self.state)
        installed = self.state / ".ansible"
        installed.mkdir()
        (installed / "collections").symlink_to(ROOT / ".collections")
        self.here, self.there = f"10.77.{number}.1", f"10.77.{number}.2"
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self.daemon: subprocess.Popen[bytes] | None = None
        wait_for(lambda: namespace(self.holder.pid) != namespace("self"))
        cable = f"cable{number}"
        ip("link", "add", cable, "type", "veth", "peer", "name", "out", "netns", str(self.holder.pid))
        ip("addr", "add", f"{self.here}/24", "dev", cable)
        ip("link", "set", cable, "up")
        for words in (
            ("link", "set", "lo", "up"),
            ("addr", "add", "127.0.0.1/32", "dev", "lo"),
            ("addr", "del", "127.0.0.1/8", "dev", "lo"),
            ("addr", "add", f"{self.there}/24", "dev", "out"),
            ("link", "set", "out", "up"),
            ("route", "add", APPLIANCES, "via", self.here, "src", self.there),
        ):
            subprocess.run([*self._inside, "ip", *words], check=True)
        subprocess.run([*self._inside, "sh", "-c", ROUTE_LOOPBACK], check=True)

    @property
    def _inside(self) -> list[str]:
        return ["nsenter", "--target", str(self.holder.pid), "--net"]

    def start(self) -> None:
        """Start the node of the mesh."""
        configuration = node_file(self.name, self.state, self.place / KEYS, f"{self.here}:{PORT}", runner=self.runner)
        self.daemon = daemon(self.state, configuration, self._inside)

    def processes(self) -> list[int]:
        """The processes in the namespace, but for the one that holds it."""
        own, found = namespace(self.holder.pid), []
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if namespace(path.name) == own:
                    found.append(int(path.name))
        return [pid for pid in found if pid != self.holder.pid]

    def runs(self, word: str, without: str) -> bool:
        """Return True if a process of the node has a word in its command line, and another one not."""
        lines = []
        for pid in self.processes():
            with contextlib.suppress(OSError):
                lines.append(Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"))
        return any(word.encode() in line and without.encode() not in line for line in lines)

    def freeze(self) -> None:
        """Stop all that runs on the node, as a machine that hangs; nothing is lost."""
        for _round in range(2):  # a process may have started another one
            self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let the node go on where it was."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def units(self) -> list[str]:
        """The units of work on its disk."""
        return units(self.state)

    def kill(self) -> None:
        """Kill all that runs on the node at once, as a loss of its power does."""
        while pids := self.processes():
            for number in (signal.SIGSTOP, signal.SIGKILL):
                for pid in pids:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, number)
            time.sleep(0.05)
        if self.daemon is not None:
            self.daemon.wait(SECONDS)

    def stop(self) -> None:
        """End the node and its namespace."""
        self.kill()
        self.holder.kill()
        self.holder.wait(SECONDS)

    def variables(self, socket: Path) -> dict[str, Any]:
        """What the inventory says of it."""
        return {
            "name": self.name,
            "receptor": {"socket": str(socket), "sign_work": True, "tls_client": "mesh"},
            "keepalive": KEEPALIVE,
            "state": str(self.state),
        }


def units(state: Path) -> list[str]:
    """The units of work that a Receptor has on its disk, by the state directory of its machine."""
    return [path.parent.name for path in (state / "receptor").glob("*/*/status")]


def wait_for(condition: Any, seconds: float = SECONDS) -> None:
    """Wait until a condition is true.

    :raises TimeoutError: where it does not become true
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.1)


@contextlib.contextmanager
def mesh(place: Path, names: tuple[str, ...], runner: Path = RUNNER) -> Iterator[tuple[list[ExecutionNode], Path]]:
    """Start the controller and its execution nodes; yields these and the socket of the controller.

    :param runner: the ansible-runner of the nodes
    """
    ip("link", "set", "lo", "up")
    own = state_directory(place, CONTROLLER)
    socket = own / "socket"
    nodes = [ExecutionNode(place, name, number, runner) for number, name in enumerate(names, 1)]
    subprocess.run(["sh", "-c", ROUTE_LOOPBACK], check=True)
    make_keys(place / KEYS, [node.here for node in nodes], names)
    started = daemon(own, controller_file(own, place / KEYS, names))
    try:
        for node in nodes:
            node.start()
        for node in nodes:
            wait_for(lambda node=node: is_reached(socket, node.name))
        yield nodes, socket
    finally:
        for node in nodes:
            node.stop()
        started.kill()
        started.wait(SECONDS)


def is_reached(socket: Path, name: str) -> bool:
    """True where a node answers over the mesh."""
    done = subprocess.run(
        [str(RECEPTORCTL), "--socket", str(socket), "ping", name, "--count", "1"], capture_output=True, check=False
    )
    return done.returncode == 0 and b"Reply" in done.stdout
