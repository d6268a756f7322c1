# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Learn the whitelists of one appliance from recorded requests: the window, the entries, and how much they cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from ..appliance.nitro.appliance import Vip
from ..foundation.counted import agreed, counted
from ..foundation.errors import InvalidInput, Refused
from ..foundation.foreign_text import printable
from ..measures.url_whitelist.base_lists import LOGON_OF, base_entries
from ..measures.url_whitelist.whitelist_variables import parse_whitelists
from .attack_signatures import AttackSignatures
from .impact_report import source_lines
from .path_counts import SAMPLE, PathCounts, count_requests, named_vips
from .path_generaliser import Cover, Generaliser, LearningThreshold, LearntPaths
from .process_pool import Progress
from .reader import Window, day
from .sources import LogFile
from .whitelist_coverage import Coverage, WhitelistRules, measure_coverage
from .whitelist_file import LearntList, file_name, parse_file, render, variable

_DAY = 86400
_OTHERS = "requests are of other virtual servers, or of an address that several of them share"
GATEWAYS = ("vpn", "authentication")


@dataclass(frozen=True, kw_only=True)
class LearnParameters:
    """The parameters of learning.

    :ivar vips: the virtual servers to learn for
    :ivar window: the times to learn from
    :ivar coverage_days: the coverage is that of this many last days
    :ivar before: by name of a virtual server, the text of the file that was learnt before
    """

    host: str
    customer: str
    vips: tuple[Vip, ...]
    signatures: AttackSignatures
    window: Window
    today: date
    threshold: LearningThreshold = field(default_factory=LearningThreshold)
    coverage_days: int = 14
    suffixes: bool = False
    before: Mapping[str, str] = field(default_factory=dict)
    workers: int = 0


@dataclass(frozen=True)
class LearntVip:
    """The result for one virtual server. :ivar text: the file"""

    vip: Vip
    paths: LearntPaths
    text: str


@dataclass(frozen=True)
class Learning:
    """The result of learning.

    :ivar coverage: None where nothing was learnt
    """

    counts: PathCounts
    vips: tuple[LearntVip, ...]
    coverage: Coverage


def window_of(since: date | None, until: date | None, exploit_public: date | None) -> Window:
    """Return the window to learn from: all that the logs reach, but not after the exploit was public unless ``until`` says so.

    :param until: the last day, or None
    :raises InvalidInput: where it ends before it begins
    """
    end = _midnight(exploit_public) if until is None and exploit_public is not None else None
    if until is not None:
        end = _midnight(until) + _DAY
    start = None if since is None else _midnight(since)
    if start is not None and end is not None and start >= end:
        raise InvalidInput(
            f"the window to learn from ends on {day(end)}, before it begins on {day(start)}: correct since or until"
        )
    return Window(start, end)


def _midnight(of: date) -> int:
    return int(datetime.combine(of, time(), UTC).timestamp())


def learn(
    files: Sequence[LogFile], parameters: LearnParameters, progress: Progress = lambda _done, _all: None
) -> Learning:
    """Learn the lists.

    :raises InvalidInput: where a file cannot be read, or a file that was learnt before does not have the expected form
    :raises Refused: where the logs lack what an enforceable list needs
    """
    if not 1 <= parameters.threshold.clients <= SAMPLE:
        raise InvalidInput(f"clients must be from 1 to {SAMPLE}")
    _require_distinct(parameters)
    vips = named_vips(parameters.vips)
    counts = count_requests(
        files, vips, parameters.signatures, parameters.window, workers=parameters.workers, progress=progress
    )
    _require_enough(counts, parameters)
    learnt = tuple(_learnt(vip, counts, parameters) for vip in parameters.vips if vip.name in counts.vips)
    lists = [found for one in learnt if (found := parse_file(one.text, one.vip.name)).allows_anything]
    rules = WhitelistRules([one.value() for one in lists], parameters.host, parameters.today)
    coverage = measure_coverage(
        files,
        vips,
        rules,
        parameters.signatures,
        counts.clients.attackers,
        Window(_covered_since(counts, parameters.coverage_days), None),
        workers=parameters.workers,
        progress=progress,
    )
    return Learning(counts, learnt, coverage)


