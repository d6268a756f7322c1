# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The planner: the ordered steps from the state of an appliance to the desired state. Pure.

The planner keeps the state that the appliance will have after each step, so every step has the exact state before it, and its
inverse is exact. Where NITRO cannot update (the binding of a policy, a create-only attribute), a twin is created first, so there
is no moment without protection.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...appliance.objects.ownership import TWIN_SUFFIX, same_deployment
from ...appliance.objects.resource_types import COMMITS, ORDER, TYPES, Attributes, ObjectId, ResourceType, bind_point
from ...appliance.objects.steps import FEATURE, Step
from ...foundation.errors import Refused
from .request_batches import gather_members

HOLDING = frozenset(type_.name for type_ in TYPES.values() if type_.holds)


@dataclass(frozen=True)
class State:
    """The state of an appliance as far as it was read: objects of the types in scope, and the features."""

    objects: Mapping[ObjectId, Attributes] = field(default_factory=dict)
    features: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """The desired state: the attributes of an object, or None if it shall not exist; features by name, on or off."""

    objects: Mapping[ObjectId, Attributes | None] = field(default_factory=dict)
    features: Mapping[str, bool] = field(default_factory=dict)


def plan_steps(present: State, target: Target) -> list[Step]:
    """Return the steps from a state to a target; none where the target is reached.

    :raises Refused: where a priority that the target needs is taken
    """
    planner = _Planner(present, target)
    planner.reach()
    return gather_members(planner.steps)


def plan_in_stages(present: State, stages: Iterable[Target], target: Target) -> tuple[list[Step], list[int]]:
    """Return the steps to a target in stages; each stage is reached wholly before the next one begins.

    :returns: the steps, and for each stage the number of steps up to its end
    :raises Refused: as :func:`plan_steps`
    """
    steps: list[Step] = []
    reached = []
    for stage in (*stages, target):
        reached.append(len(steps))
        planner = _Planner(present, stage)
        planner.reach()
        steps += gather_members(planner.steps)
        present = State(planner.state, {**present.features, **stage.features})
    return steps, reached[1:]


def seal(present: State, target: Target, steps: Iterable[Step]) -> str:
    """Return the fingerprint of the configuration that a plan depends on, and of its steps."""
    return fingerprint(basis_of(present, target, steps))


def fingerprint(basis: object) -> str:
    """Return the SHA-256 of a JSON value, as hexadecimal digits."""
    return hashlib.sha256(json.dumps(basis, sort_keys=True).encode()).hexdigest()


def basis_of(present: State, target: Target, steps: Iterable[Step]) -> dict[str, Any]:
    """Return the values of which a seal is the fingerprint: the configuration that a plan depends on, and its steps.

    It covers the objects that the plan touches, all bindings and policies at the bind points that it uses, and the
    features; no counters, times or results of probes.
    """
    bound = _bound(present, target)
    neighbours = {*bound.values()}
    # All ACLs are evaluated in one order, so those of others are part of it.
    edited = {type_ for type_, _key in target.objects if type_ in COMMITS}
    return {
        "features": {name: present.features.get(name) for name in sorted(target.features)},
        "objects": [
            [list(object_id[1]), object_id[0], attributes]
            for object_id, attributes in sorted(present.objects.items())
            if object_id in target.objects or object_id in bound or object_id in neighbours or object_id[0] in edited
        ],
        "steps": [step.to_json() for step in steps],
    }


def seals_without(present: State, target: Target, choices: Iterable[Collection[ObjectId]]) -> Iterator[str]:
    """Yield for each choice of bindings the seal of a plan without steps where they are gone. Each object is written as JSON once."""
    basis = basis_of(present, target, ())
    by_policy: dict[ObjectId, set[ObjectId]] = {}
    for binding, policy in _bound(present, target).items():
        if policy is not None and policy not in target.objects:
            by_policy.setdefault(policy, set()).add(binding)
    wanted = [gone | {one for one, bindings in by_policy.items() if bindings <= gone} for gone in map(set, choices)]
    parts = [*_written(basis["objects"], frozenset().union(*wanted))]
    begins, ends = json.dumps({**basis, "objects": []}, sort_keys=True).split('"objects": []')
    for gone in wanted:
        left = ", ".join(text for id_, text in parts if id_ not in gone)
        yield hashlib.sha256(f'{begins}"objects": [{left}]{ends}'.encode()).hexdigest()


