# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Small files of ours on a node's disk: the lock, and the copies of change records.

They are in ``/var/tmp``, the directory of the NITRO guide's own example. It survives a reboot, and it is not among the paths
of HA file synchronisation (CTX138748; the list of the cluster's file synchronisation), so each node has its own files there.
An upgrade may empty it (vendor's page on disk space), so nothing in it is the only copy.
NITRO cannot update a file: a second creation is answered 409 with 1642 (terraform-provider-citrixadc issue 1119).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable

from ...foundation.errors import NitroError, NotFound, OutcomeUnknown, TourniquetError
from .file_limits import DIRECTORY
from .names import is_file_name
from .session import Session
from .url_encoding import encode_args, encode_name

FILE_EXISTS = 1642


class FileExists(TourniquetError):
    """A file of this name exists already."""


def create_file(session: Session, name: str, content: bytes, directory: str = DIRECTORY) -> None:
    """Create a file that must not exist yet.

    :param name: at most 63 characters (NITRO guide)
    :raises FileExists: where it exists
    :raises NitroError: where the appliance refused it for another reason
    :raises OutcomeUnknown: where no answer arrived and the file does not exist
    """
    row = {
        "filename": name,
        "filelocation": directory,
        "filecontent": base64.b64encode(content).decode(),
        "fileencoding": "BASE64",
    }
    try:
        session.write("POST", "systemfile", {"systemfile": row})
    except OutcomeUnknown:
        if read_file(session, name, directory) != content:
            raise
    except NitroError as error:
        if error.status == 409 or error.errorcode == FILE_EXISTS:
            raise FileExists(str(error)) from error
        raise


def read_file(session: Session, name: str, directory: str = DIRECTORY) -> bytes | None:
    """Return the content of a file; None where the file does not exist.

    :raises TourniquetError: where it cannot be read
    """
    try:
        rows = session.read("systemfile", name, args={"filelocation": directory})
    except NotFound:
        return None
    try:
        return base64.b64decode(rows[0]["filecontent"], validate=True)
    except (IndexError, KeyError, TypeError, binascii.Error, ValueError) as error:
        raise TourniquetError(f"{session.where}: {directory}/{name} came without readable content") from error


def delete_file(session: Session, name: str, directory: str = DIRECTORY) -> None:
    """Delete a file; deleting a file that is already gone is not an error.

    :raises TourniquetError: where it still exists, or it is not known whether it does
    """
    try:
        session.write("DELETE", f"systemfile/{encode_name(name)}?args={encode_args({'filelocation': directory})}")
    except NotFound:
        return
    except OutcomeUnknown:
        if read_file(session, name, directory) is not None:
            raise


def list_files(session: Session, directory: str = DIRECTORY) -> list[str]:
    """Return the names of the files in a directory, as :func:`file_sizes` does.

    :raises TourniquetError: where the directory cannot be read
    """
    return sorted(file_sizes(session, directory))


def file_sizes(session: Session, directory: str = DIRECTORY) -> dict[str, int | None]:
    """Return the sizes in bytes of the files in a directory, by name; None where the appliance does not report a size.

    Files whose names are not those of files of ours or of logs (:func:`is_file_name`) are left out.

    :raises TourniquetError: where the directory cannot be read
    """
    rows: Iterable[dict[str, object]] = session.read("systemfile", args={"filelocation": directory})
    return {
        name: int(size) if re.fullmatch(r"[0-9]{1,15}", size := str(row.get("filesize", ""))) else None
        for row in rows
        if "DIRECTORY" not in str(row.get("filemode", "")) and is_file_name(name := str(row.get("filename", "")))
    }
