# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The look at one node over NITRO: listings, the content of what is new or changed, and the kernel's integrity messages. Reads only, all of it bounded.

Reading a file changes its access time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ...appliance.nitro.directory_listing import ListedFile
from ...appliance.nitro.directory_tree import DirectoryTree
from ...appliance.nitro.node_files import read_file
from ...appliance.nitro.session import Session
from ...foundation.counted import counted
from ...foundation.digest import digest_of
from ...foundation.errors import CannotConnect, OutcomeUnknown, TourniquetError
from ...foundation.foreign_text import one_line
from ...foundation.unpacked import lines_of, unpacked
from ..findings.finding import NotSeen
from ..trace_rules.integrity_messages import MOST, IntegrityMessage, integrity_messages
from ..trace_rules.judged_files import FileJudge, usual_times
from ..trace_rules.watched_directories import (
    FOLLOWED,
    MANAGEMENT_PAGES,
    Holds,
    Place,
    is_code,
    is_start_up_file,
    is_suspicious_name,
    is_watched,
    place_of,
)
from .watched_state import NodeState, SeenFile, line_digests

MOST_FILES = 400
"""The most files of a node that one run reads; the next run goes on with the others."""
MOST_BYTES = 64 * 1024 * 1024
"""The most bytes of a node that one run reads."""
LARGEST = 1024 * 1024
"""The most bytes of a file that is read: what attackers left was smaller, and of a larger one size and time count."""
MOST_DIRECTORIES = 2_000
"""The most directories of a node that are listed."""
SENTINEL_DIRECTORY, SENTINEL = "/etc", "crontab"
"""A file that every appliance has and uses: where a watch does not find it, or its content does not fit its size, the answers prove nothing."""
LOG_DIRECTORY, LOG = "/var/log", "messages"


