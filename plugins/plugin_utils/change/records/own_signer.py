# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The line of this control node in the list of allowed signers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ...foundation.errors import InvalidInput
from ...foundation.private_files import append_line
from .allowed_signers import read_allowed_signers
from .signing import NAMESPACE
from .signing_key import default_principal, existing_key, public_line, signing_key
from .sshsig import public_key_blob

CONSENT = "tourniquet-consent"
"""The purpose of the entries in the register of consent."""
PURPOSES = (NAMESPACE, CONSENT)
"""What a control node signs and every other one must read. Not approvals: a control node is no person."""
_PRINCIPAL = re.compile(r"[A-Za-z0-9@._+-]{1,200}")


@dataclass(frozen=True)
class OwnLine:
    """The line of this control node.

    :ivar line: as it is in the list, or would be; "" where the key does not exist yet
    :ivar missing: the purposes for which the list does not have the key
    """

    line: str
    missing: tuple[str, ...]

    @property
    def is_missing(self) -> bool:
        """Return True if a line is to be added."""
        return bool(self.missing)


def plan_own_line(key: Path, signers: Path, principal: str = "") -> OwnLine:
    """Return the line of this control node, and whether it is missing. Nothing is written.

    :param key: the file of our private key
    :param signers: the list of allowed signers
    :param principal: the name of this control node in the list; "" for user@control node
    :raises InvalidInput: where a file cannot be read, the name is not valid, or the list says that the key does not count any more
    """
    name = principal or default_principal()
    if not _PRINCIPAL.fullmatch(name):
        raise InvalidInput(
            f"the principal is {name!r}: write a name of letters, digits and @ . _ + -, such as night@control-1. Nothing was written."
        )
    own, listed = existing_key(key), read_allowed_signers(signers)
    if own is None:
        return OwnLine("", PURPOSES)
    blob, now = public_key_blob(own.public_key()), datetime.now(UTC)
    own_lines = [signer for signer in listed if signer.public_key == blob]
    refusals = [signer.refusal(NAMESPACE, now) for signer in own_lines]
    if refusals and all(refusals):
        raise InvalidInput(
            f"{signers}: {refusals[0]}, and it is the key of this control node ({key}). Move the private key away, so that a new one is "
            "made, and run this again. Nothing was written."
        )
    missing = tuple(purpose for purpose in PURPOSES if all(signer.refusal(purpose, now) for signer in own_lines))
    return OwnLine(f'{name} namespaces="{",".join(missing or PURPOSES)}" {public_line(own)}', missing)


def add_own_line(key: Path, signers: Path, principal: str = "") -> str:
    """Add the line of this control node to the list, and return it. The key is made where it does not exist.

    :raises InvalidInput: where a file cannot be written
    """
    signing_key(key)
    line = plan_own_line(key, signers, principal).line
    try:
        append_line(signers, line)
    except OSError as error:
        raise InvalidInput(
            f"the list of allowed signers {signers} cannot be written ({error.strerror}). Name another one: -e tourniquet_allowed_signers=..."
        ) from error
    return line
