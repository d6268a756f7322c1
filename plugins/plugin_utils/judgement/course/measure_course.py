# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The course of one mitigation at an appliance: that of all admin partitions together, and what the builds and the appliance of today say of it. Pure.

Each admin partition has its own course. The appliance is protected where all of them are: who gets in at one of them is in the appliance.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time

from ...appliance.nitro.builds import Build
from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.resource_types import Attributes, ObjectId
from ...catalogue.entry import Entry, MeasureForm
from ...catalogue.measure import Weakness
from ...policies.url_expressions import rules_with_url
from .build_track import WITHOUT_EFFECT, Shown, builds_at
from .event import RESOLUTION, Event
from .interval import Interval, Line, LineBuilder, swept
from .measure_state import MeasureState
from .measure_track import PartitionTrack, why_ineffective
from .record_events import History
from .sourced_date import Confidence, Dated
from .state import State

NO_RUN = Dated(source="no record of a run of ours")


@dataclass(frozen=True)
class Judging:
    """What the course of a mitigation is judged by.

    :ivar builds: those that the nodes run, or ran before the fix; empty where none is known
    :ivar url_weakness: what the catalogue knows of rules that look at a URL; None where it has no such entry
    :ivar as_of: what was not known on that day does not count
    :ivar drift: what the appliance shows otherwise today than our runs left it, or that a record has not come; None where nothing is, or was not read
    :ivar gone: the admin partitions where no policy of ours is evaluated any more today
    """

    entry: Entry
    builds: tuple[Build, ...]
    url_weakness: Weakness | None
    as_of: date
    drift: MeasureState | None = None
    gone: Collection[str] = ()

    def where_it_decides(self, end: MeasureState) -> Judging:
        """Return it without the drift where that does not decide: what only counts, say, is told so whatever else changed.

        On a build on which the rule has no effect it still doubts what was proven before.
        """
        drift = self.drift
        if drift is None or (drift.word, drift.reason) == (end.word, end.reason):
            return self
        only_doubts = end.word is State.INEFFECTIVE and drift.word in (State.DRIFTED, State.PARTLY)
        return replace(self, drift=replace(drift, since=Dated()) if only_doubts else None)


@dataclass(frozen=True)
class MeasureCourse:
    """The course of a mitigation at one appliance.

    :ivar mitigated: since when it blocks everywhere; no time where it does not
    :ivar proven: the first proof since then, if it protects
    :ivar disproved: since when it is known that an attack passes although it blocks
    :ivar state: at the end
    :ivar line: from its first run on
    """

    mitigated: Dated = NO_RUN
    proven: Dated = field(default_factory=lambda: Dated(source="no record of a proof"))
    disproved: Dated = field(default_factory=lambda: Dated(source="no run of ours saw an attack pass since"))
    state: MeasureState = field(default_factory=MeasureState)
    line: Line = ()


def partition_tracks(
    entry: Entry, history: History, events: Iterable[Event], conflicts: list[str]
) -> tuple[PartitionTrack, ...]:
    """Return the tracks of the admin partitions into which some runs have brought the mitigation.

    :param events: in the order of their chain
    :param conflicts: gets a sentence for each contradiction
    """
    events = tuple(events)
    names = dict.fromkeys(event.record.partition for event in events if event.record.measure == entry.id)
    tracks = tuple(PartitionTrack(entry, name, history, history.there_since.get(name)) for name in names)
    for event in events:
        is_own = event.record.measure == entry.id or entry.id in event.record.content.found_beside
        for track in tracks:
            if event.missing or (is_own and event.record.partition == track.name):
                track.add(event, conflicts)
    applied = tuple(track for track in tracks if track.was_applied)
    for track in applied:
        track.end(conflicts)
    if applied and all(track.name != DEFAULT for track in applied):
        partitions = ", ".join(track.name for track in applied)
        conflicts.append(f"the mitigation is recorded in partition {partitions}; the others have their own")
    return applied


def course_of(tracks: Sequence[PartitionTrack], judging: Judging) -> MeasureCourse:
    """Return the course at the end: the least protection of the partitions, and the latest date."""
    if not tracks:
        return MeasureCourse()
    states = [_at_the_end(track, judging) for track in tracks]
    state = min(states, key=lambda one: one.word.worst_first)
    disproved = next((track.disproved for track in tracks if track.disproved is not None), None)
    known = frozenset(track.name for track in tracks if track.standing.is_proven_to_block)
    state = replace(state, left={track.name: track.standing.compared for track in tracks}, by_fingerprint=known)
    none = MeasureCourse()
    is_proven = state.word is State.MITIGATED
    why_not = "no record of a proof" if state.word is State.TAKEN_OFF else state.reason
    is_stop_gap = state.word is State.STOP_GAP or any(track.entry.is_stop_gap for track in tracks)
    mitigated = None if is_stop_gap else _latest([track.start for track in tracks])
    return MeasureCourse(
        mitigated or Dated(source=state.reason),
        (_latest([track.proof for track in tracks]) if is_proven else None) or Dated(source=why_not),
        disproved.dated() if disproved else none.disproved,
        state,
    )


