# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps from the configuration that was read to the target, stage by stage. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...appliance.objects.resource_types import Attributes, ObjectId
from ...appliance.objects.steps import Step
from ...catalogue.desired_state import Document
from ...catalogue.measure import BuildStatus
from ...catalogue.run_parameters import ResolvedParameters
from ...change.planning.planner import State, Target, plan_in_stages, plan_steps
from ...foundation.errors import Refused
from .configuration import ConfigurationFacts


@dataclass(frozen=True)
class PlannedSteps:
    """The steps that reach the target, and whether they are to be carried out.

    :ivar skipped: the reason to do nothing although the configuration differs from the target, or ""
    :ivar route: the steps that reach the target; None if no order of steps can
    :ivar checkpoints: the numbers of steps after which access to the appliance is proven before the next step is carried out
    :ivar refusal: the reason why no order of steps reaches the target, or ""
    """

    skipped: str = ""
    route: tuple[Step, ...] | None = ()
    checkpoints: tuple[int, ...] = ()
    refusal: str = ""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps to be carried out."""
        return () if self.skipped or self.route is None else self.route


def plan_configuration(
    parameters: ResolvedParameters, configuration: ConfigurationFacts, status: BuildStatus
) -> PlannedSteps:
    """Plan the steps for what was read."""
    skipped = _reason_to_skip(parameters, configuration, status)
    try:
        steps, checkpoints = steps_in_stages(
            configuration.state, parameters.document, configuration.target, configuration.restored
        )
    except Refused as error:
        return PlannedSteps(skipped, None, (), str(error))
    return PlannedSteps(skipped, tuple(steps), tuple(checkpoints))


def steps_in_stages(
    state: State, document: Document, target: Target, restored: Mapping[ObjectId, Attributes] | None = None
) -> tuple[list[Step], list[int]]:
    """Plan the stages of a document, then the target, then the settings that return to their former values.

    If nothing differs from the target, the stages are left out.

    :returns: the steps, and the numbers of steps after which access to the appliance is to be proven
    :raises Refused: if no order of steps reaches the target
    """
    stages = [Target(stage.of(state.objects)) for stage in document.stages] if plan_steps(state, target) else []
    passing = {id_: None for stage in document.stages for id_ in stage.objects if id_ not in target.objects}
    whole = Target({**passing, **target.objects}, target.features)
    stages = [*stages, whole, Target(restored)] if restored else [*stages, whole]
    steps, reached = plan_in_stages(state, stages[:-1], stages[-1])
    proven = zip(reached[: len(stages)], document.stages, strict=False)
    return steps, [place for place, stage in proven if stage.prove]


def _reason_to_skip(parameters: ResolvedParameters, configuration: ConfigurationFacts, status: BuildStatus) -> str:
    owner, measure, objects = parameters.owner, parameters.measure, configuration.state.objects
    nothing_wanted = not measure.traits.course.depends_on_build and not parameters.document.objects
    is_left = any(owner.owns(id_, attributes) for id_, attributes in objects.items())
    if not measure.traits.writing.own_objects:
        is_left = parameters.resolved.is_asked_for() or bool(configuration.restored)
    if nothing_wanted and not is_left and parameters.resolved.absent_because:
        return parameters.resolved.absent_because
    if nothing_wanted and not is_left:
        return f"the inventory asks for no {measure.id} here"
    off = [
        feature
        for feature in sorted(measure.traits.writing.needed_features)
        if not configuration.state.features.get(feature, False)
    ]
    if off:
        return f"the {measure.id} needs the feature {', '.join(off)}, which is off, and does not enable it"
    if status in (BuildStatus.FIXED, BuildStatus.NOT_AFFECTED):
        return f"the build {'has the fix' if status is BuildStatus.FIXED else 'was never affected'}"
    if status is BuildStatus.INEFFECTIVE and not parameters.force:
        return "it does not work on this build (measure_force=true applies it anyway)"
    if measure.stop_gap:
        asked = (
            "" if parameters.stop_gap else "its rule is a stop-gap, and not the vendor's (stop_gap=true brings it in)"
        )
        return parameters.resolved.nothing_to_protect or asked
    return ""
