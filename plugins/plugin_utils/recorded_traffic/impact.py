# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The impact of a plan: which clients would it lock out? Counted over recorded requests in constant memory."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ..foundation.counted import agreed, counted
from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable
from .bounded_counters import Distinct, Row, Table, hashed, memoized
from .client_classifier import client_hash, find_attackers
from .file_chunks import FileChunk
from .logged_request import CLIENT, VIP
from .process_pool import Progress, run
from .reader import EVER, ReadStatistics, Window, requests_of
from .replay import OR, Replayer, ReplayOutcome
from .sources import LogFile

URLS, RULES = 500, 200
NOT_KNOWN = 0.01
"""Above this share of requests that cannot be read, or lack client or virtual server, "nobody" is no answer."""

LOCKS_OUT, MAY, CANNOT_TELL, NOBODY = "locks out", "may lock out", "cannot tell", "nobody in these logs"
COUNTED = (
    ReplayOutcome.NEWLY_BLOCKED,
    ReplayOutcome.MAY_BE_BLOCKED,
    ReplayOutcome.SUSPECT_BLOCKED,
    ReplayOutcome.ATTACK_BLOCKED,
)
"""The outcomes in a report, the worst first."""
_SOMEBODY = hashed("")
"""The hash that stands for all unknown clients: at least one."""
_BLAMED = (ReplayOutcome.NEWLY_BLOCKED, ReplayOutcome.MAY_BE_BLOCKED)

UrlKey = tuple[str, str, str, str]
"""Outcome, method, shown path, policy."""
RuleKey = tuple[str, str, str]
"""Outcome, policy, clause."""

Key = TypeVar("Key", UrlKey, RuleKey)


@dataclass
class VipImpact:
    """The effect of a plan on the requests of one virtual server.

    :ivar without_client: requests without a client; suspect: requests of clients that attack or scan
    """

    outcomes: Counter[ReplayOutcome] = field(default_factory=Counter)
    without_client: int = 0
    suspect: int = 0
    clients: Distinct = field(default_factory=Distinct)
    affected: dict[ReplayOutcome, Distinct] = field(
        default_factory=lambda: {outcome: Distinct() for outcome in COUNTED}
    )
    urls: Table[UrlKey] = field(default_factory=lambda: Table(URLS))
    rules: Table[RuleKey] = field(default_factory=lambda: Table(RULES))

    @property
    def requests(self) -> int:
        return sum(self.outcomes.values())

    def merge(self, other: VipImpact) -> None:
        self.outcomes.update(other.outcomes)
        self.without_client += other.without_client
        self.suspect += other.suspect
        self.clients.merge(other.clients)
        for outcome, distinct in other.affected.items():
            self.affected[outcome].merge(distinct)
        self.urls.merge(other.urls)
        self.rules.merge(other.rules)


