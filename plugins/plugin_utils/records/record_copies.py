# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copies of change records on the nodes: what another control node resumes and takes back from, and what an audit compares.

One file a run on each node, ``tourniquet_<time>-<run>_begun.txt`` with the planned steps before the first write. At the end
``..._ended.txt`` with outcome and proof is made first and the other one deleted then, so that one of the two is always there.
A copy is text that somebody else could have written: it is checked before it is used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import (
    InvalidInput,
    NitroError,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.node_files import (
    FileExists,
    create_file,
    delete_file,
    list_files,
    read_file,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import DEFAULT, Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.folder import make_folder, safe_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.hash_chain import digest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_states import (
    Outcome,
    RecordKind,
    StepState,
)

FORMAT = 1
KEPT = 20
# The guide says 2 MB, and not whether that is the content or its base64 form, a third more.
LARGEST = 1_400_000
TOO_LARGE = 283
_NAME = re.compile(r"tourniquet_(\d{8}T\d{6}\.\d{6}Z-[A-Za-z0-9._-]{1,18})_(begun|ended)\.txt")


@dataclass(frozen=True)
class Copy:
    """What a copy on a node says.

    :ivar name: the file name of the record
    :ivar content: the record; None where it was too large, and only its digest was written
    """

    name: str
    sha256: str
    content: RecordContent | None

    @classmethod
    def of(cls, record: ChangeRecord) -> Copy:
        return cls(record.path.name, digest(record.content.values), record.content)

    def to_bytes(self, *, whole: bool = True) -> bytes:
        value = {
            "format": FORMAT,
            "what": "copy of a change record" if whole else "digest of a change record that is too large for a copy",
            "name": self.name,
            "sha256": self.sha256,
            "record": self.content.to_json() if whole and self.content is not None else None,
        }
        return json.dumps(value).encode()

    @classmethod
    def parse(cls, name: str, data: bytes) -> Copy:
        """:raises InvalidInput: where it is not a whole and unchanged copy of that record"""
        try:
            value = json.loads(data)
        except (ValueError, RecursionError) as error:
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
    _ = content.steps
    return content


class RecordCopies:
    """The copies of one run; use it as a context manager around its writes. A run that dies leaves the first one.

    A node that cannot take its copy is told in ``notes``, and is no failure: the record on the control node counts.
    """

    def __init__(self, connection: Connection, record: ChangeRecord, notes: list[str]) -> None:
        self.connection = connection
        self.sessions = [member.session for member in connection.members]
        self.record = record
        self.notes = notes
        self._nodes: list[str] = []

    def __enter__(self) -> Self:
        with self.connection.inside(DEFAULT):  # where the files are
            for session in self.sessions:
                self._write(session, "begun")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_exception: object) -> None:
        if kind is not None and not issubclass(kind, TourniquetError):
            return
        try:
            with self.connection.inside(DEFAULT):
                self._finish()
        except TourniquetError as error:
            self.notes.append(f"the copies of the record could not be finished: {error}")

    def _finish(self) -> None:
        self._nodes.clear()
        for session in self.sessions:
            problem = self._write(session, "ended")
            if problem:
                self.notes.append(problem)
            if str(session.node) in self._nodes:
                self._tidy(session)
        self.record.note(copies=self._nodes)

    def _write(self, session: Session, state: str) -> str:
        """:returns: what is wrong with the copy, in words, or ""; only at the end somebody is there to be told"""
        host = session.node.host
        try:
            whole = _put(session, file_name(self.record.path.name, state), Copy.of(self.record))
        except TourniquetError as error:
            return f"the copy of the record is missing on node {host}: {error}"
        self._nodes.append(str(session.node))
        if whole:
            return ""
        return (
            f"the record is too large for node {host}, which has its digest only: no other control node can resume this run "
            "or take it back"
        )

    def _tidy(self, session: Session) -> None:
        """Remove what has ended from what has begun, and what is older than the newest runs."""
        try:
            delete_file(session, file_name(self.record.path.name, "begun"))
            present = stems(list_files(session))
            for stem in sorted(present)[:-KEPT]:
                for state in present[stem]:
                    delete_file(session, f"tourniquet_{stem}_{state}.txt")
        except TourniquetError as error:
            self.notes.append(f"old copies of records could not be removed: {error}")


def _put(session: Session, name: str, copy: Copy) -> bool:
    """Create a copy; whether it holds the whole record."""
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
    """A file that is there already must be the same copy."""
    try:
        create_file(session, name, content)
    except FileExists:
        there = read_file(session, name)
        if there is None or Copy.parse(copy.name, there).sha256 != copy.sha256:
            raise


def file_name(record_name: str, state: str) -> str:
    return f"tourniquet_{record_name.removesuffix('.json')}_{state}.txt"


def stems(names: Iterable[str]) -> dict[str, set[str]]:
    """From file names on a node: which runs have a copy there, and in which states."""
    found: dict[str, set[str]] = {}
    for name in names:
        match = _NAME.fullmatch(name)
        if match:
            found.setdefault(match[1], set()).add(match[2])
    return found


def read_copy(session: Session, stem: str, states: Iterable[str]) -> tuple[Copy | None, str]:
    """The copy of a run on one node, the final one where there is one, and its state.

    :raises TourniquetError: where it cannot be read, or is not whole
    """
    state = max(states)  # ended comes after begun
    data = read_file(session, f"tourniquet_{stem}_{state}.txt")
    return (None if data is None else Copy.parse(f"{stem}.json", data)), state


# -- for another control node ------------------------------------------------------------------------------------------


def fetch(connection: Connection, directory: Path, host: str) -> tuple[list[ChangeRecord], list[str]]:
    """The records of an appliance that only its nodes have, or have more of. Nothing is written here.

    Costs one request for each node, and one for each record that is fetched.

    :returns: the records, and what could not be used, in words
    """
    with connection.inside(DEFAULT):
        return _fetch(connection, directory, host)


def _fetch(connection: Connection, directory: Path, host: str) -> tuple[list[ChangeRecord], list[str]]:
    own = {record.path.name: record for record in all_records(directory, host)}
    fetched: dict[str, ChangeRecord] = {}
    problems = []
    for member in connection.members:
        session = member.session
        try:
            present = stems(list_files(session))
        except TourniquetError as error:
            problems.append(f"the copies of records cannot be read: {error}")
            continue
        for stem, states in sorted(present.items()):
            name = f"{stem}.json"
            if not _has_more(fetched.get(name) or own.get(name), max(states)):
                continue
            try:
                copy, state = read_copy(session, stem, states)
            except TourniquetError as error:
                problems.append(f"{session.where}: {error}")
                continue
            if copy is not None and copy.content is not None:
                fetched[name] = _adopt(copy, copy.content, state, directory, host, session)
            elif copy is not None:
                problems.append(f"{session.where}: of the record {name} there is only the digest, it was too large")
    return list(fetched.values()), problems


def _has_more(known: ChangeRecord | None, state: str) -> bool:
    """Whether a copy of that state says more than the record that is known; our own records are never replaced."""
    if known is None:
        return True
    return known.origin is not None and known.origin.state == "begun" and state == "ended"


def _adopt(
    copy: Copy, content: RecordContent, state: str, directory: Path, host: str, session: Session
) -> ChangeRecord:
    """Return the record in a copy as one of our own; of a run that only began, each step may have been carried out."""
    origin = {"node": str(session.node), "state": state, "sha256": copy.sha256, "host": content.host}
    if state == "begun":
        planned = [position for position, state in enumerate(content.states) if state is StepState.PLANNED]
        content = content.with_states(planned, StepState.SENT)
    return ChangeRecord(directory / safe_name(host) / copy.name, content.with_values(host=host, origin=origin))


def merge(own: Iterable[ChangeRecord], fetched: Iterable[ChangeRecord], measure: str) -> list[ChangeRecord]:
    """The records of a measure, oldest first.

    Where a rollback and what it took back are of two control nodes, it is marked here as one control node does at once.
    """
    records = {record.path.name: record for record in (*own, *fetched)}
    for name, record in records.items():
        # A rollback with a problem was not saved, and has to be repeated.
        if record.kind is RecordKind.ROLLBACK and record.outcome is Outcome.APPLIED and not record.problem:
            for undone in filter(None, map(records.get, record.undoes)):
                if (record.is_fetched or undone.is_fetched) and not undone.undone_by:
                    undone.content = undone.content.with_values(undone_by=name)
    return [record for _name, record in sorted(records.items()) if record.measure == measure]


def keep(records: Iterable[ChangeRecord], directory: Path, host: str) -> None:
    """Write fetched records into our own directory."""
    for record in records:
        make_folder(directory, host)
        record.write()
