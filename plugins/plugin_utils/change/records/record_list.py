# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The change records of one appliance, read from the control node, in the order of their chain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from ...catalogue.record_trust import RecordTrust
from ...foundation.errors import InvalidInput
from .change_record import ChangeRecord
from .hash_chain import chain_order, followed_by, time_order
from .records_folder import existing_folder
from .signing import OwnKey


def all_records(directory: Path, host: str, trust: RecordTrust | None = None) -> list[ChangeRecord]:
    """Return the records of all measures on an appliance, in the order of the chain.

    A record that is not trusted (see :attr:`.ChangeRecord.provenance`) is among them: it shows what may have been done.

    :param trust: whose signatures count; None for those of this control node
    :raises InvalidInput: where a record cannot be read, or somebody else could have written it
    """
    own = OwnKey(trust or RecordTrust())
    return _of_host((ChangeRecord.read(path, trust, own) for path in _paths(directory, host)), host)


def readable_records(
    directory: Path, host: str, trust: RecordTrust | None = None
) -> tuple[list[ChangeRecord], list[str]]:
    """Return those of these records that can be read, and why each other one cannot: for what a person reads, and for no decision."""
    own = OwnKey(trust or RecordTrust())
    found: list[ChangeRecord] = []
    problems: list[str] = []
    try:
        paths = _paths(directory, host)
    except InvalidInput as error:
        return [], [str(error)]
    for path in paths:
        try:
            found.append(ChangeRecord.read(path, trust, own))
        except InvalidInput as error:
            problems.append(str(error))
    return _of_host(found, host), problems


def _paths(directory: Path, host: str) -> list[Path]:
    folder = existing_folder(directory, host)
    return sorted(folder.glob("*.json"), key=str) if folder else []


def _of_host(records: Iterable[ChangeRecord], host: str) -> list[ChangeRecord]:
    """Return the records of a host: those whose names differ only in characters that a file name cannot hold share a directory."""
    return in_chain_order(record for record in records if record.host == host)


def in_chain_order(records: Iterable[ChangeRecord]) -> list[ChangeRecord]:
    """Return records in the order of the chain."""
    by_name = {record.name: record for record in records}
    return [by_name[name] for name in chain_order({name: one.content.values for name, one in by_name.items()})]


def told_order(records: Sequence[ChangeRecord]) -> Sequence[ChangeRecord]:
    """Return records in the order of the chain, those between which it does not decide by their times: for what is told of times, and for no decision.

    :param records: in the order of :func:`in_chain_order`, in which siblings come by a digest, so that a clock would seem to have jumped
    """
    contents = [(before.name, one.content.values) for before, one in pairwise(records)]
    if all("previous" not in values or name in followed_by(values) for name, values in contents):
        return records
    by_name = {record.name: record for record in records}
    return [by_name[name] for name in time_order({name: one.content.values for name, one in by_name.items()})]
