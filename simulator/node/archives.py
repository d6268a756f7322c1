# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Archives (tar, gzip) of a node's files: made of its disk, and read back with bounds."""

from __future__ import annotations

import gzip
import io
import json
import posixpath
import tarfile
import zlib
from collections.abc import Iterable, Mapping

from simulator.node.disk import FILE_MODE, Disk, File
from simulator.node.file_tree import MOST_BYTES, MOST_FILES

_NOTE = "comment"  # the header of a tar archive for free text
_LATEST = 2**32 - 1  # seconds; a header may hold any number


class NotAnArchive(Exception):
    """A file is not an archive of this kind, or it is too large."""


def archive(files: Iterable[tuple[str, File]], note: Mapping[str, str], top: str = "") -> bytes:
    """Return an archive of files.

    :param files: absolute paths and files
    :param note: texts that `note_of` returns
    :param top: the directory that they are in, "" for none
    """
    target = io.BytesIO()
    headers = {_NOTE: json.dumps(dict(note), sort_keys=True)}
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT, pax_headers=headers) as made:
        for path, file in files:
            member = tarfile.TarInfo(f"{top}/{path.lstrip('/')}" if top else path.lstrip("/"))
            member.size, member.mtime, member.mode = len(file.content), int(file.modified), file.mode
            member.uname, member.gname = file.owner, file.group
            made.addfile(member, io.BytesIO(bytes(file.content)))
    return gzip.compress(target.getvalue(), 6, mtime=0)


def note_of(content: bytes) -> dict[str, str]:
    """Return the note of an archive; {} if it has none. Raises NotAnArchive."""
    with _opened(content) as made:
        try:
            made.next()
            found = json.loads(made.pax_headers.get(_NOTE, "{}"))
        except (tarfile.TarError, ValueError, RecursionError):
            raise NotAnArchive from None
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def files_of(content: bytes, places: tuple[str, ...]) -> dict[str, File]:
    """Return the regular files under some directories (`/nsconfig/`) by their absolute path. Raises NotAnArchive.

    A sparse file is left out, since its header may claim any size.
    """
    found: dict[str, File] = {}
    with _opened(content) as made:
        try:
            for number, member in enumerate(made):
                if number >= MOST_FILES:
                    raise NotAnArchive
                path = f"/{member.name}"
                data = made.extractfile(member) if member.isreg() and not member.issparse() else None
                if data is None or posixpath.normpath(path) != path or not path.startswith(places):
                    continue
                mode = member.mode & 0o7777 or FILE_MODE
                time = float(member.mtime) if 0 <= member.mtime <= _LATEST else 0.0
                found[path] = File(
                    bytearray(data.read()), time, time, member.uname or "root", member.gname or "wheel", mode
                )
        except (tarfile.TarError, ValueError, OSError):
            raise NotAnArchive from None
    return found


def _opened(content: bytes) -> tarfile.TarFile:
    """Return the open archive, which is decompressed up to a bound."""
    try:
        unpacked = zlib.decompressobj(zlib.MAX_WBITS | 16)
        plain = unpacked.decompress(content, MOST_BYTES)
        if not unpacked.eof:
            raise NotAnArchive
        return tarfile.open(fileobj=io.BytesIO(plain), mode="r:")
    except (zlib.error, tarfile.TarError):
        raise NotAnArchive from None


def under(disk: Disk, places: tuple[str, ...]) -> list[tuple[str, File]]:
    """Return the regular files of a node under some directories, by path."""
    return [(path, disk[path]) for path in sorted(disk) if path.startswith(places)]
