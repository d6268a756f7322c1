# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A journal that grows while it is read: each reading takes the lines that came since the last one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ...foundation.private_files import open_private
from .rollout_course import parsed_line


def lines_of(content: bytes) -> list[str]:
    """Return the lines of a journal."""
    return content.decode("utf-8", "replace").removesuffix("\n").split("\n") if content else []


@dataclass
class FollowedJournal:
    """One journal and how far it was read.

    :ivar offset: the bytes of it that were taken
    """

    path: Path
    offset: int = 0
    _inode: int = 0
    _unended: bool = False

    def was_replaced(self) -> bool:
        """Return True if it is another file than the one that was read, or a shorter one: then it is to be read from its beginning."""
        try:
            now = self.path.stat()
        except FileNotFoundError:
            return self._inode > 0
        return self._inode > 0 and (now.st_ino != self._inode or now.st_size < self.offset)

    def new_lines(self) -> list[str]:
        """Return the lines behind those that were taken.

        :raises InvalidInput: where somebody else could have written it
        :raises OSError: where it cannot be read
        """
        try:
            descriptor = open_private(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return []
        with os.fdopen(descriptor, "rb") as file:
            self._inode = os.fstat(file.fileno()).st_ino
            file.seek(self.offset)
            return self._taken(file.read())

    def _taken(self, content: bytes) -> list[str]:
        end = content.rfind(b"\n") + 1
        if end < len(content) and parsed_line(content[end:].decode("utf-8", "replace")):
            end = len(content)  # a full disk has cut off no more than its line feed
        self.offset += end
        skipped, self._unended = self._unended, end > 0 and content[end - 1 : end] != b"\n"
        return lines_of(content[:end].removeprefix(b"\n") if skipped else content[:end])
