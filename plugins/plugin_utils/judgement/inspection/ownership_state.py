# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare the objects of a measure with the target, with our records and with the saved configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...appliance.objects.ownership import version_in
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...appliance.objects.steps import FEATURE, Step
from ...catalogue.run_parameters import ResolvedParameters
from ...change.planning.drift import drift_of, own_target, saved_drift
from ...change.planning.planner import Target
from ...change.planning.unsaved_changes import ConfigurationTexts
from ...change.records.change_record import ChangeRecord
from ...change.records.record_states import Outcome, RecordKind
from ..proof.grounds import Presence
from .configuration import ConfigurationFacts
from .planned_steps import PlannedSteps


@dataclass(frozen=True)
class OwnershipState:
    """The presence of the measure on the appliance.

    :ivar version: the lowest version that an object of ours carries; None if none carries one
    :ivar older: what our runs left, by the records, if a mitigation is older than what is asked for, or the inventory asks for something else of a
        measure; None otherwise
    """

    presence: Presence = Presence.ABSENT
    version: int | None = None
    older: Target | None = None


def ownership_state(
    parameters: ResolvedParameters,
    configuration: ConfigurationFacts,
    planned: PlannedSteps,
    records: Sequence[ChangeRecord],
) -> OwnershipState:
    """Compare the objects of ours with the target."""
    owner = parameters.owner
    if not parameters.measure.traits.writing.own_objects:
        return _of_settings(parameters, planned, records)
    own = [attributes for id_, attributes in configuration.state.objects.items() if owner.owns(id_, attributes)]
    versions = {version for a in own if (version := version_in(a, owner.measure)) is not None}
    version = min(versions, default=None)
    if not own:
        return OwnershipState(Presence.ABSENT, version)
    if planned.route == ():
        return OwnershipState(Presence.CURRENT, version)
    # As our last run left it: no one changed it, but the catalogue, the inventory, or the name of the host in it has changed since.
    if not parameters.measure.traits.course.depends_on_build and (version is None or version >= owner.version):
        outdated = _left_by_us(records, planned.route or ()) and not _put_back_by_us(records)
        if outdated:
            return OwnershipState(Presence.OLDER, version, target_of_records(records, configuration.target.features))
        return OwnershipState(Presence.DRIFTED, version)
    if version is None or version > owner.version:  # it may be of a newer catalogue
        return OwnershipState(Presence.DRIFTED, version)
    left = target_of_records(records, configuration.target.features)
    found = own_target(left, configuration.state.objects, owner)
    others = _put_back_by_us(records)
    whole = bool(left.objects) and not drift_of(configuration.state, found) and not others
    if others or (not whole and version == owner.version):
        return OwnershipState(Presence.DRIFTED, version)
    return OwnershipState(Presence.OLDER if whole else Presence.DRIFTED, version, left)


def _of_settings(
    parameters: ResolvedParameters, planned: PlannedSteps, records: Sequence[ChangeRecord]
) -> OwnershipState:
    """Return the presence of a measure that only sets attributes of what is there. Nothing on the appliance names us.

    What somebody else has set counts where the build needs it; on a fixed build it is nothing that we have left behind.
    """
    applied = [record for record in records if record.kind is RecordKind.APPLY and _was_applied([record])]
    if planned.skipped and not applied:
        return OwnershipState(Presence.ABSENT)
    if planned.route == ():
        present = bool(parameters.document.objects)
        return OwnershipState(Presence.CURRENT if present else Presence.ABSENT, parameters.owner.version)
    if (
        applied
        and not parameters.measure.traits.course.depends_on_build
        and _as_we_left_it(records, planned.route or ())
    ):
        return OwnershipState(Presence.OLDER, parameters.owner.version)
    return OwnershipState(Presence.DRIFTED if applied else Presence.ABSENT)


def _as_we_left_it(records: Sequence[ChangeRecord], steps: Sequence[Step]) -> bool:
    """Return True if the steps change no setting that somebody else has changed since our last run: then the inventory asks for something else."""
    ours = {step.object_id for record in records for step in record.touched}
    known = [step for step in steps if step.object_id in ours]
    return not known or _left_by_us(records, known)


def target_of_records(records: Iterable[ChangeRecord], features: Mapping[str, bool]) -> Target:
    """Return the state that our runs left, by the records; of a run that did not end, the state that it was to reach.

    :param records: oldest first, those of rollbacks included
    :param features: the features that the measure needs
    """
    left: dict[ObjectId, Attributes | None] = {}
    for record in records:
        steps = record.steps if record.outcome is Outcome.OPEN else record.touched
        left |= {step.object_id: step.after for step in steps if step.type in TYPES}
    return Target(left, features)


def _left_by_us(records: Iterable[ChangeRecord], steps: Sequence[Step]) -> bool:
    """Return True if everything that the steps change is in the state in which our last run left it."""
    left = {step.object_id: step.after for record in records for step in record.touched}
    return bool(steps) and all(
        step.before == left.get(step.object_id)
        if step.type == FEATURE
        else TYPES[step.type].same(step.before, left.get(step.object_id))
        for step in steps
    )


def _put_back_by_us(records: Sequence[ChangeRecord]) -> bool:
    """Return True if an undo of ours put back what somebody else had changed: what it left is not what a run of ours brought in."""
    brought: dict[ObjectId, Attributes | None] = {}
    left: dict[ObjectId, Attributes | None] = {}
    undone = {name for record in records if record.outcome is not Outcome.REVERTED for name in record.undoes}
    for record in records:
        own = {step.object_id: step.after for step in record.touched if step.type in TYPES}
        left |= own
        if record.kind is not RecordKind.ROLLBACK and record.name not in undone and not record.undone_by:
            brought |= own
    return any(not TYPES[id_[0]].same(attributes, brought.get(id_)) for id_, attributes in left.items())


def read_drift(
    parameters: ResolvedParameters,
    configuration: ConfigurationFacts,
    own: OwnershipState,
    records: Sequence[ChangeRecord],
    texts: ConfigurationTexts,
) -> list[str]:
    """Compare the running and the saved configuration with the target, if the measure was in place before.

    An older version is compared with what our runs left of it.
    """
    if own.presence == Presence.OLDER:
        return []
    target, state = configuration.target, configuration.state
    if own.older is not None:
        if not own.older.objects:
            return [f"no record here says what v{own.version} left, so it cannot be compared"]
        target = own_target(own.older, state.objects, parameters.owner)
    drift: list[str] = []
    if own.presence == Presence.DRIFTED or (own.presence is Presence.ABSENT and _was_applied(records)):
        drift += drift_of(state, target)
    if own.presence != Presence.ABSENT and parameters.measure.traits.saving.is_saved and texts.saved is not None:
        drift += saved_drift(texts.saved, target, parameters.owner)
    return drift


def _was_applied(records: Iterable[ChangeRecord]) -> bool:
    """Return True if a run of ours applied the measure and no run has rolled it back."""
    return any(
        record.kind is RecordKind.APPLY
        and record.outcome is Outcome.APPLIED
        and record.touched
        and not record.undone_by
        for record in records
    )
