# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which runs of a measure stand in one admin partition, and what they left of its policies, actions and bindings. Pure."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field

from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...appliance.objects.steps import FEATURE
from ...catalogue.observing import POLICY, is_passing
from ...change.records.change_record import ChangeRecord
from ...change.records.hash_chain import FOUND_UNDONE
from ...change.records.record_states import Outcome, RecordKind
from .event import Event

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
    """

    owner: Owner
    events: dict[str, Event] = field(default_factory=dict)
    objects: dict[ObjectId, Attributes] = field(default_factory=dict)
    before: dict[str, Found] = field(default_factory=dict)
    is_proven_to_block: bool = False

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
        changed = [name for name, one in self.events.items() if one.record.touched]
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
            if object_id in self.objects and not TYPES[object_id[0]].same(there, self.objects[object_id]):
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
        for step in record.touched if record.kind in (RecordKind.APPLY, RecordKind.ROLLBACK) else ():
            self.is_proven_to_block = False
            self._left(step.object_id, step.after)

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


def _died_before_its_first_write(record: ChangeRecord) -> bool:
    """Return True if a run has sent none of its steps, so that it took nothing off."""
    return record.outcome is not Outcome.APPLIED and bool(record.steps) and not record.touched
