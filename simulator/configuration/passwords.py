# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How an appliance keeps the passwords of its administrators, in ns.conf too: as salted hashes.

The form is that of modes 8100 and 22200 in hashcat's public list of example hashes: a digit that names the method, a salt of
eight characters, and the digest of the salt, the password and a zero.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

_METHODS = {"1": ("SHA1", hashlib.sha1), "2": ("SHA512", hashlib.sha512)}


def new_salt() -> str:
    return secrets.token_hex(4)


def hashed(password: str, salt: str) -> str:
    """A hash of a password as newer releases make it."""
    return _hashed("2", salt, password)


def _hashed(method: str, salt: str, password: str) -> str:
    content = salt.encode() + password.encode("utf-8", "surrogatepass") + b"\0"
    return method + salt + _METHODS[method][1](content).hexdigest()


def is_password(password: str, kept: str) -> bool:
    """Whether a password is the one that was hashed; a hash of an unknown method fits none."""
    if kept[:1] not in _METHODS or not kept.isascii():
        return False
    return hmac.compare_digest(_hashed(kept[0], kept[1:9], password), kept)


def method_of(kept: str) -> str:
    """As ns.conf and GET call it (exported files: -hashmethod SHA512)."""
    return _METHODS.get(kept[:1], _METHODS["2"])[0]
