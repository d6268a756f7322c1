# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the modules of Ansible on the control node in forks of the worker, which has loaded what a module imports.

Otherwise each is a program that Ansible writes into a directory and a new Python reads, which is four fifths of the work of a short one.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from ansible.module_utils._internal._ansiballz import _loader
from ansible.module_utils.common.json import Direction, get_module_encoder
from ansible.plugins.action import ActionBase
from ansible.vars.clean import remove_internal_keys

MODULES = frozenset({"async_status", "command", "copy", "file", "find", "stat", "uri", "wait_for"})
"""The modules of ``ansible.builtin`` that run so: those of the stories and of the tests."""
PROFILE = "legacy"  # how the modules of ansible.builtin write their values

_with_a_program = ActionBase._execute_module


def install() -> None:
    """Load the modules, and have the workers of this process and its forks run them so."""
    for name in MODULES:
        importlib.import_module(f"ansible.modules.{name}")
    ActionBase._execute_module = _execute_module


def _execute_module(
    action: Any,
    module_name: str | None = None,
    module_args: dict[str, Any] | None = None,
    *unused: Any,
    task_vars: dict[str, Any] | None = None,
    wrap_async: bool = False,
    ignore_unknown_opts: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """Return the result of a module, as the method of Ansible does."""
    name = (module_name or action._task.action).rpartition(".")[2]
    if (
        unused
        or wrap_async
        or name not in MODULES
        or action._connection.transport != "local"
        or action._connection.become
    ):
        result: dict[str, Any] = _with_a_program(
            action, module_name, module_args, *unused,
            task_vars=task_vars, wrap_async=wrap_async, ignore_unknown_opts=ignore_unknown_opts, **more,
        )  # fmt: skip
        return result
    arguments = action._task.args if module_args is None else module_args
    action._update_module_args(module_name or action._task.action, arguments, task_vars or {}, ignore_unknown_opts)
    written = json.dumps(
        {"ANSIBLE_MODULE_ARGS": arguments}, cls=get_module_encoder(PROFILE, Direction.CONTROLLER_TO_MODULE)
    )
    environment: dict[str, str] = {}
    action._compute_environment_string(environment)
    data: dict[str, Any] = action._parse_returned_data(
        _forked(name, written.encode(), environment, action._loader.get_basedir()), PROFILE
    )
    remove_internal_keys(data)
    for stream in ("stdout", "stderr"):
        if stream in data:
            data.setdefault(f"{stream}_lines", (data[stream] or "").splitlines())
    return data


def _forked(name: str, arguments: bytes, environment: Mapping[str, Any], directory: str) -> dict[str, Any]:
    """Run a module in a fork; return its exit code and what it wrote."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            os.chdir(directory)
            os.environ.update({key: str(value) for key, value in environment.items()})
            for descriptor, target in ((os.open(os.devnull, os.O_RDONLY), 0), (writing, 1), (writing, 2)):
                os.dup2(descriptor, target)
            sys.stdout = sys.stderr = os.fdopen(1, "w", encoding="utf-8", closefd=False)
            _loader.run_module(
                json_params=arguments,
                profile=PROFILE,
                module_fqn=f"ansible.modules.{name}",
                modlib_path="",
                extensions={},
            )
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        finally:
            sys.stdout.flush()
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8", errors="replace") as output:
        written = output.read()
    _pid, status = os.waitpid(pid, 0)
    return {"rc": os.waitstatus_to_exitcode(status), "stdout": written, "stderr": ""}
