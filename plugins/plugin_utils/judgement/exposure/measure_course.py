# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From when to when a mitigation of ours blocked, only counted or was away, and what proved it, from the change records. Pure.

Each admin partition has its own course. The appliance is protected where all of them are: who gets in at one of them is in the appliance.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from ...appliance.nitro.builds import Build
from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...catalogue.entry import Entry
from ...catalogue.measure import Weakness
from ...catalogue.observing import POLICY, is_passing
from ...change.records.hash_chain import FOUND_UNDONE
from ...change.records.record_states import Outcome, RecordKind
from ...foundation.foreign_text import printable
from ...policies.url_expressions import rules_with_url
from ..course.measure_state import MeasureState
from ..course.record_events import Event
from ..course.run import works_by
from ..course.sourced_date import Confidence, Dated
from ..course.state import State
from ..proof.verdict_table import VerdictWord

NO_RUN = Dated(source="no record of a run of ours")


@dataclass(frozen=True)
class Judging:
    """What the course of a mitigation is judged by.

    :ivar builds: those that the nodes run, or ran before the fix; empty where none is known
    :ivar url_weakness: what the catalogue knows of rules that look at a URL; None where it has no such entry
    :ivar as_of: what was not known on that day does not count
    :ivar drift: what the appliance shows otherwise today than our runs left it; None where nothing is, or was not read
    """

    entry: Entry
    builds: tuple[Build, ...]
    url_weakness: Weakness | None
    as_of: date
    drift: MeasureState | None = None


@dataclass(frozen=True)
class _PutBack(Event):
    """An undo that left exactly what an earlier run had proved.

    :ivar proof: that run
    """

    proof: Event

    @property
    def source(self) -> str:
        return f"{super().source}, which put back what {self.proof.source} proved"


@dataclass(frozen=True)
class _Before:
    """What a run found that changed something.

    :ivar objects: our policies, actions and bindings as the records have them
    :ivar proof: that of these; None where they were not proven
    """

    objects: Mapping[ObjectId, Attributes]
    proof: Event | None


@dataclass(frozen=True)
class MeasureCourse:
    """The course of a mitigation at one appliance, until the fix or until today.

    :ivar mitigated: since when it blocks everywhere; no time where it does not
    :ivar proven: the first proof since then, if it protects
    :ivar disproved: since when it is known that an attack passes although it blocks
    """

    mitigated: Dated = NO_RUN
    proven: Dated = field(default_factory=lambda: Dated(source="no record of a proof"))
    disproved: Dated = field(default_factory=lambda: Dated(source="no run of ours saw an attack pass since"))
    state: MeasureState = field(default_factory=MeasureState)


def course_of(events: Iterable[Event], judging: Judging, conflicts: list[str]) -> MeasureCourse:
    """Return the course of a mitigation.

    :param events: up to the fix, in the order of their chain
    :param conflicts: gets a sentence for each contradiction
    """
    parts: dict[str, _Partition] = {}
    for event in events:
        if event.record.measure == judging.entry.id:
            name = event.record.partition
            parts.setdefault(name, _Partition(judging, name)).add(event, conflicts)
    applied = {name: part for name, part in parts.items() if part.was_applied}
    if not applied:
        return MeasureCourse()
    for part in applied.values():
        part.end(conflicts)
    if DEFAULT not in applied:
        conflicts.append(f"the mitigation is recorded in partition {', '.join(applied)}; the others have their own")
    return _together([*applied.values()])


def _together(parts: list[_Partition]) -> MeasureCourse:
    """Return the course of the appliance: the least protection of its partitions, and the latest date."""
    order = [*State]
    states = [(part.state(), part) for part in parts]
    state, worst = min(states, key=lambda one: order.index(one[0].word))
    starts, proofs = [part.start for part in parts], [part.proof for part in parts]
    disproved = next((part.disproved for part in parts if part.disproved is not None), None)
    state = replace(state, left={part.name: dict(part.objects) for part in parts})
    is_proven = state.word is State.MITIGATED
    none = MeasureCourse()
    return MeasureCourse(
        _latest(starts) or Dated(source=state.reason),
        (_latest(proofs) if is_proven else None) or Dated(source=worst.why_not_proven(state)),
        disproved.dated() if disproved else none.disproved,
        state,
    )


