# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The directories of one node over NITRO, followed to the end: each is listed once, their number is bounded, and what is left out is told. Reads only.

``systemfile`` lists one directory, and says of no row that it is a link (NITRO reference).
"""

from __future__ import annotations

import fnmatch
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from .directory_listing import ListedFile, list_directory
from .session import Session

MOST_LISTED = 200_000
"""The most files of a node that are listed: each of many directories could otherwise have 20,000."""


@dataclass
class DirectoryTree:
    """The directories of one node.

    :ivar gap: notes what could not be listed, and why
    :ivar most: how many directories are listed
    :ivar more: how a person allows more directories, as the end of a clause; "" where nobody can
    :ivar until: by the monotonic clock, until when; None without an end
    :ivar longer: how a person allows more time, likewise
    :ivar exist: how many directories exist and were listed
    :ivar listed: by directory, its files; none where it does not exist, or could not be listed
    :ivar whole: the directories of which each file is listed, or that do not exist
    """

    session: Session
    gap: Callable[[str, str], None]
    most: int
    more: str = ""
    until: float | None = None
    longer: str = ""
    exist: int = 0
    listed: dict[str, tuple[ListedFile, ...]] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    _files: int = 0
    _is_over: bool = False

    def listing(self, directory: str) -> tuple[ListedFile, ...]:
        """Return the files and directories in a directory; none where it does not exist, or could not be listed, which is noted.

        :raises CannotConnect: where the node does not answer any more
        """
        directory = "/" + directory.strip("/")
        if directory in self.listed:
            return self.listed[directory]
        if len(self.listed) >= self.most:
            return self._not_listed(f"at most {self.most:,} of a node are listed{self.more}")
        if self._files >= MOST_LISTED:
            return self._not_listed(f"at most {MOST_LISTED:,} files of a node are listed")
        if self.until is not None and time.monotonic() > self.until:
            return self._not_listed(f"the time for them is over{self.longer}")
        self.listed[directory] = ()
        rows, problem = list_directory(self.session, directory)
        if problem:
            self.gap(directory, problem)
        else:
            self.whole.add(directory)
        if rows is not None:
            self.exist += 1
            self._files += len(rows)
            self.listed[directory] = rows
        return self.listed[directory]

    def is_gone(self, path: str) -> bool:
        """Return True if the listing of its directory, or of one above it, shows that a path is not there; False where that was not listed whole."""
        directory, _slash, name = path.rpartition("/")
        directory = directory or "/"
        if directory in self.whole:
            return all(row.name != name for row in self.listed[directory])
        return directory not in self.listed and directory != "/" and self.is_gone(directory)

    def _not_listed(self, why: str) -> tuple[ListedFile, ...]:
        if not self._is_over:
            self._is_over = True
            self.gap("more directories", why)
        return ()

    def files(self, pattern: str) -> Iterator[ListedFile]:
        """Yield the files whose path fits a pattern: ``*`` is anything but a slash, ``**`` any number of directories."""
        yield from (file for file in self.entries(pattern) if not file.is_directory)

    def entries(self, pattern: str) -> Iterator[ListedFile]:
        """Yield the files and directories whose path fits a pattern."""
        *directories, name = pattern.strip("/").split("/")
        for directory in self._expanded("/", directories):
            yield from (file for file in self.listing(directory) if name_matches(file.name, name))

    def below(self, base: str) -> Iterator[str]:
        """Yield a directory and all below it, the upper ones first, so that a deep one uses up the listings of no other."""
        waiting: deque[tuple[str, tuple[tuple[ListedFile, ...], ...]]] = deque([(base, ())])
        while waiting:
            directory, above = waiting.popleft()
            yield directory
            rows = self.listing(directory)
            if any(_is_alike(rows, one) for one in above):
                # What is a link is not told, and one that leads upwards has no end.
                self.gap(
                    directory, "it has the files of a directory above it, as a link to that has; it was not followed"
                )
                continue
            below = [one for one in rows if one.is_directory and one.name not in (".", "..") and "/" not in one.name]
            waiting.extend((one.path, (*above, rows)) for one in below)

    def _expanded(self, base: str, parts: list[str]) -> Iterator[str]:
        if not parts:
            yield base
            return
        part, rest = parts[0], parts[1:]
        if part == "**":
            for directory in self.below(base):
                yield from self._expanded(directory, rest)
        elif "*" in part:
            for file in self.listing(base):
                if file.is_directory and name_matches(file.name, part):
                    yield from self._expanded(file.path, rest)
        else:
            yield from self._expanded(f"{base.rstrip('/')}/{part}", rest)


def name_matches(name: str, pattern: str) -> bool:
    """Return True if the name of a file fits the last component of a pattern."""
    return fnmatch.fnmatchcase(name, pattern)


def path_matches(path: str, pattern: str) -> bool:
    """Return True if a path fits a pattern: ``*`` is anything but a slash, ``**`` any number of directories."""
    return _path_pattern(pattern).fullmatch(path) is not None


@lru_cache(maxsize=1024)
def _path_pattern(pattern: str) -> re.Pattern[str]:
    parts = []
    for part in pattern.strip("/").split("/"):
        if part == "**":
            parts.append("(?:/[^/]+)*?")
        else:
            parts.append("/" + "[^/]*".join(map(re.escape, part.split("*"))))
    return re.compile("".join(parts), re.DOTALL)


def _is_alike(rows: tuple[ListedFile, ...], others: tuple[ListedFile, ...]) -> bool:
    """Return True if two listings have the same names, sizes and times. Directories alone tell nothing: a/a/a is no link."""
    return len(rows) == len(others) and _shown(rows) == _shown(others) and any(not one.is_directory for one in rows)


def _shown(rows: tuple[ListedFile, ...]) -> list[tuple[object, ...]]:
    return [(one.name, one.size, one.modified) for one in rows]
