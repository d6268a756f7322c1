# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a syslog server on the control node: has a message arrived there? The files are only searched, as bytes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...foundation.errors import InvalidInput

MOST_FILES = 2000
DEEPEST = 4
LONGEST_TAIL = 4 * 1024 * 1024
"""Bytes that are read of a file, from its end."""
MOST_BYTES = 64 * 1024 * 1024
"""Bytes that are read at one look."""
SLACK = 60.0
"""Seconds by which the time of a file may be before the request: file systems and their servers have clocks of their own."""


def lines_with(content: bytes, tag: str) -> list[bytes]:
    """Return the lines that hold a tag."""
    return [line for line in content.split(b"\n") if tag.encode() in line]


@dataclass(frozen=True)
class Receiver:
    """A file, or a folder with the files of each sender, in which a syslog server writes."""

    path: Path

    @classmethod
    def of(cls, text: str, where: str) -> Receiver:
        """Return the receiver of a path.

        :raises InvalidInput: where nothing is there that can be read
        """
        path = Path(text).expanduser()
        if not path.exists() or not os.access(path, os.R_OK):
            raise InvalidInput(
                f"{where}: receiver is {text}, which cannot be read. Name the file or the folder in which your syslog server writes. "
                "Nothing was sent."
            )
        return cls(path)

    def lines_with(self, tag: str, since: float) -> list[bytes]:
        """Return the lines that hold a tag, of files that were written since a time.

        :param since: in seconds since 1970
        """
        found: list[bytes] = []
        room = MOST_BYTES
        for path in self._files(since - SLACK):
            tail = _tail(path, min(LONGEST_TAIL, room))
            room -= len(tail)
            found += lines_with(tail, tag)
            if room <= 0:
                break
        return found

    def _files(self, since: float) -> list[Path]:
        """Return the regular files that were written since a time, the newest first. Links are not followed."""
        dated = []
        for number, path in enumerate(_walk(self.path, DEEPEST)):
            if number >= MOST_FILES:
                break
            try:
                status = path.lstat()
            except OSError:
                continue
            if stat.S_ISREG(status.st_mode) and status.st_mtime >= since:
                dated.append((status.st_mtime, path))
        return [path for _time, path in sorted(dated, reverse=True)]


def _walk(path: Path, deep: int) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    try:
        entries = sorted(path.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.is_symlink():
            continue
        if entry.is_dir():
            if deep > 1:
                yield from _walk(entry, deep - 1)
        else:
            yield entry


def _tail(path: Path, longest: int) -> bytes:
    """Return the end of a file; nothing where it cannot be read. A pipe is not waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return b""
        file.seek(max(0, status.st_size - longest))
        return file.read(longest)
