# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ed25519 signatures in the SSHSIG form of OpenSSH, as ``ssh-keygen -Y sign`` makes and ``ssh-keygen -Y verify`` checks them. Pure.

The form is that of PROTOCOL.sshsig of OpenSSH. A signature holds the public key and a namespace, so that one that was made for another purpose
does not count.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import struct
from dataclasses import dataclass

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput

with contextlib.suppress(
    ImportError
):  # ansible-core needs it too; only ansible-test imports every file without the requirements
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_TYPE = "ssh-ed25519"
LONGEST = 4096  # characters of an armored signature; one by an Ed25519 key has about 300
_MAGIC = b"SSHSIG"
_VERSION = 1
_HASHES = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
_HASH = "sha512"  # as ssh-keygen chooses
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_WIDTH = 70


@dataclass(frozen=True)
class SshSignature:
    """A signature, taken apart.

    :ivar public_key: the public key in the wire form of SSH
    :ivar hash_algorithm: sha256 or sha512
    :ivar raw: the 64 bytes of the Ed25519 signature
    """

    public_key: bytes
    namespace: str
    hash_algorithm: str
    raw: bytes

    def covers(self, message: bytes, namespace: str) -> bool:
        """Return True if this is a signature of the message for the namespace, by the private half of :attr:`public_key`."""
        if self.namespace != namespace:
            return False
        try:
            key = Ed25519PublicKey.from_public_bytes(self.public_key[-32:])
            key.verify(self.raw, _signed_data(message, namespace, self.hash_algorithm))
        except (InvalidSignature, ValueError):
            return False
        return True


def sign(key: Ed25519PrivateKey, message: bytes, namespace: str) -> str:
    """Return the armored signature of a message."""
    raw = key.sign(_signed_data(message, namespace, _HASH))
    blob = _MAGIC + struct.pack(">I", _VERSION) + _string(public_key_blob(key.public_key()))
    blob += _string(namespace.encode()) + _string(b"") + _string(_HASH.encode())
    blob += _string(_string(KEY_TYPE.encode()) + _string(raw))
    text = base64.b64encode(blob).decode("ascii")
    lines = [text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def public_key_blob(key: Ed25519PublicKey) -> bytes:
    """Return a public key in the wire form of SSH, which a line of ``allowed_signers`` has in base64."""
    return _string(KEY_TYPE.encode()) + _string(key.public_bytes_raw())


def fingerprint(public_key: bytes) -> str:
    """Return the fingerprint of a public key as ``ssh-keygen -l`` shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(public_key).digest()).decode("ascii").rstrip("=")


def parse_signature(armored: str) -> SshSignature:
    """Take an armored signature apart.

    :raises InvalidInput: where it is not a signature in this form by an Ed25519 key
    """
    lines = armored.strip().splitlines() if len(armored) <= LONGEST else []
    if len(lines) < 3 or (lines[0], lines[-1]) != (_BEGIN, _END):
        raise InvalidInput("it is not an SSH signature")
    try:
        reader = _Reader(base64.b64decode("".join(lines[1:-1]), validate=True))
        if reader.take(len(_MAGIC)) != _MAGIC or reader.number() != _VERSION:
            raise InvalidInput(f"it is not an SSH signature of version {_VERSION}")
        public_key, namespace, reserved = reader.string(), reader.string(), reader.string()
        algorithm, signature = reader.string().decode("ascii"), _Reader(reader.string())
        reader.require_end()
        key_type, raw = signature.string(), signature.string()
        signature.require_end()
        text = namespace.decode()
    except (ValueError, _CutOff) as error:
        raise InvalidInput("it is not a whole SSH signature") from error
    if reserved or algorithm not in _HASHES:
        raise InvalidInput("it has an unknown hash algorithm or extension")
    if key_type != KEY_TYPE.encode() or len(raw) != 64 or not is_ed25519(public_key):
        raise InvalidInput(f"it is not by a key of the type {KEY_TYPE}")
    return SshSignature(public_key, text, algorithm, raw)


def is_ed25519(public_key: bytes) -> bool:
    """Return True if a public key in the wire form of SSH is an Ed25519 key."""
    prefix = _string(KEY_TYPE.encode()) + struct.pack(">I", 32)
    return public_key.startswith(prefix) and len(public_key) == len(prefix) + 32


def _signed_data(message: bytes, namespace: str, algorithm: str) -> bytes:
    hashed = _HASHES[algorithm](message).digest()
    return _MAGIC + b"".join(map(_string, (namespace.encode(), b"", algorithm.encode(), hashed)))


def _string(value: bytes) -> bytes:
    """Return a string as SSH writes it: its length, then its bytes."""
    return struct.pack(">I", len(value)) + value


class _CutOff(Exception):
    """The bytes end early, or do not end where they should."""


class _Reader:
    """Reads the values that SSH writes one after the other."""

    def __init__(self, data: bytes) -> None:
        self._left = data

    def take(self, size: int) -> bytes:
        if size > len(self._left):
            raise _CutOff
        value, self._left = self._left[:size], self._left[size:]
        return value

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        return self.take(self.number())

    def require_end(self) -> None:
        if self._left:
            raise _CutOff
