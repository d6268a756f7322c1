# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Private directories of what was checked: each is named after the digest of its content, and removed when no run uses it any more."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

KEPT = 30 * 24 * 3600.0
"""Seconds after its last use for which a directory is kept."""


def note_use(copy: Path) -> None:
    """Note that a run uses a directory, so that it is kept."""
    os.utime(copy)


def prune(used: Path) -> None:
    """Remove the directories beside the used one, and what runs that were killed left of them, that no run has used for a month."""
    for other in used.parent.iterdir():
        if other != used and other.lstat().st_mtime < time.time() - KEPT:
            shutil.rmtree(other, ignore_errors=True)
