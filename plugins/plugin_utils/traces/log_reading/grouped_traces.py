# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Equal traces of many lines as one finding, in bounded memory: how often, from when to when, and one line as evidence. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ...catalogue.entry import Level
from ...foundation.foreign_text import one_line
from ..findings.finding import Finding, Fixed
from .log_line import LogLine

MOST_GROUPS = 50
"""Findings of one rule on one node; an attacker can send a new address or name with each request."""
_LONGEST_KEY = 60
FixedOf = Callable[[tuple[str, ...], datetime | None], Fixed]
"""Says whether a trace of some entries, at a time in UTC, is older than their fix."""


@dataclass(frozen=True)
class Rule:
    """What one kind of trace means; :mod:`rules` has them all.

    :ivar reading: the number of the daily reading
    :ivar what: the trace, as a clause
    """

    reading: int
    level: Level
    what: str
    why: str
    cannot_mean: str
    next_step: str
    entries: tuple[str, ...] = ()


@dataclass
class _Group:
    line: LogLine
    count: int = 0
    first: datetime | None = None
    last: datetime | None = None


@dataclass
class Traces:
    """The traces of one node.

    :ivar left_out: by rule, the number of lines of further groups
    """

    groups: dict[tuple[Rule, str, str], _Group] = field(default_factory=dict)
    left_out: dict[Rule, int] = field(default_factory=dict)
    _per_rule: dict[Rule, int] = field(default_factory=dict)

    def add(self, rule: Rule, line: LogLine, key: str = "") -> None:
        """Count a line.

        :param key: what equal traces have in common, such as the address of the client
        """
        name = rule, line.log, key[:_LONGEST_KEY]
        group = self.groups.get(name)
        if group is None:
            if self._per_rule.get(rule, 0) >= MOST_GROUPS:
                self.left_out[rule] = self.left_out.get(rule, 0) + 1
                return
            self._per_rule[rule] = self._per_rule.get(rule, 0) + 1
            group = self.groups[name] = _Group(line)
        group.count += 1
        if line.time is not None:
            group.first = line.time if group.first is None else min(group.first, line.time)
            group.last = line.time if group.last is None else max(group.last, line.time)

    def findings(self, appliance: str, fixed: FixedOf) -> Iterable[Finding]:
        """Yield the findings, those of the first reading first."""
        for (rule, log, key), group in sorted(self.groups.items(), key=lambda item: (item[0][0].reading, item[0][1:])):
            subject = f": {key}" if key else ""
            times = f", {group.count} lines" if group.count > 1 else ""
            until = f" until {group.last.isoformat(' ', 'seconds')}" if group.last and group.last != group.first else ""
            yield Finding(
                appliance=appliance,
                node=group.line.node,
                level=rule.level,
                what=f"{rule.what}{subject}{times}{until}",
                where=f"/var/log/{group.line.file}",
                why=rule.why,
                evidence=one_line(group.line.raw),
                time=group.first,
                before_or_after_fix=fixed(rule.entries, group.first),
                seen_by="log",
                cannot_mean=rule.cannot_mean,
                next_step=rule.next_step,
                entries=rule.entries,
                identity=f"{rule.what}\0{log}\0{key}",
            )
