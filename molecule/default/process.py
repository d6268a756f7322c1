# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starts and stops the simulator of a story: ``process.py start DIRECTORY FLEET`` and ``process.py stop DIRECTORY``.

The simulator inherits a lock on its pid file, so that a stale pid never ends another process, and no zombie is waited for.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0


def start(directory: Path, fleet: Path) -> None:
    """Return when everything listens; the request log, the ready file and the CA are in the directory then."""
    stop(directory)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    ready, log = directory / "ready.json", directory / "simulator.log"
    command = [sys.executable, "-m", "simulator", "--fleet", str(fleet)]
    command += ["--ready-file", str(ready), "--request-log", str(directory / "requests.jsonl")]
    with (directory / "pid").open("w", encoding="ascii") as pid_file, log.open("wb") as output:
        fcntl.flock(pid_file, fcntl.LOCK_EX)
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[pid_file.fileno()],
        )
        pid_file.write(str(process.pid))
    if not wait(lambda: ready.exists() or process.poll() is not None) or process.poll() is not None:
        stop(directory)
        sys.exit(f"the simulator did not start; it says: {log.read_text(errors='replace')[-2000:]}")
    shutil.copy(json.loads(ready.read_text(encoding="utf-8"))["ca_file"], directory / "ca.pem")


def stop(directory: Path) -> None:
    """Return when the simulator is gone. Nothing happens where none runs."""
    pid_file = directory / "pid"
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not running(pid_file):
            return
        os.kill(int(pid_file.read_text(encoding="ascii")), number)
        wait(lambda: not running(pid_file))


def running(pid_file: Path) -> bool:
    try:
        with pid_file.open(encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def wait(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


if __name__ == "__main__":
    if sys.argv[1] == "start":
        start(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        stop(Path(sys.argv[2]))
