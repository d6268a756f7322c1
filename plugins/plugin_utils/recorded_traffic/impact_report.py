# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of an impact, as JSON values and as lines for people. All text of logs is escaped; queries are left out, since they may hold secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..foundation.counted import counted
from ..foundation.foreign_text import printable
from ..foundation.json_values import json_values
from .impact import COUNTED, Impact, VipImpact, rows
from .reader import ReadStatistics
from .sources import HOLDS

TOP = 20
SHOWN = 3
CLAUSE = 80


@dataclass(frozen=True)
class ReportContext:
    """The subject of an impact report.

    :ivar plan: the measure in words, such as "cve_2019_19781 v2"
    :ivar made: the time of the report, in words
    """

    host: str
    customer: str
    plan: str
    remarks: tuple[str, ...] = ()
    made: str = ""


def impact_values(impact: Impact, about: ReportContext) -> dict[str, Any]:
    """Return the JSON values of a report. All text is escaped, that of the appliance too."""
    values: dict[str, Any] = {
        "host": about.host,
        "customer": about.customer,
        "plan": about.plan,
        "made": about.made,
        "conclusion": impact.conclusion(),
        "why_not_known": impact.why_not_known(),
        "remarks": about.remarks,
        "requests": impact.requests,
        "unplaced": {outcome.value: count for outcome, count in sorted(impact.unplaced.items(), key=str)},
        "totals": {
            outcome.value: {"requests": impact.total(outcome), "clients": impact.affected[outcome]}
            for outcome in COUNTED
        },
        "vips": [_vip_values(name, vip) for name, vip in sorted(impact.vips.items())],
        "sources": [
            {"format": format_, "holds": HOLDS[format_], **json_values(statistics)}
            for format_, statistics in sorted(impact.statistics.items())
        ],
    }
    if impact.undecided:
        values["undecided_attacks"] = dict(sorted(impact.undecided.items()))
    whole: dict[str, Any] = json_values(values)
    return whole


def _vip_values(name: str, vip: VipImpact) -> dict[str, Any]:
    return {
        "vip": name,
        "requests": vip.requests,
        "clients": vip.clients,
        "outcomes": {
            outcome.value: {
                "requests": vip.outcomes[outcome],
                "clients": vip.affected[outcome],
                "urls": [
                    {"method": method, "path": path, "policy": policy, **json_values(row)}
                    for (_outcome, method, path, policy), row in rows(vip.urls, outcome, TOP)
                ],
                "rules": [
                    {"policy": policy, "clause": clause, **json_values(row)}
                    for (_outcome, policy, clause), row in rows(vip.rules, outcome, TOP)
                ],
            }
            for outcome in COUNTED
        },
        "rare_urls_left_out": vip.urls.dropped,
    }


def impact_lines(impact: Impact, about: ReportContext) -> list[str]:
    """Return the report for a person."""
    customer = f"customer {about.customer}" if about.customer else "no customer named"
    conclusion = impact.conclusion()
    lines = [
        f"{about.host}   {customer}   {about.plan}: {conclusion.upper() if conclusion != 'nobody in these logs' else conclusion}"
    ]
    for name, vip in sorted(impact.vips.items()):
        lines += _vip_lines(name, vip)
    for outcome, count in sorted(impact.unplaced.items(), key=str):
        lines.append(f"  {counted(count, 'request')}: {outcome.value}")
    for lacking, count in sorted(impact.undecided.items()):
        lines.append(f"  {counted(count, 'request')} may be attacks, not counted as such: the log lacks the {lacking}")
    lines += [f"  not known: {reason}" for reason in impact.why_not_known()]
    lines += [f"  {remark}" for remark in about.remarks]
    lines += source_lines(impact.statistics)
    return [printable(line) for line in lines]


def _vip_lines(name: str, vip: VipImpact) -> Iterable[str]:
    yield f"  {name}: {counted(vip.requests, 'request')} of {vip.clients.count().of('client')}"
    for outcome in COUNTED:
        count = vip.outcomes[outcome]
        if not count:
            continue
        share = 100 * count / vip.requests
        yield f"    {outcome.value}: {counted(count, 'request')} ({share:.2g} %) of {vip.affected[outcome].count().of('client')}"
        for (_outcome, policy, clause), row in rows(vip.rules, outcome, SHOWN):
            yield f"      by {policy}: {_short(clause)}: {counted(row.requests, 'request')} of {row.clients.count().of('client')}"
        for (_outcome, method, path, _policy), row in rows(vip.urls, outcome, SHOWN):
            yield f"      {method} {path}: {counted(row.requests, 'request')} of {row.clients.count().of('client')}"


def _short(clause: str) -> str:
    return clause if len(clause) <= CLAUSE else f"{clause[: CLAUSE - 3]}..."


def source_lines(by_format: Mapping[str, ReadStatistics]) -> Iterable[str]:
    """Yield what was read, the time range, and what it lacks."""
    for format_, statistics in sorted(by_format.items()):
        yield f"  read: {counted(statistics.requests, 'request')} in {counted(statistics.lines, 'line')} ({format_}: {HOLDS[format_]})"
        yield f"    reaches from {statistics.reach()}"
        yield from (f"    {text}" for text in statistics.missing())
        if statistics.management:
            yield f"    left out: {counted(statistics.management, 'request')} of the management (NITRO, GUI), for no virtual server"
        if statistics.timeless:
            yield f"    {counted(statistics.timeless, 'request has', 'requests have')} no time, so no window has them"
        yield from (
            f"    {counted(count, 'line')} unparsable: {reason}"
            for reason, count in sorted(statistics.unparsable.items())
        )
        yield from (f"    {text}" for text in statistics.damaged)
