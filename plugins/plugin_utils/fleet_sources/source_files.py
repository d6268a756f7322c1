# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a list, read within bounds. Links are not followed inside a folder: an archive of somebody else may hold them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ..foundation.errors import InvalidInput

LARGEST_FILE = 64 * 1024 * 1024
MOST_FILES = 20_000
"""The largest number of files and folders below a folder."""
DEEPEST = 8
"""The deepest nesting of folders."""


def read_file(path: Path, *, follow: bool = True) -> bytes:
    """Return the content of a regular file.

    :param follow: follow a link in the last place of the path
    :raises InvalidInput: where it cannot be read, is not a regular file, or is too large
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise InvalidInput(f"{path} is not a file")
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > LARGEST_FILE:
        raise InvalidInput(f"{path} is larger than {LARGEST_FILE:,} bytes")
    return content


def text_of(path: Path, content: bytes) -> str:
    """Return the text of a file that must be UTF-8.

    :raises InvalidInput: naming the line where it is not
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidInput(f"{path}:{line}: this is not UTF-8. Save the file as UTF-8.") from error


def files_below(folder: Path) -> list[Path]:
    """Return the regular files below a folder, sorted; links and hidden files are left out.

    :raises InvalidInput: where there is no such folder, or too much is in it
    """
    if not folder.is_dir():
        raise InvalidInput(f"there is no folder {folder}")
    found: list[Path] = []
    waiting, seen = [(folder, 0)], 0
    while waiting:
        directory, depth = waiting.pop()
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    seen += 1
                    if seen > MOST_FILES:
                        raise InvalidInput(f"{folder} holds more than {MOST_FILES:,} files")
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False) and depth < DEEPEST:
                        waiting.append((Path(entry.path), depth + 1))
                    elif entry.is_file(follow_symlinks=False):
                        found.append(Path(entry.path))
        except OSError as error:
            raise InvalidInput(f"{directory} cannot be read: {error.strerror}") from error
    return sorted(found)
