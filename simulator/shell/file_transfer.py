# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SFTP and SCP over the file tree of a node. Every operation of asyncssh's server is replaced: none reaches a real file."""

from __future__ import annotations

import contextlib
import posixpath
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import asyncssh
from asyncssh.constants import (
    FILEXFER_TYPE_DIRECTORY,
    FILEXFER_TYPE_REGULAR,
    FILEXFER_TYPE_SPECIAL,
    FILEXFER_TYPE_SYMLINK,
    FX_FAILURE,
    FX_OP_UNSUPPORTED,
    FX_PERMISSION_DENIED,
    FXF_APPEND,
    FXF_CREAT,
    FXF_EXCL,
    FXF_READ,
    FXF_TRUNC,
    FXF_WRITE,
)
from asyncssh.sftp import SFTPAttrs, SFTPError, SFTPName

from simulator.nitro.command_policies import check_line
from simulator.node import current_files
from simulator.node.disk import DIRECTORY, LINK, REGULAR, File
from simulator.node.file_tree import FileProblem, FileTree
from simulator.node.node import Node
from simulator.types.errors import NitroError
from simulator.userland.commands.listing import full_mode, number_of, size

MOST_TRANSFERS = 4  # at the same time, of one connection
MOST_OPEN = 16
MOST_BYTES = 32 * 1024 * 1024  # of all open files
_TYPES = {REGULAR: FILEXFER_TYPE_REGULAR, DIRECTORY: FILEXFER_TYPE_DIRECTORY, LINK: FILEXFER_TYPE_SYMLINK}
# asyncssh's SCP looks for these classes, not for the codes.
_ERRORS: dict[str, type[SFTPError]] = {
    "No such file or directory": asyncssh.SFTPNoSuchFile,
    "File exists": asyncssh.SFTPFileAlreadyExists,
    "Permission denied": asyncssh.SFTPPermissionDenied,
}


@dataclass
class _Open:
    """An open file. Its content is written when it is closed."""

    path: str
    content: bytearray
    flags: int
    changed: bool = field(default=False)


def _failed(problem: Exception) -> SFTPError:
    kind: Any = _ERRORS.get(str(problem), asyncssh.SFTPFailure)
    return kind(str(problem))  # type: ignore[no-any-return]


def _text(path: bytes) -> str:
    return posixpath.join("/root", path.decode("utf-8", "surrogateescape"))


