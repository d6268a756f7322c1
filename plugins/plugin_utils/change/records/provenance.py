# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The provenance of a change record: who signed it, and whether that is a known control node. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ProvenanceKind(StrEnum):
    """The answer to: why may a step of this record be carried out?"""

    OWN = "own"
    SIGNED = "signed"
    ACCEPTED = "accepted"
    UNSIGNED = "unsigned"
    UNKNOWN_SIGNER = "unknown signer"
    INVALID = "invalid"


@dataclass(frozen=True)
class Provenance:
    """The provenance of one record.

    :ivar signer: the principal of the key in the list of allowed signers; "" where the key is our own, or not known
    :ivar accepted_by: the person who accepted a record without a signature that counts
    :ivar problem: why the record is not trusted, as half a sentence; "" where it is
    """

    kind: ProvenanceKind = ProvenanceKind.OWN
    signer: str = ""
    accepted_by: str = ""
    problem: str = ""

    @property
    def is_trusted(self) -> bool:
        """True if the record is our own, signed by a known control node, or accepted by a person by name."""
        return self.kind in (ProvenanceKind.OWN, ProvenanceKind.SIGNED, ProvenanceKind.ACCEPTED)

    @property
    def text(self) -> str:
        """The provenance in words."""
        match self.kind:
            case ProvenanceKind.OWN:
                return "our own"
            case ProvenanceKind.SIGNED:
                return f"signed by {self.signer}"
            case ProvenanceKind.ACCEPTED:
                return f"accepted by {self.accepted_by}" + (f", signed by {self.signer}" if self.signer else "")
        return f"not trusted: {self.problem}"


OWN = Provenance()
