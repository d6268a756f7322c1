# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bytes of a log file and its lines, bounded: files that never end, files that grow without end when they are unpacked, lines without an end. Pure."""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Iterator
from typing import NamedTuple

MOST_BYTES = 16 * 1024 * 1024
"""Bytes of one unpacked file. newsyslog turns a log over at about 100 KB, an hour late at most (product page on log file rotation)."""
LONGEST_LINE = 8 * 1024
"""Bytes of a line that are read; syslogd cuts at 1 or 8 KB (RFC 3164, RFC 5424), httpd accepts a request line of 8,190 bytes."""
MOST_LINES = 400_000
"""Lines of one file; MOST_BYTES of the shortest real lines have fewer."""
MOST_MEMBERS = 1000
"""Members of a gzip file; newsyslog writes one."""
_PIECE = 256 * 1024
_GZIP, _BZIP2 = b"\x1f\x8b", b"BZh"


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


def unpacked(content: bytes, most: int = MOST_BYTES) -> Unpacked:
    """Return the content of a file, unpacked where it is packed by gzip or bzip2: what its bytes say, not its name."""
    if content.startswith(_GZIP):
        return _gunzipped(content, most)
    if content.startswith(_BZIP2):
        return _bunzipped(content, most)
    return Unpacked(content) if len(content) <= most else Unpacked(content[:most], _too_large(most))


def _too_large(most: int) -> str:
    return f"only the first {most // 2**20} MiB were read"


def _gunzipped(packed: bytes, most: int) -> Unpacked:
    """Unpack all members of a gzip file (RFC 1952, 2.2), at most so many bytes."""
    parts: list[bytes] = []
    room, position, members = most, 0, 0
    while packed.startswith(_GZIP, position):
        if members == MOST_MEMBERS:
            return Unpacked(b"".join(parts), f"only its first {MOST_MEMBERS} members were read")
        member, waiting = zlib.decompressobj(wbits=31), b""
        members += 1
        while not member.eof:
            if not waiting:
                waiting = packed[position : position + _PIECE]
                position += len(waiting)
            if not waiting:
                return Unpacked(b"".join(parts), "it ends too early")
            try:
                part = member.decompress(waiting, min(_PIECE, room + 1))
            except zlib.error:
                return Unpacked(b"".join(parts), "it is damaged, and only what is before that was read")
            if len(part) > room:
                return Unpacked(b"".join([*parts, part[:room]]), _too_large(most))
            parts.append(part)
            room -= len(part)
            waiting = member.unconsumed_tail
        position -= len(member.unused_data)
    return Unpacked(b"".join(parts), "it holds other data behind its end" if packed[position:].strip(b"\0") else "")


def _bunzipped(packed: bytes, most: int) -> Unpacked:
    """Unpack the first stream of a bzip2 file, at most so many bytes."""
    stream, parts, room = bz2.BZ2Decompressor(), list[bytes](), most
    waiting = packed
    while not stream.eof:
        try:
            part = stream.decompress(waiting, min(_PIECE, room + 1))
        except (OSError, ValueError):
            return Unpacked(b"".join(parts), "it is damaged, and only what is before that was read")
        if len(part) > room:
            return Unpacked(b"".join([*parts, part[:room]]), _too_large(most))
        parts.append(part)
        room -= len(part)
        waiting = b""
        if not part and stream.needs_input:
            return Unpacked(b"".join(parts), "it ends too early")
    return Unpacked(b"".join(parts))


def lines_of(content: bytes, start: int = 0, most: int = MOST_LINES) -> Iterator[RawLine]:
    """Yield the lines from an offset on. Only a line feed ends a line: any other line end is data that a client sent."""
    position, count = start, 0
    while position < len(content) and count < most:
        end = content.find(b"\n", position)
        end = len(content) if end < 0 else end
        shown = min(end, position + LONGEST_LINE)
        yield RawLine(position, content[position:shown].rstrip(b"\r"), shown < end)
        position, count = end + 1, count + 1


def end_of_lines(content: bytes) -> int:
    """Return the offset behind the last line that is whole: what follows is still being written."""
    return content.rfind(b"\n") + 1
