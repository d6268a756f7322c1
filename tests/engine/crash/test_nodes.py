# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stories on the operating system of the nodes: the node-local half and the script, with a failure at each request and at each command."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    OutcomeUnknown,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.history import states_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import Wanted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.start_up_file import PATH
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box import script

from simulator.node.node import Node
from tests import sample
from tests.engine.control_nodes import give_back_lease, take_lease
from tests.engine.crash.matrix import FAILURES, Configurations, Deaths, Story, StoryRunner, Way, check, opened, ways_of
from tests.engine.crash.test_lost_lease import Taker, error_of
from tests.engine.node_local_stage import BEFORE
from tests.engine.on_box_stage import OnBoxStage
from tests.stage.memory import Stage

BOXES: dict[str, tuple[str, dict[str, Any]]] = {
    "alone": ("alone", {}),
    "pair": ("pair", {"nodes": ["127.0.0.1:0", "127.0.0.9:0"]}),
}
FILES = {
    "files": {
        PATH: {"content": BEFORE, "mode": "0755"},
        script.CRONTAB: {"content": "# of the customer\n", "mode": "0600"},
    }
}
KINDS = (
    "control node dies before",
    "control node dies after",
    "connection reset",
    "reply lost",
    "http error",
    "nitro error",
    "session expired",
    "hang",
    "reboot after",
    "failover after",
    "other node reboots",
    "other node hangs up",
)
NAMES = ("knob", "file", "script", "line", "list")
"""Of the steps on a node, as the record has them."""
OF_A_NODE = (PATH, script.CRONTAB, script.PATH)


def local(wanted: Wanted) -> Callable[[Stage], object]:
    """Return the command that sets the node-local half, or takes it out."""
    options = {"reset_knob": True} if wanted is Wanted.ABSENT else {}

    def play(stage: Stage) -> object:
        assert isinstance(stage, OnBoxStage)
        return stage.go(wanted, **options)

    return play


def on_box(wanted: Wanted) -> Callable[[Stage], object]:
    """Return the command that puts the script on the nodes, or takes it out."""

    def play(stage: Stage) -> object:
        assert isinstance(stage, OnBoxStage)
        return stage.on_box(wanted)

    return play


def with_rule(*further: Callable[[Stage], object]) -> Callable[[Stage], object]:
    """Return what brings in the rule, and then does more."""

    def play(stage: Stage) -> object:
        stage.apply()
        return [one(stage) for one in further]

    return play


SET, OUT = local(Wanted.PRESENT), local(Wanted.ABSENT)
PUT, TAKEN = on_box(Wanted.PRESENT), on_box(Wanted.ABSENT)
STORIES = {
    "node_local": Story(with_rule(), SET, OUT, OUT),
    "node_local out": Story(with_rule(SET), OUT, SET),
    "on_box": Story(lambda _stage: None, PUT, TAKEN, TAKEN),
    "on_box out": Story(PUT, TAKEN, PUT),
}
CASES = [
    (box, name, kind)
    for box in BOXES
    for name, story in STORIES.items()
    for kind in KINDS
    if FAILURES[kind].hits(box, story)
]


class NodesStoryRunner(StoryRunner):
    """The same with the files, the running knobs and the accounts of the nodes, and with commands over SSH."""

    kind_of_stage = OnBoxStage

    @property
    def shells(self) -> Any:
        assert isinstance(self.stage, OnBoxStage)
        return self.stage.shells

    def configurations(self) -> Configurations:
        found = super().configurations()
        for node in self.simulator.fleet.appliances["box"].nodes:
            found[f"files of node {node.index}"] = [*map(str, filter(None, (shown(node, path) for path in OF_A_NODE)))]
            found[f"copies of node {node.index}"] = [path for path in node.files if ".tourniquet" in path]
            found[f"knobs of node {node.index}"] = [
                str(node.skip_systemaccess_policyeval),
                *map(str, node.knobs.items()),
            ]
        return found

    def _end(self, way: Way) -> str:
        """Find also where records, their chain and their copies on the nodes do not agree afterwards."""
        problem = super()._end(way)
        with Connection(self.stage.appliance) as connection:
            found = audit(connection, self.stage.records, "box", trust=self.stage.trust).differences
        return problem or "; ".join(f"audit: {one}" for one in found)

    @contextlib.contextmanager
    def noted_elsewhere(self, deaths: Deaths) -> Iterator[None]:
        with self.at_commands(lambda _number: deaths.begin("SSH"), lambda _number: deaths.end()):
            yield

    @contextlib.contextmanager
    def at_commands(
        self, before: Callable[[int], None] = lambda _number: None, after: Callable[[int], None] = lambda _number: None
    ) -> Iterator[None]:
        """Call functions before and after each command of a run; they get its number, from 1 on."""
        shells = self.shells
        shells.commands.clear()
        shells.before, shells.after = before, after
        try:
            yield
        finally:
            shells.before = shells.after = lambda _number: None


