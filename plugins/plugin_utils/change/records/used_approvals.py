# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Was an approval used already on an appliance? Shown by the records of this control node, and by the copies on the nodes.

A record names the text that was approved by its SHA-256. Nobody can write that number who does not have the text, so a copy that has it shows the
use, whoever has signed it, and also where the record beside the inventory was deleted or replaced. So it is looked for in the bytes of each copy.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.file_limits import DIRECTORY, LARGEST
from ...appliance.nitro.node_files import file_sizes, read_file
from ...appliance.nitro.session import Session
from ...catalogue.run_parameters import RunParameters
from ...foundation.errors import NitroError, Refused
from .change_record import ChangeRecord
from .record_content import approved_request_of
from .record_copies import file_name, stems
from .record_list import all_records

MOST_COPIES = 200
"""The largest number of copies on one node that are read. A control node keeps the newest 20 of its runs there."""
USED = "the approvals were used already, by the run of {}; an approval is for one run"
FIX = "Plan again, and have that plan approved. In an emergency: -e break_glass=true -e who=... -e reason=... Nothing was changed."


def use_in(records: Iterable[ChangeRecord], request: str) -> str:
    """Return which of the records shows that an approval was used, as a sentence without its end; "" where none does."""
    used = next((record for record in records if record.approved_request == request), None)
    return "" if used is None else USED.format(f"the record {used.name}")


def require_unused(connection: Connection, parameters: RunParameters) -> None:
    """Check that no other run has used the approvals of this one on the appliance.

    Use it under the lock. Where the run has no approvals nothing is sent; otherwise one request to each node, and one for each copy on it.
    A run that has begun a record with them, in another admin partition or for another measure, was checked before that.

    :raises Refused: where another run has used them, or a node does not show it
    """
    request, host = approved_request_of({"approval": parameters.approval}), parameters.appliance.name
    if not request:
        return
    records = all_records(parameters.records, host, parameters.trust)
    used = use_in((record for record in records if record.run != parameters.run), request)
    if used:
        raise Refused(f"{host}: {used}. {FIX}")
    if use_in(records, request):
        return
    for member in connection.members:
        session = connection.in_default(member.session)  # where the files are
        try:
            found = _copy_with(session, request)
        except NitroError as error:
            raise Refused(f"{host}: it cannot be seen whether the approvals were used ({error}). {FIX}") from error
        if found:
            raise Refused(
                f"{host}: {USED.format(f'the record {found} (its copy is on node {session.node.host})')}. {FIX}"
            )


def _copy_with(session: Session, request: str) -> str:
    """Return the name of a record whose copy on a node has the SHA-256 of an approved text; "" where none has it.

    :raises Refused: where there are more copies than are read
    """
    sizes = file_sizes(session)
    copies = [(stem, file_name(stem, state)) for stem, states in stems(sizes).items() for state in sorted(states)]
    if len(copies) > MOST_COPIES:
        raise Refused(
            f"{session.where}: {len(copies)} files in {DIRECTORY} have names of copies of records, and only {MOST_COPIES} are read, so it cannot be "
            f"seen whether the approvals were used. Delete those that no run of yours has written. {FIX}"
        )
    for stem, name in copies:
        if (sizes[name] or 0) <= LARGEST and request.encode() in (read_file(session, name) or b""):
            return f"{stem}.json"
    return ""
