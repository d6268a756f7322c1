# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Observe mode of a mitigation: the same rules, which count and log a request and let it pass. Pure.

A policy that observes has the action NOOP, and its bindings continue with the next policy: after END the policies of others behind ours
would no longer judge a request that ours only counts. The actions stay, so that a switch to blocking changes nothing but policy and binding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..appliance.objects.ownership import TWIN_SUFFIX, Owner
from ..appliance.objects.resource_types import TYPES, Attributes, ObjectId
from .desired_state import Document, Stage

POLICY = "responderpolicy"
NO_ACTION = "NOOP"
NEXT = "NEXT"


def observing_document(document: Document) -> Document:
    """Return the desired state with every policy observing.

    Where a policy blocks already, its bindings change first: as long as it blocks, nothing depends on what follows it.
    """
    first, _last = observing_stages(document.objects)
    objects = observing_objects(document.objects)
    return replace(document, objects=objects, stages=(*document.stages, Stage(first, if_present=True)))


def observing_objects(objects: Mapping[ObjectId, Attributes]) -> dict[ObjectId, Attributes]:
    """Return objects with every policy observing."""
    return {id_: _observing(id_, attributes) for id_, attributes in objects.items()}


def observing_stages(objects: Mapping[ObjectId, Attributes]) -> tuple[dict[ObjectId, Attributes | None], ...]:
    """Return what changes, in two stages, so that policies and bindings which are in place observe: first the bindings."""
    observing = observing_objects(objects)
    return (
        {id_: attributes for id_, attributes in observing.items() if is_binding(id_)},
        {id_: attributes for id_, attributes in observing.items() if id_[0] == POLICY},
    )


def observing_policies(objects: Mapping[ObjectId, Attributes], owner: Owner) -> tuple[str, ...]:
    """Return the policies of ours that are bound and only count, without the twins of a run that died."""
    bound = {str(a[TYPES[id_[0]].policy_attribute]) for id_, a in objects.items() if is_binding(id_)}
    names = (
        key[0]
        for (type_, key), attributes in objects.items()
        if type_ == POLICY and is_passing(attributes) and owner.owns((type_, key), attributes)
    )
    return tuple(name for name in names if name in bound and not name.endswith(TWIN_SUFFIX))


def is_binding(object_id: ObjectId) -> bool:
    """Return True if an object is the binding of a policy."""
    return bool(TYPES[object_id[0]].policy_attribute)


def is_passing(attributes: Attributes) -> bool:
    """Return True if a policy lets the requests pass that its rule matches, by its own action."""
    return str(attributes.get("action", "")).upper() == NO_ACTION


def _observing(object_id: ObjectId, attributes: Attributes) -> Attributes:
    if object_id[0] == POLICY:
        return {**attributes, "action": NO_ACTION}
    return {**attributes, "gotopriorityexpression": NEXT} if is_binding(object_id) else attributes
