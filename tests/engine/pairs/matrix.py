# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One cell of the matrix of pairs: two measures, one after the other, and after each step each word against what the appliance does.

What is true is asked of the simulated appliance (:mod:`world`): does an attack get through, is a legitimate request answered, is the rule bound,
is it saved. Our own records and verdicts are never asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError

from simulator import Simulator
from tests.engine.pairs.measures import (
    ABSENT,
    BLOCKS,
    COUNTS,
    IS_NOT_THERE,
    MEASURES,
    ONLY_COUNTS,
    PROTECTS,
    ByUrl,
    ByUrlCounting,
    ClosedBy,
    Played,
    Word,
)
from tests.engine.pairs.world import FIXED, LATER, LATER_FIXED, START, STRANGER, US, VSERVERS, World

Words = dict[Played, Word]
CLOSED = "closed"
UNPROVEN = {"applied, unproven", "applied, not saved"}


class Cell:
    """Two measures on an appliance.

    :ivar violations: what was said and is not true, with the step
    """

    def __init__(self, simulator: Simulator, folder: Path, names: tuple[str, str]) -> None:
        simulator.reset()
        # Management logs exist on a later release only, which has the fix of the weakness that needs a rule by URL.
        later = "management-logs" in names and not any(MEASURES[name] in (ByUrl, ByUrlCounting) for name in names)
        if later:
            simulator.appliance("box").upgrade(LATER)
        self.world = World(simulator, folder, later=later)
        self.first, self.second = (MEASURES[name](self.world) for name in names)
        self.violations: list[str] = []

    def play(self) -> list[str]:
        """Play all steps, up to one that cannot be carried out.

        :returns: the violations
        """
        for step, act in self._steps():
            try:
                words = act()
            except (TourniquetError, AssertionError) as error:
                self.violations.append(f"{step}: {type(error).__name__}: {error}")
                break
            self.violations += [f"{step}: {text}" for text in self._wrong(words)]
        return self.violations

    # -- the steps ------------------------------------------------------------------------------------------------------

    def _steps(self) -> Iterator[tuple[str, Callable[[], Words]]]:
        first, second = self.first, self.second
        yield "apply of the first", lambda: {first: first.bring_in()}
        yield "apply of the second", lambda: {second: second.bring_in()}
        yield "status before a verify", lambda: {first: first.status()}
        yield "verify", lambda: {first: first.verify(), second: second.verify()}
        yield "status", lambda: {first: first.status(), second: second.status()}
        yield "undo of the first", lambda: self._off(first.undo, second)
        yield "undo of the second", lambda: self._off(second.undo)
        yield "as at the start", self._as_at_the_start
        yield "apply again", lambda: {first: first.bring_in(), second: second.bring_in()}
        yield "upgrade", self._upgrade
        last, sooner = (first, second) if second.stops_us else (second, first)
        yield "retire", lambda: self._off(sooner.retire)
        yield "retire of the other", lambda: self._off(last.retire)
        yield "as at the start, retired", self._as_at_the_start

    def _off(self, take_off: Callable[[], None], *others: Played) -> Words:
        take_off()
        return {one: one.verify() for one in others}

    def _upgrade(self) -> Words:
        self.world.simulator.appliance("box").upgrade(LATER_FIXED if self.world.later else FIXED)
        return {}

    def _as_at_the_start(self) -> Words:
        for kind in ("running", "saved"):
            now, then = set(self.world.rows(kind)), set(self.world.start)
            left, lost = sorted(now - then), sorted(then - now)
            if left or lost:
                self.violations.append(f"{kind} is not as at the start: left {left[:3]}, lost {lost[:3]}")
        return {}

    # -- what is not true -----------------------------------------------------------------------------------------------

    def _wrong(self, words: Words) -> Iterator[str]:
        for one, word in words.items():
            other = self.second if one is self.first else self.first
            yield from (f"{type(one).__name__} {text}" for text in self._wrong_word(one, other, word))
        yield from self._wrong_traffic()
        yield from (f"of others: {line}" for line in self.world.of_others())

    def _wrong_word(self, one: Played, other: Played, word: Word) -> Iterator[str]:
        state = one.state()
        effect, said = state == BLOCKS and one.has_effect(), f"says {word.word!r} ({word.reason})"
        in_the_way = other.stops_us and other.state() == BLOCKS
        if word.failed and not in_the_way:
            yield f"failed: {word.failed}"
        if word.word in PROTECTS and not effect:
            yield f"{said}, and what it is to stop gets through: it {state}"
        is_told = word.word in ONLY_COUNTS and "not saved" in word.reason
        if word.word in PROTECTS | ONLY_COUNTS and not is_told and not self.world.is_saved(one.name):
            yield f"{said}, and it is not saved"
        if word.word in ONLY_COUNTS and state != COUNTS:
            yield f"{said}, and it {state}"
        if word.word in IS_NOT_THERE and state != ABSENT:
            yield f"{said}, and it {state}"
        if effect and "rollback.yml" in word.next:
            yield f"it {state}, and the next action takes it away: {word.next}"
        if word.word == CLOSED and not (effect if isinstance(one, ClosedBy) else in_the_way):
            yield f"{said}, and it is open"
        possible = one.right_words[state]
        if isinstance(one, ClosedBy):
            possible = {CLOSED} if effect else {"open"}
        if in_the_way:
            possible = possible | UNPROVEN | {CLOSED}
        # What came second was brought in behind the other, where no request of ours could prove it.
        was_proven = in_the_way and one is self.first
        if was_proven and word.word == "applied, unproven" and "no proof holds for it as it is now" in word.reason:
            yield f"{said}, and one has: it {state}, and the other one lets nothing past it"
        if word.word not in possible:
            yield f"{said}, and it {state}: {' or '.join(sorted(possible))} is true"

    def _wrong_traffic(self) -> Iterator[str]:
        """Yield each ordinary request that is stopped although nothing in force is to stop it."""
        in_force = [one for one in (self.first, self.second) if one.state() == BLOCKS]
        for vserver in VSERVERS:
            for client in (US, STRANGER):
                is_meant = any(one.stops(vserver, START[vserver], client) for one in in_force)
                answer = self.world.ask(vserver, START[vserver], client)
                if answer.is_stopped and not is_meant:
                    yield f"{vserver} gives {answer.status} to {client} for {START[vserver].path}"
                if is_meant and not answer.is_stopped:
                    yield f"{vserver} answers {client}, who is shut out"
