# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lease of an appliance: it keeps two runs apart, also of two control nodes.

It is on every reachable node (:mod:`lease_files`). A run confirms it directly before each write, and renews it while it works. A run
whose lease another one has taken writes nothing any more. Expiry goes by the clock of the appliance, the only one that all control
nodes share; it only says when others may take the lease over. Whether it is still ours is read in the file, so a clock that jumps
takes no lease from a run.

A run also holds a lock of the operating system on its control node (:mod:`control_node_lock`). The random id in that file is written
into the lease. So a lease with our id, found while we hold the file, is of a dead run of this control node, and is resumed.
"""

from __future__ import annotations

import contextlib
import ipaddress
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Self

from ...appliance.nitro.connection import UNREAD, Connection, Member, no_lease
from ...appliance.nitro.file_limits import DIRECTORY
from ...appliance.nitro.names import DEFAULT
from ...appliance.nitro.session import Session
from ...catalogue.run_parameters import RunParameters
from ...foundation.errors import NitroError, NotAuthorized, Refused, TourniquetError
from ...foundation.host_setting import option_for
from .change_record import ChangeRecord
from .control_node_lock import ControlNodeLock, nodes_with_left_lock
from .job_guard import guard_notes, require_in_time
from .lease_files import LOCK_FILE, LeaseLost, NodeLease, delete_leases_of, newest_lease
from .lock_content import Lock, LockState, LockStatus, assess_lock, operator_name
from .records_folder import directory_id
from .used_approvals import require_unused

LIFETIME = timedelta(minutes=15)
"""A dead run keeps other control nodes out for so long. A single request or probe takes two minutes at most, so a run that works renews it in time."""
RENEW_AFTER = 300.0
"""Seconds after which a lease is renewed: two renewals may fail before it expires."""
RETRY_AFTER = 30.0
"""Seconds between two attempts to renew it."""
CLOCK_STEP = timedelta(minutes=2)
"""A larger difference of the appliance's clock from what it should show is reported."""


def _read_primary_lock(connection: Connection, parameters: RunParameters) -> LockState | None:
    """Return the lock on the primary, by one read, or two where there is one; None where there is none.

    :raises TourniquetError: where it cannot be read
    """
    if not parameters.lock:
        return None
    if connection.lock_content is UNREAD:  # once for all partitions
        with connection.inside(DEFAULT):
            found = newest_lease(connection.primary)
        connection.lock_content = None if found is None else found[1].to_bytes()
    if connection.lock_content is None:
        return None
    current_lock = Lock.parse(connection.lock_content)
    now = connection.member(connection.primary).now()
    return assess_lock(current_lock, parameters, directory_id(parameters.records, parameters.appliance.name), now)


@dataclass(frozen=True)
class LockFacts:
    """The lock of the appliance, as read before a run.

    :ivar state: None if no run holds the lock, or if it cannot be read
    :ivar problem: the reason why it cannot be read, or ""
    """

    state: LockState | None = None
    problem: str = ""

    def refusal(self, *, writes: bool) -> LockState | None:
        """Return the lock of another run, if it forbids this run to write.

        :param writes: True if this run would write
        """
        refused = writes and self.state is not None and self.state.status is LockStatus.REFUSED
        return self.state if refused else None

    def remarks(self, *, writes: bool) -> list[str]:
        """Return remarks on a lock that does not forbid this run, as sentences."""
        if self.state is None or self.refusal(writes=writes):
            return []
        return [f"the lock: {self.state.text} {self.state.fix}"]


def read_lock_facts(connection: Connection, parameters: RunParameters) -> LockFacts:
    """Read the lock, with one request to the primary. A lock that cannot be read is a problem to report, not an error."""
    try:
        return LockFacts(_read_primary_lock(connection, parameters))
    except NitroError as error:
        return LockFacts(problem=f"whether somebody holds the lock cannot be read: {error}")


def check_lock(connection: Connection, parameters: RunParameters, *, writes: bool) -> list[str]:
    """Return remarks on an existing lock, as sentences.

    :param writes: True if the run would write
    :raises Refused: where the run would write, and the lock is of another run
    """
    facts = read_lock_facts(connection, parameters)
    refusal = facts.refusal(writes=writes)
    if refusal is not None:
        raise Refused(f"{parameters.appliance.name}: {refusal.text} {refusal.fix} Nothing was changed.")
    return [facts.problem] if facts.problem else facts.remarks(writes=writes)


@dataclass
class _Held:
    """Our lease on one node.

    :ivar renewed_at: when it was created or renewed, in seconds of the monotonic clock; likewise tried_at for the last attempt
    """

    member: Member
    lease: NodeLease
    renewed_at: float
    tried_at: float = field(default=0.0)


