# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that a measure needs on every node: put there before the first step, taken away when nothing names them any more.

A file does nothing until a step loads it, and its name says what it was made of: so it is no step, and needs no inverse. HA
synchronisation does not copy such directories in time for a load (error list 2027), so each node gets it by itself. A file that is
there is never written over: NITRO could only delete it and make another one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import File
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import NotFound, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import Attributes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro import node_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.node_files import (
    FileExists,
    create_file,
    delete_file,
    file_sizes,
    read_file,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import DEFAULT, Session


@dataclass(frozen=True)
class Missing:
    """A file that a node lacks."""

    session: Session
    file: File

    def line(self) -> str:
        how = f"import {self.file.url} as" if self.file.is_imported else "put"
        return f"{how} {self.file} on node {self.session.node.host}"


def look_for(connection: Connection, files: Sequence[File]) -> tuple[list[Missing], list[tuple[str, str]]]:
    """What is missing on which node, and what stands in the way, each with its fix. One read for each node and directory."""
    missing: list[Missing] = []
    if not files:
        return missing, []
    fix = "Bring it back, or name both nodes."
    problems = [(f"{lost}, so it cannot get {files[0].path}.", fix) for lost in connection.missing_nodes]
    with connection.inside(DEFAULT):
        for member in connection.members:
            for directory in dict.fromkeys(file.directory for file in files):
                there = sizes(member.session, directory)
                for file in (one for one in files if one.directory == directory):
                    size = there.get(file.name, -1)
                    if size == -1:
                        missing.append(Missing(member.session, file))
                    elif size not in (None, len(file.content)):
                        text = f"{file.path} on node {member.session.node.host} has {size:,} bytes, and ours {len(file.content):,}."
                        problems.append((text, "Look whose it is, and remove it."))
    too_large = {
        one.file.path: one.file
        for one in missing
        if len(one.file.content) > node_files.LARGEST and not one.file.is_imported
    }
    for file in too_large.values():
        text = f"{file} is larger than the {node_files.LARGEST:,} bytes that NITRO takes for a file."
        by_hand = f"Copy it to {file.path} on every node by scp: it is {file.name} in the cache of this control node."
        problems.append((text, f"{by_hand} {file.import_hint}".rstrip()))
    return missing, problems


def sizes(session: Session, directory: str) -> dict[str, int | None]:
    """The files of a directory by name; none where there is no such directory yet."""
    try:
        return file_sizes(session, directory)
    except NotFound:
        return {}


def deliver(connection: Connection, missing: Iterable[Missing]) -> None:
    """Put the files there and read each back: what was encoded twice or not at all got lost silently (provider issue 1402).

    :raises TourniquetError: where one is not there as it should be; those that are do no harm
    """
    missing = list(missing)
    with connection.inside(DEFAULT):
        for file in {one.file.path: one.file for one in missing if one.file.is_imported}.values():
            _import(connection, file)
        for one in (one for one in missing if not one.file.is_imported):
            session, file = one.session, one.file
            with contextlib.suppress(FileExists):  # by a run that was cut off: what is there is looked at
                create_file(session, file.name, file.content, file.directory)
            if read_file(session, file.name, file.directory) != file.content:
                raise TourniquetError(f"{session.where}: {file.path} is there, and does not hold what it should")


def _import(connection: Connection, file: File) -> None:
    """Have a file fetched by the primary, from where it is propagated like any command; look for it on every node."""
    body = {file.type: {"Locationfile": file.path, "src": file.url}}
    connection.primary.write("POST", f"{file.type}?action=Import", body)  # the verb is capitalised (NITRO reference)
    for member in connection.members:
        if sizes(member.session, file.directory).get(file.name) != len(file.content):
            raise TourniquetError(f"{member.session.where}: {file.path} was imported, and is not there as it should be")


def named_files(states: Iterable[Attributes | None]) -> set[str]:
    """The paths of the files that some states of objects name."""
    return {str(state["Locationfile"]) for state in states if state and "Locationfile" in state}


def tidy(connection: Connection, owner: Owner, directory: str, keep: Collection[str]) -> list[str]:
    """Take away files of ours that nothing names.

    :param keep: their paths
    :returns: what could not be taken away, in words
    """
    problems = []
    try:
        with connection.inside(DEFAULT):
            for member in connection.members:
                for name in sizes(member.session, directory):
                    if owner.owns_name(name) and f"{directory}/{name}" not in keep:
                        delete_file(member.session, name, directory)
    except TourniquetError as error:
        problems.append(f"old files in {directory} were not all taken away: {error}")
    return problems
