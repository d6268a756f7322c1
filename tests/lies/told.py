# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tells lies in a night: what is said after an action with each, beside what is said without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.lies.child import Broken, in_child, kept
from tests.lies.lines import Line, lines_of
from tests.lies.named import Story
from tests.lies.planted import Lie
from tests.lies.said import STATEMENTS, Told, reader, told
from tests.nights.night import Night, night_of
from tests.nights.outputs import read
from tests.nights.world import Sight

SECONDS = 60.0
"""For what is said after one action; a lie that takes longer is broken."""


@dataclass
class Trial:
    """What became of a lie.

    :ivar tried: after so many actions it was told
    :ivar altered: the first lines that it altered, by where
    :ivar noticed: what the nights found untrue with it, by where
    :ivar broken: errors in place of statements
    """

    tried: int = 0
    altered: dict[str, list[str]] = field(default_factory=dict)
    noticed: dict[str, list[str]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    @property
    def word(self) -> str:
        if self.noticed:
            return "noticed"
        return "NOT NOTICED" if self.altered else "broken" if self.broken else "alters nothing"


def tell(night: Night, text: str, lies: Mapping[Lie, Trial], where: str) -> None:
    """Carry an action out, and tell each lie about what is there after it. A lie about a statement of the action itself is told by the action."""
    is_statement = text.split(" ", maxsplit=1)[0] in STATEMENTS
    if not is_statement:
        night.play(text)

    seen = _seen(night)

    def said(lie: Lie | None) -> Callable[[], Told]:
        def work() -> Told:
            night.world.look = lambda at: night.world.sights.append(replace(seen, at=at))  # type: ignore[assignment, func-returns-value]
            if lie is not None:
                lie.plant()
            if is_statement:
                night.play(text)
            return told(night, reader(night, len(night.actions) - 1))

        return work

    with kept(night.directory) as put_back:
        honest: Told | None = None
        for lie, trial in lies.items():
            if honest is None:
                honest = in_child(said(None), SECONDS, night.simulator.loop.lock)
                put_back()
            trial.tried += 1
            try:
                other = in_child(said(lie), SECONDS, night.simulator.loop.lock)
            except Broken as error:
                trial.broken[where] = str(error).strip().splitlines()[-1][:200]
                continue
            finally:
                put_back()
            if honest.differs(other):
                trial.altered[where] = honest.difference(other)
            if other.wrong - honest.wrong:
                trial.noticed[where] = sorted(other.wrong - honest.wrong)
    if is_statement:
        night.play(text)


def _seen(night: Night) -> Sight:
    """Return what the witness saw last. A child has no witness, whose requests would reach the simulator of its parent."""
    if not night.world.sights:
        night.world.look(night.now)
        return night.world.sights.pop()
    return night.world.sights[-1]


def survey(shapes: Sequence[str], actions: Iterable[str], directory: Path) -> list[frozenset[Line]]:
    """Return by action the lines that are carried out to say what is there after it."""
    found = []
    with night_of(shapes, directory) as night:
        for text in actions:
            is_statement = text.split(" ")[0] in STATEMENTS
            if not is_statement:
                night.play(text)
            with lines_of() as lines:
                if is_statement:
                    night.play(text)
                by = reader(night, len(night.actions) - 1)
                read(night.nodes[by], by, night.clock)
            found.append(frozenset(lines))
    return found


def tell_story(story: Story, directory: Path) -> dict[Lie, Trial]:
    """Play a story, and return what became of its lies."""
    trials = {lie: Trial() for lie in story.lies}
    *before, last = story.actions.split(", ")
    with night_of(story.shapes, directory) as night:
        for text in before:
            night.play(text)
        tell(night, last, trials, story.actions)
    return trials
