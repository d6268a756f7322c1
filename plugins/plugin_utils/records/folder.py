# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""."""

from __future__ import annotations

import getpass
import os
import re
import socket
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput

LOCAL_LOCK_FILE = ".lock"


def directory_id(directory: Path, host: str) -> str:
    """The random word of this directory of records of an appliance; "" where no run ever held its lock."""
    return next(iter(read_local_lock(directory, host).split()), "")


def read_local_lock(directory: Path, host: str) -> str:
    """The text of the file that :mod:`local_lock` keeps; "" where there is none."""
    try:
        return (directory / safe_name(host) / LOCAL_LOCK_FILE).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def make_folder(directory: Path, host: str) -> Path:
    """The directory of an appliance's records, made where it is not there yet.

    :raises InvalidInput: where it cannot be made
    """
    folder = directory / safe_name(host)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise not_writable(host, folder, error) from error
    return folder


def not_writable(host: str, folder: Path, error: OSError) -> InvalidInput:
    """The error to raise where a directory of records cannot be written to."""
    return InvalidInput(
        f"{host}: the change record cannot be written to {folder} ({error.strerror}), so nothing was sent. "
        "Make the directory writable, or name another one in tourniquet_records."
    )


_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def safe_name(text: str) -> str:
    """A file name that cannot leave its directory."""
    return _UNSAFE.sub("_", text).lstrip(".") or "_"


def current_operator() -> dict[str, str]:
    """The user and the control node of this process."""
    return {"user": current_user(), "control_node": socket.gethostname()}


def current_user() -> str:
    """The user of this control node."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no entry in the user database, as in some containers
        return str(os.getuid())
