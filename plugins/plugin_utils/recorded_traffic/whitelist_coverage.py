# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Count the recorded requests that some whitelists would pass. The rules that would be bound are evaluated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ..appliance.nitro.appliance import Vip
from ..appliance.objects.ownership import Owner
from ..measures.url_whitelist.measure import load_url_whitelist
from ..policies.policy_bank import names_of
from ..policy_language import Expression, Request, compile_expression
from .attack_signatures import AttackSignatures
from .bounded_counters import LONG, Table
from .client_classifier import client_hash, is_answered
from .file_chunks import FileChunk
from .impact import shown_path
from .logged_request import RecordedRequest
from .process_pool import Progress, run
from .reader import ReadStatistics, Window, requests_of
from .sources import LogFile

URLS = 500
MAX_CACHED_URLS = 50_000


class WhitelistRules:
    """The rules of whitelists, by virtual server."""

    def __init__(self, lists: Sequence[Mapping[str, Any]], host: str, today: date) -> None:
        """:raises InvalidInput: where a list does not have the form of the inventory"""
        measure = load_url_whitelist([dict(one) for one in lists], host, today)
        objects = measure.document(Owner(measure.id, measure.current_version), where=host, marker="").objects
        names = names_of(objects)
        self._rules: dict[str, Expression] = {
            placement.vserver: compile_expression(str(objects["responderpolicy", (placement.policy,)]["rule"]), names)
            for placement in measure.placements
        }
        self._known: dict[tuple[str, str], bool] = {}

    def has(self, vserver: str) -> bool:
        return vserver in self._rules

    def pass_(self, vserver: str, url: str) -> bool:
        """Return True if a request target definitely passes."""
        known = self._known.get((vserver, url))
        if known is None:
            known = self._rules[vserver].evaluate(Request(url=url)) is False
            if len(self._known) >= MAX_CACHED_URLS:
                self._known.clear()
            if len(url) <= LONG:
                self._known[vserver, url] = known
        return known


@dataclass
class VipCoverage:
    """The coverage of one virtual server.

    :ivar requests: those of clients that sent no attack
    :ivar errors: those of them that would not pass and were answered with an error anyway, so that nobody misses them
    :ivar blocked: the others that would not pass; urls: their methods and paths
    """

    requests: int = 0
    errors: int = 0
    blocked: int = 0
    urls: Table[tuple[str, str]] = field(default_factory=lambda: Table(URLS))

    def add(self, request: RecordedRequest, client: int | None, passes: bool) -> None:
        """Count one request."""
        self.requests += 1
        if passes:
            return
        if not is_answered(request.status):
            self.errors += 1
            return
        self.blocked += 1
        self.urls.row((request.method or "?", shown_path(request.url))).add(client)


@dataclass
class Coverage:
    """The coverage by virtual server. :ivar attacks_passed: attacks and scans that would pass too"""

    vips: dict[str, VipCoverage] = field(default_factory=dict)
    attacks_passed: Counter[str] = field(default_factory=Counter)

    def merge(self, other: Coverage) -> None:
        for name, found in other.vips.items():
            own = self.vips.setdefault(name, VipCoverage())
            own.requests += found.requests
            own.errors += found.errors
            own.blocked += found.blocked
            own.urls.merge(found.urls)
        self.attacks_passed.update(other.attacks_passed)

    @property
    def requests(self) -> int:
        return sum(vip.requests for vip in self.vips.values())

    @property
    def errors(self) -> int:
        return sum(vip.errors for vip in self.vips.values())

    @property
    def blocked(self) -> int:
        return sum(vip.blocked for vip in self.vips.values())


def measure_coverage(
    files: Sequence[LogFile],
    vips: Mapping[str, Vip],
    rules: WhitelistRules,
    signatures: AttackSignatures,
    attackers: set[int],
    window: Window,
    *,
    workers: int = 0,
    progress: Progress = lambda _done, _all: None,
) -> Coverage:
    """Evaluate every request inside a window.

    :param attackers: the hashes of clients that sent an attack; of their requests only attacks are evaluated
    :raises InvalidInput: where a file cannot be read
    """

    def of_chunk(file: LogFile, chunk: FileChunk) -> Coverage:
        coverage = Coverage()
        for request in requests_of(file, chunk, ReadStatistics(), window):
            server = vips.get(request.vip) if request.vip is not None else None
            if server is None or not rules.has(server.name):
                continue
            passes = rules.pass_(server.name, request.url)
            client = None if request.client is None else client_hash(request.client)
            if signatures.matches(request) or signatures.is_scan(request.url, request.status):
                coverage.attacks_passed[server.name] += passes
            elif client not in attackers:
                coverage.vips.setdefault(server.name, VipCoverage()).add(request, client, passes)
        return coverage

    return run(files, of_chunk, Coverage(), workers=workers, progress=progress)
