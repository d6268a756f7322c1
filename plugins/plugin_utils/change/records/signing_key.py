# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Ed25519 key with which a control node signs its change records: one file, in the form of OpenSSH, without a passphrase.

It is made when the first record is written. Nothing of the private half is ever shown.
"""

from __future__ import annotations

import base64
import contextlib
import socket
from functools import lru_cache
from pathlib import Path

from ...foundation.errors import InvalidInput
from ...foundation.private_files import create_privately, read_private_bytes
from .records_folder import current_user
from .sshsig import KEY_TYPE, public_key_blob

with contextlib.suppress(
    ImportError
):  # ansible-core needs it too; only ansible-test imports every file without the requirements
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_ssh_private_key

_FIX = "Name the right file in tourniquet_record_key, or restore it from a backup; docs/reference/records.md says what to do after a loss."


def default_principal() -> str:
    """Return the name of this control node for the list of allowed signers: user@control node."""
    return f"{current_user()}@{socket.gethostname()}".replace(",", "_").replace(" ", "_")


def signing_key(path: Path) -> Ed25519PrivateKey:
    """Return the key; it is made where the file does not exist.

    :raises InvalidInput: where it cannot be made, cannot be read, or others may read it
    """
    key = existing_key(path)
    if key is None:
        made = Ed25519PrivateKey.generate()
        try:
            # A worker that made one at the same moment wins, and its key is read.
            create_privately(path, made.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
        except OSError as error:
            raise InvalidInput(
                f"the key that signs the change records cannot be written to {path} ({error.strerror}), so nothing was sent. Make "
                "the directory writable, or name another file: -e tourniquet_record_key=..."
            ) from error
        key = existing_key(path)
        if key is None:
            raise InvalidInput(f"the key {path} was removed at the same moment. Run the playbook again.")
    return key


def existing_key(path: Path) -> Ed25519PrivateKey | None:
    """Return the key; None where the file does not exist.

    :raises InvalidInput: where it cannot be read, is not such a key, or others may read it
    """
    try:
        content = read_private_bytes(path, secret=True)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidInput(
            f"the key {path} that signs the change records cannot be read ({error.strerror}). {_FIX}"
        ) from error
    return _parse(path, content)


@lru_cache(maxsize=4)
def _parse(path: Path, content: bytes) -> Ed25519PrivateKey:
    try:
        key = load_ssh_private_key(content, password=None)
    except TypeError as error:  # what the library raises for a missing passphrase
        raise InvalidInput(
            f"the key {path} has a passphrase, which Tourniquet cannot ask for. Keep it in a directory that only you may "
            f"enter, and remove the passphrase: ssh-keygen -p -N '' -f '{path}'"
        ) from error
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidInput(f"{path} does not hold a private key in the form of OpenSSH. {_FIX}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidInput(f"the key {path} is not of the type {KEY_TYPE}. {_FIX}")
    return key


def public_line(key: Ed25519PrivateKey) -> str:
    """Return the public half as ``type base64``, as ``allowed_signers`` has it."""
    return f"{KEY_TYPE} {base64.b64encode(public_key_blob(key.public_key())).decode('ascii')}"
