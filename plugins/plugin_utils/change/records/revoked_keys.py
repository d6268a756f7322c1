# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The keys that were revoked: whatever the list of allowed signers says of them, no approval and no bundle of the catalogue that they signed counts."""

from __future__ import annotations

import base64
from pathlib import Path

from ...foundation.bounded_file import read_bounded
from ...foundation.errors import InvalidInput

REVOKED = "revoked_keys"
LONGEST_LIST = 1_000_000  # bytes


def revoked_file(signers: Path) -> Path:
    """Return the file of the revoked keys, which is beside the list of allowed signers and need not exist."""
    return signers.with_name(REVOKED)


def read_revoked(signers: Path) -> frozenset[bytes]:
    """Return the revoked keys, in the wire form of SSH: the public keys in the file ``revoked_keys`` beside the list of allowed signers.

    :raises InvalidInput: where a line is not a public key, or somebody else could have written the file
    """
    path = revoked_file(signers)
    try:
        lines = read_bounded(path, LONGEST_LIST).splitlines()
    except FileNotFoundError:
        return frozenset()
    revoked = set()
    for number, line in enumerate(lines, 1):
        words = line.split()
        if words and not words[0].startswith("#"):
            try:
                revoked.add(base64.b64decode(words[1], validate=True))
            except (IndexError, ValueError):
                raise InvalidInput(
                    f"{path}, line {number} is not a public key: write its type and its base64, as in the file id_ed25519.pub"
                ) from None
    return frozenset(revoked)
