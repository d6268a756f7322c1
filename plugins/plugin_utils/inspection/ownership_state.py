# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare the objects of a measure with the target, with our records and with the saved configuration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import ResolvedParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.inspection.configuration import ConfigurationFacts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.inspection.planned_steps import PlannedSteps
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import version_in
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import TYPES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.drift import drift_of, saved_drift
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.unsaved_changes import ConfigurationTexts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.evidence import Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_states import Outcome, RecordKind


@dataclass(frozen=True)
class OwnershipState:
    """The presence of the measure on the appliance.

    :ivar version: the lowest version that an object of ours carries; None if none carries one
    """

    presence: Presence = Presence.ABSENT
    version: int | None = None


def ownership_state(
    parameters: ResolvedParameters,
    configuration: ConfigurationFacts,
    planned: PlannedSteps,
    records: Sequence[ChangeRecord],
) -> OwnershipState:
    """Compare the objects of ours with the target."""
    owner = parameters.owner
    own = [attributes for id_, attributes in configuration.state.objects.items() if owner.owns(id_, attributes)]
    versions = {version for a in own if (version := version_in(a, owner.measure)) is not None}
    version = min(versions, default=None)
    if not own:
        return OwnershipState(Presence.ABSENT, version)
    if planned.route == ():
        return OwnershipState(Presence.CURRENT, version)
    older = version is not None and version < owner.version
    # As our last run left it: no one changed it, but the inventory has changed since.
    outdated = not parameters.measure.depends_on_build() and _left_by_us(records, planned.route or ())
    return OwnershipState(Presence.OLDER if older or outdated else Presence.DRIFTED, version)


def _left_by_us(records: Iterable[ChangeRecord], steps: Sequence[Step]) -> bool:
    """Return True if everything that the steps change is in the state in which our last run left it."""
    left = {step.object_id: step.after for record in records for step in record.touched}
    return bool(steps) and all(
        step.before == left.get(step.object_id)
        if step.type == FEATURE
        else TYPES[step.type].same(step.before, left.get(step.object_id))
        for step in steps
    )


def read_drift(
    parameters: ResolvedParameters,
    configuration: ConfigurationFacts,
    presence: Presence,
    records: Sequence[ChangeRecord],
    texts: ConfigurationTexts,
) -> list[str]:
    """Compare the running and the saved configuration with the target, if the measure was in place before."""
    if presence == Presence.OLDER:
        return []
    drift: list[str] = []
    if presence == Presence.DRIFTED or (presence is Presence.ABSENT and _was_applied(records)):
        drift += drift_of(configuration.state, configuration.target)
    if presence != Presence.ABSENT and texts.saved is not None:
        drift += saved_drift(texts.saved, configuration.target, parameters.owner)
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
