# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the chunks of logs: every line is counted as a request, as other, or as unparsable with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..foundation.counted import counted
from ..foundation.foreign_text import printable
from ..foundation.json_values import Part, written
from ..policies.management_requests import is_management_path
from .file_chunks import Damaged, FileChunk, read_lines
from .logged_request import LACKS, RecordedRequest, Unparsable, place
from .sources import LogFile

SAMPLES = 3
SAMPLE_LENGTH = 160


@written(
    *("lines requests in_window", Part("timeless", "without_time"), "management", Part("other", "other_lines")),
    unparsable=lambda read: dict(sorted(read.unparsable.items())),
    unparsable_samples=lambda read: dict(sorted(read.samples.items())),
    lacks=lambda read: read.missing(),
    first=lambda read: None if read.first is None else day(read.first),
    last=lambda read: None if read.last is None else day(read.last),
    reach=lambda read: read.reach(),
    damaged_files="damaged",
)
@dataclass
class ReadStatistics:
    """The counts of the lines and requests that were read in one format.

    :ivar lines: all lines; requests, other (about something else) and unparsable (by reason) add up to them
    :ivar management: requests of the management, which no virtual server gets
    :ivar outside: requests outside the window; timeless: those of them without a time
    :ivar lacks: by fact, the requests inside the window that lack it
    :ivar samples: by reason, the first unparsable lines, escaped and shortened
    :ivar first: the time of the first request; last: likewise, inside the window or not
    :ivar damaged: files that could not be read to the end
    """

    lines: int = 0
    requests: int = 0
    other: int = 0
    management: int = 0
    outside: int = 0
    timeless: int = 0
    unparsable: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[str]] = field(default_factory=dict)
    lacks: Counter[str] = field(default_factory=Counter)
    first: int | None = None
    last: int | None = None
    damaged: list[str] = field(default_factory=list)

    @property
    def in_window(self) -> int:
        return self.requests - self.outside - self.management

    def note_unparsable(self, reason: str, line: str) -> None:
        self.unparsable[reason] += 1
        samples = self.samples.setdefault(reason, [])
        if len(samples) < SAMPLES:
            samples.append(printable(line[:SAMPLE_LENGTH]))

    def note_time(self, at: int) -> None:
        if self.first is None or at < self.first:
            self.first = at
        if self.last is None or at > self.last:
            self.last = at

    def merge(self, other: ReadStatistics) -> None:
        self.lines += other.lines
        self.requests += other.requests
        self.other += other.other
        self.outside += other.outside
        self.timeless += other.timeless
        self.management += other.management
        self.unparsable.update(other.unparsable)
        self.lacks.update(other.lacks)
        for reason, lines in other.samples.items():
            samples = self.samples.setdefault(reason, [])
            samples += lines[: SAMPLES - len(samples)]
        self.first = min((at for at in (self.first, other.first) if at is not None), default=None)
        self.last = max((at for at in (self.last, other.last) if at is not None), default=None)
        self.damaged += other.damaged

    def missing(self) -> list[str]:
        """Return the lacking facts, in words."""
        return [self.lacking(what) for what in LACKS if self.lacks[what]]

    def lacking(self, what: str) -> str:
        count = self.lacks[what]
        share = "all requests" if count == self.in_window else f"{count:,} of {counted(self.in_window, 'request')}"
        return f"{share} lack the {what}"

    def reach(self) -> str:
        """Return the time range of the requests, in words."""
        if self.first is None or self.last is None:
            return "no request with a time"
        days = (self.last - self.first) / 86400
        return f"{day(self.first)} to {day(self.last)} ({days:.1f} days)"


def day(at: int) -> str:
    """Return a time as text: ``2020-01-15 02:00``, UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class Window:
    """A window of time: from the first second on, before the second one; None is open.

    A request without a time is outside every window that has an end.
    """

    since: int | None = None
    until: int | None = None

    def has(self, at: int | None) -> bool:
        if self.since is None and self.until is None:
            return True
        if at is None:
            return False
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


EVER = Window()


def requests_of(
    file: LogFile,
    chunk: FileChunk,
    statistics: ReadStatistics,
    window: Window = EVER,
    note_outside: Callable[[RecordedRequest], None] = lambda _request: None,
) -> Iterator[RecordedRequest]:
    """Yield the requests of a chunk inside a window; everything is counted in the statistics.

    Requests of the management in the appliance's own log reach no virtual server: they are counted, and left out.

    :param note_outside: called with each request outside
    :raises OSError: where the file cannot be read
    """
    vip = place(file.source.vip) if file.source.vip else None
    anything = window == EVER
    own_log = file.format == "httpaccess"
    for request in _all_requests_of(file, chunk, statistics):
        if own_log and request.vip is None and (is_management_path(request.url) or (request.direct and vip is None)):
            statistics.management += 1
            continue
        if not anything and not window.has(request.at):
            statistics.outside += 1
            statistics.timeless += request.at is None
            note_outside(request)
            continue
        placed = request._replace(vip=vip) if vip is not None and request.vip is None else request
        for what in placed.lacks():
            statistics.lacks[what] += 1
        yield placed


def _all_requests_of(file: LogFile, chunk: FileChunk, statistics: ReadStatistics) -> Iterator[RecordedRequest]:
    """Yield all requests of a chunk; other lines and unparsable ones are counted."""
    parse = file.parser()
    lines = read_lines(chunk)
    while True:
        try:
            line = next(lines)
        except StopIteration:
            return
        except Damaged as error:
            statistics.damaged.append(printable(f"{chunk.path}: damaged after line {statistics.lines}: {error}"))
            return
        statistics.lines += 1
        if line is None:
            statistics.note_unparsable("too long", "")
            continue
        try:
            request = parse(line)
        except Unparsable as problem:
            statistics.note_unparsable(str(problem), line)
            continue
        if request is None:
            statistics.other += 1
            continue
        statistics.requests += 1
        if request.at is not None:
            statistics.note_time(request.at)
        yield request
