# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lies that are drawn from a seed: for each package so many changes at lines that run where the nights read what is said, each told after a few actions."""

from __future__ import annotations

import hashlib
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.lies.changes import Change, changes_of
from tests.lies.lines import Line
from tests.lies.named import STORIES
from tests.lies.packages import PACKAGES
from tests.lies.planted import Lie
from tests.lies.told import Trial, survey, tell
from tests.nights.night import drawn, night_of

TELLINGS = 3
"""A lie is told after at most so many actions."""


@dataclass(frozen=True)
class Plot:
    """A night in which lies are told."""

    name: str
    shapes: Sequence[str]
    actions: Sequence[str]


WITHOUT_A_NAME = (
    Plot("taken off", ("alone",), ("apply", "alarm", "observe", "undo", "hunt")),
    Plot("one of a pair", ("pair",), ("apply", "upgrade_second", "off", "reopen", "wait")),
    Plot("two customers", ("shared",), ("notice_of_one", "apply", "allow_in_front", "verify", "open_step")),
    Plot("an alarm that works", ("alone",), ("log_is_on", "apply", "alarm", "attack", "alarm")),
    Plot("changed by others", ("tenant",), ("apply", "colleague_changes", "wait", "edited", "after_fix", "upgrade")),
)
"""Short nights of what the named lies do not need."""


@dataclass
class Sample:
    """The lies of one package.

    :ivar places: of the package: where a change is possible; reached: those of which the lines run where something is read
    """

    package: str
    places: int
    reached: int
    trials: dict[Lie, Trial] = field(default_factory=dict)


def plots(seed: int, nights: int) -> list[Plot]:
    """Return the nights: those of the named lies, some other short ones, and drawn ones."""
    named = [Plot(one.actions, one.shapes, one.actions.split(", ")) for one in STORIES]
    return [
        *named,
        *WITHOUT_A_NAME,
        *(Plot(f"night {number}", *drawn(number)) for number in range(seed, seed + nights)),
    ]


def samples(
    chosen: Iterable[Plot], seed: int, lies: int, directory: Path, packages: Iterable[str] = tuple(PACKAGES)
) -> Iterator[Sample]:
    """Yield for each package the lies of a seed, told.

    :param lies: of each package
    """
    ran = {one.name: survey(one.shapes, one.actions, _made(directory / f"survey {one.name}"[:60])) for one in chosen}
    where: dict[Line, list[tuple[str, int]]] = defaultdict(list)
    for name, steps in ran.items():
        for number, lines in enumerate(steps):
            for line in lines:
                where[line].append((name, number))
    found, told_at = [], defaultdict(lambda: defaultdict(list))  # type: ignore[var-annotated]
    for package in packages:
        sample, chosen_at = _drawn(package, seed, lies, where)
        found.append(sample)
        for lie, steps in chosen_at.items():
            for name, number in steps:
                told_at[name][number].append((lie, sample.trials[lie]))
    for one in chosen:
        _tell_all(one, told_at[one.name], _made(directory / one.name[:60]))
    yield from found


def _drawn(
    package: str, seed: int, lies: int, where: Mapping[Line, Sequence[tuple[str, int]]]
) -> tuple[Sample, Mapping[Lie, Sequence[tuple[str, int]]]]:
    """Return the sample of a package, and after which actions each lie is told. Of each node of the source at most one change is drawn."""
    changes = sorted(changes_of(package), key=lambda one: one.order(seed))
    by_place: dict[tuple[str, int], Change] = {}
    for one in changes:
        by_place.setdefault((one.module, one.site.number), one)
    every = sorted({step for steps in where.values() for step in steps})
    sample, chosen_at = Sample(package, len(by_place), 0), {}
    for one in sorted(by_place.values(), key=lambda one: one.order(seed)):
        steps = sorted({step for line in one.site.lines for step in where.get((one.module, line), ())})
        if not one.site.function:
            steps = every
        sample.reached += bool(steps)
        if steps and len(chosen_at) < lies:
            lie = one.lie()
            sample.trials[lie] = Trial()
            chosen_at[lie] = sorted(steps, key=lambda step: _mixed(one.name, step))[:TELLINGS]
    return sample, chosen_at


def _mixed(name: str, step: tuple[str, int]) -> str:
    return hashlib.sha256(f"{name} {step}".encode()).hexdigest()


def _tell_all(plot: Plot, told_at: Mapping[int, Sequence[tuple[Lie, Trial]]], directory: Path) -> None:
    last = max((number for number, lies in told_at.items() if lies), default=-1)
    with night_of(plot.shapes, directory) as night:
        for number, text in enumerate(plot.actions[: last + 1]):
            waiting = {lie: trial for lie, trial in told_at.get(number, ()) if not trial.noticed}
            where = f"{plot.name}: {number} {text}"
            tell(night, text, waiting, where)
            for lie, trial in waiting.items():
                print(f"{where}: {trial.word}: {lie.name}", file=sys.stderr, flush=True)
                if where in trial.altered and not trial.noticed:
                    print(
                        "".join(f"    {line}\n" for line in trial.altered[where]), end="", file=sys.stderr, flush=True
                    )


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True)
    return directory
