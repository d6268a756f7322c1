# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Create the files that a measure needs on every node before the first step, and delete them when nothing uses them any more.

A file has no effect until a step loads it, and its name is made of its content: so it is no step, and needs no inverse. HA
synchronisation does not copy such directories in time for a load (error list 2027), so each node gets its own copy. A file that
exists is never overwritten: NITRO could only delete it and create another one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.nitro.node_files import FileExists, create_file, delete_file, read_file
from ...appliance.objects.ownership import Owner
from ...catalogue.desired_state import File
from ...foundation.errors import TourniquetError
from ..planning.missing_files import MissingFile, sizes
from .write_permission import ConfirmLease, granted


@dataclass(frozen=True, kw_only=True)
class FileChanges:
    """The files of one change.

    :ivar missing: the files to create before the first step
    :ivar directory: the directory whose unused files are deleted; "" if none are
    :ivar keep: the paths of the files that stay after the change; the other files of ours are deleted
    :ivar keep_if_undone: likewise if the change is undone
    """

    missing: Sequence[MissingFile] = ()
    directory: str = ""
    keep: Collection[str] = ()
    keep_if_undone: Collection[str] = ()


def deliver_files(connection: Connection, missing: Iterable[MissingFile], confirm_lease: ConfirmLease) -> None:
    """Create the files and read each back: files that were encoded twice or not at all were lost silently (provider issue 1402).

    :param confirm_lease: called directly before each creation; what it raises is passed on
    :raises TourniquetError: if one does not hold its content; the files that do have no effect yet
    """
    missing = list(missing)
    if not missing:
        return
    with connection.inside(DEFAULT):
        for file in {one.file.path: one.file for one in missing if one.file.is_imported}.values():
            confirm_lease(connection.primary)
            _import(connection, file)
        for one in (one for one in missing if not one.file.is_imported):
            session, file = one.session, one.file
            confirm_lease(session)
            with contextlib.suppress(FileExists):  # created by an interrupted run; its content is read back
                create_file(session, file.name, file.content, file.directory)
            if read_file(session, file.name, file.directory) != file.content:
                raise TourniquetError(f"{session.where}: {file.path} exists, and does not have the expected content")


def _import(connection: Connection, file: File) -> None:
    """Let the primary download a file; the command is propagated, so the file is read back on every node."""
    body = {file.type: {"Locationfile": file.path, "src": file.url}}
    connection.primary.write("POST", f"{file.type}?action=Import", body)  # the verb is capitalised (NITRO reference)
    for member in connection.members:
        if sizes(member.session, file.directory).get(file.name) != len(file.content):
            raise TourniquetError(
                f"{member.session.where}: {file.path} was imported, and does not have the expected size"
            )


def delete_unused_files(
    connection: Connection,
    owner: Owner,
    directory: str,
    keep: Collection[str],
    confirm_lease: ConfirmLease = granted,
) -> list[str]:
    """Delete our files, except some.

    :param keep: the paths of the files that stay
    :param confirm_lease: called directly before each deletion; what it raises ends it
    :returns: what could not be deleted, in words
    """
    problems = []
    try:
        with connection.inside(DEFAULT):
            for member in connection.members:
                for name in sizes(member.session, directory):
                    if owner.owns_name(name) and f"{directory}/{name}" not in keep:
                        confirm_lease(member.session)
                        delete_file(member.session, name, directory)
    except TourniquetError as error:
        problems.append(f"old files in {directory} were not all deleted: {error}")
    return problems
