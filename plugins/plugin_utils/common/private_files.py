# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that only their owner may read, written as a whole or not at all: they hold the configuration of customers."""

from __future__ import annotations

import errno
import os
import uuid
from pathlib import Path


def write_privately(path: Path, text: str) -> None:
    """Replace a file as a whole (mode 0600); it is on the disk when this returns.

    :raises OSError: where it cannot be written; the old file is then still there
    """
    make_private_directory(path.parent)
    temporary = path.with_name(f".{uuid.uuid4().hex}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_directory(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def append_privately(path: Path, line: str) -> None:
    """Append one line in one write, so that the lines of several processes do not mix.

    If a full disk or a crash cut the last line off, the new one begins on a line of its own: only the cut one is lost.

    :raises OSError: where the line cannot be written as a whole
    """
    make_private_directory(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        is_cut_off = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        content = b"\n" * is_cut_off + line.encode() + b"\n"
        if os.write(descriptor, content) != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private_directory(path: Path) -> None:
    """Create a directory that only its owner may enter (mode 0700), with its missing parents.

    :raises OSError: where it cannot be created
    """
    if not path.is_dir():
        make_private_directory(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def _sync_directory(directory: Path) -> None:
    """Flush a directory to the disk: only then does a renamed file survive a crash of the machine."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
