# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does the common work of all appliances before Ansible forks its workers, and starts the process pool."""

from __future__ import annotations

DOCUMENTATION = r"""
name: prefork
type: aggregate
short_description: Does once what every worker would repeat
description:
  - Ansible forks a worker for each appliance, and the caches of a worker are lost when it ends. This callback reads the entry of the
    catalogue, compiles its template and reads the CA file in the process that the workers are forked from, by the variables of the first
    appliance of each task.
  - It also starts a pool of processes, at most as many as C(forks) and only where a task waits for one. They run the tasks of the workers
    of Ansible, one appliance after the other, and end with the playbook. On Linux only.
  - How many appliances are worked on at a time follows the time in which they answer. Near ones are eight for each core, far ones more, and
    never more than C(forks).
  - It prints nothing, and only saves time.
version_added: 0.1.0
requirements:
  - Enable it with C(callbacks_enabled = tourniquet.netscaler.prefork) in C(ansible.cfg).
"""

import contextlib
import gc
from pathlib import Path
from typing import Any

from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import action_loader
from ansible.template import Templar
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible import worker_pool
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.prefork_warmup import (
    warm_up_process,
    warm_up_task,
)

OURS = "tourniquet.netscaler."
# While all forks are busy, Ansible polls each of them every tenth of a millisecond, which takes a third of a core. With a larger timer slack
# (proc_pid_timerslack_ns(5)) these sleeps last longer; workers inherit it, and lose almost nothing.
TIMER_SLACK = Path("/proc/self/timerslack_ns")
LATE_ENOUGH = "3000000"


class CallbackModule(CallbackBase):  # type: ignore[misc,unused-ignore]
    """See DOCUMENTATION."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "tourniquet.netscaler.prefork"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._last: Any = None
        self._uses_pool = False

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Fill the caches of the process. What Ansible has loaded by now stays to the end: the garbage collector need not look at it."""
        warm_up_process()
        gc.freeze()
        with contextlib.suppress(OSError):  # another system than Linux
            TIMER_SLACK.write_text(LATE_ENOUGH)

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """Called before the worker is forked. The first appliance of each task stands for the others."""
        if not str(task.action).startswith(OURS):
            return
        if task is not self._last:
            self._last = task
            self._uses_pool = hasattr(action_loader.get(task.action, class_only=True), "TASK")
            self._warm_up(host, task)
        if self._uses_pool:
            with contextlib.suppress(OSError):  # no process or memory is available: the workers of Ansible run the task
                worker_pool.make_room(int(context.CLIARGS["forks"]))

    def _warm_up(self, host: Any, task: Any) -> None:
        role = task.args.get("variables_of")
        if role is None:
            return
        with contextlib.suppress(Exception):  # the worker does it then, and reports what is wrong
            variables = task.get_variable_manager().get_vars(play=task.get_play(), host=host, task=task)
            templar = Templar(loader=task.get_loader(), variables=variables)
            action = str(task.action).removeprefix(OURS)
            warm_up_task(action, str(role), variables, lambda _name, value: templar.template(value))

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Stop the pool at the end of the playbook, when all workers of Ansible have ended."""
        worker_pool.stop()
