# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ed25519 signatures in the SSHSIG form of OpenSSH, as ``ssh-keygen -Y sign`` makes and ``ssh-keygen -Y verify`` checks them. Pure.

The form is that of PROTOCOL.sshsig of OpenSSH. A signature holds the public key and a namespace, so that one that was made for another purpose
does not count. Who asks for it also gets the signatures of a security key (``sk-ssh-ed25519@openssh.com``), whose form is that of PROTOCOL.u2f of
OpenSSH: such a key signs the hash of its application, its flags, its counter and the hash of the message.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import struct
from collections.abc import Collection
from dataclasses import dataclass

from ...foundation.errors import InvalidInput

with contextlib.suppress(
    ImportError
):  # ansible-core needs it too; only ansible-test imports every file without the requirements
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_TYPE = "ssh-ed25519"
SECURITY_KEY_TYPE = "sk-ssh-ed25519@openssh.com"
LONGEST = 4096  # characters of an armored signature; one by an Ed25519 key has about 300
_MAGIC = b"SSHSIG"
_VERSION = 1
_HASHES = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
_HASH = "sha512"  # as ssh-keygen chooses
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_WIDTH = 70
_TOUCHED = 0x01  # the flag of a security key that a person touched it


@dataclass(frozen=True)
class SshSignature:
    """A signature, taken apart.

    :ivar public_key: the public key in the wire form of SSH
    :ivar hash_algorithm: sha256 or sha512
    :ivar raw: the 64 bytes of the Ed25519 signature
    :ivar authenticator: the flags and the counter of a security key, which it signed too; empty for a key in a file
    """

    public_key: bytes
    namespace: str
    hash_algorithm: str
    raw: bytes
    authenticator: bytes = b""

    def covers(self, message: bytes, namespace: str) -> bool:
        """Return True if this is a signature of the message for the namespace, by the private half of :attr:`public_key`."""
        if self.namespace != namespace:
            return False
        signed = _signed_data(message, namespace, self.hash_algorithm)
        point, application = _key_parts(self.public_key)
        if self.authenticator:
            signed = hashlib.sha256(application).digest() + self.authenticator + hashlib.sha256(signed).digest()
        try:
            Ed25519PublicKey.from_public_bytes(point).verify(self.raw, signed)
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


def parse_signature(armored: str, key_types: Collection[str] = (KEY_TYPE,)) -> SshSignature:
    """Take an armored signature apart.

    :param key_types: the types of keys that may sign, of :data:`KEY_TYPE` and :data:`SECURITY_KEY_TYPE`
    :raises InvalidInput: where it is not a signature in this form by a key of these types, or nobody touched the security key
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
        authenticator = signature.take(5) if key_type == SECURITY_KEY_TYPE.encode() else b""
        signature.require_end()
        own_type = _Reader(public_key).string()
        text = namespace.decode()
    except (ValueError, _CutOff) as error:
        raise InvalidInput("it is not a whole SSH signature") from error
    if reserved or algorithm not in _HASHES:
        raise InvalidInput("it has an unknown hash algorithm or extension")
    is_allowed = key_type == own_type and key_type in [name.encode() for name in key_types]
    if not is_allowed or len(raw) != 64 or not _key_parts(public_key)[0]:
        raise InvalidInput(f"it is not by a key of the type {' or '.join(key_types)}")
    if authenticator and not authenticator[0] & _TOUCHED:
        raise InvalidInput("nobody touched the security key")
    return SshSignature(public_key, text, algorithm, raw, authenticator)


def _key_parts(public_key: bytes) -> tuple[bytes, bytes]:
    """Return the 32 bytes of an Ed25519 key and the application of a security key, of a key in the wire form of SSH; empty where it is another key."""
    reader = _Reader(public_key)
    try:
        key_type, point = reader.string(), reader.string()
        application = reader.string() if key_type == SECURITY_KEY_TYPE.encode() else b""
        reader.require_end()
    except _CutOff:
        return b"", b""
    known = key_type in (KEY_TYPE.encode(), SECURITY_KEY_TYPE.encode()) and len(point) == 32
    return (point, application) if known else (b"", b"")


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
