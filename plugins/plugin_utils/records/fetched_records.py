# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The records of other control nodes, read from their copies on the nodes of an appliance."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.node_files import DIRECTORY, list_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import DEFAULT, Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.folder import make_folder, safe_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.provenance import Provenance, ProvenanceKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_copies import (
    Copy,
    file_name,
    read_copy,
    stems,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_states import (
    CopyState,
    Outcome,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.signing import provenance_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.signing_key import default_principal


def fetch_records(
    connection: Connection, directory: Path, host: str, trust: RecordTrust | None = None
) -> tuple[list[ChangeRecord], list[str]]:
    """Return the records that only the nodes have, or whose copies are newer. Nothing is written on the control node.

    This sends one request to each node, and one for each record that is fetched.

    :param trust: whose signatures count; None for those of this control node
    :returns: the records that are trusted, and the copies that are left alone, as sentences
    """
    with connection.inside(DEFAULT):
        return _fetch(connection, directory, host, trust or RecordTrust())


def _fetch(
    connection: Connection, directory: Path, host: str, trust: RecordTrust
) -> tuple[list[ChangeRecord], list[str]]:
    own = {record.path.name: record for record in all_records(directory, host, trust)}
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
                provenance = copy_provenance(copy, copy.content, connection, trust)
                if provenance.is_trusted:
                    content = _adopt(copy, copy.content, state, host, session)
                    if provenance.kind is ProvenanceKind.ACCEPTED and not provenance.signer:
                        content = content.unsigned()  # our own signature says who accepted it
                    fetched[name] = ChangeRecord(directory / safe_name(host) / name, content, provenance, trust)
                else:
                    problems.append(_left_alone(session, stem, state, provenance))
            elif copy is not None:
                problems.append(
                    f"{session.where}: the copy of {name} has only the digest, because the record was too large"
                )
    return list(fetched.values()), problems


def _has_more(known: ChangeRecord | None, state: CopyState) -> bool:
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
    if not provenance.is_trusted and copy.name.removesuffix(".json") in trust.accepted:
        return Provenance(ProvenanceKind.ACCEPTED, accepted_by=trust.accepted_by or default_principal())
    return provenance


def _left_alone(session: Session, stem: str, state: CopyState, provenance: Provenance) -> str:
    """Return a sentence on a copy that is not used."""
    path = f"{DIRECTORY}/{file_name(stem, state)}"
    return (
        f"{session.where}: the copy of a record {path} on node {session.node.host} is left alone: {printable(provenance.problem)}. If you "
        f"know that run, accept it by name: -e accept_record={stem}"
    )


def _adopt(copy: Copy, content: RecordContent, state: CopyState, host: str, session: Session) -> RecordContent:
    """Return the record in a copy as it is kept here: what was signed, and where it came from."""
    origin = {
        "node": str(session.node),
        "state": state.value,
        "sha256": copy.sha256,
        "host": content.host,
        "appliance": host,
    }
    return content.with_values(origin=origin)


def keep_records(records: Iterable[ChangeRecord], directory: Path, host: str) -> None:
    """Write fetched records into our directory."""
    for record in records:
        make_folder(directory, host)
        record.write()
