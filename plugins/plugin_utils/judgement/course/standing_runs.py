# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which runs of a measure stand in one admin partition, and what they left of its policies, actions and bindings. Pure."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field

from ...appliance.objects.ownership import TWIN_SUFFIX, Owner
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...appliance.objects.steps import FEATURE, Step
from ...catalogue.observing import POLICY, is_passing, observing_objects
from ...change.records.change_record import ChangeRecord
from ...change.records.hash_chain import FOUND_UNDONE
from ...change.records.record_states import Outcome, RecordKind
from .event import Event
from .run import works_by

SWITCH: ObjectId = (FEATURE, ("RESPONDER",))
SWITCHED_OFF = f"the feature {SWITCH[1][0]} off"
"""Without it no policy of ours is evaluated."""


@dataclass(frozen=True)
class Found:
    """What a run found that changed something.

    :ivar objects: our policies, actions and bindings as the records have them
    :ivar proof: that of these; None where they were not proven
    """

    objects: Mapping[ObjectId, Attributes]
    proof: Event | None


@dataclass
class StandingRuns:
    """The runs whose changes are in place, and what they left.

    :ivar events: by record
    :ivar objects: our policies, actions and bindings as the runs left them
    :ivar before: by record, what each of the standing runs found
    :ivar is_proven_to_block: a run proved that our policies block, which by the records only count or are not there: what they are is known by its
        fingerprint alone
    :ivar in_doubt: what was there before steps that were sent, and of which no record says whether they were carried out
    """

    owner: Owner
    events: dict[str, Event] = field(default_factory=dict)
    objects: dict[ObjectId, Attributes] = field(default_factory=dict)
    before: dict[str, Found] = field(default_factory=dict)
    is_proven_to_block: bool = False
    in_doubt: dict[ObjectId, Attributes] = field(default_factory=dict)

    @property
    def compared(self) -> dict[ObjectId, Attributes]:
        """Return what is compared with the appliance: of what is known by a fingerprint, the bindings."""
        if not self.is_proven_to_block:
            return dict(self.objects)
        return {id_: one for id_, one in self.objects.items() if TYPES[id_[0]].bound}

    @property
    def policies(self) -> dict[ObjectId, Attributes]:
        return {id_: attributes for id_, attributes in self.objects.items() if id_[0] == POLICY}

    @property
    def block(self) -> bool:
        """Return True if something of ours stands, and none of our policies only counts."""
        return self.is_proven_to_block or (bool(self.events) and not any(map(is_passing, self.policies.values())))

    def keep_found(self, event: Event, proof: Event | None) -> None:
        """Keep what a run of apply.yml found."""
        self.before[event.record.name] = Found(dict(self.objects), proof)

    def found_by_the_undone(self, event: Event) -> Found | None:
        """Return what the runs found that an undo takes back; None where it is none, or did not come to its end."""
        record = event.record
        if record.kind is not RecordKind.ROLLBACK or record.outcome is not Outcome.APPLIED or record.problem:
            return None
        return next((self.before.get(name) for name in self.events if name in record.undoes), None)

    def undoes_the_last(self, event: Event) -> bool:
        """Return True if a run takes back the last runs that changed something, so that what they found is there again."""
        changed = [name for name, one in self.events.items() if one.record.answering]
        first = next((place for place, name in enumerate(changed) if name in event.record.undoes), None)
        return first is not None and {*changed[first:]} <= {*event.record.undoes}

    def lose_found_undone(self) -> str:
        """Take away what a rollback found undone by somebody else, and return its record; "" where there is none."""
        found = [name for name, one in self.events.items() if one.record.undone_by == FOUND_UNDONE]
        # A feature that a run switched on, and that our policies still use, stays on: nothing of the rule was undone.
        lost = [name for name in found if not self._only_switched(self.events[name].record)]
        if not lost:
            return ""
        self._take_away(found)
        self.objects = {}
        return lost[0].removesuffix(".json")

    def _only_switched(self, record: ChangeRecord) -> bool:
        """Return True if a run has changed something, and nothing of what our measure consists of."""
        ours = (self._is_ours(step.object_id, step.after or step.before or {}) for step in record.touched)
        return bool(record.touched) and not any(ours)

    def found_changed(self, event: Event) -> str:
        """Return what a run found otherwise than the runs before it left it, and changed; "" where there is nothing."""
        record = event.record
        if not self.policies or record.kind not in (RecordKind.APPLY, RecordKind.ROLLBACK):
            return ""
        if self.is_proven_to_block:
            blocks = (
                step for step in record.touched if step.type == POLICY and step.after and not is_passing(step.after)
            )
            return "it otherwise than it was proven" if next(blocks, None) is not None else ""
        if SWITCH[1][0] in record.found_off:
            return SWITCHED_OFF
        first: dict[ObjectId, Attributes | None] = {}
        for step in record.touched:
            first.setdefault(step.object_id, step.before)
        for object_id, there in first.items():
            if object_id == SWITCH and there is not None and not there.get("enabled"):
                return SWITCHED_OFF
            left = [one[object_id] for one in (self.objects, self.in_doubt) if object_id in one]
            if object_id in self.objects and not any(TYPES[object_id[0]].same(there, one) for one in left):
                return f"{TYPES[object_id[0]].noun} {object_id[1][0]} {'changed' if there is not None else 'gone'}"
        return self._found_so_by_the_undo(event, first)

    def _found_so_by_the_undo(self, event: Event, changed: Container[ObjectId]) -> str:
        """Return what of ours an undo found as it was to leave it, and so has no step for; "" where there is nothing."""
        record = event.record
        if record.kind is not RecordKind.ROLLBACK or record.outcome is not Outcome.APPLIED:
            return ""
        restored: dict[ObjectId, Attributes | None] = {}
        for one in (one for name, one in reversed([*self.events.items()]) if name in record.undoes):
            restored |= {step.object_id: step.before for step in reversed(one.record.touched)}
        for object_id, before in restored.items():
            left = self.objects.get(object_id)
            if left is not None and object_id not in changed and not TYPES[object_id[0]].same(before, left):
                return f"{TYPES[object_id[0]].noun} {object_id[1][0]} {'as it was before' if before is not None else 'gone'}"
        return ""

    def carry_out(self, event: Event) -> None:
        """Follow which runs stand, and what they left of our policies."""
        record = event.record
        if (
            record.kind is RecordKind.ROLLBACK
            and record.outcome is not Outcome.REVERTED
            and not _died_before_its_first_write(record)
        ):
            if record.outcome is Outcome.APPLIED:
                self._restore(record.undoes)
            self._take_away(record.undoes)
        elif record.kind is RecordKind.APPLY and record.outcome is Outcome.APPLIED:
            self.events[record.name] = event
        if record.kind is RecordKind.APPLY and record.outcome is Outcome.APPLIED:
            self.settle(event)
        for step in record.touched if record.kind in (RecordKind.APPLY, RecordKind.ROLLBACK) else ():
            self.is_proven_to_block = False
            self._note_doubt(event, step)
            self._left(step.object_id, step.after)

    def _note_doubt(self, event: Event, step: Step) -> None:
        """Keep what was there before a step of a run that did not come to its end, where nobody knows whether it was carried out."""
        left = self.objects.get(step.object_id, self.in_doubt.get(step.object_id))
        self.in_doubt.pop(step.object_id, None)
        if left is not None and event.record.content.is_only_sent(step):
            self.in_doubt[step.object_id] = left

    def settle(self, event: Event) -> None:
        """Put back what a run that came to its end found in place, and leave out what it did not find: else it would have a step for it, or not block."""
        touched = {step.object_id for step in event.record.touched}
        for object_id, before in self.in_doubt.items():
            left = self.objects.get(object_id)
            only_counts = left == observing_objects({object_id: before})[object_id] != before
            if object_id not in touched and (left is None or (only_counts and works_by(event.record.content))):
                self.objects[object_id] = before
        self.in_doubt.clear()
        self.objects = {id_: one for id_, one in self.objects.items() if id_ in touched or not _is_twin(id_, one)}

    def _take_away(self, undone: Collection[str]) -> None:
        """Let some runs stand no longer, nor those after them that changed nothing: these only found, and proved, what was there."""
        after = False
        for name, one in [*self.events.items()]:
            after = after or name in undone
            if name in undone or (after and not one.record.touched):
                del self.events[name]

    def _restore(self, undone: Iterable[str]) -> None:
        """Put our policies back as they were before some runs: their undo may have found them so already, and then it has no step."""
        for event in (one for name, one in reversed([*self.events.items()]) if name in undone):
            for step in reversed(event.record.touched):
                self._left(step.object_id, step.before)

    def _left(self, object_id: ObjectId, attributes: Attributes | None) -> None:
        if attributes is None:
            self.objects.pop(object_id, None)
        elif self._is_ours(object_id, attributes):
            self.objects[object_id] = attributes

    def _is_ours(self, object_id: ObjectId, attributes: Attributes) -> bool:
        """Return True for what our measure consists of; a feature and a setting are of the appliance."""
        type_ = TYPES.get(object_id[0])
        if type_ is None or type_.only_set:
            return False
        return self.owner.owns_name(str(attributes.get(type_.policy_attribute, "")) if type_.bound else object_id[1][0])


def _is_twin(object_id: ObjectId, attributes: Attributes) -> bool:
    """Return True for what stands in for a policy while it is changed: no run that came to its end leaves it."""
    return str(attributes.get(TYPES[object_id[0]].policy_attribute, object_id[1][0])).endswith(TWIN_SUFFIX)


def _died_before_its_first_write(record: ChangeRecord) -> bool:
    """Return True if a run has sent none of its steps, so that it took nothing off."""
    return record.outcome is not Outcome.APPLIED and bool(record.steps) and not record.touched
