# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The build to upgrade to: one for each appliance, that closes every entry which its builds leave open. Pure.

It is in the appliance's own branch where that has one, else the newest one that closes them all. An entry of which no source says whether that build closes
it is left out and named. Every verdict and every refusal that names a build to upgrade to takes it from here; the first fixed build of one entry may be
exploited itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from ..appliance.nitro.builds import Build
from ..foundation.errors import InvalidInput
from .trains import BuildState, Number, Train, TrainTable, trains_of

Question = tuple[tuple[Build, ...], date | None]
"""The builds of all nodes, and the day after which nothing counts."""
Answer = TypeVar("Answer")
REMEMBERED = 1000
OPEN = (BuildState.AFFECTED, BuildState.NO_FIX)
ANY_FIX = "a build that has the fixes"
"""What to upgrade to where no build is known."""
SUPPORTED = "a release that still gets fixes"
SHOWN = 3
"""The largest number of entries that are named as not settled."""


@dataclass(frozen=True)
class FixedBuilds:
    """What an entry says of builds.

    :ivar published: the day or the month of its bulletin
    :ivar recommended: by train, a better build than the first fixed one
    :ivar exploited: the day since which its weakness is known to be exploited; None if it is not
    """

    id: str
    published: str
    trains: TrainTable
    recommended: Mapping[Train, Number] = field(default_factory=dict, hash=False)
    exploited: date | None = None

    def is_known_on(self, day: date) -> bool:
        return is_published(self.published, day)

    def is_exploited_on(self, day: date | None) -> bool:
        if self.exploited is None:
            return False
        return day is None or (self.exploited <= day and self.is_known_on(day))

    def number_in(self, train: Train, day: date | None) -> Number | None:
        """Return the build of a train that closes it and was released by a day; None where there is none."""
        facts = self.trains.facts.get(train)
        if facts is None or facts.fixed is None or (day and facts.released and facts.released > day):
            return None
        return max(facts.fixed, self.recommended.get(train, facts.fixed))


@dataclass(frozen=True)
class Target:
    """A build to upgrade to.

    :ivar build: None where none was released yet
    :ivar leaves_branch: the appliance's own branch gets no fix
    :ivar not_settled: the entries of which no source says whether this build closes them
    """

    build: Build | None
    leaves_branch: bool = False
    not_settled: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.build is None:
            return SUPPORTED if self.leaves_branch else "the build with the fix, as soon as it is released"
        branch = ", since its release gets no fix" if self.leaves_branch else ""
        return f"{self.build} or later{branch}{self._left_out()}"

    def _left_out(self) -> str:
        if not self.not_settled:
            return ""
        more = len(self.not_settled) - SHOWN
        names = ", ".join(self.not_settled[:SHOWN]) + (f" and {more} more" if more > 0 else "")
        return f" (no source says whether that closes {names})"


