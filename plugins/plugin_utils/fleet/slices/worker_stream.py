# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stream that ``ansible-runner worker`` sends back, read within bounds. Nothing of it is written to a disk.

A node that is taken over sends what it likes. ``ansible-runner process`` (2.4.3, utils/streaming.py, read and tried on 28 November 2026) extracts the
archive with its links, and writes the files behind them, so that the node would write any file of the controller's user. So the stream is read here:
lines of JSON, of which only those with ``status``, ``zipfile`` and ``eof`` count; behind ``zipfile`` come so many bytes in Base64; of the archive only
files of known names are read.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import time
import zipfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from ...foundation.foreign_text import printable
from .bounded_json import MOST_OF_A_LINE, parse_bounded
from .job_standing import Standing

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes. An event has the whole result of one appliance."""
MOST_BYTES = 2 * 1024 * 1024 * 1024
"""Bytes of a whole stream."""
LARGEST_ARCHIVE = 128 * 1024 * 1024
LARGEST_FILE = 64 * 1024 * 1024
"""Bytes, of what is held in memory for each node: the results or the change records of one slice."""
MOST_MEMBERS = 200_000
LONGEST_TEXT = 500
SUCCESSFUL, FAILED = "successful", "failed"
ENDS = (SUCCESSFUL, FAILED)
"""The states of a job whose playbook came to its end, with or without failures of appliances."""
_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How ansible-runner 2.4.3 compresses (ZIP_DEFLATED in utils/streaming.py). Others may ask for gigabytes of memory by a few bytes of their header."""
_ENTRY = b"PK\x01\x02"
"""How each entry of the list of an archive begins."""
Heard = Callable[[Mapping[str, Any]], None]
_TAIL = 64 * 1024
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class WorkerAnswer:
    """What a job sent back.

    :ivar status: of the job; "" where the stream ended before one came
    :ivar files: by name, the files that were asked for
    :ivar problem: why the stream does not count, as half a sentence, or ""
    :ivar has_ended: the stream came to its end, so the job did
    :ivar standing: where the job is, for one without results
    :ivar ahead: by how many seconds the clock of the node is ahead of ours at least, by the events that it sent as they happened; None where it sent none
    """

    status: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    problem: str = ""
    has_ended: bool = False
    standing: Standing = Standing.OPEN
    ahead: float | None = None

    @property
    def is_whole(self) -> bool:
        """True if the playbook came to its end: a missing status means that the node is lost."""
        return not self.problem and self.status in ENDS


class _NotAStream(Exception):
    pass


def read_stream(stream: IO[bytes], wanted: Collection[str], heard: Heard = lambda _head: None) -> WorkerAnswer:
    """Return the answer of a job.

    :param wanted: the names of the files of its archive that are read; a name that ends in ``/`` is a directory, of which each file is read
    :param heard: called with each line that was read
    """
    reader = _Reader(stream, wanted, heard)
    try:
        reader.read()
    except (_NotAStream, OSError, ValueError) as error:
        return WorkerAnswer(reader.status, reader.files, printable(str(error))[:LONGEST_TEXT])
    reason = f": {reader.explanation}" if reader.explanation else ""
    problem = "" if reader.status in ENDS else f"its job ended as {reader.status or 'nothing'}{reason}"
    return WorkerAnswer(reader.status, reader.files, problem, has_ended=True, ahead=reader.ahead)


