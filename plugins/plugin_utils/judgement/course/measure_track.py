# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The course of one mitigation in one admin partition, from its records in the order of their chain. Pure.

A line says what held from each boundary on. What a later run contradicts is doubted back to where it was said: a proof holds only as long as no run shows
that an attack passes, since nobody knows from when on it did.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from ...appliance.nitro.builds import Build
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import Attributes, ObjectId
from ...catalogue.entry import Entry, Surface
from ...change.records.record_states import Outcome, RecordKind
from ...foundation.foreign_text import printable
from .build_track import is_fixed_for
from .event import Event
from .interval import Interval, Line, LineBuilder
from .measure_stage import Doing, MeasureStage
from .measure_state import MeasureState
from .recorded_proof import let_past_by, may_let_past_by
from .run import NOT_AS_LEFT, NOT_SAID, disproves, leaves_out, left_by, unproven_beside, works_by
from .sourced_date import Dated
from .standing_runs import Found, StandingRuns
from .state import State

_BESIDE_OTHERS = "found other policies beside it, with which nothing proves it"
_NO_FINGERPRINT = {
    NOT_SAID: "could not read what is bound beside it",
    NOT_AS_LEFT: "found it otherwise than our runs left it",
}
"""By what stands in place of a fingerprint, what the run did."""


@dataclass(frozen=True)
class PutBack(Event):
    """An undo that left exactly what an earlier run had proved.

    :ivar proof: that run
    """

    proof: Event = field(kw_only=True)

    @property
    def source(self) -> str:
        return f"{super().source}, which put back what {self.proof.source} proved"


class Order(Protocol):
    """Which of two runs was the first one; see :class:`.record_events.History`."""

    def is_ordered(self, earlier: Event, later: Event) -> bool: ...

    def is_told(self, earlier: Event, later: Event) -> bool: ...


