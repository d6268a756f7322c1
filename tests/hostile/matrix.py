# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every story, with every mutation at every one of its requests, in process.

What must hold in each cell: the run ends within its bound of requests and of waiting; it ends well, or with an error of the engine that names the host
and no secret; no line of the configuration is one that neither the beginning nor the end of the story has; a run that reports success has done its
work; and an honest run afterwards ends in the same state as if nothing had happened.

One thing cannot hold: a well-formed wrong answer to a read, such as "there is no such object", is believed. Then a run may report success for what it did
not see; these cells are counted apart. The result says what was not
found, or an honest run that follows finds and mends it.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import session as nitro_session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import secondary
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof import hit_counters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close import reachability

from simulator import Simulator
from tests.engine.crash.matrix import STAGES, Configurations, difference
from tests.engine.crash.moments import Moment
from tests.engine.crash.still_time import StillTime
from tests.hostile.mutations import Mutation
from tests.hostile.server import Exchange, HostileServer, only_at
from tests.stage.fleet import fleet_file
from tests.stage.memory import BRIEF, Stage, configuration_lines

PASSWORD = "pass-of-the-suite-81c4"
HURRIED = {"read_timeout": 0.2, "save_timeout": 0.2, "connect_timeout": 2.0}
LARGEST_ANSWER = 2_000_000  # bytes
MOST_REQUESTS = 3  # times those of the undisturbed story
MOST_WAITING = 300.0  # seconds, of pauses between requests
LONGEST_ERROR = 5000  # characters
SUCCESS = "ended well"
BELIEVED = "believed a wrong answer"
SAID = "believed a wrong answer, and said what it did not find"


def look_at_records(stage: Stage) -> object:
    with Connection(stage.appliance) as connection:
        return audit(connection, stage.records, "box", "")


@dataclass(frozen=True)
class Story:
    """A command on an appliance.

    :ivar prepare: brings the appliance to the state at the start of the story
    :ivar act: the command
    :ivar writes: it changes the configuration
    :ivar mend: the honest command that finds what a run overlooked because of a wrong answer; None for the same command again
    """

    prepare: Callable[[Stage], object]
    act: Callable[[Stage], object]
    writes: bool = True
    mend: Callable[[Stage], object] | None = None


def nothing(_stage: Stage) -> None:
    return None


def applied(stage: Stage) -> object:
    return stage.apply()


STORIES = {
    "plan": Story(nothing, lambda stage: stage.plan_all(), writes=False),
    "apply": Story(nothing, lambda stage: stage.apply()),
    "verify": Story(applied, lambda stage: stage.status(probes=Probes.ALL), writes=False),
    "status": Story(applied, lambda stage: stage.status(), writes=False),
    "upgrade": Story(lambda stage: stage.apply(version=1), lambda stage: stage.apply(version=2)),
    "undo": Story(
        applied, lambda stage: stage.rollback(why="undo"), mend=lambda stage: stage.rollback(why="after_fix")
    ),
    "retire": Story(applied, lambda stage: stage.rollback(why="after_fix")),
    "lockdown": Story(nothing, lambda stage: stage.lockdown()),
    "reopen": Story(lambda stage: stage.lockdown(), lambda stage: stage.reopen()),
    "audit": Story(applied, look_at_records, writes=False),
}


@dataclass(frozen=True)
class Rehearsal:
    """A story played honestly.

    :ivar exchanges: its requests, with their answers
    """

    beginning: Moment
    old: Configurations
    new: Configurations
    exchanges: Sequence[Exchange]


@dataclass(frozen=True)
class Cell:
    """One story with one mutation at one request."""

    story: str
    number: int
    mutation: Mutation

    def __str__(self) -> str:
        return f"{self.story}, request {self.number}, {self.mutation}"


@dataclass
class Waiting:
    """The pauses of a run."""

    seconds: float = 0.0


