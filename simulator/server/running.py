# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fleet runs: as a program until it is told to stop, or in a thread behind the Python API."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import shutil
import signal
import ssl
import tempfile
import threading
from collections.abc import Coroutine, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from simulator.fleet_file.loader import load
from simulator.server import control
from simulator.server.running_fleet import World


def _quiet(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Broken handshakes and resets are a client's business; anything else is a defect of ours."""
    problem = context.get("exception")
    if not isinstance(problem, OSError | ssl.SSLError | asyncio.CancelledError):
        loop.default_exception_handler(context)


async def serve(
    fleet_file: Path, ready_file: Path | None, request_log: Path | None, ca_file: Path | None = None
) -> None:
    """Runs a fleet until SIGTERM or SIGINT and leaves nothing behind."""
    gc.disable()  # what is made now stays until the end
    fleet = load(fleet_file)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_quiet)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if ready_file:
        ready_file.parent.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="simulator-", dir=ready_file.parent if ready_file else None))
    world = None
    try:
        world = World(fleet, directory, request_log)
        await world.start()
        if ca_file:
            ca_file.parent.mkdir(parents=True, exist_ok=True)
            _write(ca_file, world.authority.ca_file.read_text(encoding="utf-8"))
        if ready_file:
            _write(ready_file, json.dumps(world.ready(), indent=1))
        print(
            f"simulator: {len(world.appliances)} appliances, control http://127.0.0.1:{world.control_port}", flush=True
        )
        gc.freeze()  # ... so the garbage collector needn't look through the fleet again and again
        gc.set_threshold(10_000)
        gc.enable()
        await stopped.wait()
    finally:
        if world:
            world.stop()
        for made in (ready_file, ca_file):
            if made:
                _remove(made)
        shutil.rmtree(directory, ignore_errors=True)
        await _cancel_others()


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


async def _cancel_others() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=2)
    await asyncio.sleep(0)


class ApplianceHandle:
    """One appliance of a running simulator, as a test sees it."""

    def __init__(self, simulator: Simulator, name: str) -> None:
        self._simulator = simulator
        self._path = f"/appliances/{name}"
        self.name = name

    def _post(self, verb: str, **data: Any) -> Any:
        return self._simulator.control("POST", f"{self._path}/{verb}", data)

    def state(self) -> Any:
        """Running and saved configuration, hits, files and roles."""
        return self._simulator.control("GET", f"{self._path}/state")

    def upgrade(self, build: str) -> None:
        """The vendor's firmware arrives: every node boots into it, what wasn't saved is lost."""
        self._post("build", build=build)

    def reboot(self, node: int | None = None, seconds: float | None = None) -> None:
        self._post("reboot", node=node, seconds=seconds)

    def failover(self) -> None:
        self._post("failover")

    def synchronise(self) -> None:
        self._post("sync")

    def fault(self, kind: str, **details: Any) -> None:
        """Installs a fault; the details are those of the fleet file."""
        self._post("faults", kind=kind, **details)

    def clear_faults(self) -> None:
        self._simulator.control("DELETE", f"{self._path}/faults")

    def unreachable(self, unreachable: bool = True) -> None:
        self._post("unreachable", unreachable=unreachable)

    def advance(self, seconds: float) -> None:
        """Lets time pass on this appliance's clock."""
        self._post("clock", advance=seconds)

    def write_file(self, path: str, text: str, node: int | None = None) -> None:
        self._post("files", path=path, text=text, node=node)

    def session(self, vserver: str, user: str = "user1") -> str:
        """The cookie of a signed-on Gateway session."""
        return str(self._post(f"vservers/{quote(vserver, safe='')}/session", user=user)["cookie"])


class Simulator:
    """A fleet in this process: its event loop runs in a thread of its own. Use it as a context manager."""

    def __init__(self, fleet: Mapping[str, Any] | str | Path, *, request_log: Path | None = None) -> None:
        self._fleet = load(fleet)
        self._request_log = request_log
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_quiet)
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulator", daemon=True)
        self._directory = ""
        self._world: World | None = None

    @property
    def world(self) -> World:
        assert self._world is not None, "the simulator isn't running"
        return self._world

    @property
    def ready(self) -> dict[str, Any]:
        """Every endpoint: what the ready file says."""
        return self.world.ready()

    def start(self) -> Self:
        self._directory = tempfile.mkdtemp(prefix="simulator-")
        self._thread.start()
        try:
            self._world = World(self._fleet, Path(self._directory), self._request_log)
            self._run(self._world.start())
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            if self._world is not None:
                self._loop.call_soon_threadsafe(self._world.stop)
            with contextlib.suppress(Exception):
                self._run(_cancel_others())
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
        """A call of the control endpoint, without HTTP."""
        given = {name: value for name, value in (data or {}).items() if value is not None}
        return self._run(control.perform(self.world, method, path, given))

    def appliance(self, name: str) -> ApplianceHandle:
        return ApplianceHandle(self, name)

    def reset(self) -> None:
        """All back to the fleet file; the request log is emptied."""
        self.control("POST", "/reset")

    def requests(self) -> list[dict[str, Any]]:
        """The request log since the start or the last reset."""
        return list(self.control("GET", "/requests"))

    def clear_requests(self) -> None:
        self.control("DELETE", "/requests")
