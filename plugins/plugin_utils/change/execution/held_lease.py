# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lease of a run that writes to an appliance: taken here and nowhere else, confirmed before each write; a run that has lost it says what it leaves.

A change with a record takes it by its transaction. A run without a record (bootstrap, leave, prove) borrows it from here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.session import Session
from ...catalogue.run_parameters import RunParameters
from ...foundation.errors import InvalidInput, TourniquetError
from ...foundation.next_action import joined
from ..records.appliance_lock import ApplianceLock
from ..records.job_guard import require_in_time
from ..records.lease_files import LeaseLost
from ..records.sent_probes import note_begun, note_counted


@dataclass(frozen=True)
class HeldLease:
    """The lease of a run, while it has one.

    :ivar lock: with its notes, facts and the files that were seen under it
    """

    lock: ApplianceLock

    def confirm(self, session: Session) -> None:
        """Read directly before a write that the run may write.

        :raises JobOver: where the run has written nothing yet, and its job may not begin any more
        :raises LeaseLost: where another run has the lease
        :raises TourniquetError: where that cannot be read
        """
        require_in_time(self.lock.connection, self.lock.parameters, read_clock=True)
        self.lock.confirm(session)

    @contextlib.contextmanager
    def loss_told(self, left: Callable[[], str]) -> Iterator[None]:
        """Say of a run that loses its lease meanwhile what it leaves.

        :param left: returns that, as sentences
        :raises LeaseLost: where it has lost it
        """
        try:
            yield
        except TourniquetError as error:
            if not self.lock.lost:
                raise
            said = f"{self.lock.lost}, so it writes nothing any more, not even an undo. "
            raise LeaseLost(joined("", said, left())) from error


@contextlib.contextmanager
def held_lease(connection: Connection, parameters: RunParameters, *, is_noted: bool = False) -> Iterator[HeldLease]:
    """Take the lease of an appliance; it is released at the end, unless the record of the run says that something is in doubt.

    :param is_noted: the run has noted its beginning itself, with what its requests count
    :raises Refused: where another run has it, or the run may not begin any more; nothing was written
    """
    with contextlib.nullcontext() if is_noted else _noted(parameters), ApplianceLock(connection, parameters) as lock:
        yield HeldLease(lock)


@contextlib.contextmanager
def _noted(parameters: RunParameters) -> Iterator[None]:
    """Note that the run writes from now on: where it dies, its lock and its commands are known by this note alone. One that cannot be noted works on."""
    where, began = (parameters.records, parameters.appliance.name, parameters.run), datetime.now(UTC)
    with contextlib.suppress(InvalidInput):
        note_begun(*where, began, None)
    yield
    with contextlib.suppress(InvalidInput):
        note_counted(*where, began, None, writes=True)
