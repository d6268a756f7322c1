# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one way in which a file of a node is read, over NITRO or in a folder: within limits, unpacked, and with the reason where it is not whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ...appliance.nitro.bounded_connection import AnswerTooLarge
from ...appliance.nitro.directory_listing import ListedFile
from ...foundation.errors import CannotConnect, OutcomeUnknown, TourniquetError
from ...foundation.foreign_text import one_line
from ...foundation.unpacked import unpacked

Fetch = Callable[[ListedFile], bytes | None]
"""Returns a file as it is; None where it does not exist."""


class Unread(StrEnum):
    """Why nothing of a file was read."""

    NAME = "NITRO cannot be asked for a file of this name; the SSH half of a hunt can"
    SIZE = "it is too large"
    LIMIT = "enough was read"
    REFUSED = "it cannot be read"
    GONE = "it was listed and is gone: rotated or removed in between, so run it again"


class FileRead(NamedTuple):
    """What was read of a file.

    :ivar sent: as it came; None where it was not read
    :ivar content: unpacked where it is packed
    :ivar problem: why the content is not whole, as a clause; "" where it is
    :ivar unread: why nothing was read; None where something was
    """

    sent: bytes | None = None
    content: bytes = b""
    problem: str = ""
    unread: Unread | None = None


@dataclass(frozen=True)
class Limits:
    """What one run reads of the files of one node.

    :ivar directories: how many are listed; what is beyond them is a gap: a file that nobody looked for is not "nothing found"
    :ivar files: how many are read
    :ivar size: bytes of all of them, as they came, or unpacked where that is more
    :ivar largest: bytes of one file, as it is listed
    :ivar unpacked: bytes of one file, unpacked
    :ivar lines: of one file; 0 for all
    :ivar unpacks: whether what is packed is unpacked; evidence is kept as it came
    :ivar then: what becomes of the files beyond them, as the end of a clause
    """

    directories: int = 2_000
    files: int = 1_000
    size: int = 128 * 1024 * 1024
    largest: int = 32 * 1024 * 1024
    unpacked: int = 32 * 1024 * 1024
    lines: int = 0
    unpacks: bool = True
    then: str = ""


@dataclass
class FileReads:
    """The files of one node that are read.

    :ivar files: how many were asked for
    :ivar size: bytes of the files as they came, or unpacked where that is more
    """

    fetch: Fetch
    limits: Limits
    files: int = 0
    size: int = 0

    def read(self, file: ListedFile) -> FileRead:
        """Return what a file holds, or why it was not read.

        :raises CannotConnect: where the node does not answer any more; likewise OutcomeUnknown
        """
        if not file.can_be_read:
            return _unread(Unread.NAME)
        if file.size is not None and file.size > self.limits.largest:
            return _unread(Unread.SIZE, f"it has more than {self.limits.largest // 2**20} MiB")
        if self.files >= self.limits.files or self.size >= self.limits.size:
            most = f"at most {self.limits.files:,} files and {self.limits.size // 2**20} MiB of a node are read{self.limits.then}"
            return _unread(Unread.LIMIT, most)
        self.files += 1
        try:
            sent = self.fetch(file)
        except (CannotConnect, OutcomeUnknown) as error:
            if isinstance(error.__cause__, AnswerTooLarge):
                return _unread(Unread.SIZE, "the answer is larger than any that is read")
            raise
        except TourniquetError as error:
            return _unread(Unread.REFUSED, f"it cannot be read: {one_line(str(error))}")
        if sent is None:
            return _unread(Unread.GONE)
        if not self.limits.unpacks:
            self.size += len(sent)
            return FileRead(sent, sent)
        content, problem = unpacked(sent, self.limits.unpacked, self.limits.lines)
        self.size += max(len(sent), len(content))
        return FileRead(sent, content, problem)


def _unread(why: Unread, words: str = "") -> FileRead:
    return FileRead(problem=words or str(why), unread=why)
