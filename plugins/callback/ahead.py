# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is the same for all appliances of a task, made before the workers are forked."""

from __future__ import annotations

DOCUMENTATION = r"""
name: ahead
type: aggregate
short_description: Makes once what every worker would make again
description:
  - Ansible forks a worker for each appliance, and what a worker makes is lost at its end. This reads the entry of the catalogue, compiles
    its template and reads the file of the CA in the process that the workers are forked from, by the variables of the first appliance of
    each task. It says nothing, and nothing depends on it but time, about a fifth of that of a plan.
version_added: 0.1.0
requirements:
  - Enable it with C(callbacks_enabled = tourniquet.netscaler.ahead) in C(ansible.cfg).
"""

import contextlib
from typing import Any

from ansible.plugins.callback import CallbackBase
from ansible.template import Templar
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ready import make_ready

OURS = "tourniquet.netscaler."


class CallbackModule(CallbackBase):  # type: ignore[misc,unused-ignore]
    """See DOCUMENTATION."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "tourniquet.netscaler.ahead"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._last: Any = None

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """Called before the worker is forked; of each task the first appliance speaks for the others."""
        if task is self._last or not str(task.action).startswith(OURS):
            return
        self._last = task
        role = task.args.get("variables_of")
        if role is None:
            return
        with contextlib.suppress(Exception):  # a worker that misses it makes it, and says what is wrong with it
            variables = task.get_variable_manager().get_vars(play=task.get_play(), host=host, task=task)
            templar = Templar(loader=task.get_loader(), variables=variables)
            make_ready(str(role), variables, lambda _name, value: templar.template(value))
