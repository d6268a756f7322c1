# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The patterns of a pattern set. The cost of a look-up does not depend on their number.

An Aho-Corasick automaton finds every pattern in one pass over a text (docs/decisions/0012).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache

from .errors import UnsupportedExpression

try:
    from ahocorasick_rs import AhoCorasick, Implementation
except ImportError:  # ansible-test imports every file without the requirements
    HAS_AHOCORASICK = False
else:
    HAS_AHOCORASICK = True

KEPT_SETS = 64

Matcher = Callable[[str], bool]
Finder = Callable[[str], tuple[int, ...]]
OVERLAPPING = True


class PatternSet:
    """Finds the patterns that a text contains, begins with, ends with or equals.

    The methods return a test: a matcher returns True if any pattern fits, a finder the indexes of all that do, in no order.
    """

    def __init__(self, patterns: Iterable[tuple[int, str]]) -> None:
        """:param patterns: index and text; two patterns may have the same text, for example once case is folded"""
        indexes: dict[str, tuple[int, ...]] = {}
        for index, text in patterns:
            indexes[text] = (*indexes.get(text, ()), index)
        self._indexes: Mapping[str, tuple[int, ...]] = indexes
        self._always = indexes.get("", ())  # every text contains the empty one, which an automaton does not accept
        self._texts = tuple(filter(None, indexes))
        self._longest = max(map(len, indexes), default=0)

    def equals(self) -> Matcher:
        return self._indexes.__contains__

    def startswith(self) -> Matcher:
        if self._always:
            return _always
        find, longest = self._automaton.find_matches_as_indexes, self._longest

        def matches(text: str) -> bool:
            for _number, start, _end in find(text[:longest], OVERLAPPING):  # noqa: SIM110 -- called for each request
                if start == 0:
                    return True
            return False

        return matches

    def endswith(self) -> Matcher:
        if self._always:
            return _always
        find, longest = self._automaton.find_matches_as_indexes, self._longest

        def matches(text: str) -> bool:
            tail = text[-longest:]
            found = find(tail, OVERLAPPING)
            return bool(found) and found[-1][2] == len(tail)  # they are in the order of their ends

        return matches

    def contains(self) -> Matcher:
        if self._always:
            return _always
        find = self._automaton.find_matches_as_indexes
        return lambda text: bool(find(text))

    def all_equal(self) -> Finder:
        indexes = self._indexes
        return lambda text: indexes.get(text, ())

    def all_at_start(self) -> Finder:
        find, longest = self._automaton.find_matches_as_indexes, self._longest
        always, indexes = self._always, self._indexes_by_number

        def found(text: str) -> tuple[int, ...]:
            hits = always
            for number, start, _end in find(text[:longest], OVERLAPPING):
                if start == 0:
                    hits += indexes[number]
            return hits

        return found

    def all_at_end(self) -> Finder:
        find, longest = self._automaton.find_matches_as_indexes, self._longest
        always, indexes = self._always, self._indexes_by_number

        def found(text: str) -> tuple[int, ...]:
            hits, tail = always, text[-longest:]
            size = len(tail)
            for number, _start, end in find(tail, OVERLAPPING):
                if end == size:
                    hits += indexes[number]
            return hits

        return found

    def all_contained(self) -> Finder:
        find = self._automaton.find_matches_as_indexes
        always, indexes = self._always, self._indexes_by_number

        def found(text: str) -> tuple[int, ...]:
            hits, matches = always, find(text, OVERLAPPING)
            for number in {match[0] for match in matches} if matches else ():
                hits += indexes[number]
            return hits

        return found

    @property
    def _indexes_by_number(self) -> tuple[tuple[int, ...], ...]:
        """Return the indexes of each pattern of the automaton."""
        return tuple(self._indexes[text] for text in self._texts)

    @cached_property
    def _automaton(self) -> AhoCorasick:
        if not HAS_AHOCORASICK:
            raise UnsupportedExpression("pattern sets need the Python package `ahocorasick-rs` on the control node")
        return AhoCorasick(self._texts, implementation=Implementation.ContiguousNFA)


def _always(_unused: str) -> bool:
    return True


@lru_cache(maxsize=KEPT_SETS)
def pattern_set(patterns: tuple[tuple[int, str], ...]) -> PatternSet:
    """Return the pattern set of these patterns. Every reading of a rule and every appliance with these patterns shares it."""
    return PatternSet(patterns)