def _bound(present: State, target: Target) -> dict[ObjectId, ObjectId | None]:
    """Return the bindings at the bind points of a target, each with its policy; None for what is bound and is no policy."""
    points = {bind_point(object_id, attributes) for object_id, attributes in target.objects.items() if attributes}
    return {
        object_id: _policy_of(object_id, attributes)
        for object_id, attributes in present.objects.items()
        if TYPES[object_id[0]].bound and bind_point(object_id, attributes) in points
    }


def _policy_of(binding: ObjectId, attributes: Attributes) -> ObjectId | None:
    type_ = TYPES[binding[0]]
    return (type_.policy_type, (str(attributes[type_.policy_attribute]),)) if type_.policy_attribute else None


def _written(rows: Iterable[Any], alone: frozenset[ObjectId]) -> Iterator[tuple[ObjectId | None, str]]:
    """Yield rows of objects as JSON: some alone, each with its id, and those between them together."""
    together: list[str] = []
    for key, type_, attributes in rows:
        id_, text = (type_, tuple(key)), json.dumps([key, type_, attributes], sort_keys=True)
        if id_ in alone:
            yield from [(None, ", ".join(together))] if together else []
            yield id_, text
            together = []
        else:
            together.append(text)
    yield from [(None, ", ".join(together))] if together else []


def nothing() -> dict[str, Any]:
    """Return the basis of a plan without steps for which nothing was read, in the same form as any other."""
    return basis_of(State(), Target(), ())


