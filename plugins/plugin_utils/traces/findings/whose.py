# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The answer to whose a trace is: ours, not ours, or that it cannot be told, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .own_runs import OwnRun


class Whose(StrEnum):
    """Whose a trace is."""

    OURS = "ours"
    NOT_OURS = "not ours"
    UNKNOWN = "cannot be told"


class Doubt(StrEnum):
    """Why it cannot be told."""

    LOST_CLIENT = "the log has no client"
    OTHER_TIME = "it names a run at another time"
    UNKNOWN_ORIGIN = "it has the form of what a control node does, and no notes explain it"


@dataclass(frozen=True)
class Answer:
    """Whose one trace is.

    :ivar run: the run of ours that left it, by its id; record: the name of its change record; control_node: the one that noted it, "" for this one
    :ivar doubt: why it cannot be told; None where it can
    :ivar why: the same in words for a person, as a sentence without its full stop; "" where it can be told
    :ivar lost: of a request in a log without clients, what it is one of, and how often we have sent exactly this one
    :ivar off: how far its time is from the beginning of the run that it names
    """

    whose: Whose
    run: str = ""
    record: str = ""
    control_node: str = ""
    doubt: Doubt | None = None
    why: str = ""
    lost: tuple[str, int] | None = None
    off: timedelta | None = None

    @property
    def is_ours(self) -> bool:
        return self.whose is Whose.OURS

    @property
    def is_unknown(self) -> bool:
        return self.whose is Whose.UNKNOWN


NOT_OURS = Answer(Whose.NOT_OURS)


@dataclass(frozen=True)
class SeenRequest:
    """A request in a log of a web server.

    :ivar source: the client; "" where the log has none
    :ivar time: with its zone; None where the line has none
    """

    agent: str
    method: str
    url: str
    source: str
    time: datetime | None
    status: int = 0


def ours(run: OwnRun) -> Answer:
    """Return that a run of ours has left a trace."""
    return Answer(Whose.OURS, run.id, run.record, run.control_node)


def unknown(doubt: Doubt, why: str, run: OwnRun | None = None) -> Answer:
    """Return that it cannot be told.

    :param run: the run that it may be of
    """
    if run is None:
        return Answer(Whose.UNKNOWN, doubt=doubt, why=why)
    return Answer(Whose.UNKNOWN, run.id, run.record, run.control_node, doubt, why)
