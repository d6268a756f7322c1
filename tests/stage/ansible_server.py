# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A program that loads Ansible and the collection once, and runs ``ansible-playbook`` in a fork for each task that it gets.

Without an argument, a task is a line of its input: a command with its environment and the file that gets its output; the answer is the
exit code. With the path of a socket, a task is a connection of ``ansible_client.py``. A fork does all that the command does after its
imports: it names its run, reads command line, inventory, variables and playbook, sets the options of the plugins, and ends like a process of
its own. Loaded before it are modules, plugins of Ansible and of the collection with the description of their options, the roles' names of
variables, the grammar of expressions and the catalogue, which is read again where a file of it has changed. The settings of Ansible
(``ANSIBLE_*``, ansible.cfg) are read with the imports, so those of the server count, except those of OF_A_FORK.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import mmap
import os
import socket
import sys
import warnings
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.cli.playbook import main
from ansible.plugins import loader

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tests.stage import forked_modules  # noqa: E402 -- it is found by the line above
from tests.stage.ansible_client import MARKS, READ_IN_FORKS  # noqa: E402 -- likewise
from tests.stage.wall_clock import move_wall_clock  # noqa: E402 -- likewise

COLLECTION = "ansible_collections.tourniquet.netscaler."
OURS = f"{COLLECTION}plugins.plugin_utils"
MITIGATION = "cve_2019_19781"
SETTINGS = {
    variable["name"]: setting
    for setting, definition in constants.config.get_configuration_definitions().items()
    for variable in definition.get("env", ())
}
"""Ansible's settings by the variables of the environment that set them."""
OF_A_FORK = ("DEFAULT_LOCAL_TMP", *(SETTINGS[variable] for variable in READ_IN_FORKS))
"""The settings that a fork reads from its own environment."""

loader.init_plugin_loader()
warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already been configured")  # by the line above


def note_what_runs(file: Path) -> None:
    """Import the engine with notes of its blocks, which all forks write into a file."""
    reach = importlib.import_module("tests.mutants.reach")
    with file.open("r+b") as marks:
        reach.put_notes(mmap.mmap(marks.fileno(), reach.size_of_notes()))


def load() -> None:
    """Load what each fork would load again."""
    for module in (
        "ansible_collections.ansible.builtin.plugins.action",
        "ansible.executor.process.worker",
        *(
            f"{OURS}.verbs.{path.parent.name}.{path.stem}"
            for path in sorted((ROOT / "plugins" / "plugin_utils" / "verbs").glob("*/[!_]*.py"))
        ),
    ):
        importlib.import_module(module)
    for kind in (loader.connection_loader, loader.shell_loader, loader.become_loader, loader.callback_loader):
        list(kind.all(class_only=True))
    for kind, names in (
        (loader.callback_loader, [f"tourniquet.netscaler.{name}" for name in ("progress", "summary", "prefork")]),
        (
            loader.action_loader,
            [f"tourniquet.netscaler.{path.stem}" for path in (ROOT / "plugins" / "action").glob("[!_]*.py")],
        ),
        (loader.inventory_loader, constants.INVENTORY_ENABLED),
        (loader.strategy_loader, ["linear"]),
    ):
        for name in names:
            kind.get(name, class_only=True)
    forked_modules.install()
    module_of("ansible.typo_check").names_of_roles()
    module_of("policy_language.syntax").parse("TRUE")
    catalogue = ROOT / "templates" / "mitigations"
    module_of("catalogue.entry_file").load_catalogue(catalogue)
    module_of("measures.registry").load_entry_measure(catalogue / MITIGATION)


def module_of(name: str) -> Any:
    return importlib.import_module(f"{OURS}.{name}")


def name_the_run() -> None:
    """Name the run of this fork, as the import of the engine does in a process of its own."""
    task = module_of("verbs.common.task")
    before = {"RUN": task.RUN, "RUN_DIRECTORY": task.RUN_DIRECTORY}
    named = dict(zip(before, task.name_of_run(), strict=True))
    for name, module in [*sys.modules.items()]:
        if name.startswith(f"{COLLECTION}plugins."):
            values = vars(module)
            values.update({key: named[key] for key in named if values.get(key) == before[key]})


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
    if task.get("ahead"):
        move_wall_clock(task["ahead"])
    name_the_run()
    for name in OF_A_FORK:
        setattr(constants, name, constants.config.get_config_value(name, variables=vars(constants)))


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
    if MARKS in os.environ:
        note_what_runs(Path(os.environ[MARKS]))
    load()
    gc.freeze()
    gc.disable()  # a fork ends soon, and a look for garbage would copy what it shares with this process
    if len(sys.argv) > 1:
        run_for(serve_at(Path(sys.argv[1])))
    elif task := serve():
        become(task)
        main()
