# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parameters of a rollback, and its plan in one partition. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import (
    RunParameters,
    Unsaved,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.planner import (
    fingerprint,
    nothing,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import (
    ChangeRecord,
)


class RollbackReason(StrEnum):
    """The reason for removing a measure: every node runs a fixed build, or the last run is undone."""

    AFTER_FIX = "after_fix"
    UNDO = "undo"


@dataclass(frozen=True, kw_only=True)
class RollbackParameters(RunParameters):
    """The parameters of a rollback.

    :ivar accept_exposure: go on although a node runs a build that needs the mitigation
    :ivar force: go on although somebody else has changed the objects since
    :ivar probe: probe legitimate traffic before and after
    """

    measure: Measure
    why: RollbackReason = RollbackReason.AFTER_FIX
    accept_exposure: bool = False
    force: bool = False
    unsaved: Unsaved = Unsaved.REFUSE
    probe: bool = True

    def inside(self, partition: str) -> Self:
        return replace(super().inside(partition), measure=self.measure.inside(partition))


@dataclass(frozen=True, kw_only=True)
class RollbackPlan:
    """The plan of a rollback in one partition.

    :ivar remarks: what stays as it is, and why
    :ivar undoes: the records of the runs that are undone
    :ivar must_save: something of ours is not saved on the primary
    :ivar secondary_unsaved: the secondary would restore something of ours in a restart
    :ivar foreign_lines: the unsaved changes of others
    :ivar planned_at: when the configuration was last changed as this was planned
    :ivar keep_files: the paths of the files that the remaining objects name
    :ivar wanted: the state of each object afterwards; None if it is removed
    :ivar records: the records of the measure in this partition
    :ivar fetched: the records that were read from the nodes, and are not in our directory yet
    """

    steps: tuple[Step, ...] = ()
    remarks: tuple[str, ...] = ()
    undoes: tuple[ChangeRecord, ...] = ()
    basis: Mapping[str, Any] = field(default_factory=nothing)
    must_save: bool = False
    secondary_unsaved: bool = False
    foreign_lines: tuple[str, ...] = ()
    planned_at: str = ""
    keep_files: frozenset[str] = frozenset()
    wanted: Mapping[ObjectId, Attributes | None] = field(default_factory=dict)
    records: tuple[ChangeRecord, ...] = ()
    fetched: tuple[ChangeRecord, ...] = ()

    @property
    def writes(self) -> bool:
        """True if anything is to be written to the appliance."""
        return bool(self.steps) or self.must_save or self.secondary_unsaved

    @property
    def seal(self) -> str:
        return fingerprint(self.basis)

    def is_same(self, other: RollbackPlan) -> bool:
        """True if both rest on the same configuration and the same unsaved changes of others."""
        return (self.seal, self.foreign_lines) == (other.seal, other.foreign_lines)