@dataclass
class Impact:
    """The impact on one appliance.

    :ivar statistics: by format, what was read
    :ivar affected: by outcome, the distinct clients of all its virtual servers
    :ivar unplaced: requests of another appliance, or of an unknown virtual server
    :ivar undecided: by what the log lacks, the requests that may be attacks: their trigger is not recorded
    :ivar at_stake: the virtual servers at which a request may be blocked; a gap in the logs of one of them is a gap in the answer
    :ivar unread: what could not be read at all, in words
    """

    statistics: dict[str, ReadStatistics] = field(default_factory=dict)
    vips: dict[str, VipImpact] = field(default_factory=dict)
    affected: dict[ReplayOutcome, Distinct] = field(
        default_factory=lambda: {outcome: Distinct() for outcome in COUNTED}
    )
    unplaced: Counter[ReplayOutcome] = field(default_factory=Counter)
    undecided: Counter[str] = field(default_factory=Counter)
    at_stake: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    def merge(self, other: Impact) -> None:
        for format_, statistics in other.statistics.items():
            self.statistics.setdefault(format_, ReadStatistics()).merge(statistics)
        for name, vip in other.vips.items():
            self.vips.setdefault(name, VipImpact()).merge(vip)
        for outcome, distinct in other.affected.items():
            self.affected[outcome].merge(distinct)
        self.unplaced.update(other.unplaced)
        self.undecided.update(other.undecided)

    def total(self, outcome: ReplayOutcome) -> int:
        return sum(vip.outcomes[outcome] for vip in self.vips.values())

    @property
    def requests(self) -> int:
        """The number of requests at this appliance's virtual servers."""
        return sum(vip.requests for vip in self.vips.values())

    def conclusion(self) -> str:
        """Return the conclusion. "Nobody" is said only where the logs could show the opposite."""
        if self.total(ReplayOutcome.NEWLY_BLOCKED):
            return LOCKS_OUT
        if self.total(ReplayOutcome.MAY_BE_BLOCKED):
            return MAY
        return CANNOT_TELL if self.why_not_known() else NOBODY

    def why_not_known(self) -> list[str]:
        """Return the gaps because of which "nobody" is no answer, in words."""
        reasons = []
        if not self.requests:
            reasons.append("the logs have no request of a virtual server of this appliance")
        for format_, statistics in sorted(self.statistics.items()):
            lacking = [statistics.lacking(VIP)] if statistics.lacks[VIP] > NOT_KNOWN * statistics.in_window else []
            if statistics.timeless > NOT_KNOWN * statistics.requests:
                lacks = (
                    f"{counted(statistics.requests, 'request')} {agreed(statistics.requests, 'has', 'have')} no time"
                )
                lacking.append(
                    f"{statistics.timeless:,} of {lacks}, so no window has {agreed(statistics.timeless, 'it', 'them')}"
                )
            unparsable = sum(statistics.unparsable.values())
            if unparsable > NOT_KNOWN * (statistics.requests + unparsable):
                lacking.append(
                    f"{counted(unparsable, 'line')} cannot be read, beside {counted(statistics.requests, 'request')} in "
                    f"{counted(statistics.lines, 'line')}"
                )
            reasons += [f"{format_}: {text}" for text in lacking]
            reasons += statistics.damaged
        return [*reasons, *self._not_known_of_vips(), *self.unread]

    def _not_known_of_vips(self) -> Iterator[str]:
        """Yield the gaps of single virtual servers, which the totals would hide."""
        for name in self.at_stake if self.vips else ():
            if not any(name in found.split(OR) for found in self.vips):
                yield f"{name}: the logs have no request of it, and requests may be blocked there"
        for name, vip in sorted(self.vips.items()):
            if vip.without_client > NOT_KNOWN * vip.requests:
                yield f"{name}: {vip.without_client:,} of {counted(vip.requests, 'request')} {agreed(vip.requests, 'lacks', 'lack')} the {CLIENT}"
            if 2 * vip.suspect >= vip.requests:
                yield (
                    f"{name}: {vip.suspect:,} of {counted(vip.requests, 'request')} {agreed(vip.requests, 'is', 'are')} of clients that attack or scan; such a "
                    "client may be a proxy or NAT for other people, and the log does not show them"
                )


