# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trains of builds: a branch in one edition, such as 13.1 or 13.1-FIPS. Pure.

The editions FIPS and NDcPP have build numbers of their own, so a build is compared with a number of its own train only: 13.1 37.279 is not older
than 13.1 64.23. Whether a train still gets fixes is a state, not a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any

from ..appliance.nitro.builds import Build, pair
from ..foundation.errors import InvalidInput

Number = tuple[int, int]

TRAIN = r"([0-9]{1,3}\.[0-9]{1,3})(?:-(FIPS|NDcPP|FIPS/NDcPP))?"
"""The text of a train, as a pattern: ``13.1``, ``13.1-FIPS``, or ``13.1-FIPS/NDcPP`` for both."""

_CERTIFIED: Mapping[tuple[int, int], tuple[int, int]] = {(12, 1): (55, 100), (13, 1): (37, 100)}
"""By branch, the major number of the builds of FIPS and NDcPP, and the first minor number that is no standard build (builds such as 12.1 55.24
and 13.1 37.38 are standard; the bulletins count FIPS builds from 55.2xx and 37.1xx on)."""


@dataclass(frozen=True, order=True)
class Train:
    """A branch in one edition.

    :ivar edition: FIPS or NDcPP; "" for the standard one
    """

    branch: tuple[int, int]
    edition: str = ""

    def __str__(self) -> str:
        return f"{self.branch[0]}.{self.branch[1]}{self.edition and '-'}{self.edition}"


def parse_trains(text: str) -> tuple[Train, ...]:
    """Return the trains that a text names: one, or both for ``13.1-FIPS/NDcPP``.

    :raises InvalidInput: where it has none of the forms of TRAIN
    """
    match = re.fullmatch(TRAIN, text) if isinstance(text, str) else None
    if match is None:
        raise InvalidInput(f'{text!r} is not a train: write it in quotes, as "13.1" or "13.1-FIPS/NDcPP"')
    return tuple(Train(pair(match[1]), edition) for edition in (match[2] or "").split("/"))


def trains_of(build: Build) -> tuple[Train, ...]:
    """Return the trains that a build can belong to.

    Where the numbers show that a build is no standard one, they do not show which of the other editions it is: then it is both.
    """
    if _is_certified(build.branch, build.number):
        return Train(build.branch, "FIPS"), Train(build.branch, "NDcPP")
    return (Train(build.branch),)


def _is_certified(branch: tuple[int, int], number: Number) -> bool:
    major, minor = _CERTIFIED.get(branch, (None, 0))
    return number[0] == major and number[1] >= minor


def number_in(train: Train, text: str) -> Number:
    """Return the number of a build of a train.

    :raises InvalidInput: where it is no number, or a build of another train: a comparison across trains means nothing
    """
    number = pair(text)
    if train.branch in _CERTIFIED and _is_certified(train.branch, number) is not bool(train.edition):
        raise InvalidInput(
            f"{train} {text}: this number belongs to another train, and numbers of different trains cannot be compared"
        )
    return number


class BuildState(Enum):
    """The meaning of a build for an entry of the catalogue, worst first."""

    NO_FIX = "affected, and this train gets no fix"
    AFFECTED = "affected"
    UNKNOWN = "unknown"
    FIXED = "fixed"
    NOT_AFFECTED = "not affected"


@dataclass(frozen=True)
class TrainFacts:
    """The facts of an entry about one train.

    :ivar state: FIXED where ``fixed`` counts; NO_FIX, NOT_AFFECTED or UNKNOWN for the whole train
    :ivar fixed: the first fixed build
    :ivar affected_from: the first affected build; None where all builds before the fix are affected
    :ivar released: the day of the first fixed build where it came after the bulletin; None where it was there with it
    """

    state: BuildState
    fixed: Number | None = None
    affected_from: Number | None = None
    released: date | None = None

    def state_of(self, number: Number) -> BuildState:
        if self.fixed is None:
            return self.state
        if self.affected_from is not None and number < self.affected_from:
            return BuildState.NOT_AFFECTED
        return BuildState.FIXED if number >= self.fixed else BuildState.AFFECTED


