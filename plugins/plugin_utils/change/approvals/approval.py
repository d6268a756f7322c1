# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The signatures under a plan, and which of them count."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from pathlib import Path

from ...foundation.bounded_file import read_bounded
from ...foundation.counted import counted
from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable
from ..records.allowed_signers import AllowedSigner
from ..records.sshsig import KEY_TYPE, LONGEST, SECURITY_KEY_TYPE, fingerprint, parse_signature
from .request import FILE

NAMESPACE = "tourniquet-approval"
MOST_SIGNATURES = 20
TYPES = (KEY_TYPE, SECURITY_KEY_TYPE)
_PATTERN = set("*?!")


@dataclass(frozen=True)
class Approval:
    """A signature that counts.

    :ivar principals: the names of the signer, from the list of allowed signers
    :ivar key: the fingerprint of the key
    """

    principals: frozenset[str]
    key: str

    @property
    def text(self) -> str:
        """Return who signed, with which key."""
        return f"{','.join(sorted(self.principals))} ({self.key})"


def signature_files(directory: Path) -> list[Path]:
    """Return the files of the signatures beside a plan.

    :raises InvalidInput: where there are more than :data:`MOST_SIGNATURES`
    """
    paths = sorted(directory.glob("approval*.sig"))
    if len(paths) > MOST_SIGNATURES:
        raise InvalidInput(f"{directory} has {counted(len(paths), 'signature')}: leave at most {MOST_SIGNATURES} there")
    return paths


def counted_approvals(
    message: str,
    signatures: Iterable[Path],
    signers: Sequence[AllowedSigner],
    revoked: Collection[bytes],
    appliers: Collection[str],
    now: datetime,
) -> tuple[list[Approval], list[str]]:
    """Return the approvals that count, and why each of the other signatures does not.

    :param message: the text that is to be approved
    :param signatures: their files
    :param revoked: the keys that count in no line
    :param appliers: the names of the person who applies, as far as they are known; whoever has one of them does not count
    """
    approvals: dict[str, Approval] = {}
    problems = []
    for path in signatures:
        try:
            approval = _approval(message, path, signers, revoked, now)
        except (InvalidInput, FileNotFoundError) as error:
            problems.append(printable(f"{path.name}: {error}"))
            continue
        if _applies(approval, appliers):
            problems.append(printable(f"{path.name}: {approval.text} is the person who applies"))
        else:
            approvals[approval.key] = approval
    return list(approvals.values()), problems


def possible_approvals(
    signers: Sequence[AllowedSigner], revoked: Collection[bytes], appliers: Collection[str], now: datetime
) -> list[Approval]:
    """Return an approval for each key with which a signature could count now; see :func:`counted_approvals`."""
    possible = []
    for key in dict.fromkeys(signer.public_key for signer in signers if _type_of(signer) in TYPES):
        try:
            approval = _approval_by(key, signers, revoked, now)
        except InvalidInput:
            continue
        if not _applies(approval, appliers):
            possible.append(approval)
    return possible


def enough(approvals: Sequence[Approval], wanted: int) -> tuple[Approval, ...]:
    """Return as many approvals as are wanted, of different keys and different persons; none where there are not so many."""
    for chosen in combinations(approvals, wanted):
        names = [name for approval in chosen for name in set(_names(approval.principals))]
        if len(names) == len(set(names)):
            return chosen
    return ()


def sign_command(directory: Path) -> str:
    """Return the command by which a person approves the plan of a directory. It has one path, and leaves the shell where it is."""
    signing = f"ssh-keygen -Y sign -n {NAMESPACE} -f ~/.ssh/id_ed25519 < {FILE} > approval.NAME.sig"
    return f"(cd {shlex.quote(str(directory))} && {signing})"


def _approval(
    message: str, path: Path, signers: Sequence[AllowedSigner], revoked: Collection[bytes], now: datetime
) -> Approval:
    """:raises InvalidInput: where the signature does not count"""
    signature = parse_signature(read_bounded(path, LONGEST), TYPES)
    if signature.namespace != NAMESPACE:
        raise InvalidInput(f"it is signed for {signature.namespace}, and not for {NAMESPACE}")
    if not signature.covers(message.encode(), NAMESPACE):
        raise InvalidInput("it is a signature of another plan")
    return _approval_by(signature.public_key, signers, revoked, now)


def _approval_by(
    public_key: bytes, signers: Sequence[AllowedSigner], revoked: Collection[bytes], now: datetime
) -> Approval:
    """:raises InvalidInput: where no signature with the key counts"""
    key = fingerprint(public_key)
    if public_key in revoked:
        raise InvalidInput(f"the key {key} is revoked")
    listed = [signer for signer in signers if signer.public_key == public_key]
    valid = [signer for signer in listed if not signer.refusal(NAMESPACE, now)]
    if not valid:
        refused = next((signer.refusal(NAMESPACE, now) for signer in listed), "")
        raise InvalidInput(refused or f"the key {key} is not in the list of allowed signers")
    principals = frozenset(name for signer in valid for name in signer.principals.split(",") if name)
    if not principals or any(_PATTERN & set(name) for name in principals):
        raise InvalidInput(f"the key {key} is listed for a pattern, and a pattern names no person")
    return Approval(principals, key)


def _type_of(signer: AllowedSigner) -> str:
    """Return the type of a key, which its wire form begins with."""
    length = int.from_bytes(signer.public_key[:4], "big")
    return signer.public_key[4 : 4 + length].decode("ascii", "replace")


def _applies(approval: Approval, appliers: Collection[str]) -> bool:
    return bool({one.casefold() for one in appliers if one} & set(_names(approval.principals)))


def _names(principals: Collection[str]) -> Iterator[str]:
    """Yield the names by which a person is known: each principal, and that of a mail address before the @."""
    for principal in principals:
        yield principal.casefold()
        yield principal.casefold().partition("@")[0]
