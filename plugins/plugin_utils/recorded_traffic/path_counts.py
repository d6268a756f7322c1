# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Count recorded requests by path, client and day, in bounded memory. Requests of attackers are recognised.

Every request of an attacker counts as one of an attacker, since attackers begin with requests that everybody sends.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from ..appliance.nitro.appliance import Vip
from ..measures.url_whitelist.entry import LONGEST_PATTERN
from ..policy_language.urls import path
from .attack_signatures import AttackSignatures, decoded
from .bounded_counters import hashed
from .client_classifier import ClientActivity, client_hash, is_answered
from .file_chunks import FileChunk
from .logged_request import RecordedRequest, place
from .process_pool import Progress, run
from .reader import ReadStatistics, Window, requests_of
from .sources import LogFile

SAMPLE = 32
"""The clients kept for each path: those with the smallest hashes, which is an unbiased sample."""
PATHS = 30_000
"""The paths kept for one virtual server; beyond them those with the fewest clients are dropped."""
VISITORS, VISITED = 20_000, 16
"""The clients of one virtual server whose paths are kept, and the paths kept for each: those with the smallest hashes."""
_DAY = 86400
_CYCLE = 512  # days are kept as bits of one number; beyond 512 days two may fall together, which only counts too few


class PathCount:
    """The counts of one path.

    :ivar answered: requests with a successful answer; unknown: requests without a status in the log
    :ivar clients: by hash of a client, its days as bits; a sample beyond SAMPLE clients
    """

    __slots__ = ("answered", "clients", "complete", "requests", "unknown")

    def __init__(self) -> None:
        self.requests = self.answered = self.unknown = 0
        self.clients: dict[int, int] = {}
        self.complete = True

    def add(self, client: int, day: int, status: int | None) -> None:
        self.requests += 1
        if status is None:
            self.unknown += 1
        elif is_answered(status):
            self.answered += 1
        self.clients[client] = self.clients.get(client, 0) | 1 << day
        if len(self.clients) > 2 * SAMPLE:
            self._sample()

    def merge(self, other: PathCount) -> None:
        self.requests += other.requests
        self.answered += other.answered
        self.unknown += other.unknown
        self.complete = self.complete and other.complete
        for client, days in other.clients.items():
            self.clients[client] = self.clients.get(client, 0) | days
        if len(self.clients) > 2 * SAMPLE or not self.complete:
            self._sample()

    def _sample(self) -> None:
        if len(self.clients) > SAMPLE:
            self.complete = False
            self.clients = {client: self.clients[client] for client in heapq.nsmallest(SAMPLE, self.clients)}

    def without(self, attackers: set[int]) -> dict[int, int]:
        """Return the clients that are no attackers, with their days; a sample of them where there are many."""
        chosen = self.clients if self.complete else heapq.nsmallest(SAMPLE, self.clients)
        return {client: self.clients[client] for client in chosen if client not in attackers}

    def client_count(self) -> int:
        """Return the number of clients, including attackers; an estimate for a sample."""
        if self.complete:
            return len(self.clients)
        return round((SAMPLE - 1) * 2**64 / heapq.nsmallest(SAMPLE, self.clients)[-1])

    @property
    def was_answered(self) -> bool:
        """Return True if the path exists, as far as the log tells."""
        return self.answered > 0 or self.unknown > 0


@dataclass
class VipPathCounts:
    """The path counts of one virtual server.

    :ivar visits: by client, the hashes of the paths that it requested
    :ivar attacks: attacks and scans
    :ivar dropped: requests of paths beyond the limit
    """

    paths: dict[str, PathCount] = field(default_factory=dict)
    visits: dict[int, set[int]] = field(default_factory=dict)
    requests: int = 0
    attacks: int = 0
    dropped: int = 0

    def path(self, text: str) -> PathCount:
        found = self.paths.get(text)
        if found is None:
            if len(self.paths) >= 2 * PATHS:
                self._shrink()
            found = self.paths[text] = PathCount()
        return found

    def merge(self, other: VipPathCounts) -> None:
        self.requests += other.requests
        self.attacks += other.attacks
        self.dropped += other.dropped
        for text, counts in other.paths.items():
            self.path(text).merge(counts)
        for client, paths in other.visits.items():
            self.note_visits(client, paths)

    def note_visits(self, client: int, paths: Iterable[int]) -> None:
        seen = self.visits.setdefault(client, set())
        seen.update(paths)
        if len(seen) > 2 * VISITED:
            self.visits[client] = set(heapq.nsmallest(VISITED, seen))
        if len(self.visits) > 2 * VISITORS:
            self.visits = {one: self.visits[one] for one in heapq.nsmallest(VISITORS, self.visits)}

    def _shrink(self) -> None:
        ordered = sorted(self.paths.items(), key=lambda item: (-len(item[1].clients), -item[1].requests, item[0]))
        self.dropped += sum(counts.requests for _text, counts in ordered[PATHS:])
        self.paths = dict(ordered[:PATHS])


