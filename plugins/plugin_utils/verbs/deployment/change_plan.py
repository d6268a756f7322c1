# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The common part of the plans of a rollback, a lockdown and a reopening. Pure."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ...appliance.objects.steps import Step
from ...catalogue.run_parameters import Unsaved
from ...change.planning.planner import fingerprint, nothing
from ...change.planning.unsaved_changes import UnsavedChanges
from ...change.records.change_record import ChangeRecord
from ...change.records.usable_records import UsableRecords
from ...foundation.errors import Refused
from ...foundation.next_action import carrying
from ...policies.conflicts import unsaved_changes


@dataclass(frozen=True, kw_only=True)
class ChangePlan:
    """The plan of a change, with the configuration that it rests on.

    :ivar remarks: what a person should know, in words
    :ivar basis: the configuration that the plan rests on, as JSON values
    :ivar must_save: something of ours is not saved on the primary
    :ivar secondary_unsaved: the secondary would restore something of ours in a restart
    :ivar foreign_lines: the unsaved changes of others
    :ivar planned_at: when the configuration was last changed as this was planned
    :ivar records: the records of earlier runs
    :ivar fetched: the records that were read from the nodes, and are not in our directory yet
    """

    remarks: tuple[str, ...] = ()
    basis: Mapping[str, Any] = field(default_factory=nothing)
    must_save: bool = False
    secondary_unsaved: bool = False
    foreign_lines: tuple[str, ...] = ()
    planned_at: str = ""
    records: tuple[ChangeRecord, ...] = ()
    fetched: tuple[ChangeRecord, ...] = ()

    @property
    @abstractmethod
    def steps(self) -> tuple[Step, ...]:
        """Return the steps, in order."""

    @property
    def writes(self) -> bool:
        """True if anything is to be written to the appliance."""
        return bool(self.steps) or self.must_save or self.secondary_unsaved

    @property
    def seal(self) -> str:
        return fingerprint(self.basis)

    def is_same(self, other: Self) -> bool:
        """True if both rest on the same configuration and the same unsaved changes of others."""
        return (self.seal, self.foreign_lines) == (other.seal, other.foreign_lines)


def require_no_foreign_changes(
    where: str,
    option: Unsaved,
    unsaved: UnsavedChanges,
    steps: Collection[Step],
    *,
    are_ours: Callable[[], bool] = lambda: False,
) -> None:
    """Refuse a change that would save the unsaved changes of others, unless the option says what to do about them.

    :param are_ours: asked before a refusal: other measures of ours explain all of them
    :raises Refused: naming these changes
    """
    if unsaved.foreign and (steps or unsaved.ours) and option == Unsaved.REFUSE:
        (conflict,) = unsaved_changes(unsaved.foreign, are_ours=are_ours())
        raise Refused(carrying(f"{where}: {conflict.at(where)} Nothing was changed.", conflict.fix))


def require_all_usable(where: str, usable: UsableRecords) -> None:
    """Refuse a run that takes back what records say, where one of them may not be acted upon.

    :raises Refused: naming the record, the reason and the fix
    """
    for one in usable.left_out:
        if one.is_in_force:
            raise Refused(carrying(f"{one.text(where)} Nothing was changed.", one.fix))
