# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was asked for, by whom and on which days: counted by path, in bounded memory, with the attackers' part told apart.

Who is an attacker, is one in all of its requests: the first thing that an attacker asks for is what everybody asks for.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.attack_signatures import (
    AttackSignatures,
    decoded,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.bounded_counters import hashed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.client_classifier import (
    ClientActivity,
    client_hash,
    is_answered,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.file_chunks import FileChunk
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.logged_request import (
    RecordedRequest,
    place,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.process_pool import Progress, run
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.reader import (
    ReadStatistics,
    Window,
    requests_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.sources import LogFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.urls import path
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.entry import LONGEST_PATTERN
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Vip

SAMPLE = 32
"""Clients that are kept of each path: those with the smallest hashes, which is a fair sample."""
PATHS = 30_000
"""Paths of one virtual server; when there are more, those with the fewest clients go."""
VISITORS, VISITED = 20_000, 16
"""Clients of one virtual server whose paths are kept, and how many of them: again those with the smallest hashes."""
_DAY = 86400
_CYCLE = 512  # days are kept as bits of one number; beyond 512 days two may fall together, which only counts too few


class PathCount:
    """One path.

    :ivar answered: requests with a good answer; unknown: those of which the log has no status
    :ivar clients: by hash of a client, the days as bits; a sample once there are more than SAMPLE
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
        """The clients that are no attackers, with their days; of a fair sample, where there are many."""
        chosen = self.clients if self.complete else heapq.nsmallest(SAMPLE, self.clients)
        return {client: self.clients[client] for client in chosen if client not in attackers}

    def client_count(self) -> int:
        """How many clients there are, attackers and all; an estimate where they are a sample."""
        if self.complete:
            return len(self.clients)
        return round((SAMPLE - 1) * 2**64 / heapq.nsmallest(SAMPLE, self.clients)[-1])

    @property
    def was_answered(self) -> bool:
        """Whether it is there at all, as far as the log tells."""
        return self.answered > 0 or self.unknown > 0


@dataclass
class VipPathCounts:
    """The paths of one virtual server.

    :ivar visits: by client, the hashes of paths that it asked for
    :ivar attacks: requests that were attack-shaped
    :ivar let_go: requests of paths that there was no room for
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
    """Everything that was counted.

    :ivar clients: who behaves how
    :ivar unusable: requests by what they lack
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

    :param vips: by every name that a log may have for it
    :raises InvalidInput: where a file cannot be read
    """

    def of_part(file: LogFile, part: FileChunk) -> PathCounts:
        return _counts_of(file, part, vips, signatures, window)

    return run(files, of_part, PathCounts(), workers=workers, progress=progress)


def _counts_of(
    file: LogFile, part: FileChunk, vips: Mapping[str, Vip], signatures: AttackSignatures, window: Window
) -> PathCounts:
    counts = PathCounts()
    statistics = counts.statistics[file.format] = ReadStatistics()

    def note_outside(request: RecordedRequest) -> None:
        """Who attacks after the exploit was public, may have looked around before."""
        if request.client is not None:
            counts.clients.note_attack(client_hash(request.client), request, signatures)

    for request in requests_of(file, part, statistics, window, note_outside):
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
    """On how many days these clients came."""
    return reduce(or_, clients.values(), 0).bit_count()


def named_vips(vips: Sequence[Vip]) -> dict[str, Vip]:
    """The virtual servers by what a log may call them; an address that two of them share names none."""
    named: dict[str, Vip | None] = {}
    for vip in vips:
        for name in (vip.name, place(str(vip.address)), place(vip.address.host)):
            named[name] = vip if named.get(name, vip) == vip else None
    return {name: vip for name, vip in named.items() if vip is not None}
