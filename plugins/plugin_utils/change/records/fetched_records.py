# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The records of other control nodes, read from their copies on the nodes of an appliance."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.file_limits import DIRECTORY, LARGEST
from ...appliance.nitro.names import DEFAULT
from ...appliance.nitro.node_files import file_sizes
from ...appliance.nitro.session import Session
from ...catalogue.record_trust import RecordTrust
from ...catalogue.run_parameters import RunParameters
from ...foundation.errors import TourniquetError
from ...foundation.foreign_text import printable
from ...foundation.next_action import Command, advice
from .change_record import ChangeRecord
from .hash_chain import followed_by
from .provenance import Provenance, ProvenanceKind
from .record_content import RecordContent
from .record_copies import KEPT, Copy, file_name, read_copy, stems
from .record_list import all_records, in_chain_order
from .record_states import CopyState, Outcome
from .records_folder import folder_of, make_folder
from .signing import accepted_provenance, provenance_of
from .untrusted_records import accepting

MOST_READ = 200
"""The largest number of copies on one node that are read in one run. A control node keeps the newest 20 of its runs there."""


def fetch_records(
    connection: Connection,
    directory: Path,
    host: str,
    trust: RecordTrust | None = None,
    own: Iterable[ChangeRecord] | None = None,
) -> tuple[list[ChangeRecord], list[str]]:
    """Return the records that only the nodes have, or whose copies are newer. Nothing is written on the control node.

    This sends one request to each node, and one for each copy that is read.

    :param trust: whose signatures count; None for those of this control node
    :param own: the records of this control node, where they were read before; None to read them
    :returns: the records that are trusted, and the copies that are left alone, as sentences
    """
    fetcher = _Fetcher(connection, directory, host, trust or RecordTrust(), {}, own)
    fetcher.fetch()
    return list(fetcher.fetched.values()), fetcher.problems


def others_have_run(connection: Connection, known: Collection[str]) -> bool:
    """Return True if the primary has copies of runs that are not known here. The directory is listed once for all partitions, as for the lock.

    What a run has listed itself before it wrote is not listed again.

    :param known: the names of all records that are here
    """
    if connection.copies_there is None and connection.copies_listed is not None:
        connection.copies_there = connection.copies_listed
    if connection.copies_there is None:
        with connection.inside(DEFAULT):  # where the files are
            connection.copies_there = frozenset(_stems_on(connection.primary) or ())
    return any(f"{stem}.json" not in known for stem in connection.copies_there)


def note_copies(connection: Connection, parameters: RunParameters) -> None:
    """List the copies on the nodes for the plan of a job, by one request to each node; nothing is done where they are known, or outside of a job.

    The job that carries the plan out refuses itself where there are more by then.
    """
    job = parameters.job
    if job is not None and connection.copies_listed is None and parameters.appliance.name not in job.copies:
        with connection.inside(DEFAULT):  # where the files are
            _note([(str(member.session.node), _stems_on(member.session)) for member in connection.members], connection)


def _stems_on(session: Session) -> set[str] | None:
    """Return the names of the records whose copies are on a node; None where they cannot be listed."""
    try:
        return {*stems(file_sizes(session))}
    except TourniquetError:
        return None


def _note(listed: Iterable[tuple[str, Iterable[str] | None]], connection: Connection) -> None:
    known = {node: names for node, names in listed if names is not None}
    is_known = str(connection.primary.node) in known
    connection.copies_listed = frozenset().union(*known.values()) if is_known else None


@dataclass(frozen=True)
class OtherRuns:
    """The copies of other runs as a run finds them on the nodes before it writes.

    :ivar outdated: by the address of a node, the files that the run deletes there at its end
    :ivar problems: the copies that are left alone, and those that a node has dropped, as sentences
    """

    outdated: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def follow_other_runs(
    connection: Connection,
    directory: Path,
    host: str,
    trust: RecordTrust,
    seen: Mapping[str, Mapping[str, int | None]] | None = None,
) -> OtherRuns:
    """Write the records that only the nodes have into our directory, so that the record of the next run follows them.

    Use it under the lock. It sends one request to each node whose files were not listed under the lock, and one for each copy that is read.

    :param seen: by the address of a node, the sizes of its files as listed under the lock
    :raises InvalidInput: where a record of this control node cannot be read
    """
    fetcher = _Fetcher(connection, directory, host, trust, seen or {})
    fetcher.fetch()
    keep_records(fetcher.fetched.values(), directory, host)
    ordered = [record.path.stem for record in in_chain_order((*fetcher.own.values(), *fetcher.fetched.values()))]
    outdated = {node: outdated_copies(present, ordered) for node, present in fetcher.present.items()}
    dropped = (_dropped(fetcher, node) for node in fetcher.present)
    return OtherRuns(outdated, (*fetcher.problems, *filter(None, dropped)))


