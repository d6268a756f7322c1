# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""For which entries of the catalogue the sessions of users were ended after the fix, read from the change records. Pure.

An appliance does not show that its sessions were ended, so the records alone say it. A run that was accepted although a node had no fix does not
count: sessions that began since could have been stolen again.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...catalogue.measure import Reach
from .change_record import ChangeRecord
from .record_states import Outcome, RecordKind

MEASURE = "end_sessions"
REACH = Reach(MEASURE)


def ended_for(records: Iterable[ChangeRecord], entry: str, types: Iterable[str]) -> ChangeRecord | None:
    """Return the last run that ended all sessions of some NITRO types for an entry, once all nodes ran the fix; None where no run did.

    :param records: oldest first; records of other kinds are ignored
    :param entry: the id of the entry
    :param types: what the entry wants to be ended
    """
    wanted = set(types)
    return next(
        (
            record
            for record in reversed(list(records))
            if record.kind is RecordKind.END_SESSIONS
            and record.outcome is Outcome.APPLIED
            and entry in record.entries
            and not record.accepted_exposure
            and not (record.proof and record.proof.unproven)
            and wanted <= {*record.ended}
        ),
        None,
    )
