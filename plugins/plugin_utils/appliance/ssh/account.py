# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The account and the pinned host keys with which a node is reached over SSH, checked before anything is sent."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...foundation.errors import InvalidInput

# As long as OpenSSH shows it in its prompt for a password (sshconnect2.c).
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@#+-]{0,29}")
_KEY_TYPES = (
    *("ssh-ed25519", "ssh-rsa", "ssh-dss"),
    *("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
)
_MOST_KEYS = 16
HOST_KEYS_FIX = 'Write each public host key as the console of the node shows it, such as "ssh-ed25519 AAAA..." (the files /nsconfig/ssh/ssh_host_*_key.pub)'


@dataclass(frozen=True)
class SshAccount:
    """How to log on to the nodes of one appliance over SSH.

    :ivar password: "" where a key is used; likewise key_file, the path of a private key on the control node
    :ivar host_keys: the accepted public host keys of the nodes, each as type and base64
    :ivar timeout: seconds for one command, from the start of the connection to the end of its output
    """

    user: str
    host_keys: tuple[str, ...]
    password: str = field(default="", repr=False)
    key_file: str = ""
    port: int = 22
    timeout: float = 60.0

    @classmethod
    def from_options(
        cls, host: str, options: Mapping[str, Any], prefix: str = "node_local_", *, shares_an_address: bool
    ) -> SshAccount:
        """Check the options of an account.

        :param shares_an_address: both nodes are behind one address
        :param options: user, password, key_file, port and host_keys, plain values
        :param prefix: of the variables that have them
        :raises InvalidInput: naming the host, the variable and the fix
        """
        if shares_an_address:
            raise InvalidInput(
                f"{host}: netscaler_nodes has one address for both nodes, and SSH would reach one of them twice. Give each node an address of its "
                "own, or leave the SSH half out for this appliance. Nothing was sent."
            )
        user, password, key_file = (str(options[name] or "") for name in ("user", "password", "key_file"))
        if not _USER.fullmatch(user):
            fix = "Name an account with the command policy superuser, which nothing else uses"
            raise _wrong(host, prefix + "user", "is missing" if not user else "is no name of an administrator", fix)
        if bool(password) is bool(key_file):
            what = f"and {prefix}key_file are both {'set' if password else 'missing'}"
            raise _wrong(host, prefix + "password", what, "Set one of them; the password in a vault")
        if any(character in password for character in "\n\r\0"):
            raise _wrong(host, prefix + "password", "has a line end", "A password of an administrator has none")
        if key_file and not Path(key_file).expanduser().is_file():
            raise _wrong(host, prefix + "key_file", f"names {key_file}, which is no file", "Name the private key")
        port = options["port"]
        if not 0 < port < 65536:
            raise _wrong(host, prefix + "port", "is no port", "Write a number from 1 to 65535")
        keys = _host_keys(host, options["host_keys"], prefix)
        return cls(user, keys, password, str(Path(key_file).expanduser()) if key_file else "", port)


def _host_keys(host: str, given: Sequence[str], prefix: str) -> tuple[str, ...]:
    if not given:
        raise _wrong(host, prefix + "host_keys", "is missing, so no node can be trusted", HOST_KEYS_FIX)
    if len(given) > _MOST_KEYS:
        raise _wrong(host, prefix + "host_keys", f"has more than {_MOST_KEYS} keys", "Name one or two of each node")
    keys = []
    for text in given:
        words = text.split()
        if len(words) not in (2, 3) or words[0] not in _KEY_TYPES or not _is_key(words[0], words[1]):
            raise _wrong(host, prefix + "host_keys", "has an entry that is no public host key", HOST_KEYS_FIX)
        keys.append(f"{words[0]} {words[1]}")
    return tuple(dict.fromkeys(keys))


def _is_key(kind: str, text: str) -> bool:
    """True if base64 text is a key of its type: it begins with the length and the name of the type (RFC 4253, 6.6)."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return data.startswith(len(kind).to_bytes(4, "big") + kind.encode())


def _wrong(host: str, variable: str, problem: str, fix: str) -> InvalidInput:
    return InvalidInput(f"{host}: {variable} {problem}. {fix}. Nothing was sent.")
