# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copies of change records on the nodes: another control node resumes or undoes a run from them, and an audit compares them.

One file for each run on each node, ``tourniquet_<time>-<run>_begun.txt`` with the planned steps before the first write. At the end
``..._ended.txt`` with outcome and proof is created first, and then the other one is deleted, so one of the two always exists.
Somebody else could have written a copy. So a copy counts only with the signature of a control node that we know, or where a person accepts it by
name; whatever it says, its steps are checked like those of any record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from ...appliance.nitro import file_limits
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.file_limits import DIRECTORY
from ...appliance.nitro.names import DEFAULT
from ...appliance.nitro.node_files import FileExists, create_file, delete_file, read_file
from ...appliance.nitro.session import Session
from ...foundation.errors import InvalidInput, NitroError, Refused, TourniquetError
from .change_record import ChangeRecord
from .hash_chain import digest
from .lease_files import LeaseLost
from .record_content import RecordContent
from .record_json import parse_json
from .record_states import CopyState, Outcome

FORMAT = 1
KEPT = 20
# The guide says 2 MB. Whether that is the content or its base64 form, which is a third longer, is open.
LARGEST = 1_400_000
TOO_LARGE = 283
_NAME = re.compile(r"tourniquet_(\d{8}T\d{6}\.\d{6}Z-[A-Za-z0-9._-]{1,18})_(begun|ended)\.txt")


@dataclass(frozen=True)
class Copy:
    """The content of a copy on a node.

    :ivar name: the file name of the record
    :ivar content: the record; None where it was too large, and the copy has its digest only
    """

    name: str
    sha256: str
    content: RecordContent | None

    @classmethod
    def of(cls, record: ChangeRecord) -> Copy:
        content = record.signed_content().without_notes()
        return cls(record.path.name, digest(content.values), content)

    def to_bytes(self, *, whole: bool = True) -> bytes:
        value = {
            "format": FORMAT,
            "what": "copy of a change record" if whole else "digest of a change record that is too large for a copy",
            "name": self.name,
            "sha256": self.sha256,
            "record": self.content.to_json() if whole and self.content is not None else None,
        }
        if not whole and self.content is not None and self.content.approved_request:
            value["approved_request"] = self.content.approved_request  # a large record shows the use of approvals too
        return json.dumps(value).encode()

    @classmethod
    def parse(cls, name: str, data: bytes) -> Copy:
        """:raises InvalidInput: where it is not a whole and unchanged copy of that record"""
        if len(data) > file_limits.LARGEST:  # a parser needs much more memory than that
            raise InvalidInput(
                f"the copy of {name} is larger than {file_limits.LARGEST:,} bytes: no run writes such a file"
            )
        try:
            value = parse_json(data)
        except ValueError as error:
            raise InvalidInput(f"the copy of {name} is not JSON ({error})") from error
        if not isinstance(value, dict) or value.get("format") != FORMAT or value.get("name") != name:
            raise InvalidInput(f"the copy of {name} is not one of format {FORMAT}")
        sha256, record = str(value.get("sha256")), value.get("record")
        return cls(name, sha256, None if record is None else _checked(name, sha256, record))


def _checked(name: str, sha256: str, record: Any) -> RecordContent:
    """Return the record in a copy.

    :raises InvalidInput: where it is not a record, does not match its digest, or has a step of an unknown type
    """
    content = RecordContent.from_json(record, where=f"the copy of {name} does not hold a record: it")
    if not content.build:
        raise InvalidInput(f"the copy of {name} does not hold a record: it has no build.")
    if digest(content.values) != sha256:
        raise InvalidInput(f"the copy of {name} was changed: it does not match its own digest")
    _unused = content.steps
    return content.without_notes()


