# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The patterns of the catalogue for lines of logs, by file, each in time that grows with the length of the line alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from ...catalogue.entry import Entry, Indicator, Level
from ...foundation.linear_pattern import LinearPattern, Work
from ..findings.finding import LEVELS
from ..findings.ourselves import Ourselves
from ..trace_rules.general_rules import GENERAL_RULES
from ..trace_rules.line_levels import level_of_line, only_searches
from ..trace_rules.plain_requests import is_of_requests, plain_request
from . import rules
from .grouped_traces import Rule, Traces
from .log_line import LogKind, LogLine

DIRECTORY = "/var/log"
_OWN_READINGS = ("SSLVPN TCPCONNSTAT", "MAC/veriexec: no fingerprint", "MAC/veriexec: fingerprint does not match")
"""Texts that a reading of ours judges with more context."""

_CANNOT_MEAN = {
    Level.COMPROMISE: "who did it, or when somebody got in",
    Level.ATTEMPT: "that it worked",
    Level.REVIEW: "an intrusion: administrators and scanners leave such lines too",
}


class Pattern(NamedTuple):
    """One pattern, and the files in which it is looked for: paths with * as in a shell."""

    rule: Rule
    places: tuple[str, ...]
    text: str
    pattern: LinearPattern | None

    def is_in(self, raw: bytes, work: Work, plain: bytes | None = None) -> bool:
        """Return True if a line has the pattern.

        :param plain: the line with the plain path of its request; None where it has no other one
        """
        return self._has(raw, work) or (plain is not None and is_of_requests(self.places) and self._has(plain, work))

    def _has(self, raw: bytes, work: Work) -> bool:
        return self.text.encode() in raw if self.pattern is None else self.pattern.search(raw, work)

    def is_for(self, path: str) -> bool:
        return any(fnmatchcase(path, place) for place in self.places)


class CatalogueIndicators:
    """Looks for some patterns in the logs of one node.

    :ivar work: by the text of a pattern, what the search for it may cost
    """

    def __init__(self, patterns: tuple[Pattern, ...], traces: Traces, own: Ourselves) -> None:
        self._patterns = patterns
        self._own = own
        self._traces = traces
        self.work = {one.text: Work() for one in patterns}
        self._of_file: dict[str, tuple[Pattern, ...]] = {}

    def take(self, line: LogLine, above: Level | None = None) -> bool:
        """Return True where a line has an indicator.

        :param above: the level that the line has already: only more urgent ones count
        """
        patterns = self._of_file.get(line.file)
        if patterns is None:
            path = f"{DIRECTORY}/{line.file}"
            patterns = self._of_file[line.file] = tuple(one for one in self._patterns if one.is_for(path))
        if not patterns or self._own.report(line.raw).is_ours:
            return False
        found = False
        plain = plain_request(line.raw) if line.kind is LogKind.ACCESS else None
        for pattern in patterns:
            if pattern.is_in(line.raw, self.work[pattern.text], plain):
                rule = _rule_of(pattern.rule, line.raw)
                if above is None or LEVELS.index(rule.level) < LEVELS.index(above):
                    self._traces.add(rule, line)
                found = True
        return found


def _rule_of(rule: Rule, line: bytes) -> Rule:
    """Return what a line with a pattern means; the level is that of :func:`.level_of_line`, as of each reader of logs."""
    if only_searches(line):
        return rules.SEARCHED
    level = level_of_line(rule.level, line)
    if level is rule.level:
        return rule
    return replace(rule, level=level, cannot_mean=_CANNOT_MEAN[level], next_step=rules.NEXT_OF_A_LINE[level])


def patterns_of(entries: Iterable[Entry]) -> tuple[Pattern, ...]:
    """Return the patterns for lines of logs, of all entries and of the rules by property."""
    named = [(indicator, entry) for entry in entries for indicator in entry.indicators]
    general = [(indicator, None) for indicator in GENERAL_RULES]
    return tuple(pattern for indicator, entry in (*named, *general) for pattern in _of_indicator(indicator, entry))


def _of_indicator(indicator: Indicator, entry: Entry | None) -> list[Pattern]:
    """Return the patterns of an indicator.

    :param entry: that names it; None for a rule by property
    """
    if indicator.kind not in ("log", "cron") or "nitro" not in indicator.seen_by:
        return []  # what only others see has words in these logs that are ordinary alone
    places = indicator.places if indicator.kind == "log" else (f"{DIRECTORY}/cron*",)
    source = indicator.source if entry is None else entry.sources[indicator.source].name
    rule = Rule(
        11,
        indicator.level,
        f"indicator of {indicator.source if entry is None else entry.id}",
        indicator.about or f"named by {source}",
        _CANNOT_MEAN[indicator.level],
        rules.NEXT_OF_A_LINE[indicator.level],
        () if entry is None else (entry.id,),
    )
    return [
        Pattern(rule, places, value, _linear(value) if indicator.is_regex else None)
        for value in indicator.values
        if value not in _OWN_READINGS
    ]


@lru_cache(maxsize=512)
def _linear(value: str) -> LinearPattern:
    return LinearPattern(value)
