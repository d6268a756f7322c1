# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is a measure in place everywhere and as our runs left it, and is off what they switched off? Reads only, and few: what the records say is compared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.nitro.partitions import UNREADABLE, read_partitions
from ...appliance.nitro.session import Session
from ...appliance.object_reads.vserver_reads import read_vservers
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import HTTP_GLOBAL_TYPES, TYPES, Attributes, ObjectId
from ...appliance.objects.virtual_servers import Vserver
from ...catalogue.observing import POLICY, is_passing
from ...change.planning.proof_seal import places_of, proof_seals
from ...change.planning.state_reader import GLOBAL_BINDING, MEASURE_TYPES, Scope, observe
from ...foundation.errors import InvalidInput, TourniquetError
from ..course.measure_state import MeasureState
from ..course.state import State
from ..verdicts.policies_in_front import FrontReader
from .later_partition import without_measure

FEATURE = "RESPONDER"
NOT_BOUND = "no policy of ours is bound any more, and no run of ours has removed it"


@dataclass(frozen=True)
class InPlace:
    """How a measure is in place now, where that is not as the records say.

    :ivar word: None where it is as our runs left it
    :ivar told: what a reader should know besides
    :ivar places: by admin partition, the fingerprints of the proofs that hold for what is bound where ours is bound
    :ivar gone: the admin partitions where no policy of ours is evaluated any more
    :ivar lets_past: which policy of others lets requests go on past it, in words; "" for none
    """

    word: State | None = None
    reason: str = ""
    told: tuple[str, ...] = ()
    places: Mapping[str, frozenset[str]] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    lets_past: str = ""


def found_in_place(connection: Connection, state: MeasureState, front: FrontReader) -> InPlace:
    """Return the first difference of what is in place from what our runs left, or for whom it does not hold: policies of others that let requests
    go on past it, or a partition to which no run has brought it.

    :param state: what the runs left
    :raises TourniquetError: where something cannot be read
    """
    partly: list[str] = []
    told: list[str] = []
    places: dict[str, frozenset[str]] = {}
    known = {name: left for name, left in state.left.items() if left or name in state.by_fingerprint}
    for partition, left in known.items():
        where = "" if partition == DEFAULT else f"partition {partition}: "
        with connection.inside(partition):
            found = observe(connection.primary, scope_of(left)).state
            objects = left or _ours(found.objects, front.parameters.owner)
            compared = _gone if partition in state.by_fingerprint else differences
            there = next(compared(objects, found.objects, found.features), "") if objects else NOT_BOUND
            blocks = next(_blocking(objects, found.objects) if there else _left_blocking(state, objects), "")
            if there or blocks:
                gone = frozenset({partition} if _is_gone(objects, found.objects, found.features) else ())
                return InPlace(State.UNPROVEN if blocks else State.DRIFTED, f"{where}{blocks or there}", gone=gone)
            in_front = front.read(connection, partition, found.objects)
        own = places_of(objects, front.parameters.owner)
        places[partition] = proof_seals(found, own, front.parameters.owner, in_front.unshown)
        partly += [f"{where}{in_front.reason}"] if in_front.reason else []
        told += [f"{where}{text}" for text in in_front.told]
    found_partitions = read_partitions(connection.primary)
    if found_partitions is None:
        raise InvalidInput(f"{connection.primary.where}: {UNREADABLE}")
    lets_past = next(iter(partly), "")
    later = (without_measure(connection, name) for name in found_partitions if name not in state.left)
    partly += filter(None, later)
    word = State.PARTLY if partly else None
    return InPlace(word, next(iter(partly), ""), tuple(told), places, lets_past=lets_past)


def _ours(there: Mapping[ObjectId, Attributes], owner: Owner) -> dict[ObjectId, Attributes]:
    """Return the bindings of ours: of what a run proved that no record here has brought in, only they are known."""
    return {id_: one for id_, one in places_of(there, owner).objects.items() if one is not None}