@dataclass(frozen=True)
class Upgrades:
    """What decides which build an appliance needs: every entry of the catalogue that a person has not opted out of."""

    entries: tuple[FixedBuilds, ...] = ()
    # A fleet has few builds, and each verdict asks several times.
    _targets: dict[Question, Target | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    _exploited: dict[Question, frozenset[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def without(self, ids: Iterable[str]) -> Upgrades:
        """Return the same without some entries."""
        left_out = frozenset(ids)
        return replace(self, entries=tuple(one for one in self.entries if one.id not in left_out))

    def without_exploits(self) -> Upgrades:
        """Return the same for a verdict on the whole catalogue, which says itself what else is open."""
        return replace(self, entries=tuple(replace(one, exploited=None) for one in self.entries))

    def of(self, id_: str) -> FixedBuilds | None:
        """Return what an entry says of builds; None where there is no such entry."""
        return next((one for one in self.entries if one.id == id_), None)

    def is_released(self, id_: str, build: Build, day: date | None) -> bool:
        """Return True unless the first fixed build of an entry in the branch of a build is known to be newer than a day."""
        entry = self.of(id_)
        facts = [entry.trains.facts.get(train) for train in trains_of(build)] if entry else []
        return not any(one and day and one.released and one.released > day for one in facts)

    def are_others_exploited(self, id_: str, builds: Sequence[Build], day: date | None = None) -> bool:
        """Return True if the builds leave another entry open that is known to be exploited, whatever the configuration has.

        :param day: what became known later does not count; None for all
        """
        question = (tuple(builds), day)
        if question not in self._exploited:
            exploited = (one for one in self.entries if one.is_exploited_on(day))
            found = frozenset(one.id for one in exploited if any(one.trains.state(build) in OPEN for build in builds))
            remember(self._exploited, question, found)
        return bool(self._exploited[question] - {id_})

    def target(self, builds: Sequence[Build], day: date | None = None) -> Target | None:
        """Return the build to upgrade to; None where the builds leave no entry open.

        :param builds: of all nodes
        :param day: entries and builds that are newer do not count; None for all
        """
        question = (tuple(builds), day)
        if question not in self._targets:
            remember(self._targets, question, self._target(builds, day))
        return self._targets[question]

    def _target(self, builds: Sequence[Build], day: date | None) -> Target | None:
        known = [one for one in self.entries if day is None or one.is_known_on(day)]
        if not any(one.trains.state(build) in OPEN for one in known for build in builds):
            return None
        trains = trains_of(min(builds))
        own = _closing(known, trains, day)
        if own is not None:
            return own
        gets_a_fix = not any(one.trains.state(min(builds)) is BuildState.NO_FIX for one in known)
        if gets_a_fix:
            return Target(None)
        others = (_closing(known, other, day) for other in _other_trains(known, trains))
        found = next((one for one in others if one is not None), Target(None))
        return replace(found, leaves_branch=True)


def remember(answers: dict[Question, Answer], question: Question, answer: Answer) -> None:
    """Keep an answer. Builds are what appliances say, so that there is a limit."""
    if len(answers) >= REMEMBERED:
        answers.clear()
    answers[question] = answer


def earlier_day(as_of: date, today: date) -> date | None:
    """Return the day after which nothing counts; None for a verdict of today. A clock that is behind hides nothing."""
    return as_of if as_of < today else None


def is_published(published: str, day: date) -> bool:
    """Return True if a bulletin was there on a day.

    :param published: its day or month
    """
    return published <= day.isoformat()[: len(published)]


def require_published(entry: FixedBuilds | None, day: date | None) -> None:
    """Refuse the verdict of a named entry as of a day on which it was not published: no word of the table says that.

    :param day: None for a verdict of today
    :raises InvalidInput: naming the entry, its day and the fix
    """
    if entry is not None and day is not None and not entry.is_known_on(day):
        raise InvalidInput(
            f"{entry.id} was published in {entry.published}, after as_of ({day}): name a later day, or leave -e as_of=... out. Nothing was sent."
        )


def _closing(entries: Sequence[FixedBuilds], trains: Sequence[Train], day: date | None) -> Target | None:
    """Return the build of one branch that closes all entries; None where one stays open, or its fix was not released.

    :param trains: the editions of that branch
    """
    numbers = [number for one in entries for train in trains if (number := one.number_in(train, day)) is not None]
    if not numbers:
        return None
    build = Build(trains[0].branch, max(numbers))
    states = {one.id: one.trains.state(build) for one in entries}
    if any(state in OPEN for state in states.values()):
        return None
    return Target(build, not_settled=tuple(id_ for id_, state in states.items() if state is BuildState.UNKNOWN))


def _other_trains(entries: Iterable[FixedBuilds], own: Sequence[Train]) -> list[tuple[Train, ...]]:
    """Return the other branches, the newest first; those of the own editions, in which all of them get fixes, before standard ones."""
    fixed = {train for one in entries for train, facts in one.trains.facts.items() if facts.fixed is not None}
    branches = sorted({train.branch for train in fixed} - {own[0].branch}, reverse=True)
    same = [tuple(Train(branch, train.edition) for train in own) for branch in branches]
    standard = [(Train(branch),) for branch in branches]
    return [trains for trains in dict.fromkeys([*same, *standard]) if fixed.issuperset(trains)]
