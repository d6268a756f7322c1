# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of one node over NITRO, whoever reads them: each directory is listed once, names and limits are asked in one place, and what is not seen is told.

``systemfile`` has name, size and times of a file, and no owner, mode or recursion (NITRO reference). A path has at most 127 characters and a name 63.
Reading a file changes its access time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from ...appliance.nitro.directory_listing import ListedFile, list_directory
from ...appliance.nitro.directory_tree import DirectoryTree
from ...appliance.nitro.node_files import read_file
from ...appliance.nitro.session import Session
from ...foundation.counted import counted
from ...foundation.foreign_text import one_line
from ..findings.finding import NotSeen
from ..trace_rules.watched_directories import FOLLOWED, Holds, is_suspicious_name, place_of
from .file_reads import FileRead, FileReads, Limits, Unread

LOGS = "/var/log"
"""Where a packed file is a rotated log: one that cannot be unpacked is a gap."""


@dataclass
class NodeReader:
    """What one run sees of the files of one node.

    :ivar not_seen: what could not be looked at, each once
    """

    session: Session
    limits: Limits
    not_seen: dict[tuple[str, str], NotSeen] = field(default_factory=dict)
    _contents: dict[str, bytes | None] = field(default_factory=dict)
    _left: int = 0
    _still_there: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def node(self) -> str:
        return str(self.session.node)

    def gap(self, what: str, why: str, *, is_gap: bool = True) -> None:
        """Note what could not be looked at."""
        self.not_seen.setdefault((what, why), NotSeen(what, why, self.node, is_gap))

    @cached_property
    def tree(self) -> DirectoryTree:
        """Return its directories."""
        return DirectoryTree(self.session, self.gap, self.limits.directories)

    @cached_property
    def reads(self) -> FileReads:
        """Return the files that are read."""
        return FileReads(lambda file: read_file(self.session, file.name, file.directory), self.limits)

    @property
    def directories(self) -> int:
        """Return how many directories exist and were listed."""
        return self.tree.exist

    def listing(self, directory: str) -> tuple[ListedFile, ...]:
        """Return the files and directories in a directory; none where it does not exist, or could not be read, which is noted.

        :raises CannotConnect: where the node does not answer any more
        """
        return self.tree.listing(directory)

    def changed_since_listed(self, directory: str) -> list[str]:
        """List a directory once more, and return the names of files that are new or have another size or time; that it could not be listed is noted.

        :raises CannotConnect: where the node does not answer any more
        """
        rows, problem = list_directory(self.session, directory)
        if problem:
            self.gap(directory, problem)
        before = {file.name: (file.size, file.modified) for file in self.listing(directory)}
        return [file.name for file in rows or () if before.get(file.name) != (file.size, file.modified)]

    def files(self, pattern: str) -> Iterator[ListedFile]:
        """Yield the files whose path fits a pattern of an indicator. A ``**`` is followed to the end."""
        return self.tree.files(pattern)

    def below(self, place: str) -> Iterator[ListedFile]:
        """Yield the file at a place, or the files in a directory and in all below it."""
        directory, _slash, name = place.rstrip("/").rpartition("/")
        here = next((file for file in self.listing(directory or "/") if file.name == name), None)
        if here is not None and not here.is_directory:
            yield here
            return
        for found in self.tree.below(place):
            yield from (file for file in self.listing(found) if not file.is_directory)

    def content(self, file: ListedFile) -> bytes | None:
        """Return the content of a file, unpacked, and keep it; None where it cannot be read, which is noted.

        :raises CannotConnect: where the node does not answer any more
        """
        if file.path not in self._contents:
            found = self.read(file)
            self._contents[file.path] = None if found.unread else found.content
        return self._contents[file.path]

    def known(self, file: ListedFile) -> bytes:
        """Return the content of a file that was read and kept; b"" of another one."""
        return self._contents.get(file.path) or b""

    def read(self, file: ListedFile) -> FileRead:
        """Return what a file holds, and note what of it could not be read.

        What is packed is unpacked. Outside of the logs the file itself stands behind that: a web server runs PHP behind any first bytes.

        :raises CannotConnect: where the node does not answer any more
        """
        found = self.reads.read(file)
        if found.unread is Unread.LIMIT:
            self._left += 1
            what = f"the content of {counted(self._left, 'file')}"
            self.not_seen["the content of files", ""] = NotSeen(what, found.problem, self.node)
        elif found.unread is not None:
            if self._is_missed(file, found.unread):
                is_kept_back = is_temporary(file) and found.unread is Unread.GONE
                self.gap(one_line(file.path), "it is listed and not handed out" if is_kept_back else found.problem)
        elif found.problem:
            is_gap = bool(found.content) or file.directory.startswith(LOGS)
            if not is_temporary(file):
                self.gap(one_line(file.path), found.problem, is_gap=is_gap)
        if found.sent is None or found.content is found.sent or file.directory.startswith(LOGS):
            return found
        return found._replace(content=b"\n".join((found.content, found.sent)))

    def _is_missed(self, file: ListedFile, why: Unread) -> bool:
        """Return False for a temporary file that has come and gone, and for a socket or pipe, whose size is 0."""
        if not is_temporary(file):
            return True
        if why is Unread.GONE:
            return file.name in self._listed_again(file.directory)
        return why is not Unread.REFUSED or file.size != 0 or is_suspicious_name(file.name)

    def _listed_again(self, directory: str) -> frozenset[str]:
        """Return the names in a directory now: what is listed and not handed out has not gone."""
        if directory not in self._still_there:
            rows, _problem = list_directory(self.session, directory)
            self._still_there[directory] = frozenset(row.name for row in rows or ())
        return self._still_there[directory]


def is_temporary(file: ListedFile) -> bool:
    """Return True for a file where programs make and remove files at any time."""
    return place_of(file.path, FOLLOWED).holds is Holds.TEMPORARY
