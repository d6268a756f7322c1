# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read objects of the configuration again and compare them, attribute by attribute, with the result of steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...appliance.nitro.session import Session
from ...appliance.object_reads.vserver_reads import read_switches
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...appliance.objects.steps import FEATURE, SWITCHES, Step
from ...appliance.objects.virtual_servers import VSERVER_TYPES
from ...foundation.errors import NotFound
from ..planning.planner import State
from ..planning.state_reader import ENTRIES, Scope, read_entries, read_features, read_place, take_rows

Objects = Mapping[ObjectId, Attributes]


def disables_feature(step: Step) -> bool:
    return step.type == FEATURE and not (step.after or {}).get("enabled")


def is_apply_command(step: Step) -> bool:
    """True for a command that applies pending edits, such as apply ns acls. It changes no object that can be read back."""
    return step.type not in SWITCHES and bool(TYPES[step.type].commits) and step.after == {"applied": True}


def is_same_state(step: Step, one: Attributes | None, other: Attributes | None) -> bool:
    """Compare two states of the object of a step, as the appliance compares the values of this type."""
    if step.type in SWITCHES:
        return one == other
    return TYPES[step.type].same(one, other)


def first_states(steps: Sequence[Step], positions: Sequence[int]) -> dict[ObjectId, Attributes | None]:
    """Return the state of each object before the first of the steps at these positions that changes it."""
    states: dict[ObjectId, Attributes | None] = {}
    for position in positions:
        states.setdefault(steps[position].object_id, steps[position].before)
    return states


def last_states(steps: Sequence[Step]) -> dict[ObjectId, Attributes | None]:
    """Return the state of each object after all steps."""
    return {step.object_id: step.after for step in steps}


def read_objects(session: Session, object_ids: Sequence[ObjectId]) -> dict[ObjectId, Attributes]:
    """Read some objects, each type with one request. Features and virtual servers have the attribute ``enabled`` only.

    :raises TourniquetError: if they cannot be read
    """
    objects: dict[ObjectId, Attributes] = {}
    features = [object_id for object_id in object_ids if object_id[0] == FEATURE]
    if features:
        enabled = read_features(session)
        objects.update({object_id: {"enabled": enabled.get(object_id[1][0], False)} for object_id in features})
    for type_name in sorted({type_name for type_name, _key in object_ids if type_name in VSERVER_TYPES}):
        objects.update(read_switches(session, type_name))
    others = [object_id for object_id in object_ids if object_id[0] not in SWITCHES]
    scope = Scope.only(others)
    for type_name in sorted(scope.types):
        take_rows(objects, type_name, session.read(TYPES[type_name].nitro_type), session.where)
    places = set(scope.places)
    if "policydataset" in scope.types:
        of_sets = {(type_name, place) for type_name, place in places if type_name == ENTRIES}
        there = {key[0] for type_name, key in objects if type_name == "policydataset"}
        take_rows(objects, ENTRIES, read_entries(session, [name for _type, name in of_sets], there), session.where)
        places -= of_sets
    for type_name, place in sorted(places):
        try:
            rows = read_place(session, type_name, place)
        except NotFound:
            continue  # a binding cannot exist without its parent
        take_rows(objects, type_name, rows, session.where)
    return objects


def with_objects_read_again(state: State, object_ids: Sequence[ObjectId], objects: Objects) -> State:
    """Return a state in which some objects, and all of their types and places, are replaced by what was read again.

    :param object_ids: what was read again (:func:`read_objects`)
    :param objects: the result
    """
    scope = Scope.only(object_id for object_id in object_ids if object_id[0] not in SWITCHES)
    kept = {object_id: attributes for object_id, attributes in state.objects.items() if not scope.covers(object_id)}
    again = _state_of(objects)
    others = {object_id: attributes for object_id, attributes in again.objects.items() if object_id[0] not in SWITCHES}
    return State({**kept, **others}, {**state.features, **again.features})


def read_differences(session: Session, steps: Sequence[Step]) -> list[str]:
    """Read a node and describe how it differs from the result of the steps, one text for each object.

    :raises TourniquetError: if it cannot be read
    """
    return differences(read_objects(session, list(last_states(steps))), steps)


def differences(objects: Objects, steps: Sequence[Step]) -> list[str]:
    """Describe how objects that were read differ from the result of the steps, one text for each object."""
    found = []
    for object_id, after in last_states(steps).items():
        type_name, key = object_id
        now = objects.get(object_id)
        if type_name == FEATURE and now is None:
            now = {"enabled": False}
        if not is_same_state(Step(type_name, key, None, after), now, after):
            found.append(f"{type_name} {' '.join(key)}: expected {after}, found {now}")
    return found


def read_back(session: Session, steps: Sequence[Step]) -> list[str]:
    """Read what steps have changed on the node that they were sent to, and describe how it differs from their result.

    :raises TourniquetError: if it cannot be read
    """
    return read_differences(session, still_readable(steps))


def still_readable(steps: Sequence[Step]) -> Sequence[Step]:
    """Return the steps from the first one on that disables a feature, or all if none does.

    What is before it was read back before that step (:func:`.step_executor.execute_steps`).
    """
    first = next((position for position, step in enumerate(steps) if disables_feature(step)), 0)
    return steps[first:]


def visible_steps(steps: Sequence[Step]) -> list[Step]:
    """Return the steps whose result can be read after all of them: their feature was not disabled."""
    disabled = {step.key[0] for step in steps if disables_feature(step)}
    return [step for step in steps if step.type in SWITCHES or TYPES[step.type].feature not in disabled]


def _state_of(objects: Objects) -> State:
    features = {key[0]: bool(attributes["enabled"]) for (type_, key), attributes in objects.items() if type_ == FEATURE}
    return State(dict(objects), features)