class _Planner:
    def __init__(self, present: State, target: Target) -> None:
        self.state = dict(present.objects)
        self.features = present.features
        self.target = target
        self.steps: list[Step] = []

    def reach(self) -> None:
        """Plan all steps to the target."""
        target, features = self.target, self.features
        for feature, enabled in target.features.items():
            if enabled and not features.get(feature, False):
                self.feature(feature, True)
        ordered = sorted(target.objects.items(), key=lambda item: ORDER[item[0][0]])
        for object_id, attributes in ordered:
            if attributes is not None and object_id[0] not in COMMITS and not TYPES[object_id[0]].commits:
                self.bring(object_id, attributes)
        self.edit({object_id: attributes for object_id, attributes in ordered if object_id[0] in COMMITS})
        for object_id, attributes in reversed(ordered):
            if attributes is None:
                self.ensure(object_id, None)
        for edited, commit in COMMITS.items():
            self.commit(edited, commit)
        for feature, enabled in target.features.items():
            if not enabled and features.get(feature, False):
                self.feature(feature, False)

    def edit(self, targets: Mapping[ObjectId, Attributes | None]) -> None:
        """Remove ACLs, then add ACLs: nothing changes until all edits are applied, and two equal ACLs may be refused (869)."""
        for object_id, attributes in targets.items():
            if attributes is None:
                self.ensure(object_id, None)
        for object_id, attributes in targets.items():
            if attributes is not None:
                self.bring(object_id, attributes)

    def commit(self, edited: str, commit: str) -> None:
        """Put a step before the edits of a type and one after them that applies them, so that an undo is applied as well.

        The step before sends nothing, and its inverse applies the undone edits; the inverse of the step after sends nothing.
        """
        object_id: ObjectId = (commit, ())
        sets = {
            str(a[name])
            for id_, a in self.state.items()
            if id_[0] == edited
            for name in TYPES[edited].refers
            if name in a
        }
        places = [
            place
            for place, step in enumerate(self.steps)
            if step.type == edited or (step.type in HOLDING and step.key[0] in sets)
        ]
        pending = self.state.get(object_id) == {"applied": False} and self.target.objects.get(object_id) is not None
        if not places and not pending:
            return
        applied: Attributes = {"applied": True}
        edited_only: Attributes = {"applied": False}
        end = places[-1] + 1 if places else len(self.steps)
        self.steps.insert(end, Step(commit, (), edited_only, applied))
        self.steps.insert(places[0] if places else end, Step(commit, (), applied, edited_only))
        self.state[object_id] = applied

    def feature(self, name: str, enabled: bool) -> None:
        self.steps.append(Step(FEATURE, (name,), {"enabled": not enabled}, {"enabled": enabled}))

    def ensure(self, object_id: ObjectId, after: Attributes | None) -> None:
        """Plan one step that NITRO can carry out directly; none where the object is as wanted."""
        before = self.state.get(object_id)
        if TYPES[object_id[0]].same(before, after):
            return
        self.steps.append(Step(object_id[0], object_id[1], before, after))
        if after is None:
            self.state.pop(object_id, None)
        else:
            self.state[object_id] = after

    def bring(self, object_id: ObjectId, wanted: Attributes) -> None:
        """Plan the steps that change one object without a gap in the protection."""
        type_ = TYPES[object_id[0]]
        before = self.state.get(object_id)
        wanted = settle(type_, wanted, before)
        if type_.same(before, wanted):
            return
        if object_id[0] in COMMITS:  # the old one filters until both edits are applied together
            self.ensure(object_id, None)
            self.ensure(object_id, wanted)
        elif type_.only_set and type_.key and before is None:
            raise Refused(f"the {type_.noun} {object_id[1][0]} does not exist, so nothing can be set on it")
        elif type_.holds or type_.is_singleton or type_.only_set:
            self.ensure(object_id, wanted)
        elif before is None:
            self.make_room(object_id, wanted)
            self.ensure(object_id, wanted)
        elif type_.bound and type_.policy_attribute:
            self.rebind(object_id, wanted)
        elif type_.bound:
            self.ensure(object_id, None)
            self.make_room(object_id, wanted)
            self.ensure(object_id, wanted)
        elif create_only_differs(type_, before, wanted):
            self.replace(object_id, wanted)
        else:
            self.ensure(object_id, wanted)

    def rebind(self, object_id: ObjectId, wanted: Attributes) -> None:
        """Change a binding: NITRO cannot update it, and the same policy cannot safely be bound twice, so a twin policy is bound meanwhile."""
        type_ = TYPES[object_id[0]]
        policy = type_.policy_attribute
        policy_id: ObjectId = (type_.policy_type, (str(wanted[policy]),))
        if policy_id not in self.state:
            raise Refused(f"{policy_id[1][0]} is bound, but the policy itself cannot be read")
        twin_name = policy_id[1][0] + TWIN_SUFFIX
        twin_policy: ObjectId = (type_.policy_type, (twin_name,))
        before = self.state[object_id]
        point = bind_point(object_id, before)
        self.ensure(twin_policy, {**self.state[policy_id], "name": twin_name})
        twin_id, twin = self.bound_twin(object_id, twin_name, point)
        if twin is not None and twin["priority"] == wanted["priority"]:
            # A run that died left it at the priority that the original needs. The original is still bound.
            self.ensure(twin_id, None)
            twin = None
        if twin is None:
            twin = {**before, policy: twin_name, "priority": next_free(int(before["priority"]), self.priorities(point))}
            self.ensure(twin_id, twin)
        self.ensure(object_id, None)
        self.make_room(object_id, wanted)
        self.ensure(object_id, wanted)
        self.ensure(twin_id, None)
        if not any(a.get(TYPES[id_[0]].policy_attribute) == twin_name for id_, a in self.state.items()):
            self.ensure(twin_policy, None)

    def bound_twin(
        self, object_id: ObjectId, twin_name: str, point: tuple[str, ...]
    ) -> tuple[ObjectId, Attributes | None]:
        """Return the id of the twin's binding at a bind point, and its attributes where a run that died left one."""
        type_ = TYPES[object_id[0]]
        for other_id, attributes in self.state.items():
            if (
                other_id[0] == type_.name
                and attributes.get(type_.policy_attribute) == twin_name
                and bind_point(other_id, attributes) == point
            ):
                return other_id, attributes
        twin = {**self.state[object_id], type_.policy_attribute: twin_name}
        return (type_.name, type_.key_of(type_.canonical(twin))), None

    def make_room(self, object_id: ObjectId, wanted: Attributes) -> None:
        """Plan the steps that free the wanted priority (of a member of a set: the index).

        :raises Refused: where another object keeps it
        """
        slot = "priority" if "priority" in wanted else "index"
        if slot not in wanted:
            return
        point = bind_point(object_id, wanted)
        for other_id, other in list(self.state.items()):
            if other_id == object_id or other.get(slot) != wanted[slot] or bind_point(other_id, other) != point:
                continue
            goal = self.target.objects.get(other_id, other)
            if goal is None:
                self.ensure(other_id, None)
            elif goal.get(slot, other[slot]) != other[slot]:
                self.bring(other_id, goal)
            else:
                raise Refused(f"{slot} {wanted[slot]} at {' '.join(point[1:])} is taken by {' '.join(other_id[1])}")

    def replace(self, object_id: ObjectId, wanted: Attributes) -> None:
        """Change a create-only attribute: the objects that refer to this one use its twin while it is created again."""
        type_name, (name,) = object_id
        twin_name = name + TWIN_SUFFIX
        twin: ObjectId = (type_name, (twin_name,))
        wanted_twin = {**wanted, "name": twin_name}
        left = self.state.get(twin)
        if left is not None and create_only_differs(TYPES[type_name], left, wanted_twin):
            # A run that died on its way to another state left this twin. The original still exists.
            self.refer(type_name, twin_name, name)
            self.ensure(twin, None)
        self.ensure(twin, wanted_twin)
        self.refer(type_name, name, twin_name)
        self.ensure(object_id, None)
        self.ensure(object_id, wanted)
        self.refer(type_name, twin_name, name)
        self.ensure(twin, None)

    def refer(self, type_name: str, name: str, other: str) -> None:
        """Plan the steps that make all references to one object name another one."""
        for object_id, attributes in list(self.state.items()):
            for attribute, referred in TYPES[object_id[0]].refers.items():
                if referred == type_name and attributes.get(attribute) == name:
                    self.ensure(object_id, {**attributes, attribute: other})

    def priorities(self, point: tuple[str, ...]) -> set[int]:
        """Return the priorities at a bind point that are in use, or will be."""
        return {
            int(attributes["priority"])
            for object_id, attributes in [*self.state.items(), *self.target.objects.items()]
            if attributes and "priority" in attributes and bind_point(object_id, attributes) == point
        }


def settle(type_: ResourceType, wanted: Attributes, before: Attributes | None) -> Attributes:
    """Return the wanted attributes with those that the appliance chose, and with the old comment of the same version (its first ticket)."""
    if before is None:
        return wanted
    kept = {
        name: before[name]
        for name, attribute in type_.attributes.items()
        if attribute.assigned and name in before and name not in wanted
    }
    comment, present = str(wanted.get("comment", "")), str(before.get("comment", ""))
    if comment and type_.attributes["comment"].create_only:
        # A set is not created again, with all rules that use it, because of its comment.
        return {name: value for name, value in {**wanted, **kept, "comment": present}.items() if value != ""}
    if same_deployment(comment, present):
        kept["comment"] = present
    return {**wanted, **kept} if kept else wanted


def create_only_differs(type_: ResourceType, one: Attributes, other: Attributes) -> bool:
    """True if two states of an object differ in an attribute that an update cannot change."""
    return any(a.create_only and one.get(name) != other.get(name) for name, a in type_.attributes.items())


def next_free(start: int, taken: set[int]) -> int:
    """Return the next free priority after ``start``."""
    priority = start + 1
    while priority in taken:
        priority += 1
    return priority
