# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The course of time of one appliance: for each weakness the intervals with their state, and the changes between them. Pure.

:func:`courses_of` makes it from the records, the reading of today and the catalogue. Views choose from it and phrase; they decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import cast

from ...appliance.nitro.appliance import Appliance
from ...appliance.nitro.builds import Build
from ...appliance.nitro.names import DEFAULT
from ...catalogue.entry import Entry, Surface
from ...catalogue.measure import Weakness
from ...change.records.record_states import RecordKind
from ...foundation.protection_change import ProtectionChange
from .build_track import BAD, GOOD, BuildCourse, Shown, build_course, exposed_from, shown_builds
from .closing_track import SHOWN_ON, closings, service_line, whole_line
from .combined import combined_line, configuration_line, counted_line, shown_as_closed
from .event import Event
from .hunt_result import HuntResult
from .hunt_track import HuntTime, hunt_times
from .interval import Interval, Line, is_protected
from .interval import at as interval_at
from .loss import Loss, losses
from .measure_course import Judging, MeasureCourse, course_of, measure_line, partition_tracks, without_effect
from .measure_stage import MeasureStage, counts_no_longer, proven_times, stages_together
from .measure_state import MeasureState
from .measure_track import PartitionTrack
from .node_track import NodeCourse, has_half, has_management, node_courses, without_fix, worst_management
from .opened_step import opened_losses
from .record_events import History
from .service import Services, services_of
from .sourced_date import Confidence, Dated
from .state import State
from .step_closing import StepClosing
from .today import Today


@dataclass(frozen=True)
class Course:
    """The course of one weakness at one appliance.

    :ivar line: from the day on which the weakness counts; nothing before it
    :ivar known: the same with what is known of the time before
    :ivar measure: what our mitigation did until the fix, or until today
    :ivar builds: whether the builds had the weakness
    :ivar exposed_from: by the earliest evidence; no time where nothing shows an exposure
    :ivar conflicts: what is contradicted or not known, as sentences
    :ivar losses: the times without protection that follow one with it
    :ivar configuration: that the appliance lacks what the weakness needs
    :ivar stages: each time that our mitigation was put in place, let only count, taken off or put back
    :ivar proofs: the times for which it was proven and protected
    """

    appliance: str
    entry: Entry
    line: Line
    known: Line
    measure: MeasureCourse
    builds: BuildCourse
    exposed_from: Dated
    conflicts: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()
    configuration: Line = field(default=(), repr=False)
    stages: tuple[MeasureStage, ...] = ()
    proofs: Line = ()

    @property
    def now(self) -> Interval:
        return self.line[-1]

    def at(self, moment: datetime) -> Interval | None:
        """Return what held at a moment; None before the weakness counts."""
        return interval_at(self.line, moment)

    def exposures(self) -> tuple[Interval, ...]:
        """Return the intervals in which an attack could pass, or of which that is not known: those that do not protect."""
        return tuple(one for one in self.line if not one.state.protects)

    def is_protected(self, since: datetime, until: datetime | None = None) -> bool:
        """Return True if it was protected from before a moment on, without an interruption, until another one or until now."""
        return is_protected(self.known, since, until)

    def changes(self) -> tuple[ProtectionChange, ...]:
        """Return the losses of protection that last, as pages say them at once."""
        return tuple(one.change(self.entry.id) for one in self.losses if one.is_loud)


@dataclass(frozen=True)
class ApplianceCourse:
    """What is known of one appliance over time.

    :ivar closings: the customer and the closing of each virtual server by a step, the earliest first
    :ivar closed_line: from when to when all of it was closed
    :ivar hunt: the last one
    """

    appliance: Appliance
    history: History
    today: Today
    services: Services
    closings: tuple[tuple[str, StepClosing], ...]
    closed_line: Line
    courses: tuple[Course, ...]
    hunt: HuntResult

    def hunts(self, course: Course) -> tuple[HuntTime, ...]:
        """Return for the time of a line what the last hunt says of it; it ends no exposure."""
        return hunt_times(self.hunt, course.entry.id, course.line[0].since)

    def nodes(self, course: Course) -> Iterator[NodeCourse]:
        """Yield the course of each node and of its management address, from the time on at which the weakness counts."""
        nodes = tuple(self.today.builds) or tuple(map(str, self.appliance.nodes))
        entry, lines = course.entry, (course.measure.line, course.configuration)
        for one in node_courses(entry, self.history, self.today, nodes, *lines):
            build, management = (counted_line(entry, line, course.exposed_from) for line in (one.build, one.management))
            yield replace(one, build=build, management=management)

    def management(self, course: Course) -> tuple[NodeCourse, ...]:
        """Return the same where the weakness is reached at a management address; nothing elsewhere."""
        return tuple(self.nodes(course)) if has_management(course.entry) else ()

    def management_line(self, course: Course) -> Line:
        """Return the course of the least protected management address, where a weakness is reached there besides the virtual servers; else nothing."""
        return worst_management(self.management(course)) if has_half(course.entry) else ()

    @property
    def is_shown_as_off(self) -> bool:
        """Return True if the appliance shows all of it as switched off today, and no run of ours has proved that."""
        return self.today.all_off and not (self.closed_line and self.closed_line[-1].state is State.CLOSED)

    def without_fix(self, course: Course) -> tuple[str, ...]:
        """Return the nodes of a pair that have the weakness today while the other one has the fix."""
        return without_fix(course.entry, self.today)

    def service_line(self, course: Course, vserver: str, partition: str = DEFAULT) -> Line:
        """Return the course of a weakness at one virtual server: closed for some where a step closes it and nothing protects."""
        own = {one: None for _owner, one in self.closings if (one.vserver, one.partition) == (vserver, partition)}
        return service_line(course.line, own)

    @property
    def on_again(self) -> dict[str, Dated]:
        """Return by customer when a virtual server that is closed by the records was found switched on."""
        shown = ((owner, one) for owner, one in self.closings if not one.is_only_begun)
        return {owner: one.reopened for owner, one in shown if one.reopened.source.startswith(SHOWN_ON)}


