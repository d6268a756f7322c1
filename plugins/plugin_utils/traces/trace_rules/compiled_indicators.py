# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The indicators of all entries, and the rules by property, as what one run looks for: equal ones once, their patterns compiled. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from ...appliance.nitro.directory_tree import path_matches
from ...catalogue.entry import Entry, Indicator, Level
from ...foundation.linear_pattern import LinearPattern, Work
from .general_rules import GENERAL_RULES
from .plain_requests import is_of_requests, plain_request


@dataclass(frozen=True)
class Clue:
    """One thing to look for.

    :ivar entries: all entries that name it; none of a rule by property
    :ivar work: what the search for its regular expressions may cost
    """

    indicator: Indicator
    entries: tuple[Entry, ...] = field(repr=False)
    work: Work = field(default_factory=Work, repr=False, compare=False)

    @property
    def kind(self) -> str:
        return self.indicator.kind

    @property
    def level(self) -> Level:
        return self.indicator.level

    @property
    def why(self) -> str:
        """Return which weaknesses name it, by which source, and what the entry says about it."""
        if not self.entries:
            return f"{self.indicator.about} ({self.indicator.source})"
        names = ", ".join(entry.identifiers[0] if entry.identifiers else entry.id for entry in self.entries)
        source = self.entries[0].sources.get(self.indicator.source)
        named = f"named for {names} by {source.name if source else self.indicator.source}"
        return f"{named}; {self.indicator.about}" if self.indicator.about else named

    def excepts(self, path: str) -> bool:
        """Return True if a clean appliance has a file at this path."""
        return any(path_matches(path, pattern) for pattern in self.indicator.excepts)

    @cached_property
    def _literals(self) -> tuple[tuple[str, bytes], ...]:
        return () if self.indicator.is_regex else tuple((value, value.encode()) for value in self.indicator.values)

    @cached_property
    def _patterns(self) -> tuple[LinearPattern, ...]:
        return tuple(LinearPattern(value.strip()) for value in self.indicator.values) if self.indicator.is_regex else ()

    def match(self, line: bytes) -> str:
        """Return the first pattern that a line has; "" for none. The time grows with the length of the line alone, and has a limit: see :attr:`work`."""
        for text, literal in self._literals:
            if literal in line:
                return text
        return next((pattern.text for pattern in self._patterns if pattern.search(line, self.work)), "")

    def is_in(self, line: bytes) -> str:
        """Return the first pattern that a line of a log has, as it is written or, of a request, with its plain path; "" for none."""
        found = self.match(line)
        if found or not self._is_of_requests:
            return found
        plain = plain_request(line)
        return self.match(plain) if plain is not None else ""

    @cached_property
    def _is_of_requests(self) -> bool:
        return is_of_requests(self.indicator.places)

    def may_be_in(self, data: bytes) -> bool:
        """Return False where no line of some data can match, without looking at the lines."""
        if any(literal in data for _text, literal in self._literals):
            return True
        folded: bytes | None = None
        for pattern in self._patterns:
            if pattern.ignores_case and folded is None:
                folded = data.lower()
            if not pattern.literal or pattern.literal in (folded if pattern.ignores_case and folded else data):
                return True
        return False


def clues_of(entries: Iterable[Entry]) -> tuple[Clue, ...]:
    """Return what all entries look for; what several of them name is looked for once."""
    found: dict[tuple[object, ...], tuple[Indicator, list[Entry]]] = {}
    for entry in entries:
        for indicator in entry.indicators:
            key = (indicator.kind, indicator.values, indicator.places, repr(indicator.configuration), indicator.level)
            _indicator, named_by = found.setdefault(key, (indicator, []))
            if entry not in named_by:
                named_by.append(entry)
    return tuple(Clue(indicator, tuple(named_by)) for indicator, named_by in found.values())


def general_clues() -> tuple[Clue, ...]:
    """Return the rules by property, which no entry names."""
    return tuple(Clue(indicator, ()) for indicator in GENERAL_RULES)
