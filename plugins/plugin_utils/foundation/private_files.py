# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that only their owner may read, written as a whole or not at all: they hold the configuration of customers.

What another local user could have written is not used: a file or directory of ours must belong to this user or to root, and nobody else may write to
it. Files are opened without following a link, and are checked after they were opened.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from .errors import InvalidInput
from .temporary_files import temporary_beside

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def write_privately(path: Path, text: str) -> None:
    """Replace a file as a whole (mode 0600); it is on the disk when this returns.

    :raises InvalidInput: where others may write to the directory
    :raises OSError: with its name, where it cannot be written; the old file is then still there
    """
    make_private_directory(path.parent)
    replace_file(path, text)


def replace_file(path: Path, text: str, *, mode: int = 0o600, durable: bool = True) -> None:
    """Replace a file in a directory that others may share; see :func:`write_privately`. A link in this place is replaced, and not followed.

    :param mode: of the file when it is whole; nobody else can read it before
    :param durable: it is on the disk when this returns
    :raises OSError: with its name, where it cannot be written; the old file is then still there
    """
    with _naming(path), _written_beside(path, text.encode("utf-8"), durable=durable) as temporary:
        temporary.chmod(mode)
        temporary.replace(path)
        if durable:
            _sync_directory(path.parent)


def create_privately(path: Path, content: bytes) -> bool:
    """Create a file as a whole (mode 0600), and return False where it exists already; it is on the disk when this returns.

    :raises InvalidInput: where others may write to the directory
    :raises OSError: with its name, where it cannot be written
    """
    make_private_directory(path.parent)
    with _naming(path), _written_beside(path, content, durable=True) as temporary:
        try:
            os.link(temporary, path, follow_symlinks=False)
        except FileExistsError:
            return False
        _sync_directory(path.parent)
    return True


def append_privately(path: Path, line: str) -> None:
    """Append one line in one write, so that the lines of several processes do not mix.

    If a full disk or a crash cut the last line off, the new one begins on a line of its own: only the cut one is lost.

    :raises InvalidInput: where others may write to the file or to the directory
    :raises OSError: where the line cannot be written as a whole
    """
    make_private_directory(path.parent)
    append_line(path, line)


def append_line(path: Path, line: str) -> None:
    """Append one line to a file in a directory that others may share; see :func:`append_privately`.

    :raises InvalidInput: where others may write to the file
    :raises OSError: where the line cannot be written as a whole
    """
    descriptor = open_private(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    try:
        with _naming(path):
            _append(descriptor, line)
    finally:
        os.close(descriptor)


def _append(descriptor: int, line: str) -> None:
    size = os.fstat(descriptor).st_size
    is_cut_off = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
    content = b"\n" * is_cut_off + line.encode() + b"\n"
    if os.write(descriptor, content) != len(content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(descriptor)


def read_privately(path: Path, *, errors: str = "strict") -> str:
    """Return the text of a file of ours.

    :raises InvalidInput: where somebody else could have written it
    :raises OSError: where it cannot be read
    :raises UnicodeDecodeError: where it is not UTF-8, unless ``errors`` says otherwise
    """
    return read_private_bytes(path).decode("utf-8", errors)


def read_private_bytes(path: Path, *, secret: bool = False) -> bytes:
    """Return the content of a file of ours.

    :param secret: others may not even read it
    :raises InvalidInput: where somebody else could have written it, or read it if it is secret
    :raises OSError: where it cannot be read
    """
    descriptor = open_private(path, os.O_RDONLY, secret=secret)
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def open_private(path: Path, flags: int, *, secret: bool = False) -> int:
    """Open a regular file of ours without following a link, and return its descriptor; a new file gets the mode 0600.

    :param secret: others may not even read it
    :raises InvalidInput: where it is a link or no regular file, or somebody else could have written it
    :raises OSError: where it cannot be opened
    """
    try:
        # A pipe that somebody else put in this place must not block; a regular file does not know this flag.
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise InvalidInput(f"{path} is a link, which is not followed. Put the file itself there.") from error
        raise
    try:
        _require_ours_file(path, os.fstat(descriptor), _OTHERS if secret else _OTHERS_WRITE)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def make_private_directory(path: Path, *, secret: bool = False) -> None:
    """Create a directory that only its owner may enter (mode 0700), with its missing parents; check one that exists.

    :param secret: others may not even read one that exists
    :raises InvalidInput: where it is a link, or somebody else may write to it, or read it if it is secret
    :raises OSError: where it cannot be created
    """
    if has_private_directory(path, secret=secret):
        return
    if not path.parent.is_dir():
        make_private_directory(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    has_private_directory(path, secret=secret)


def has_private_directory(path: Path, *, secret: bool = False) -> bool:
    """Return True if there is a directory, and only we may write to it; False where nothing is there.

    :param secret: others may not even read it
    :raises InvalidInput: where it is a link or no directory, or somebody else may write to it, or read it if it is secret
    :raises OSError: where it cannot be looked at
    """
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):  # below a file there is nothing either
        return False
    if stat.S_ISLNK(status.st_mode):
        raise InvalidInput(f"{path} is a link, which is not followed. Name the directory itself: {path.resolve()}")
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    _require_ours(path, status, _OTHERS if secret else _OTHERS_WRITE)
    return True


def _require_ours_file(path: Path, status: os.stat_result, forbidden: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise InvalidInput(f"{path} is not a regular file. Look at what it is, and move it away.")
    _require_ours(path, status, forbidden)


def _require_ours(path: Path, status: os.stat_result, forbidden: int) -> None:
    """:raises InvalidInput: where a file or directory belongs to somebody else, or others have rights that are forbidden"""
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid in (os.getuid(), 0) and not mode & forbidden:
        return
    what = f"{path} belongs to {_user_name(status.st_uid)} and has the mode {mode:04o}"
    if status.st_uid not in (os.getuid(), 0):
        user = _user_name(os.getuid())
        owners = f"{user} or to root" if os.getuid() else user
        raise InvalidInput(
            f"{what}: it must belong to {owners}, because its owner may change it. If it is that of a colleague, use one of your own "
            f"(such as -e records=DIRECTORY). Otherwise look at what it holds, then: chown -R {user} '{path}'"
        )
    wrong = "write to it" if not mode & forbidden & ~_OTHERS_WRITE else "read it"
    fix = "go-w" if forbidden == _OTHERS_WRITE else "go-rwx"
    if stat.S_ISDIR(status.st_mode):
        if mode & stat.S_ISVTX:  # such as /tmp, which others need
            raise InvalidInput(
                f"{what}: others may {wrong}. Name a directory of its own, such as '{path / 'tourniquet'}'."
            )
        fix = f"-R {fix}"  # what is in it has mostly the same mode
    raise InvalidInput(f"{what}: others may {wrong}. Look at what it holds, then: chmod {fix} '{path}'")


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Give an error of the operating system the name of the file that was to be written: it has none, or that of a temporary one."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextlib.contextmanager
def _written_beside(path: Path, content: bytes, *, durable: bool) -> Iterator[Path]:
    """Write a new file in the directory of another one; it is removed at the end, unless it was moved.

    :param durable: it is on the disk
    """
    with temporary_beside(path) as (temporary, file):
        file.write(content)
        file.flush()
        if durable:
            os.fsync(file.fileno())
        yield temporary


def _sync_directory(directory: Path) -> None:
    """Flush a directory to the disk: only then does a renamed file survive a crash of the machine."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
