# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lock of the cache: one worker downloads and compiles, and the others wait and read its result."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ....foundation.errors import InvalidInput
from ....foundation.private_files import make_private_directory, open_private


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Wait for the lock of a folder, and hold it. The operating system frees it when a process dies.

    :raises InvalidInput: if the folder can't be written to
    """
    try:
        make_private_directory(folder)
        descriptor = open_private(folder / ".lock", os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise InvalidInput(
            f"geoblock_cache {folder} can't be written to ({error}): name a folder of your own"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
