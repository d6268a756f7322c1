# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action of a verb that touches no appliance: checks the options, runs the task, and turns errors of the engine into those of Ansible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail

from ..foundation.errors import TourniquetError
from ..foundation.file_problem import file_problem
from ..foundation.foreign_text import printable
from ..verbs.common.control_node_task import ControlNodeTask
from ..verbs.common.option_files import options_of
from .base import RoleTask
from .failures import action_failure


class ControlNodeAction(RoleTask):
    """An action that touches no appliance."""

    TASK_HERE: ClassVar[type[ControlNodeTask]]

    def names_to_check(self, variables: Mapping[str, Any]) -> Iterable[str]:
        """See :meth:`RoleTask.names_to_check`."""
        return variables if self.TASK_HERE.checks_names else ()

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        host = str(variables.get("inventory_hostname", "localhost"))
        self.hide_origin()
        try:
            return {**result, **self._task_here(host, variables).values()}
        except TourniquetError as error:
            raise action_failure(error, self._message(host, error)) from None
        except OSError as error:
            if self.TASK_HERE.after_file_problem is None:
                raise
            problem = f"{host}: {file_problem(error)}{self.TASK_HERE.after_file_problem}"
            raise AnsibleActionFail(printable(problem)) from None

    def _task_here(self, host: str, variables: dict[str, Any]) -> ControlNodeTask:
        arguments = self.role_arguments(host, variables)
        given = dict(self._task.args)
        self.take_arguments(given if arguments is None else arguments.arguments(given, ""))
        self.TASK_HERE.require_arguments(host, self._task.args)
        options = self.checked_options(host, variables)
        return self.TASK_HERE(host, options, variables, bool(self._task.check_mode))

    def _message(self, host: str, error: TourniquetError) -> str:
        text = printable(str(error))
        return f"{host}: {text}" if self.TASK_HERE.names_host and not text.startswith(host) else text


def control_node_action_of(verb: str, task: str = "") -> type[ControlNodeAction]:
    """Return the class of the action that carries out a verb which touches no appliance.

    :param verb: the name of its folder, whose module ``run`` has the class of the task as ``TASK``
    :param task: the module, where its name is not that of the verb
    """
    run = import_module(f"..verbs.{verb}.run", __package__)
    values = {"TASK_HERE": run.TASK, "OPTIONS": options_of(verb, task or verb)}
    name = task or verb
    return type(
        "ActionModule", (ControlNodeAction,), {**values, "__module__": __name__, "__doc__": f"See the module {name}."}
    )
