# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The course of each node: its build, and its management address. Pure.

Policies are not evaluated for a management address unless the node-local half of a measure says so, and no virtual server that is switched off closes it.
What no record and no reading of that node says is not known, or of a build without a record the worse case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from ...appliance.nitro.names import DEFAULT
from ...catalogue.entry import Entry, Surface
from ...catalogue.trains import BuildState
from ...change.records.record_states import Outcome, RecordKind
from ...foundation.foreign_text import printable
from ...foundation.json_values import written_whole
from .build_track import ALL_NODES, BAD, Shown, build_course
from .coverage import ADDRESSES, Coverage, state_of
from .event import Event, parsed_build
from .interval import Interval, Line, LineBuilder, swept
from .record_events import History
from .recorded_proof import let_past_by, may_let_past_by
from .run import left_by
from .sourced_date import Confidence, Dated
from .state import State
from .today import Today

NOT_ASKED = "no run of ours has covered its management address"
BY_NAME = "is a copy that no control node of ours has signed: accepted by name, it proves nothing"
_BY_OUR_RULE = (Coverage.AFTER_REBOOT, Coverage.ONLY_COUNTS, Coverage.IN_FRONT)
"""What runs saw of an attack that our rule, or the place of it, may have let pass."""
NO_LINE = "its start-up file lacks the line today, so a restart since the last run may have lost it"


@written_whole()
@dataclass(frozen=True)
class NodeCourse:
    """The course of a weakness at one node.

    :ivar node: its address with the port
    :ivar build: from when to when its own build had the weakness
    :ivar management: from when to when its management address was exposed; empty where the weakness is not reached there
    """

    node: str
    build: Line
    management: Line


def has_management(entry: Entry) -> bool:
    """Return True if a weakness is reached at the management address too, as far as the catalogue knows."""
    return entry.surface is Surface.MANAGEMENT or has_half(entry)


def has_half(entry: Entry) -> bool:
    """Return True if the mitigation of a weakness has a half of its own for the management address, so that both ways are open without it."""
    return bool(_half(entry))


def _half(entry: Entry) -> str:
    return entry.measure.start_up_line if entry.measure is not None else ""


def node_courses(
    entry: Entry, history: History, today: Today, nodes: Iterable[str], measure: Line, configuration: Line = ()
) -> Iterator[NodeCourse]:
    """Yield the course of each node.

    :param nodes: those of today; what a node had that is not there any more is in the course of the appliance alone
    :param measure: what our mitigation did at the appliance
    :param configuration: that the appliance lacks what the weakness needs
    """
    if entry.surface is Surface.BACK_ENDS:
        return
    asked = frozenset(event.source for event in history.by_measure.get(entry.id, ()) if _let_past(event))
    for node in nodes:
        build = _build_line(entry, history, today, node)
        management: Line = ()
        if has_half(entry):
            covered = coverage_line(history, entry.id, node, today, _half(entry))
            management = swept((configuration, build, measure, covered), lambda _since, held: _covered(asked, *held))
        elif entry.surface is Surface.MANAGEMENT:
            management = swept((configuration, build, measure), lambda _since, held: _weaker_of(*held))
        yield NodeCourse(node, build, management)


def _let_past(event: Event) -> bool:
    record = event.record.content
    return not event.is_unreadable and bool(let_past_by(record) or may_let_past_by(record))


def _build_line(entry: Entry, history: History, today: Today, node: str) -> Line:
    """Return what the records and the reading of today show of the build of one node."""
    own, is_one = today.builds.get(node), len(today.builds) == 1
    shown = [
        Shown(replace(event.dated(), is_latest=True), (build,), True, max(event.at, last.earliest))
        for event, last in history.build_spans
        if (build := parsed_build(event.record.builds.get(node, event.record.build if is_one else ""))) is not None
    ]
    if own is not None:
        shown.append(Shown(Dated(today.at, ALL_NODES, Confidence.READ), (own,), True, today.at))
    return build_course(entry, history, shown, replace(today, builds={node: own})).line


def worst_management(nodes: Sequence[NodeCourse]) -> Line:
    """Return the course of the management addresses of an appliance: that of the one with the least protection; empty where none has one."""
    lines = [one.management for one in nodes if one.management]
    return swept(lines, lambda _since, held: min(filter(None, held), key=lambda one: one.state.worst_first))


def without_fix(entry: Entry, today: Today) -> tuple[str, ...]:
    """Return the nodes of a pair that run a build with the weakness today, while the other one has the fix: they serve after a failover."""
    states = {node: entry.build_state(build) for node, build in today.builds.items() if build is not None}
    has_fix = BuildState.FIXED in states.values()
    return tuple(node for node, state in states.items() if has_fix and state in BAD)


def coverage_line(history: History, measure: str, node: str, today: Today, start_up_line: str) -> Line:
    """Return from when to when runs saw the management address of a node covered.

    Only an answer of the address shows that, so what was seen last holds until a run sees it otherwise, changes the rule that had let the attack pass, or its
    start-up file lacks the line. Since when it is otherwise, nobody knows.
    """
    line = LineBuilder()
    last: Event | None = None
    passed: Event | None = None
    for event in history.events:
        if event.missing or event.is_unreadable:
            text = f"what was left before {event.source} is not known"
            _found(line, event.dated(), State.UNKNOWN, text, (event.source,))
        if not event.is_unreadable and event.record.measure == measure:
            early = last if last is not None and not history.is_told(last, event) else None
            if _add(line, event, node, early):
                last = event
                passed = event if _word_at(event, node) in _BY_OUR_RULE else None
            elif passed is not None and _may_stop(event):
                why = f"{passed.source} saw an attack pass there, and {event.source} has changed our rule since: no run has asked it again"
                line.add(event.dated(), State.UNKNOWN, why, (passed.source, event.source))
                passed = None
    unread = f"{node} was not read" if today.builds.get(node, "") is None else ""
    if last is not None and (why := today.problem or unread or today.why_elsewhere(last)):
        line.add(Dated(today.at, why, Confidence.READ), State.UNKNOWN, why)
    if last is not None and today.has_line(node, start_up_line) is False:
        _without_line(line, last.at)
    return line.line()


