# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The audit of one appliance: its change records on the control node, compared with their copies on the nodes.

It only reads. It reports a record or a copy that was changed or is gone, that no control node has signed which we know, and breaks of the chain.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.file_limits import DIRECTORY
from ...appliance.nitro.node_files import list_files
from ...appliance.nitro.session import Session
from ...catalogue.record_trust import RecordTrust
from ...foundation.errors import TourniquetError
from ...foundation.next_action import ACCEPTED_BY, Command, advice
from .change_record import ChangeRecord
from .fetched_records import MOST_READ, adopted, copy_provenance, has_more
from .hash_chain import (
    NOT_HASHED,
    SIGNATURE,
    chain_breaks,
    chain_order,
    clock_remarks,
    digest,
    gap_remarks,
    planned_digest,
)
from .lease_files import newest_lease
from .provenance import Provenance, ProvenanceKind
from .record_content import Operator, RecordContent
from .record_copies import KEPT, Copy, file_name, read_copy, stems
from .record_list import all_records
from .record_states import CopyState
from .records_folder import current_user, directory_id, folder_of
from .untrusted_records import RESIGN

HERE = "control node"
Records = dict[str, ChangeRecord]


@dataclass
class AuditedRun:
    """One run, and the places that have its record.

    :ivar content: the record; None where only the digest of a copy is known
    :ivar places: the control node and the addresses of the nodes that have it
    :ivar provenance: who signed it; None where only the digest is known
    :ivar departure: how what the change was approved under differs from today, as a sentence; "" where it does not
    """

    name: str
    content: RecordContent | None
    places: list[str] = field(default_factory=list)
    provenance: Provenance | None = None
    departure: str = ""


@dataclass
class Audit:
    """The result of the audit of one appliance.

    :ivar runs: in the order of the chain
    :ivar differences: what was changed, removed or forged, as sentences; empty where records, copies and chain agree
    :ivar missing: what is missing, possibly for a harmless reason, or could not be read, as sentences
    :ivar not_read: those of ``missing`` that say which copies were not read: without these copies nobody can say that all agree
    :ivar notes: what a person should know of the order of the runs, as sentences
    :ivar not_covered: what no run of these has covered, as sentences
    :ivar lock: who holds the lock; "" where nobody does
    :ivar copied: by name, the trusted records that only the nodes have, or of which they have the end
    """

    runs: list[AuditedRun] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    not_covered: list[str] = field(default_factory=list)
    lock: str = ""
    copied: dict[str, ChangeRecord] = field(default_factory=dict)

    def add_not_read(self, text: str) -> None:
        """Note which copies were not read."""
        self.missing.append(text)
        self.not_read.append(text)

    @property
    def state(self) -> str:
        """The result in words."""
        if self.differences:
            return "RECORDS, COPIES OR CHAIN DO NOT AGREE"
        if self.not_read:
            return "what was read agrees, and NOT ALL COPIES WERE READ"
        return "records, copies and chain agree"


@dataclass(frozen=True)
class _Found:
    """A copy on a node.

    :ivar file: its path and node, in words
    """

    node: str
    file: str
    state: CopyState
    copy: Copy


def audit(
    connection: Connection | None, directory: Path, host: str, measure: str = "", trust: RecordTrust | None = None
) -> Audit:
    """Compare the records on the control node with the copies on the nodes.

    :param connection: None where the appliance cannot be reached; then only the chain of our own records is checked
    :param measure: list only the runs of this measure; all are checked
    :param trust: whose signatures count; None for those of this control node
    :raises InvalidInput: where a record cannot be read
    """
    own = {record.name: record for record in all_records(directory, host, trust)}
    auditor = _Auditor(own, folder_of(directory, host), directory_id(directory, host), trust or RecordTrust())
    found = auditor.found
    if connection is not None:
        auditor.read_nodes(connection)
        try:
            newest = newest_lease(connection.primary)
            found.lock = f"{newest[1]} holds the lock, {newest[1].times()}" if newest else ""
        except TourniquetError as error:
            found.missing.append(f"the lock: {error}")
    found.runs = [
        run for run in auditor.ordered() if not measure or run.content is None or run.content.measure == measure
    ]
    return found


