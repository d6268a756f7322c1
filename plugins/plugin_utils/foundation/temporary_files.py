# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""New files beside those that they replace, which a killed process does not leave behind for ever.

Whoever writes one holds its lock (flock), which the operating system frees with the process. So what nobody holds was left by a process that died, and the
next one that writes into the directory removes it, where it is a file of the same user.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_NAME = ".tq-{}.tmp"
_LEFTOVER = re.compile(r"\.(tq-)?[0-9a-f]{32}\.tmp")
SETTLED = 3600.0
"""Seconds after which a file of an earlier version, which held no lock, belongs to no process any more."""
_LOOKED_THROUGH: set[Path] = set()


@contextlib.contextmanager
def temporary_beside(path: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """Make a new file (mode 0600) in the directory of another one, and remove it at the end, unless it was moved.

    :raises OSError: where it cannot be made
    """
    remove_leftovers(path.parent)
    temporary, descriptor = _locked_file(path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield temporary, file
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(directory: Path) -> None:
    """Remove what killed processes of ours have left in a directory; once in each process, and nothing where that is not possible."""
    if directory in _LOOKED_THROUGH:
        return
    _LOOKED_THROUGH.add(directory)
    with contextlib.suppress(OSError), os.scandir(directory) as entries:
        for found in [one.name for one in entries if _LEFTOVER.fullmatch(one.name)]:
            with contextlib.suppress(OSError):
                _remove(directory / found)


def _locked_file(path: Path) -> tuple[Path, int]:
    while True:
        temporary = path.with_name(_NAME.format(uuid.uuid4().hex))
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with contextlib.suppress(OSError):  # a file system without locks: then nobody takes the file for a leftover
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if _is_at(temporary, descriptor):
            return temporary, descriptor
        os.close(descriptor)  # another process took it for a leftover, before it was locked


def _remove(path: Path) -> None:
    """Remove a leftover. What is a link, belongs to another user, or is still written to stays.

    :raises OSError: where it is still written to, or cannot be looked at
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        is_ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid()
        is_settled = path.name.startswith(".tq-") or status.st_mtime < time.time() - SETTLED
        if is_ours and is_settled:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(path, descriptor):
                path.unlink()
    finally:
        os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        there = path.lstat()
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(descriptor))
