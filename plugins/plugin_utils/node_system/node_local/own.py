# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines of start-up files that runs of ours have written, by the change records: for those who look for traces. Reads files only."""

from __future__ import annotations

from pathlib import Path

from ...catalogue.record_trust import RecordTrust
from ...change.records.record_list import all_records
from ...change.records.record_states import RecordKind
from ...traces.findings.own_runs import OwnLine
from .history import FILE, MAY_BE_DONE, states_of
from .knobs import SYSTEM_ACCESS
from .settings import Wanted
from .start_up_file import PATH


def own_lines(records: Path, appliance: str, trust: RecordTrust) -> tuple[OwnLine, ...]:
    """Return the lines; none where no run has written one.

    :raises InvalidInput: where a record cannot be read
    """
    for record in all_records(records, appliance, trust):
        if record.kind is not RecordKind.NODE_LOCAL or not record.provenance.is_trusted:
            continue
        states = states_of(record, (FILE,)).values()
        planned = record.content.values["node_local"]
        is_of_the_file = not any(
            "script" in entry for entry in planned["nodes"]
        )  # on_box.yml has records of this kind too
        if (
            is_of_the_file
            and planned["wanted"] == Wanted.PRESENT
            and any(state.get(FILE) in MAY_BE_DONE for state in states)
        ):
            return (OwnLine(PATH, SYSTEM_ACCESS.line),)
    return ()
