# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The directory of an appliance's records on the control node, safe file names, and the user of this control node."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import json
import os
import pwd
import re
import socket
from pathlib import Path

from ...foundation.errors import InvalidInput
from ...foundation.private_files import has_private_directory, make_private_directory, read_private_bytes

CONTROL_NODE_LOCK_FILE = ".lock"


def folder_of(directory: Path, host: str) -> Path:
    """Return the place of an appliance's directory of records; each name has its own.

    A directory that an earlier version made for a name which is no file name stays in use, where records of this host are in it.
    """
    own, old = directory / unique_name(host), directory / safe_name(host)
    return old if own != old and not own.exists() and _holds_records_of(old, host) else own


def _holds_records_of(folder: Path, host: str) -> bool:
    for path in sorted(folder.glob("*.json")):
        with contextlib.suppress(OSError, ValueError):
            content = json.loads(read_private_bytes(path))
            if isinstance(content, dict) and content.get("host") == host:
                return True
    return False


def directory_id(directory: Path, host: str) -> str:
    """Return the random id of an appliance's directory of records; "" where no run has taken a lock in it."""
    return next(iter(read_control_node_lock(directory, host).split()), "")


def read_control_node_lock(directory: Path, host: str) -> str:
    """Return the text of the file that :mod:`control_node_lock` writes; "" where it does not exist."""
    try:
        return read_private_bytes(folder_of(directory, host) / CONTROL_NODE_LOCK_FILE).decode("ascii")
    except (OSError, ValueError):
        return ""


def existing_folder(directory: Path, host: str) -> Path | None:
    """Return the directory of an appliance's records; None where it does not exist.

    :raises InvalidInput: where it cannot be looked at, is a link, or somebody else may write to it
    """
    folder = folder_of(directory, host)
    try:
        return folder if has_private_directory(directory) and has_private_directory(folder) else None
    except OSError as error:
        place, fix = folder, "Make the directory readable"
        if isinstance(
            error, NotADirectoryError
        ):  # such as an archive of records: it is not read, and not taken for none
            place, fix = Path(error.filename), "Look at what is there, and move it away"
        raise InvalidInput(
            f"{host}: the change records in {place} cannot be read ({error.strerror}). {fix}, or name another one: -e records=..."
        ) from error


def make_folder(directory: Path, host: str) -> Path:
    """Return the directory of an appliance's records; it is created where it does not exist.

    :raises InvalidInput: where it cannot be created, is a link, or somebody else may write to it
    """
    folder = folder_of(directory, host)
    try:
        make_private_directory(directory)
        make_private_directory(folder)
    except OSError as error:
        raise not_writable(host, folder, error) from error
    return folder


def not_writable(host: str, folder: Path, error: OSError) -> InvalidInput:
    """Return the error for a directory of records that cannot be written to."""
    return InvalidInput(
        f"{host}: the change record cannot be written to {folder} ({error.strerror}), so nothing was sent. "
        "Make room there or make it writable, or name another one: -e records=..."
    )


_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def safe_name(text: str) -> str:
    """Return a file name that cannot leave its directory: other characters become underscores."""
    return _UNSAFE.sub("_", text).lstrip(".") or "_"


def unique_name(text: str) -> str:
    """Return a file name like :func:`safe_name`; one that differs from the text ends in digits that no other text has."""
    name = safe_name(text)
    return name if name == text else f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def current_operator() -> dict[str, str]:
    """Return the user and the control node of this process, as a record has them."""
    return {"user": current_user(), "control_node": socket.gethostname()}


def account_user() -> str:
    """Return the name of the account of this process, whatever its environment says; "" where the user database has none."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""


def current_user() -> str:
    """Return the name of the user; the number where the user database has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no entry in the user database, as in some containers
        return str(os.getuid())
