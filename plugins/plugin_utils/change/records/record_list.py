# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The change records of one appliance, read from the control node, in the order of their chain."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...catalogue.record_trust import RecordTrust
from .change_record import ChangeRecord
from .hash_chain import chain_order
from .records_folder import existing_folder
from .signing import OwnKey


def all_records(directory: Path, host: str, trust: RecordTrust | None = None) -> list[ChangeRecord]:
    """Return the records of all measures on an appliance, in the order of the chain.

    A record that is not trusted (see :attr:`.ChangeRecord.provenance`) is among them: it shows what may have been done.

    :param trust: whose signatures count; None for those of this control node
    :raises InvalidInput: where a record cannot be read, or somebody else could have written it
    """
    folder = existing_folder(directory, host)
    paths = sorted(folder.glob("*.json"), key=str) if folder else []
    own = OwnKey(trust or RecordTrust())
    records = [ChangeRecord.read(path, trust, own) for path in paths]
    # Hosts whose names differ only in characters that a file name cannot hold share a directory.
    return in_chain_order(record for record in records if record.host == host)


def in_chain_order(records: Iterable[ChangeRecord]) -> list[ChangeRecord]:
    """Return records in the order of the chain."""
    by_name = {record.name: record for record in records}
    return [by_name[name] for name in chain_order({name: one.content.values for name, one in by_name.items()})]
