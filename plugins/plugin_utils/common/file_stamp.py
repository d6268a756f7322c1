# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a file is still the one that was read."""

from __future__ import annotations

from pathlib import Path

Stamp = tuple[tuple[int, int, int] | None, ...]


def stamp(*paths: Path) -> Stamp:
    """What changes when a file is written or replaced; None for one that is not there.

    What is remembered of a file in a process goes with its stamp, since a run with waves may take hours.
    """
    return tuple(map(_one, paths))


def _one(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