def _require_distinct(parameters: LearnParameters) -> None:
    taken: dict[str, Vip] = {}
    for vip in parameters.vips:
        other = taken.setdefault(variable(vip.name), vip)
        if other is not vip:
            raise InvalidInput(
                f"{parameters.host}: {other.name} and {vip.name} would both become the variable {variable(vip.name)}. "
                "Learn for one of them at a time (learn_vips), and name the variables yourself."
            )


def _lacking(counts: PathCounts) -> list[str]:
    unusable = sorted(counts.unusable.items())
    return [f"{counted(count, 'request lacks', 'requests lack')} {what}" for what, count in unusable]


def _require_enough(counts: PathCounts, parameters: LearnParameters) -> None:
    """Refuse logs without client, virtual server and time: a list from them must not be enforced."""
    if counts.vips:
        return
    statistics = counts.statistics.values()
    if counts.unusable:
        lacking = "; ".join(_lacking(counts))
        raise Refused(
            f"{parameters.host}: no list can be learnt from these logs that may be enforced: {lacking}. "
            "Observe with the role url_whitelist first, or name the VIP of a source that lacks only that."
        )
    outside, requests = sum(one.outside for one in statistics), sum(one.requests for one in statistics)
    if outside and outside == requests:
        reach = "; ".join(one.reach() for one in statistics)
        end = "" if parameters.window.until is None else f" before {day(parameters.window.until)}"
        raise Refused(
            f"{parameters.host}: none of the {counted(requests, 'recorded request')} is inside the window to learn from{end}; the logs reach from "
            f"{reach}. Set -e until=<day> to learn from requests after a public exploit anyway."
        )
    others = f", but {counts.elsewhere:,} {_OTHERS}" if counts.elsewhere else ""
    raise Refused(f"{parameters.host}: the logs have no request of its virtual servers inside the window{others}")


def _learnt(vip: Vip, counts: PathCounts, parameters: LearnParameters) -> LearntVip:
    text = parameters.before.get(vip.name, "")
    base = [LOGON_OF[vip.kind]] if vip.kind in LOGON_OF else []
    before = (
        parse_file(text, f"{parameters.host}: what was learnt for {vip.name}") if text else LearntList.new(vip, base)
    )
    if before.settings.get("vserver") != vip.name:
        raise InvalidInput(
            f"{parameters.host}: {file_name(vip.name)} has the list of another virtual server than {printable(vip.name)}. "
            "Move the file away, or learn for the others (learn_vips)."
        )
    known = (
        parse_whitelists([before.value()], parameters.host, parameters.today, base_entries)
        if before.allows_anything
        else ()
    )
    entries = [entry for own in known for entry in own.entries]
    base_cover = Cover(entry for entry in entries if entry.base)
    paths = Generaliser(
        counts.vips[vip.name],
        counts.clients.attackers,
        parameters.signatures,
        parameters.threshold,
        allowed=base_cover.has,
        kept=[entry for entry in entries if not entry.base],
        suffixes=parameters.suffixes and vip.kind not in GATEWAYS,
    ).generalise()
    return LearntVip(
        vip,
        paths,
        render(
            before.with_learnt(paths.learnt, allowed_is_logged="observe" not in counts.statistics),
            _about(vip, counts, parameters),
        ),
    )


def _about(vip: Vip, counts: PathCounts, parameters: LearnParameters) -> list[str]:
    """Return the head of the file: its evidence, in lines that rarely change."""
    firsts = [one.first for one in counts.statistics.values() if one.first is not None]
    lasts = [one.last for one in counts.statistics.values() if one.last is not None]
    start = max(filter(None, (parameters.window.since, min(firsts, default=None))), default=0)
    end = min(filter(None, (parameters.window.until, max(lasts, default=None))), default=0)
    least = f"{counted(parameters.threshold.clients, 'client')} on {counted(parameters.threshold.days, 'day')}"
    return [
        f"Learnt for {vip} of {parameters.host}. Read every entry before it is used; the mode observe blocks nothing.",
        f"From requests of {day(start)[:10]} to {day(end)[:10]}. Numbers are rounded down.",
        f"Each by at least {least}, without those that sent an attack.",
    ]


