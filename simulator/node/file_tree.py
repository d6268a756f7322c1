# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file tree of a node as its operating system sees it: the firmware's files, and over them those of the node.

/flash/nsconfig is the directory to which /nsconfig leads; the disk keeps its files under /nsconfig.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simulator.node.disk import (
    DIRECTORY,
    DIRECTORY_MODE,
    FILE_MODE,
    FLASH_NSCONFIG,
    LINK,
    LINK_MODE,
    NSCONFIG,
    REGULAR,
    Disk,
    File,
)
from simulator.node.firmware import CHILDREN, FIRMWARE

MOST_LINKS = 32
MOST_FILES = 20_000
MOST_BYTES = 64 * 1024 * 1024
LONGEST_NAME, LONGEST_PATH = 255, 1024  # FreeBSD's NAME_MAX and PATH_MAX


class FileProblem(Exception):
    """An operation on a file failed; the text is FreeBSD's."""


@dataclass
class FileTree:
    """The file tree of a node for one user of its operating system.

    firmware_time: the modification time of the firmware's files. clock: returns the time of the node's clock. full: returns whether the
    disk is full. user: whose rights count. nsconfig_is_link: /nsconfig is a link, or a directory.
    odd_names: names of empty files that every directory has besides its own.
    """

    disk: Disk
    firmware_time: float
    clock: Callable[[], float]
    full: Callable[[], bool] = lambda: False
    user: str = "root"
    nsconfig_is_link: bool = True
    odd_names: tuple[str, ...] = ()

    # Paths

    def resolve(self, path: str, *, follow: bool = True) -> str:
        """Return the physical path; `follow` says whether a link at the end is followed. Raises FileProblem."""
        if len(path) > LONGEST_PATH:
            raise FileProblem("File name too long")
        waiting = [part for part in path.split("/") if part and part != "."][::-1]
        place, followed = "/", 0
        while waiting:
            part = waiting.pop()
            if part == "..":
                place = posixpath.dirname(place)
                continue
            if len(part.encode("utf-8", "surrogateescape")) > LONGEST_NAME:
                raise FileProblem("File name too long")
            below = posixpath.join(place, part)
            file = self._at(below)
            if file is not None and file.kind == LINK and (waiting or follow):
                followed += 1
                if followed > MOST_LINKS:
                    raise FileProblem("Too many levels of symbolic links")
                if file.link.startswith("/"):
                    place = "/"
                waiting += [part for part in file.link.split("/") if part and part != "."][::-1]
                continue
            if waiting and (file is None or file.kind != DIRECTORY):
                raise FileProblem("No such file or directory" if file is None else "Not a directory")
            place = below
        return place

    def find(self, path: str, *, follow: bool = True) -> File | None:
        """Return what is at a path, None if nothing is there or on the way to it."""
        try:
            return self._at(self.resolve(path, follow=follow))
        except FileProblem:
            return None

    def need(self, path: str, *, follow: bool = True) -> File:
        """Return what is at a path. Raises FileProblem."""
        file = self._at(self.resolve(path, follow=follow))
        if file is None:
            raise FileProblem("No such file or directory")
        return file

    def is_directory(self, path: str) -> bool:
        file = self.find(path)
        return file is not None and file.kind == DIRECTORY

    def names(self, path: str) -> list[str]:
        """Return the sorted names in a directory. Raises FileProblem."""
        if self.need(path).kind != DIRECTORY:
            raise FileProblem("Not a directory")
        self._require(self.need(path), 4)
        place = self.resolve(path)
        key = _key(place)
        names = CHILDREN.get(key, set()) | CHILDREN.get(place, set()) | self.disk.children(key)
        if self.disk.removed:
            names = {name for name in names if self._at(posixpath.join(place, name)) is not None}
        return sorted({*names, *self.odd_names})

    def walk(self, path: str) -> Iterator[tuple[str, File]]:
        """Yield a path and everything below it, without following links. A directory comes before its content."""
        waiting = [path]
        while waiting:
            place = waiting.pop()
            file = self.find(place, follow=False)
            if file is not None:
                yield place, file
                if file.kind == DIRECTORY:
                    waiting += [posixpath.join(place, name) for name in reversed(self.names(place))]

    def _at(self, place: str) -> File | None:
        if place == NSCONFIG and self.nsconfig_is_link:
            return File(
                bytearray(), self.firmware_time, self.firmware_time, mode=LINK_MODE, kind=LINK, link=FLASH_NSCONFIG
            )
        key = _key(place)
        own = self.disk.own(key)
        if own is not None:
            return own
        if key in FIRMWARE and key not in self.disk.removed:
            return self._of_firmware(key)
        if self.odd_names and posixpath.basename(place) in self.odd_names:
            return File(bytearray(), self.firmware_time, self.firmware_time)
        if self.disk.children(key):
            return File(bytearray(), self.firmware_time, self.firmware_time, mode=DIRECTORY_MODE, kind=DIRECTORY)
        return None

    def _of_firmware(self, key: str) -> File:
        file = FIRMWARE[key]
        time = self.firmware_time
        return File(file.content, time, time, file.owner, file.group, file.mode, file.kind, file.link)

    # Contents

    def read(self, path: str) -> bytes:
        """Return the content of a file. Raises FileProblem."""
        file = self.need(path)
        if file.kind == DIRECTORY:
            raise FileProblem("Is a directory")
        self._require(file, 4)
        return bytes(file.content)

    def write(self, path: str, content: bytes, *, append: bool = False) -> None:
        """Write a file as a redirection of the shell does: a new one belongs to the user, an existing one keeps its owner and mode."""
        place = self.resolve(path)
        file = self._at(place)
        if file is not None and file.kind == DIRECTORY:
            raise FileProblem("Is a directory")
        if file is not None and file.kind != REGULAR:
            return  # a device keeps nothing
        self.require_space(len(content))
        if file is None:
            self._require_parent(place)
            self.disk.put(_key(place), self._new(REGULAR, FILE_MODE, content))
            return
        self._require(file, 2)
        own = self.own(place)
        if append:
            own.content += content
        else:
            own.content = bytearray(content)
        own.modified, own.changed = self.clock(), None

    def make_directory(self, path: str, mode: int = DIRECTORY_MODE) -> None:
        place = self._free(path)
        self.disk.put(_key(place), self._new(DIRECTORY, mode))

    def make_link(self, target: str, path: str) -> None:
        if len(target) > LONGEST_PATH:
            raise FileProblem("File name too long")
        place = self._free(path)
        self.disk.put(_key(place), self._new(LINK, LINK_MODE))
        self.disk.others[_key(place)].link = target

    def put(self, path: str, file: File) -> None:
        """Put a file of any kind at a path."""
        place = self.resolve(path, follow=False)
        self._require_parent(place)
        self.require_space(len(file.content))
        self.disk.put(_key(place), file)

    def remove(self, path: str) -> None:
        """Remove a file, or a directory with its content. Raises FileProblem."""
        place = self.resolve(path, follow=False)
        if place in ("/", NSCONFIG, FLASH_NSCONFIG):
            raise FileProblem("Device busy" if place == "/" else "Operation not permitted")
        self.need(place, follow=False)
        self._require_parent(place)
        for below, _ in list(self.walk(place)):
            key = _key(below)
            self.disk.remove(key)
            if key in FIRMWARE:
                self.disk.removed.add(key)
        self._keep(posixpath.dirname(place))

    def own(self, path: str) -> File:
        """Return the node's own record of a file, which may be changed; a file of the firmware is copied for it. Raises FileProblem."""
        place = self.resolve(path, follow=False)
        file = self.need(place, follow=False)
        key = _key(place)
        own = self.disk.own(key)
        if own is None and not (file.kind == LINK and key == NSCONFIG):
            own = file.copy()
            self.disk.put(key, own)
        return own or file

    def require_owner(self, path: str) -> None:
        """Raise FileProblem unless the user may change the owner, the mode or the times of a file."""
        if self.user not in ("root", self.need(path).owner):
            raise FileProblem("Operation not permitted")

    def _free(self, path: str) -> str:
        place = self.resolve(path, follow=False)
        if self._at(place) is not None:
            raise FileProblem("File exists")
        self._require_parent(place)
        self.require_space(0)
        return place

    def _keep(self, place: str) -> None:
        """Keep a directory that had an entry only because of what was in it."""
        if place != "/" and self._at(place) is None:
            self.disk.put(_key(place), self._new(DIRECTORY, DIRECTORY_MODE))

    def _new(self, kind: str, mode: int, content: bytes = b"") -> File:
        now = self.clock()
        group = "wheel" if self.user == "root" else self.user
        return File(bytearray(content), now, now, self.user, group, mode, kind)

    def _require_parent(self, place: str) -> None:
        parent = self._at(posixpath.dirname(place))
        if parent is None:
            raise FileProblem("No such file or directory")
        if parent.kind != DIRECTORY:
            raise FileProblem("Not a directory")
        self._require(parent, 2)

    def require_space(self, size: int, files: int = 1) -> None:
        """Raise FileProblem unless so many bytes and files fit on the disk."""
        if self.full():
            raise FileProblem("No space left on device")
        disk = self.disk
        if size > disk.room:  # an estimate, since it is not cheap to count
            disk.room = MOST_BYTES - sum(len(file.content) for file in disk.values())
        if size > disk.room or len(disk) + len(disk.others) + files > MOST_FILES:
            raise FileProblem("No space left on device")
        disk.room -= size

    def _require(self, file: File, bit: int) -> None:
        """Raise FileProblem if the mode of a file does not permit this (4: read, 2: write) to the user. Root may do everything."""
        if self.user == "root":
            return
        shift = 6 if file.owner == self.user else 3 if file.group == self.user else 0
        if not file.mode >> shift & bit:
            raise FileProblem("Permission denied")


def _key(place: str) -> str:
    """Return the path under which the disk keeps what is at a physical path."""
    if place == FLASH_NSCONFIG or place.startswith(f"{FLASH_NSCONFIG}/"):
        return NSCONFIG + place[len(FLASH_NSCONFIG) :]
    return place
