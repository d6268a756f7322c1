# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mutants are played in two stages: all of them with unit tests, and those that survive with the other tests that reach them.

So a survivor is one that the tests as a whole let through, and what unit tests alone let through is told too.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

KILLED = "killed"


@dataclass(frozen=True)
class Stage:
    """Tests that are played with what is left of the mutants.

    :ivar parts: names of parts of the tests
    :ivar seconds: the most processor time for one mutant
    """

    name: str
    parts: tuple[str, ...]
    seconds: float


STAGES = (Stage("unit", ("unit",), 4.0), Stage("others", ("engine", "nights"), 12.0))


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant in a stage.

    :ivar how: ``killed``, ``survived``, ``not planted`` or ``no test reaches it``
    :ivar test: the one that killed it
    :ivar played: how many tests were played
    :ivar seconds: of processor time
    """

    how: str
    test: str
    played: int
    seconds: float


Told = Mapping[int, Outcome]


def read(path: Path) -> dict[int, Outcome]:
    """Return by mutant the last outcome that a file has; none where there is no file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else ()
    return {number: Outcome(*rest) for number, *rest in map(json.loads, lines)}


def left(numbers: Iterable[int], told: Sequence[Told]) -> list[int]:
    """Return the mutants that no stage has killed, also those that were not played."""
    return [number for number in numbers if not any(number in one and one[number].how == KILLED for one in told)]


def score(packages: Sequence[str], told: Sequence[Told]) -> list[str]:
    """Return the lines of a report: how many of each package and of all are killed, by the first stage alone and by all.

    :param packages: of each mutant, by its number
    :param told: the outcomes of the stages, in their order
    """
    first, alive = [{*left(range(len(packages)), stages)} for stages in (told[:1], told)]
    rows = [(name, [n for n, package in enumerate(packages) if package == name]) for name in sorted({*packages})]
    return [_row(name, numbers, first, alive) for name, numbers in [*rows, ("all", [*range(len(packages))])] if numbers]


def _row(name: str, numbers: Collection[int], first: Collection[int], alive: Collection[int]) -> str:
    count = len(numbers)
    by_first, by_all = (count - sum(number in rest for number in numbers) for rest in (first, alive))
    return f"{name:24} {by_all:4} of {count:4} killed ({by_all / count:.0%}), {by_first} by unit tests ({by_first / count:.0%})"


def unreached(numbers: Iterable[int], told: Sequence[Told]) -> int:
    """Return how many mutants no stage has played a test with."""
    return sum(not any(number in one and one[number].played for one in told) for number in numbers)


def killers(told: Iterable[Told]) -> list[tuple[str, int]]:
    """Return the folders of tests that killed mutants, with how many, the most first."""
    tests = [one.test for each in told for one in each.values() if one.how == KILLED]
    return Counter("/".join(test.split("/")[:2]) for test in tests).most_common()
