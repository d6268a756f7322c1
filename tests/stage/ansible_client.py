# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stands for ``ansible-playbook`` where Molecule and ansible-lint start it: ``ansible_client.py DIRECTORY ARGUMENT...``.

The command runs in a fork of a server (``ansible_server.py``) that has loaded Ansible with the same settings (``ANSIBLE_*``). The first
client with these settings starts it. Its socket and its process id are in the directory.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

SERVER = Path(__file__).with_name("ansible_server.py")
PATIENCE = 60.0
MARKS = "REACH_MARKS"
"""The variable with the file in which a server notes what of the engine runs, where tests/repeated/recorder.py asks for it."""
READ_IN_FORKS = (
    "ANSIBLE_DEBUG",
    "ANSIBLE_DEVEL_WARNING",
    "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED",
    "ANSIBLE_VERBOSE_TO_STDERR",
)
"""Settings of single commands of Molecule and ansible-lint (of ``--version``, for one) that a fork reads again: they need no server of their own."""


def connected(path: Path) -> socket.socket | None:
    """Return a connection to the server at the path, or None where none listens."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    return connection


def started(path: Path) -> socket.socket:
    """Start a server at the path, and return a connection to it.

    :raises SystemExit: it ended, or did not listen in time
    """
    output = path.with_suffix(".log")
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(SERVER), str(path)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if connection := connected(path):
            return connection
        time.sleep(0.02)
    process.kill()
    sys.exit(f"the server of ansible-playbook did not start; it says: {output.read_text(errors='replace')[-2000:]}")


def main(directory: Path, arguments: list[str]) -> int:
    """Return the exit code of the command; 1 where it was killed."""
    settings = sorted(
        item for item in os.environ.items() if item[0].startswith(("ANSIBLE_", "LC_")) and item[0] not in READ_IN_FORKS
    )
    if "ANSIBLE_CONFIG" not in os.environ and Path("ansible.cfg").exists():  # Ansible finds it where it is started
        settings.append(("ansible.cfg", str(Path.cwd())))
    path = directory / hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:12]
    connection = connected(path)
    if connection is None:
        with path.with_suffix(".lock").open("w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            connection = connected(path) or started(path)
    task = {"command": ["ansible-playbook", *arguments], "environment": dict(os.environ), "directory": str(Path.cwd())}
    socket.send_fds(connection, [b"."], [0, 1, 2])
    connection.sendall(json.dumps(task).encode() + b"\n")
    with connection.makefile(encoding="ascii") as answer:
        code = answer.read()  # to the end, which is the end of the process
    return int(code) if code else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
