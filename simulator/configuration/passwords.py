# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Salted hashes of administrators' passwords, as an appliance keeps them and writes them into ns.conf.

The form is that of modes 8100 and 22200 in hashcat's public list of example hashes: a digit for the method, a salt of eight
characters, and the digest of the salt, the password and a zero byte.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

_METHODS = {"1": ("SHA1", hashlib.sha1), "2": ("SHA512", hashlib.sha512)}


def new_salt() -> str:
    return secrets.token_hex(4)


def hashed(password: str, salt: str) -> str:
    """Return the hash of a password with the method of newer releases."""
    return _hashed("2", salt, password)


def _hashed(method: str, salt: str, password: str) -> str:
    content = salt.encode() + password.encode("utf-8", "surrogatepass") + b"\0"
    return method + salt + _METHODS[method][1](content).hexdigest()


def is_password(password: str, kept: str) -> bool:
    """True if this is the password of a hash; a hash with an unknown method matches no password."""
    if kept[:1] not in _METHODS or not kept.isascii():
        return False
    return hmac.compare_digest(_hashed(kept[0], kept[1:9], password), kept)


def method_of(kept: str) -> str:
    """Return the name of the method, as ns.conf and GET show it (exported files: -hashmethod SHA512)."""
    return _METHODS.get(kept[:1], _METHODS["2"])[0]
