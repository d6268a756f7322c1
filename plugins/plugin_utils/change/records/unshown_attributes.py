# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The attributes of bindings that we wrote and a read does not show, such as the goto of a Gateway's bindings. Pure.

Whether it is shown is the open fact vpn_binding_echoes_goto. A binding that is made again without it gets END, and hides the policies
behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ...appliance.objects.nsconf_reader import read_configuration
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...appliance.objects.steps import SWITCHES, Step
from .change_record import ChangeRecord


def last_written(records: Iterable[ChangeRecord]) -> dict[ObjectId, Attributes | None]:
    """Return the state of each object that the records wrote last.

    :param records: oldest first
    """
    return {step.object_id: step.after for record in records for step in record.touched}


def whole_state(
    object_id: ObjectId, state: Attributes | None, written: Mapping[ObjectId, Attributes | None]
) -> Attributes | None:
    """Return the state of a binding as it was read, with the attributes that a read does not show."""
    known = written.get(object_id)
    if state is None or known is None or object_id[0] in SWITCHES or not TYPES[object_id[0]].policy_attribute:
        return state
    attributes = TYPES[object_id[0]].attributes
    return {**{name: value for name, value in known.items() if not attributes[name].echoed}, **state}


def whole_steps(steps: Sequence[Step], written: Mapping[ObjectId, Attributes | None]) -> tuple[Step, ...]:
    """Return steps whose state before has what a read does not show, so that their inverse restores it.

    Only the first step of an object begins with what was read; the others begin with what a step before them leaves.
    """
    first = {step.object_id: number for number, step in reversed(list(enumerate(steps)))}
    return tuple(
        replace(step, before=whole_state(step.object_id, step.before, written))
        if first[step.object_id] == number
        else step
        for number, step in enumerate(steps)
    )


def written_in_text(steps: Sequence[Step], text: str) -> dict[ObjectId, Attributes]:
    """Return the bindings that steps remove or change, as a text of the configuration has them: also what a read does not show.

    :param steps: of :func:`hidden_before`
    :param text: of ns.conf
    """
    found: dict[ObjectId, Attributes] = {}
    for step in steps:
        configured = read_configuration(text, str((step.before or {})[TYPES[step.type].policy_attribute]))
        if step.object_id in configured.objects:
            found[step.object_id] = configured.objects[step.object_id]
    return found


def hidden_before(steps: Sequence[Step]) -> list[Step]:
    """Return the steps that remove or change a binding of which a read does not show all."""
    return [
        step
        for step in steps
        if step.type not in SWITCHES and step.before and hides_something(step.object_id, step.before)
    ]


def hides_something(object_id: ObjectId, state: Attributes) -> bool:
    """Return True if a read of a binding of a policy does not show all of its attributes."""
    type_ = TYPES[object_id[0]]
    return bool(type_.policy_attribute) and any(
        not own.echoed and name not in state for name, own in type_.attributes.items()
    )
