# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One run at a time for each appliance on this control node. The operating system frees the lock when the process dies."""

from __future__ import annotations

import fcntl
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.record import (
    LOCAL_LOCK_FILE,
    make_folder,
    not_writable,
)


@dataclass
class LocalLock:
    """One run at a time for each appliance on this control node: ``records/<host>/.lock``.

    :ivar holder: a random word that belongs to this directory; known once the lock is held
    """

    directory: Path
    host: str
    holder: str = ""
    _descriptor: int | None = field(default=None, repr=False)

    def acquire(self) -> None:
        """:raises InvalidInput: where the directory cannot be written to
        :raises Refused: where another run of this control node holds it"""
        path = make_folder(self.directory, self.host) / LOCAL_LOCK_FILE
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise not_writable(self.host, path.parent, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            word = os.pread(descriptor, 100, 0).decode("ascii", "replace").strip()
            if not word:
                word = secrets.token_hex(8)
                os.pwrite(descriptor, word.encode(), 0)
                os.fsync(descriptor)
        except BlockingIOError:
            os.close(descriptor)
            raise Refused(
                f"{self.host}: another run of this control node is at work on it. Wait until it has ended. Nothing was changed."
            ) from None
        except OSError as error:  # a file system without locks
            os.close(descriptor)
            raise not_writable(self.host, path.parent, error) from error
        self._descriptor, self.holder = descriptor, word

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.release()

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)  # the operating system frees the lock with the last descriptor
            self._descriptor = None
