# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Processes that the tests start and end: a server that starts ``ansible-playbook`` quickly, and a kill that leaves nothing behind."""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path


class AnsibleServer:
    """Runs ``ansible-playbook`` in forks of a process that has loaded it (see ansible_server.py)."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        """Start it; it stops with this process.

        :param settings: variables of the environment that Ansible reads when it is imported
        """
        self._lock = threading.Lock()
        self._environment = {**os.environ, **settings}
        self._process = self._start()
        atexit.register(self.stop)

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("ansible_server.py"))],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def stop(self) -> None:
        """End it and wait for its end."""
        with self._process:
            pass  # closes its input, after which it ends

    def run(
        self, command: Sequence[str], environment: Mapping[str, str], output: Path, timeout: float, ahead: float = 0.0
    ) -> int:
        """Run a command line of ``ansible-playbook``; return its exit code.

        :param output: the file that gets what it writes
        :param timeout: seconds after which it is killed
        :param ahead: seconds by which its wall clock is ahead of the real one; less than 0 where it is behind
        :raises TimeoutError: it was killed
        """
        task = {"command": list(command), "environment": dict(environment), "output": str(output), "ahead": ahead}
        with self._lock:
            assert self._process.stdin
            assert self._process.stdout
            overdue = threading.Timer(timeout, kill_tree, [self._process.pid])
            overdue.start()
            try:
                self._process.stdin.write(json.dumps(task) + "\n")
                self._process.stdin.flush()
                answer = self._process.stdout.readline()
            finally:
                overdue.cancel()
            if not answer:  # the next run gets another server
                self.stop()
                self._process = self._start()
        if not answer:
            raise TimeoutError(f"killed after {timeout} s: {' '.join(command)}")
        return int(answer)


@functools.cache
def ansible_server(settings: tuple[tuple[str, str], ...]) -> AnsibleServer:
    """Return the one server of this process that has these settings."""
    return AnsibleServer(dict(settings))


def kill_tree(pid: int) -> None:
    """Kill a process and what it started; Ansible's workers are in sessions of their own, so there is no group to kill."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)  # it starts nothing more
    doomed, found = [pid], {pid}
    while found:
        found = {child for child, parent in parents().items() if parent in found} - set(doomed)
        doomed += found
    for number in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def parents() -> dict[int, int]:
    """The parent of every process, from /proc."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            found[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    return found