class RecordCopies:
    """The copies of one run; use it as a context manager around its writes. A run that dies leaves the first copy.

    The copies of a run that this one continues end with it.

    A copy that cannot be written is reported in ``notes`` and is not a failure: the record on the control node is authoritative.
    """

    def __init__(
        self,
        connection: Connection,
        record: ChangeRecord,
        notes: list[str],
        confirm_lease: Callable[[Session], None],
        outdated: Mapping[str, Sequence[str]],
        continued: Iterable[ChangeRecord] = (),
    ) -> None:
        """Make copies of a record.

        :param notes: where remarks for the result are added, as sentences
        :param confirm_lease: called directly before the copies are written; what it raises before the first copy is passed on
        :param outdated: by the address of a node, the files of older runs that are deleted there at the end
        :param continued: the records of our own runs that this one continues
        """
        self.connection = connection
        self.sessions = [member.session for member in connection.members]
        self.record = record
        self.continued = [one for one in continued if not one.copies]
        self.notes = notes
        self.confirm_lease = confirm_lease
        self.outdated = outdated
        self._nodes: list[str] = []

    def __enter__(self) -> Self:
        with self.connection.inside(DEFAULT):  # where the files are
            for session in self.sessions:
                try:
                    self.confirm_lease(session)
                except LeaseLost:
                    raise
                except TourniquetError:
                    continue  # if that lasts, the first step is not sent
                self._write(session, self.record, CopyState.BEGUN)
        self._require_sign_of_approvals()
        return self

    def _require_sign_of_approvals(self) -> None:
        """:raises Refused: where the primary has no copy that shows other control nodes that the approvals are used; nothing was changed"""
        session = self.connection.primary
        if not self.record.approved_request or str(session.node) in self._nodes:
            return
        problem = f"{session.where}: the copy of the record, which shows that the approvals are used, cannot be written to {DIRECTORY}"
        self.record.finish(Outcome.FAILED, problem=problem)
        raise Refused(f"{problem}. Make room for it, and plan and approve again. Nothing was changed.")

    def __exit__(self, kind: type[BaseException] | None, *_exception: object) -> None:
        if kind is not None and not issubclass(kind, TourniquetError):
            return
        try:
            with self.connection.inside(DEFAULT):
                for record in (self.record, *self.continued):
                    self._finish(record)
        except TourniquetError as error:
            self.notes.append(f"the copies of the record could not be finished: {error}")

    def _finish(self, record: ChangeRecord) -> None:
        self._nodes.clear()
        for session in self.sessions:
            self.confirm_lease(session)
            problem = self._write(session, record, CopyState.ENDED)
            if problem:
                self.notes.append(problem)
            if str(session.node) in self._nodes:
                self._tidy(session, record)
        record.note(copies=self._nodes)

    def _write(self, session: Session, record: ChangeRecord, state: CopyState) -> str:
        """Write a copy to one node.

        :returns: why the node has no complete copy, as a sentence; "" where it has one
        """
        host = session.node.host
        try:
            whole = _put(session, file_name(record.path.name, state), Copy.of(record))
        except TourniquetError as error:
            return f"the copy of the record is missing on node {host}: {error}"
        self._nodes.append(str(session.node))
        if whole:
            return ""
        return (
            f"the record is too large for node {host}, which has its digest only: no other control node can resume or undo "
            "this run"
        )

    def _tidy(self, session: Session, record: ChangeRecord) -> None:
        """Delete the first copy of a run, and the copies of older runs that are no longer kept."""
        try:
            self.confirm_lease(session)
            delete_file(session, file_name(record.path.name, CopyState.BEGUN))
            outdated = self.outdated.get(str(session.node), ()) if record is self.record else ()
            for name in outdated:
                self.confirm_lease(session)
                delete_file(session, name)
        except TourniquetError as error:
            self.notes.append(f"old copies of records could not be removed: {error}")


def _put(session: Session, name: str, copy: Copy) -> bool:
    """Create a copy, and return True if it has the whole record."""
    content = copy.to_bytes()
    try:
        if len(content) <= LARGEST:
            _create(session, name, content, copy)
            return True
    except NitroError as error:
        if error.errorcode != TOO_LARGE:
            raise
    _create(session, name, copy.to_bytes(whole=False), copy)
    return False


def _create(session: Session, name: str, content: bytes, copy: Copy) -> None:
    """Create the file of a copy; an existing file must be the same copy."""
    try:
        create_file(session, name, content)
    except FileExists:
        there = read_file(session, name)
        if there is None or Copy.parse(copy.name, there).sha256 != copy.sha256:
            raise


def file_name(record_name: str, state: CopyState) -> str:
    """Return the name of a copy on a node, by the name of the record and the state (begun or ended)."""
    return f"tourniquet_{record_name.removesuffix('.json')}_{state}.txt"


def is_stem(text: str) -> bool:
    """Return True if a text can be the name of a record without its suffix."""
    return _NAME.fullmatch(f"tourniquet_{text}_{CopyState.ENDED}.txt") is not None


def stems(names: Iterable[str]) -> dict[str, set[CopyState]]:
    """Return the states of the copies on a node by run (the name of the record without its suffix), from the names of its files."""
    found: dict[str, set[CopyState]] = {}
    for name in names:
        match = _NAME.fullmatch(name)
        if match:
            found.setdefault(match[1], set()).add(CopyState(match[2]))
    return found


def read_copy(session: Session, stem: str, states: Iterable[CopyState]) -> tuple[Copy | None, CopyState]:
    """Return the copy of a run on one node and its state: the copy of the end where it exists.

    :raises TourniquetError: where it cannot be read, or is not a valid copy
    """
    state = max(states)  # ended comes after begun
    data = read_file(session, f"tourniquet_{stem}_{state}.txt")
    return (None if data is None else Copy.parse(f"{stem}.json", data)), state
