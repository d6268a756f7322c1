# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parameters of a rollback, and its plan in one partition. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from ...appliance.objects.resource_types import Attributes, ObjectId
from ...appliance.objects.steps import Step
from ...catalogue.measure import Measure
from ...catalogue.mitigation import Mitigation
from ...catalogue.run_parameters import Found, ReadBuilds, RunParameters, Unsaved
from ...change.records.change_record import ChangeRecord
from ...judgement.verdicts.removal_conditions import ALL_CONDITIONS
from ..deployment.change_plan import ChangePlan


class RollbackReason(StrEnum):
    """The reason for removing a measure: every node runs a fixed build, or the last run is undone.

    RETIRE removes it as AFTER_FIX does, under more conditions, and only after requests from outside have shown that the build
    withstands the attack.
    """

    AFTER_FIX = "after_fix"
    UNDO = "undo"
    RETIRE = "retire"


@dataclass(frozen=True, kw_only=True)
class RollbackParameters(RunParameters):
    """The parameters of a rollback.

    :ivar accept_exposure: go on although a node runs a build that needs the mitigation
    :ivar force: go on although somebody else has changed the objects since
    :ivar probe: probe legitimate traffic before and after
    :ivar leaves: leave.yml removes everything, and has no undo of a single run
    :ivar others: the mitigations of the catalogue besides the one that goes, where their attacks decide
    :ivar who: the person who answers for a run that takes protection away
    :ivar is_preview: nothing follows, so that what a person has to give for it may be missing
    """

    measure: Measure
    why: RollbackReason = RollbackReason.AFTER_FIX
    accept_exposure: bool = False
    force: bool = False
    unsaved: Unsaved = Unsaved.REFUSE
    probe: bool = True
    leaves: bool = False
    others: tuple[Mitigation, ...] = ()
    who: str = ""
    is_preview: bool = False

    @property
    def verb(self) -> str:
        """Return the name of the playbook."""
        return "retire" if self.why == RollbackReason.RETIRE else "rollback"

    @property
    def removes_all(self) -> bool:
        """True if everything of the measure goes, and not only what the last run brought in."""
        return self.why != RollbackReason.UNDO

    def inside(self, partition: str) -> Self:
        return replace(super().inside(partition), measure=self.measure.inside(partition))

    def facts(self, read: ReadBuilds, kind: str, seal: str) -> dict[str, Any]:
        found = super().facts(read, kind, seal)
        accepted_by = self.who if self.accept_exposure else ""
        return {**found, "reason": removal_reason(self.reason, accepted_by)} if self.leaves else found


def removal_reason(reason: str, accepted_by: str) -> str:
    """Return why a run is, for its record and its lock, where leave.yml removes everything.

    :param reason: that of the person; "" where none is given
    :param accepted_by: who accepts the exposure; "" where nobody does
    """
    accepted = f"exposure accepted by {accepted_by}" if accepted_by else ""
    return "; ".join(filter(None, ["everything is removed", reason, accepted]))


@dataclass(frozen=True, kw_only=True)
class RetireParameters(RollbackParameters):
    """The parameters of a retirement.

    :ivar conditions: what must hold, in the words of its entry
    :ivar found: what happens to the same mitigation made by hand
    """

    why: RollbackReason = RollbackReason.RETIRE
    conditions: frozenset[str] = ALL_CONDITIONS
    found: Found = Found.KEEP


@dataclass(frozen=True, kw_only=True)
class RollbackPlan(ChangePlan):
    """The plan of a rollback in one partition. Its records are those of the measure in this partition.

    :ivar features_left: which features and settings stay on that were off before us, with what uses them and how to switch them off, in words
    :ivar checkpoints: the numbers of steps after which requests from outside must show that nothing is exposed
    :ivar observing: the policies of ours that count and let pass at that moment
    :ivar taken_over: the names of the policies and actions of others that go
    :ivar takes_away: the services from which it takes protection away although a node needs it, in words
    :ivar undoes: the records of the runs that are undone
    :ivar found_off: the features that our policies need, and that somebody has switched off
    :ivar found_beside: the fingerprint of what is bound where ours is bound; "" where ours is not, or nothing was proven
    :ivar keep_files: the paths of the files that the remaining objects name
    :ivar wanted: the state of each object afterwards; None if it is removed
    :ivar sources: by object, the record that the steps for it come from
    """

    steps: tuple[Step, ...] = ()
    checkpoints: tuple[int, ...] = ()
    observing: tuple[str, ...] = ()
    taken_over: tuple[str, ...] = ()
    features_left: tuple[str, ...] = ()
    takes_away: tuple[str, ...] = ()
    undoes: tuple[ChangeRecord, ...] = ()
    found_off: tuple[str, ...] = ()
    found_beside: str = ""
    keep_files: frozenset[str] = frozenset()
    wanted: Mapping[ObjectId, Attributes | None] = field(default_factory=dict)
    sources: Mapping[ObjectId, ChangeRecord] = field(default_factory=dict)