@dataclass(frozen=True)
class Thresholds:
    """The limits above which an impact is a failure; None for no limit.

    :ivar requests: newly blocked requests on the whole appliance
    :ivar clients: distinct clients of these requests
    :ivar percent: share of these requests in all requests of the appliance
    """

    requests: int | None = None
    clients: int | None = None
    percent: float | None = None

    def __post_init__(self) -> None:
        """:raises InvalidInput: for a value that is no limit"""
        for name, value in (("requests", self.requests), ("clients", self.clients), ("percent", self.percent)):
            if value is not None and not 0 <= value < math.inf:
                raise InvalidInput(f"fail_{name} is {value}: must be 0 or more")

    def problems(self, impact: Impact) -> list[str]:
        """Return the exceeded limits, in words. Requests that may be blocked count; with any limit, "cannot tell" is a failure."""
        if self == Thresholds():
            return []
        outcomes = (ReplayOutcome.NEWLY_BLOCKED, ReplayOutcome.MAY_BE_BLOCKED)
        requests = sum(impact.total(outcome) for outcome in outcomes)
        both = Distinct()
        for outcome in outcomes:
            both.merge(impact.affected[outcome])
        clients, share = both.count(), 100 * requests / max(impact.requests, 1)
        found = []
        if self.requests is not None and requests > self.requests:
            found.append(f"{counted(requests, 'request')} would or may be blocked, more than {self.requests:,}")
        if self.clients is not None and clients.value > self.clients:
            found.append(f"{clients.of('client')} would or may be locked out, more than {self.clients:,}")
        if self.percent is not None and share > self.percent:
            found.append(f"{share:.4g} % of the requests would or may be blocked, more than {self.percent:g} %")
        unknown = impact.why_not_known()
        if unknown:
            found.append(f"cannot tell: {'; '.join(unknown)}")
        return found


def measure_impact(
    files: Sequence[LogFile],
    replayer: Replayer,
    window: Window = EVER,
    *,
    unread: Iterable[str] = (),
    workers: int = 0,
    progress: Progress = lambda _done, _all: None,
) -> Impact:
    """Replay the requests of some files: first find the clients that attack or scan, then evaluate every request.

    :param unread: what should have been read and was not, in words
    :raises InvalidInput: where a file cannot be read
    """
    attackers = find_attackers(files, replayer.signatures, window, workers=workers, progress=progress)

    def of_chunk(file: LogFile, chunk: FileChunk) -> Impact:
        return _impact_of(file, chunk, replayer, window, attackers)

    impact = Impact(at_stake=replayer.at_stake, unread=tuple(unread))
    return run(files, of_chunk, impact, workers=workers, progress=progress)


def _impact_of(file: LogFile, chunk: FileChunk, replayer: Replayer, window: Window, attackers: set[int]) -> Impact:
    impact = Impact()
    statistics = impact.statistics[file.format] = ReadStatistics()
    for request in requests_of(file, chunk, statistics, window):
        result = replayer.replay(request)
        outcome = result.outcome
        if not result.vip:
            impact.unplaced[outcome] += 1
            continue
        vip = impact.vips.get(result.vip)
        if vip is None:
            vip = impact.vips[result.vip] = VipImpact()
        lacking = replayer.signatures.undecided(request)
        if lacking:
            impact.undecided[", ".join(lacking)] += 1
        client = None
        if request.client is None:
            vip.without_client += 1
        else:
            client = hashed(request.client)
            vip.clients.add(client)
            if client_hash(request.client) in attackers:
                vip.suspect += 1
                outcome = ReplayOutcome.SUSPECT_BLOCKED if outcome in _BLAMED else outcome
        vip.outcomes[outcome] += 1
        if outcome in COUNTED:
            who = _SOMEBODY if client is None else client
            vip.affected[outcome].add(who)
            impact.affected[outcome].add(who)
            method, shown = request.method or "?", shown_path(request.url)
            vip.urls.row((outcome.value, method, shown, result.policy)).add(client)
            vip.rules.row((outcome.value, result.policy, result.clause)).add(client)
    return impact


@memoized
def shown_path(url: str) -> str:
    """Return a request target for a report: escaped, shortened, and without its query, which may hold a secret."""
    text, mark, _query = url.partition("?")
    return printable(text[:200]) + ("..." if len(text) > 200 else "") + ("?..." if mark else "")


def rows(table: Table[Key], outcome: ReplayOutcome, number: int) -> list[tuple[Key, Row]]:
    """Return the rows of one outcome with the most requests."""
    return [item for item in table.top(len(table.rows)) if item[0][0] == outcome.value][:number]