@dataclass
class Theatre:
    """Plays cells on one appliance, again and again."""

    simulator: Simulator
    server: HostileServer
    directory: Path
    waiting: Waiting
    stage: Stage = field(init=False)
    rehearsals: dict[str, Rehearsal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stage = Stage(self.simulator, self.directory / "records")
        self.stage.mitigation = BRIEF
        self.stage.variables["password"] = PASSWORD

    def configurations(self) -> Configurations:
        """Return the running and the saved configuration of each node, as the simulator itself has them."""
        states = self.simulator.appliance("box").state()["nodes"]
        return {
            f"{kind} of node {number}": configuration_lines(state[kind])
            for number, state in enumerate(states)
            for kind in ("running", "saved")
        }

    def rehearsal(self, name: str) -> Rehearsal:
        """Return the rehearsal of a story; it is played once."""
        if name not in self.rehearsals:
            self.server.clear()
            self.simulator.reset()
            shutil.rmtree(self.directory / "records" / "box", ignore_errors=True)
            STORIES[name].prepare(self.stage)
            beginning = Moment(self.simulator, self.directory / "records" / "box", StillTime())
            old = self.configurations()
            self.server.clear()
            STORIES[name].act(self.stage)
            self.rehearsals[name] = Rehearsal(beginning, old, self.configurations(), tuple(self.server.seen))
        return self.rehearsals[name]

    def cells(self, name: str, mutations: Sequence[Mutation], depth: int) -> list[Cell]:
        """Return the cells of a story: at each request, so many mutations of each family that have something to break there, in turn.

        :param depth: the number of mutations; 0 for all
        """
        offset = list(STORIES).index(name)
        found = []
        for exchange in self.rehearsal(name).exchanges:
            for family in dict.fromkeys(mutation.family for mutation in mutations):
                possible = [
                    Cell(name, exchange.number, mutation)
                    for mutation in mutations
                    if mutation.family == family
                    and mutation.act(exchange, chance(name, exchange.number, mutation)) is not None
                ]
                first = (offset + exchange.number) * depth
                turn = {(first + place) % len(possible) for place in range(depth or len(possible))} if possible else ()
                found += [possible[place] for place in sorted(turn)]
        return found

    def play(self, cell: Cell) -> tuple[str, list[str]]:
        """Play one cell.

        :returns: how the run ended, and what does not hold, in words
        """
        story, rehearsal = STORIES[cell.story], self.rehearsal(cell.story)
        rehearsal.beginning.come_back()
        self.server.clear()
        random_ = chance(cell.story, cell.number, cell.mutation)
        rule = only_at(cell.number, lambda exchange: cell.mutation.act(exchange, random_))
        if cell.mutation.is_before:
            self.server.before = rule
        else:
            self.server.rule = rule
        self.waiting.seconds = 0.0
        outcome, error, result = self._run(story.act, HURRIED if cell.mutation.is_slow else {})
        claimed = error is None and claims_success(result)
        requests = len(self.server.seen)
        self.server.clear()
        wrong = list(_problems_of(error))
        if requests > MOST_REQUESTS * len(rehearsal.exchanges):
            wrong.append(f"it sent {requests} requests; undisturbed it sends {len(rehearsal.exchanges)}")
        if self.waiting.seconds > MOST_WAITING:
            wrong.append(f"it waited for {self.waiting.seconds:.0f} seconds")
        found = self.configurations()
        is_read = rehearsal.exchanges[cell.number - 1].method == "GET"
        if claimed and story.writes and found != rehearsal.new:
            if is_read:
                outcome = SAID if "does not exist now" in doubts(result) else BELIEVED
            else:
                wrong.append(f"it reports success: {difference(found, rehearsal.new)}")
        wrong += self._state_problems(story, rehearsal, found, outcome, f"this run ended with {error or outcome}")
        return outcome, [f"{cell}: {problem}" for problem in wrong]

    def _run(self, act: Callable[[Stage], object], variables: dict[str, Any]) -> tuple[str, BaseException | None, Any]:
        own = dict(self.stage.variables)
        self.stage.variables.update(variables)
        try:
            result = act(self.stage)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is judged
            return type(error).__name__, error, None
        finally:
            self.stage.variables = own
        return SUCCESS, None, result

    def _state_problems(
        self, story: Story, rehearsal: Rehearsal, found: Configurations, outcome: str, ended: str
    ) -> Iterator[str]:
        """Yield what is wrong with the state after the run, and after an honest run that follows."""
        if not story.writes:
            if found != rehearsal.old:
                yield f"a command that reads has written: {difference(found, rehearsal.old)}"
            return
        known = {line for lines in (*rehearsal.old.values(), *rehearsal.new.values()) for line in lines}
        for place, lines in found.items():
            strange = [line for line in lines if line not in known]
            if strange:
                yield f"{place} has what neither the beginning nor the end has: {strange[:2]}"
        if outcome == SAID:
            return
        mend = story.mend if outcome == BELIEVED and story.mend else story.act
        after_outcome, problem, _result = self._run(mend, {})
        if problem is not None:
            yield f"an honest run afterwards ends with {after_outcome}: {problem}; {ended}"
        elif (after := self.configurations()) != rehearsal.new:
            yield f"an honest run afterwards ends elsewhere: {difference(after, rehearsal.new)}; {ended}"


def doubts(result: Any) -> str:
    """Return what a result says of things that it expected and did not find."""
    plan = getattr(result, "plan", None)
    return "; ".join([*getattr(plan, "remarks", ()), *getattr(result, "not_covered", ())])


def claims_success(result: Any) -> bool:
    """Return True if a result says that the command has done its work."""
    if getattr(result, "failed", ""):
        return False
    verdict = getattr(result, "verdict", None)
    return verdict is None or verdict.exit_code == 0


def _problems_of(error: BaseException | None) -> Iterator[str]:
    """Yield what is wrong with the error of a run."""
    if error is None:
        return
    text = str(error)
    if not isinstance(error, TourniquetError):
        yield f"a raw exception: {type(error).__name__}: {text[:300]}"
    if "box" not in text:
        yield f"the error does not name the host: {text[:300]}"
    if len(text) > LONGEST_ERROR:
        yield f"the error has {len(text)} characters"
    while error is not None:
        shown = f"{error} {error!r}"
        if PASSWORD in shown or "##" in shown:
            yield f"a secret in the error: {shown[:300]}"
        error = error.__cause__


def chance(story: str, number: int, mutation: Mutation) -> random.Random:
    """Return the random numbers of a cell, which are always the same."""
    return random.Random(f"{story} {number} {mutation}")


@contextmanager
def hurried() -> Iterator[Waiting]:
    """Count pauses, and shorten them; limit answers to less than a test can wait for."""
    waiting = Waiting()
    real = time.sleep

    def sleep(seconds: float) -> None:
        waiting.seconds += seconds
        real(min(seconds, 0.005))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", sleep)
        patch.setattr(os, "fsync", lambda _number: None)  # no power fails here
        patch.setattr(reachability, "PAUSE", 0.01)
        patch.setattr(hit_counters, "HITS_PATIENCE", 0.25)
        patch.setattr(secondary, "SYNC_PATIENCE", 0.25)
        patch.setattr(secondary, "SAVE_PATIENCE", 0.25)
        patch.setattr(nitro_session, "LARGEST_ANSWER", LARGEST_ANSWER)
        yield waiting


@contextmanager
def theatre(directory: Path, server: HostileServer, stage: str = "alone") -> Iterator[Theatre]:
    """Open an appliance for cells."""
    box = {**STAGES[stage], "users": {"nsroot": PASSWORD}}
    fleet = fleet_file({"box": box})
    with hurried() as waiting, Simulator(fleet) as simulator:
        yield Theatre(simulator, server, directory, waiting)
