# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The change records of execution nodes, merged into the directory of the controller by their chain.

A node sends each record as it signed it. It is kept like a copy that was fetched from an appliance: where its signature is that of a control node
that we know, it is of an appliance of this slice, and it does not replace a record of our own.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...catalogue.record_trust import RecordTrust
from ...change.records.change_record import ChangeRecord
from ...change.records.fetched_records import has_more, keep_records
from ...change.records.hash_chain import digest
from ...change.records.provenance import Provenance
from ...change.records.record_content import RecordContent
from ...change.records.record_copies import is_stem
from ...change.records.record_json import parse_json
from ...change.records.record_list import all_records
from ...change.records.record_states import CopyState, Outcome
from ...change.records.records_folder import existing_folder, folder_of
from ...change.records.signing import NOT_LISTED, provenance_of
from ...foundation.counted import counted
from ...foundation.errors import InvalidInput
from ...foundation.file_stamp import Stamp, stamp
from ...foundation.foreign_text import printable
from .bounded_json import MOST_OF_A_JOB, require_few_values

MOST_OF_A_HOST = 1000
"""Records of one appliance that a node may send at once."""
MOST_BYTES = 16 * 1024 * 1024
"""Of the records that a node sends with one job, as text; what has no room comes with a job of its own."""
NEWEST = 20
"""Names of records of an appliance that a node is told of: what is newer than the oldest of them and not among them is missing here."""
LEFT = ""
"""The key beside the names of appliances, of which none is empty: how many records had no room."""
MOST_PROBLEMS = 5
"""Sentences about what one job brought and was left alone: the node chooses how many there are."""
MOST_LEFT = 1_000_000
"""Records without room, as a page says it."""
Known = Mapping[str, Mapping[str, str]]
Stamps = Mapping[Path, Stamp]


@dataclass(frozen=True)
class Kept:
    """What became of the records that a node sent.

    :ivar number: how many were written
    :ivar problems: those that were left alone, as sentences
    :ivar left: how many had no room in the job
    """

    number: int
    problems: tuple[str, ...]
    left: int = 0


def known_records(directory: Path, hosts: Collection[str], trust: RecordTrust) -> dict[str, dict[str, str]]:
    """Return by appliance the names of the records that are here, each with its digest.

    :raises InvalidInput: where a record cannot be read
    """
    return {
        host: {record.name: digest(record.content.values) for record in all_records(directory, host, trust)}
        for host in hosts
    }


def newest_names(directory: Path, hosts: Iterable[str]) -> dict[str, list[str]]:
    """Return by appliance the names of its newest records that are here, oldest first. No record is read."""
    return {host: sorted(path.name for path in _paths(directory, host))[-NEWEST:] for host in hosts}


def stamps_of(directory: Path, hosts: Iterable[str]) -> dict[Path, Stamp]:
    """Return the state of each file of a record of these appliances, by which one is known that was written since."""
    return {path: stamp(path) for host in hosts for path in _paths(directory, host)}


def records_of_job(directory: Path, before: Stamps, known: Mapping[str, Sequence[str]], trust: RecordTrust) -> str:
    """Return what a job brings home, as JSON: the records that were written since its beginning, and those that the controller misses.

    :param before: of :func:`stamps_of`, at the beginning of the job
    :param known: by appliance of the job, :func:`newest_names` of the controller
    :raises InvalidInput: where a record cannot be read
    """
    chosen = {
        host: [path for path in _paths(directory, host) if before.get(path) != stamp(path) or _is_missing(path, names)]
        for host, names in known.items()
    }
    # What was written in this job first, the newest of the others then.
    ways = [(before.get(path) == stamp(path), path.name, host, path) for host, own in chosen.items() for path in own]
    written = [one for one in ways if not one[0]]
    others = sorted((one for one in ways if one[0]), key=lambda one: one[1], reverse=True)
    records = ((host, ChangeRecord.read(path, trust)) for _old, _name, host, path in (*written, *others))
    return _packed((host, record) for host, record in records if record.host == host)


def _is_missing(path: Path, names: Sequence[str]) -> bool:
    return path.name not in names and (len(names) < NEWEST or path.name > names[0])


def _paths(directory: Path, host: str) -> list[Path]:
    folder = existing_folder(directory, host)
    return sorted(folder.glob("*.json")) if folder else []


def records_to_send(directory: Path, known: Known, trust: RecordTrust) -> str:
    """Return the records of these appliances that the controller does not have, or has in another state, as JSON.

    :raises InvalidInput: where a record cannot be read
    """
    return _packed(
        (host, record)
        for host, names in known.items()
        for record in reversed(all_records(directory, host, trust))
        if names.get(record.name) != digest(record.content.values)
    )


