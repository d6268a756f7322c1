# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lock on an appliance: it keeps two runs apart, also of two control nodes.

It is a file on every reachable node, which NITRO refuses to create twice. That the creation is atomic is inferred, so our token is
read back after the creation, and again directly before the first write. Expiry goes by the clock of the appliance, the only one
that all control nodes share.

A run also holds a lock of the operating system on its control node (:mod:`control_node_lock`). The random id in that file is written
into the appliance's lock. So a lock with our id, found while we hold the file, is of a dead run of this control node, and is resumed.
"""

from __future__ import annotations

import contextlib
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import RunParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import (
    NitroError,
    NotAuthorized,
    Refused,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import UNREAD, Connection, Member
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.node_files import (
    DIRECTORY,
    FileExists,
    create_file,
    delete_file,
    read_file,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import DEFAULT, Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.control_node_lock import (
    ControlNodeLock,
    nodes_with_left_lock,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.folder import directory_id
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.lock_content import (
    Lock,
    LockState,
    LockStatus,
    assess_lock,
    operator_name,
)

LOCK_FILE = "tourniquet_lock.txt"
LIFETIME = timedelta(hours=1)
ATTEMPTS = 3


def read_lock(session: Session) -> Lock | None:
    """Return the lock on one node, ours or somebody else's; None where there is none.

    :raises TourniquetError: where it cannot be read
    """
    content = read_file(session, LOCK_FILE)
    return None if content is None else Lock.parse(content)


def _read_primary_lock(connection: Connection, parameters: RunParameters) -> LockState | None:
    """Return the lock on the primary, by one read; None where there is none.

    :raises NitroError: where it cannot be read
    """
    if not parameters.lock:
        return None
    if connection.lock_content is UNREAD:  # once for all partitions
        with connection.inside(DEFAULT):
            connection.lock_content = read_file(connection.primary, LOCK_FILE)
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


class ApplianceLock:
    """The lock of one run on one appliance; use it as a context manager around everything that is written.

    It is released at the end, also after a failure that left nothing in doubt. A run that dies leaves it.

    :ivar record: the change record of the run, once it exists; the lock stays if the record says that something is in doubt
    :ivar notes: remarks for the result, as sentences
    """

    def __init__(self, connection: Connection, parameters: RunParameters) -> None:
        self.connection = connection
        self.parameters = parameters
        self.where = parameters.appliance.name
        self.record: ChangeRecord | None = None
        self.notes: list[str] = []
        self._facts: dict[str, list[str]] = {"nodes": []}
        self._local = ControlNodeLock(parameters.records, self.where)
        self._tokens: dict[str, str] = {}
        self._taken: list[Member] = []

    def __enter__(self) -> Self:
        """Take the lock on all reachable nodes.

        :raises Refused: where somebody else holds it, or it cannot be taken; then no lock of this run is left
        """
        self._local.acquire()
        with contextlib.ExitStack() as otherwise:
            otherwise.callback(self._local.release)
            try:
                self._take_all()
            except TourniquetError:
                self._release_all()
                raise
            otherwise.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_exception: object) -> None:
        try:
            known = kind is None or issubclass(kind, TourniquetError)
            if known and not (self.record is not None and self.record.in_doubt):
                self._release_all()
            elif self._taken:
                self.notes.append(
                    "the lock stays, because something is in doubt: the same playbook from this control node resumes it"
                )
        finally:
            self._local.release()

    def confirm(self) -> None:
        """Check directly before a write that the node is still primary, and that every lock is still ours.

        :raises Refused: where either is not so; nothing was written
        """
        self.connection.confirm_primary()
        if not self.parameters.lock:
            return
        if not any(member.session is self.connection.primary for member in self._taken):
            raise Refused(f"{self.connection.primary.where}: the node that is primary now does not have our lock")
        with self.connection.inside(DEFAULT):
            self._require_ours()

    def _require_ours(self) -> None:
        for member in self._taken:
            there = read_lock(member.session)
            if not self._is_ours(member, there):
                holder = "it is gone" if there is None else f"{there} has it now"
                raise Refused(f"{member.session.where}: this run has lost the lock ({holder}). Nothing was changed.")

    def facts(self) -> dict[str, list[str]]:
        """Return the locked ``nodes`` and the replaced locks (own, expired, broken) for the change record and the result."""
        return self._facts

    def _take_all(self) -> None:
        if not self.parameters.lock:
            self.notes.append("no lock was taken on the appliance (lock: false): other runs were not kept out")
            return
        with self.connection.inside(DEFAULT):  # where the files are
            for member in sorted(self.connection.members, key=_lock_order):
                self._take(member)

    # -- one node -----------------------------------------------------------------------------------------------------

    def _take(self, member: Member) -> None:
        session = member.session
        for _attempt in range(ATTEMPTS):
            lock = self._new(member)
            self._local.note(str(session.node), locked=True)
            try:
                create_file(session, LOCK_FILE, lock.to_bytes())
            except FileExists:
                current_lock = read_lock(session)
                if current_lock is not None:
                    self._clear(member, current_lock)
                continue  # it was released in the meantime, or is removed now
            except NitroError as error:
                self._local.note(str(session.node), locked=False)
                raise self._cannot_write(member, error) from error
            self._tokens[str(session.node)] = lock.token
            self._taken.append(member)
            there = read_lock(session)
            if self._is_ours(member, there):
                self._facts["nodes"].append(str(session.node))
                return
            # Two creations succeeded at once, and ours was not the last.
            self._local.note(str(session.node), locked=False)
            other = str(there) if there else "a run that has released it since"
            raise Refused(
                f"{session.where}: the lock was taken by {other} at the same moment. Try again. Nothing was changed."
            )
        raise Refused(
            f"{session.where}: other runs take the lock again and again. Try again later. Nothing was changed."
        )

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

    def _clear(self, member: Member, current_lock: Lock) -> None:
        """Delete a lock that the run may replace; NITRO cannot overwrite a file."""
        state = assess_lock(current_lock, self.parameters, self._local.holder, member.now())
        if state.status is LockStatus.REFUSED:
            self._local.note(str(member.session.node), locked=False)
            raise Refused(f"{member.session.where}: {state.text} {state.fix} Nothing was changed.")
        delete_file(member.session, LOCK_FILE)
        text = f"{member.session.where}: {state.text} {state.fix}"
        self.notes.append(text)
        self._facts.setdefault(state.status.value, []).append(text)

    def _cannot_write(self, member: Member, error: NitroError) -> Refused:
        fix = "Make room for it"
        if isinstance(error, NotAuthorized):
            fix = "Allow the user to (docs/least-privilege.md has the command policy)"
        return Refused(
            f"{member.session.where}: the lock {DIRECTORY}/{LOCK_FILE} cannot be written ({error}). {fix}, or go on without one: "
            "-e lock=false. Nothing was changed."
        )

    def _is_ours(self, member: Member, there: Lock | None) -> bool:
        return there is not None and there.token == self._tokens[str(member.session.node)]

    def _release_all(self) -> None:
        try:
            with self.connection.inside(DEFAULT):
                self._delete_locks()
        except TourniquetError as error:
            self.notes.append(f"the lock could not be released, the next run here resumes it: {error}")

    def _delete_locks(self) -> None:
        for member in reversed(self._taken):
            session = member.session
            try:
                there = read_lock(session)
                if self._is_ours(member, there):
                    delete_file(session, LOCK_FILE)
                else:
                    holder = "it was gone" if there is None else f"{there} had it"
                    self.notes.append(f"{session.where}: the lock was no longer ours at the end ({holder})")
                self._local.note(str(session.node), locked=False)
            except TourniquetError as error:
                self.notes.append(f"the lock could not be released, the next run here resumes it: {error}")
        self._taken.clear()


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
            there = read_lock(session)
            if there is not None and (there.holder, there.owner) == (local.holder, operator_name()):
                delete_file(session, LOCK_FILE)
                connection.lock_notes.append(
                    f"{session.where}: the lock of the run {there.run}, which died, was released"
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
