# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A program that imports Ansible and the collection once, and runs ``ansible-playbook`` in a fork for each task that it gets.

Without an argument, a task is a line of its input: a command with its environment and the file that gets its output; the answer is the
exit code. With the path of a socket, a task is a connection of ``ansible_client.py``. A fork does all that the command does after its
imports: it reads command line, configuration files of plugins, inventory and playbook, and ends like a process of its own. The settings of
Ansible (``ANSIBLE_*``, ansible.cfg) are read with the imports, so those of the server count.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import socket
import sys
import warnings
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.cli.playbook import main
from ansible.plugins.loader import init_plugin_loader

ROOT = Path(__file__).resolve().parents[2]
OURS = "ansible_collections.tourniquet.netscaler.plugins.plugin_utils"

init_plugin_loader()
warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already been configured")  # by the line above

# The package actions and the plugins are left to the fork: they make the name of the run when they are imported.
for module in (
    "ansible_collections.ansible.builtin.plugins.action",
    "ansible.executor.process.worker",
    "ansible.plugins.strategy.linear",
    *(
        f"{OURS}.{package}.{path.stem}"
        for package in ("operations", "reports", "rollout")
        for path in sorted((ROOT / "plugins" / "plugin_utils" / package).glob("[!_]*.py"))
    ),
):
    importlib.import_module(module)


def serve() -> dict[str, Any] | None:
    """Fork for each line; return the task in the fork, and None at the end of the input."""
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            task: dict[str, Any] = json.loads(line)
            return task
        _pid, status = os.waitpid(pid, 0)
        os.write(1, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    return None


def serve_at(path: Path) -> socket.socket:
    """Fork for each connection; return the connection in the fork. The server itself never returns."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{path}.new")
    listener.listen()
    path.with_suffix(".pid").write_text(str(os.getpid()), encoding="ascii")
    Path(f"{path}.new").rename(path)  # who finds it can connect
    while True:
        connection, _address = listener.accept()
        if not os.fork():
            listener.close()
            return connection
        connection.close()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def become(task: dict[str, Any]) -> None:
    """Take command line, environment and output of the task, and a temporary directory of one's own."""
    os.environ.clear()
    os.environ.update(task["environment"])
    if "output" in task:
        output = os.open(task["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        take((os.open(os.devnull, os.O_RDONLY), output, os.dup(output)))
    sys.argv = task["command"]
    constants.DEFAULT_LOCAL_TMP = constants.config.get_config_value("DEFAULT_LOCAL_TMP", variables=vars(constants))


def take(descriptors: tuple[int, ...]) -> None:
    """Make these file descriptors standard input, output and error."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)


def run_for(connection: socket.socket) -> None:
    """Do what the client would have done, and send it the exit code; the connection ends with this process."""
    _byte, descriptors, _flags, _address = socket.recv_fds(connection, 1, 3)
    with connection.makefile(encoding="utf-8") as lines:
        task = json.loads(lines.readline())
    take(tuple(descriptors))
    os.chdir(task["directory"])
    become(task)
    code: object = 1
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
        raise
    finally:
        connection.sendall(f"{code}\n".encode())


if __name__ == "__main__":
    gc.freeze()
    if len(sys.argv) > 1:
        run_for(serve_at(Path(sys.argv[1])))
    elif task := serve():
        become(task)
        main()
