# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lock of an appliance on this control node: one run at a time. The operating system frees it when the process dies.

The file also lists the nodes on which this control node may have left its lock, so that the next run can remove it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from ...foundation.errors import Refused
from ...foundation.private_files import open_private
from .records_folder import CONTROL_NODE_LOCK_FILE, make_folder, not_writable, read_control_node_lock

_LONGEST = 4096  # bytes


@dataclass
class ControlNodeLock:
    """One run at a time for each appliance on this control node: ``records/<host>/.lock``.

    :ivar holder: the random id of this directory; "" until the lock is taken
    :ivar nodes: the nodes on which our lock may be, as address:port; empty until the lock is taken
    """

    directory: Path
    host: str
    holder: str = ""
    nodes: set[str] = field(default_factory=set)
    _descriptor: int | None = field(default=None, repr=False)

    def acquire(self) -> None:
        """Take the lock.

        :raises InvalidInput: where the directory cannot be written to
        :raises Refused: where another run of this control node holds the lock
        """
        path = make_folder(self.directory, self.host) / CONTROL_NODE_LOCK_FILE
        try:
            descriptor = open_private(path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise not_writable(self.host, path.parent, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            words = _words(os.pread(descriptor, _LONGEST, 0).decode("ascii", "replace"))
            if not words:
                words = [secrets.token_hex(8)]
                _write(descriptor, words)
        except BlockingIOError:
            os.close(descriptor)
            raise Refused(
                f"{self.host}: another run of this control node works on it. Wait until it has ended. Nothing was changed."
            ) from None
        except OSError as error:  # a file system without locks
            os.close(descriptor)
            raise not_writable(self.host, path.parent, error) from error
        self._descriptor, self.holder, self.nodes = descriptor, words[0], set(words[1:])

    def note(self, node: str, *, locked: bool) -> None:
        """Write down that our lock may be on a node (before it is created there), or that it is not.

        :raises InvalidInput: where the file cannot be written
        """
        nodes = self.nodes | {node} if locked else self.nodes - {node}
        if nodes == self.nodes or self._descriptor is None:
            return
        try:
            _write(self._descriptor, [self.holder, *sorted(nodes)])
        except OSError as error:
            raise not_writable(self.host, self.directory, error) from error
        self.nodes = nodes

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.release()

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)  # the operating system frees the lock with the last descriptor
            self._descriptor = None


def nodes_with_left_lock(directory: Path, host: str) -> set[str]:
    """Return the nodes on which this control node may have left its lock, as address:port."""
    return set(_words(read_control_node_lock(directory, host))[1:])


def _words(text: str) -> list[str]:
    """Return the words of the first line: the holder and the nodes."""
    return text.partition("\n")[0].split()


def _write(descriptor: int, words: list[str]) -> None:
    # A shorter line is complete before the rest of a longer one is cut off.
    line = f"{' '.join(words)}\n".encode("ascii", "replace")
    os.pwrite(descriptor, line, 0)
    os.ftruncate(descriptor, len(line))
    os.fsync(descriptor)