def _packed(records: Iterable[tuple[str, ChangeRecord]]) -> str:
    """Return as many records as there is room for, by appliance, and how many are left."""
    sent: dict[str, Any] = {}
    room, left = MOST_BYTES, 0
    for host, record in records:
        values = record.content.without_notes().to_json()
        room -= len(json.dumps(values))
        if room < 0:
            left += 1
        else:
            sent.setdefault(host, {})[record.name] = values
    return json.dumps({**sent, LEFT: left} if left else sent)


def keep_sent_records(content: bytes, node: str, hosts: Sequence[str], directory: Path, trust: RecordTrust) -> Kept:
    """Write the records that a node sent into our directory.

    :param content: of the file that the node sent
    :param node: its name
    :param hosts: the appliances whose records it may send
    :raises InvalidInput: where a record of ours, our key or the list of allowed signers cannot be read
    :raises OSError: where a record cannot be written
    """
    try:
        require_few_values(content, MOST_OF_A_JOB)
        sent = parse_json(content.decode("utf-8"))
    except ValueError as error:
        return Kept(0, (f"{node}: its change records cannot be read ({printable(str(error))[:200]})",))
    if not isinstance(sent, dict):
        return Kept(0, (f"{node}: its change records cannot be read",))
    problems: list[str] = []
    left = sent.pop(LEFT, 0)
    foreign = len(sent.keys() - set(hosts))
    if foreign:
        problems.append(
            f"{node}: it sent change records of {counted(foreign, 'appliance')} not its own; they were left alone"
        )
    number = 0
    for host in hosts:
        own = sent.get(host)
        if isinstance(own, dict) and own:
            number += _keep(own, node, host, directory, trust, problems)
    return Kept(number, _first(problems, node), min(left, MOST_LEFT) if isinstance(left, int) and left > 0 else 0)


def _first(problems: Iterable[str], node: str) -> tuple[str, ...]:
    """Return some of the sentences, each once, and how many more there are."""
    every = tuple(dict.fromkeys(problems))
    more = len(every) - MOST_PROBLEMS
    if more <= 1:
        return every
    rest = f"{node}: {more:,} more change records were left alone, each for a reason like these"
    return (*every[:MOST_PROBLEMS], rest)


def _keep(
    sent: Mapping[str, Any], node: str, host: str, directory: Path, trust: RecordTrust, problems: list[str]
) -> int:
    found = list(_trusted(sent, node, host, folder_of(directory, host), trust, problems))
    here = {one.name: ChangeRecord.read(one.path, trust) for one in found if one.path.exists()}
    newer = [one for one in found if has_more(here.get(one.name), _state(one.outcome))]
    keep_records(newer, directory, host)
    return len(newer)


def _trusted(
    sent: Mapping[str, Any], node: str, host: str, folder: Path, trust: RecordTrust, problems: list[str]
) -> Iterator[ChangeRecord]:
    if len(sent) > MOST_OF_A_HOST:
        problems.append(
            f"{node}: it sent {len(sent)} change records of {host}, and the first {MOST_OF_A_HOST} were read"
        )
    for name in sorted(map(str, sent))[:MOST_OF_A_HOST]:
        where = f"{node}: the change record {printable(name)[:120]} of {host}"
        try:
            content = _checked(sent[name], name, host, where)
            provenance = provenance_of(content, name, trust)
        except InvalidInput as error:
            problems.append(printable(str(error)))
            continue
        if provenance.is_trusted:
            yield ChangeRecord(folder / name, _adopted(content, node, host), provenance, trust)
        else:  # the same of each
            problems.append(
                f"{node}: change records were left alone: {printable(provenance.problem)}{_way_out(provenance, node)}"
            )


def _way_out(provenance: Provenance, node: str) -> str:
    """Return what to do where the key of a node is not listed, as the end of a sentence; a line that no longer counts is the decision of a person."""
    if NOT_LISTED not in provenance.problem:
        return ""
    return f". If {node} is yours, run signer.yml there as the user of its jobs, and put the line that it shows into that list"


def _checked(value: Any, name: str, host: str, where: str) -> RecordContent:
    """Return the content of a record of an appliance.

    :raises InvalidInput: where it is none
    """
    if not name.endswith(".json") or not is_stem(name.removesuffix(".json")):
        raise InvalidInput(f"{where} has a name that no record has")
    content = RecordContent.from_json(value, where=where, fix="It was left alone.").without_notes()
    if content.host != host:
        raise InvalidInput(f"{where} was left alone: it is of the appliance {printable(content.host)[:120]}")
    return content


def _state(outcome: Outcome) -> CopyState:
    """Return the state that a copy of the record on an appliance has."""
    return CopyState.BEGUN if outcome is Outcome.OPEN else CopyState.ENDED


def _adopted(content: RecordContent, node: str, host: str) -> RecordContent:
    """Return a record as it is kept here: what was signed, and the execution node that it came from."""
    origin = {
        "node": node,
        "state": _state(content.outcome).value,
        "sha256": digest(content.values),
        "host": content.host,
        "appliance": host,
    }
    return content.with_values(origin=origin)
