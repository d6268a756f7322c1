# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The result of a task, and the one place where it becomes JSON values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from ...foundation.foreign_text import printable_lines
from ...foundation.json_values import beside, json_values, written
from ...foundation.next_action import COMMANDS, command_values
from .failed_result import short_failure


@written("changed", "msg", beside("own"))
@dataclass(frozen=True, kw_only=True)
class Result:
    """What a task returns. A class of a verb adds its values; see :mod:`json_values`.

    :ivar msg: the result in one line
    :ivar preview: the lines for a person; None where there are none, or a failed result shows its ``report``
    :ivar problem: why the task failed; "" where it ended well
    :ivar refused: it failed before it began anything
    :ivar unreachable: of one with a problem: Ansible counts the host as unreachable
    :ivar own: values of the verb that are not the same in each run
    :ivar diff: the files that it changes; None where it changes none, or the preview shows it
    :ivar kept: the values that a failed result still has; None for all
    """

    changed: bool
    msg: str = ""
    preview: Sequence[str] | None = field(default=None, repr=False)
    problem: str = field(default="", repr=False)
    refused: bool = field(default=False, repr=False)
    unreachable: bool = field(default=False, repr=False)
    own: Mapping[str, Any] = field(default_factory=dict, repr=False)
    diff: Mapping[str, str] | Sequence[Mapping[str, str]] | None = field(default=None, repr=False)
    kept: Collection[str] | None = field(default=None, repr=False)

    def ended(
        self, message: str, problem: str = "", *, refused: bool = False, left_changes: bool = False, **own: Any
    ) -> Self:
        """Return the result of a run that came to its end.

        :param problem: why it failed; "" where it ended well
        :param refused: it failed before it began anything
        :param left_changes: it has written to the appliance what is there now
        :param own: further values
        """
        changed = left_changes if problem else self.changed
        values = {**self.own, **own}
        return replace(self, msg=problem or message, problem=problem, refused=refused, changed=changed, own=values)

    def without(self, *names: str) -> Self:
        """Return the result without some of the values of the verb."""
        return replace(self, own={name: value for name, value in self.own.items() if name not in names})

    def values(self) -> dict[str, Any]:
        """Return the result as Ansible has it."""
        values: dict[str, Any] = json_values(self) | {"msg": printable_lines(self.msg)}
        if self.diff is not None:
            values["diff"] = json_values(self.diff, printable_lines)
        preview = values.get("report", ()) if self.problem and self.preview is None else self.preview
        if preview is not None:
            values["diff"] = {"prepared": "".join(f"{line}\n" for line in json_values([*preview]))}
        if not self.problem:
            return values
        kept = {
            name: one for name, one in values.items() if self.kept is None or name in (*self.kept, COMMANDS, "diff")
        }
        if advised := command_values(self.problem):
            kept[COMMANDS] = [*kept.get(COMMANDS, ()), *advised]
        failed = short_failure(kept, printable_lines(self.problem), refused=self.refused, unreachable=self.unreachable)
        return {**failed, "changed": self.changed}


def advised(text: str) -> dict[str, Any]:
    """Return the commands of a text as a value of a result; nothing where it has none."""
    found = command_values(text)
    return {COMMANDS: found} if found else {}


def file_diff(path: Path, before: str, after: str) -> dict[str, str]:
    """Return what --diff shows of one file."""
    return {"before_header": str(path), "after_header": str(path), "before": before, "after": after}


class Runs(ABC):
    """What runs and has a result."""

    @abstractmethod
    def run(self) -> Result:
        """Run the task.

        :raises TourniquetError: where it fails
        """

    def values(self) -> dict[str, Any]:
        """Run the task, and return its result as JSON values."""
        return self.run().values()
