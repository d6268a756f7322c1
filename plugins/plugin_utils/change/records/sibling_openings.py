# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which run of ours may have opened what the records call closed: of another control node at about the same time, or one that did not come to its end. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ...foundation.moments import CLOCK_SKEW
from .change_record import ChangeRecord
from .closed_time import ClosedTime, Key, half_opened, opened_by
from .hash_chain import ancestors

NOT_TOLD = "no record says whether that ran before the closing"
NOT_ENDED = "that run did not come to its end"


@dataclass(frozen=True)
class MaybeOurs:
    """A run of ours that may have opened what the records call closed.

    :ivar record: the name of its record
    :ivar why: why that is not known, as a clause
    """

    record: str
    why: str


def may_have_opened(records: Sequence[ChangeRecord], closed: Collection[ClosedTime]) -> dict[Key, MaybeOurs]:
    """Return of what is closed the last run that opens it, and that is neither before nor after the closing by the chain, nor more than an hour before it;
    or the last one after the closing that was to open it and did not come to its end.

    :param records: all that are trusted
    :param closed: what is closed by them
    """
    contents = {record.name: record.content.values for record in records}
    by_name = {record.name: record for record in records}
    found: dict[Key, MaybeOurs] = {}
    for one in closed:
        closing = by_name[one.seen_by or one.record]
        before = {closing.name} | ancestors(closing.name, contents)
        for record in (record for record in records if record.name not in before):
            why = _why(record, one)
            if why and (closing.name in ancestors(record.name, contents) or _may_be_later(record, closing)):
                found[one.key] = MaybeOurs(record.name.removesuffix(".json"), why)
    return found


def _may_be_later(record: ChangeRecord, closing: ChangeRecord) -> bool:
    """Return False if a run ended more than an hour before a closing by their clocks."""
    ended = datetime.fromisoformat(record.finished or record.started)
    return ended + CLOCK_SKEW >= datetime.fromisoformat(closing.started)


def _why(record: ChangeRecord, one: ClosedTime) -> str:
    """Return why it is not known whether a run has opened what is closed; "" where it was not to open it, or has sent nothing of that."""
    if one.key in opened_by(record):
        return NOT_TOLD
    return NOT_ENDED if half_opened(record, one) else ""
