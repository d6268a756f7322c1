# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fingerprint of what a proof rests on: the configuration that a plan depends on, without what other measures of ours cannot change in it. Pure.

A policy behind ours never gets a request that ours answers, and one in front of ours that answers or hands on lets no attack past ours. So a measure that
was proven stays proven when another of ours is bound beside it. One in front may have given the proof itself: when it goes, the proof goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations

from ...appliance.objects.ownership import PREFIX, Owner
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId, bind_point
from .planner import State, Target, seal, seals_without

RESPONDER = "responderpolicy"
MOST_IN_FRONT = 6
"""The most bindings in front of ours of which each choice is compared."""


@dataclass(frozen=True)
class ProofSeals:
    """The fingerprints that a record of a proof has.

    :ivar seal: of all that the proof rests on; "" where what is in place is nothing that a run of ours has left
    :ivar places: of what is bound where ours is bound, with its policies: whoever does not know the target can compare it; "" where ours is not bound
    """

    seal: str = ""
    places: str = ""

    @classmethod
    def of(cls, present: State, target: Target, owner: Owner) -> ProofSeals:
        own = places_of(target.objects, owner)
        return cls(proof_seal(present, target, owner), proof_seal(present, own, owner) if own.objects else "")


def places_of(objects: Mapping[ObjectId, Attributes | None], owner: Owner) -> Target:
    """Return the bindings of ours among some objects."""
    return Target({id_: one for id_, one in _bindings(objects.items()) if owner.owns(id_, one)})


def proof_seal(present: State, target: Target, owner: Owner) -> str:
    """Return the fingerprint of what a proof rests on."""
    behind, _front = _of_other_measures(present, target, owner, {})
    return seal(_without(present, behind), _answering(target), ())


def proof_seals(present: State, target: Target, owner: Owner, unshown: Mapping[ObjectId, Attributes]) -> frozenset[str]:
    """Return the fingerprints of the proofs that hold for what is in place: those from before other measures of ours came, too.

    :param unshown: the bindings of other measures of ours with what a read does not show
    """
    behind, front = _of_other_measures(present, target, owner, unshown)
    sizes = range(len(front) + 1) if len(front) <= MOST_IN_FRONT else (0, len(front))
    since = chain.from_iterable(combinations(front, size) for size in sizes)
    choices: list[Sequence[ObjectId]] = [(), *([*behind, *some] for some in since)]
    # Older records have the fingerprint of all that was there.
    answering = _answering(target)
    targets = (answering, target) if answering.objects != target.objects else (target,)
    return frozenset(one for each in targets for one in seals_without(present, each, choices))


def seal_beside(
    present: State, own: Target, owner: Owner, proven: Sequence[str], unshown: Mapping[ObjectId, Attributes]
) -> str:
    """Return the fingerprint of what is bound where ours is bound: that of the last proof that holds for it, where one does.

    :param own: the bindings of ours
    :param proven: the fingerprints of the proofs, the oldest first
    """
    held = proof_seals(present, own, owner, unshown)
    return next((one for one in reversed(proven) if one in held), proof_seal(present, own, owner))


def _answering(target: Target) -> Target:
    """Return a target without what decides only what is logged: any measure of ours may switch that on, and each request is answered as before."""
    return replace(target, objects={id_: one for id_, one in target.objects.items() if not TYPES[id_[0]].only_logs})


def _without(present: State, gone: Iterable[ObjectId]) -> State:
    left_out = frozenset(gone)
    return State({id_: one for id_, one in present.objects.items() if id_ not in left_out}, present.features)


def _of_other_measures(
    present: State, target: Target, owner: Owner, unshown: Mapping[ObjectId, Attributes]
) -> tuple[list[ObjectId], list[ObjectId]]:
    """Return the bindings of other measures of ours that are evaluated after this one, and those before it that let no request past it."""
    last: dict[tuple[str, ...], int] = {}
    for id_, attributes in _bindings(target.objects.items()):
        if owner.owns(id_, attributes):
            point = bind_point(id_, attributes)
            last[point] = max(last.get(point, 0), int(attributes["priority"]))
    behind: list[ObjectId] = []
    front: list[ObjectId] = []
    for id_, attributes in sorted(_bindings(present.objects.items())):
        name, point = _policy(id_, attributes), bind_point(id_, attributes)
        if point not in last or not name.startswith(PREFIX) or owner.owns_name(name):
            continue
        if int(attributes["priority"]) > last[point]:
            behind.append(id_)
        elif _lets_nothing_past(unshown.get(id_, attributes), name, present.objects):
            front.append(id_)
    return behind, front


def _bindings(objects: Iterable[tuple[ObjectId, Attributes | None]]) -> Iterator[tuple[ObjectId, Attributes]]:
    for id_, attributes in objects:
        if attributes is not None and TYPES[id_[0]].bound and TYPES[id_[0]].policy_type == RESPONDER:
            yield id_, attributes


def _policy(id_: ObjectId, attributes: Attributes) -> str:
    return str(attributes[TYPES[id_[0]].policy_attribute])


def _lets_nothing_past(binding: Attributes, policy: str, objects: Mapping[ObjectId, Attributes]) -> bool:
    """Return True if a request that a policy does not answer goes on to the next one."""
    found = objects.get((RESPONDER, (policy,)))
    if found is None or binding.get("invoke"):
        return False
    action = str(found.get("action", ""))
    answers = action.upper() != "NOOP" and objects.get(("responderaction", (action,)), {}).get("type") != "noop"
    return answers or binding.get("gotopriorityexpression") == "NEXT"