@dataclass
class NodeLook:
    """The look at one node.

    :ivar known: what an earlier look has seen, by path: what has the same size and time there is not read again
    :ivar hash_all: read every file again
    :ivar judge: says what a file is
    """

    session: Session
    known: Mapping[str, SeenFile]
    hash_all: bool = False
    judge: FileJudge = field(default_factory=FileJudge)
    not_seen: list[NotSeen] = field(default_factory=list)
    messages: list[IntegrityMessage] = field(default_factory=list)
    files_read: int = 0
    bytes_read: int = 0
    unread: int = 0
    _found_sentinel: bool = False

    @property
    def node(self) -> str:
        return str(self.session.node)

    def gap(self, what: str, why: str, *, is_gap: bool = True) -> None:
        """Note what could not be looked at."""
        self.not_seen.append(NotSeen(what, why, self.node, is_gap))

    def state(self, build: str) -> NodeState:
        """Return what is there.

        :raises CannotConnect: where the node does not answer any more
        """
        files: dict[str, SeenFile] = {}
        for place in sorted(FOLLOWED, key=lambda one: len(one.directory), reverse=True):
            rows = [row for row in self._rows(place) if row.path not in files]
            usual = usual_times(rows)
            for row in rows:
                files[row.path] = self._seen(place, row, is_usual=row.modified in usual)
        # What could not be listed is a gap, and nothing there is gone.
        files |= {path: file for path, file in self.known.items() if path not in files and not self.tree.is_gone(path)}
        if self.unread:
            why = (
                f"a run reads at most {MOST_FILES} files and {MOST_BYTES // 2**20} MiB of a node; the next one goes on"
            )
            self.gap(f"the content of {counted(self.unread, 'file')}", why)
        self._read_messages()
        if not self._found_sentinel:
            self.gap(
                f"{SENTINEL_DIRECTORY}/{SENTINEL}",
                "every appliance has it, so a watch that does not find it whole proves nothing",
            )
        return NodeState(build, files)

    def _rows(self, place: Place) -> Iterator[ListedFile]:
        """Yield the watched files of a place. Directories below it are yielded too."""
        is_followed = place.levels > 0 and place.directory != MANAGEMENT_PAGES
        below = self.tree.below(place.directory) if is_followed else [place.directory]
        for directory in below:
            for row in self.tree.listing(directory):
                if row.name not in ("", ".", "..") and is_watched(place, row.name):
                    yield row

    @cached_property
    def tree(self) -> DirectoryTree:
        """Return its directories."""
        return DirectoryTree(self.session, self.gap, MOST_DIRECTORIES)

    @property
    def directories(self) -> int:
        """Return how many directories exist and were listed."""
        return self.tree.exist

    def _seen(self, place: Place, row: ListedFile, *, is_usual: bool) -> SeenFile:
        if row.is_directory:
            return SeenFile(is_directory=True, level=self.judge.level(row))
        modified = row.modified.isoformat() if row.modified else ""
        start_up = is_start_up_file(place, row.name)
        known = self.known.get(row.path)
        as_before = known is not None and (known.size, known.modified) == (row.size, modified)
        if known is not None and as_before and known.sha256 and not start_up and not self.hash_all:
            return known
        named = self.judge.level(row, is_usual=is_usual)
        by_name = SeenFile(row.size, modified, is_code=is_code(place, row.name, b""), level=named)
        if row.size is not None and row.size > LARGEST:
            return by_name
        if not row.can_be_read:
            if place.holds is not Holds.TEMPORARY:
                self.gap(one_line(row.path), "NITRO cannot be asked for a file of this name")
            return by_name
        if self.files_read >= MOST_FILES or self.bytes_read >= MOST_BYTES:
            self.unread += 1
            return known if known is not None and as_before else by_name
        content = self._content(row)
        if content is None:
            return by_name
        if (row.directory, row.name) == (SENTINEL_DIRECTORY, SENTINEL):
            self._found_sentinel = bool(content) and row.size in (None, len(content))
        lines = line_digests(content) if start_up else ()
        level = self.judge.level(row, content, is_usual=is_usual)
        return SeenFile(
            row.size, modified, digest_of(content), is_code(place, row.name, content), lines=lines, level=level
        )

    def _content(self, row: ListedFile) -> bytes | None:
        """Return the content of a file; None where it cannot be read, which is noted, or is gone."""
        self.files_read += 1
        try:
            content = read_file(self.session, row.name, row.directory)
        except (CannotConnect, OutcomeUnknown):
            raise
        except TourniquetError as error:
            if not is_temporary_and_plain(row):
                self.gap(one_line(row.path), f"it cannot be read: {one_line(str(error))}")
            return None
        self.bytes_read += len(content or b"")
        return content

    def added_lines(self, path: str, before: tuple[str, ...]) -> list[bytes]:
        """Return the lines of a start-up file that it did not have before.

        :param before: the digests of its lines in the baseline
        """
        directory, _slash, name = path.rpartition("/")
        content = self._content(ListedFile(directory, name)) or b""
        return [line for line in content.splitlines() if line_digests(line) and line_digests(line)[0] not in before]

    def _read_messages(self) -> None:
        rows = {row.name: row for row in self.tree.listing(LOG_DIRECTORY) if not row.is_directory}
        if LOG not in rows:
            self.gap(f"{LOG_DIRECTORY}/{LOG}", "it is not there")
        for name in (LOG, f"{LOG}.0", f"{LOG}.0.gz", f"{LOG}.0.bz2"):
            if name not in rows:
                continue
            content = self._content(rows[name])
            plain, problem = unpacked(content or b"")
            if problem:
                self.gap(f"{LOG_DIRECTORY}/{name}", problem)
            for line in lines_of(plain):
                self.messages += integrity_messages(line.content)
        if len(self.messages) > MOST:
            self.gap("more integrity messages", f"at most {MOST} of a node are looked at")
            del self.messages[MOST:]


def is_temporary_and_plain(row: ListedFile) -> bool:
    """Return True for a file that a program may be writing at this time, and whose name gives no reason to look at it."""
    return place_of(row.path, FOLLOWED).holds is Holds.TEMPORARY and not is_suspicious_name(row.name)
