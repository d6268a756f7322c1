# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a log, rotated and compressed ones too, in chunks that several processes read in constant memory."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ..foundation.errors import InvalidInput

PIECE = 16 * 1024 * 1024
CHUNK = 256 * 1024
MAX_LINE = 64 * 1024
"""Bytes. A longer line is no request line that an appliance or a web server accepts; it is counted as too long."""
_GZIP = b"\x1f\x8b"
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True)
class FileChunk:
    """A chunk of a file: the lines that begin in it.

    :ivar start: offset in bytes; end: likewise, or None for the end of the file (always for a compressed file)
    :ivar size: bytes on the disk, for the progress
    """

    path: str
    start: int
    end: int | None
    compressed: bool
    size: int


class Damaged(Exception):
    """A compressed file that ends too early or holds other data. The lines before the damage are kept."""


def find_files(patterns: Iterable[str], base: Path) -> list[Path]:
    """Return the regular files that some patterns match, the oldest file last, each once.

    :param patterns: paths, with * and ? if wanted; a relative one is below base
    :raises InvalidInput: for a pattern that matches no readable file
    """
    found: dict[Path, Path] = {}
    for pattern in patterns:
        path = base / Path(pattern).expanduser()
        anchor = Path(path.anchor)
        files = sorted((file for file in anchor.glob(str(path.relative_to(anchor))) if file.is_file()), key=_natural)
        if not files:
            raise InvalidInput(f"no file matches {pattern!r}: correct the path, or leave it out")
        for file in files:
            found.setdefault(file.resolve(), file)  # its own name tells more than that behind a link
    return list(found.values())


def _natural(path: Path) -> list[tuple[int, str]]:
    return [(int(word), "") if word.isdecimal() else (-1, word) for word in _NUMBER.split(str(path)) if word]


def cut(path: Path, piece: int = PIECE) -> list[FileChunk]:
    """Return the chunks of one file.

    :raises InvalidInput: where it cannot be read
    """
    try:
        with path.open("rb") as file:
            compressed = file.read(2) == _GZIP
        size = path.stat().st_size
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error
    if compressed or size <= piece:
        return [FileChunk(str(path), 0, None, compressed, size)]
    starts = range(0, size, piece)
    return [FileChunk(str(path), start, min(start + piece, size), False, min(piece, size - start)) for start in starts]


def read_lines(chunk: FileChunk) -> Iterator[str | None]:
    """Yield the lines of a chunk, without their ends, one character per byte; None for a line longer than MAX_LINE.

    Only a line feed ends a line: any other line end is data that a client sent.

    :raises Damaged: where a compressed file cannot be read any further
    :raises OSError: where the file cannot be read
    """
    with _opened(chunk) as file:
        if chunk.start:
            file.seek(chunk.start - 1)
            _skip_line(file, chunk.end)
        while chunk.end is None or file.tell() < chunk.end:
            try:
                line = file.readline(MAX_LINE + 1)
                if not line:
                    return
                if len(line) > MAX_LINE and not line.endswith(b"\n"):
                    _skip_line(file, chunk.end)
                    yield None
                    continue
            except (EOFError, zlib.error) as error:
                raise Damaged(str(error)) from error
            yield line.decode("latin-1").rstrip("\r\n")


def _opened(chunk: FileChunk) -> IO[bytes]:
    if chunk.compressed:
        return io.BufferedReader(_Unpacked(Path(chunk.path).open("rb")), CHUNK)
    return Path(chunk.path).open("rb", buffering=CHUNK)


def _skip_line(file: IO[bytes], end: int | None) -> None:
    """Skip to the end of a line, or of the chunk: the rest belongs to the next chunk, so a huge line is read once."""
    while (piece := file.readline(MAX_LINE)) and not piece.endswith(b"\n"):
        if end is not None and file.tell() >= end:
            return


class _Unpacked(io.RawIOBase):
    """The content of a gzip file up to where it is damaged; the reader of the standard library loses that content."""

    def __init__(self, packed: IO[bytes]) -> None:
        super().__init__()
        self._packed = packed
        self._member = zlib.decompressobj(wbits=31)
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._packed.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        while True:
            if self._member.eof:  # concatenated gzip files are one file (RFC 1952, 2.2)
                self._waiting = self._member.unused_data or self._waiting
                self._member = zlib.decompressobj(wbits=31)
                self._waiting = self._waiting.lstrip(b"\0") or self._packed.read(CHUNK)
                if not self._waiting:
                    return 0
            packed = self._member.unconsumed_tail or self._waiting or self._packed.read(CHUNK)
            if not packed:
                raise EOFError("it ends too early")
            self._waiting = b""
            found = self._member.decompress(packed, len(buffer))
            if found:
                buffer[: len(found)] = found
                return len(found)
