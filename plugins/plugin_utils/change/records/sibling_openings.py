# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which run may have opened what the records call closed, since no record says that it ran before the closing? Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from ...foundation.moments import CLOCK_SKEW
from .change_record import ChangeRecord
from .closed_time import ClosedTime, Key, opened_by
from .hash_chain import ancestors


def may_have_opened(records: Sequence[ChangeRecord], closed: Collection[ClosedTime]) -> dict[Key, str]:
    """Return of what is closed the last run that opens it, and that is neither before nor after the closing by the chain, nor more than an hour before it.

    :param records: all that are trusted
    :param closed: what is closed by them
    """
    contents = {record.name: record.content.values for record in records}
    by_name = {record.name: record for record in records}
    found: dict[Key, str] = {}
    for one in closed:
        closing = by_name[one.seen_by or one.record]
        before = ancestors(closing.name, contents)
        for record in records:
            if record is closing or record.name in before or one.key not in opened_by(record):
                continue
            if datetime.fromisoformat(record.finished or record.started) + CLOCK_SKEW >= datetime.fromisoformat(
                closing.started
            ):
                found[one.key] = record.name.removesuffix(".json")
    return found
