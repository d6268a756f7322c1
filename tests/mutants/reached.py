# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which blocks of the engine each test reaches, and what it costs: what :mod:`.reach` has seen, and the tests of a mutant by it."""

from __future__ import annotations

import ast
import json
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from tests.mutants.blocks import blocks_of, lines_with, names_at, note, works_at_import

MOST_OF_A_FUNCTION = {"tests/unit/": 60}
"""The most cases of one test function, by folder: more of them seldom tell more."""
MOST_ELSEWHERE = 3
MOST_CASES = 4
"""The most cases of one function that a mutant is played with, but for tests of its own module."""


def modules(engine: Path) -> list[str]:
    """Return the modules of the engine; those that import Ansible last, because its finder comes first then."""
    names = [str(path.relative_to(engine)) for path in engine.rglob("*.py")]
    return sorted(names, key=lambda name: (name.startswith("ansible/"), name))


def first_blocks(engine: Path) -> dict[str, int]:
    """Return by module the number of its first block."""
    first, number = {}, 0
    for name in modules(engine):
        first[name] = number
        number += len(set(note(ast.parse((engine / name).read_text(encoding="utf-8")), number).values()))
    return first


@dataclass
class Reach:
    """What tests reach.

    :ivar tests: their ids, by number
    :ivar costs: seconds of processor time, by test
    :ivar blocks: by block the numbers of the tests
    """

    tests: list[str] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    blocks: dict[int, array[int]] = field(default_factory=dict)

    def add(self, test: str, cost: float, reached: Iterable[int]) -> None:
        for block in reached:
            self.blocks.setdefault(block, array("I")).append(len(self.tests))
        self.tests.append(test)
        self.costs.append(round(cost, 4))

    def write(self, path: Path) -> None:
        rows = {str(block): ones.tolist() for block, ones in self.blocks.items()}
        text = json.dumps([self.tests, self.costs, rows])
        path.write_bytes(zlib.compress(text.encode(), 1))

    def join(self, other: Reach) -> None:
        """Add what others have reached."""
        for block, ones in other.blocks.items():
            self.blocks.setdefault(block, array("I")).extend(n + len(self.tests) for n in ones)
        self.tests += other.tests
        self.costs += other.costs

    @classmethod
    def read(cls, paths: Iterable[Path]) -> Reach:
        """Return what several processes have written down."""
        whole = cls()
        for path in paths:
            tests, costs, rows = json.loads(zlib.decompress(path.read_bytes()))
            whole.join(cls(tests, costs, {int(block): array("I", ones) for block, ones in rows.items()}))
        return whole


def spread(tests: Iterable[str]) -> list[str]:
    """Return of each test function some cases, from the first to the last."""
    cases: dict[str, list[str]] = {}
    for test in tests:
        cases.setdefault(test.partition("[")[0], []).append(test)
    chosen = []
    for function, ones in cases.items():
        most = next((n for start, n in MOST_OF_A_FUNCTION.items() if function.startswith(start)), MOST_ELSEWHERE)
        count = min(most, len(ones))
        chosen += [ones[i * (len(ones) - 1) // max(count - 1, 1)] for i in range(count)]
    return chosen


def blocks_for(engine: Path, first: Mapping[str, int], module: str, line: int) -> set[int]:
    """Return the blocks that show that a line has worked: of a constant and a class also those of other modules that use it by its name."""
    source = (engine / module).read_text(encoding="utf-8")
    found = blocks_of(source, first[module], line)
    names = names_at(source, line)
    for other in first if names else ():
        text = (engine / other).read_text(encoding="utf-8")
        if other != module and any(name in text for name in names):
            found |= {block for each in lines_with(text, names) for block in blocks_of(text, first[other], each)}
    return found


@dataclass
class Choice:
    """The tests of mutants, cheapest first.

    :ivar first: by module the number of its first block
    :ivar seconds: the processor time that may be spent on a mutant
    """

    engine: Path
    first: Mapping[str, int]
    reach: Reach
    seconds: float

    def tests(self, module: str, line: int, own: Iterable[str]) -> list[str]:
        """Return the tests of a mutant: those of its own module, then those that reach most of its module for the least time."""
        blocks = blocks_for(self.engine, self.first, module, line)
        reaching = {test for block in blocks for test in self.reach.blocks.get(block, ())}
        if works_at_import((self.engine / module).read_text(encoding="utf-8"), line):
            reaching |= {number for number, name in enumerate(self.reach.tests) if name.partition("::")[0] in own}
        inside = self._inside(module)
        ordered = sorted(reaching, key=lambda test: (self.reach.costs[test] + 0.01) / (inside[test] + 1))
        mine = {test for test in ordered if self.reach.tests[test].partition("::")[0] in own}
        cases: Counter[str] = Counter()
        of_file: Counter[tuple[str, int]] = Counter()
        rounds: dict[int, tuple[bool, int, int]] = {}
        for test in ordered:
            function = self.reach.tests[test].partition("[")[0]
            file = (function.partition("::")[0], cases[function])
            rounds[test] = (test not in mine, cases[function], 0 if test in mine else of_file[file])
            cases[function] += 1
            of_file[file] += 1
        in_turn = [one for one in sorted(ordered, key=rounds.__getitem__) if one in mine or rounds[one][1] < MOST_CASES]
        return [self.reach.tests[one] for one in self._within(in_turn)]

    def _inside(self, module: str) -> Counter[int]:
        start = self.first[module]
        end = min((one for one in self.first.values() if one > start), default=start + 10_000)
        return Counter(test for block in range(start, end) for test in self.reach.blocks.get(block, ()))

    def _within(self, tests: list[int]) -> list[int]:
        """Return the first tests, of which the last one may cost more than is left."""
        before = accumulate((self.reach.costs[test] for test in tests), initial=0.0)
        return [test for test, spent in zip(tests, before, strict=False) if spent < self.seconds]
