# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The result of a task, and the one place where it becomes JSON values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ...foundation.json_values import json_values, written
from .failed_result import short_failure


@written("changed", "msg")
@dataclass(frozen=True, kw_only=True)
class Result:
    """What a task returns. A class of a verb adds its values; see :mod:`json_values`.

    :ivar msg: the result in one line
    :ivar preview: the lines for a person; None where there are none
    :ivar problem: why the task failed; "" where it ended well
    :ivar refused: it failed before it began anything
    :cvar kept: the values that a failed result still has; None for all
    """

    changed: bool
    msg: str
    preview: Sequence[str] | None = field(default=None, repr=False)
    problem: str = field(default="", repr=False)
    refused: bool = field(default=False, repr=False)
    kept: ClassVar[Collection[str] | None] = None

    def values(self) -> dict[str, Any]:
        """Return the result as Ansible has it."""
        values: dict[str, Any] = json_values(self)
        if self.preview is not None:
            values["diff"] = {"prepared": "".join(f"{line}\n" for line in json_values(list(self.preview)))}
        if not self.problem:
            return values
        kept = {name: one for name, one in values.items() if self.kept is None or name in (*self.kept, "diff")}
        failed = short_failure({"diff": {"prepared": ""}} | kept, self.problem, refused=self.refused)
        return {**failed, "changed": self.changed}


class Runs(ABC):
    """What runs and has a result."""

    @abstractmethod
    def run(self) -> Result | dict[str, Any]:
        """Run the task.

        :returns: its result; a mapping of JSON values where the verb has no class for it yet
        :raises TourniquetError: where it fails
        """

    def values(self) -> dict[str, Any]:
        """Run the task, and return its result as JSON values."""
        result = self.run()
        return dict(result) if isinstance(result, Mapping) else result.values()
