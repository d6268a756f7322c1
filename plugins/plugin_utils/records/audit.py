# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The audit of one appliance: its change records on the control node, compared with their copies on the nodes.

It only reads. It reports a record or a copy that was changed or is gone, and breaks of the hash chain.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.node_files import list_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.folder import directory_id
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.hash_chain import (
    NOT_HASHED,
    chain_breaks,
    digest,
    planned_digest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.lease_files import newest_lease
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_content import Operator, RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_copies import (
    KEPT,
    Copy,
    read_copy,
    stems,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_states import CopyState

HERE = "control node"
MOST_READ = 2 * KEPT
Records = dict[str, RecordContent]


@dataclass
class AuditedRun:
    """One run, and the places that have its record.

    :ivar content: the record; None where only the digest of a copy is known
    :ivar places: the control node and the addresses of the nodes that have it
    """

    name: str
    content: RecordContent | None
    places: list[str] = field(default_factory=list)


@dataclass
class Audit:
    """The result of the audit of one appliance.

    :ivar differences: what was changed or removed, as sentences; empty where records, copies and chain agree
    :ivar missing: what is missing, possibly for a harmless reason, or could not be read, as sentences
    :ivar not_read: those of ``missing`` that say which copies were not read: without these copies nobody can say that all agree
    :ivar lock: who holds the lock; "" where nobody does
    """

    runs: list[AuditedRun] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)
    lock: str = ""

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
    """A copy on a node."""

    node: str
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
    found = Audit()
    records = {record.path.name: record.content for record in all_records(directory, host, trust)}
    found.differences += chain_breaks({name: content.values for name, content in records.items()})
    runs = {name: AuditedRun(name, content, [HERE]) for name, content in records.items()}
    if connection is not None:
        for text in connection.missing_nodes:
            found.add_not_read(f"{text}, so its copies were not read")
        for member in connection.members:
            _read_node(member.session, records, directory_id(directory, host), runs, found)
        try:
            newest = newest_lease(connection.primary)
            found.lock = f"{newest[1]} holds the lock, {newest[1].times()}" if newest else ""
        except TourniquetError as error:
            found.missing.append(f"the lock: {error}")
    found.runs = [
        run
        for _name, run in sorted(runs.items())
        if not measure or run.content is None or run.content.measure == measure
    ]
    return found


def _read_node(session: Session, records: Records, holder: str, runs: dict[str, AuditedRun], found: Audit) -> None:
    node = str(session.node)
    try:
        present = stems(list_files(session))
    except TourniquetError as error:
        found.add_not_read(f"the copies on {node} cannot be read: {error}")
        return
    read = sorted(present)[-MOST_READ:]
    if len(read) < len(present):
        found.add_not_read(f"of the {len(present)} copies on {node} only the newest {len(read)} were read")
    for stem in read:
        name = f"{stem}.json"
        try:
            copy, state = read_copy(session, stem, present[stem])
        except TourniquetError as error:
            found.differences.append(f"on {node}: {error}")
            continue
        if copy is not None:
            _compare(_Found(node, state, copy), records, holder, runs, found)
    for name, content in records.items():
        stem = name.removesuffix(".json")
        removed_by_rule = sum(other > stem for other in present) >= KEPT
        if node in content.copies and stem not in present and not removed_by_rule:
            found.missing.append(f"the copy of {name} on {node} is gone")


def _compare(there: _Found, records: Records, holder: str, runs: dict[str, AuditedRun], found: Audit) -> None:
    name, copy = there.copy.name, there.copy
    known = runs.get(name)
    if name in records:
        _compare_with_record(there, records[name], found)
    elif known is None:
        known = runs[name] = AuditedRun(name, copy.content)
        _explain_why_not_here(there, holder, found)
    elif known.content and copy.content and not _agree(there.state, copy.content, known.content):
        found.differences.append(
            f"the copies of {name} on {known.places[0]} and {there.node} differ{_in_what(copy, known.content)}"
        )
    runs[name].places.append(there.node)


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
    keys = sorted({*there, *here} - {*NOT_HASHED})
    return f" in {', '.join(key for key in keys if there.get(key) != here.get(key))}"


def _explain_why_not_here(there: _Found, holder: str, found: Audit) -> None:
    """Report a copy whose record is not here, if this directory had the record or the run was of this control node."""
    operator = Operator() if there.copy.content is None else there.copy.content.operator
    if holder and operator.records == holder:
        found.differences.append(
            f"the record {there.copy.name} is gone: its copy on {there.node} says that it was here"
        )
    elif operator.control_node == socket.gethostname():
        found.missing.append(
            f"{there.copy.name} on {there.node} is a run of this control node, whose record is not in this directory"
        )
