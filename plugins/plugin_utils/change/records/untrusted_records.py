# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The records on this control node that have no signature that counts: what a person can do, and how a person accepts them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ...catalogue.record_trust import RecordTrust
from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable
from ...foundation.next_action import ACCEPTED_BY, AGAIN, Command, advice
from .change_record import ChangeRecord
from .control_node_lock import ControlNodeLock
from .provenance import ProvenanceKind
from .record_list import all_records
from .records_folder import not_writable

SIGN = replace(AGAIN, unsaid=(("resign", "true"),), asks=ACCEPTED_BY)
RESIGN = """-e resign=true -e "accepted_by='<first and last name>'\""""


def fix_of(record: ChangeRecord) -> str:
    """Return what a person can do about a record on this control node that is not trusted, as a sentence."""
    if record.provenance.kind is ProvenanceKind.INVALID:
        return advice(
            "Restore it from a backup, or accept it by name if you know what changed it: "
            f"""-e accept_record={record.path.stem} -e "accepted_by='<first and last name>'\".""",
            accepting(record.path.stem),
        )
    if record.provenance.kind is ProvenanceKind.UNKNOWN_SIGNER:
        return advice(
            "If it is the key of a control node of yours, put its line into that list (playbooks/signer.yml shows it there). If that key is "
            f"lost, sign the record: run the same command with {RESIGN}.",
            SIGN,
        )
    text = f"If it is of a run of yours, from before records were signed, sign it: run the same command with {RESIGN}."
    return advice(text, SIGN)


def accepting(stem: str) -> Command:
    """Return the command of the run once more, which accepts a record by name."""
    return replace(AGAIN, unsaid=(("accept_record", stem),), asks=ACCEPTED_BY)


def sign_accepted(directory: Path, host: str, trust: RecordTrust) -> list[str]:
    """Sign the records that a person accepts, with the name of that person; see :attr:`.RecordTrust.resigned_by`.

    :returns: the names of the records that were signed
    :raises InvalidInput: where they cannot be read or written
    :raises Refused: where another run of this control node works on the appliance
    """
    if not trust.resigned_by and not trust.accepted:
        return []
    if all(record.content.is_signed for record in all_records(directory, host, trust) if record.provenance.is_trusted):
        return []
    with ControlNodeLock(directory, host):
        # Read again: a run may have ended in the meantime.
        records = [one for one in all_records(directory, host, trust) if one.provenance.is_trusted]
        accepted = [record for record in records if not record.content.is_signed]
        for record in accepted:
            try:
                record.write()
            except OSError as error:
                raise not_writable(host, record.path.parent, error) from error
    return [record.name for record in accepted]


def require_person(resign: bool, accepted_by: str) -> None:
    """Check that records are signed again, or accepted, in somebody's name.

    :raises InvalidInput: where no person is named
    """
    if accepted_by.startswith("<"):  # as it stands in the messages
        raise InvalidInput(
            f"accepted_by is {printable(accepted_by)}: write the name of the person there. Nothing was sent."
        )
    if resign and not accepted_by.strip():
        raise InvalidInput(
            f"resign signs records that nobody has signed, so it needs the person who answers for them: {RESIGN}. Nothing was sent."
        )
