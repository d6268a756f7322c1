# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The crash matrix: every story with every kind of failure at every one of its requests, in process.

What must hold each time: after the next undisturbed run the appliance is wholly in the new state (running and saved, on every
node), or, where the story is rolled back instead, or completed and then undone, wholly in the old one; no object of others was changed;
and no lock is left. Only a write that reached a node after it had lost the primary role may still be on it, if the run reports it: the pair's next
synchronisation removes it, and the same command then leaves nothing of it in what is saved there.
"""

from __future__ import annotations

import contextlib
import copy
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock
from urllib.parse import unquote

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lease_files import is_lease_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError

from simulator import Simulator
from simulator.server.state import rows
from tests.engine.control_nodes import without_waiting
from tests.engine.crash.memory_network import memory_network
from tests.engine.crash.moments import LOGS, Moment
from tests.engine.crash.still_time import StillTime, still_time
from tests.stage.fleet import fleet_file
from tests.stage.memory import BRIEF, Stage, configuration_lines

FOREIGN_POLICY = {"name": "rp_of_others", "rule": 'HTTP.REQ.URL.STARTSWITH("/old")', "action": "NOOP"}
BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
    # Not at the address of the management, which a lockdown would leave alone.
    "vservers": [
        {"type": "vpn", "name": "gw", "address": "127.0.0.2:0", "protocol": "SSL"},
        {"type": "lb", "name": "shop", "address": "127.0.0.3:0", "protocol": "HTTP"},
    ],
    "configuration": {
        "lbvserver": [{"name": "old", "servicetype": "HTTP", "ipv46": "192.0.2.77", "port": 80, "state": "DISABLED"}],
        "responderpolicy": [FOREIGN_POLICY],
        "responderglobal_responderpolicy_binding": [
            {"policyname": "rp_of_others", "priority": 50, "type": "REQ_OVERRIDE", "gotopriorityexpression": "NEXT"}
        ],
    },
}
# Where the feature is off, and nobody else has anything under it.
BARE: dict[str, Any] = {
    **BOX,
    "features": ["LB", "SSL", "SSLVPN"],
    "configuration": {"lbvserver": BOX["configuration"]["lbvserver"]},
}
STAGES: dict[str, dict[str, Any]] = {
    "alone": BOX,
    "bare": BARE,
    "pair": {**BOX, "nodes": ["127.0.0.1:0", "127.0.0.1:0"]},
}
HANG = 0.3  # seconds
SHARED_MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class Story:
    """A sequence of commands on an appliance.

    :ivar prepare: brings the appliance to the state at the start of the story
    :ivar act: the story; run again without a failure, it must succeed
    :ivar take_back: brings the appliance back to the state at the start of the story; None where only continuing makes sense
    :ivar undo: undoes the story after it was completed, so that the appliance is as at its start
    :ivar in_bulk: it sends arrays
    :ivar stages: where it is played
    """

    prepare: Callable[[Stage], object]
    act: Callable[[Stage], object]
    take_back: Callable[[Stage], object] | None = None
    undo: Callable[[Stage], object] | None = None
    in_bulk: bool = False
    stages: tuple[str, ...] = ("alone", "pair")


def undo(stage: Stage) -> object:
    return stage.rollback(why="undo")


def apply_after_plan(stage: Stage) -> object:
    """A wave: it uses what the plan of its run has read, where nothing was changed since.

    :raises TourniquetError: where it fails, as the other commands; a run over partitions returns its error
    """
    result = stage.apply_all(earlier=stage.plan_with_reads())
    if result.failed:
        raise TourniquetError(result.failed)
    return result


STORIES = {
    "apply": Story(
        lambda _stage: None,
        lambda stage: stage.apply(),
        lambda stage: stage.rollback(why="after_fix"),
        undo,
        stages=tuple(STAGES),
    ),
    "upgrade": Story(lambda stage: stage.apply(version=1), lambda stage: stage.apply(version=2), undo=undo),
    "apply in bulk": Story(
        lambda _stage: None,
        lambda stage: stage.apply(spares=2),
        lambda stage: stage.rollback(why="after_fix"),
        undo,
        in_bulk=True,
    ),
    "undo": Story(
        lambda stage: stage.apply(),
        lambda stage: stage.rollback(why="undo"),
        lambda stage: stage.apply(),
        stages=tuple(STAGES),
    ),
    "retire": Story(
        lambda stage: stage.apply(),
        lambda stage: stage.rollback(why="after_fix"),
        lambda stage: stage.apply(),
        stages=tuple(STAGES),
    ),
    "lockdown": Story(lambda _stage: None, lambda stage: stage.lockdown(), lambda stage: stage.reopen()),
    "reopen": Story(lambda stage: stage.lockdown(), lambda stage: stage.reopen(), lambda stage: stage.lockdown()),
    "apply in its wave": Story(
        lambda _stage: None,
        apply_after_plan,
        lambda stage: stage.rollback(why="after_fix"),
        undo,
        stages=("alone",),
    ),
}


@dataclass(frozen=True)
class Failure:
    """A kind of failure.

    :ivar fault: one of the simulator's faults, without its place; empty where it is the control node that dies
    :ivar after: the control node dies when the request has been carried out, and not before it is sent
    :ivar variables: inventory variables meanwhile
    :ivar stages: where it can happen
    :ivar in_bulk: only arrays have it
    """

    fault: dict[str, Any]
    after: bool = False
    variables: dict[str, Any] = field(default_factory=dict)
    stages: tuple[str, ...] = tuple(STAGES)
    in_bulk: bool = False

    def hits(self, stage: str, story: Story) -> bool:
        """Return True if the failure can happen there."""
        return stage in self.stages and stage in story.stages and (story.in_bulk or not self.in_bulk)


FAILURES = {
    "control node dies before": Failure({}),
    "control node dies after": Failure({}, after=True),
    "connection reset": Failure({"kind": "reset"}),
    "reply lost": Failure({"kind": "reply_lost"}),
    "reboot after": Failure({"kind": "crash"}),
    "http error": Failure({"kind": "http_error", "status": 503}),
    "nitro error": Failure({"kind": "nitro_error", "code": 1}),
    "session expired": Failure({"kind": "expire_session"}),
    "hang": Failure({"kind": "hang", "seconds": 2 * HANG}, variables={"read_timeout": HANG, "save_timeout": HANG}),
    "half of an array": Failure({"kind": "half_bulk"}, in_bulk=True),
    "half of an array, reply lost": Failure({"kind": "half_bulk_lost"}, in_bulk=True),
    "failover after": Failure({"kind": "failover"}, stages=("pair",)),
    "other node reboots": Failure({"kind": "crash", "node": 1}, stages=("pair",)),
    "other node hangs up": Failure({"kind": "reset", "node": 1, "times": 0}, stages=("pair",)),
}


Configurations = dict[str, list[str]]


@dataclass(frozen=True)
class Rehearsal:
    """A story played on one stage without a failure.

    :ivar beginning: the moment at which the story begins
    :ivar old: the state at that moment
    :ivar new: the state at the end of the story
    :ivar places: the number of places of the story at which a failure can happen, by failure
    :ivar deaths: the moments before each request of the story, and after each: what a control node leaves that dies then
    """

    beginning: Moment
    old: Configurations
    new: Configurations
    places: dict[str, int]
    deaths: Deaths


class Deaths:
    """The moments of a story at which its control node can die. A moment equal to an earlier one is kept once.

    :ivar before: the fingerprint of the moment before each request is sent
    :ivar after: the fingerprint of the moment after each was carried out, before its answer is read
    :ivar paths: of all requests, with their method
    """

    def __init__(self, take: Callable[[], Moment]) -> None:
        self._take = take
        self.moments: dict[str, Moment] = {}
        self.before: list[str] = []
        self.after: list[str] = []
        self.paths: list[str] = []

    def moment(self, number: int, *, after: bool) -> Moment:
        """Return the moment at a request; the first has the number 1."""
        return self.moments[(self.after if after else self.before)[number - 1]]

    @contextlib.contextmanager
    def noted(self) -> Iterator[None]:
        """Note the moments of a run."""
        exchange = Session._exchange

        def noting(session: Session, method: str, path: str, *arguments: Any, **options: Any) -> Any:
            self.begin(f"{method} {path}")
            try:
                return exchange(session, method, path, *arguments, **options)
            finally:
                self.end()

        with mock.patch.object(Session, "_exchange", noting):
            yield

    def begin(self, path: str) -> None:
        """Note the moment before something is sent."""
        self.paths.append(path)
        self._note(self.before)

    def end(self) -> None:
        """Note the moment after it was carried out."""
        self._note(self.after)

    def _note(self, when: list[str]) -> None:
        moment = self._take()
        when.append(moment.fingerprint)
        self.moments.setdefault(when[-1], moment)


class StoryRunner:
    """Plays stories on one appliance, again and again.

    :ivar name: the name of the stage in STAGES
    :ivar prunes: what follows a failure is played once for all failures that leave the same state
    :ivar played: the end of each state and way that was played
    """

    kind_of_stage: type[Stage] = Stage

    def __init__(
        self, name: str, simulator: Simulator, directory: Path, still: StillTime, *, prunes: bool = True
    ) -> None:
        self.name = name
        self.simulator = simulator
        self.still = still
        self.prunes = prunes
        self.stage = self.make_stage(directory / "records")
        self.played: dict[tuple[Any, ...], str] = {}
        self._rehearsals: dict[Story, Rehearsal] = {}

    def make_stage(self, records: Path) -> Stage:
        """Return a stage whose virtual servers are asked with TLS where they speak it."""
        stage = self.kind_of_stage(self.simulator, records)
        stage.mitigation = BRIEF
        ready = self.simulator.ready["appliances"]["box"]["vservers"]
        for vip, there in zip(stage.variables["vips"], ready, strict=True):
            vip["tls"] = there["protocol"] == "SSL"
        return stage

    def configurations(self) -> Configurations:
        """By node, running and saved, and our lock, as the simulator itself has them."""
        found = {}
        for node in self.simulator.fleet.appliances["box"].nodes:
            for kind, configuration in (("running", node.running), ("saved", node.saved)):
                found[f"{kind} of node {node.index}"] = configuration_lines(rows(configuration))
            found[f"lock of node {node.index}"] = [
                path for path in node.files if is_lease_name(path.rpartition("/")[2])
            ]
        return found

    def moment(self) -> Moment:
        """Return the present moment, with the records of the appliance, to restore it later."""
        return Moment(self.simulator, self.stage.records / "box", self.still)

    def play(self, act: Callable[[Stage], object]) -> object:
        """Carry out a command, later than the one before it, as a run of its own."""
        self.still.next_command()
        self.stage.run = f"run{self.still.command}"
        return act(self.stage)

    def rehearsal(self, story: Story) -> Rehearsal:
        """Return the rehearsal of a story; it is played once for all failures."""
        if story not in self._rehearsals:
            self._rehearsals[story] = self._rehearse(story)
        return self._rehearsals[story]

    def _rehearse(self, story: Story) -> Rehearsal:
        self.still.begin(0)
        self.simulator.reset()
        # What one appliance said of the whole traffic stays, or most requests would be about that.
        shutil.rmtree(self.stage.records / "box", ignore_errors=True)
        self.play(story.prepare)
        beginning = self.moment()
        old = self.configurations()
        self.play(story.act)  # for what the appliance is asked only once
        beginning.come_back()
        box = self.simulator.appliance("box")
        # A fault that never comes counts what it could hit: requests, those at one node, or arrays.
        possible = {name: failure.fault for name, failure in FAILURES.items() if failure.hits(self.name, story)}
        for fault in possible.values():
            box.fault(**fault or {"kind": "reset"}, nth=10**6)
        deaths = Deaths(self.moment)
        with deaths.noted(), self.noted_elsewhere(deaths):
            self.play(story.act)
        seen = [int(fault["seen"]) for fault in self.simulator.control("GET", "/appliances/box/faults")]
        box.clear_faults()
        assert_reads_no_log(deaths.paths)
        places = dict(zip(possible, seen, strict=True))
        places |= {name: len(deaths.before) for name, fault in possible.items() if not fault}
        return Rehearsal(beginning, old, self.configurations(), places, deaths)

    def noted_elsewhere(self, _deaths: Deaths) -> contextlib.AbstractContextManager[None]:
        """Note the moments at what is not sent by NITRO, while the context is open."""
        return contextlib.nullcontext()

    def disturb(self, story: Story, failure: Failure, number: int) -> tuple[str, Moment]:
        """Play the story with a failure at one request; return the error of the engine, or "" where it succeeded, and the moment after it."""
        rehearsal = self.rehearsal(story)
        if not failure.fault:
            return "died", rehearsal.deaths.moment(number, after=failure.after)
        rehearsal.beginning.come_back()
        box = self.simulator.appliance("box")
        variables = dict(self.stage.variables)
        self.stage.variables.update(failure.variables)
        box.fault(**failure.fault, nth=number)
        said = ""
        try:
            self.play(story.act)
        except TourniquetError as error:
            said = str(error)
        finally:
            box.clear_faults()
            self.stage.variables = variables
        return said, self.moment()

    def end(self, story: Story, hit: Moment, way: Way, *, reboots: bool) -> str:
        """Return what is wrong at the end of a way that begins at a moment; "" where nothing is."""
        key = (story, reboots, way[0], hit.fingerprint)
        if key not in self.played or not self.prunes:
            hit.come_back()
            self.played[key] = self._end(way)
        return self.played[key]

    def _end(self, way: Way) -> str:
        _name, acts, wanted = way
        try:
            result = [self.play(act) for act in acts][-1]
        except TourniquetError as error:
            return f"the next run was refused: {error}"
        found = self.configurations()
        if found not in wanted and "secondary" in told(result):
            # What reached a node after it had lost its office is lost at the next synchronisation; until then it is told,
            # and what was saved there with it is saved anew by the next run.
            self.simulator.appliance("box").synchronise()
            self.play(acts[-1])
            found = self.configurations()
        return "" if found in wanted else difference(found, wanted[0])


def cases(stories: dict[str, Story], pairs: int) -> list[tuple[str, str, str]]:
    """Return stage, story and failure of each case.

    :param pairs: of so many failures of a story on a stage one, each story beginning with another one; each failure is there at least once
    """
    possible = [
        (stage, name, failure)
        for stage in STAGES
        for name, story in stories.items()
        for failure in FAILURES
        if FAILURES[failure].hits(stage, story)
    ]
    order = [*STAGES, *stories, *FAILURES]
    chosen = {case for case in possible if sum(map(order.index, case)) % pairs == 0}
    for failure in FAILURES:
        if not any(failure == one for _stage, _story, one in chosen):
            chosen.add(next(case for case in possible if case[2] == failure))
    return [case for case in possible if case in chosen]


@dataclass(frozen=True)
class Checked:
    """The result of one story with one failure.

    :ivar cells: the number of ways that were checked
    :ivar distinct: the number of those that were played; the others have the same state at their beginning
    :ivar wrong: the violations, in words
    """

    cells: int
    distinct: int
    wrong: list[str]


def check(theatre: StoryRunner, story: Story, failure: str, *, stride: int = 1, offset: int = 0) -> Checked:
    """Check one story with one failure at each of its requests (or each `stride`-th, but at least at one).

    Of a sample the same command is run again in each cell, and the other ways take turns.
    """
    rehearsal = theatre.rehearsal(story)
    places = rehearsal.places[failure]
    is_sample, stride = stride > 1, min(stride, max(places, 1))
    cells, before, wrong = 0, len(theatre.played), [] if places else ["this failure has no place in this story"]
    reboots = FAILURES[failure].fault.get("kind") == "crash"
    for number in range(1 + offset % stride, places + 1, stride):
        ways = ways_of(story, rehearsal, reboots=reboots)
        if is_sample and len(ways) > 2:
            del ways[1 + (number + offset) % 2]
        said, hit = theatre.disturb(story, FAILURES[failure], number)
        for way in ways:
            cells += 1
            problem = theatre.end(story, hit, way, reboots=reboots)
            if problem:
                wrong.append(f"request {number}, {way[0]}: {problem} (it was hit by: {said})")
    return Checked(cells, len(theatre.played) - before if theatre.prunes else cells, wrong)


def assert_reads_no_log(paths: list[str]) -> None:
    """Fail where a story reads a log of the appliance, whose lines are no part of a fingerprint."""
    for path in paths:
        assert not any(word in unquote(path) for word in (LOGS, "auditmessages", "nslog", "nstrace")), path


@contextlib.contextmanager
def opened(
    name: str, kind: type[StoryRunner] | None = None, *, in_memory: bool = True, prunes: bool = True, **changes: Any
) -> Iterator[StoryRunner]:
    """Start the appliance of a stage; it ends with the block.

    :param changes: keys of the fleet file that differ from the stage's
    :param in_memory: the engine reaches the appliance without sockets and TLS
    """
    fleet = fleet_file({"box": {**copy.deepcopy(STAGES[name]), **changes}})
    with without_waiting(), Simulator(fleet) as simulator, contextlib.ExitStack() as stack:
        if in_memory:
            stack.enter_context(memory_network(simulator))
        still = stack.enter_context(still_time())
        # A control node that dies has written what it had written: the computer itself does not fail.
        stack.enter_context(mock.patch("os.fsync"))
        # Where there is a disk in memory, the records of a cell are on it.
        directory = stack.enter_context(TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None))
        yield (kind or StoryRunner)(name, simulator, Path(directory), still, prunes=prunes)


Way = tuple[str, list[Callable[[Stage], object]], list[Configurations]]


def ways_of(story: Story, rehearsal: Rehearsal, *, reboots: bool = False) -> list[Way]:
    """Return what is done after a failure, by name: the commands that follow, and the states that they may lead to.

    :param reboots: the failure is a reboot, which loses what the story began with and was not saved
    """
    ways: list[Way] = [("again", [story.act], [rehearsal.new])]
    ways += [("back", [story.take_back], [rehearsal.old])] if story.take_back else []
    if story.undo:
        states = [as_saved(rehearsal.old), *([_rebooted(rehearsal.old)] if reboots else [])]
        ways.append(("again, then back", [story.act, story.undo], states))
    return ways


def as_saved(state: Configurations) -> Configurations:
    """Return a state as it is after it was saved: the story may begin with what is not."""
    return {what: state[what.replace("saved of", "running of")] for what in state}


def _rebooted(state: Configurations) -> Configurations:
    """Return a state as a reboot leaves it."""
    return {what: state[what.replace("running of", "saved of")] for what in state}


def told(result: Any) -> str:
    """Return the remarks of a run on the pair, in words."""
    verdict = getattr(result, "verdict", None)
    texts = [*getattr(result, "remarks", ()), *getattr(result, "not_covered", ())]
    return "; ".join([*texts, *(verdict.missing if verdict else ()), verdict.reason if verdict else ""])


def difference(found: Configurations, wanted: Configurations) -> str:
    parts = []
    for what, then in wanted.items():
        parts += [f"{what} has {line}" for line in found[what] if line not in then]
        parts += [f"{what} lacks {line}" for line in then if line not in found[what]]
    return "; ".join(parts)[:500]