def measure_line(tracks: Sequence[PartitionTrack], shown: Sequence[Shown], judging: Judging) -> Line:
    """Return from when to when it did what, by the records, the builds and what was known until a day, and by the reading of today."""
    lines = [_line_of(track, shown, judging) for track in tracks]
    begins = [_there_line(track) for track in tracks]
    line = swept([*lines, *begins], lambda _since, held: _worst(held, tracks))
    drift = judging.drift
    if not line or drift is None:
        return line
    known = _last_sight(tracks)
    found = LineBuilder(line)
    if known is not None:
        since = Dated(known.at, known.source, Confidence.RECORDED)
        later = drift.since.time or (known.at if drift.word is State.UNKNOWN else known.at + RESOLUTION)
        found.doubt(known.seen_until(later), lambda one: _not_known_since(one, since, drift))
    if drift.since.time is not None:
        found.add(drift.since, drift.word, drift.reason, (drift.since.source,))
    return found.line()


def _last_sight(tracks: Sequence[PartitionTrack]) -> Event | None:
    """Return the run until which no partition is known to have been otherwise than ours left it; None where no run says.

    A run proves one partition after the other, each with a record of its own: what it proved in several ones counts until the last of them.
    """
    ends = {
        track.seen.record.run: track.seen for track in sorted(tracks, key=lambda one: _time_of(one.seen)) if track.seen
    }
    seen = (ends[track.seen.record.run] if track.seen else track.last for track in tracks)
    return min(seen, key=_time_of, default=None)


def _time_of(event: Event | None) -> datetime:
    return event.at if event is not None else datetime.max.replace(tzinfo=UTC)


def _not_known_since(one: Interval, since: Dated, drift: MeasureState) -> Interval:
    is_told = (
        one.state.stops or one.state is State.UNPROVEN or (one.state is State.OBSERVING and drift.word is State.DRIFTED)
    )
    if not is_told:
        return one
    return replace(
        one, state=State.UNKNOWN, reason=f"{drift.reason}; since when is not known, last seen by {since.source}"
    )


def _there_line(track: PartitionTrack) -> Line:
    """Return since when an admin partition is known to be there; the default one always is."""
    since = track.there_since
    if track.name == DEFAULT or since is None:
        return ()
    return (Interval(Dated(since, "", Confidence.RECORDED), None, State.NONE),)


def _worst(held: Sequence[Interval | None], tracks: Sequence[PartitionTrack]) -> Interval | None:
    """Return the interval with the least protection; a partition into which it was not brought yet has none, if it was there already.

    :param held: of each partition, and since when each is known to be there
    """
    own, there = held[: len(tracks)], held[len(tracks) :]
    missing = [
        (track.name, track.name == DEFAULT or is_there is not None)
        for one, is_there, track in zip(own, there, tracks, strict=True)
        if one is None
    ]
    known = [one for one in own if one is not None]
    worst = min(known, key=lambda one: one.state.worst_first, default=None)
    if worst is None or not missing:
        return worst
    name, is_there = max(missing, key=lambda one: one[1])
    text = f"partition {name}: no run of ours had brought it in there"
    if is_there:
        return replace(known[0], state=State.EXPOSED, reason=text, rests_on=(), by="")  # it rests on no run elsewhere
    if not worst.state.stops:
        return worst
    return replace(worst, state=State.UNKNOWN, reason=f"{text}, and since when it is there is not known")


def _latest(events: list[Event | None]) -> Dated | None:
    """Return the latest time; None where one did not happen."""
    known = [event for event in events if event is not None]
    return max(known, key=lambda event: event.at).dated() if len(known) == len(events) else None


def _at_the_end(track: PartitionTrack, judging: Judging) -> MeasureState:
    """Return the state until the fix, or until today."""
    held = track.held()
    drift = judging.drift
    if (
        held.word is State.OBSERVING
        and drift is not None
        and (drift.word is State.UNPROVEN or track.name in judging.gone)
    ):
        return drift  # it blocks now, which no run here has let it, or does not even count
    if held.word is State.UNKNOWN and track.start is not None and drift is not None and drift.word is State.PARTLY:
        return drift  # whatever the run left whose record is not here
    if track.start is None or held.word in (State.OBSERVING, State.UNKNOWN) or track.lost:
        return held
    builds = judging.builds or (track.last.known_builds() if track.last else ())
    ineffective = next(filter(None, (why_ineffective(judging.entry, build) for build in builds)), "")
    if ineffective:
        return MeasureState(State.INEFFECTIVE, track.start.dated(), ineffective)
    if track.disproved is not None:
        return held
    if drift is not None:
        return drift
    if held.word is not State.MITIGATED:
        return held
    known = weaknesses(judging, track.standing.policies)
    weakness = next((one for build in builds for one in known if one.applies(build, judging.as_of)), None)
    return held if weakness is None else _reduces(weakness)


