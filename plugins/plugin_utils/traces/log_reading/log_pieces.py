# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of one log is new since the last run: its rotated files are found again by their content, never by their number or their time. Pure.

newsyslog renames NAME to NAME.0.gz, NAME.0.gz to NAME.1.gz and so on. The file that the last run stopped in is the one that begins with the same bytes; it
and all newer ones are read. Where no file begins with them, lines were lost, or the log was emptied; or it was rotated after its files were listed, which a
second list tells: a file has another name then, so it may be seen under two names, or under none that was listed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ...foundation.counted import agreed, counted
from ...foundation.digest import digest_of
from ...foundation.unpacked import end_of_lines
from ..node_reading.file_reads import FileRead, Unread
from .bookmarks import Bookmark

LOGS = (
    *("ns.log", "nsvpn.log", "httpaccess.log", "httpaccess-vpn.log", "httperror.log", "httperror-vpn.log"),
    *("messages", "notice.log", "bash.log", "sh.log", "cron"),
)
"""The logs that are read, in /var/log."""
MOST_FILES = 60
"""The most files of one log; newsyslog keeps 25 of ns.log (product page on log file rotation)."""
MOST_BYTES = 64 * 1024 * 1024
"""The most unpacked bytes of one log in one run."""

Read = Callable[[str], FileRead]
"""Returns the content of a file by its name."""


@dataclass(frozen=True)
class Piece:
    """The new part of one file.

    :ivar start: offset of the first new line
    """

    file: str
    content: bytes
    start: int


@dataclass
class LogPieces:
    """The new parts of one log.

    :ivar pieces: the oldest first
    :ivar bookmark: where to go on; None where the log has no line
    :ivar problems: why a file isn't whole, as clauses
    :ivar unread: a file could not be read at all: then the bookmark stays, and the next run reads from there
    :ivar rotations: how often the log was rotated since the last run
    :ivar lost: the log was rotated so often that lines are gone which no run has read
    :ivar emptied: what was read last time is gone without a rotation
    :ivar moved: a file was gone, or two files begin alike, as when newsyslog renames them between two readings
    :ivar files: how many files were read
    :ivar size: how many bytes the files had as they were sent
    """

    pieces: list[Piece] = field(default_factory=list)
    bookmark: Bookmark | None = None
    problems: list[str] = field(default_factory=list)
    unread: bool = False
    rotations: int = 0
    lost: bool = False
    emptied: bool = False
    moved: bool = False
    files: int = 0
    size: int = 0

    @property
    def new_bytes(self) -> int:
        return sum(len(piece.content) - piece.start for piece in self.pieces)

    @property
    def is_in_doubt(self) -> bool:
        """Return True if a rotation after the files were listed would explain what was found."""
        return self.moved or self.lost or self.emptied


def new_pieces(files: list[str], read: Read, bookmark: Bookmark | None, listed: str = "") -> LogPieces:
    """Return what of a log is new.

    :param files: the files of the log, the newest first
    :param bookmark: where the last run stopped; None for everything that is there
    :param listed: size and modification time of the newest file
    """
    found = LogPieces(bookmark=bookmark)
    if bookmark is not None and listed and listed == bookmark.listed:
        return found
    older: list[Piece] = []  # the newest first
    digests: list[str] = []
    stopped_in: int | None = None
    room = MOST_BYTES
    for number, name in enumerate(files):
        if number >= MOST_FILES or room <= 0:
            found.problems.append(
                f"{counted(len(files) - number, 'older file')} {agreed(len(files) - number, 'was', 'were')} left out, from {name} on"
            )
            break
        content = _content(name, read, found)
        room -= len(content)
        found.moved |= bool(older and older[-1].content) and content.startswith(older[-1].content)
        if bookmark is not None and _begins(content, bookmark):
            older.append(Piece(name, content, bookmark.offset))
            digests.append(digest_of(content))
            stopped_in = number
            break
        older.append(Piece(name, content, 0))
        digests.append(digest_of(content))
    found.pieces = [_whole_lines(piece, is_newest=piece is older[0]) for piece in reversed(older)]
    if found.unread:  # what it would have held is not known
        return found
    if bookmark is not None:
        found.rotations = stopped_in or 0
        if stopped_in is None:
            found.emptied = len(files) < 2 or (bool(bookmark.before) and bookmark.before == digests[1])
            found.lost = not found.emptied
    found.bookmark = _next_bookmark(older, digests, bookmark, listed)
    return found


def _content(name: str, read: Read, found: LogPieces) -> bytes:
    file = read(name)
    if file.problem:
        is_gone = file.unread is Unread.GONE
        found.problems.append(f"{name}: {'it was rotated while it was read' if is_gone else file.problem}")
        found.moved |= is_gone
    if file.sent is None:
        found.unread = True
        return b""
    found.files += 1
    found.size += len(file.sent)
    return file.content


def _begins(content: bytes, bookmark: Bookmark) -> bool:
    return len(content) >= bookmark.offset and digest_of(content[: bookmark.offset]) == bookmark.digest


def _whole_lines(piece: Piece, *, is_newest: bool) -> Piece:
    """Return the part up to the last whole line of the file that is still being written."""
    return Piece(piece.file, piece.content[: end_of_lines(piece.content)], piece.start) if is_newest else piece


def _next_bookmark(pieces: list[Piece], digests: list[str], last: Bookmark | None, listed: str) -> Bookmark | None:
    """Return the bookmark at the end of the newest file with a line. A log that has just been emptied or rotated has none: its first line is new."""
    for number, piece in enumerate(pieces):
        end = end_of_lines(piece.content) if number == 0 else len(piece.content)
        if end:
            kept = last.before if last is not None and number == len(pieces) - 1 and piece.start else ""
            before = digests[number + 1] if number + 1 < len(digests) else kept
            return Bookmark(end, digest_of(piece.content[:end]), "", before, listed if number == 0 else "")
    return last
