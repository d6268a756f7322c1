# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The trusted records of one appliance as events, in the order of their chain, with times that never go back. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ...appliance.nitro.builds import Build
from ...change.records.change_record import ChangeRecord
from ...foundation.errors import InvalidInput
from .sourced_date import Confidence, Dated


@dataclass(frozen=True)
class Event:
    """One record, at a time that is not before that of the record before it."""

    record: ChangeRecord
    at: datetime

    @property
    def source(self) -> str:
        return f"record {self.record.name.removesuffix('.json')}"

    def dated(self) -> Dated:
        """Return its time, with the record as source."""
        return Dated(self.at, self.source, Confidence.RECORDED)

    def builds(self) -> tuple[str, ...]:
        """Return the different builds of its record, that of the primary first."""
        return tuple(dict.fromkeys((self.record.build, *self.record.builds.values())))

    def known_builds(self) -> tuple[Build, ...]:
        """Return those of its builds that can be read, that of the primary first."""
        return tuple(build for text in self.builds() if (build := parsed_build(text)) is not None)

    @property
    def is_of_all_nodes(self) -> bool:
        """Return True if the record has the builds of all nodes."""
        return bool(self.record.builds)


def parsed_build(text: str) -> Build | None:
    """Return a build; None where a text is none."""
    try:
        return Build.parse(text)
    except InvalidInput:
        return None


@dataclass(frozen=True)
class History:
    """The trusted records of one appliance, in the order of their chain, with times that never go back.

    :ivar conflicts: what is wrong with all of them, as sentences
    """

    events: tuple[Event, ...] = ()
    conflicts: tuple[str, ...] = ()

    @classmethod
    def of(cls, records: Sequence[ChangeRecord]) -> History:
        """:param records: in the order of their chain"""
        trusted = [record for record in records if record.provenance.is_trusted]
        left_out = len(records) - len(trusted)
        conflicts = [f"{left_out} change records are not trusted and not counted"] if left_out else []
        events: list[Event] = []
        for record in trusted:
            at = datetime.fromisoformat(record.finished or record.started)
            if events and at < events[-1].at:
                conflicts.append(
                    f"record {record.name.removesuffix('.json')} follows {events[-1].source} and has an earlier time: the clock was set back, "
                    "so the later time counts"
                )
                at = events[-1].at
            events.append(Event(record, at))
        return cls(tuple(events), tuple(conflicts))
