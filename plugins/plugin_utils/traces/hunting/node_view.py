# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of one node over NITRO: each directory is listed once, that of the logs twice; each file is read once, all of it bounded. Reads only.

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
from ...foundation.errors import CannotConnect, OutcomeUnknown, TourniquetError
from ...foundation.foreign_text import one_line
from ...foundation.unpacked import unpacked
from ..findings.finding import NotSeen

MOST_DIRECTORIES = 2_000
"""The most directories of a node that are listed. What is beyond them is a gap: a file that nobody looked for is not "nothing found"."""
MOST_FILES = 1_000
"""The most files of a node that are read."""
MOST_BYTES = 128 * 1024 * 1024
"""The most bytes of a node that are read."""
LARGEST_FILE = 32 * 1024 * 1024
"""The most bytes of one file, as it is or decompressed, that are looked at."""
LOGS = "/var/log"
"""Where a packed file is a rotated log: one that cannot be unpacked is a gap."""


@dataclass
class NodeView:
    """What one run sees of the files of one node.

    :ivar not_seen: what could not be read, each once
    :ivar bytes_read: of the files as they came, or decompressed where that is more
    """

    session: Session
    not_seen: dict[tuple[str, str], NotSeen] = field(default_factory=dict)
    files_read: int = 0
    bytes_read: int = 0
    _contents: dict[str, bytes | None] = field(default_factory=dict)

    @property
    def node(self) -> str:
        return str(self.session.node)

    def gap(self, what: str, why: str, *, is_gap: bool = True) -> None:
        """Note what could not be looked at."""
        self.not_seen.setdefault((what, why), NotSeen(what, why, self.node, is_gap))

    @cached_property
    def tree(self) -> DirectoryTree:
        """Return its directories."""
        return DirectoryTree(self.session, self.gap, MOST_DIRECTORIES)

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

    def glance(self, file: ListedFile) -> bytes:
        """Return the content of a file that comes and goes, as a temporary one does; b"" where it is gone meanwhile, which is no gap.

        :raises CannotConnect: where the node does not answer any more
        """
        if file.path not in self._contents:
            is_asked_for = file.can_be_read and (file.size is None or file.size <= LARGEST_FILE)
            before = dict(self.not_seen)
            self._contents[file.path] = self._read(file)
            if is_asked_for:
                kept = {one: why for one, why in self.not_seen.items() if one in before or one[0] == "more files"}
                self.not_seen.clear()
                self.not_seen.update(kept)
        return self._contents.get(file.path) or b""

    def content(self, file: ListedFile) -> bytes | None:
        """Return the content of a file; None where it cannot be read, which is noted.

        What is packed by gzip or bzip2 is unpacked. Outside of the logs the file itself stands behind that: a web server runs PHP behind any first bytes.

        :raises CannotConnect: where the node does not answer any more
        """
        if file.path not in self._contents:
            self._contents[file.path] = self._read(file)
        return self._contents[file.path]

    def _read(self, file: ListedFile) -> bytes | None:
        if not file.can_be_read:
            self.gap(one_line(file.path), "NITRO cannot be asked for a file of this name; the SSH half can")
        elif file.size is not None and file.size > LARGEST_FILE:
            self.gap(one_line(file.path), f"it has more than {LARGEST_FILE // 2**20} MiB")
        elif self.files_read >= MOST_FILES or self.bytes_read >= MOST_BYTES:
            self.gap("more files", f"at most {MOST_FILES:,} files and {MOST_BYTES // 2**20} MiB of a node are read")
        else:
            return self._fetch(file)
        return None

    def _fetch(self, file: ListedFile) -> bytes | None:
        self.files_read += 1
        try:
            data = read_file(self.session, file.name, file.directory)
        except (CannotConnect, OutcomeUnknown):
            raise
        except TourniquetError as error:
            self.gap(one_line(file.path), f"it cannot be read: {one_line(str(error))}")
            return None
        if data is None:
            self.gap(one_line(file.path), "it was listed and is gone: rotated or removed in between, so run it again")
            return None
        plain, problem = unpacked(data, LARGEST_FILE, lines=0)
        self.bytes_read += max(len(data), len(plain))
        if problem:
            self.gap(one_line(file.path), problem, is_gap=bool(plain) or file.directory.startswith(LOGS))
        return plain if plain is data or file.directory.startswith(LOGS) else b"\n".join((plain, data))
