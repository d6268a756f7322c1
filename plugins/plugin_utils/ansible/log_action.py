# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action of the verbs that read logs: the task shows its progress, so it runs in the worker of Ansible itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..appliance.nitro.appliance import Appliance
from ..verbs.common.log_task import LogTask
from .base import TourniquetAction


class LogAction(TourniquetAction):
    """An action that reads logs."""

    LOG_TASK: ClassVar[type[LogTask]]

    def perform(self, appliance: Appliance, options: Mapping[str, Any]) -> dict[str, Any]:
        """See the base class."""
        task = self.LOG_TASK(appliance, options, bool(self._task.check_mode), self.is_preview, self._display.display)
        return task.values()
