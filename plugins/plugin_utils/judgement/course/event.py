# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One trusted record of an appliance as an event. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ...appliance.nitro.builds import Build
from ...change.records.change_record import ChangeRecord
from ...foundation.errors import InvalidInput
from .sourced_date import Confidence, Dated

RESOLUTION = timedelta(seconds=1)
"""Records have whole seconds."""


@dataclass(frozen=True)
class Event:
    """One record, at a time that is not before that of the record before it.

    :ivar between: where its clock cannot be right, the times between which it happened
    :ivar missing: the records that it follows and that are not here: what these runs left is not known
    :ivar is_unreadable: it has steps of a version that this one does not know
    :ivar stretch: the same number for events of which each directly follows the one before it
    """

    record: ChangeRecord
    at: datetime
    between: tuple[datetime, datetime] | None = None
    missing: tuple[str, ...] = ()
    stretch: int = 0
    is_unreadable: bool = False

    @property
    def source(self) -> str:
        return f"record {self.record.name.removesuffix('.json')}"

    @property
    def unreadable_text(self) -> str:
        return f"{self.source} is of a version that this one cannot read: what that run left is not known"

    @property
    def earliest(self) -> datetime:
        """Return the time since which it may have happened, where its clock cannot be right; its time otherwise."""
        return self.between[0] if self.between is not None else self.at

    def seen_until(self, later: datetime) -> datetime:
        """Return until when what it saw is known to have held: the end of its second, or its earliest time where its clock cannot be right.

        :param later: what comes after it, which may be in the same second
        """
        return min(self.at + RESOLUTION, later) if self.between is None else self.between[0]

    def dated(self) -> Dated:
        """Return its time, with the record as source; the latest possible one where its clock cannot be right."""
        return Dated(self.at, self.source, Confidence.RECORDED if self.between is None else Confidence.ASSUMED)

    def begun(self) -> Dated:
        """Return when it began, where its clock can be right: a run reads the builds before its first step."""
        started = datetime.fromisoformat(self.record.started)
        return replace(self.dated(), time=min(started, self.at)) if self.between is None else self.dated()

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


def is_readable(record: ChangeRecord) -> bool:
    """Return False for a record with steps of a type that this version does not know."""
    try:
        return not record.content.values["steps"] or bool(record.content.planned_steps)
    except InvalidInput:
        return False


def parsed_build(text: str) -> Build | None:
    """Return a build; None where a text is none."""
    try:
        return Build.parse(text)
    except InvalidInput:
        return None
