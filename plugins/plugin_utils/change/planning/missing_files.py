# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files that a measure needs on every node and that a node does not have yet. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...appliance.nitro import file_limits
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.nitro.node_files import file_sizes
from ...appliance.nitro.session import Session
from ...appliance.objects.resource_types import Attributes
from ...catalogue.desired_state import File
from ...foundation.counted import counted
from ...foundation.errors import NotFound


@dataclass(frozen=True)
class MissingFile:
    """A file that a node does not have yet."""

    session: Session
    file: File

    def line(self) -> str:
        how = f"import {self.file.url} as" if self.file.is_imported else "put"
        return f"{how} {self.file} on node {self.session.node.host}"


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
                    elif (size := present[file.name]) is not None and size != len(file.content):
                        text = f"{file.path} on node {member.session.node.host} has {counted(size, 'byte')}, and ours {len(file.content):,}."
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


def named_files(states: Iterable[Attributes | None]) -> set[str]:
    """Return the paths of the files that some states of objects name."""
    return {str(state["Locationfile"]) for state in states if state and "Locationfile" in state}
