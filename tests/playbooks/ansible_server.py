# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A program that imports Ansible and the collection once, and runs ``ansible-playbook`` in a fork for each line that it reads.

A line is a command with its environment and the file that gets its output; the answer is the exit code. A fork does all that the
command does after its imports: it reads command line, configuration files of plugins, inventory and playbook, and ends like a process
of its own. The settings of Ansible (``ANSIBLE_*``, ansible.cfg) are read with the imports, so those of the server count.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
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
    gc.freeze()
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            task: dict[str, Any] = json.loads(line)
            return task
        _pid, status = os.waitpid(pid, 0)
        os.write(1, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    return None


def become(task: dict[str, Any]) -> None:
    """Take command line, environment and output of the task, and a temporary directory of one's own."""
    os.environ.clear()
    os.environ.update(task["environment"])
    output = os.open(task["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number in (1, 2):
        os.dup2(output, number)
    os.close(output)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.argv = task["command"]
    constants.DEFAULT_LOCAL_TMP = constants.config.get_config_value("DEFAULT_LOCAL_TMP")


if __name__ == "__main__" and (task := serve()):
    become(task)
    main()
