# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drift: the differences between a configuration and the desired state, attribute by attribute, as sentences. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...appliance.objects.nsconf_reader import Configured, read_configuration
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from .planner import State, Target, settle

NOTHING = "nothing"


def drift_of(present: State, target: Target, where: str = "") -> list[str]:
    """Return the differences between a state and a target.

    :param target: the desired state; an object that is None should not exist
    :param where: a prefix for each sentence, such as "saved"
    """
    place = f"{where}: " if where else ""
    found = [
        f"{place}feature {feature}: expected {_on(enabled)}, found {_on(not enabled)}"
        for feature, enabled in target.features.items()
        if present.features.get(feature, False) != enabled
    ]
    for object_id, wanted in target.objects.items():
        found += [place + text for text in differences(object_id, wanted, present.objects.get(object_id))]
    return found


def differences(object_id: ObjectId, wanted: Attributes | None, now: Attributes | None) -> list[str]:
    """Return the differences of one object: as a whole, or by its attributes."""
    type_ = TYPES[object_id[0]]
    if wanted is not None:
        wanted = settle(type_, wanted, now)
    if type_.same(now, wanted):
        return []
    name = f"{object_id[0]} {' '.join(object_id[1])}"
    if wanted is None:
        return [f"{name}: it should not be there, found {_shown(now or {})}"]
    if now is None:
        return [f"{name}: expected {_shown(wanted)}, found {NOTHING}"]
    return [
        f"{name} {attribute}: expected {_value(wanted, attribute)}, found {_value(now, attribute)}"
        for attribute, what in type_.attributes.items()
        if what.echoed
        and not (what.assigned and (attribute in wanted) != (attribute in now))
        and wanted.get(attribute) != now.get(attribute)
    ]


def saved_drift(text: str, target: Target, owner: Owner, where: str = "saved") -> list[str]:
    """Return the differences between a saved configuration and the desired state of our objects.

    :param text: the text of ns.conf
    """
    saved = saved_state(read_configuration(text, owner.name))
    wanted = own_target(target, saved.objects, owner)
    # The text of a configuration does not show whether all ACLs are applied.
    objects = {id_: attributes for id_, attributes in wanted.objects.items() if not TYPES[id_[0]].commits}
    return drift_of(saved, Target(objects, wanted.features), where)


def saved_state(configured: Configured) -> State:
    """Return a configuration that was read from text as a state."""
    return State(configured.objects, dict.fromkeys(configured.features, True))


def own_target(target: Target, found: Mapping[ObjectId, Attributes], owner: Owner) -> Target:
    """Return a target that also removes those objects of ours that were found and are not in it."""
    extra = {id_: None for id_, now in found.items() if id_ not in target.objects and owner.owns(id_, now)}
    return Target({**target.objects, **extra}, target.features)


def _on(enabled: bool) -> str:
    return "on" if enabled else "off"


def _shown(attributes: Attributes) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in attributes.items()) + "}"


def _value(attributes: Attributes, name: str) -> str:
    return str(attributes[name]) if name in attributes else NOTHING


@dataclass(frozen=True)
class SecondaryComparison:
    """Our objects on the secondary, compared with the primary.

    :ivar drift: the differences of its running configuration, in words; likewise unsaved for its saved configuration
    :ivar problem: why the saved configuration is not known, or ""
    :ivar unreadable: why nothing is known, or ""
    """

    host: str
    drift: list[str] = field(default_factory=list)
    unsaved: list[str] = field(default_factory=list)
    problem: str = ""
    unreadable: str = ""

    @property
    def not_covered(self) -> list[str]:
        if self.unreadable:
            return [f"the secondary {self.host} cannot be read: {self.unreadable}"]
        if not self.drift:
            return []
        more = f" (and {len(self.drift) - 1} more)" if len(self.drift) > 1 else ""
        return [f"the secondary {self.host} differs: {self.drift[0].partition(': ')[2]}{more}"]
