# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Private directories of what was checked: each is named after the digest of its content, and removed when no run uses it any more."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ..foundation.errors import InvalidInput
from ..foundation.private_files import make_private_directory
from ..foundation.state_directory import VARIABLE as STATE_VARIABLE

KEPT = 30 * 24 * 3600.0
"""Seconds after its last use for which a directory is kept."""


def checked_copy(copy: Path, fill: Callable[[Path], None]) -> Path:
    """Return a private directory of what was checked, which is made where it is not there yet.

    :param copy: its path, which ends with the digest of its content
    :param fill: writes the content into an empty directory, and raises an error where it is not right
    :raises InvalidInput: where others could have put a directory there that nobody has checked, or it cannot be written
    """
    try:
        make_private_directory(copy.parent)
        if copy.is_dir():
            os.utime(copy)  # a run uses it, so it is kept
            return copy
        _make(copy, fill)
    except OSError as error:
        raise InvalidInput(
            f"{copy.parent} cannot be written ({error.strerror}). Make room or make it writable, or name another state directory in "
            f"${STATE_VARIABLE}. Nothing was sent."
        ) from error
    prune(copy)
    return copy


def _make(copy: Path, fill: Callable[[Path], None]) -> None:
    made = Path(tempfile.mkdtemp(prefix="new-", dir=copy.parent))
    try:
        fill(made)
        made.rename(copy)
    except OSError:
        if not copy.is_dir():  # another run was faster
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def prune(used: Path) -> None:
    """Remove the directories beside the used one, and what runs that were killed left of them, that no run has used for a month."""
    for other in used.parent.iterdir():
        if other != used and other.lstat().st_mtime < time.time() - KEPT:
            shutil.rmtree(other, ignore_errors=True)