class _Auditor:
    """Compares the records on the control node with the copies, node by node.

    :ivar own: the records on the control node, by name
    :ivar folder: their directory
    :ivar holder: its random id
    :ivar runs: all runs, by the names of their records
    """

    def __init__(self, own: Records, folder: Path, holder: str, trust: RecordTrust) -> None:
        self.own = own
        self.folder = folder
        self.holder = holder
        self.trust = trust
        self.found = Audit()
        self.runs = {name: AuditedRun(name, one.content, [HERE], one.provenance) for name, one in own.items()}
        self.found.differences += chain_breaks({name: one.content.values for name, one in own.items()})
        self.found.differences += [_not_trusted(one) for one in own.values() if not one.provenance.is_trusted]

    def ordered(self) -> list[AuditedRun]:
        """Return all runs in the order of the chain, and then those of which only a digest is known; note what the order rests on."""
        contents = {name: run.content.values for name, run in self.runs.items() if run.content is not None}
        self.found.notes += [*clock_remarks(contents), *gap_remarks(contents)]
        return [self.runs[name] for name in [*chain_order(contents), *sorted(self.runs.keys() - contents.keys())]]

    def read_nodes(self, connection: Connection) -> None:
        """Read the copies on all nodes."""
        for text in connection.missing_nodes:
            self.found.add_not_read(f"{text}, so its copies were not read")
        for member in connection.members:
            self._read_node(member.session, connection)

    def _read_node(self, session: Session, connection: Connection) -> None:
        node = str(session.node)
        try:
            present = stems(list_files(session))
        except TourniquetError as error:
            self.found.add_not_read(f"the copies on {node} cannot be read: {error}")
            return
        known = [stem for name in self.own if (stem := name.removesuffix(".json")) in present]
        unknown = sorted(present.keys() - set(known), key=lambda stem: sha256(stem.encode()).digest())
        if len(unknown) > MOST_READ:
            self.found.differences.append(
                f"{len(unknown)} files in {DIRECTORY} on {node} have names of copies of records that are not here, and only {MOST_READ} of "
                "them were read: delete those that no run of yours has written"
            )
        for stem in (*known, *unknown[:MOST_READ]):
            self._read_copy(session, stem, max(present[stem]), connection)
        later = 0  # runs after this one, by the chain, that have a copy on this node
        for name in reversed(self.own):
            if node in self.own[name].copies:
                if name.removesuffix(".json") not in present and later < KEPT:
                    self.found.missing.append(f"the copy of {name} on {node} is gone")
                later += 1

    def _read_copy(self, session: Session, stem: str, state: CopyState, connection: Connection) -> None:
        node = str(session.node)
        file = f"{DIRECTORY}/{file_name(stem, state)} on {node}"
        try:
            copy, _state = read_copy(session, stem, (state,))
        except TourniquetError as error:
            self.found.differences.append(f"{file}: {error}")
            return
        if copy is not None:
            self._compare(_Found(node, file, state, copy), connection)

    def _compare(self, there: _Found, connection: Connection) -> None:
        name, copy = there.copy.name, there.copy
        known = self.runs.get(name)
        if name in self.own:
            _compare_with_record(there, self.own[name].content, self.found)
            origin = self.own[name].origin
            if origin is not None and there.state is not origin.state and copy.content is not None:
                # Nothing here says what the end of a run of another control node holds: only its signature does.
                self._require_trusted(there, copy_provenance(copy, copy.content, connection, self.trust))
        elif known is None:
            provenance = copy_provenance(copy, copy.content, connection, self.trust) if copy.content else None
            known = self.runs[name] = AuditedRun(name, copy.content, provenance=provenance)
            if provenance is None or self._require_trusted(there, provenance):
                _explain_why_not_here(there, self.holder, provenance, self.found)
        elif known.content and copy.content and not _agree(there.state, copy.content, known.content):
            self.found.differences.append(
                f"the copies of {name} on {known.places[0]} and {there.node} differ{_in_what(copy, known.content)}"
            )
        self.runs[name].places.append(there.node)
        self._keep(there, connection)

    def _keep(self, there: _Found, connection: Connection) -> None:
        """Keep the record of a trusted copy that has more than what is here and than the copies before it."""
        name, content = there.copy.name, there.copy.content
        if content is None or not has_more(self.found.copied.get(name) or self.own.get(name), there.state):
            return
        signer = copy_provenance(there.copy, content, connection, self.trust)
        if signer.is_trusted:
            content = adopted(there.copy, content, signer, there.state, (connection.appliance.name, there.node))
            self.found.copied[name] = ChangeRecord(self.folder / name, content, signer, self.trust)

    def _require_trusted(self, there: _Found, provenance: Provenance) -> bool:
        """Return True if a copy is trusted; note the difference where it is not."""
        if not provenance.is_trusted:
            self.found.differences.append(
                f"{there.file} is not the copy of a run that we know: {provenance.problem}. If you know that run: "
                f"-e accept_record={there.copy.name.removesuffix('.json')}"
            )
        return provenance.is_trusted