class PartitionTrack:
    """The course of a mitigation in one admin partition.

    :ivar there_since: since when the records show that the partition is there
    :ivar start: the run since which it blocks; None where it does not
    :ivar proof: the first proof since then, or since an attack passed; probed: the last run with probes;
        judged: the last run that says whether it is proven; seen: the last run that proved it
    :ivar disproved: the first run that saw an attack pass, since the start or since the last proof
    :ivar passed_by: the last run on management addresses that found a policy that leads attacks past it, or may, where none has judged it since
    :ivar otherwise: the run that changed nothing of it and found it otherwise than it was proven, or beside others, where none has judged it since
    :ivar looks: the runs that did not change it, and ended a proof as it was not made beside what is there now
    :ivar observing: the run since which it only counts; likewise off, since which it is away
    :ivar lost: that it was undone by somebody else, or by a run that did not come to its end, in words
    :ivar marks: since when which of our policies were in place
    :ivar stages: since when our runs let it do what, without their ends
    :ivar gap: why what is in place is not known by the records, in words; "" where it is
    :ivar early: why a proof may be of what was there before, in words; "" where there is none since the last proof
    """

    def __init__(self, entry: Entry, name: str, order: Order, there_since: datetime | None = None) -> None:
        self.entry = entry
        self.name = name
        self.order = order
        self.there_since = there_since
        self.standing = StandingRuns(Owner(entry.id, 1))
        self.start: Event | None = None
        self.proof: Event | None = None
        self.probed: Event | None = None
        self.judged: Event | None = None
        self.seen: Event | None = None
        self.disproved: Event | None = None
        self.passed_by: Event | None = None
        self.otherwise: Event | None = None
        self.observing: Event | None = None
        self.off: Event | None = None
        self.lost = ""
        self.gap = ""
        self.early = ""
        self.last: Event | None = None
        self.changed: Event | None = None
        self.was_applied = False
        self.looks: set[str] = set()
        self.marks: list[tuple[datetime, Mapping[ObjectId, Attributes]]] = []
        self.stages: list[MeasureStage] = []
        self._line = LineBuilder()
        self._stage_of: Event | None = None

    # -- the runs, one after the other --------------------------------------------------------------------------------

    def add(self, event: Event, conflicts: list[str]) -> None:
        """Take one more run into account."""
        record = event.record
        self._note_missing(event)
        if record.measure != self.entry.id or record.partition != self.name:
            if record.partition == self.name:
                self._note_found_by_another(event, conflicts)
            self._mark(event)
            return
        if event.is_unreadable:
            self._lose_sight(event, event.unreadable_text)
            return
        if record.kind is RecordKind.APPLY and record.outcome is Outcome.APPLIED:
            self._without_found_undone(conflicts)
            self.standing.keep_found(event, self.proof)
            self.was_applied = True
        found = self.standing.found_by_the_undone(event)
        is_last = self.standing.undoes_the_last(event)
        is_ordered = self._note_order(event, conflicts)
        changed = self.standing.found_changed(event)
        self.standing.carry_out(event)
        self._note_found_changed(event, changed, conflicts)
        self._close_gap(event, is_ordered=is_ordered)
        self._note_found_beside(event, conflicts)
        self._note_other_build(event)
        self._note_change(event, conflicts)
        self._note_proof(event, conflicts)
        self._note_let_past(event, conflicts)
        self._note_put_back(event, found)
        self._note_put_back_of_others(event, found if is_last else None, conflicts)
        self.last = event
        self._mark(event)

    def end(self, conflicts: list[str]) -> None:
        """Take into account that a rollback found something undone, of which no record says when."""
        self._without_found_undone(conflicts)
        if self.last is not None:
            self._note_stage(self.last)

    def line(self) -> Line:
        return self._line.line()

    def _mark(self, event: Event) -> None:
        """Let the line go on with what holds now; where nobody knows when the run was, with that it is not known until then."""
        if not self.was_applied:
            return
        self._note_stage(event)
        state, last = self.held(), self._line.last
        by = _decider(event) if event is self.off or event is self.observing else ""
        if event.between is not None and (last is None or (last.state, last.reason) != (state.word, state.reason)):
            since, until = event.between
            why = f"when {event.source} ran is not known: a clock was wrong"
            begin = replace(event.dated(), time=since)
            self._line.add(begin, State.UNKNOWN, why, (event.source,))
            self._line.doubt(since, lambda one: replace(one, state=State.UNKNOWN, reason=why))
            self._line.add(replace(event.dated(), time=until), state.word, state.reason, self._grounds(state), by)
            return
        was_there = (
            state.word.protects and not (last is not None and last.state.protects) and not event.record.answering
        )
        begun = replace(event.dated(), is_latest=was_there)  # the run only found that it protects
        self._line.add(begun, state.word, state.reason, self._grounds(state), by)
        if not event.is_unreadable and (not self.marks or event.record.answering):
            self.marks.append((event.at, self.standing.policies))

    def _note_stage(self, event: Event) -> None:
        """Note what our runs let it do since a run, where that is another one than before."""
        doing, of = self._doing()
        before = self.stages[-1].doing if self.stages else None
        if (doing, of) == (before, self._stage_of):
            return
        by = _decider(event) if doing in (Doing.OBSERVES, Doing.OFF) else ""
        self._stage_of = of
        self.stages.append(MeasureStage(event.dated(), None, doing, by, event.record.kind is not RecordKind.VERIFY))

    def _doing(self) -> tuple[Doing, Event | None]:
        """Return what it does by our runs, and the run since which it does so."""
        if self.start is not None and (not self.gap or self._stage_of is self.start):
            return Doing.BLOCKS, self.start
        is_known = not self.lost and not self.gap
        if is_known and self.observing is not None:
            return Doing.OBSERVES, self.observing
        if is_known and self.off is not None:
            return Doing.OFF, self.off
        return Doing.UNKNOWN, None

    def _forget_stages(self, since: Event) -> None:
        """Let nothing be known of what our runs let it do since a run, of which no record says whether it was the first one."""
        self.stages = [one for one in self.stages if one.start < since.at]
        self.stages.append(MeasureStage(since.dated(), None, Doing.UNKNOWN))
        self._stage_of = None

    def _grounds(self, state: MeasureState) -> tuple[str, ...]:
        if state.word.stops and self.proof is not None:
            return (self.proof.source,)
        return (state.since.source,) if state.since.source else ()

    def _without_found_undone(self, conflicts: list[str]) -> None:
        lost = self.standing.lose_found_undone()
        if not lost:
            return
        self.lost = f"record {lost} was found undone, and no record says since when"
        known = self.seen or self.start
        if known is not None:
            self._doubt(known.at, self.lost, State.DRIFTED)
        self.start, self.proof, self.disproved, self.observing = None, None, None, None
        conflicts.append(self.lost)

    def _note_found_changed(self, event: Event, what: str, conflicts: list[str]) -> None:
        """Doubt what was proven before a run that had to repair it: somebody else had changed it, and nobody knows since when."""
        known = self.seen or self.start
        if not what or known is None:
            return
        text = f"{event.source} found {what}, and no record says who had done that: since when is not known"
        conflicts.append(text)
        self._doubt(known.seen_until(event.at), text)
        self.proof = self.seen = None
        if self.standing.block and event.record.outcome is Outcome.APPLIED:
            self.start = event

    def _note_found_beside(self, event: Event, conflicts: list[str]) -> None:
        """Doubt what was proven before a run that changed it, and found it beside what no proof has seen: what is there after it tells nothing of that."""
        if event.record.kind is RecordKind.VERIFY:
            self._note_found_by_another(event, conflicts)
            return
        beside = self._beside(event)
        if beside and not self.has_seen([beside]):
            did = _NO_FINGERPRINT.get(beside, _BESIDE_OTHERS)
            conflicts.append(f"{event.source} {did}")
            self._end_proof(event, did, was_seen=True)

    def _note_found_by_another(self, event: Event, conflicts: list[str]) -> None:
        """Doubt what was proven before a run on another measure, or one that was refused, that found it beside what no proof has seen."""
        beside = self._beside(event)
        if self.start is None or not beside or self.has_seen([beside]):
            return
        did = _NO_FINGERPRINT.get(beside, _BESIDE_OTHERS)
        conflicts.append(f"{event.source} {did}")
        self._end_proof(event, did, was_seen=True)
        self.looks |= {event.source}
        self.otherwise = event

    def _beside(self, event: Event) -> str:
        return event.record.content.found_beside.get(self.entry.id, "")

    def _note_other_build(self, event: Event) -> None:
        """Doubt what was proven before a run that ends it on a build on which no run has proved it: of what is behind, each build lets an attack through."""
        known, blocks = self.seen, self.standing.block and left_by(event.record.content) is not State.OBSERVING
        if known is None or blocks or self.entry.surface is not Surface.BACK_ENDS:
            return
        builds, proven = event.known_builds(), known.known_builds()
        unseen = [build for build in builds if build not in proven]
        if unseen and (known.is_of_all_nodes or len(unseen) == len(builds)):
            text = f"{event.source} ran on {unseen[0]}, and no run had proved it on that build: since when is not known"
            self._doubt(known.seen_until(event.at), text)

    def _doubt(self, since: datetime, reason: str, state: State = State.UNKNOWN) -> None:
        """Doubt that it was proven, or in place, from a moment on."""

        def doubted(one: Interval) -> Interval:
            held = one.state.stops or one.state is State.UNPROVEN
            return replace(one, state=state, reason=reason) if held else one

        self._line.doubt(since, doubted)

    def _note_missing(self, event: Event) -> None:
        """Note that a run whose record is not here may have changed what is in place, until a run proves it again."""
        if not event.missing or (self.start is None and self.observing is None):
            return
        missing = ", ".join(name.removesuffix(".json") for name in event.missing)
        self.gap = f"{event.source} follows {missing}, which is not here: what that run left is not known"
        if self.last is not None:
            self._doubt(self.last.at, self.gap)
        self.proof = self.seen = None

    def _lose_sight(self, event: Event, why: str) -> None:
        """Note that what a run left cannot be told."""
        self.gap, self.proof, self.seen = why, None, None
        self._mark(event)

    def _note_order(self, event: Event, conflicts: list[str]) -> bool:
        """Note that the chain does not say which of two changes was the first one: what is in place after both is not known."""
        record, before = event.record, self.changed
        changes = record.kind in (RecordKind.APPLY, RecordKind.ROLLBACK) and bool(record.steps)
        is_ordered = not changes or before is None or self.order.is_ordered(before, event)
        if before is not None and not is_ordered:
            self.gap = (
                f"two control nodes changed it, and no record says which was first: {before.source} or {event.source}"
            )
            conflicts.append(self.gap)
            self._doubt(min(before.at, event.at), self.gap)
            self._forget_stages(min(before, event, key=_time_of))
            self.proof = self.seen = None
        self.changed = event if changes else before
        return is_ordered

    def _close_gap(self, event: Event, *, is_ordered: bool) -> None:
        """Note that what is in place is known again: an apply has brought all of it in, or a rollback has taken all of it off."""
        applies = event.record.kind is RecordKind.APPLY
        takes_all = event.record.kind is RecordKind.ROLLBACK and not self.standing.events
        if is_ordered and event.record.outcome is Outcome.APPLIED and (applies or takes_all):
            self.gap = ""

    def _note_change(self, event: Event, conflicts: list[str]) -> None:
        """Note since when it blocks, only counts or is away. What a run that did not come to its end has let block does not count.

        A run that says itself that the rule only counts has read it: one that let it count before, and was found undone since, was not undone then.
        """
        if self.standing.block and left_by(event.record.content) is not State.OBSERVING:
            if event.record.kind is RecordKind.ROLLBACK and event.record.answering:
                self.proof = self.seen = (
                    None  # what was proven is not what the undo left, unless that is exactly what was proven before
                )
                if self.judged is not None and not leaves_out(self.judged.record.content):
                    self.judged = None  # it was of what the undo took off
            if event.record.outcome is Outcome.APPLIED:
                self.start, self.observing, self.off, self.lost = self.start or event, None, None, ""
            return
        if self.start is not None and not (self._takes_off(event) and is_fixed_for(self.entry, event.known_builds())):
            of = f"the mitigation of {self.start.dated().text}"
            did = f"lets {of} only count" if self.standing.events else f"took {of} off before the fix"
            conflicts.append(f"{event.source} {did}{_decision(event)}")
        was_there = self.start is not None or self.observing is not None
        self._forget_what_is_in_place()
        if self.standing.events:
            self.observing, self.off, self.lost = self.observing or event, None, ""
        elif was_there:
            self.observing, self.off = None, event
            if event.record.outcome is not Outcome.APPLIED:
                self.lost = f"{event.source}, which takes it off, did not come to its end"
        elif self.lost and self.off is not None and self._takes_off(event) and event.record.outcome is Outcome.APPLIED:
            self.off, self.lost = event, ""  # the retry of it

    def _forget_what_is_in_place(self) -> None:
        self.start = self.proof = self.probed = self.judged = self.seen = self.disproved = None
        self.passed_by = self.otherwise = None

    def _takes_off(self, event: Event) -> bool:
        return event.record.kind is RecordKind.ROLLBACK and not self.standing.events

    def _note_proof(self, event: Event, conflicts: list[str]) -> None:
        """Note what a run proved. An attack that passed ends the proof before it, since nobody knows from when on it did; a later proof ends that."""
        proof, is_proven = event.record.proof, self._is_proven(event)
        if proof is not None and proof.is_judged:
            self.passed_by = self.otherwise = None  # it has read itself what is in front
        if is_proven and (why := self._may_be_before(event)):
            self.early = why
            return
        if is_proven and event.record.kind is RecordKind.VERIFY:
            self.standing.settle(event)
        if self.start is not None:
            self._note_contradiction(event, conflicts, is_proven=is_proven)
        changed = event.record.kind is RecordKind.APPLY and event.record.answering
        if changed and event.record.outcome is Outcome.APPLIED and not is_proven:
            self.proof = self.seen = None  # what was proven before was not what this run left
        if self.start is None and is_proven:
            self._note_proof_of_more(event, conflicts)
        if self.start is None or proof is None:
            return
        if is_proven:
            self.proof, self.disproved, self.seen, self.gap, self.early = self.proof or event, None, event, "", ""
        self.probed = event if proof.vips else self.probed
        if proof.is_judged and not (self.judged is not None and _finds_the_same(self.judged, event)):
            self.judged = event

    def _note_proof_of_more(self, event: Event, conflicts: list[str]) -> None:
        """Note that a run proved that it blocks, and by the records here it only counts or is not there: another run has put it there."""
        held = "it only counts" if self.observing is not None else "it is not there"
        text = f"{event.source} proved that it blocks, and by the records here {held}: what is in place is not known by them"
        proof = event.record.proof
        self.was_applied = True
        if proof is None or not proof.places:
            self.gap = self.gap or text
            return
        conflicts.append(text)
        self.standing.is_proven_to_block = True
        self.start, self.observing, self.off, self.lost = event, None, None, ""

    def _note_contradiction(self, event: Event, conflicts: list[str], *, is_proven: bool) -> None:
        """Doubt what was proven before a run that found more than it: also where that run changed something, since it may have been so before."""
        if _is_disproved(event):
            conflicts.append(f"{_disproved(event)}, so what was proven before does not count")
            self._end_proof(event, "saw an attack pass")
            self.disproved = self.disproved or event
        elif (
            self.proof is not None and not is_proven and event.record.proof is not None and event.record.proof.is_judged
        ):
            conflicts.append(f"{event.source} did not prove the mitigation again: look at what it found")
            if disproves(event.record.content):
                is_part = leaves_out(event.record.content)
                self._end_proof(event, f"found {'something that it does not hold for' if is_part else _verdict(event)}")
            elif (beside := unproven_beside(event.record.content)) and not self.has_seen([beside]):
                self._end_proof(event, _BESIDE_OTHERS, was_seen=True)
                self.looks |= set() if event.record.answering else {event.source}

    def _note_let_past(self, event: Event, conflicts: list[str]) -> None:
        """Doubt what was proven before a run on the management addresses that found a policy of others that leads attacks past ours here too, or may."""
        surely, perhaps = let_past_by(event.record.content), may_let_past_by(event.record.content)
        if self.start is None or not (surely or perhaps):
            return
        conflicts.append(printable(f"{event.source} found that {surely or perhaps}"))
        leads = "leads attacks past it" if surely else "may lead attacks past it"
        self._end_proof(event, f"found a policy in front of it that {leads}", was_seen=True)
        self.looks |= {event.source}
        if surely or self.passed_by is None:
            self.passed_by = event

    def _end_proof(self, event: Event, did: str, *, was_seen: bool = False) -> None:
        """Doubt a proof back to its beginning: it says for what it does not hold, and nobody knows from when on.

        What is not in place as it was proven says nothing of the time until it was proven last.

        :param was_seen: this is so of what is bound beside it too
        """
        is_altered = was_seen or (event.record.proof is not None and bool(event.record.proof.altered))
        known = self.seen if is_altered else self.proof
        if known is not None:
            since = known.seen_until(event.at) if is_altered else known.at
            self._doubt(since, f"{known.source} proved it, and {event.source} {did}: since when is not known")
        self.proof = self.seen = None

    def _is_proven(self, event: Event) -> bool:
        """Return True if a run proved the mitigation, on builds on which it has an effect, for all that it should protect."""
        record = event.record
        if record.kind not in (RecordKind.APPLY, RecordKind.VERIFY) or record.outcome is not Outcome.APPLIED:
            return False
        if (
            record.proof is None
            or not record.may_prove
            or any(why_ineffective(self.entry, build) for build in event.known_builds())
        ):
            return False
        if self.gap and self.changed is not None and not self.order.is_ordered(self.changed, event):
            return False
        return works_by(record.content)

    def _may_be_before(self, event: Event) -> str:
        """Return why a run may have proved what was there before the last change, as a clause; "" where it came after it."""
        if self.changed is None or self.order.is_told(self.changed, event):
            return ""
        return f"{event.source} may have run before {self.changed.source}: no record says which was first, and clocks may differ by an hour"

    def _note_put_back(self, event: Event, found: Found | None) -> None:
        """Note that an undo left exactly what was proven before the undone runs, on the same build: it blocks again, and that proof holds."""
        if found is None or found.proof is None or self.start is None or self.proof is not None or self.gap:
            return
        is_part = self.judged is not None and leaves_out(self.judged.record.content)
        if self.passed_by is not None or self.otherwise is not None or is_part:
            return  # an undo takes back nothing of that
        same_build = found.proof.record.build == event.record.build
        if not same_build or self.disproved is not None or self.standing.objects != found.objects:
            return
        proof = found.proof.proof if isinstance(found.proof, PutBack) else found.proof
        if why := _unseen_beside(event, proof):
            self.early = f"{event.source} put back what {proof.source} proved, and {why}"
            return
        self.proof = self.seen = PutBack(event.record, event.at, proof=found.proof)

    def _note_put_back_of_others(self, event: Event, found: Found | None, conflicts: list[str]) -> None:
        """Note that an undo put back what somebody else had changed, and a run of ours had repaired: that run protected, and what is there now is not ours."""
        if found is None or self.start is None or self.standing.objects == found.objects:
            return
        conflicts.append(f"{event.source} put back what somebody else had changed{_decision(event)}")
        self._forget_what_is_in_place()
        self.observing, self.off = None, event

    # -- what holds now -----------------------------------------------------------------------------------------------

    def held(self) -> MeasureState:
        """Return what holds by the records so far, whatever the builds and the appliance of today say."""
        if self.observing is not None and not self.gap:
            since = self.observing.dated()
            text = f"it only counts since {since.text} ({since.source}), and lets the attack pass"
            return MeasureState(State.OBSERVING, since, text)
        if self.lost:
            return MeasureState(State.DRIFTED, reason=self.lost)
        if self.gap:
            return MeasureState(State.UNKNOWN, reason=self.gap)
        if self.start is None:
            since = self.off.dated() if self.off else Dated()
            return MeasureState(State.TAKEN_OFF, since, f"it was taken off {since.text} ({since.source})")
        if self.disproved is not None:
            return MeasureState(State.EXPOSED, self.disproved.dated(), _disproved(self.disproved))
        if self.proof is None:
            return self._unproven(self.start)
        text = f"proven {self.proof.dated().text}"
        if self.entry.is_stop_gap or left_by(self.proof.record.content) is State.STOP_GAP:
            return MeasureState(State.STOP_GAP, self.proof.dated(), f"{text}, by a rule that is not the vendor's")
        return MeasureState(State.MITIGATED, self.proof.dated(), text)

    def has_seen(self, places: Collection[str] | None) -> bool:
        """Return False if the last proof was made with other policies where ours is bound; True where that is not known.

        :param places: the fingerprints of the proofs that hold for what is bound there now; None where it was not read
        """
        seen = self.seen.proof if isinstance(self.seen, PutBack) else self.seen
        proof = seen.record.proof if seen is not None else None
        return not places or proof is None or not proof.places or proof.places in places

    @property
    def found_otherwise(self) -> str:
        """Return which run found it otherwise than our runs left it, and what, as a clause; "" where the last one that looked did not."""
        if self.start is None or self.disproved is not None or self.proof is not None:
            return ""
        if self.otherwise is not None and self._beside(self.otherwise) == NOT_AS_LEFT:
            return f"{self.otherwise.source} found it {State.DRIFTED}"
        if self.judged is None:
            return ""
        record = self.judged.record.content
        is_other = disproves(record) and not leaves_out(record)
        return f"{self.judged.source} found {left_by(record)}" if is_other else ""

    def is_ineffective_on(self, builds: Collection[Build]) -> bool:
        """Return True if a run found that builds do not evaluate it: what is only read does not put that right."""
        record = self.judged.record.content if self.judged is not None else None
        if self.judged is None or record is None or left_by(record) is not State.INEFFECTIVE:
            return False
        return {*builds} <= {*self.judged.known_builds()}

    def _unproven(self, start: Event) -> MeasureState:
        """Return the state without a proof: the last run that says what it is may have found something left out, or changed."""
        if self.passed_by is not None:
            surely, perhaps = let_past_by(self.passed_by.record.content), may_let_past_by(self.passed_by.record.content)
            found = printable(f"{self.passed_by.source} found that {surely or perhaps}")
            return MeasureState(State.PARTLY if surely else State.UNPROVEN, self.passed_by.dated(), found)
        if self.otherwise is not None:
            beside = self._beside(self.otherwise)
            found = f"{self.otherwise.source} {_NO_FINGERPRINT.get(beside, _BESIDE_OTHERS)}"
            is_changed = beside == NOT_AS_LEFT
            return MeasureState(State.DRIFTED if is_changed else State.UNPROVEN, self.otherwise.dated(), found)
        if self.judged is not None and leaves_out(self.judged.record.content):
            return MeasureState(
                State.PARTLY, self.judged.dated(), f"{self.judged.source} could not prove it everywhere"
            )
        if self.judged is not None and self.found_otherwise:
            return MeasureState(left_by(self.judged.record.content), self.judged.dated(), self.found_otherwise)
        if self.early or self.probed is None:
            return MeasureState(State.UNPROVEN, start.dated(), self.early or "no record of a proof")
        return MeasureState(State.UNPROVEN, start.dated(), f"{self.probed.source} has probes that are no proof")


