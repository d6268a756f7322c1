# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The trusted records of one appliance as events, in the order of their chain, with times that never go back. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from ...appliance.objects.steps import FEATURE
from ...change.records.change_record import ChangeRecord
from ...change.records.hash_chain import ancestors, followed_by, not_here
from ...change.records.record_list import told_order
from ...change.records.record_states import RecordKind
from ...foundation.counted import agreed, counted
from .event import Event, is_readable
from .event_times import SKEW, EventTime, event_times
from .fold import folded

_CLOSING = (RecordKind.LOCKDOWN, RecordKind.REOPEN, RecordKind.ROLLBACK)


@dataclass(frozen=True)
class History:
    """The trusted records of one appliance, in the order of their chain, with times that never go back.

    :ivar conflicts: what is wrong with all of them, as sentences
    """

    events: tuple[Event, ...] = ()
    conflicts: tuple[str, ...] = ()

    @classmethod
    def of(cls, records: Sequence[ChangeRecord], today: datetime) -> History:
        """:param records: in the order of their chain; those between which it does not decide are taken by their times (see :meth:`is_told`)

        :param today: when the appliance was read, or would have been
        """
        trusted = told_order([record for record in records if record.provenance.is_trusted])
        left_out = len(records) - len(trusted)
        conflicts = (
            [f"{counted(left_out, 'change record')} {agreed(left_out, 'is', 'are')} not trusted and not counted"]
            if left_out
            else []
        )
        names = {record.name for record in trusted}
        times = event_times([datetime.fromisoformat(one.finished or one.started) for one in trusted], today)
        events: list[Event] = []
        stretch = 0
        for record, time in zip(trusted, times, strict=True):
            follows = followed_by(record.content.values)
            missing = tuple(not_here(record.content.values, names))
            stretch += bool(events) and bool(follows) and events[-1].record.name not in follows
            event = Event(record, time.at, time.between, missing, stretch, not is_readable(record))
            conflicts += _time_conflicts(event, events[-1] if events else None, time)
            conflicts += _gap_conflicts(event, is_first=not events)
            conflicts += [event.unreadable_text] if event.is_unreadable else []
            events.append(event)
        return cls(tuple(events), tuple(conflicts))

    @cached_property
    def by_measure(self) -> Mapping[str, tuple[Event, ...]]:
        """By measure, its events, those on other measures that say what was bound beside it, and those that follow a record which is not here and may have
        been about any measure.
        """
        found: dict[str, list[Event]] = {str(event.record.content.values["measure"]): [] for event in self.events}
        for event in self.events:
            own, beside = (
                event.record.content.values["measure"],
                event.record.content.found_beside.keys() & found.keys(),
            )
            for measure in found if event.missing else {own, *beside}:
                found[measure].append(event)
        return {measure: folded(events) for measure, events in found.items()}

    @cached_property
    def there_since(self) -> Mapping[str, datetime]:
        """Since when the records show that an admin partition is there: since the first run with a record in it.

        A run has the same id in each partition, and works in one after the other.
        """
        begun: dict[str, datetime] = {}
        found: dict[str, datetime] = {}
        for event in self.events:
            begun[event.record.run] = min(begun.get(event.record.run, event.at), event.at)
        for event in self.events:
            for name in (event.record.partition, *event.record.content.values.get("partitions", {})):
                found[name] = min(found.get(name, event.at), begun[event.record.run])
        return found

    @cached_property
    def closing_events(self) -> tuple[Event, ...]:
        """The events that may have closed or opened something."""
        events = [one for one in self.events if not one.is_unreadable]
        closing = {one.record.measure for one in events if one.record.content.values.get("closing") is not None}
        return tuple(one for one in events if _may_close(one.record.content.values, closing))

    def is_ordered(self, earlier: Event, later: Event) -> bool:
        """Return False if the chain does not say which of two runs was the first one, although all that came before the later one is here."""
        if earlier.stretch == later.stretch:
            return True
        contents = {event.record.name: event.record.content.values for event in self.events}
        before = ancestors(later.record.name, contents)
        is_cut = any(event.missing for event in self.events if event.record.name in before or event is later)
        return earlier.record.name in before or is_cut

    def is_told(self, earlier: Event, later: Event) -> bool:
        """Return False if the chain does not say which of two runs was the first one, and clocks may differ by more than the time between them."""
        return self.is_ordered(earlier, later) or later.earliest - earlier.at > SKEW

    @cached_property
    def build_spans(self) -> tuple[tuple[Event, Event], ...]:
        """The first and the last event of each time for which the records show the same builds; one without a build shows none."""
        found: list[tuple[Event, Event]] = []
        last: tuple[str, dict[str, str]] | None = None
        for event in self.events:
            values = event.record.content.values
            shown = (values.get("build", ""), values.get("builds", {}))
            if shown == ("", {}):
                continue
            if shown == last:
                found[-1] = (found[-1][0], event)
            else:
                found.append((event, event))
            last = shown
        return tuple(found)

    @property
    def build_events(self) -> Iterator[Event]:
        """The first events of these."""
        return (first for first, _last in self.build_spans)


def _time_conflicts(event: Event, before: Event | None, time: EventTime) -> list[str]:
    if time.is_set_back and before is not None:
        return [
            f"{event.source} follows {before.source} and has an earlier time: the clock was set back, so the later time counts"
        ]
    if time.is_lost:
        return [f"{event.source} has a time before all runs of ours: its clock was wrong"]
    if time.is_ahead:
        return [f"{event.source} has a time after the reading of today: its clock was ahead"]
    return []


def _gap_conflicts(event: Event, *, is_first: bool) -> list[str]:
    """Return that runs before an event are not known; nothing of the first one, before which nothing is known anyway."""
    if is_first or not event.missing:
        return []
    names = ", ".join(name.removesuffix(".json") for name in event.missing)
    return [f"{event.source} follows {names}, which is not here: what that run left is not known"]


def _may_close(values: Mapping[str, Any], closing: Collection[str]) -> bool:
    """:param closing: the measures by which runs have closed something"""
    if values["kind"] in _CLOSING or values["measure"] in closing:
        return True
    # What somebody has switched off puts every closing by policies out of force; a run on any measure switches it on again.
    return bool(closing) and any(step.get("type") == FEATURE for step in values.get("steps", ()))