@dataclass
class PathCounts:
    """All counts of some files.

    :ivar clients: the activity of the clients
    :ivar elsewhere: requests of virtual servers that are not counted
    :ivar unusable: by what they lack, requests that cannot be counted
    """

    statistics: dict[str, ReadStatistics] = field(default_factory=dict)
    vips: dict[str, VipPathCounts] = field(default_factory=dict)
    clients: ClientActivity = field(default_factory=ClientActivity)
    elsewhere: int = 0
    unusable: Counter[str] = field(default_factory=Counter)

    def merge(self, other: PathCounts) -> None:
        for format_, statistics in other.statistics.items():
            self.statistics.setdefault(format_, ReadStatistics()).merge(statistics)
        for name, vip in other.vips.items():
            self.vips.setdefault(name, VipPathCounts()).merge(vip)
        self.clients.merge(other.clients)
        self.elsewhere += other.elsewhere
        self.unusable.update(other.unusable)


def count_requests(
    files: Sequence[LogFile],
    vips: Mapping[str, Vip],
    signatures: AttackSignatures,
    window: Window,
    *,
    workers: int = 0,
    progress: Progress = lambda _done, _all: None,
) -> PathCounts:
    """Count the requests of some files inside a window.

    :param vips: the virtual servers by every name that a log may have for them
    :raises InvalidInput: where a file cannot be read
    """

    def of_chunk(file: LogFile, chunk: FileChunk) -> PathCounts:
        return _counts_of(file, chunk, vips, signatures, window)

    return run(files, of_chunk, PathCounts(), workers=workers, progress=progress)


def _counts_of(
    file: LogFile, chunk: FileChunk, vips: Mapping[str, Vip], signatures: AttackSignatures, window: Window
) -> PathCounts:
    counts = PathCounts()
    statistics = counts.statistics[file.format] = ReadStatistics()

    def note_outside(request: RecordedRequest) -> None:
        """Record attacks outside the window too: a client that attacked later may have explored before."""
        if request.client is not None:
            counts.clients.note_attack(client_hash(request.client), request, signatures)

    for request in requests_of(file, chunk, statistics, window, note_outside):
        if request.client is None or request.vip is None or request.at is None:
            counts.unusable[" and ".join(what for what in request.lacks() if what not in ("method", "session"))] += 1
            continue
        server = vips.get(request.vip)
        if server is None:
            counts.elsewhere += 1
            continue
        vip = counts.vips.get(server.name)
        if vip is None:
            vip = counts.vips[server.name] = VipPathCounts()
        vip.requests += 1
        client = client_hash(request.client)
        if counts.clients.note(client, request, signatures):
            vip.attacks += 1
            continue
        text = decoded(path(request.url), passes=1)[: LONGEST_PATTERN + 1]  # what is longer is no entry
        vip.path(text).add(client, request.at // _DAY % _CYCLE, request.status)
        vip.note_visits(client, (hashed(text),))
    return counts


def days_of(clients: Mapping[int, int]) -> int:
    """Return the number of days on which these clients sent requests."""
    return reduce(or_, clients.values(), 0).bit_count()


def named_vips(vips: Sequence[Vip]) -> dict[str, Vip]:
    """Return the virtual servers by the names that a log may have for them, without addresses that several of them share."""
    named: dict[str, Vip | None] = {}
    for vip in vips:
        for name in (vip.name, place(str(vip.address)), place(vip.address.host)):
            named[name] = vip if named.get(name, vip) == vip else None
    return {name: vip for name, vip in named.items() if vip is not None}
