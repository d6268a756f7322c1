# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each test shows, by itself and by the fixtures that it shares."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path


@dataclass(frozen=True)
class One:
    """A test or a shared fixture.

    :ivar seconds: of processor time
    :ivar shows: names of what it shows
    :ivar fixtures: the shared ones of a test
    """

    seconds: float
    shows: frozenset[str]
    fixtures: tuple[str, ...] = ()


@dataclass
class Shown:
    """What is known of tests and shared fixtures, by their names."""

    tests: dict[str, One] = field(default_factory=dict)
    fixtures: dict[str, One] = field(default_factory=dict)

    @property
    def seconds_of_fixtures(self) -> float:
        return sum(one.seconds for one in self.fixtures.values())

    def all_of(self, name: str) -> frozenset[str]:
        """Return what a test shows, with its fixtures."""
        one = self.tests[name]
        return one.shows.union(*(self.fixtures[each].shows for each in one.fixtures))

    def test(self, name: str, seconds: float, shows: Iterable[str], fixtures: Iterable[str]) -> None:
        self.tests[name] = One(round(seconds, 4), frozenset(shows), tuple(fixtures))

    def fixture(self, name: str, seconds: float, shows: Iterable[str]) -> None:
        self.fixtures[name] = One(round(seconds, 4), frozenset(shows))

    def renamed(self, name: Callable[[str], str | None]) -> Shown:
        """Return the same with other words; a word whose name is None is not shown. Blocks keep their numbers."""
        known: dict[str, str | None] = {}
        whole = Shown()
        for ones, found in ((self.tests, whole.tests), (self.fixtures, whole.fixtures)):
            for key, one in ones.items():
                known |= {each: each if each.isdigit() else name(each) for each in one.shows if each not in known}
                found[key] = replace(
                    one, shows=frozenset(new for each in one.shows if (new := known[each]) is not None)
                )
        return whole

    def write(self, path: Path) -> None:
        rows = [
            {name: [one.seconds, sorted(one.shows), one.fixtures] for name, one in ones.items()}
            for ones in (self.tests, self.fixtures)
        ]
        path.write_bytes(zlib.compress(json.dumps(rows).encode(), 1))

    @classmethod
    def read(cls, paths: Iterable[Path]) -> Shown:
        """Return what several processes have written; a fixture of two of them is two."""
        whole = cls()
        for path in paths:
            tests, fixtures = json.loads(zlib.decompress(path.read_bytes()))
            place = path.stem
            whole.fixtures |= {
                f"{place}:{name}": One(seconds, frozenset(shows)) for name, (seconds, shows, _none) in fixtures.items()
            }
            whole.tests |= {
                name: One(seconds, frozenset(shows), tuple(f"{place}:{each}" for each in shared))
                for name, (seconds, shows, shared) in tests.items()
            }
        return whole
