# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Are the location files that tell the countries of clients still what our runs wrote? Reads only: a node loads such a file again when it starts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from ...appliance.nitro import file_limits
from ...appliance.nitro.node_files import read_file
from ...appliance.nitro.session import Session
from ...change.planning.missing_files import named_files, sizes
from ...change.records.record_content import RecordedFile
from .left_closing import Objects


@dataclass(frozen=True)
class FilesThere:
    """How the files stand at a node.

    :ivar other: what is gone or another one
    :ivar not_compared: of what the content was not compared, and why
    """

    other: tuple[str, ...] = ()
    not_compared: tuple[str, ...] = ()


def files_there(session: Session, locations: Objects, written: Mapping[str, RecordedFile]) -> FilesThere:
    """Return how the files stand that are to be loaded.

    :param written: by path, what our runs wrote
    :raises TourniquetError: where something cannot be read
    """
    paths = sorted(named_files(locations.values()))
    unknown = [
        f"what {path} holds: the record of our run, of an earlier version, does not say what it wrote"
        for path in paths
        if path not in written
    ]
    known = [_one(session, path, written[path]) for path in paths if path in written]
    return FilesThere(
        tuple(text for one in known for text in one.other),
        (*unknown, *(text for one in known for text in one.not_compared)),
    )


def _one(session: Session, path: str, written: RecordedFile) -> FilesThere:
    directory, _slash, name = path.rpartition("/")
    where = f"{path} on node {session.node.host}"
    gone = FilesThere((f"{path} is not on node {session.node.host} any more: a restart loads no country",))
    another = FilesThere((f"the content of {where} is not what our run wrote; it is loaded now, or after a restart",))
    if written.size > file_limits.LARGEST:
        there = sizes(session, directory)
        if name not in there:
            return gone
        told = f"the content of {where}: NITRO returns no file of this size, so the size alone was compared"
        return another if there[name] not in (None, written.size) else FilesThere(not_compared=(told,))
    content = read_file(session, name, directory)
    if content is None:
        return gone
    return FilesThere() if hashlib.sha256(content).hexdigest() == written.sha256 else another
