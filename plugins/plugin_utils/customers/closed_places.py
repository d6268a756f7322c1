# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""On which appliances something of a customer was closed: one file for each, beside the entries of the register of consent.

A file says only where to look, since a task knows the inventory of one appliance: whether it is closed say the signed change records.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..catalogue.record_trust import RecordTrust
from ..change.records.closed_time import closed_times
from ..change.records.record_list import all_records
from ..change.records.records_folder import unique_name
from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable
from ..foundation.private_files import has_private_directory, read_privately, write_privately

DIRECTORY = "closed_at"

ClosedPlace = tuple[str, str, str, str]
"""Step, admin partition, NITRO type and name of a virtual server."""


@dataclass(frozen=True)
class ClosedPlaces:
    """The files in a directory of the register of consent."""

    directory: Path

    def note(self, customer: str, host: str, closed: Collection[ClosedPlace]) -> None:
        """Write down what of a customer is closed on an appliance; where nothing is, the file is deleted.

        :raises InvalidInput: where others may write to the directory
        :raises OSError: where it cannot be written
        """
        path = self._of(customer) / f"{unique_name(host)}.json"
        text = json.dumps({"host": host, "closed": sorted(map(list, closed))}) + "\n"
        if not closed:
            path.unlink(missing_ok=True)
        elif not path.exists() or read_privately(path) != text:
            write_privately(path, text)

    def note_rows(self, host: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Write down what of each customer is closed on an appliance, and return why that failed, in words.

        :param rows: of all times for which something of the appliance was closed, each with its customer
        """
        problems = []
        for name in dict.fromkeys(str(row["customer"]) for row in rows):
            own = {
                (str(row["step"]), str(row["partition"]), str(row["type"]), str(row["vserver"]))
                for row in rows
                if row["customer"] == name and not row["until"]
            }
            try:
                self.note(name, host, own)
            except (InvalidInput, OSError) as error:
                problems.append(f"what of {name} is closed on {host} cannot be written down: {error}")
        return problems

    def are_elsewhere(self, customer: str, here: Collection[str], records: Path, trust: RecordTrust) -> bool:
        """Return True if something of a customer is closed on another appliance, or if its records do not show that it was opened.

        :param here: the appliances of which is known that nothing of the customer is closed
        :raises InvalidInput: where a file or a record cannot be used
        :raises OSError: where one cannot be read
        """
        for host, closed in self.of(customer).items():
            if host in here:
                continue
            trusted = [one for one in all_records(records, host, trust) if one.provenance.is_trusted]
            times = [
                one
                for one in closed_times(trusted)
                if (str(one.step), one.partition, one.object_id[0], printable(one.object_id[1][0])) in closed
            ]
            if not times or any(not one.until for one in times):
                return True
        return False

    def of(self, customer: str) -> dict[str, frozenset[ClosedPlace]]:
        """Return by appliance what of a customer was closed there.

        :raises InvalidInput: where others may write to a file, or it is none of ours
        :raises OSError: where one cannot be read
        """
        directory = self._of(customer)
        if not has_private_directory(directory):
            return {}
        found = []
        for path in sorted(directory.glob("*.json")):
            with contextlib.suppress(FileNotFoundError):  # the run on that appliance has just opened all of it
                found.append(_read(path))
        return dict(found)

    def _of(self, customer: str) -> Path:
        return self.directory / unique_name(customer) / DIRECTORY


def _read(path: Path) -> tuple[str, frozenset[ClosedPlace]]:
    """:raises InvalidInput: where it is none of ours"""
    try:
        value: Any = json.loads(read_privately(path))
        places = [
            (str(step), str(partition), str(type_), str(name)) for step, partition, type_, name in value["closed"]
        ]
        return str(value["host"]), frozenset(places)
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"{path} does not say what is closed: delete it, and look whether the customer is open"
        ) from error