class ApplianceLock:
    """The lease of one run on one appliance; use it as a context manager around everything that is written.

    It is released at the end, also after a failure that left nothing in doubt. A run that dies leaves it, and so does one that has
    lost it: that run writes nothing any more.

    :ivar record: the change record of the run, once it exists; the lease stays if the record says that something is in doubt
    :ivar lost: why the lease is not ours any more, or ""
    :ivar replaced: the run of somebody else had it before, and may have been at work up to that moment
    :ivar notes: remarks for the result, as sentences
    """

    def __init__(
        self, connection: Connection, parameters: RunParameters, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.connection = connection
        self.parameters = parameters
        self.where = parameters.appliance.name
        self.record: ChangeRecord | None = None
        self.lost = ""
        self.replaced = False
        self.notes: list[str] = []
        self._clock = clock
        self._facts: dict[str, list[str]] = {"nodes": []}
        self._local = ControlNodeLock(parameters.records, self.where)
        self._held: list[_Held] = []

    def __enter__(self) -> Self:
        """Take the lease on all reachable nodes.

        :raises Refused: where somebody else has it, it cannot be taken, the approvals of the run were used before, or its job may not begin any more;
            then no lease of this run is left
        """
        self._local.acquire()
        with contextlib.ExitStack() as otherwise:
            otherwise.callback(self._local.release)
            try:
                require_in_time(self.connection, self.parameters, read_clock=False)
                self.notes += guard_notes(self.parameters)
                self._take_all()
                require_unused(self.connection, self.parameters)
            except TourniquetError:
                self._release_all()
                raise
            otherwise.pop_all()
        self.connection.renew_lease = self.keep
        return self

    def __exit__(self, kind: type[BaseException] | None, *_exception: object) -> None:
        self.connection.renew_lease = no_lease
        try:
            known = kind is None or issubclass(kind, TourniquetError)
            in_doubt = self.record is not None and self.record.in_doubt
            if known and not in_doubt and not self.lost:
                self._release_all()
            elif self._held and not self.lost:
                self.notes.append(
                    "the lock stays, because something is in doubt: the same playbook from this control node resumes it"
                )
        finally:
            self._local.release()

    def confirm(self, session: Session) -> None:
        """Check directly before a write that the lease is still ours; renew it where that is due.

        It is read on the primary, whose lease every run needs, and on the node that is written to. A secondary whose lease cannot be read
        ends no run.

        :param session: with the node that is written to
        :raises LeaseLost: where another run has it; this run writes nothing any more
        :raises TourniquetError: where the lease on the primary cannot be read
        """
        if self.lost:
            raise LeaseLost(self.lost)
        if not self.parameters.lock:
            return
        primary = self.connection.primary
        if not any(held.member.session is primary for held in self._held):
            raise Refused(f"{primary.where}: the node that is primary now does not have our lock")
        for held in self._held:
            if held.member.session.node in (primary.node, session.node):
                self._confirm(held, is_primary=held.member.session is primary)

    def _confirm(self, held: _Held, *, is_primary: bool) -> None:
        try:
            self._go_where_the_files_are(held)
            with self._loss_noted():
                if not self._renew_if_due(held):
                    held.lease.confirm()
        except LeaseLost:
            raise
        except TourniquetError:
            if is_primary:
                raise

    def _go_where_the_files_are(self, held: _Held) -> None:
        """Use a session in the default partition: the one that took the lease may have entered another partition since."""
        held.lease.session = self.connection.in_default(held.lease.session)

    def keep(self) -> None:
        """Renew the lease where that is due. An error other than its loss is left to the next :meth:`confirm`.

        :raises LeaseLost: where another run has it
        """
        for held in self._held if not self.lost else ():
            with self._loss_noted():
                self._renew_if_due(held)

    @contextlib.contextmanager
    def _loss_noted(self) -> Iterator[None]:
        try:
            yield
        except LeaseLost as error:
            self.lost = str(error)
            raise

    def files_seen(self) -> dict[str, Mapping[str, int | None]]:
        """Return the sizes of the files as listed under the lease, by the address of the node; nodes where others may have written since are left out."""
        return {str(held.member.session.node): held.lease.seen for held in self._held if held.lease.seen is not None}

    def facts(self) -> dict[str, list[str]]:
        """Return the locked ``nodes`` and the replaced locks (own, expired, broken) for the change record and the result."""
        return self._facts

    def _take_all(self) -> None:
        if not self.parameters.lock:
            self.notes.append("no lock was taken on the appliance (lock: false): other runs were not kept out")
            return
        for member in sorted(self.connection.members, key=_lock_order):
            self._take(member)

    # -- one node -----------------------------------------------------------------------------------------------------

    def _take(self, member: Member) -> None:
        node = str(member.session.node)
        session = self.connection.in_default(member.session)  # where the files are
        replaced: list[LockState] = []
        self._local.note(node, locked=True)
        try:
            lease = NodeLease.take(session, self._new(member), partial(self._require_replaceable, member, replaced))
        except NitroError as error:
            self._local.note(node, locked=False)
            raise self._cannot_write(member, error) from error
        except Refused:
            self._local.note(node, locked=False)
            raise
        self._held.append(_Held(member, lease, self._clock()))
        self._facts["nodes"].append(node)
        for state in replaced if lease.number else ():
            self.replaced |= state.status is not LockStatus.OWN
            text = f"{member.session.where}: {state.text} {state.fix}"
            self.notes.append(text)
            self._facts.setdefault(state.status.value, []).append(text)

    def _new(self, member: Member) -> Lock:
        now, parameters = member.now(), self.parameters
        return Lock(
            owner=operator_name(),
            holder=self._local.holder,
            run=parameters.run,
            measure=parameters.owner.measure,
            reason=parameters.reason,
            ticket=parameters.owner.ticket,
            token=secrets.token_hex(16),
            taken=now,
            expires=None if now is None else now + LIFETIME,
        )

    def _require_replaceable(self, member: Member, replaced: list[LockState], current_lock: Lock) -> None:
        """Note in a list what is done with a lease that is there.

        :raises Refused: where it is not to be replaced
        """
        state = assess_lock(current_lock, self.parameters, self._local.holder, member.now())
        if state.status is LockStatus.REFUSED:
            raise Refused(f"{member.session.where}: {state.text} {state.fix} Nothing was changed.")
        replaced[:] = [state]

    def _renew_if_due(self, held: _Held) -> bool:
        """Renew the lease on a node if it is old enough; True if that has shown that it is ours.

        :raises LeaseLost: where another run has it, or where it has expired and cannot be renewed
        """
        now = self._clock()
        age = now - held.renewed_at
        if held.lease.lease.expires is None or age < RENEW_AFTER:
            return False
        expired = age >= LIFETIME.total_seconds()
        if not expired and now - held.tried_at < RETRY_AFTER:
            return False
        held.tried_at = now
        try:
            self._renew(held)
        except LeaseLost:
            raise
        except TourniquetError as error:
            if expired:
                raise LeaseLost(
                    f"{held.member.session.where}: this run has lost the lock (it has expired, and cannot be renewed: {error})"
                ) from error
            return False
        held.renewed_at = now
        return True

    def _renew(self, held: _Held) -> None:
        """Renew the lease by the clock that the node shows now, which somebody may have set since it was read."""
        self._go_where_the_files_are(held)
        session = held.lease.session
        expected = held.member.now()
        rows = session.read("nsconfig")
        held.member = replace(held.member, config=rows[0] if rows else {}, read_at=time.monotonic())
        now = held.member.now() or expected
        if now is None:
            return
        if expected is not None and abs(now - expected) > CLOCK_STEP:
            self.notes.append(
                f"{session.where}: the clock of the appliance was changed while this run worked (it says {now}, and should say {expected}): "
                "the lock was renewed by the new time"
            )
        held.lease.renew(replace(held.lease.lease, expires=now + LIFETIME))

    def _cannot_write(self, member: Member, error: NitroError) -> Refused:
        fix = "Make room for it"
        if isinstance(error, NotAuthorized):
            fix = "Allow the user to (docs/how-to/least-privilege.md has the command policy)"
        return Refused(
            f"{member.session.where}: the lock {DIRECTORY}/{LOCK_FILE} cannot be written ({error}). {fix}, or go on without one: "
            f"{option_for(self.connection.appliance.name, '-e lock=false')}. Nothing was changed."
        )

    def _release_all(self) -> None:
        self.connection.budget.open_reserve()
        for held in reversed(self._held):
            try:
                held.lease.release()
            except LeaseLost as error:
                self.notes.append(f"{error}: it was no longer ours at the end")
            except TourniquetError as error:
                self.notes.append(f"the lock could not be released, the next run here resumes it: {error}")
                continue
            self._local.note(str(held.member.session.node), locked=False)
        self._held.clear()


def may_have_left_lock(connection: Connection, parameters: RunParameters) -> bool:
    """True if a run of this control node may have left its lock on a node that is reachable now."""
    left = nodes_with_left_lock(parameters.records, parameters.appliance.name)
    return parameters.lock and any(str(member.session.node) in left for member in connection.members)


def release_left_lock(connection: Connection, parameters: RunParameters) -> None:
    """Delete the lock that a dead run of this control node left, for a run that has nothing to write; note it in the connection.

    :raises Refused: where another run of this control node works on the appliance
    :raises TourniquetError: where it cannot be read or removed
    """
    if not may_have_left_lock(connection, parameters):
        return
    with ControlNodeLock(parameters.records, parameters.appliance.name) as local, connection.inside(DEFAULT):
        for session in [member.session for member in connection.members if str(member.session.node) in local.nodes]:
            deleted = delete_leases_of(session, operator_name(), local.holder)
            if deleted:
                connection.lock_notes.append(
                    f"{session.where}: the lock of the run {deleted[-1].run}, which died, was released"
                )
            local.note(str(session.node), locked=False)


def _lock_order(member: Member) -> tuple[int, int, str, int]:
    """Return the sort key of a node: the NSIP that nsconfig has, so that all control nodes lock the nodes in the same order."""
    text = str(member.config.get("ipaddress") or member.session.node.host)
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return 0, 0, text, member.session.node.port
    return address.version, int(address), "", member.session.node.port