def shown(node: Node, path: str) -> str:
    file = node.files.get(path)
    return "" if file is None else f"{path} {file.mode:o} {file.owner} {bytes(file.content)!r}"


@pytest.fixture(scope="module")
def theatre(request: pytest.FixtureRequest) -> Iterator[NodesStoryRunner]:
    name, changes = BOXES[request.param]
    with opened(name, NodesStoryRunner, **FILES, **changes) as runner:
        assert isinstance(runner, NodesStoryRunner)
        yield runner


@pytest.mark.sampled(7)
@pytest.mark.parametrize(("theatre", "story", "failure"), CASES, indirect=["theatre"])
def test_ends_in_the_old_or_the_new_state(
    theatre: NodesStoryRunner, story: str, failure: str, record_property: pytest.RecordProperty
) -> None:
    """`make crash` plays all of them; deaths are at each request and at each command, other failures at each request."""
    offset = 3 * KINDS.index(failure) + list(STORIES).index(story)
    checked = check(theatre, STORIES[story], failure, stride=sample.CRASH_STRIDE, offset=offset)
    record_property("cells", checked.cells)
    record_property("distinct", checked.distinct)
    assert checked.wrong == []


def not_sent(_number: int) -> None:
    raise CannotConnect("box: the shell cannot be reached")


def lost(_number: int) -> None:
    raise OutcomeUnknown("box: the output of the command was lost")


@pytest.mark.sampled(3)
@pytest.mark.parametrize("how", [not_sent, lost])
@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("theatre", BOXES, indirect=True)
def test_a_command_that_is_not_sent_or_whose_output_is_lost(
    theatre: NodesStoryRunner, story: str, how: Callable[[int], None], record_property: pytest.RecordProperty
) -> None:
    played = STORIES[story]
    rehearsal = theatre.rehearsal(played)
    step = 1 if sample.ALL else 5
    number, cells, wrong = 2 - step, 0, []  # the first one only reads
    while True:
        number += step
        rehearsal.beginning.come_back()
        at = {"before" if how is not_sent else "after": lambda now, at=number: how(now) if now == at else None}
        said = ""
        with theatre.at_commands(**at):
            try:
                theatre.play(played.act)
            except TourniquetError as error:
                said = str(error)
            if len(theatre.shells.commands) < number:
                break
        hit = theatre.moment()
        for way in ways_of(played, rehearsal):
            cells += 1
            problem = theatre.end(played, hit, way, reboots=False)
            if problem:
                wrong.append(f"command {number}, {way[0]}: {problem} (it was hit by: {said})")
    record_property("cells", cells)
    record_property("distinct", cells)
    assert cells
    assert wrong == []


class NodesTaker(Taker):
    """Counts commands over SSH as well, and those that write."""

    def __init__(self, runner: NodesStoryRunner, number: int) -> None:
        super().__init__(runner.simulator, number)
        self.runner = runner

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        with super().at_work(), self.runner.at_commands(self._count):
            yield

    def _count(self, _number: int) -> None:
        self.left -= 1
        if self.left == 0:
            take_lease(self.simulator)
        command = self.runner.shells.commands[-1][1]
        if self.left < 0 and any(word in command for word in ("mv -f", "rm -f", "nsapimgr")):
            self.writes.append(command)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("theatre", BOXES, indirect=True)
def test_a_run_that_has_lost_its_lease_writes_nothing_and_says_what_is_left(
    theatre: NodesStoryRunner, story: str, record_property: pytest.RecordProperty
) -> None:
    """Somebody else takes it at each request and each command."""
    played = STORIES[story]
    rehearsal = theatre.rehearsal(played)
    places = rehearsal.places["control node dies before"]
    stride = min(sample.CRASH_STRIDE, places)
    wrong: list[str] = []
    told = cells = 0
    for number in range(1 + list(STORIES).index(story) % stride, places + 1, stride):
        cells += 1
        rehearsal.beginning.come_back()
        taker = NodesTaker(theatre, number)
        with taker.at_work():
            said = error_of(theatre, played)
        if taker.writes:
            wrong.append(f"place {number}: it wrote {'; '.join(taker.writes)[:200]}")
        if "has lost the lock" in said:
            told += 1
            record = all_records(theatre.stage.records, "box")[-1]
            done = sum(state.get(what) == "done" for state in states_of(record).values() for what in NAMES)
            place = f"{done} of " if done else "No step of this run is in place"
            wanted = ["so it writes nothing any more, not even an undo", f"The record is {record.path}", "again", place]
            wrong += [f"place {number}: it does not say {text!r}: {said}" for text in wanted if text not in said]
        for node in theatre.simulator.fleet.appliances["box"].nodes:
            give_back_lease(node)
        problem = theatre.end(played, theatre.moment(), ways_of(played, rehearsal)[0], reboots=False)
        if problem:
            wrong.append(f"place {number}: {problem} (the first one said: {said})")
    record_property("cells", cells)
    record_property("distinct", cells)
    assert told or stride > 1
    assert wrong == []
