# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The numbers (priorities) at which a measure is bound on one appliance: that of its entry, unless it is bound already or the number is taken. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from ...appliance.objects.ownership import PREFIX, TWIN_SUFFIX
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId, bind_point
from ...catalogue.desired_state import Document
from ...catalogue.priorities import BEFORE_NUMBERS
from .planner import next_free

Objects = Mapping[ObjectId, Attributes]
Left = Mapping[ObjectId, Attributes | None]


@dataclass(frozen=True)
class Numbered:
    """A desired state whose bindings have their numbers on one appliance.

    :ivar remarks: by which policies, in words, a binding that a run brings in is kept from the number of its entry
    """

    document: Document
    remarks: tuple[str, ...] = ()


def with_numbers(document: Document, number: int, present: Objects, left: Left) -> Numbered:
    """Return the desired state with the number of each binding on one appliance.

    A binding of ours stays where every mitigation was bound before entries had numbers, and where our last run left it: a rule that protects is not
    bound again because of a number. A new one takes the nearest free number in front of a policy that has its own, and in front of those of others that
    let requests go on past it: ours answers attacks alone, so that nothing else changes for these requests.

    :param number: that of the entry; another one in the document is the operator's, and stays
    :param present: the objects of the appliance
    :param left: the objects as our runs left them, by the records
    """
    own = {id_: a for id_, a in document.objects.items() if TYPES[id_[0]].policy_attribute and a["priority"] == number}
    found = {id_: _number(id_, attributes, present, left) for id_, attributes in own.items()}
    if all(one == number for one in found.values()):
        return Numbered(document)
    objects = {id_: _at(found, id_, attributes) for id_, attributes in document.objects.items()}
    stages = tuple(
        replace(stage, objects={id_: a and _at(found, id_, a) for id_, a in stage.objects.items()})
        for stage in document.stages
    )
    remarks = tuple(one for id_ in own for one in _moved(id_, own[id_], found[id_], present))
    return Numbered(replace(document, objects=objects, stages=stages), remarks)


def _at(numbers: Mapping[ObjectId, int], object_id: ObjectId, attributes: Attributes) -> Attributes:
    return {**attributes, "priority": numbers[object_id]} if object_id in numbers else attributes


def _number(object_id: ObjectId, wanted: Attributes, present: Objects, left: Left) -> int:
    before, number = present.get(object_id), int(wanted["priority"])
    if before is not None:
        there, ours = int(before["priority"]), left.get(object_id)
        if there == BEFORE_NUMBERS or (ours is not None and ours["priority"] == there):
            return there
    taken = _taken(object_id, wanted, present)
    free = number if number not in taken else nearest_free(number, taken)
    ahead = [one for one in _lead_past(object_id, wanted, present) if one < free]
    return (_free_in_front(min(ahead), taken) or free) if ahead else free


def nearest_free(number: int, taken: Collection[int]) -> int:
    """Return the nearest free number in front of one, since the first policy decides; the next one behind it where there is none."""
    return _free_in_front(number, taken) or next_free(number, {*taken})


def _free_in_front(number: int, taken: Collection[int]) -> int:
    """Return the nearest free number in front of one; 0 where there is none."""
    return next((one for one in range(number - 1, 0, -1) if one not in taken), 0)


def _lead_past(object_id: ObjectId, wanted: Attributes, present: Objects) -> dict[int, str]:
    """Return the responder policies of others at the bind point that let a request pass and lead it past those behind them, by their number."""
    point, own = bind_point(object_id, wanted), _taken(object_id, wanted, present)
    found = {}
    for id_, attributes in present.items():
        type_ = TYPES[id_[0]]
        policy = str(attributes.get(type_.policy_attribute, "")) if type_.policy_type == "responderpolicy" else ""
        if not policy or policy.startswith(PREFIX) or bind_point(id_, attributes) != point:
            continue
        goes_on = str(attributes.get("gotopriorityexpression", "END")).upper() in ("NEXT", "USE_INVOCATION_RESULT")
        if (attributes.get("invoke") or not goes_on) and _passes(policy, present):
            found[int(attributes["priority"])] = policy
    return {number: policy for number, policy in found.items() if own.get(number) == policy}


def _passes(policy: str, present: Objects) -> bool:
    """Return True if a policy lets the requests pass that it matches; NOPOLICY is that of a binding which only invokes a label."""
    action = str(present.get(("responderpolicy", (policy,)), {}).get("action", ""))
    noop = present.get(("responderaction", (action,)), {}).get("type") == "noop"
    return policy.upper() == "NOPOLICY" or action.upper() == "NOOP" or noop


def _taken(object_id: ObjectId, wanted: Attributes, present: Objects) -> dict[int, str]:
    """Return the policies of others and of other measures of ours at the bind point, by their number."""
    type_, point = TYPES[object_id[0]], bind_point(object_id, wanted)
    own = str(wanted[type_.policy_attribute])
    at_point = {
        int(attributes["priority"]): str(attributes[TYPES[id_[0]].policy_attribute])
        for id_, attributes in present.items()
        if TYPES[id_[0]].policy_attribute and "priority" in attributes and bind_point(id_, attributes) == point
    }
    return {number: policy for number, policy in at_point.items() if policy not in (own, own + TWIN_SUFFIX)}


def _moved(object_id: ObjectId, wanted: Attributes, number: int, present: Objects) -> Iterator[str]:
    before, entry = present.get(object_id), int(wanted["priority"])
    if number == entry or (before is not None and before["priority"] == number):
        return
    policy = _taken(object_id, wanted, present).get(entry)
    place = " ".join(bind_point(object_id, wanted)[1:])
    if policy is not None:
        whose = "of another measure of ours" if policy.startswith(PREFIX) else "of somebody else"
        yield f"priority {entry} at {place}, that of the entry, is taken by {policy} {whose}: ours is bound at {number}"
    ahead = {one: name for one, name in _lead_past(object_id, wanted, present).items() if one < entry}
    if number < min(ahead, default=0):
        names = ", ".join(f"{name} ({one})" for one, name in sorted(ahead.items()))
        yield f"at {place} {names} of somebody else would lead requests past priority {entry}, that of the entry: ours is bound at {number}"
