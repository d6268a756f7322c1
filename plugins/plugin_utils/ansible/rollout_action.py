# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base class of the actions ``rollout`` and ``bake``, which run once for many appliances and send nothing to them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from ..fleet.waves.journal import Rollout
from ..foundation.errors import InvalidInput, TourniquetError
from ..foundation.file_problem import file_problem
from ..foundation.foreign_text import printable
from ..verbs.common.default_paths import default_places
from ..verbs.common.task import rollout_of
from .base import RoleTask
from .failures import action_failure


class RolloutAction(RoleTask):
    """An action on the files of a rollout."""

    @abstractmethod
    def perform(self, rollout: Rollout, options: dict[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that the result gets.

        :param options: checked and converted
        :param variables: all variables of the first host of the task
        :raises TourniquetError: where the files of the rollout cannot be used
        """

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        host = str(variables.get("inventory_hostname", "localhost"))
        self.hide_origin()
        try:
            arguments = self.role_arguments(host, variables)
            given = dict(self._task.args)
            if arguments is None:
                places = default_places([name for name in self.OPTIONS if name not in given], variables)
                self.take_arguments({**places, **given})
            else:
                self.take_arguments(arguments.arguments(given, arguments.plans(str(given.get("plans") or ""))))
            options = self.checked_options(host, variables)
            rollout = rollout_of(options)
            if rollout is None:
                raise InvalidInput("plans is empty: name the directory in which the plans are kept")
            return {**result, **self.perform(rollout, options, variables)}
        except TourniquetError as error:
            raise action_failure(error) from None
        except OSError as error:
            if not error.filename:
                raise
            raise action_failure(TourniquetError(printable(f"{host}: {file_problem(error)}"))) from None
