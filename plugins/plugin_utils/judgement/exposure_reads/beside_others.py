# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is bound beside the mitigations that other runs have proven, when a run on something else writes: its record keeps that.

A policy that somebody puts in front of ours, and takes away later, shows in no other record. A run never fails by it, and a closing is not kept waiting:
nothing is read where no mitigation was proven, and four lists otherwise, which may take little time (:meth:`.Session.briefly`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...appliance.nitro.session import Session
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...catalogue.observing import POLICY
from ...catalogue.run_parameters import RunParameters
from ...change.planning.planner import State
from ...change.planning.proof_seal import places_of, seal_beside
from ...change.planning.state_reader import Scope, observe
from ...change.records.change_record import ChangeRecord, proven_places
from ...change.records.record_list import all_records
from ...change.records.usable_records import runs_of_other_measures
from ...foundation.errors import TourniquetError
from ...measures.registry import inventory_kinds
from ..course.run import NOT_AS_LEFT, NOT_SAID
from ..inspection.ownership_state import target_of_records
from .measure_in_place import differences

ACTION = "responderaction"


@dataclass(frozen=True)
class WasRead:
    """What a run has read already, and of what that is all."""

    state: State = field(default_factory=State)
    scope: Scope = field(default_factory=Scope)


def found_beside_others(session: Session, parameters: RunParameters, read: WasRead | None = None) -> dict[str, str]:
    """Return what the record of a run keeps: by mitigation of ours that another run has proven in this admin partition, the fingerprint of what is bound
    where it is bound, or that it is not as our runs left it. Nothing where there is none.

    :raises InvalidInput: where a record cannot be read
    """
    return _found(session, [*_proven(runs_of_other_measures(parameters), parameters.run)], read)


def news_beside(
    session: Session, records: Sequence[ChangeRecord], run: str, measure: str, read: WasRead
) -> dict[str, str]:
    """Return the same of one mitigation, where the last record that says it does not say so.

    :param records: those on the mitigation, and those of other runs that say what was bound beside it, in the order of their chain
    """
    found = _found(session, [*_proven((one for one in records if one.measure == measure), run)], read)
    return {} if found.get(measure) == _last_told(records, measure) else found


def news_beside_others(session: Session, parameters: RunParameters, read: WasRead) -> dict[str, str]:
    """Return what :func:`found_beside_others` does, of the mitigations of which the last record that says it does not say so.

    :raises InvalidInput: where a record cannot be read
    """
    found = found_beside_others(session, parameters, read)
    every = all_records(parameters.records, parameters.appliance.name, parameters.trust) if found else ()
    own = [one for one in every if one.provenance.is_trusted and one.partition == parameters.scope]
    return {measure: seal for measure, seal in found.items() if seal != _last_told(own, measure)}


def _last_told(records: Sequence[ChangeRecord], measure: str) -> str:
    for record in reversed(records):
        if found := record.content.found_beside.get(measure, ""):
            return found
        if record.measure == measure and record.proof is not None and record.proof.places:
            return record.proof.places
    return ""


def _found(session: Session, proven: Sequence[_Proven], read: WasRead | None) -> dict[str, str]:
    if not proven:
        return {}
    wanted = Scope.only([*(id_ for one in proven for id_ in one.left)])
    wanted = Scope(wanted.types | {POLICY, ACTION}, wanted.places)
    try:
        if read is not None and _has(read.scope, wanted):
            present = read.state
        else:
            with session.briefly():
                present = observe(session, wanted).state
    except TourniquetError:
        return {one.owner.measure: NOT_SAID for one in proven}
    return {one.owner.measure: one.beside(present) for one in proven}


@dataclass(frozen=True)
class _Proven:
    """A mitigation of ours.

    :ivar left: its policies, actions and bindings as our runs left them
    :ivar seals: the fingerprints of its proofs, the oldest first
    """

    owner: Owner
    left: Mapping[ObjectId, Attributes]
    seals: Sequence[str]

    def beside(self, present: State) -> str:
        if next(differences(self.left, present.objects, present.features), ""):
            return NOT_AS_LEFT
        return seal_beside(present, places_of(present.objects, self.owner), self.owner, self.seals, {})


def _proven(records: Iterable[ChangeRecord], run: str) -> Iterator[_Proven]:
    """Yield the mitigations that are there by the records. What this run itself has written is in its own record."""
    by_measure: dict[str, list[ChangeRecord]] = {}
    for record in records:
        by_measure.setdefault(record.measure, []).append(record)
    for measure, own in by_measure.items():
        owner = Owner(measure, 1)
        seals = [] if measure in inventory_kinds() or own[-1].run == run else proven_places(own)
        objects = target_of_records(own, {}).objects if seals else {}
        if places_of(objects, owner).objects:
            yield _Proven(owner, {id_: one for id_, one in objects.items() if one is not None and _is_of(id_)}, seals)


def _is_of(object_id: ObjectId) -> bool:
    """Return True for a policy, an action or the binding of one: all by which a request is judged."""
    return object_id[0] in (POLICY, ACTION) or TYPES[object_id[0]].policy_type == POLICY


def _has(scope: Scope, wanted: Scope) -> bool:
    return wanted.types <= scope.types and wanted.places <= scope.places