def courses_of(
    appliance: Appliance,
    entries: Iterable[Entry],
    history: History,
    today: Today,
    as_of: date,
    url_weakness: Weakness | None = None,
    hunt: HuntResult | None = None,
) -> ApplianceCourse:
    """Return the courses of an appliance for some entries.

    :param history: of its records, up to the reading of today
    :param as_of: what was not known on that day does not count
    :param url_weakness: what the catalogue knows of rules that look at a URL; None where it has no such entry
    :param hunt: the last one; None where its result is not asked for
    """
    services = services_of(appliance, history)
    shown = shown_builds(history, today)
    closed = whole_line(history, today)
    entries = tuple(entries)
    told = [text for service in services.values() for text in service.conflicts]
    told += _without_entry(history, entries)
    own = tuple(closings(history, appliance, services, today))
    told_too = (*history.conflicts, *told)
    made = _Maker(appliance, history, today, shown, closed, own, as_of, url_weakness, told_too)
    courses = tuple(made.course(entry) for entry in entries)
    return ApplianceCourse(
        appliance, history, today, services, own, closed, courses, HuntResult() if hunt is None else hunt
    )


@dataclass(frozen=True)
class _Maker:
    """Makes the course of an entry from what all entries share."""

    appliance: Appliance
    history: History
    today: Today
    shown: tuple[Shown, ...]
    closed: Line
    closings: tuple[tuple[str, StepClosing], ...]
    as_of: date
    url_weakness: Weakness | None
    told: tuple[str, ...]

    def course(self, entry: Entry) -> Course:
        conflicts = [*self.told, *self.today.told.get(entry.id, ()), *filter(None, [self.today.awaited])]
        builds = build_course(entry, self.history, self.shown, self.today)
        conflicts += builds.conflicts
        until = builds.fixed.time if builds.is_fixed else None
        events = self.history.by_measure.get(entry.id, ())
        before = [event for event in events if until is None or _is_before_the_fix(entry, event, until)]
        tracks = partition_tracks(entry, self.history, before, conflicts)
        drift = self._drift(entry, tracks) if until is None else self._in_front(entry)
        gone = self.today.gone.get(entry.id, ())
        judging = Judging(entry, self._builds(until), self.url_weakness, self._day(until), drift, gone)
        measure = course_of(tracks, judging)
        whole = tracks if until is None else partition_tracks(entry, self.history, events, [])
        measured = measure_line(whole, self.shown, judging.where_it_decides(measure.state))
        reading = self._not_hidden(entry, conflicts)
        exposed = exposed_from(entry, builds, reading)
        closed: Line = self.closed if entry.can_be_closed() else ()
        without = replace(builds, line=without_effect(builds.line, entry, self.shown))
        known = combined_line(entry, without, measured, closed, reading, exposed)
        line = counted_line(entry, known, exposed)
        lost = self._losses(entry, line, closed, frozenset(look for track in whole for look in track.looks))
        if measure.state.word is not State.EXPOSED:  # else a run of ours has seen an attack pass
            known, line = (shown_as_closed(entry, one, reading) for one in (known, line))
        measure = replace(measure, line=measured)
        lacks = configuration_line(entry, reading)
        stages = stages_together({track.name: track.stages for track in whole}, builds.line)
        if drift is not None and measure.state.word is drift.word and (gone or drift.word is State.UNPROVEN):
            stages = counts_no_longer(stages, self.today.at, drift.since.source)
        proofs = proven_times(measured, builds.line)
        return Course(
            self.appliance.name,
            entry,
            line,
            known,
            measure,
            builds,
            exposed,
            tuple(conflicts),
            lost,
            lacks,
            stages,
            proofs,
        )

    def _losses(self, entry: Entry, line: Line, closed: Line, looks: AbstractSet[str]) -> tuple[Loss, ...]:
        """Return those of protection, and of what a step of closing had stopped in part."""
        steps = opened_losses(line, (one for _owner, one in self.closings)) if entry.can_be_closed() else ()
        found = (*losses(line, closed, looks), *steps)
        return tuple(sorted(found, key=lambda one: cast("datetime", one.since.time)))

    def _builds(self, until: datetime | None) -> tuple[Build, ...]:
        return () if until is not None else self.today.known_builds

    def _day(self, until: datetime | None) -> date:
        return self.as_of if until is None else min(self.as_of, until.date())

    def _in_front(self, entry: Entry) -> MeasureState | None:
        """Return what the appliance shows of a mitigation that its builds do not need any more: that others lead requests past it, as they may have before."""
        return self._shown(entry) if self.today.drift.get(entry.id, (None, ""))[0] is State.PARTLY else None

    def _shown(self, entry: Entry) -> MeasureState:
        word, reason = self.today.drift[entry.id]
        since = Dated(self.today.at, "the configuration of the appliance", Confidence.READ)
        return MeasureState(word, since, reason)

    def _drift(self, entry: Entry, tracks: Sequence[PartitionTrack]) -> MeasureState | None:
        """Return what the appliance shows otherwise than our runs left it, or that what they left is not known."""
        if entry.id in self.today.drift:
            return self._shown(entry)
        seen = (track.seen or track.last for track in tracks)
        elsewhere = (self.today.why_elsewhere(event) for event in seen if event is not None)
        why = self.today.awaited or next(filter(None, elsewhere), "")
        return MeasureState(State.UNKNOWN, reason=why) if why else self._not_proven_here(entry, tracks)

    def _not_proven_here(self, entry: Entry, tracks: Sequence[PartitionTrack]) -> MeasureState | None:
        """Return that what is there now is not what was proven: a build without the fix, a policy beside it or a virtual server, that no proof has seen.

        What a run found otherwise than ours left it, and is as they left it now, nobody has proved since.
        """
        places = self.today.as_left.get(entry.id)
        otherwise = (track for track in tracks if not track.is_ineffective_on(self.today.known_builds))
        put_right = next((track.found_otherwise for track in otherwise if track.found_otherwise), "")
        if put_right and places is not None:
            return self._not_proven(f"it is as our runs left it again, and no run has proved it since {put_right}")
        proofs = [track.seen for track in tracks if track.seen is not None and track.held().word.stops]
        if not tracks or len(proofs) < len(tracks) or not self.today.is_read:
            return None
        is_behind = entry.surface is Surface.BACK_ENDS  # which each build lets an attack through to
        affected = [build for build in self.today.known_builds if is_behind or entry.build_state(build) in BAD]
        known = {build for one in proofs for build in one.known_builds()}
        unseen = [build for build in affected if build not in known]
        asked = {vip for one in proofs if one.record.proof is not None for vip in one.record.proof.vips}
        new = [str(vip) for vip in self.appliance.vips or () if vip.probe and str(vip) not in asked] if asked else []
        beside = next((track.seen for track in tracks if not track.has_seen((places or {}).get(track.name))), None)
        if unseen and (all(one.is_of_all_nodes for one in proofs) or len(unseen) == len(affected)):
            word = State.UNPROVEN if len(unseen) == len(affected) else State.PARTLY
            return self._not_proven(f"{unseen[0]} runs now, and no run has proved it on that build", word)
        if beside is not None:
            return self._not_proven(f"what is bound beside it is not what {beside.source} has seen")
        return self._not_proven(f"no run has proved it at {new[0]}") if new else None

    def _not_proven(self, reason: str, word: State = State.UNPROVEN) -> MeasureState:
        return MeasureState(word, Dated(self.today.at, "the reading of today", Confidence.READ), reason)

    def _not_hidden(self, entry: Entry, conflicts: list[str]) -> Today:
        """Return what the appliance shows today, without the word that its configuration lacks what the weakness needs, where a run of ours mitigated it."""
        events = self.history.by_measure.get(entry.id, ())
        applies = (one for one in events if one.record.measure == entry.id and one.record.kind is RecordKind.APPLY)
        ours = next(applies, None)
        missing = self.today.not_by_configuration
        if ours is None or entry.id not in missing:
            return self.today
        conflicts.append(
            f"its configuration does not have what the weakness needs today ({missing[entry.id]}), and {ours.source} mitigated it, so it may have had it"
        )
        return replace(self.today, not_by_configuration={id_: why for id_, why in missing.items() if id_ != entry.id})


def _without_entry(history: History, entries: Iterable[Entry]) -> Iterator[str]:
    """Yield of which weaknesses there are records and no entry: it was renamed or removed."""
    known = {entry.id for entry in entries}
    for measure in history.by_measure:
        if measure.startswith("cve_") and measure not in known:
            yield f"records of {measure}, which has no entry in the catalogue: nothing is said of it"


def _is_before_the_fix(entry: Entry, event: Event, until: datetime) -> bool:
    """Return True if a run counts for the time before the fix: the first record of the fix may be that of the removal after it."""
    builds = [*event.known_builds()]
    shows_the_fix = bool(builds) and all(entry.build_state(build) in GOOD for build in builds)
    return event.at < until or (event.at == until and not shows_the_fix)
