# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bundle of the catalogue with its signature: nothing of it is looked at before a signer who may sign bundles has signed it.

The signature is beside it, as ``ssh-keygen -Y sign -n tourniquet-catalogue`` writes it.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from ...catalogue.bundle import LARGEST, Bundle, unpack
from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable
from .allowed_signers import read_allowed_signers
from .revoked_keys import read_revoked, revoked_file
from .sshsig import LONGEST, fingerprint, parse_signature

NAMESPACE = "tourniquet-catalogue"
SUFFIX = ".sig"


@dataclass(frozen=True)
class SignedBundle:
    """A bundle whose signature counts.

    :ivar digest: the SHA-256 of the file, in hexadecimal
    :ivar signer: the principals of the signer, as the list of allowed signers has them
    :ivar key: the fingerprint of the key
    :ivar content: the bytes of the file
    :ivar signature: the armored signature
    """

    bundle: Bundle
    digest: str
    signer: str
    key: str
    content: bytes
    signature: str

    @property
    def file_name(self) -> str:
        """The name of its file where it was taken."""
        return f"{self.bundle.number}-{self.digest[:12]}.tar"

    def __str__(self) -> str:
        return f"bundle {self.bundle.number} by {self.signer} ({self.key})"


def read_signed_bundle(path: Path, signers: Path, moment: datetime) -> SignedBundle:
    """Return the bundle of a file.

    :param signers: the list of allowed signers
    :param moment: the time at which the key must be valid
    :raises InvalidInput: naming the file, why it is refused, and the fix
    """
    try:
        content = _read(path, LARGEST)
    except OSError as error:
        raise InvalidInput(f"the bundle {path} cannot be read ({error.strerror}): name a file that exists") from error
    try:
        signature = _read(Path(f"{path}{SUFFIX}"), LONGEST).decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(
            path,
            f"it has no signature in {path.name}{SUFFIX}",
            f"ask its author, who makes it with ssh-keygen -Y sign -n {NAMESPACE}",
        ) from error
    try:
        signer, key = _signer(content, signature, signers, moment)
        bundle = unpack(content)
    except InvalidInput as error:
        raise _refused(path, str(error), "ask its author") from None
    return SignedBundle(bundle, sha256(content).hexdigest(), signer, key, content, signature)


def _read(path: Path, most: int) -> bytes:
    """Return the bytes of a file, one more than allowed at most. Who could have written it does not matter: its signature counts.

    :raises OSError: where it cannot be read, or is no regular file
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not block
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        return file.read(most + 1)


def _signer(content: bytes, armored: str, signers: Path, moment: datetime) -> tuple[str, str]:
    """Return the principals and the fingerprint of the key that has signed a content.

    :raises InvalidInput: why the signature does not count, as a clause
    """
    signature = parse_signature(armored)
    key = fingerprint(signature.public_key)
    if signature.namespace != NAMESPACE:
        raise InvalidInput(
            f"its signature is for the namespace {printable(signature.namespace[:80])!r}, and {NAMESPACE!r} is expected"
        )
    if not signature.covers(content, NAMESPACE):
        raise InvalidInput("its signature does not fit: it was changed after it was signed")
    if signature.public_key in read_revoked(signers):
        raise InvalidInput(f"the key {key} that signed it is revoked ({revoked_file(signers)})")
    listed = [one for one in read_allowed_signers(signers) if one.public_key == signature.public_key]
    refusals = [one.refusal(NAMESPACE, moment) for one in listed]
    if not listed:
        raise InvalidInput(
            f'the key {key} that signed it is not in {signers}: add its line, with namespaces="{NAMESPACE}", only after you have compared it'
        )
    if all(refusals):
        raise InvalidInput(f"{refusals[0]} ({signers})")
    return printable(listed[refusals.index("")].principals), key


def _refused(path: Path, why: str, fix: str) -> InvalidInput:
    return InvalidInput(f"the bundle {path} is refused: {why}. {fix[0].upper()}{fix[1:]}. Nothing was taken.")
