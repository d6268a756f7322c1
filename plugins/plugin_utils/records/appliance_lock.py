# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lock on an appliance: two operators cannot collide, whichever control nodes they sit at.

On every node that is reached lies a file that nobody could create twice. That its creation is atomic is inferred, so our own
token is read back after the creation, and once more directly before the first write. Expiry is judged by the clock of the
appliance, the only one that all control nodes share.

Beside it a run holds a lock of the operating system on its control node (:mod:`local_lock`), whose file holds a random word
that goes into the appliance's lock. So a lock with our word, found while we hold the file, is of a dead run of this control
node, and is resumed.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    LocalLock,
    nodes_left_locked,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.folder import current_user, directory_id

LOCK_FILE = "tourniquet_lock.txt"
FORMAT = 1
LIFETIME = timedelta(hours=1)
ATTEMPTS = 3
CLOCK = "%Y-%m-%d %H:%M:%S"
_LONGEST = 300  # what others have written is shown up to here


@dataclass(frozen=True)
class Lock:
    """What stands in a lock. It holds no secret.

    :ivar owner: user@control node
    :ivar holder: the random word of the control node's record directory for this appliance
    :ivar taken: by the appliance's clock, in its own time zone; None where it does not tell the time
    :ivar expires: likewise; None never expires
    """

    owner: str
    holder: str
    run: str
    measure: str
    reason: str
    ticket: str
    token: str
    taken: datetime | None
    expires: datetime | None

    def to_bytes(self) -> bytes:
        times = {"taken": _text(self.taken), "expires": _text(self.expires)}
        return json.dumps({"format": FORMAT, **vars(self), **times}).encode()

    @classmethod
    def parse(cls, content: bytes) -> Lock:
        """What cannot be read is somebody's all the same: an unknown owner's, and it never expires."""
        try:
            values = json.loads(content)
        except ValueError:
            values = None
        values = values if isinstance(values, dict) and values.get("format") == FORMAT else {}
        words = {name: str(values.get(name) or "")[:_LONGEST] for name in cls.__annotations__}
        words["owner"] = words["owner"] or "somebody unknown"
        times = {name: _time(words.pop(name)) for name in ("taken", "expires")}
        return cls(**words, taken=times["taken"], expires=times["expires"])

    def is_over(self, now: datetime | None) -> bool:
        return now is not None and self.expires is not None and now >= self.expires

    def __str__(self) -> str:
        what = ": ".join(filter(None, (self.measure, self.reason)))
        ticket = f", {self.ticket}" if self.ticket else ""
        return f"{self.owner} (run {self.run or 'unknown'}, {what or 'no reason given'}{ticket})"

    def times(self) -> str:
        since = f"since {self.taken}" if self.taken else "since a time unknown"
        return f"{since}, until {self.expires} by the appliance's clock" if self.expires else f"{since}, without an end"


def read_lock(session: Session) -> Lock | None:
    """The lock on one node, whosever it is.

    :raises TourniquetError: where it cannot be read
    """
    content = read_file(session, LOCK_FILE)
    return None if content is None else Lock.parse(content)


@dataclass(frozen=True)
class LockState:
    """What a lock that is there means for us.

    :ivar word: own, expired, broken or refused
    :ivar text: whose it is and since when
    :ivar fix: what will be done with it or, where it is refused, what to do
    """

    word: str
    text: str
    fix: str


def judge(held: Lock, parameters: RunParameters, holder: str, now: datetime | None) -> LockState:
    """Whether a lock that is there may be replaced.

    :param holder: the word of our own record directory; "" where there is none yet
    """
    text = f"{held} holds the lock, {held.times()}."
    if holder and held.holder == holder and held.owner == own_name():
        return LockState("own", text, "It is of this control node: once that run has died, the next one resumes it.")
    if held.is_over(now):
        return LockState("expired", text, "It has expired, and is taken over.")
    if parameters.break_lock:
        return LockState("broken", text, f"It is broken: {parameters.break_lock}.")
    return LockState(
        "refused",
        text,
        """Wait until that run has ended; if it is dead, break its lock with -e "break_lock='<why>'", which will stand in the record.""",
    )


