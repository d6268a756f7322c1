# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which tests others repeat: all that they show is shown by tests that are kept."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator

from tests.repeated.shown import One, Shown

LEAST_SEEN = 50
"""A test that shows fewer blocks and takes LONG starts programs in which nothing is seen."""
LONG = 0.3


def repeated(
    shown: Shown,
    always: Collection[str],
    *,
    each_function: float,
    elsewhere: Collection[str] = (),
    worth: Callable[[str], float] = lambda _word: math.inf,
    next_to_nothing: float = 0.02,
) -> list[str]:
    """Return the tests of which others show all.

    :param always: tests that are kept, and functions of which all cases are
    :param each_function: keep the cheapest case of each function, where it costs less than so many seconds
    :param elsewhere: what tests of another part show
    :param worth: seconds that a word or a block is worth that nothing else shows. What costs more is given up
    :param next_to_nothing: seconds; a test that costs less is played too, where its fixture is played anyway
    """
    choice = _Choice(shown, frozenset(always), each_function, frozenset(elsewhere), worth)
    return choice.repeated(next_to_nothing)


class _Choice:
    def __init__(
        self,
        shown: Shown,
        always: frozenset[str],
        each_function: float,
        elsewhere: frozenset[str],
        worth: Callable[[str], float],
    ) -> None:
        self.shown = shown
        self.always = {
            name for name in shown.tests if {name, _function(name)} & always or _is_unseen(shown, shown.tests[name])
        }
        self.each_function = each_function
        self.elsewhere = elsewhere
        self.worth = worth
        self.alone: set[str] = set()
        self.kept: set[str] = set()
        self.fixtures: set[str] = set()
        self.missing = {one for name in shown.tests for one in self.shown.all_of(name)} - elsewhere
        self.value = {one: worth(one) for one in self.missing}

    def repeated(self, next_to_nothing: float) -> list[str]:
        for name in sorted(self.always):
            self._keep(name)
        self.alone = {*self._cheapest_of_each_function()}
        for name in sorted(self.alone):
            self._keep(name)
        self._cover(needed={one for one in self.missing if self.value[one] == math.inf})
        self._cover(needed=set(self.missing))
        self.elsewhere |= self.missing
        self._drop_what_later_ones_show()
        cheap = {name for name in self.shown.tests if self._cost(name) < next_to_nothing}
        return sorted(self.shown.tests.keys() - self.kept - cheap)

    def _cover(self, needed: set[str]) -> None:
        """Keep the cheapest tests that show something until nothing is missing, or what is left costs more than it is worth."""
        left = {name: self.shown.all_of(name) & needed for name in self.shown.tests.keys() - self.kept}
        while left := {
            name: new
            for name, shows in left.items()
            if (new := shows & self.missing) and self._cost(name) <= sum(self.value[one] for one in new)
        }:
            self._keep(max(sorted(left), key=lambda name: len(left[name]) / (self._cost(name) + 0.005)))

    def _cost(self, name: str) -> float:
        one = self.shown.tests[name]
        return one.seconds + sum(
            self.shown.fixtures[each].seconds for each in one.fixtures if each not in self.fixtures
        )

    def _keep(self, name: str) -> None:
        self.kept.add(name)
        self.fixtures |= {*self.shown.tests[name].fixtures}
        self.missing -= self.shown.all_of(name)

    def _cheapest_of_each_function(self) -> Iterator[str]:
        done = {_function(name) for name in self.kept}
        for name in sorted(self.shown.tests, key=lambda one: (self.shown.tests[one].seconds, one)):
            if _function(name) not in done and self.shown.tests[name].seconds < self.each_function:
                done.add(_function(name))
                yield name

    def _drop_what_later_ones_show(self) -> None:
        count = Counter(one for name in self.kept for one in self.shown.all_of(name))
        for name in sorted(self.kept - self.always, key=lambda one: (-self.shown.tests[one].seconds, one)):
            shows = self.shown.all_of(name)
            if name not in self.alone and all(count[one] > 1 or one in self.elsewhere for one in shows):
                count.subtract(shows)
                self.kept.remove(name)
        self.fixtures = {each for name in self.kept for each in self.shown.tests[name].fixtures}


def _function(name: str) -> str:
    return name.partition("[")[0]


def _is_unseen(shown: Shown, one: One) -> bool:
    return len(one.shows) < LEAST_SEEN and one.seconds > LONG


def seconds(shown: Shown, names: Iterable[str]) -> float:
    """Return what some tests cost with their fixtures, each of which is played once."""
    ones = [shown.tests[name] for name in names]
    fixtures = {each for one in ones for each in one.fixtures}
    return sum(one.seconds for one in ones) + sum(shown.fixtures[each].seconds for each in fixtures)
