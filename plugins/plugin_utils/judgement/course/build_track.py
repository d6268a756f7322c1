# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Do the builds have the weakness, from when to when? By the records that show them, and by what all nodes show today. Pure.

A build is found, never made by us: where one without the fix is found after one with it, nobody knows since when, so the time between is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import takewhile

from ...appliance.nitro.builds import Build
from ...catalogue.entry import Entry, Surface
from ...catalogue.trains import BuildState
from ..proof.catalogue_verdict import NEEDS_SETTING
from .event import Event
from .interval import Interval, Line, LineBuilder
from .record_events import History
from .sourced_date import Confidence, Dated
from .state import State
from .today import Today

GOOD = (BuildState.FIXED, BuildState.NOT_AFFECTED)
BAD = (BuildState.AFFECTED, BuildState.NO_FIX)
BEHIND = "the weakness is in the servers behind the appliance, and no build of it says anything about them"
BEGINNING = Dated.of_day(date(1970, 1, 1), "before all records", Confidence.ASSUMED)
"""Of a line that has no beginning."""
ALL_NODES = "the builds of all nodes"
WITHOUT_SETTING = NEEDS_SETTING
"""How the reason begins of a build that has the fix and lacks a setting that it needs too."""
HAS_IT = " has the weakness"
WITHOUT_EFFECT = "shows it, and since when is not known"
"""How the reason ends of a time before a build was found on which our rule has no effect."""
WORSE_CASE = "no record shows what ran before, so the worse case is assumed"


@dataclass(frozen=True)
class Shown:
    """The builds that were seen from one moment on.

    :ivar is_whole: those of all nodes of today
    :ivar seen: the last time; between it and the time of other builds nobody knows which ran
    :ivar ran_until: the end of the second of the run that saw them last, for what that run has proved on them; None where no record is asked for it
    """

    since: Dated
    builds: tuple[Build, ...]
    is_whole: bool
    seen: datetime
    ran_until: datetime | None = None


def shown_builds(history: History, today: Today) -> tuple[Shown, ...]:
    """Return what records and the reading of today show of the builds, the earliest first, each change once."""
    later, found = today.at, list[Shown]()
    if today.is_read and today.builds:
        found.append(Shown(Dated(today.at, ALL_NODES, Confidence.READ), today.known_builds, True, today.at))
    for event, last in reversed(history.build_spans):
        if (builds := event.known_builds()) and len(builds) == len(event.builds()):
            since, is_whole = replace(event.begun(), is_latest=True), _is_whole(event, today)
            ran_until = max(event.at, last.seen_until(later))
            found.append(Shown(since, builds, is_whole, max(event.at, last.earliest), ran_until))
        later = event.at
    return tuple(reversed(found))


def builds_at(shown: Iterable[Shown], moment: datetime) -> tuple[Build, ...]:
    """Return the builds that were seen last at a moment."""
    builds: tuple[Build, ...] = ()
    for one in shown:
        if one.since.time is not None and one.since.time <= moment:
            builds = one.builds
    return builds


def _is_whole(event: Event, today: Today) -> bool:
    """Return True if a record shows the builds of all nodes; one of an earlier version has the build of the primary alone."""
    return event.is_of_all_nodes or len(today.builds) == 1


def is_fixed_for(entry: Entry, builds: Sequence[Build]) -> bool:
    """Return True if the builds of all nodes have the fix of an entry, or not its weakness. A setting that the fix needs too is not looked at."""
    return bool(builds) and all(entry.build_state(build) in GOOD for build in builds)


@dataclass(frozen=True)
class BuildCourse:
    """Whether the builds had the weakness.

    :ivar line: from when to when; what was before the weakness was known too
    :ivar affected: the first record of a build that has it; None where no record shows one
    :ivar fixed: since when every node has the fix; is_fixed: whether it has it today, None where that is not known
    :ivar conflicts: what contradicts itself, as sentences
    """

    line: Line
    affected: Event | None
    fixed: Dated
    is_fixed: bool | None
    conflicts: tuple[str, ...] = ()


def build_course(entry: Entry, history: History, shown: Iterable[Shown], today: Today) -> BuildCourse:
    """Return from when to when the builds had the weakness."""
    if entry.surface is Surface.BACK_ENDS:
        return BuildCourse((Interval(BEGINNING, None, State.UNKNOWN, BEHIND),), None, Dated(source=BEHIND), None)
    conflicts: list[str] = []
    line = _line(entry, tuple(shown), today, conflicts)
    for state, reason in _of_today(entry, today):
        line.add(Dated(today.at, reason, Confidence.READ), state, reason, (reason,))
    found = line.line()
    affected = next((event for event in history.build_events if _has_it(entry, event)), None)
    return BuildCourse(found, affected, *_fix(found), tuple(conflicts))