class _Reader:
    """Reads one stream."""

    def __init__(self, stream: IO[bytes], wanted: Collection[str], heard: Heard) -> None:
        self.stream = stream
        self.heard = heard
        self.wanted = wanted
        self.status = self.explanation = ""
        self.files: dict[str, bytes] = {}
        self.ahead: float | None = None
        self._left = MOST_BYTES

    def read(self) -> None:
        """Read until the end.

        :raises _NotAStream: where it is not the whole stream of a job
        """
        while "eof" not in (head := self._head()):
            self.heard(head)
            if "status" in head:
                self.status, self.explanation = _text(head["status"]), _text(head.get("job_explanation"))
            elif "zipfile" in head:
                self._take_archive(head["zipfile"])
            elif (ahead := _ahead(head.get("created"))) is not None:
                self.ahead = ahead if self.ahead is None else max(self.ahead, ahead)

    def _head(self) -> Mapping[str, Any]:
        line = self.stream.readline(min(LONGEST_LINE, self._left) + 1)
        self._left -= len(line)
        if not line:
            raise _NotAStream("its stream ended in the middle: the node, its job or the connection to it was lost")
        if len(line) > LONGEST_LINE or self._left < 0:
            raise _NotAStream("its stream is larger than any job's")
        return _object(line)

    def _take_archive(self, size: object) -> None:
        if not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= min(LARGEST_ARCHIVE, self._left):
            raise _NotAStream("its archive is larger than any job's")
        self._left -= size
        self.files |= _wanted_files(_decoded(self.stream, size), self.wanted)


_REFUSAL = re.compile(r"^REFUSED  (.+(?:\n  .+)*)", re.MULTILINE)
"""A job has a terminal, and there a refusal of a whole run is several lines."""


def last_words(stdout: bytes) -> str:
    """Return the last refusal or error of a playbook, or its last line that is no warning, as one line."""
    text = _COLOUR.sub("", stdout[-_TAIL:].decode("utf-8", "replace")).replace("\r\n", "\n")
    if refusals := _REFUSAL.findall(text):
        return printable(" ".join(refusals[-1].split()))[:LONGEST_TEXT]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "ERROR]" in line]
    reasons = [line for line in lines if "WARNING]" not in line]
    return printable((errors or reasons or [""])[-1])[:LONGEST_TEXT]


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        value = parse_bounded(line, MOST_OF_A_LINE)
    except ValueError:
        raise _NotAStream("it sent something else than the stream of a job") from None
    if not isinstance(value, dict):
        raise _NotAStream("it sent something else than the stream of a job")
    return value


def _decoded(stream: IO[bytes], size: int) -> bytes:
    text = stream.read(-(-size // 3) * 4)
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error:
        content = b""
    if len(content) != size:
        raise _NotAStream("its archive is not whole")
    return content


def _wanted_files(archive: bytes, wanted: Collection[str]) -> dict[str, bytes]:
    """Return the files that were asked for.

    :raises _NotAStream: where the archive is too large, or cannot be read, whatever the library says of it
    """
    if archive.count(_ENTRY) > MOST_MEMBERS:  # before each of them becomes an object
        raise _NotAStream("its archive has more files than any job's")
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            return _contents(opened, wanted)
    except _NotAStream:
        raise
    except Exception as error:  # noqa: BLE001 -- a node chooses each byte, and the library states no list of what it raises
        raise _NotAStream(f"its archive cannot be read ({type(error).__name__})") from None


def _contents(opened: zipfile.ZipFile, wanted: Collection[str]) -> dict[str, bytes]:
    found = {}
    directories = tuple(name for name in wanted if name.endswith("/"))
    left = LARGEST_FILE
    for member in opened.infolist():
        name = member.filename
        if member.is_dir() or not (name in wanted or (directories and name.startswith(directories))):
            continue
        if member.compress_type not in _KINDS:
            raise _NotAStream("its archive is compressed in a way that no job's is")
        with opened.open(member) as file:
            content = file.read(left + 1)  # whatever size the archive states
        left -= len(content)
        if left < 0:
            raise _NotAStream("the files of its archive are larger than any job's")
        found[name] = content
    return found


def _ahead(created: object) -> float | None:
    """Return by how many seconds the time of an event is ahead of ours; None where it is no time in UTC."""
    if not isinstance(created, str) or not created.endswith("+00:00"):
        return None
    try:
        return datetime.fromisoformat(created).timestamp() - time.time()
    except ValueError:
        return None


def _text(value: object) -> str:
    return printable(value)[:LONGEST_TEXT] if isinstance(value, str) else ""