@dataclass(frozen=True)
class TrainTable:
    """The affected and fixed builds of an entry, by train."""

    facts: Mapping[Train, TrainFacts] = field(default_factory=dict)

    def state(self, build: Build) -> BuildState:
        """Return what a build means; the worst of its possible trains counts.

        A train that is not listed: a branch newer than all listed ones was released with the fix. A standard branch that is older than the
        newest listed one never got a fix. Of the other editions nothing is known.
        """
        order = list(BuildState)
        states = [self._state(train, build.number) for train in trains_of(build)]
        return min(states, key=order.index)

    def _state(self, train: Train, number: Number) -> BuildState:
        return self.facts_of(train).state_of(number)

    def facts_of(self, train: Train) -> TrainFacts:
        """Return the facts of a train; of one that is not listed, what :meth:`state` takes it for."""
        facts = self.facts.get(train)
        return facts if facts is not None else TrainFacts(self._state_of_unlisted(train))

    def _state_of_unlisted(self, train: Train) -> BuildState:
        newest = max((listed.branch for listed in self.facts), default=None)
        if newest is None or train.branch > newest:
            return BuildState.NOT_AFFECTED
        return BuildState.UNKNOWN if train.edition else BuildState.NO_FIX

    def fixed_build(self, build: Build) -> Build | None:
        """Return the first fixed build in the train of a build; None where there is none."""
        numbers = [
            facts.fixed
            for train in trains_of(build)
            if (facts := self.facts.get(train)) is not None and facts.fixed is not None
        ]
        return Build(build.branch, max(numbers)) if numbers else None


@dataclass(frozen=True)
class BuildRange:
    """Builds of one train, from a first one on and below a last one.

    :ivar below: the first build that is no longer in it; None for no end
    """

    train: Train
    start: Number = (0, 0)
    below: Number | None = None

    def covers(self, train: Train, number: Number) -> bool:
        return train == self.train and self.start <= number and (self.below is None or number < self.below)


def covered(ranges: Iterable[BuildRange], build: Build) -> bool:
    """Return True if a build is in one of these ranges, in each train that it can belong to."""
    known = tuple(ranges)
    return all(any(one.covers(train, build.number) for one in known) for train in trains_of(build))


def parse_table(value: Mapping[str, object]) -> TrainTable:
    """Return the table of checked data: by the text of trains, ``{fixed: "49.15", affected_from: "48.47"}`` or the name of a state.

    :raises InvalidInput: where a train is there twice, or a number belongs to another train
    """
    facts: dict[Train, TrainFacts] = {}
    for train, given in _each(value):
        if train in facts:
            raise InvalidInput(f"trains: {train} is there twice")
        facts[train] = _facts(train, given)
    return TrainTable(facts)


def parse_ranges(value: Mapping[str, Mapping[str, str]]) -> tuple[BuildRange, ...]:
    """Return the ranges of checked data: by the text of trains, ``{from: "43.56", below: "47.46"}``.

    :raises InvalidInput: where a number belongs to another train
    """
    found = []
    for train, given in _each(value):
        start, below = given.get("from"), given.get("below")
        found.append(
            BuildRange(train, number_in(train, start) if start else (0, 0), number_in(train, below) if below else None)
        )
    return tuple(found)


STATES = {
    "fixed": BuildState.FIXED,
    "no_fix": BuildState.NO_FIX,
    "not_affected": BuildState.NOT_AFFECTED,
    "unknown": BuildState.UNKNOWN,
}
"""The states that an entry can give a whole train; "fixed" where all its builds have the fix."""


def _facts(train: Train, given: object) -> TrainFacts:
    if isinstance(given, Mapping):
        start = given.get("affected_from")
        return TrainFacts(
            BuildState.FIXED,
            number_in(train, given["fixed"]),
            number_in(train, start) if start else None,
            _day(given.get("released")),
        )
    return TrainFacts(STATES[str(given)])


def _day(given: object) -> date | None:
    return date.fromisoformat(str(given)) if given else None


def _each(value: Mapping[str, Any]) -> Iterator[tuple[Train, Any]]:
    for text, given in value.items():
        for train in parse_trains(text):
            yield train, given