def _line(entry: Entry, shown: Sequence[Shown], today: Today, conflicts: list[str]) -> LineBuilder:
    line = LineBuilder()
    line.add(BEGINNING, State.EXPOSED, WORSE_CASE)
    good: Shown | None = None
    first: Shown | None = None
    for one in shown:
        state, reason = _meaning(entry, one, today)
        if state is State.EXPOSED and good is not None:
            conflicts.append(_contradiction(one, first or good, reason))
            found = f"{one.since.source} shows a build without the fix after one with it: since when is not known"
            line.doubt(good.seen, lambda old, found=found: _doubted(old, found))  # type: ignore[misc]
        known = line.last is not None and line.last.state.protects
        if not (known and state is State.UNKNOWN and _all_good(entry, one)):  # it shows less than what is known
            line.add(one.since, state, reason, (one.since.source,))
        good = one if _all_good(entry, one) else None if state is State.EXPOSED else good
        first = (first or good) if good is not None else None
    return line


def _contradiction(bad: Shown, good: Shown, reason: str) -> str:
    if bad.since.confidence is Confidence.READ:
        return f"{good.since.source} has a build with the fix, and a node runs one without it today"
    return f"{bad.since.source} has {reason.removesuffix(HAS_IT)} without the fix, after a record of a build with it"


def _fix(line: Line) -> tuple[Dated, bool | None]:
    """Return since when all nodes have the fix, at the latest, and whether they have it today."""
    last = line[-1]
    if not last.state.protects:
        return Dated(source=last.reason), None if last.state is State.UNKNOWN else False
    run = [*takewhile(lambda one: one.state.protects, reversed(line))]
    return run[-1].since, True


def _doubted(one: Interval, reason: str) -> Interval:
    return replace(one, state=State.UNKNOWN, reason=reason) if one.state.protects else one


def _has_it(entry: Entry, event: Event) -> bool:
    return any(entry.build_state(build) in BAD for build in event.known_builds())


def _all_good(entry: Entry, shown: Shown) -> bool:
    return all(entry.build_state(build) in GOOD for build in shown.builds)


def _meaning(entry: Entry, shown: Shown, today: Today) -> tuple[State, str]:
    """Return what the builds of one moment mean."""
    states = {build: entry.build_state(build) for build in shown.builds}
    is_read = shown.since.confidence is Confidence.READ
    names = ", ".join(map(str, states))
    bad = next((build for build, state in states.items() if state in BAD), None)
    if bad is not None:
        return State.EXPOSED, "a node runs a build without the fix today" if is_read else f"{bad}{HAS_IT}"
    if not _all_good(entry, shown):
        return State.UNKNOWN, "no source says what its build means" if is_read else f"no source says what {names} means"
    if not shown.is_whole:
        return State.UNKNOWN, f"{names} has the fix, and the record does not have the build of every node"
    if entry.settings_on_fixed_builds() and not is_read:
        return State.UNKNOWN, f"{names} has the fix, and no record says since when it has the setting that it needs too"
    if {*states.values()} == {BuildState.NOT_AFFECTED}:
        return State.NOT_AFFECTED, f"{names} never had the weakness"
    return State.FIXED, f"{names} has the fix"


def _of_today(entry: Entry, today: Today) -> Iterator[tuple[State, str]]:
    """Yield what today says besides the builds: what could not be read is not known; and which setting is missing."""
    if today.problem:
        yield State.UNKNOWN, today.problem
    elif any(entry.build_state(build) in BAD for build in today.known_builds):
        yield State.EXPOSED, "a node runs a build without the fix today"
    elif not today.is_read or not today.builds:
        nodes = ", ".join(node for node, build in today.builds.items() if build is None)
        yield State.UNKNOWN, f"the build of {nodes} is not known" if nodes else "no source says what its build means"
    elif entry.id in today.unset and all(entry.build_state(build) in GOOD for build in today.known_builds):
        text, is_known = today.unset[entry.id]
        yield State.EXPOSED if is_known else State.UNKNOWN, f"{NEEDS_SETTING}: {text}"


def exposed_from(entry: Entry, course: BuildCourse, today: Today) -> Dated:
    """Return since when it was exposed, by the earliest evidence; no time where nothing shows that it was."""
    if entry.surface is Surface.BACK_ENDS:
        return Dated(source=BEHIND)
    bulletin, affected = bulletin_day(entry), course.affected
    if entry.id in today.not_by_configuration:
        return Dated(
            source=f"its configuration does not have what the weakness needs: {today.not_by_configuration[entry.id]}"
        )
    if is_never_affected(entry, course, today):
        return Dated(source=f"no record shows a build with the weakness, and {today.known_builds[0]} never had it")
    if affected is None:
        why = f"the bulletin of {bulletin}; no record shows what ran before, so the worse case is assumed"
        return Dated.of_day(bulletin, why, Confidence.ASSUMED)
    if affected.at.date() <= bulletin:
        return affected.dated()
    why = f"the bulletin of {bulletin}; {affected.source} shows the build with the weakness"
    return Dated.of_day(bulletin, why, Confidence.ASSUMED)


def is_never_affected(entry: Entry, course: BuildCourse, today: Today) -> bool:
    """Return True if every node runs a build that never had the weakness, and no record shows one that had it."""
    states = {entry.build_state(build) for build in today.known_builds}
    return course.is_fixed is True and course.affected is None and states == {BuildState.NOT_AFFECTED}


def bulletin_day(entry: Entry) -> date:
    """Return the day of the bulletin; of a month, its first day."""
    text = entry.published
    return date.fromisoformat(text if len(text) > len("2020-01") else f"{text}-01")
