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

from ...appliance.nitro import file_limits
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.nitro.node_files import FileExists, create_file, delete_file, file_sizes, read_file
from ...appliance.nitro.session import Session
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import Attributes
from ...catalogue.desired_state import File
from ...foundation.errors import NotFound, TourniquetError
from .write_permission import ConfirmLease, granted


@dataclass(frozen=True)
class MissingFile:
    """A file that a node does not have yet."""

    session: Session
    file: File

    def line(self) -> str:
        how = f"import {self.file.url} as" if self.file.is_imported else "put"
        return f"{how} {self.file} on node {self.session.node.host}"


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


def find_missing_files(
    connection: Connection, files: Sequence[File]
) -> tuple[list[MissingFile], list[tuple[str, str]]]:
    """Compare the files of a measure with those on each node, with one read for each node and directory.

    :returns: the files that are missing, and what prevents their creation, each with its fix
    """
    missing: list[MissingFile] = []
    if not files:
        return missing, []
    fix = "Bring it back, or name both nodes."
    problems = [(f"{unreachable}, so it cannot get {files[0].path}.", fix) for unreachable in connection.missing_nodes]
    with connection.inside(DEFAULT):
        for member in connection.members:
            for directory in dict.fromkeys(file.directory for file in files):
                present = sizes(member.session, directory)
                for file in (one for one in files if one.directory == directory):
                    if file.name not in present:
                        missing.append(MissingFile(member.session, file))
                    elif (size := present[file.name]) not in (None, len(file.content)):
                        text = f"{file.path} on node {member.session.node.host} has {size:,} bytes, and ours {len(file.content):,}."
                        problems.append((text, "Find out whose it is, and remove it."))
    too_large = {
        one.file.path: one.file
        for one in missing
        if len(one.file.content) > file_limits.LARGEST and not one.file.is_imported
    }
    for file in too_large.values():
        text = f"{file} is larger than the {file_limits.LARGEST:,} bytes that NITRO takes for a file."
        by_hand = f"Copy it to {file.path} on every node by scp: it is {file.name} in the cache of this control node."
        problems.append((text, f"{by_hand} {file.import_hint}".rstrip()))
    return missing, problems


def sizes(session: Session, directory: str) -> dict[str, int | None]:
    """Return the files of a directory by name, with their sizes in bytes; none if there is no such directory yet."""
    try:
        return file_sizes(session, directory)
    except NotFound:
        return {}


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


def named_files(states: Iterable[Attributes | None]) -> set[str]:
    """Return the paths of the files that some states of objects name."""
    return {str(state["Locationfile"]) for state in states if state and "Locationfile" in state}


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
