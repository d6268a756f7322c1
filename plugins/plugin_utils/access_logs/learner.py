# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Learning the whitelists of one appliance from recorded requests: what to learn from, what comes of it, how much it covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.attack_signatures import AttackSignatures
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.impact_report import source_lines
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.path_counts import (
    SAMPLE,
    PathCounts,
    named_vips,
    tally_requests,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.path_generaliser import (
    Cover,
    Demand,
    Generaliser,
    Lesson,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.process_pool import Progress
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.reader import Window, day
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.sources import LogFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.whitelist_coverage import (
    Coverage,
    Rules,
    measure_coverage,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.whitelist_file import (
    LearntList,
    parse_file,
    render,
    variable,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.base_lists import (
    LOGON_OF,
    base_entries,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.settings import (
    parse_whitelists,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Vip

_DAY = 86400
_OTHERS = "requests are of other virtual servers, or of an address that several of them share"
GATEWAYS = ("vpn", "authentication")


@dataclass(frozen=True, kw_only=True)
class LearnParameters:
    """What is asked for.

    :ivar vips: the virtual servers to learn for
    :ivar window: the times to learn from
    :ivar coverage_days: the coverage is that of so many last days
    :ivar before: by name of a virtual server, the text of the file that was learnt before
    """

    host: str
    customer: str
    vips: tuple[Vip, ...]
    shapes: AttackSignatures
    window: Window
    today: date
    demand: Demand = field(default_factory=Demand)
    coverage_days: int = 14
    suffixes: bool = False
    before: Mapping[str, str] = field(default_factory=dict)
    workers: int = 0


@dataclass(frozen=True)
class LearntVip:
    """One virtual server. :ivar text: the file"""

    vip: Vip
    lesson: Lesson
    text: str


@dataclass(frozen=True)
class Learning:
    """What came of it.

    :ivar coverage: None where nothing was learnt
    :ivar covered_since: the first second of the coverage
    """

    tally: PathCounts
    vips: tuple[LearntVip, ...]
    coverage: Coverage
    covered_since: int | None


def window_of(since: date | None, until: date | None, exploit_public: date | None) -> Window:
    """The window to learn from: what the logs reach, but not after the exploit was public unless that is asked for.

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

    :raises InvalidInput: where a file cannot be read, or what was learnt before is not as it must be
    :raises Refused: where the logs do not have what an enforceable list needs
    """
    if not 1 <= parameters.demand.clients <= SAMPLE:
        raise InvalidInput(f"clients must be from 1 to {SAMPLE}")
    _require_distinct(parameters)
    vips = named_vips(parameters.vips)
    tally = tally_requests(
        files, vips, parameters.shapes, parameters.window, workers=parameters.workers, progress=progress
    )
    _require_enough(tally, parameters)
    learnt = tuple(_learnt(vip, tally, parameters) for vip in parameters.vips if vip.name in tally.vips)
    lists = [found for one in learnt if (found := parse_file(one.text, one.vip.name)).allows_anything]
    since = _covered_since(tally, parameters.coverage_days)
    rules = Rules([one.value() for one in lists], parameters.host, parameters.today)
    coverage = measure_coverage(
        files,
        vips,
        rules,
        parameters.shapes,
        tally.clients.attackers,
        Window(since, None),
        workers=parameters.workers,
        progress=progress,
    )
    return Learning(tally, learnt, coverage, since)


def _require_distinct(parameters: LearnParameters) -> None:
    taken: dict[str, Vip] = {}
    for vip in parameters.vips:
        other = taken.setdefault(variable(vip.name), vip)
        if other is not vip:
            raise InvalidInput(
                f"{parameters.host}: {other.name} and {vip.name} would both become the variable {variable(vip.name)}. "
                "Learn for one of them at a time (learn_vips), and name the variables yourself."
            )


def _require_enough(tally: PathCounts, parameters: LearnParameters) -> None:
    """Without client, virtual server and time nothing can be learnt that may be enforced."""
    if tally.vips:
        return
    readings = tally.readings.values()
    if tally.unusable:
        lacking = "; ".join(f"{count:,} requests lack {what}" for what, count in sorted(tally.unusable.items()))
        raise Refused(
            f"{parameters.host}: no list can be learnt from these logs that may be enforced: {lacking}. "
            "Observe with the role url_whitelist first, or name the VIP of a source that lacks only that."
        )
    outside, requests = sum(one.outside for one in readings), sum(one.requests for one in readings)
    if outside and outside == requests:
        reach = "; ".join(one.reach() for one in readings)
        end = "" if parameters.window.until is None else f" before {day(parameters.window.until)}"
        raise Refused(
            f"{parameters.host}: none of the {requests:,} recorded requests is inside the window to learn from{end}; the logs reach from "
            f"{reach}. Say -e until=<day> to learn from what came after a public exploit all the same."
        )
    others = f", but {tally.elsewhere:,} {_OTHERS}" if tally.elsewhere else ""
    raise Refused(f"{parameters.host}: the logs have no request of its virtual servers inside the window{others}")


def _learnt(vip: Vip, tally: PathCounts, parameters: LearnParameters) -> LearntVip:
    text = parameters.before.get(vip.name, "")
    base = [LOGON_OF[vip.kind]] if vip.kind in LOGON_OF else []
    before = (
        parse_file(text, f"{parameters.host}: what was learnt for {vip.name}") if text else LearntList.new(vip, base)
    )
    known = (
        parse_whitelists([before.value()], parameters.host, parameters.today, base_entries)
        if before.allows_anything
        else ()
    )
    entries = [entry for own in known for entry in own.entries]
    base_cover = Cover(entry for entry in entries if entry.base)
    lesson = Generaliser(
        tally.vips[vip.name],
        tally.clients.attackers,
        parameters.shapes,
        parameters.demand,
        allowed=base_cover.has,
        kept=[entry for entry in entries if not entry.base],
        suffixes=parameters.suffixes and vip.kind not in GATEWAYS,
    ).lesson()
    return LearntVip(
        vip,
        lesson,
        render(
            before.with_learnt(lesson.learnt, allowed_is_logged="observe" not in tally.readings),
            _about(vip, tally, parameters),
        ),
    )


def _about(vip: Vip, tally: PathCounts, parameters: LearnParameters) -> list[str]:
    """The head of the file: what it rests on, in lines that change little."""
    firsts = [one.first for one in tally.readings.values() if one.first is not None]
    lasts = [one.last for one in tally.readings.values() if one.last is not None]
    start = max(filter(None, (parameters.window.since, min(firsts, default=None))), default=0)
    end = min(filter(None, (parameters.window.until, max(lasts, default=None))), default=0)
    return [
        f"Learnt for {vip} of {parameters.host}. Read every entry before it is used; the mode observe blocks nothing.",
        f"From requests of {day(start)[:10]} to {day(end)[:10]}. Numbers are rounded down.",
        f"Each by at least {parameters.demand.clients} clients on {parameters.demand.days} days, without those that sent an attack.",
    ]


def _covered_since(tally: PathCounts, days: int) -> int | None:
    last = max((one.last for one in tally.readings.values() if one.last is not None), default=None)
    return None if last is None else last - days * _DAY


def learning_lines(learning: Learning, parameters: LearnParameters) -> list[str]:
    """What a person reads."""
    customer = f"customer {parameters.customer}" if parameters.customer else "no customer named"
    lines = [f"{parameters.host}   {customer}", f"  {coverage_text(learning, parameters)}"]
    for one in learning.vips:
        tally, lesson = learning.tally.vips[one.vip.name], one.lesson
        lines.append(
            f"  {one.vip}: {lesson.new} new entries from {tally.requests:,} requests, {tally.attacks:,} of them attacks and scans; "
            f"{lesson.doubtful} are doubtful and {len(lesson.refused):,} paths were not learnt"
        )
        lines += [
            f"    not learnt: {refused.path} ({refused.requests:,} requests): {refused.reason}"
            for refused in lesson.refused[:5]
        ]
        if tally.let_go:
            lines.append(f"    {tally.let_go:,} requests of rare paths were let go: there are too many different ones")
        found = learning.coverage.vips.get(one.vip.name)
        if found is not None:
            lines += [
                f"    would not pass: {method} {path}: {row.requests:,} requests of {row.clients.count()} clients"
                for (method, path), row in found.urls.top(5)
            ]
    lines += [
        f"  {vip}: no request, so nothing was learnt" for vip in parameters.vips if vip.name not in learning.tally.vips
    ]
    attackers = learning.tally.clients.attackers
    if attackers:
        more = "" if learning.tally.clients.complete else "more than "
        lines.append(
            f"  {more}{len(attackers):,} clients attacked, scanned or got mostly errors; nothing was learnt from them"
        )
    lines += [f"  left out: {count:,} requests lack {what}" for what, count in sorted(learning.tally.unusable.items())]
    if learning.tally.elsewhere:
        lines.append(f"  left out: {learning.tally.elsewhere:,} {_OTHERS}")
    return [printable(line) for line in (*lines, *source_lines(learning.tally.readings))]


def coverage_text(learning: Learning, parameters: LearnParameters) -> str:
    """``99.97 % of the last 14 days' requests would pass; these 12 URLs of customer Brouwer would not``."""
    coverage = learning.coverage
    if not coverage.requests:
        return "the last days have no request to ask about, so the coverage is not known"
    passed = coverage.requests - coverage.blocked - coverage.errors
    urls = sum(len(vip.urls.rows) for vip in coverage.vips.values())
    share = int(10_000 * passed / coverage.requests) / 100  # rounded down: 100 % means all
    text = (
        f"{share:.2f} % of the last {parameters.coverage_days} days' {coverage.requests:,} recorded requests would pass"
    )
    whose = f" of customer {parameters.customer}" if parameters.customer else ""
    text += f"; {urls:,} URLs{whose} would not" if coverage.blocked else ""
    text += (
        f"; {coverage.errors:,} requests would not that were answered with an error anyway" if coverage.errors else ""
    )
    attacks = sum(coverage.attacks_passed.values())
    return text + (f"; {attacks:,} ATTACK-SHAPED REQUESTS WOULD PASS TOO" if attacks else "")