def scope_of(objects: Collection[ObjectId]) -> Scope:
    """Return the scope of what our runs left, with what is bound where a request is evaluated first; that alone where it is not known what they left."""
    if not objects:
        return Scope(frozenset({POLICY, *MEASURE_TYPES}), frozenset({(GLOBAL_BINDING, HTTP_GLOBAL_TYPES[0])}))
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
) -> dict[tuple[str, ObjectId], str]:
    """Return the virtual servers that a node shows as switched on, in all admin partitions, with address and port: of those that are closed, and those with
    an address of their own.

    :param session: with the node
    :param closed: each with its admin partition
    :raises TourniquetError: where something cannot be read
    """
    partitions = read_partitions(connection.primary)
    if partitions is None:
        raise InvalidInput(f"{connection.primary.where}: {UNREADABLE}")
    found: dict[tuple[str, ObjectId], str] = {}
    for partition in (DEFAULT, *partitions):
        with connection.inside(partition):
            vservers = read_vservers(session)
        on = {(partition, one.object_id): one for one in vservers if one.enabled}
        found |= {place: str(one.place) for place, one in on.items() if one.addressable or place in closed}
    return found


def all_switched_off(connection: Connection) -> bool:
    """Return True if both nodes show each virtual server with an address as switched off, in all admin partitions; False where something cannot be read."""
    nodes = (connection.primary, *([] if connection.secondary is None else [connection.secondary]))
    try:
        return not connection.secondary_problem and all(_all_off_at(connection, session) for session in nodes)
    except TourniquetError:
        return False


def _all_off_at(connection: Connection, session: Session) -> bool:
    partitions = read_partitions(connection.primary)
    if partitions is None:
        return False
    found: list[Vserver] = []
    for partition in (DEFAULT, *partitions):
        with connection.inside(partition):
            found += [one for one in read_vservers(session) if one.addressable]
    return bool(found) and all(one.enabled is False for one in found)


def _blocking(left: Mapping[ObjectId, Attributes], there: Mapping[ObjectId, Attributes]) -> Iterator[str]:
    """Yield what blocks, and only counted as our runs left it."""
    for (type_, key), before in left.items():
        now = there.get((type_, key))
        if type_ == POLICY and is_passing(before) and now is not None and not is_passing(now):
            yield f"{TYPES[type_].noun} {key[0]} blocks, no run here has let it, and none has proved it"


def _left_blocking(state: MeasureState, left: Mapping[ObjectId, Attributes]) -> Iterator[str]:
    """Yield what only counts by the last run that came to its end, and one that did not has let block: it is there as that one left it."""
    every = (one for objects in state.left.values() for (type_, _key), one in objects.items() if type_ == POLICY)
    if state.word is State.OBSERVING and not any(map(is_passing, every)):
        names = (key[0] for type_, key in left if type_ == POLICY)
        yield from (
            f"{TYPES[POLICY].noun} {one} blocks by a run that did not come to its end, and none has proved it"
            for one in names
        )


def _gone(
    left: Mapping[ObjectId, Attributes], there: Mapping[ObjectId, Attributes], features: Mapping[str, bool]
) -> Iterator[str]:
    """Yield what a proof that is known by its fingerprint cannot have seen."""
    if left and not features.get(FEATURE):
        yield f"the feature {FEATURE} is off"
    for type_, key in left.keys() - there.keys():
        yield f"{TYPES[type_].noun} {key[0]} is not there any more, and no run of ours has removed it"


def _is_gone(
    left: Mapping[ObjectId, Attributes], there: Mapping[ObjectId, Attributes], features: Mapping[str, bool]
) -> bool:
    """Return True if nothing evaluates our policies any more: one that only counts counts nothing then."""
    bound = [id_ for id_ in left if TYPES[id_[0]].policy_type == POLICY]
    return bool(bound) and (not features.get(FEATURE) or not {*bound} & {*there})


def differences(
    left: Mapping[ObjectId, Attributes], there: Mapping[ObjectId, Attributes], features: Mapping[str, bool]
) -> Iterator[str]:
    """Yield how what is there differs from what our runs left."""
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