class FileTransfer(asyncssh.SFTPServer):
    """The files of a node for an administrator who may use the shell."""

    def __init__(self, channel: Any, user: str, node: Node) -> None:
        super().__init__(channel)
        self._opened: list[_Open] = []
        try:
            check_line(node.whole.running, user, lambda: "shell")
        except NitroError as problem:
            raise SFTPError(FX_PERMISSION_DENIED, problem.message) from None
        self._connection = channel.get_connection()
        transfers = self._connection.get_extra_info("transfers") or 0
        if transfers >= MOST_TRANSFERS:
            raise SFTPError(FX_FAILURE, "Too many sessions")
        self._connection.set_extra_info(transfers=transfers + 1)
        self._node = node
        current_files.refresh(node)

    @property
    def _tree(self) -> FileTree:
        return self._node.tree()

    # Files

    def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> _Open:
        place, tree = _text(path), self._tree
        try:
            existing = tree.find(place)
            if existing is None and not pflags & FXF_CREAT:
                raise FileProblem("No such file or directory")  # noqa: TRY301 -- one place makes all errors
            if existing is not None and pflags & FXF_EXCL:
                raise FileProblem("File exists")  # noqa: TRY301
            if existing is None or (pflags & FXF_TRUNC and pflags & FXF_WRITE):
                tree.write(place, b"")
            if len(self._opened) >= MOST_OPEN:
                raise FileProblem("Too many open files")  # noqa: TRY301
            made = _Open(place, bytearray(tree.read(place)), pflags)
            self._require_room(made, 0)
            self._opened.append(made)
            return made
        except FileProblem as problem:
            raise _failed(problem) from None

    def open56(self, path: bytes, desired_access: int, flags: int, attrs: SFTPAttrs) -> NoReturn:
        _unsupported()

    def read(self, file_obj: Any, offset: int, size: int) -> bytes:
        return bytes(file_obj.content[offset : offset + size]) if file_obj.flags & FXF_READ else b""

    def write(self, file_obj: Any, offset: int, data: bytes) -> int:
        if not file_obj.flags & FXF_WRITE:
            raise SFTPError(FX_PERMISSION_DENIED, "Permission denied")
        offset = len(file_obj.content) if file_obj.flags & FXF_APPEND else offset
        self._require_room(file_obj, offset + len(data))
        file_obj.content.extend(bytes(max(offset - len(file_obj.content), 0)))
        file_obj.content[offset : offset + len(data)] = data
        file_obj.changed = True
        return len(data)

    def _require_room(self, file_obj: _Open, length: int) -> None:
        """Refuse a length of an open file that makes all open files together too large."""
        others = sum(len(other.content) for other in self._opened if other is not file_obj)
        if others + max(length, len(file_obj.content)) > MOST_BYTES:
            raise SFTPError(FX_FAILURE, "File too large")

    def close(self, file_obj: Any) -> None:
        self._opened = [other for other in self._opened if other is not file_obj]
        self._write_back(file_obj)

    def _write_back(self, file_obj: _Open) -> None:
        if file_obj.changed:
            try:
                self._tree.write(file_obj.path, bytes(file_obj.content))
            except FileProblem as problem:
                raise _failed(problem) from None

    def fsync(self, file_obj: Any) -> None:
        """Nothing: a file is written when it is closed."""

    # Attributes

    def stat(self, path: bytes) -> SFTPAttrs:
        return self._attributes(path, follow=True)

    def lstat(self, path: bytes) -> SFTPAttrs:
        return self._attributes(path, follow=False)

    def fstat(self, file_obj: Any) -> SFTPAttrs:
        attributes = self.stat(file_obj.path.encode("utf-8", "surrogateescape"))
        attributes.size = len(file_obj.content)
        return attributes

    def setstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        try:
            file = self._tree.own(self._tree.resolve(_text(path)))
            if attrs.size is not None:
                self._tree.require_space(max(attrs.size - len(file.content), 0), 0)
        except FileProblem as problem:
            raise _failed(problem) from None
        if attrs.permissions is not None:
            file.mode = attrs.permissions & 0o7777
        if attrs.mtime is not None:
            file.modified = float(attrs.mtime)
        if attrs.size is not None:
            file.content = file.content[: attrs.size].ljust(attrs.size, b"\0")
        file.changed = self._node.clock()

    def lsetstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        self.setstat(path, attrs)

    def fsetstat(self, file_obj: Any, attrs: SFTPAttrs) -> None:
        if attrs.size is not None:
            self._require_room(file_obj, attrs.size)
            file_obj.content = file_obj.content[: attrs.size].ljust(attrs.size, b"\0")
        self._write_back(file_obj)
        self.setstat(file_obj.path.encode("utf-8", "surrogateescape"), attrs)
        file_obj.changed = False

    def _attributes(self, path: bytes, *, follow: bool) -> SFTPAttrs:
        try:
            return _shown(self._tree.need(_text(path), follow=follow))
        except FileProblem as problem:
            raise _failed(problem) from None

    # Directories and links

    async def scandir(self, path: bytes) -> AsyncIterator[SFTPName]:
        place = _text(path)
        try:
            names = self._tree.names(place)
        except FileProblem as problem:
            raise _failed(problem) from None
        for name in names:
            file = self._tree.find(posixpath.join(place, name), follow=False)
            if file is not None:
                yield SFTPName(name.encode("utf-8", "surrogateescape"), attrs=_shown(file))

    def realpath(self, path: bytes) -> bytes:
        try:
            return self._tree.resolve(_text(path)).encode("utf-8", "surrogateescape")
        except FileProblem:
            return posixpath.normpath(_text(path)).encode("utf-8", "surrogateescape")

    def readlink(self, path: bytes) -> bytes:
        file = self._tree.find(_text(path), follow=False)
        if file is None or file.kind != LINK:
            raise asyncssh.SFTPNoSuchFile("No such file or directory")
        return file.link.encode("utf-8", "surrogateescape")

    def mkdir(self, path: bytes, attrs: SFTPAttrs) -> None:
        self._do(lambda tree: tree.make_directory(_text(path)))

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        self._do(lambda tree: tree.make_link(oldpath.decode("utf-8", "surrogateescape"), _text(newpath)))

    def remove(self, path: bytes) -> None:
        self._remove(_text(path), directory=False)

    def rmdir(self, path: bytes) -> None:
        self._remove(_text(path), directory=True)

    def _remove(self, place: str, *, directory: bool) -> None:
        def remove(tree: FileTree) -> None:
            file = tree.need(place, follow=False)
            if (file.kind == DIRECTORY) is not directory:
                raise FileProblem("Not a directory" if directory else "Is a directory")
            if directory and tree.names(place):
                raise FileProblem("Directory not empty")
            tree.remove(place)

        self._do(remove)

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        def move(tree: FileTree) -> None:
            file = tree.need(_text(oldpath), follow=False)
            if file.kind == DIRECTORY:
                raise FileProblem("Is a directory")
            copy = tree.own(_text(oldpath)).copy()
            tree.remove(_text(oldpath))
            tree.put(_text(newpath), copy)

        self._do(move)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        self.rename(oldpath, newpath)

    def _do(self, work: Any) -> None:
        try:
            work(self._tree)
        except FileProblem as problem:
            raise _failed(problem) from None

    # What would reach the real machine

    def link(self, oldpath: bytes, newpath: bytes) -> NoReturn:
        _unsupported()

    def statvfs(self, path: bytes) -> NoReturn:
        _unsupported()

    def fstatvfs(self, file_obj: Any) -> NoReturn:
        _unsupported()

    def lock(self, file_obj: Any, offset: int, length: int, flags: int) -> NoReturn:
        _unsupported()

    def unlock(self, file_obj: Any, offset: int, length: int) -> NoReturn:
        _unsupported()

    def map_path(self, path: bytes) -> bytes:
        return path

    def reverse_map_path(self, path: bytes) -> bytes:
        return path

    def format_user(self, uid: int | None) -> str:
        return {0: "root", 65534: "nobody"}.get(uid or 0, str(uid))

    def format_group(self, gid: int | None) -> str:
        return {0: "wheel", 65534: "nobody"}.get(gid or 0, str(gid))

    def exit(self) -> None:
        """Send the exit status that clients wait for."""
        self._connection.set_extra_info(transfers=self._connection.get_extra_info("transfers") - 1)
        with contextlib.suppress(OSError):  # the client has closed the channel
            self.channel.exit(0)


def _unsupported() -> NoReturn:
    raise SFTPError(FX_OP_UNSUPPORTED, "Operation not supported")


def _shown(file: File) -> SFTPAttrs:
    return SFTPAttrs(
        type=_TYPES.get(file.kind, FILEXFER_TYPE_SPECIAL),
        size=size(file),
        uid=number_of(file.owner),
        gid=number_of(file.group),
        permissions=full_mode(file),
        atime=int(file.accessed),
        mtime=int(file.modified),
    )