def _not_trusted(record: ChangeRecord) -> str:
    text = f"the record {record.name} is not to be trusted: {record.provenance.problem}"
    if record.provenance.kind is ProvenanceKind.INVALID:
        return text
    sign = Command("status", unsaid=(("resign", "true"),), asks=ACCEPTED_BY)  # an audit only reads
    return advice(f"{text}. If it is of a run of yours, sign it: playbooks/status.yml with {RESIGN}", sign)


def _compare_with_record(there: _Found, record: RecordContent, found: Audit) -> None:
    name, copy, origin = there.copy.name, there.copy, record.origin
    if origin is not None:
        # A fetched record may lack what its copy was given since: the copy must be unchanged, or have come to its end.
        changed = copy.sha256 != origin.sha256 and there.state == origin.state
    elif there.state is CopyState.ENDED:
        changed = copy.sha256 != digest(record.values)
    else:
        changed = copy.content is not None and planned_digest(copy.content.values) != planned_digest(record.values)
        if record.finished:
            found.missing.append(f"{there.node} has only the beginning of {name}")
    if changed:
        found.differences.append(
            f"the record {name} and its copy on {there.node} differ{_in_what(copy, record) if origin is None else ''}"
        )


def _agree(state: CopyState, one: RecordContent, other: RecordContent) -> bool:
    if state is CopyState.BEGUN or not other.finished:
        return planned_digest(one.values) == planned_digest(other.values)
    return digest(one.values) == digest(other.values)


def _in_what(copy: Copy, content: RecordContent) -> str:
    """Return the keys in which a copy and a record differ, in words."""
    if copy.content is None:
        return ""
    there, here = copy.content.values, content.values
    keys = sorted({*there, *here} - {*NOT_HASHED, SIGNATURE})
    return f" in {', '.join(key for key in keys if there.get(key) != here.get(key))}"


def _explain_why_not_here(there: _Found, holder: str, provenance: Provenance | None, found: Audit) -> None:
    """Report a copy whose record is not here, if this directory had the record or the run was of this control node, by its key or by its name alone."""
    operator = Operator() if there.copy.content is None else there.copy.content.operator
    is_of_this_host = operator.control_node == socket.gethostname()
    if holder and operator.records == holder:
        found.differences.append(
            f"the record {there.copy.name} is gone: its copy on {there.node} says that it was here"
        )
    elif is_of_this_host and provenance is not None and provenance.kind is ProvenanceKind.SIGNED:
        if operator.user == current_user():
            found.missing.append(
                f"{there.copy.name} on {there.node} has the name of this control node, {operator.user}@{operator.control_node}, and was signed with "
                f"another key ({provenance.signer}): it is of another control node of this name, or of an earlier key of this one"
            )
    elif is_of_this_host:
        found.missing.append(
            f"{there.copy.name} on {there.node} is a run of this control node, whose record is not in this directory"
        )
