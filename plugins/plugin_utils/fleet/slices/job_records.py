# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""On an execution node: the change records and the notes of probes that a job brings home in its archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...catalogue.record_trust import KEY_FILE, RecordTrust
from ...foundation.private_files import write_privately
from ...foundation.state_directory import state_directory
from .sent_probe_notes import probes_to_send
from .sent_records import Stamps, records_of_job, stamps_of

VARIABLE = "tourniquet_sent_home"
FOLDER = "records"


@dataclass(frozen=True)
class JobRecords:
    """The records of the appliances of one job.

    :ivar directory: of the records of this node
    :ivar stamps: of the records as the job found them
    :ivar known: by appliance, the names of its newest records at the controller
    :ivar probes: by appliance, the time from which on its probes are sent
    :ivar into: the files that the archive gets
    """

    directory: Path
    trust: RecordTrust
    stamps: Stamps
    known: Mapping[str, Sequence[str]]
    probes: Mapping[str, str]
    into: tuple[Path, Path]

    @classmethod
    def before(cls, asked: Mapping[str, Any]) -> JobRecords:
        """Return the records before a job.

        :param asked: the variable :data:`VARIABLE` of the controller
        """
        state, known = state_directory(), asked["known"]
        directory = state / FOLDER
        into = (Path(asked["records_into"]), Path(asked["probes_into"]))
        return cls(
            directory, RecordTrust(key=state / KEY_FILE), stamps_of(directory, known), known, asked["probes"], into
        )

    def write(self) -> None:
        """Write what came since.

        :raises InvalidInput: where a record or a note cannot be read
        :raises OSError: where a file cannot be written
        """
        records, probes = self.into
        write_privately(records, records_of_job(self.directory, self.stamps, self.known, self.trust))
        write_privately(probes, probes_to_send(self.directory, self.probes))
