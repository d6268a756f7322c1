# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The disk of a node: its files by path, and what is not a regular file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

# The kinds of a file, as the first letter of `ls -l` shows them.
REGULAR, DIRECTORY, LINK, CHARACTER_DEVICE, BLOCK_DEVICE = "-", "d", "l", "c", "b"
LINK_MODE = 0o755
DIRECTORY_MODE = 0o755
FILE_MODE = 0o644
LOG_MODE = 0o600  # of a log that syslogd makes (syslogd(8), -C)
NSCONFIG, FLASH_NSCONFIG = "/nsconfig", "/flash/nsconfig"
_KEPT = ("/var/", "/flash/", f"{NSCONFIG}/")  # the rest of the tree is a disk in memory


@dataclass(slots=True)
class File:
    """A file on a node's disk: what it contains, when it was changed and read, and what only the shell shows."""

    content: bytearray
    modified: float
    accessed: float
    owner: str = "root"
    group: str = "wheel"
    mode: int = FILE_MODE
    kind: str = REGULAR
    link: str = ""  # the target of a symbolic link

    def copy(self) -> File:
        return replace(self, content=bytearray(self.content))


class Disk(dict[str, File]):
    """The regular files of a node by path. /flash/nsconfig has its files under /nsconfig.

    others: directories, links and devices by path; a directory with a file in it needs no entry. removed: the paths of files and
    directories of the firmware that were removed.
    """

    def __init__(self, files: Mapping[str, File] | None = None) -> None:
        super().__init__(files or {})
        self.others: dict[str, File] = {}
        self.removed: set[str] = set()
        self._children: dict[str, set[str]] | None = None

    def __setitem__(self, path: str, file: File) -> None:
        self._children = None
        super().__setitem__(path, file)

    def __delitem__(self, path: str) -> None:
        self._children = None
        super().__delitem__(path)

    def pop(self, path: str, *default: Any) -> Any:
        self._children = None
        return super().pop(path, *default)

    def put(self, path: str, file: File) -> None:
        """Put a file of any kind at a path, instead of what is there."""
        self.remove(path)
        self.removed.discard(path)
        if file.kind == REGULAR:
            self[path] = file
        else:
            self.others[path] = file
            self._children = None

    def own(self, path: str) -> File | None:
        """Return what the node itself has at a path, beside the firmware."""
        return self.get(path) or self.others.get(path)

    def remove(self, path: str) -> None:
        """Remove what the node itself has at a path."""
        self.pop(path, None)
        self.others.pop(path, None)

    def children(self, path: str) -> set[str]:
        """Return the names in a directory."""
        if self._children is None:
            self._children = children_of((*self, *self.others))
        return self._children.get(path, set())

    def lose_memory(self) -> None:
        """Drop what is not under /var or /flash: the root is a disk in memory, which is new after a boot (CTX114020, CTX327915)."""
        for path in [path for path in (*self, *self.others) if not path.startswith(_KEPT)]:
            self.remove(path)
        self.removed = {path for path in self.removed if path.startswith(_KEPT)}


def children_of(paths: tuple[str, ...]) -> dict[str, set[str]]:
    """Return the names in each directory that the paths need."""
    children: dict[str, set[str]] = {}
    for path in paths:
        below = path
        while below != "/":
            parent, _, name = below.rpartition("/")
            names = children.setdefault(parent or "/", set())
            if name in names:
                break
            names.add(name)
            below = parent or "/"
    return children