def _latest(events: list[Event | None]) -> Dated | None:
    """Return the latest time; None where one did not happen."""
    known = [event for event in events if event is not None]
    return max(known, key=lambda event: event.at).dated() if len(known) == len(events) else None


class _Partition:
    """The course of a mitigation in one admin partition.

    :ivar standing: the runs whose changes are in place, by record
    :ivar objects: our policies, actions and bindings as the runs left them
    :ivar before: by record, what each of the standing runs found
    :ivar start: the run since which it blocks; None where it does not
    :ivar proof: the first proof since then, or since an attack passed; probed: the last run with probes;
        judged: the last run that says whether it is proven
    :ivar disproved: the first run that saw an attack pass, since the start or since the last proof
    :ivar observing: the run since which it only counts; likewise off, since which it is away
    :ivar lost: that a rollback found it undone by somebody else, in words
    """

    def __init__(self, judging: Judging, name: str) -> None:
        self.judging = judging
        self.name = name
        self.owner = Owner(judging.entry.id, 1)
        self.standing: dict[str, Event] = {}
        self.objects: dict[ObjectId, Attributes] = {}
        self.before: dict[str, _Before] = {}
        self.start: Event | None = None
        self.proof: Event | None = None
        self.probed: Event | None = None
        self.judged: Event | None = None
        self.disproved: Event | None = None
        self.observing: Event | None = None
        self.off: Event | None = None
        self.lost = ""
        self.last: Event | None = None
        self.was_applied = False

    # -- the runs, one after the other --------------------------------------------------------------------------------

    def add(self, event: Event, conflicts: list[str]) -> None:
        """Take one more run into account."""
        record = event.record
        if record.kind is RecordKind.APPLY and record.outcome is Outcome.APPLIED:
            self._without_found_undone(conflicts)
            self.before[record.name] = _Before(dict(self.objects), self.proof)
        found = self._found_by_the_undone(event)
        self._carry_out(event)
        self._note_change(event, conflicts)
        self._note_proof(event, conflicts)
        self._note_put_back(event, found)
        self.last = event

    def end(self, conflicts: list[str]) -> None:
        """Take into account that a rollback found something undone, of which no record says when."""
        self._without_found_undone(conflicts)

    def _without_found_undone(self, conflicts: list[str]) -> None:
        found = [name for name, one in self.standing.items() if one.record.undone_by == FOUND_UNDONE]
        if not found:
            return
        self._take_away(found)
        self.objects, self.start, self.proof, self.disproved, self.observing = {}, None, None, None, None
        self.lost = f"record {found[0].removesuffix('.json')} was found undone, and no record says since when"
        conflicts.append(self.lost)

    def _carry_out(self, event: Event) -> None:
        """Follow which runs stand, and what they left of our policies."""
        record = event.record
        if record.kind is RecordKind.ROLLBACK and record.outcome is not Outcome.REVERTED:
            if record.outcome is Outcome.APPLIED:
                self._restore(record.undoes)
            self._take_away(record.undoes)
        elif record.kind is RecordKind.APPLY and record.outcome is Outcome.APPLIED:
            self.standing[record.name] = event
            self.was_applied = True
        for step in record.touched if record.kind in (RecordKind.APPLY, RecordKind.ROLLBACK) else ():
            self._left(step.object_id, step.after)

    def _take_away(self, undone: Collection[str]) -> None:
        """Let some runs stand no longer, nor those after them that changed nothing: these only found, and proved, what was there."""
        after = False
        for name, one in [*self.standing.items()]:
            after = after or name in undone
            if name in undone or (after and not one.record.touched):
                del self.standing[name]

    def _restore(self, undone: Iterable[str]) -> None:
        """Put our policies back as they were before some runs: their undo may have found them so already, and then it has no step."""
        for event in (one for name, one in reversed([*self.standing.items()]) if name in undone):
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

    @property
    def _policies(self) -> dict[ObjectId, Attributes]:
        return {id_: attributes for id_, attributes in self.objects.items() if id_[0] == POLICY}

    @property
    def _blocks(self) -> bool:
        """Return True if something of ours stands, and none of our policies only counts."""
        return bool(self.standing) and not any(map(is_passing, self._policies.values()))

    def _note_change(self, event: Event, conflicts: list[str]) -> None:
        """Note since when it blocks, only counts or is away. What a run that did not come to its end has let block does not count."""
        if self._blocks:
            if event.record.outcome is Outcome.APPLIED:
                self.start, self.observing, self.off, self.lost = self.start or event, None, None, ""
            return
        if self.start is not None:
            of = f"the mitigation of {self.start.dated().text}"
            did = f"lets {of} only count" if self.standing else f"took {of} off before the fix"
            conflicts.append(f"{event.source} {did}{_decision(event)}")
        was_there = self.start is not None or self.observing is not None
        self.start = self.proof = self.probed = self.judged = self.disproved = None
        if self.standing:
            self.observing, self.off, self.lost = self.observing or event, None, ""
        elif was_there:
            self.observing, self.off = None, event
            if event.record.outcome is not Outcome.APPLIED:
                self.lost = f"{event.source}, which takes it off, did not come to its end"

    def _note_proof(self, event: Event, conflicts: list[str]) -> None:
        """Note what a run proved. An attack that passed ends the proof before it, since nobody knows from when on it did; a later proof ends that."""
        proof = event.record.proof
        changed = event.record.kind is RecordKind.APPLY and event.record.touched
        if changed and event.record.outcome is Outcome.APPLIED and not self._is_proven(event):
            self.proof = None  # what was proven before was not what this run left
        if self.start is None or proof is None:
            return
        if _is_disproved(event):
            conflicts.append(f"{_disproved(event)}, so what was proven before does not count")
            self.proof, self.disproved = None, self.disproved or event
        elif self.proof is not None and proof.is_judged and not self._is_proven(event):
            conflicts.append(f"{event.source} did not prove the mitigation again: look at what it found")
            if _verdict(event) == VerdictWord.PARTLY:
                self.proof = None  # it says for what it does not hold, and a proof is one for all
        if self._is_proven(event):
            self.proof, self.disproved = self.proof or event, None
        self.probed = event if proof.vips else self.probed
        self.judged = event if proof.is_judged else self.judged

    def _is_proven(self, event: Event) -> bool:
        """Return True if a run proved the mitigation, on builds on which it has an effect, for all that it should protect."""
        record, proof = event.record, event.record.proof
        if record.kind not in (RecordKind.APPLY, RecordKind.VERIFY) or record.outcome is not Outcome.APPLIED:
            return False
        if proof is None or self._ineffective(event):
            return False
        return works_by(record.content)

    def _found_by_the_undone(self, event: Event) -> _Before | None:
        """Return what the runs found that an undo takes back; None where it is none, or did not come to its end."""
        record = event.record
        if record.kind is not RecordKind.ROLLBACK or record.outcome is not Outcome.APPLIED or record.problem:
            return None
        return next((self.before.get(name) for name in self.standing if name in record.undoes), None)

    def _note_put_back(self, event: Event, found: _Before | None) -> None:
        """Note that an undo left exactly what was proven before the undone runs, on the same build: it blocks again, and that proof holds."""
        if found is None or found.proof is None or self.start is None or self.proof is not None:
            return
        same_build = found.proof.record.build == event.record.build
        if same_build and self.disproved is None and self.objects == found.objects:
            self.proof = _PutBack(event.record, event.at, found.proof)

    def _ineffective(self, event: Event) -> str:
        """Return why the rule has no effect on a build of a run; "" where it has one."""
        return next(filter(None, map(self._why_ineffective, event.known_builds())), "")

    def _why_ineffective(self, build: Build) -> str:
        measure = self.judging.entry.measure
        found = measure.ineffective.get(build.branch) if measure else None
        return f"{build}: {found.reason}" if found and found.covers(build.number) else ""

    # -- the state at the end -----------------------------------------------------------------------------------------

    def state(self) -> MeasureState:
        """Return the state until the fix, or until today."""
        if self.observing is not None:
            since = self.observing.dated()
            return MeasureState(
                State.OBSERVING,
                since,
                f"it only counts since {since.text} ({since.source}), and lets the attack pass",
            )
        if self.lost:
            return MeasureState(State.DRIFTED, reason=self.lost)
        if self.start is None:
            since = self.off.dated() if self.off else Dated()
            return MeasureState(State.TAKEN_OFF, since, f"it was taken off {since.text} ({since.source})")
        return self._of_blocking(self.start)

    def _of_blocking(self, start: Event) -> MeasureState:
        builds = self.judging.builds or (self.last.known_builds() if self.last else ())
        ineffective = next(filter(None, map(self._why_ineffective, builds)), "")
        if ineffective:
            return MeasureState(State.INEFFECTIVE, start.dated(), ineffective)
        if self.disproved is not None:
            return MeasureState(State.EXPOSED, self.disproved.dated(), _disproved(self.disproved))
        if self.judging.drift is not None:
            return self.judging.drift
        if self.proof is None:
            return self._unproven(start)
        weakness = self._weakness(builds)
        if weakness is not None:
            since = Dated.of_day(weakness.since, weakness.reference, Confidence.PUBLISHED)
            return MeasureState(
                State.REDUCES, since, f"since {weakness.since} {weakness.reason} ({weakness.reference})"
            )
        return MeasureState(State.MITIGATED, self.proof.dated(), f"proven {self.proof.dated().text}")

    def _unproven(self, start: Event) -> MeasureState:
        """Return the state without a proof: the probes of the last run may have shown that something is left out."""
        if self.judged is not None and _verdict(self.judged) == VerdictWord.PARTLY:
            return MeasureState(
                State.PARTLY, self.judged.dated(), f"{self.judged.source} could not prove it everywhere"
            )
        if self.probed is None:
            return MeasureState(State.UNPROVEN, start.dated(), "no record of a proof")
        return MeasureState(State.UNPROVEN, start.dated(), f"{self.probed.source} has probes that are no proof")

    def why_not_proven(self, state: MeasureState) -> str:
        """Return what the ledger has in the place of a proof."""
        return "no record of a proof" if state.word is State.TAKEN_OFF else state.reason

    def _weakness(self, builds: Iterable[Build]) -> Weakness | None:
        """Return the finding by which the rule can be bypassed on one of the builds."""
        known = [*self._weaknesses()]
        as_of = self.judging.as_of
        return next((one for build in builds for one in known if one.applies(build, as_of)), None)

    def _weaknesses(self) -> Iterator[Weakness]:
        measure, of_urls = self.judging.entry.measure, self.judging.url_weakness
        yield from measure.weaknesses if measure else ()
        if of_urls is not None and rules_with_url(self._policies, {}):
            yield of_urls


def _is_disproved(event: Event) -> bool:
    """Return True if a run saw an attack pass, and left what is in place."""
    record = event.record
    return record.outcome is Outcome.APPLIED and record.proof is not None and bool(record.proof.contradicted)


def _verdict(event: Event) -> str:
    return event.record.proof.verdict if event.record.proof else ""


def _disproved(event: Event) -> str:
    found = event.record.proof.contradicted if event.record.proof else ()
    return printable(f"{event.source}: {', '.join(found)}")


def _decision(event: Event) -> str:
    """Return by whose decision a run took protection away and why, as the end of a sentence; "" where its record names nobody."""
    record = event.record
    return f", decided by {record.decided_by} ({record.reason})" if record.decided_by else ""
