# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The look at one node over NITRO: listings, the content of what is new or changed, and the kernel's integrity messages. Reads only, all of it bounded.

Reading a file changes its access time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ...appliance.nitro.directory_listing import ListedFile
from ...foundation.digest import digest_of
from ...foundation.unpacked import lines_of
from ..node_reading.file_reads import Limits, Unread
from ..node_reading.node_reader import NodeReader
from ..trace_rules.file_rules import LARGE, deserves_reading, is_large
from ..trace_rules.integrity_messages import MOST, IntegrityMessage, integrity_messages
from ..trace_rules.judged_files import FileJudge, usual_times
from ..trace_rules.watched_directories import (
    FOLLOWED,
    MANAGEMENT_PAGES,
    Holds,
    Place,
    is_code,
    is_start_up_file,
    is_watched,
)
from .watched_state import NodeState, SeenFile, line_digests

LIMITS = Limits(files=400, size=64 * 1024 * 1024, then="; the next run goes on with them")
"""What one run reads of a node. A first run reads each small file, so it has less than a hunt, and does not end there."""
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

    reader: NodeReader
    known: Mapping[str, SeenFile]
    hash_all: bool = False
    judge: FileJudge = field(default_factory=FileJudge)
    messages: list[IntegrityMessage] = field(default_factory=list)
    _found_sentinel: bool = False
    _start_up: dict[str, bytes] = field(default_factory=dict)

    @property
    def node(self) -> str:
        return self.reader.node

    def state(self, build: str) -> NodeState:
        """Return what is there.

        :raises CannotConnect: where the node does not answer any more
        """
        self._read_messages()
        files: dict[str, SeenFile] = {}
        for place in sorted(FOLLOWED, key=lambda one: len(one.directory), reverse=True):
            rows = [row for row in self._rows(place) if row.path not in files]
            usual = usual_times(rows)
            for row in (row for row in rows if is_watched(place, row.name)):
                files[row.path] = self._seen(place, row, is_usual=row.modified in usual)
        # What could not be listed is a gap, and nothing there is gone.
        files |= {
            path: file for path, file in self.known.items() if path not in files and not self.reader.tree.is_gone(path)
        }
        if not self._found_sentinel:
            self.reader.gap(
                f"{SENTINEL_DIRECTORY}/{SENTINEL}",
                "every appliance has it, so a watch that does not find it whole proves nothing",
            )
        return NodeState(build, files)

    def _rows(self, place: Place) -> Iterator[ListedFile]:
        """Yield the files of a place. Directories below it are yielded too."""
        is_followed = place.levels > 0 and place.directory != MANAGEMENT_PAGES
        below = self.reader.tree.below(place.directory) if is_followed else [place.directory]
        for directory in below:
            for row in self.reader.tree.listing(directory):
                if row.name not in ("", ".", ".."):
                    yield row

    def _seen(self, place: Place, row: ListedFile, *, is_usual: bool) -> SeenFile:
        if row.is_directory:
            judged = self.judge.judge(row)
            return SeenFile(is_directory=True, level=judged.level, why=judged.why)
        modified = row.modified.isoformat() if row.modified else ""
        start_up = is_start_up_file(place, row.name)
        known = self.known.get(row.path)
        as_before = known is not None and (known.size, known.modified) == (row.size, modified)
        if known is not None and as_before and known.sha256 and not start_up and not self.hash_all:
            return known
        named, code = self.judge.judge(row, is_usual=is_usual), is_code(place, row.name, b"")
        by_name = SeenFile(row.size, modified, is_code=code, level=named.level, why=named.why)
        may_be_left = is_large(row) or (place.holds is Holds.TEMPORARY and not row.can_be_read)
        if may_be_left and not start_up and not deserves_reading(row, place, is_usual=is_usual):
            return by_name
        found = self.reader.read(row)
        if found.sent is None:
            is_left = found.unread is Unread.LIMIT and known is not None and as_before
            return known if known is not None and is_left else by_name
        if (row.directory, row.name) == (SENTINEL_DIRECTORY, SENTINEL):
            self._found_sentinel = bool(found.sent) and row.size in (None, len(found.sent))
        lines: tuple[str, ...] = ()
        if start_up and len(found.sent) <= LARGE:
            self._start_up[row.path] = found.sent
            lines = line_digests(found.sent)
        judged = self.judge.judge(row, found.content, is_usual=is_usual)
        code = is_code(place, row.name, found.content)
        return SeenFile(
            row.size, modified, digest_of(found.sent), code, lines=lines, level=judged.level, why=judged.why
        )

    def added_lines(self, path: str, before: tuple[str, ...]) -> list[bytes]:
        """Return the lines of a start-up file that it did not have before.

        :param before: the digests of its lines in the baseline
        """
        lines = self._start_up.get(path, b"").splitlines()
        return [line for line in lines if line_digests(line) and line_digests(line)[0] not in before]

    def _read_messages(self) -> None:
        rows = {row.name: row for row in self.reader.tree.listing(LOG_DIRECTORY) if not row.is_directory}
        if LOG not in rows:
            self.reader.gap(f"{LOG_DIRECTORY}/{LOG}", "it is not there")
        for name in (LOG, f"{LOG}.0", f"{LOG}.0.gz", f"{LOG}.0.bz2"):
            if name not in rows:
                continue
            for line in lines_of(self.reader.read(rows[name]).content):
                self.messages += integrity_messages(line.content)
        if len(self.messages) > MOST:
            self.reader.gap("more integrity messages", f"at most {MOST} of a node are looked at")
            del self.messages[MOST:]
