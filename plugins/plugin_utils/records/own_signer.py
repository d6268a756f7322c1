# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The line of this control node in the list of allowed signers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.private_files import append_line
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.allowed_signers import read_allowed_signers
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.signing import NAMESPACE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.signing_key import (
    default_principal,
    existing_key,
    public_line,
    signing_key,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.sshsig import public_key_blob

_PRINCIPAL = re.compile(r"[A-Za-z0-9@._+-]{1,200}")


@dataclass(frozen=True)
class OwnLine:
    """The line of this control node.

    :ivar line: as it is in the list, or would be; "" where the key does not exist yet
    :ivar is_missing: the list does not have it
    """

    line: str
    is_missing: bool


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
        return OwnLine("", is_missing=True)
    blob, now = public_key_blob(own.public_key()), datetime.now(UTC)
    refusals = [signer.refusal(NAMESPACE, now) for signer in listed if signer.public_key == blob]
    if refusals and all(refusals):
        raise InvalidInput(
            f"{signers}: {refusals[0]}, and it is the key of this control node ({key}). Move the private key away, so that a new one is "
            "made, and run this again. Nothing was written."
        )
    return OwnLine(f'{name} namespaces="{NAMESPACE}" {public_line(own)}', is_missing=not refusals)


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
