# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parameters of a run that say which change records it trusts, and which key signs its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..foundation.state_directory import state_directory

KEY_FILE = "record_key"


def key_file(named: str | None = None) -> Path:
    """Return the file of the key of this user on this control node: the named one, or the default."""
    return Path(named).expanduser() if named else state_directory() / KEY_FILE


@dataclass(frozen=True)
class RecordTrust:
    """Which records a control node trusts, and the key that it signs its own with.

    :ivar key: the file of our private key
    :ivar allowed_signers: the file with the public keys of the control nodes that we know; None for none but our own
    :ivar accepted: the stems of records that a person accepts by name, although they have no signature that counts
    :ivar accepted_by: that person; "" for the user of this control node
    :ivar resigned_by: the person who accepts all records on this control node that no known control node has signed; "" for nobody
    """

    key: Path = field(default_factory=key_file)
    allowed_signers: Path | None = None
    accepted: frozenset[str] = frozenset()
    accepted_by: str = ""
    resigned_by: str = ""
