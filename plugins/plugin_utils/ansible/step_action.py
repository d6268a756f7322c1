# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base class of the actions close and reopen, whose step decides which measure they work on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..catalogue.closing_steps import LadderStep, step_word
from ..measures.closing_measures import measures_of_steps
from .base import TourniquetAction


class StepAction(TourniquetAction):
    """An action whose measure is that of its step."""

    DEFAULT_STEP: ClassVar[str] = ""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task on the measure of the step that the task or a variable names."""
        step = self.named_step(task_vars or {})
        self._task.args = {**self._task.args, "mitigation": "" if step is None else measures_of_steps()[step]}
        return super().run(tmp, task_vars)

    def named_step(self, variables: Mapping[str, Any]) -> LadderStep | None:
        """Return the step that the task or a variable names; None where it names none that there is, which is told later."""
        own = step_word(self._task.args.get("step"))
        stated = own or step_word(self._unchecked(variables).values(["step"]).get("step")) or self.DEFAULT_STEP
        return LadderStep(stated) if stated in [*LadderStep] else None
