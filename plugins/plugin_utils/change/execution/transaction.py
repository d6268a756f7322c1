# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What surrounds every change that leaves a record, in one order: the lease, the plan that must still hold, the records of other runs, the record,
its copies on the nodes, the change itself, and the end of the record, of the copies and of the lease.

What the change consists of stands in :mod:`.change_transaction` (objects and files of NITRO) and :mod:`.node_transaction` (what stands outside the
configuration).
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.session import Session
from ...catalogue.run_parameters import RunParameters
from ...foundation.errors import CannotConnect, Refused, TourniquetError
from ..records.appliance_lock import ApplianceLock
from ..records.change_record import ChangeRecord
from ..records.fetched_records import follow_other_runs
from ..records.hash_chain import followed_by
from ..records.job_guard import JobOver, require_no_later_run
from ..records.record_copies import RecordCopies
from ..records.record_list import all_records
from ..records.record_states import Outcome
from .held_lease import HeldLease, held_lease


class Transaction(ABC):
    """One change on one appliance; :meth:`run` carries it out.

    :param is_noted: as of :func:`.held_lease.held_lease`
    :ivar playbook: the playbook to run again after a failure
    :ivar lock: the lock on the appliance, once it is taken
    :ivar record: the change record, once it is started
    :ivar remarks: what a person should know, in words
    """

    def __init__(
        self, connection: Connection, parameters: RunParameters, playbook: str, *, is_noted: bool = False
    ) -> None:
        self.connection = connection
        self.parameters = parameters
        self.playbook = playbook
        self._is_noted = is_noted
        self.where = parameters.appliance.name
        self.lock: ApplianceLock | None = None
        self.record: ChangeRecord | None = None
        self.remarks: list[str] = []
        self._lease: HeldLease | None = None
        self._outdated_copies: Mapping[str, Sequence[str]] = {}

    def run(self) -> None:
        """Carry out the whole sequence.

        :raises Refused: if somebody else holds the lock or has changed what the plan depends on; nothing was written
        :raises LeaseLost: if somebody else has taken it meanwhile; the message says what is left
        :raises TourniquetError: if a step failed, or the result cannot be read back; the record says how far it came
        """
        with held_lease(self.connection, self.parameters, is_noted=self._is_noted) as self._lease:
            lock = self.lock = self._lease.lock
            self._prepare()
            self._follow_other_runs(lock)
            record = lock.record = self._start(lock=lock.facts())
            with (
                self._lease_kept(self._lease, record),
                RecordCopies(
                    self.connection, record, lock.notes, lock.confirm, self._outdated_copies, self._own_continued
                ),
            ):
                self._carry_out(record)

    # -- what differs -------------------------------------------------------------------------------------------------

    @abstractmethod
    def _prepare(self) -> None:
        """Read under the lease what the change needs; nothing is recorded or written yet.

        :raises Refused: if what the plan depends on was changed between the plan and the lease
        """

    @abstractmethod
    def _record(self, **more: Any) -> ChangeRecord:
        """Write the record of the run, before its first write.

        :param more: further JSON values of it
        """

    @abstractmethod
    def _carry_out(self, record: ChangeRecord) -> None:
        """Carry out the change, and end the record."""

    @property
    @abstractmethod
    def _continued(self) -> Sequence[ChangeRecord]:
        """The records of runs that this one continues."""

    @abstractmethod
    def _left(self, record: ChangeRecord) -> str:
        """Return what the run leaves on an appliance that it may no longer write to, as sentences."""

    # -- before the first write ---------------------------------------------------------------------------------------

    def _follow_other_runs(self, lock: ApplianceLock) -> None:
        """Read the records of other control nodes, so that the record of this run follows them.

        :raises JobOver: if one of them is of a later run than the job that this run is; nothing was changed
        """
        parameters = self.parameters
        others = follow_other_runs(self.connection, parameters.records, self.where, parameters.trust, lock.files_seen())
        self._outdated_copies = others.outdated
        self.remarks += others.problems
        require_no_later_run(self.connection, parameters)

    def _start(self, **more: Any) -> ChangeRecord:
        self._close_continued()
        self.record = self._record(**more)
        return self.record

    def _close_continued(self) -> None:
        """Close the records that this run continues, before its record follows them; one that another record follows stays as it was hashed."""
        open_records = [earlier for earlier in self._own_continued if earlier.outcome is Outcome.OPEN]
        if not open_records:
            return
        known = all_records(self.parameters.records, self.where, self.parameters.trust)
        followed = {name for record in known for name in followed_by(record.content.values)}
        for earlier in open_records:
            if earlier.name not in followed:
                earlier.finish(Outcome.CONTINUED)

    @property
    def _own_continued(self) -> list[ChangeRecord]:
        """The records that this run continues, without those of other control nodes: these are only named."""
        return [earlier for earlier in self._continued if not earlier.is_fetched]

    # -- while it writes ----------------------------------------------------------------------------------------------

    def _confirm_lease(self, session: Session) -> None:
        """:raises Refused: if the run does not have the lease of the appliance, or has written nothing yet and may not begin any more"""
        if self._lease is None:
            raise Refused(f"{session.where}: the run had nothing to write, and has no lock: run {self.playbook} again")
        self._lease.confirm(session)

    @contextlib.contextmanager
    def _lease_kept(self, lease: HeldLease, record: ChangeRecord) -> Iterator[None]:
        """Say of a run that has lost its lease what it leaves, and end the record of one that may not begin any more.

        :raises LeaseLost: if it has
        """
        with lease.loss_told(lambda: self._left(record)):
            try:
                yield
            except TourniquetError as error:
                over = isinstance(error, JobOver)
                if over or (lease.lock.lost and record.outcome is Outcome.OPEN):
                    record.finish(Outcome.FAILED, problem=str(error) if over else lease.lock.lost)
                raise

    @contextlib.contextmanager
    def _no_longer_unreachable(self, record: ChangeRecord) -> Iterator[None]:
        """Turn a lost connection into a failure: a host is only called unreachable if nothing was written to it."""
        try:
            yield
        except CannotConnect as error:
            raise TourniquetError(
                f"{str(error).removesuffix('.')}. What was written is in the record {record.path}: run {self.playbook} again."
            ) from error