def _dropped(fetcher: _Fetcher, node: str) -> str:
    """Return that a node does not have the copy of our last run any more, as a sentence; "" where it does. Nobody reads a copy back when it is written."""
    written = [record for record in in_chain_order(fetcher.own.values()) if node in record.copies]
    if not written or written[-1].path.stem in fetcher.present[node]:
        return ""
    return advice(
        f"{fetcher.host}: node {node} does not have the copy of the record {written[-1].path.stem} any more, which was written there: other control "
        "nodes do not see that run. audit.yml compares all copies; if nobody deleted it, examine the appliance",
        Command("audit"),
    )


def outdated_copies(present: Mapping[str, Collection[CopyState]], ordered: Iterable[str]) -> list[str]:
    """Return the files on a node that a run deletes, so that the newest :data:`KEPT` runs have a copy there, its own included.

    Only copies of runs whose records we have are counted and deleted: others may be of somebody else, and forged ones have any name.

    :param present: the states of the copies on the node, by stem
    :param ordered: the stems of our records, in the order of the chain
    """
    known = [stem for stem in ordered if stem in present]
    return [file_name(stem, state) for stem in known[: -(KEPT - 1)] for state in sorted(present[stem])]


class _Fetcher:
    """Reads the copies on the nodes of one appliance.

    :ivar seen: by the address of a node, the sizes of its files where they were listed under the lock
    :ivar own: the records of this control node, by name
    :ivar fetched: the trusted records that were read, by name
    :ivar present: by the address of a node, the states of its copies by stem
    """

    def __init__(
        self,
        connection: Connection,
        directory: Path,
        host: str,
        trust: RecordTrust,
        seen: Mapping[str, Mapping[str, int | None]],
        own: Iterable[ChangeRecord] | None = None,
    ) -> None:
        self.connection = connection
        self.seen = seen
        self.folder = folder_of(directory, host)
        self.host = host
        self.trust = trust
        known = all_records(directory, host, trust) if own is None else own
        self.own = {record.name: record for record in known}
        self.fetched: dict[str, ChangeRecord] = {}
        self.present: dict[str, dict[str, set[CopyState]]] = {}
        self.problems: list[str] = []

    def fetch(self) -> None:
        """Read the copies on all nodes."""
        with self.connection.inside(DEFAULT):  # where the files are
            for member in self.connection.members:
                self._fetch_from(member.session)
        _note(self.present.items(), self.connection)

    def _fetch_from(self, session: Session) -> None:
        try:
            listed = self.seen.get(str(session.node))
            sizes = file_sizes(session) if listed is None else listed
            present = self.present[str(session.node)] = stems(sizes)
        except TourniquetError as error:
            self.problems.append(f"the copies of records cannot be read: {error}")
            return
        unknown = [stem for stem in present if self._is_newer(stem, max(present[stem]))]
        if len(unknown) > MOST_READ:
            self.problems.append(
                f"{session.where}: {len(unknown)} files in {DIRECTORY} on node {session.node.host} have names of copies of records that "
                f"are not known here, and only {MOST_READ} of them were read. Delete those that no run of yours has written."
            )
        for stem in self._most_likely_first(unknown)[:MOST_READ]:
            for state in sorted(present[stem], reverse=True):  # a copy of the end that is not valid hides no other one
                if self._is_newer(stem, state):
                    self._read(session, stem, state, sizes[file_name(stem, state)] or 0)

    def _most_likely_first(self, stems_: Iterable[str]) -> list[str]:
        """Return first the runs that a record of ours follows or undoes, and then the others, in an order that no time decides."""
        named = {name for record in self.own.values() for name in (*followed_by(record.content.values), *record.undoes)}
        return sorted(stems_, key=lambda stem: (f"{stem}.json" not in named, sha256(stem.encode()).digest()))

    def _is_newer(self, stem: str, state: CopyState) -> bool:
        name = f"{stem}.json"
        return has_more(self.fetched.get(name) or self.own.get(name), state)

    def _read(self, session: Session, stem: str, state: CopyState, size: int) -> None:
        name = f"{stem}.json"
        if size > LARGEST:  # some hundred of them would take the time of the whole task
            self.problems.append(
                f"{_copy_text(session, stem, state)} is left alone: it has {size:,} bytes, and no run writes more than {LARGEST:,}"
            )
            return
        try:
            copy = read_copy(session, stem, (state,))[0]
        except TourniquetError as error:
            self.problems.append(f"{_copy_text(session, stem, state)} is left alone: {error}")
            return
        if copy is None:
            return
        if copy.content is None:
            self.problems.append(
                f"{_copy_text(session, stem, state)} has only the digest, because the record was too large"
            )
            return
        provenance = copy_provenance(copy, copy.content, self.connection, self.trust)
        if not provenance.is_trusted:
            text = _left_alone(session, stem, state, provenance)
            self.problems.append(text)
            self.connection.copies_left_alone.append(text)
            return
        content = adopted(copy, copy.content, provenance, state, (self.host, str(session.node)))
        self.fetched[name] = ChangeRecord(self.folder / name, content, provenance, self.trust)


