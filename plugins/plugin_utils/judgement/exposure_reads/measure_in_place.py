# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is a measure in place everywhere and as our runs left it, and is off what they switched off? Reads only, and few: what the records say is compared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.nitro.partitions import UNREADABLE, read_partitions
from ...appliance.nitro.session import Session
from ...appliance.object_reads.vserver_reads import read_vservers
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...catalogue.observing import POLICY, is_passing
from ...change.planning.proof_seal import places_of, proof_seals
from ...change.planning.state_reader import Scope, observe
from ...foundation.errors import InvalidInput
from ..course.measure_state import MeasureState
from ..course.state import State
from ..verdicts.policies_in_front import FrontReader

FEATURE = "RESPONDER"


@dataclass(frozen=True)
class InPlace:
    """How a measure is in place now, where that is not as the records say.

    :ivar word: None where it is as our runs left it
    :ivar told: what a reader should know besides
    :ivar places: by admin partition, the fingerprints of the proofs that hold for what is bound where ours is bound
    """

    word: State | None = None
    reason: str = ""
    told: tuple[str, ...] = ()
    places: Mapping[str, frozenset[str]] = field(default_factory=dict)


def found_in_place(connection: Connection, state: MeasureState, front: FrontReader) -> InPlace:
    """Return the first difference of what is in place from what our runs left, or for whom it does not hold: policies of others that let requests
    go on past it, or a partition to which no run has brought it.

    :param state: what the runs left
    :raises TourniquetError: where something cannot be read
    """
    left = state.left
    partly: list[str] = []
    told: list[str] = []
    places: dict[str, frozenset[str]] = {}
    for partition, objects in ((name, objects) for name, objects in left.items() if objects):
        where = "" if partition == DEFAULT else f"partition {partition}: "
        with connection.inside(partition):
            found = observe(connection.primary, _scope(objects)).state
            compared = _gone if partition in state.by_fingerprint else _differences
            there = next(compared(objects, found.objects, found.features), "")
            if there:
                return InPlace(State.DRIFTED, f"{where}{there}")
            in_front = front.read(connection, partition, found.objects)
        own = places_of(objects, front.parameters.owner)
        places[partition] = proof_seals(found, own, front.parameters.owner, in_front.unshown)
        partly += [f"{where}{in_front.reason}"] if in_front.reason else []
        told += [f"{where}{text}" for text in in_front.told]
    found_partitions = read_partitions(connection.primary)
    if found_partitions is None:
        raise InvalidInput(f"{connection.primary.where}: {UNREADABLE}")
    partly += [
        f"partition {name}: no run of ours has brought it in there" for name in found_partitions if name not in left
    ]
    return InPlace(State.PARTLY if partly else None, next(iter(partly), ""), tuple(told), places)


def _scope(objects: Iterable[ObjectId]) -> Scope:
    """Return the scope of what our runs left, with what is bound where a request is evaluated first."""
    own = Scope.only(objects)
    policies = {POLICY} if any(TYPES[type_].policy_type == POLICY for type_, _name in own.places) else set()
    return Scope(own.types | policies, own.places | Scope.of(objects).places)


def switched_off(connection: Connection, places: Collection[tuple[str, ObjectId]]) -> frozenset[tuple[str, ObjectId]]:
    """Return those of some virtual servers that the appliance shows as switched off.

    :param places: each with its admin partition
    :raises TourniquetError: where something cannot be read
    """
    found: set[tuple[str, ObjectId]] = set()
    for partition in sorted({name for name, _object_id in places}):
        with connection.inside(partition):
            vservers = read_vservers(connection.primary)
        found |= {(partition, one.object_id) for one in vservers if one.enabled is False}
    return frozenset(found & {*places})


def switched_on(
    connection: Connection, session: Session, closed: Collection[tuple[str, ObjectId]]
) -> frozenset[tuple[str, ObjectId]]:
    """Return the virtual servers that a node shows as switched on, in all admin partitions: of those that are closed, and those with an address of
    their own.

    :param session: with the node
    :param closed: each with its admin partition
    :raises TourniquetError: where something cannot be read
    """
    partitions = read_partitions(connection.primary)
    if partitions is None:
        raise InvalidInput(f"{connection.primary.where}: {UNREADABLE}")
    found: set[tuple[str, ObjectId]] = set()
    for partition in (DEFAULT, *partitions):
        with connection.inside(partition):
            vservers = read_vservers(session)
        on = {(partition, one.object_id): one.addressable for one in vservers if one.enabled}
        found |= {one for one, addressable in on.items() if addressable or one in closed}
    return frozenset(found)


def _gone(
    left: Mapping[ObjectId, Attributes], there: Mapping[ObjectId, Attributes], features: Mapping[str, bool]
) -> Iterator[str]:
    """Yield what a proof that is known by its fingerprint cannot have seen."""
    if left and not features.get(FEATURE):
        yield f"the feature {FEATURE} is off"
    for type_, key in left.keys() - there.keys():
        yield f"{TYPES[type_].noun} {key[0]} is not there any more, and no run of ours has removed it"


def _differences(
    left: Mapping[ObjectId, Attributes], there: Mapping[ObjectId, Attributes], features: Mapping[str, bool]
) -> Iterator[str]:
    if any(type_ == POLICY for type_, _key in left) and not features.get(FEATURE):
        yield f"the feature {FEATURE} is off"
    for (type_, key), before in left.items():
        now, noun = there.get((type_, key)), f"{TYPES[type_].noun} {key[0]}"
        if now is None:
            yield f"{noun} is not there any more, and no run of ours has removed it"
        elif type_ == POLICY and is_passing(now) and not is_passing(before):
            yield f"{noun} only counts, and no run of ours has let it"
        elif not TYPES[type_].same(now, before):
            yield f"{noun} is not as our last run left it"