def look(connection: Connection, parameters: RunParameters) -> LockState | None:
    """What an apply would meet on the primary, by one read; None where nobody holds the lock.

    :raises NitroError: where it cannot be read
    """
    if not parameters.lock:
        return None
    if connection.lock_content is UNREAD:  # once for all partitions
        with connection.inside(DEFAULT):
            connection.lock_content = read_file(connection.primary, LOCK_FILE)
    if connection.lock_content is None:
        return None
    held = Lock.parse(connection.lock_content)
    now = connection.member(connection.primary).now()
    return judge(held, parameters, directory_id(parameters.records, parameters.appliance.name), now)


def heed(connection: Connection, parameters: RunParameters, *, writes: bool) -> list[str]:
    """What is to be said of a lock that somebody holds, in words.

    :param writes: there is something to be written
    :raises Refused: where there is, and the lock is in the way
    """
    try:
        standing = look(connection, parameters)
    except NitroError as error:
        return [f"whether somebody holds the lock cannot be read: {error}"]
    if standing is None:
        return []
    if standing.word == "refused" and writes:
        raise Refused(f"{parameters.appliance.name}: {standing.text} {standing.fix} Nothing was changed.")
    return [f"the lock: {standing.text} {standing.fix}"]


class ApplianceLock:
    """The lock of one run on one appliance; use it as a context manager around everything that is written.

    It is given back at the end, and after failures that left nothing in doubt; a run that dies leaves it.

    :ivar record: the change record of the run, once there is one; the lock stays where it says that something is in doubt
    :ivar notes: what a person should know of it, in words
    """

    def __init__(self, connection: Connection, parameters: RunParameters) -> None:
        self.connection = connection
        self.parameters = parameters
        self.where = parameters.appliance.name
        self.record: ChangeRecord | None = None
        self.notes: list[str] = []
        self._facts: dict[str, list[str]] = {"nodes": []}
        self._local = LocalLock(parameters.records, self.where)
        self._tokens: dict[str, str] = {}
        self._taken: list[Member] = []

    def __enter__(self) -> Self:
        """:raises Refused: where somebody else holds it, or it cannot be taken; nothing is left behind"""
        self._local.acquire()
        with contextlib.ExitStack() as otherwise:
            otherwise.callback(self._local.release)
            try:
                self._take_all()
            except TourniquetError:
                self._give_back()
                raise
            otherwise.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_exception: object) -> None:
        try:
            known = kind is None or issubclass(kind, TourniquetError)
            if known and not (self.record is not None and self.record.in_doubt):
                self._give_back()
            elif self._taken:
                self.notes.append(
                    "the lock stays, because something is in doubt: the same playbook from this control node resumes it"
                )
        finally:
            self._local.release()

    def confirm(self) -> None:
        """Directly before the first write: the node that we write to is in charge, and every lock is still ours.

        :raises Refused: where not; nothing was written
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
                whose = "it is gone" if there is None else f"{there} has it now"
                raise Refused(f"{member.session.where}: we have lost the lock ({whose}). Nothing was changed.")

    def facts(self) -> dict[str, list[str]]:
        """For the change record and the result: the locked ``nodes``, and what stood there before (own, expired, broken)."""
        return self._facts

    def _take_all(self) -> None:
        if not self.parameters.lock:
            self.notes.append("no lock was taken on the appliance (lock: false): nothing kept others out")
            return
        with self.connection.inside(DEFAULT):  # where the files are
            for member in sorted(self.connection.members, key=_place):
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
                held = read_lock(session)
                if held is not None:
                    self._clear(member, held)
                continue  # it was given back meanwhile, or is cleared now
            except NitroError as error:
                self._local.note(str(session.node), locked=False)
                raise self._cannot_write(member, error) from error
            self._tokens[str(session.node)] = lock.token
            self._taken.append(member)
            there = read_lock(session)
            if self._is_ours(member, there):
                self._facts["nodes"].append(str(session.node))
                return
            # Two creations went through at once, and ours was not the last.
            self._local.note(str(session.node), locked=False)
            whose = str(there) if there else "somebody who gave it back at once"
            raise Refused(
                f"{session.where}: the lock was taken by {whose} at the same moment. Try again. Nothing was changed."
            )
        raise Refused(f"{session.where}: the lock changes hands all the time. Try again. Nothing was changed.")

    def _new(self, member: Member) -> Lock:
        now, parameters = member.now(), self.parameters
        return Lock(
            owner=own_name(),
            holder=self._local.holder,
            run=parameters.run,
            measure=parameters.owner.measure,
            reason=parameters.reason,
            ticket=parameters.owner.ticket,
            token=secrets.token_hex(16),
            taken=now,
            expires=None if now is None else now + LIFETIME,
        )

    def _clear(self, member: Member, held: Lock) -> None:
        """Remove a lock that does not stand in our way; a file cannot be replaced, so it goes first."""
        standing = judge(held, self.parameters, self._local.holder, member.now())
        if standing.word == "refused":
            self._local.note(str(member.session.node), locked=False)
            raise Refused(f"{member.session.where}: {standing.text} {standing.fix} Nothing was changed.")
        delete_file(member.session, LOCK_FILE)
        text = f"{member.session.where}: {standing.text} {standing.fix}"
        self.notes.append(text)
        self._facts.setdefault(standing.word, []).append(text)

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

    def _give_back(self) -> None:
        try:
            with self.connection.inside(DEFAULT):
                self._release()
        except TourniquetError as error:
            self.notes.append(f"the lock could not be given back, the next run here resumes it: {error}")

    def _release(self) -> None:
        for member in reversed(self._taken):
            session = member.session
            try:
                there = read_lock(session)
                if self._is_ours(member, there):
                    delete_file(session, LOCK_FILE)
                else:
                    whose = "it was gone" if there is None else f"{there} had it by then"
                    self.notes.append(f"{session.where}: the lock was no longer ours at the end ({whose})")
                self._local.note(str(session.node), locked=False)
            except TourniquetError as error:
                self.notes.append(f"the lock could not be given back, the next run here resumes it: {error}")
        self._taken.clear()


def owes_a_lock(connection: Connection, parameters: RunParameters) -> bool:
    """Whether a run of this control node may have left its lock on a node that is reached now."""
    left = nodes_left_locked(parameters.records, parameters.appliance.name)
    return parameters.lock and any(str(member.session.node) in left for member in connection.members)


def give_back_left_lock(connection: Connection, parameters: RunParameters) -> None:
    """For a run that has nothing to write: what a dead run of ours left locked is given back, and told.

    :raises Refused: where another run of this control node is at work
    :raises TourniquetError: where it cannot be read or removed
    """
    if not owes_a_lock(connection, parameters):
        return
    with LocalLock(parameters.records, parameters.appliance.name) as local, connection.inside(DEFAULT):
        for session in [member.session for member in connection.members if str(member.session.node) in local.nodes]:
            there = read_lock(session)
            if there is not None and (there.holder, there.owner) == (local.holder, own_name()):
                delete_file(session, LOCK_FILE)
                connection.lock_notes.append(
                    f"{session.where}: the lock of the run {there.run}, which died, was given back"
                )
            local.note(str(session.node), locked=False)


def own_name() -> str:
    return f"{current_user()}@{socket.gethostname()}"


def _place(member: Member) -> tuple[int, int, str, int]:
    """The same order for all control nodes, however their inventories name the nodes: by the address that a node says it has."""
    text = str(member.config.get("ipaddress") or member.session.node.host)
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return 0, 0, text, member.session.node.port
    return address.version, int(address), "", member.session.node.port


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(sep=" ", timespec="seconds")


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, CLOCK)  # noqa: DTZ007 -- the appliance's own clock has no zone
    except ValueError:
        return None
