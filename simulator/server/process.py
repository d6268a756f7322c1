# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fleet as a program: it runs until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import shutil
import signal
import ssl
import tempfile
from pathlib import Path
from typing import Any

from simulator.fleet_file.loader import load
from simulator.server.running_fleet import RunningFleet


def ignore_client_errors(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Ignore failed handshakes and resets, which clients cause; other exceptions are defects."""
    problem = context.get("exception")
    if not isinstance(problem, OSError | ssl.SSLError | asyncio.CancelledError):
        loop.default_exception_handler(context)


async def serve(
    fleet_file: Path,
    ready_file: Path | None,
    request_log: Path | None,
    ca_file: Path | None = None,
    behave_as: Path | None = None,
) -> None:
    """Run a fleet until SIGTERM or SIGINT, and remove its files at the end.

    behave_as: a result file of prove.yml, whose positions are used instead of the defaults of the switches.
    """
    gc.disable()  # the objects of the fleet live until the end
    fleet = load(fleet_file, behave_as)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(ignore_client_errors)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if ready_file:
        ready_file.parent.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="simulator-", dir=ready_file.parent if ready_file else None))
    running = None
    written: list[Path] = []
    try:
        running = RunningFleet(fleet, directory, request_log)
        await running.start()
        if ca_file:
            ca_file.parent.mkdir(parents=True, exist_ok=True)
            _write(ca_file, running.authority.ca_file.read_text(encoding="utf-8"))
            written.append(ca_file)
        if ready_file:
            _write(ready_file, json.dumps(running.ready(), indent=1))
            written.append(ready_file)
        print(
            f"simulator: {len(running.appliances)} appliances, control http://127.0.0.1:{running.control_port}",
            flush=True,
        )
        gc.freeze()  # the collector need not scan the fleet again and again
        gc.set_threshold(10_000)
        gc.enable()
        await stopped.wait()
    finally:
        if running:
            running.stop()
        for path in written:
            path.unlink(missing_ok=True)
        shutil.rmtree(directory, ignore_errors=True)
        await cancel_other_tasks()


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


async def cancel_other_tasks() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=2)
    await asyncio.sleep(0)