def has_more(known: ChangeRecord | None, state: CopyState) -> bool:
    """True if a copy in this state is newer than the known record; records of our own runs are never replaced."""
    if known is None:
        return True
    return known.origin is not None and known.outcome is Outcome.OPEN and state is CopyState.ENDED


def copy_provenance(copy: Copy, content: RecordContent, connection: Connection, trust: RecordTrust) -> Provenance:
    """Return who signed a copy, or who accepts it by name. A copy of the record of another appliance is not valid here."""
    provenance = provenance_of(content, copy.name, trust)
    nodes = {str(node.address) for node in connection.nodes} | {str(node) for node in connection.appliance.nodes}
    if provenance.is_trusted and content.host != connection.appliance.name and nodes.isdisjoint(content.nodes):
        elsewhere = f"it is of the appliance {content.host} ({', '.join(content.nodes) or 'without nodes'})"
        provenance = Provenance(ProvenanceKind.INVALID, problem=elsewhere)
    # What a person says of all records on this control node does not count for a copy.
    by_name = replace(trust, resigned_by="")
    return accepted_provenance(provenance, copy.name.removesuffix(".json"), by_name) or provenance


def _copy_text(session: Session, stem: str, state: CopyState) -> str:
    """Return host, path and node of a copy, as the beginning of a sentence."""
    return f"{session.where}: the copy of a record {DIRECTORY}/{file_name(stem, state)} on node {session.node.host}"


def _left_alone(session: Session, stem: str, state: CopyState, provenance: Provenance) -> str:
    """Return a sentence on a copy that is not used."""
    signer = "If it is of a control node of yours, run playbooks/signer.yml there. The line that it shows belongs into that list. "
    return advice(
        f"{_copy_text(session, stem, state)} is left alone: {printable(provenance.problem)}. "
        f"{signer if provenance.kind is ProvenanceKind.UNKNOWN_SIGNER else ''}If you know that run, accept it by name: "
        f"-e accept_record={stem}. If nobody knows it, somebody else wrote that file: examine the appliance.",
        accepting(stem),
    )


def adopted(
    copy: Copy, content: RecordContent, provenance: Provenance, state: CopyState, place: tuple[str, str]
) -> RecordContent:
    """Return the record in a trusted copy as it is kept here: what was signed, and where it came from.

    :param place: the appliance and its node
    """
    host, node = place
    origin = {"node": node, "state": state.value, "sha256": copy.sha256, "host": content.host, "appliance": host}
    content = content.with_values(origin=origin)
    # Of one that was accepted by name, our own signature says who accepted it.
    return content.unsigned() if provenance.kind is ProvenanceKind.ACCEPTED and not provenance.signer else content


def with_fetched(own: Iterable[ChangeRecord], fetched: Iterable[ChangeRecord]) -> list[ChangeRecord]:
    """Return the records of this control node and those that only the nodes have, in the order of the chain; a copy of the end replaces an open record."""
    found = {record.name: record for record in fetched}
    return in_chain_order(
        [*found.values(), *(one for one in own if not (one.name in found and one.outcome is Outcome.OPEN))]
    )


def keep_records(records: Iterable[ChangeRecord], directory: Path, host: str) -> None:
    """Write fetched records into our directory."""
    for record in records:
        make_folder(directory, host)
        record.write()