def _may_stop(event: Event) -> bool:
    """Return True if a run has changed our rule, and as far as it says an attack may be stopped now where policies are evaluated."""
    record = event.record
    if record.kind is not RecordKind.APPLY or record.partition != DEFAULT or not record.content.values["steps"]:
        return False
    return left_by(record.content).worst_first > State.EXPOSED.worst_first


def _without_line(line: LineBuilder, since: datetime) -> None:
    """Doubt that an address is covered whose start-up file lacks the line today: a restart since the last run may have lost the knob."""
    line.doubt(
        since, lambda one: replace(one, state=State.UNKNOWN, reason=NO_LINE) if one.state is State.MITIGATED else one
    )


def _add(line: LineBuilder, event: Event, node: str, early: Event | None) -> bool:
    """Add what a run says of the address, and return whether it says anything.

    :param early: the run before it, where nothing says which of the two was the first one
    """
    record = event.record
    word = _word_at(event, node)
    is_ours = record.kind is RecordKind.NODE_LOCAL
    removes = is_ours and record.content.values["node_local"]["wanted"] == "absent"
    if word:
        add = line.add if removes else partial(_found, line)
        state, said = state_of(word), f"its management address is {word}{_why_at(event, node)} ({event.source})"
        if state.stops and not record.may_prove:
            state, said = State.UNKNOWN, f"{event.source} {BY_NAME}"
        elif state.stops and early is not None and line.last is not None and not line.last.state.stops:
            state, said = (
                State.UNKNOWN,
                f"{event.source} may have run before {early.source}: no record says which was first",
            )
        add(event.dated(), state, said, (event.source,))
    elif is_ours and any(str(one["node"]) == node for one in record.content.values["node_local"]["nodes"]):
        state, why = _unasked(record.outcome, removes=removes)
        line.add(event.dated(), state, f"{event.source} {why}", (event.source,))
    return bool(word) or is_ours


def _word_at(event: Event, node: str) -> str:
    """Return what a run saw at the address of a node; "" where it did not ask it."""
    return str(_seen_at(event, node).get("state", ""))


def _why_at(event: Event, node: str) -> str:
    """Return why it is so, after a colon; "" where the record gives no reason."""
    reason = _seen_at(event, node).get("reason", "")
    return printable(f": {reason}") if reason else ""


def _seen_at(event: Event, node: str) -> Mapping[str, Any]:
    seen = (event.record.content.values.get("proof") or {}).get(ADDRESSES) or ()
    return next((one for one in seen if one["node"] == node), {})


def _unasked(outcome: Outcome, *, removes: bool) -> tuple[State, str]:
    """Return what a run left at an address that it has not asked."""
    if outcome is not Outcome.APPLIED:
        return State.UNKNOWN, "did not come to its end"
    return (State.EXPOSED, "took it out") if removes else (State.UNKNOWN, "changed it, and asked nothing")


def _found(line: LineBuilder, since: Dated, state: State, reason: str, sources: tuple[str, ...]) -> None:
    """Add what was found and no run of ours did: of a worse state nobody knows since when it holds."""
    last = line.last
    if last is not None and last.state.stops and not state.stops:
        line.doubt(
            last.start, lambda one: replace(one, state=State.UNKNOWN, reason=f"{reason}: since when is not known")
        )
    if last is not None or state is not State.UNKNOWN:
        line.add(since, state, reason, sources)


def _weaker_of(configuration: Interval | None, build: Interval | None, measure: Interval | None) -> Interval | None:
    """Return the build, or what our mitigation did while the build had the weakness."""
    if configuration is not None and configuration.state.protects:
        return configuration
    if build is None or build.state.protects or measure is None or measure.state is State.NONE:
        return build
    return build if build.state is State.UNKNOWN and not measure.state.protects else measure


def _covered(
    asked: AbstractSet[str],
    configuration: Interval | None,
    build: Interval | None,
    measure: Interval | None,
    coverage: Interval | None,
) -> Interval | None:
    """Return what holds at a management address: our mitigation protects it only where the address is covered too.

    :param asked: the runs on management addresses by which our mitigation holds for a part alone, or is not proven: what was seen at an address since says
        more of that one
    """
    if configuration is not None and configuration.state.protects:
        return configuration
    if build is None or build.state.protects:
        return build
    if coverage is None:
        return replace(build, reason=f"{build.reason}; {NOT_ASKED}")
    if measure is None or measure.state is State.NONE or not coverage.state.stops:
        return coverage if not coverage.state.stops else replace(coverage, state=State.UNKNOWN)
    if measure.state in (State.PARTLY, State.UNPROVEN) and measure.rests_on and asked >= {*measure.rests_on}:
        return coverage
    both = (measure, coverage)
    weaker = min(both, key=lambda one: one.state.worst_first)
    return replace(weaker, rests_on=tuple(dict.fromkeys(source for one in both for source in one.rests_on)))