def _reduces(weakness: Weakness) -> MeasureState:
    since = Dated.of_day(weakness.since, weakness.reference, Confidence.PUBLISHED)
    text = f"since {weakness.since} {weakness.reason} ({weakness.reference})"
    return MeasureState(State.REDUCES, since, text)


def weaknesses(judging: Judging, policies: Mapping[ObjectId, Attributes]) -> tuple[Weakness, ...]:
    """Return the findings by which a rule with these policies can be bypassed on some builds; without one, nobody knows what the rule looks at.

    A setting has no rule.
    """
    measure, of_urls = judging.entry.measure, judging.url_weakness
    own = tuple(measure.weaknesses) if measure else ()
    has_rule = measure is None or measure.form is not MeasureForm.SETTING
    looks_at_url = has_rule and (not policies or bool(rules_with_url(policies, {})))
    return (*own, of_urls) if of_urls is not None and looks_at_url else own


def without_effect(line: Line, entry: Entry, shown: Sequence[Shown]) -> Line:
    """Return the line of the builds, with the times at which the rule would have no effect: nothing of ours stops an attack then."""
    builds = LineBuilder()
    for one in shown if entry.measure is not None and entry.measure.ineffective else ():
        why = next(filter(None, (why_ineffective(entry, build) for build in one.builds)), "")
        builds.add(one.since, State.INEFFECTIVE if why else State.NONE, why, (one.since.source,) if why else ())

    def together(_since: Dated, held: tuple[Interval | None, ...]) -> Interval | None:
        one, effect = held
        if effect is None or effect.state is not State.INEFFECTIVE or one is None or one.state is not State.EXPOSED:
            return one
        return replace(effect, since=one.since) if effect.start == one.start else effect

    return swept((line, builds.line()), together)


def _line_of(track: PartitionTrack, shown: Sequence[Shown], judging: Judging) -> Line:
    """Return the line of one admin partition, with what builds and later findings make of it."""
    line = track.line()
    ineffective, bypassed = _effect_line(judging.entry, shown), _bypass_line(track, line, shown, judging)

    def together(_since: Dated, held: tuple[Interval | None, ...]) -> Interval | None:
        one, effect, bypass = held
        if one is None:
            return None
        blocks = one.state.stops or one.state in (State.UNPROVEN, State.PARTLY, State.EXPOSED)
        if effect is not None and effect.state is not State.NONE and blocks:
            return effect
        if bypass is not None and bypass.state is State.REDUCES and one.state is State.MITIGATED:
            return replace(bypass, rests_on=(*one.rests_on, *bypass.rests_on))
        return one

    return swept((line, ineffective, bypassed), together)


def _effect_line(entry: Entry, shown: Sequence[Shown]) -> Line:
    """Return from when to when the rule had no effect on a build; where that was found after a build with an effect, since when is not known."""
    if entry.measure is None or not entry.measure.ineffective:
        return ()
    line = LineBuilder()
    works: Shown | None = None
    for one in shown:
        why = next(filter(None, (why_ineffective(entry, build) for build in one.builds)), "")
        if why and works is not None:
            text = f"{why}; {one.since.source} {WITHOUT_EFFECT}"
            until = works.ran_until or works.seen
            line.doubt(until, lambda old, text=text: replace(old, state=State.UNKNOWN, reason=text))  # type: ignore[misc]
        line.add(one.since, State.INEFFECTIVE if why else State.NONE, why, (one.since.source,) if why else ())
        works = None if why else one
    return line.line()


def _bypass_line(track: PartitionTrack, line: Line, shown: Sequence[Shown], judging: Judging) -> Line:
    """Return from when to when it was known that the rule can be bypassed."""
    found = LineBuilder()
    for since, policies in _boundaries(track, line, shown, judging):
        builds = builds_at(shown, since.time) or judging.builds if since.time else ()
        day = min(judging.as_of, since.time.date()) if since.time else judging.as_of
        known = next((one for build in builds for one in policies if one.applies(build, day)), None)
        state = _reduces(known) if known is not None else MeasureState()
        found.add(since, state.word, state.reason, (known.reference,) if known is not None else ())
    return found.line()


def _boundaries(
    track: PartitionTrack, line: Line, shown: Sequence[Shown], judging: Judging
) -> Iterator[tuple[Dated, tuple[Weakness, ...]]]:
    """Yield each time at which what is known of the rule may change, with the findings that there are of what is in place then."""
    marks = [(since, weaknesses(judging, policies)) for since, policies in track.marks]
    if not any(found for _since, found in marks) or not line:
        return
    days = {one.since for _since, found in marks for one in found if one.since <= judging.as_of}
    times = {since: Dated(since, "", Confidence.RECORDED) for since, _found in marks}
    times |= {one.since.time: one.since for one in shown if one.since.time is not None}
    times |= {datetime.combine(day, time(), UTC): Dated.of_day(day, "", Confidence.PUBLISHED) for day in days}
    for moment in sorted(times):
        own = next((found for since, found in reversed(marks) if since <= moment), ())
        yield times[moment], own
