# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stamp of files by which a cache notices that one was written or replaced."""

from __future__ import annotations

from pathlib import Path

Stamp = tuple[tuple[int, int, int] | None, ...]


def stamp(*paths: Path) -> Stamp:
    """Return inode, modification time (nanoseconds) and size (bytes) of files; None for a file that does not exist.

    A process that caches the content of a file keys it by this stamp, because a rollout in waves may take hours.
    """
    return tuple(map(_one, paths))


def _one(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
