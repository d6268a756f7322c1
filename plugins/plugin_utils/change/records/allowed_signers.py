# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The list of allowed signers: the public keys of the control nodes that we know, in the format of OpenSSH. Pure but for the reading of the file.

A line has the principals, options and a public key, as ``ssh-keygen(1)`` describes under "ALLOWED SIGNERS". Of the options ``namespaces``,
``valid-after`` and ``valid-before`` count as there. ``cert-authority`` is refused: records are not signed by certificates, and a line that means
less than it says is worse than none.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable
from ...foundation.private_files import read_privately

FILE = "allowed_signers"
LONGEST = 1_000_000  # bytes
_FIX = "Name the right file: -e tourniquet_allowed_signers=..."
_WORD = re.compile(r'(?:"[^"]*"|[^\s"])+')
_OPTION = re.compile(r'([a-zA-Z-]+)(?:="([^"]*)")?(?:,|$)')
_TIME = re.compile(r"(\d{8})(\d{4}(?:\d{2})?)?(Z?)")


@dataclass(frozen=True)
class AllowedSigner:
    """One line of the list.

    :ivar principals: the names of the signer, as the line has them
    :ivar public_key: the key in the wire form of SSH
    :ivar namespaces: patterns of the purposes that it may sign for; None for all
    """

    principals: str
    public_key: bytes
    namespaces: tuple[str, ...] | None = None
    valid_after: datetime | None = None
    valid_before: datetime | None = None

    def refusal(self, namespace: str, moment: datetime) -> str:
        """Return why the key does not count for a purpose at a time, as half a sentence; "" where it does."""
        if self.namespaces is not None and not _matches(self.namespaces, namespace):
            return f"the key of {self.principals} may not sign for {namespace}"
        if self.valid_after is not None and moment < self.valid_after:
            return f"the key of {self.principals} is valid only after {self.valid_after:%Y-%m-%d %H:%M} UTC"
        if self.valid_before is not None and moment > self.valid_before:
            return f"the key of {self.principals} was valid only until {self.valid_before:%Y-%m-%d %H:%M} UTC"
        return ""


def read_allowed_signers(path: Path) -> tuple[AllowedSigner, ...]:
    """Return the signers of a file; none where it does not exist.

    :raises InvalidInput: where a line is not valid, or somebody else could have written the file
    """
    try:
        text = read_privately(path)
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the list of allowed signers {path} cannot be read ({error}). {_FIX}") from error
    if len(text) > LONGEST:
        raise InvalidInput(f"the list of allowed signers {path} is larger than {LONGEST:,} bytes. {_FIX}")
    return parse_allowed_signers(text, str(path))


@lru_cache(maxsize=16)
def parse_allowed_signers(text: str, where: str) -> tuple[AllowedSigner, ...]:
    """Return the signers of a list.

    :param where: the file, for messages
    :raises InvalidInput: naming the line that is not valid
    """
    signers = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                signers.append(_parse(line))
            except (ValueError, OverflowError) as error:  # a time that no UTC time is the same as
                raise InvalidInput(
                    f"{where}, line {number}: {printable(str(error))}. A line is: principals [options] key-type base64-key; ssh-keygen(1) describes "
                    'it under "ALLOWED SIGNERS".'
                ) from None
    return tuple(signers)


def _parse(line: str) -> AllowedSigner:
    words = _WORD.findall(line)
    if len(words) < 3:
        raise ValueError("it has less than three fields")
    principals = words[0].strip('"')
    options = "" if _is_key_type(words[1]) else words[1]
    key_words = words[1:] if not options else words[2:]
    if len(key_words) < 2 or not _is_key_type(key_words[0]):
        raise ValueError("it has no public key")
    try:
        public_key = base64.b64decode(key_words[1], validate=True)
    except ValueError:
        raise ValueError("its public key is not base64") from None
    if public_key[4 : 4 + len(key_words[0])] != key_words[0].encode():
        raise ValueError(f"its public key is not of the type {key_words[0]}")
    return AllowedSigner(principals, public_key, **_options(options))


def _is_key_type(word: str) -> bool:
    return word.startswith(("ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"))


def _options(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    position = 0
    while position < len(text):
        match = _OPTION.match(text, position)
        if match is None:
            raise ValueError(f"its options cannot be read ({text})")
        name, value, position = match[1].lower(), match[2], match.end()
        if name == "cert-authority":
            raise ValueError("cert-authority is not supported: list the key of each control node itself")
        if value is None or name not in ("namespaces", "valid-after", "valid-before"):
            raise ValueError(f"its option {name} is not known")
        key = name.replace("-", "_")
        if key in found:
            raise ValueError(f"its option {name} is there twice")
        found[key] = tuple(value.split(",")) if key == "namespaces" else _moment(value)
    return found


def _moment(text: str) -> datetime:
    """Return a time as the option has it; without a ``Z`` it is in the time zone of the control node."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text} is not a time; write YYYYMMDD or YYYYMMDDHHMM[SS], with a Z for UTC")
    time = datetime.strptime(match[1] + (match[2] or "0000").ljust(6, "0"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - next line
    return time.replace(tzinfo=UTC) if match[3] else time.astimezone(UTC)


def _matches(patterns: Iterable[str], name: str) -> bool:
    """Return True if a name matches a pattern list of OpenSSH: one pattern at least, and none with a ``!``."""
    found = False
    for pattern in patterns:
        if fnmatchcase(name, pattern.removeprefix("!").replace("[", "[[]")):
            if pattern.startswith("!"):
                return False
            found = True
    return found
