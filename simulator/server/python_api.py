# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fleet in this process, for tests: the class Simulator and a handle for each appliance."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import threading
import weakref
from collections.abc import Coroutine, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from simulator.fleet_file.loader import load
from simulator.server import control
from simulator.server.process import cancel_other_tasks, ignore_client_errors
from simulator.server.running_fleet import RunningFleet
from simulator.server.shared_loop import SharedLoop


class ApplianceHandle:
    """One appliance of a running simulator."""

    def __init__(self, simulator: Simulator, name: str) -> None:
        self._simulator = simulator
        self._path = f"/appliances/{name}"
        self.name = name

    def _post(self, verb: str, **data: Any) -> Any:
        return self._simulator.control("POST", f"{self._path}/{verb}", data)

    def state(self) -> Any:
        """Return the running and saved configuration, hits, files and roles."""
        return self._simulator.control("GET", f"{self._path}/state")

    def upgrade(self, build: str) -> None:
        """Install a build: every node boots into it, unsaved configuration is lost."""
        self._post("build", build=build)

    def reboot(self, node: int | None = None, seconds: float | None = None) -> None:
        self._post("reboot", node=node, seconds=seconds)

    def failover(self) -> None:
        self._post("failover")

    def synchronise(self) -> None:
        self._post("sync")

    def fault(self, kind: str, **details: Any) -> None:
        """Install a fault with the keys of the fleet file."""
        self._post("faults", kind=kind, **details)

    def clear_faults(self) -> None:
        self._simulator.control("DELETE", f"{self._path}/faults")

    def unreachable(self, unreachable: bool = True) -> None:
        self._post("unreachable", unreachable=unreachable)

    def advance(self, seconds: float) -> None:
        """Advance the clock of this appliance."""
        self._post("clock", advance=seconds)

    def write_file(self, path: str, text: str = "", node: int | None = None, **details: Any) -> None:
        """Write a text. With details (owner, group, mode, mtime, base64, link, directory) put such a file there."""
        self._post("files", path=path, **({"text": text} if text or not details else {}), node=node, **details)

    def remove_file(self, path: str, node: int | None = None) -> None:
        self._simulator.control("DELETE", f"{self._path}/files", {"path": path, "node": node})

    def log(self, path: str, line: str, node: int | None = None) -> None:
        """Append a line to a log as it is."""
        self._post("log", path=path, line=line, node=node)

    def processes(self, processes: list[dict[str, Any]], node: int | None = None) -> None:
        """Let processes run beside those of the appliance: user, pid, command, and what else ps shows."""
        self._post("processes", processes=processes, node=node)

    def sockets(self, sockets: list[dict[str, Any]], node: int | None = None) -> None:
        """Let sockets be open beside those of the appliance: user, command, pid, descriptor, protocol, local."""
        self._post("sockets", sockets=sockets, node=node)

    def session(self, vserver: str, user: str = "user1", **details: Any) -> str:
        """Return the cookie of a new session at a Gateway; `details` are its groups, intranet_ip and connections."""
        return str(self._post(f"vservers/{quote(vserver, safe='')}/session", user=user, **details)["cookie"])


RUNNING: weakref.WeakSet[Simulator] = weakref.WeakSet()
"""The simulators that run in this process."""


class Simulator:
    """A fleet in this process. Its event loop runs in its own thread. Use it as a context manager."""

    def __init__(self, fleet: Mapping[str, Any] | str | Path, *, request_log: Path | None = None) -> None:
        self._fleet = load(fleet)
        self._request_log = request_log
        self._loop = SharedLoop()
        self._loop.set_exception_handler(ignore_client_errors)
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulator", daemon=True)
        self._directory = ""
        self._running: RunningFleet | None = None

    @property
    def loop(self) -> SharedLoop:
        """The event loop, for clients that hand over their bytes in memory."""
        return self._loop

    @property
    def fleet(self) -> RunningFleet:
        """The running fleet, for tests that look inside."""
        assert self._running is not None, "the simulator is not running"
        return self._running

    @property
    def ready(self) -> dict[str, Any]:
        """All addresses: the content of the ready file."""
        return self.fleet.ready()

    def start(self) -> Self:
        self._directory = tempfile.mkdtemp(prefix="simulator-")
        self._thread.start()
        try:
            self._running = RunningFleet(self._fleet, Path(self._directory), self._request_log)
            self._run(self._running.start())
            RUNNING.add(self)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        RUNNING.discard(self)
        if self._thread.is_alive():
            if self._running is not None:
                self._loop.call_soon_threadsafe(self._running.stop)
            with contextlib.suppress(Exception):
                self._run(cancel_other_tasks())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=5)
        if not self._loop.is_running():
            self._loop.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=60)

    def control(self, method: str, path: str, data: Mapping[str, Any] | None = None) -> Any:
        """Carry out a call of the control endpoint without HTTP."""
        given = {name: value for name, value in (data or {}).items() if value is not None}
        return self._run(control.perform(self.fleet, method, path, given))

    def appliance(self, name: str) -> ApplianceHandle:
        return ApplianceHandle(self, name)

    def reset(self) -> None:
        """Restore the state of the fleet file and empty the request log."""
        self.control("POST", "/reset")

    def requests(self) -> list[dict[str, Any]]:
        """Return the request log since the start or the last reset."""
        return list(self.control("GET", "/requests"))

    def clear_requests(self) -> None:
        self.control("DELETE", "/requests")
