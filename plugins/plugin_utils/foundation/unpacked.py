# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bytes of a log file and its lines, bounded: files that never end, files that grow without end when they are unpacked, lines without an end. Pure."""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

MOST_BYTES = 16 * 1024 * 1024
"""Bytes of one unpacked file. newsyslog turns a log over at about 100 KB, an hour late at most (product page on log file rotation)."""
LONGEST_LINE = 8 * 1024
"""Bytes of a line that are read; syslogd cuts at 1 or 8 KB (RFC 3164, RFC 5424), httpd accepts a request line of 8,190 bytes."""
MOST_LINES = 400_000
"""Lines of one file; MOST_BYTES of the shortest real lines have fewer."""
MOST_MEMBERS = 1000
"""Members of a gzip file, or streams of a bzip2 file; newsyslog writes one."""
_PIECE = 256 * 1024
_GZIP, _BZIP2 = b"\x1f\x8b", b"BZh"
_OTHERS = {b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"\x1f\x9d": "compress"}
"""What else newsyslog packs with (FreeBSD, newsyslog.conf: flags X, Y, Z), by its first bytes."""


class Unpacked(NamedTuple):
    """The content of a file.

    :ivar problem: why it is not whole, as a clause; "" where it is
    """

    content: bytes
    problem: str = ""


class RawLine(NamedTuple):
    """A line as bytes.

    :ivar is_cut: it is longer, and only the first LONGEST_LINE bytes are here
    """

    offset: int
    content: bytes
    is_cut: bool = False


def unpacked(content: bytes, most: int = MOST_BYTES, lines: int = MOST_LINES) -> Unpacked:
    """Return the content of a file, unpacked where it is packed by gzip or bzip2: what its bytes say, not its name.

    A limit that is reached is a problem, so no reader has to count again.

    :param most: bytes; lines: how many lines are read, 0 for all of these bytes
    """
    for magic, program in _OTHERS.items():
        if content.startswith(magic):
            return Unpacked(b"", f"it is packed by {program}, which is not unpacked here")
    if content.startswith(_GZIP):
        found = _streams(content, most, _GZIP, partial(zlib.decompressobj, wbits=31))
    elif content.startswith(_BZIP2):
        found = _streams(content, most, _BZIP2, bz2.BZ2Decompressor)
    else:
        found = Unpacked(content) if len(content) <= most else Unpacked(content[:most], _too_large(most))
    return _with_few_lines(found, lines) if lines else found


def _too_large(most: int) -> str:
    return f"only the first {most // 2**20} MiB were read"


def _with_few_lines(found: Unpacked, most: int) -> Unpacked:
    """Return a content up to its last line that is read."""
    if found.content.count(b"\n") <= most:
        return found
    end = 0
    for _line in range(most):
        end = found.content.index(b"\n", end) + 1
    return Unpacked(found.content[:end], f"only its first {most:,} lines were read")


def _streams(packed: bytes, most: int, magic: bytes, begin: Callable[[], Any]) -> Unpacked:
    """Unpack all members of a file, at most so many bytes (RFC 1952, 2.2; bzip2 writes a stream for each file of ``cat a.bz2 b.bz2``).

    :param magic: the first bytes of each member
    :param begin: returns what unpacks one member: an object of zlib or of bz2
    """
    parts: list[bytes] = []
    room, position, members = most, 0, 0
    while packed.startswith(magic, position):
        if members == MOST_MEMBERS:
            return Unpacked(b"".join(parts), f"only its first {MOST_MEMBERS} members were read")
        member, waiting = begin(), b""
        members += 1
        while not member.eof:
            if not waiting and getattr(member, "needs_input", True):
                waiting = packed[position : position + _PIECE]
                position += len(waiting)
                if not waiting:
                    return Unpacked(b"".join(parts), "it ends too early")
            try:
                part = member.decompress(waiting, min(_PIECE, room + 1))
            except (zlib.error, OSError, ValueError):
                return Unpacked(b"".join(parts), "it is damaged, and only what is before that was read")
            if len(part) > room:
                return Unpacked(b"".join([*parts, part[:room]]), _too_large(most))
            parts.append(part)
            room -= len(part)
            waiting = getattr(member, "unconsumed_tail", b"")
        position -= len(member.unused_data)
    return Unpacked(b"".join(parts), "it holds other data behind its end" if packed[position:].strip(b"\0") else "")


def lines_of(content: bytes, start: int = 0) -> Iterator[RawLine]:
    """Yield the lines of an unpacked file from an offset on. Only a line feed ends a line: any other line end is data that a client sent."""
    position = start
    while position < len(content):
        end = content.find(b"\n", position)
        end = len(content) if end < 0 else end
        shown = min(end, position + LONGEST_LINE)
        yield RawLine(position, content[position:shown].rstrip(b"\r"), shown < end)
        position = end + 1


def end_of_lines(content: bytes) -> int:
    """Return the offset behind the last line that is whole: what follows is still being written."""
    return content.rfind(b"\n") + 1
