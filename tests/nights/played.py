# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plays a night, reads everything after each action, and shortens a night in which something untrue was said."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.nights.checks import status_against_ledger, taken_for_others, unsaid, unsaid_of_all, wrong_claim
from tests.nights.entries import wrong_entries
from tests.nights.held import Held
from tests.nights.night import OURS, Night, has_two, night_of
from tests.nights.obligations import obligations
from tests.nights.outputs import read
from tests.nights.pasted import followed
from tests.nights.rules.compared import compared
from tests.nights.shapes import NAMES
from tests.nights.stop_gaps import EVENTS as GAPS
from tests.nights.stop_gaps import wrong_gaps
from tests.nights.text_claims import all_claims


@dataclass
class PlayedNight:
    """What was said in a night.

    :ivar claims: how many of each kind
    :ivar wrong: what was untrue or not said, by a text without times and numbers of actions
    """

    shapes: Sequence[str]
    actions: list[str] = field(default_factory=list)
    claims: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join([", ".join(self.shapes), *self.actions, *self.wrong])


def played(
    shapes: Sequence[str], actions: Sequence[str], directory: Path, *, stops: bool = False, follows: bool = True
) -> PlayedNight:
    """Play a night.

    :param stops: at the first action after which something is untrue
    :param follows: what is next is carried out at the end, until all is safe or a person has to decide
    """
    found = PlayedNight(shapes)
    directory.mkdir(exist_ok=True)
    with night_of(shapes, directory, two=has_two(actions)) as night, compared() as differences:
        for number, text in enumerate(actions):
            done = night.play(text)
            found.actions.append(f"{number}: {done}")
            by = OURS if number % 3 else done.by
            held = Held(night, read(night.nodes[by], by, night.clock))
            known = night.world.weaknesses
            found.claims += Counter(claim.kind for one in known for claim in all_claims(held.of(one).found, one))
            wrong = [*dict.fromkeys([*untrue(held), *(f"two evaluators differ: {one}" for one in differences)])]
            differences.clear()
            if any(one.split(" ")[0] in GAPS for one in actions):
                wrong += wrong_gaps(night, by)
            found.wrong += [f"after action {number} ({by}): {why}" for why in wrong]
            if wrong and stops:
                return found
        found.wrong += [f"at the end (ours): {why}" for why in _at_the_end(night)] if follows else []
    return found


def _at_the_end(night: Night) -> Iterator[str]:
    yield from followed(night, OURS)
    yield from wrong_entries(night, OURS)


def untrue(held: Held) -> Iterator[str]:
    """Yield what is said and not so, and what is so and not said, of each weakness."""
    every = [held.of(weakness) for weakness in held.night.world.weaknesses]
    for one in every:
        yield from _untrue_of(one, every)
    yield from (f"not said: {why}" for why in unsaid_of_all(held))


def _untrue_of(held: Held, every: Sequence[Held]) -> Iterator[str]:
    """:param every: of each weakness: a word on all of them is that on one of them"""
    for claim in all_claims(held.found, held.weakness):
        others = every if claim.is_joint else ()
        if (why := wrong_claim(held, claim)) and all(wrong_claim(one, claim) for one in others):
            yield f"{claim}: {why}"
    yield from (f"not said: {why}" for why in (*unsaid(held), *obligations(held)))
    yield from taken_for_others(held)
    yield from status_against_ledger(held)


def shortened(shapes: Sequence[str], actions: Sequence[str], sign: str) -> tuple[list[str], list[str]]:
    """Return the shortest night in which something that contains a text is still untrue: fewer appliances, fewer actions."""

    def fails(chosen: Sequence[str], left: Sequence[str]) -> bool:
        with tempfile.TemporaryDirectory() as directory:
            return any(sign in one for one in played(chosen, left, Path(directory)).wrong)

    names, left = [*shapes], [*actions]
    for number, name in enumerate(NAMES[: len(names)]):
        own = [one if name in one.split() else "wait" for one in left if name in one.split() or "wait" in one]
        alone = [one.replace(name, NAMES[0]) for one in own]
        if len(names) > 1 and alone and fails([names[number]], alone):
            names, left = [names[number]], alone
    while len(names) > 1:
        gone = NAMES[len(names) - 1]
        fewer = [one for one in left if gone not in one.split()]
        if not fails(names[:-1], fewer):
            break
        names, left = names[:-1], fewer
    size = max(1, len(left) // 2)
    while size:
        place = 0
        while place < len(left):
            fewer = left[:place] + left[place + size :]
            if fewer and fails(names, fewer):
                left = fewer
            else:
                place += size
        size //= 2
    return names, left