def why_ineffective(entry: Entry, build: Build) -> str:
    """Return why the rule of an entry has no effect on a build; "" where it has one."""
    found = entry.measure.ineffective.get(build.branch) if entry.measure else None
    return f"{build}: {found.reason}" if found and found.covers(build.number) else ""


def _finds_the_same(before: Event, event: Event) -> bool:
    """Return True if a run says of a measure what a run before it said: the first one dates it."""
    one, other = before.record.content, event.record.content
    return (left_by(one), leaves_out(one), disproves(one)) == (left_by(other), leaves_out(other), disproves(other))


def _is_disproved(event: Event) -> bool:
    """Return True if a run saw an attack pass, and left what is in place."""
    record = event.record
    return record.outcome is Outcome.APPLIED and record.proof is not None and bool(record.proof.contradicted)


def _unseen_beside(event: Event, proof: Event) -> str:
    """Return why what is bound beside ours since an undo is not known to be what a proof has seen, as a clause; "" where it is.

    A proof of an earlier version does not say what it has seen.
    """
    seen = proof.record.proof.places if proof.record.proof is not None else ""
    beside = unproven_beside(event.record.content)
    if not seen or beside == seen:
        return ""
    is_said = beside not in ("", NOT_SAID)
    return f"what is bound beside it is {'not what that run has seen' if is_said else 'in no record of it'}"


def _time_of(event: Event) -> datetime:
    return event.at


def _verdict(event: Event) -> str:
    return event.record.proof.verdict if event.record.proof else ""


def _disproved(event: Event) -> str:
    found = event.record.proof.contradicted if event.record.proof else ()
    return printable(f"{event.source}: {', '.join(found)}")


def _decision(event: Event) -> str:
    """Return by whose decision a run took protection away and why, as the end of a sentence; "" where its record names nobody."""
    return f", decided by {_decider(event)}" if event.record.decided_by else ""


def _decider(event: Event) -> str:
    record = event.record
    return f"{record.decided_by} ({record.reason})" if record.decided_by else ""
