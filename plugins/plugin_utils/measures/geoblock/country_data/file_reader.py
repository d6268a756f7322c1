# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The text of plain, gzip and zip files, which are recognised by their first bytes, and the date of the data."""

from __future__ import annotations

import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path
from typing import IO

from ....foundation.errors import InvalidInput

UNPACKED = 16  # times the size that a download may have: more is an attack, not data
_HEADER_LINES = 60
_DATA = re.compile(r"(?:.*/)?(?!license|readme|copyright|copying|notice)[^/]*\.(?:csv|txt)", re.IGNORECASE)
_NAME_DATE = re.compile(r"(20\d\d)-?(0[1-9]|1[0-2])(?:-?(0[1-9]|[12]\d|3[01]))?(?!\d)")
_REGISTRY_DATE = re.compile(r"\d(?:\.\d)?\|[a-z]+\|\d+\|\d+\|\d*\|(\d{8})\|")

_BROKEN = (zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError, RuntimeError)
"""What the library of archives raises for one that is broken or encrypted."""


@dataclass(frozen=True)
class Text:
    """One text file, which may be a member of an archive.

    :ivar name: for messages: the path, and the member of an archive
    :ivar country: whose networks these are, for a plain list
    :ivar max_bytes: of the unpacked text
    """

    path: Path
    member: str
    country: str
    modified: date
    max_bytes: int

    @property
    def name(self) -> str:
        return f"{self.path}:{self.member}" if self.member else str(self.path)

    def lines(self) -> Iterator[str]:
        """Return the lines with their line ends.

        :raises InvalidInput: if the file can't be read or unpacked, or is far too large
        """
        try:
            with self.path.open("rb") as file, self._unpacked(file) as content:
                yield from io.TextIOWrapper(
                    io.BufferedReader(_Bounded(content, self), 1 << 18), encoding="utf-8-sig", errors="replace"
                )
        except (OSError, EOFError, *_BROKEN) as error:
            raise InvalidInput(f"{self.name} can't be unpacked ({error}): get it anew") from error

    def _unpacked(self, file: IO[bytes]) -> IO[bytes]:
        if self.member:
            return zipfile.ZipFile(file).open(self.member)
        start = file.read(2)
        file.seek(0)
        return gzip.GzipFile(fileobj=file) if start == b"\x1f\x8b" else file  # type: ignore[return-value]

    def date(self) -> date:
        """Return the date of the data: from its header, else its name, else its time of modification."""
        for line in islice(self.lines(), _HEADER_LINES):
            if line.startswith("# Generated:"):  # IPFire
                try:
                    return parsedate_to_datetime(line.partition(":")[2].strip()).date()
                except ValueError:
                    continue
            if found := _REGISTRY_DATE.match(line):
                return datetime.strptime(found[1], "%Y%m%d").replace(tzinfo=UTC).date()
        if found := _NAME_DATE.search(self.member or self.path.name):
            return date(int(found[1]), int(found[2]), int(found[3] or 1))
        return self.modified


class _Bounded(io.RawIOBase):
    """Limits what is unpacked: a small archive can hold a very large text."""

    def __init__(self, content: IO[bytes], text: Text) -> None:
        self.content = content
        self.text = text
        self.left = text.max_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self.content.read(len(buffer))
        self.left -= len(data)
        if self.left < 0:
            raise InvalidInput(
                f"{self.text.name} unpacks to more than {self.text.max_bytes:,} bytes: this is no country data"
            )
        buffer[: len(data)] = data
        return len(data)


def texts(path: Path, *, country: str, max_bytes: int) -> list[Text]:
    """Return the text files in a file: itself, or the .csv and .txt members of a zip that aren't its licence or a note to read.

    :raises InvalidInput: if it is no zip that can be read
    """
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    if not zipfile.is_zipfile(path):
        return [Text(path, "", country, modified, max_bytes)]
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if _DATA.fullmatch(info.filename)]
    except _BROKEN as error:
        raise InvalidInput(f"{path} can't be unpacked ({error}): get it anew") from error
    return [Text(path, info.filename, country, _date_of(info, modified), max_bytes) for info in members]


def _date_of(member: zipfile.ZipInfo, default: date) -> date:
    """Return the date of a member; the default where it has none that exists."""
    try:
        return date(*member.date_time[:3])
    except ValueError:
        return default