def _covered_since(counts: PathCounts, days: int) -> int | None:
    """Return the first second of the coverage (since 1970, UTC); None where no request has a time."""
    last = max((one.last for one in counts.statistics.values() if one.last is not None), default=None)
    return None if last is None else last - days * _DAY


def learning_lines(learning: Learning, parameters: LearnParameters) -> list[str]:
    """Return the report for a person."""
    customer = f"customer {parameters.customer}" if parameters.customer else "no customer named"
    lines = [f"{parameters.host}   {customer}", f"  {coverage_text(learning, parameters)}"]
    for one in learning.vips:
        counts, paths = learning.counts.vips[one.vip.name], one.paths
        lines.append(
            f"  {one.vip}: {counted(paths.new, 'new entry')} from {counted(counts.requests, 'request')}, {counts.attacks:,} of them attacks and scans; "
            f"{paths.doubtful} are doubtful and {counted(len(paths.refused), 'path')} {agreed(len(paths.refused), 'was', 'were')} not learnt"
        )
        lines += [
            f"    not learnt: {refused.path} ({counted(refused.requests, 'request')}): {refused.reason}"
            for refused in paths.refused[:5]
        ]
        if counts.dropped:
            lines.append(
                f"    {counted(counts.dropped, 'request')} of rare paths dropped: there are too many different paths"
            )
        found = learning.coverage.vips.get(one.vip.name)
        if found is not None:
            lines += [
                f"    would not pass: {method} {path}: {counted(row.requests, 'request')} of {row.clients.count().of('client')}"
                for (method, path), row in found.urls.top(5)
            ]
    lines += [
        f"  {vip}: no request, so nothing was learnt" for vip in parameters.vips if vip.name not in learning.counts.vips
    ]
    attackers = learning.counts.clients.attackers
    if attackers:
        more = "" if learning.counts.clients.complete else "more than "
        lines.append(
            f"  {more}{counted(len(attackers), 'client')} attacked, scanned or got mostly errors; nothing was learnt from them"
        )
    lines += [f"  left out: {text}" for text in _lacking(learning.counts)]
    if learning.counts.elsewhere:
        lines.append(f"  left out: {learning.counts.elsewhere:,} {_OTHERS}")
    return [printable(line) for line in (*lines, *source_lines(learning.counts.statistics))]


def coverage_text(learning: Learning, parameters: LearnParameters) -> str:
    """Return the coverage: ``99.97 % of the last 14 days' requests would pass; these 12 URLs of customer Brouwer would not``."""
    coverage = learning.coverage
    if not coverage.requests:
        return "the last days have no request to ask about, so the coverage is not known"
    passed = coverage.requests - coverage.blocked - coverage.errors
    urls = sum(len(vip.urls.rows) for vip in coverage.vips.values())
    share = int(10_000 * passed / coverage.requests) / 100  # rounded down: 100 % means all
    span = "day's" if parameters.coverage_days == 1 else f"{parameters.coverage_days} days'"
    text = f"{share:.2f} % of the last {span} {counted(coverage.requests, 'recorded request')} would pass"
    whose = f" of customer {parameters.customer}" if parameters.customer else ""
    text += f"; {counted(urls, 'URL')}{whose} would not" if coverage.blocked else ""
    text += (
        f"; {counted(coverage.errors, 'request')} would not, answered with an error anyway" if coverage.errors else ""
    )
    attacks = sum(coverage.attacks_passed.values())
    return text + (f"; {attacks:,} ATTACK-SHAPED REQUESTS WOULD PASS TOO" if attacks else "")
