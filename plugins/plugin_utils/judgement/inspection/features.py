# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read what enabling a feature would change: whether it is licensed, and which policies of others it would activate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ...appliance.nitro.session import Session
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import GLOBAL_TYPES, TYPES, Attributes, ObjectId
from ...appliance.objects.steps import FEATURE, Step
from ...catalogue.run_parameters import ResolvedParameters
from ...change.planning.planner import State
from ...change.planning.state_reader import is_licensed, read_everywhere
from ...policies.conflicts import Conflict, not_licensed, sleeping_policies
from ...policies.other_measures import is_of_another, measure_of

RESPONDER = "RESPONDER"


@dataclass(frozen=True)
class FeatureFacts:
    """The features that the plan enables.

    :ivar licensed: by feature, True if it is licensed; None if the appliance does not report it
    :ivar bindings: by feature, the bindings of policies that it would activate
    """

    licensed: Mapping[str, bool | None] = field(default_factory=dict)
    bindings: Mapping[str, Mapping[ObjectId, Attributes]] = field(default_factory=dict)

    @property
    def remarks(self) -> tuple[str, ...]:
        return tuple(
            f"the licence: the appliance does not report whether the feature {feature} is licensed"
            for feature, licensed in self.licensed.items()
            if licensed is None
        )

    def waking(self, owner: Owner) -> tuple[str, ...]:
        """Return the other measures of ours of which it would activate policies."""
        bound = (str(a[TYPES[id_[0]].policy_attribute]) for one in self.bindings.values() for id_, a in one.items())
        return tuple(dict.fromkeys(measure_of(policy) for policy in bound if is_of_another(policy, owner)))

    def conflicts(self, parameters: ResolvedParameters) -> list[Conflict]:
        """Return what forbids enabling the features."""
        found = []
        for feature, licensed in self.licensed.items():
            if licensed is False:
                found.append(not_licensed(feature))
            bindings = self.bindings.get(feature, {})
            found += sleeping_policies(feature, bindings, parameters.owner, parameters.accept_sleeping_policies)
        return found


def read_features_to_enable(
    session: Session, parameters: ResolvedParameters, state: State, steps: Iterable[Step]
) -> FeatureFacts:
    """Read licence and bindings for each feature that the steps enable.

    :raises NitroError: if the bindings cannot be read: then it is not known which policies would become active
    """
    licensed: dict[str, bool | None] = {}
    bindings: dict[str, Mapping[ObjectId, Attributes]] = {}
    others = any(type_ == "responderpolicy" and not parameters.owner.owns_name(key[0]) for type_, key in state.objects)
    for feature in [step.key[0] for step in steps if step.type == FEATURE]:
        licensed[feature] = is_licensed(session, feature)
        if feature == RESPONDER and others:
            bindings[feature] = read_everywhere(session, GLOBAL_TYPES)
    return FeatureFacts(licensed, bindings)
