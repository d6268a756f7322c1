# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The disk of a node: its files by path, and what is not a regular file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    changed: float | None = None  # when its owner, mode, name or times were changed, if that is not `modified`

    @property
    def changed_at(self) -> float:
        return self.modified if self.changed is None else self.changed

    def copy(self) -> File:
        return replace(self, content=bytearray(self.content))


class Disk(dict[str, File]):
    """The regular files of a node by path. /flash/nsconfig has its files under /nsconfig.

    others: directories, links and devices by path; a directory with a file in it needs no entry. removed: the paths of files and
    directories of the firmware that were removed.
    """

    def __init__(self, files: Mapping[str, File] | None = None) -> None:
        super().__init__()
        self.others: dict[str, File] = {}
        self.removed: set[str] = set()
        self.room = 0  # bytes that fit in for certain
        self._children: dict[str, set[str]] = {}
        for path, file in (files or {}).items():
            self[path] = file

    def __setitem__(self, path: str, file: File) -> None:
        super().__setitem__(path, file)
        _enter(self._children, path)

    def __delitem__(self, path: str) -> None:
        super().__delitem__(path)
        self._leave(path)

    def pop(self, path: str, *default: Any) -> Any:
        found = super().pop(path, *default)
        self._leave(path)
        return found

    def put(self, path: str, file: File) -> None:
        """Put a file of any kind at a path, instead of what is there."""
        self.remove(path)
        self.removed.discard(path)
        if file.kind == REGULAR:
            self[path] = file
        else:
            self.others[path] = file
            _enter(self._children, path)

    def own(self, path: str) -> File | None:
        """Return what the node itself has at a path, beside the firmware."""
        return self.get(path) or self.others.get(path)

    def remove(self, path: str) -> None:
        """Remove what the node itself has at a path."""
        self.others.pop(path, None)
        self.pop(path, None)

    def children(self, path: str) -> set[str]:
        """Return the names in a directory."""
        return self._children.get(path, _NOTHING)

    def _leave(self, path: str) -> None:
        """Forget a path in the directories above it, as far as nothing else is there."""
        while path != "/" and path not in self._children and self.own(path) is None:
            parent, _, name = path.rpartition("/")
            names = self._children.get(parent or "/", _NOTHING)
            if name not in names:
                return
            names.discard(name)
            if not names:
                del self._children[parent or "/"]
            path = parent or "/"

    def lose_memory(self) -> None:
        """Drop what is not under /var or /flash: the root is a disk in memory, which is new after a boot (CTX114020, CTX327915)."""
        for path in [path for path in (*self, *self.others) if not path.startswith(_KEPT)]:
            self.remove(path)
        self.removed = {path for path in self.removed if path.startswith(_KEPT)}


def children_of(paths: Iterable[str]) -> dict[str, set[str]]:
    """Return the names in each directory that the paths need."""
    children: dict[str, set[str]] = {}
    for path in paths:
        _enter(children, path)
    return children


def _enter(children: dict[str, set[str]], path: str) -> None:
    while path != "/":
        parent, _, name = path.rpartition("/")
        names = children.setdefault(parent or "/", set())
        if name in names:
            return
        names.add(name)
        path = parent or "/"


_NOTHING: set[str] = set()
