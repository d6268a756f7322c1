# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Somebody else takes the lease at each request of each story: from then on the run writes nothing, and says what it leaves."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.what_is_left import undo_command
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lease_files import (
    LOCK_FILE,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import StepState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError

from simulator import Simulator
from tests import sample
from tests.engine.control_nodes import give_back_lease, take_lease
from tests.engine.crash.matrix import STAGES, STORIES, Story, StoryRunner, difference, opened, ways_of

OF_THE_SESSION = ("login", "logout", "nspartition?action=Switch")
CASES = [(stage, name) for stage in STAGES for name, story in STORIES.items() if stage in story.stages]


class Taker:
    """Takes the lease on every node before the n-th request of a run is sent, and counts what the run writes after that request.

    :ivar writes: the writes after it; the n-th request itself was confirmed before
    """

    def __init__(self, simulator: Simulator, number: int, name: str = "box") -> None:
        self.simulator = simulator
        self.name = name
        self.left = number
        self.writes: list[str] = []

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        exchange = Session._exchange

        def counting(session: Session, method: str, path: str, *arguments: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                take_lease(self.simulator, self.name)
            target = path.removeprefix("/nitro/v1/config/")
            is_attempt = f'"{LOCK_FILE}"' in json.dumps(arguments[:1])  # to take it, which NITRO refuses
            if self.left < 0 and method != "GET" and target not in OF_THE_SESSION and not is_attempt:
                self.writes.append(f"{method} {target}")
            return exchange(session, method, path, *arguments, **options)

        with mock.patch.object(Session, "_exchange", counting):
            yield


@pytest.fixture(scope="module")
def theatre(request: pytest.FixtureRequest) -> Iterator[StoryRunner]:
    with opened(request.param) as runner:
        yield runner


def missing_in(said: str, record: ChangeRecord) -> list[str]:
    """Return what a run that has lost its lease should have said of its record, and has not."""
    done = record.states.count(StepState.DONE)
    wanted = [
        "so it writes nothing any more, not even an undo",
        f"The record is {record.path}",
        ".yml again",
    ]
    if done:
        wanted += [f"{done} of {len(record.states)} steps are in place", undo_command(record)]
    return [text for text in wanted if text not in said]


def error_of(theatre: StoryRunner, story: Story) -> str:
    """Play a story, and return its error, or ""."""
    try:
        theatre.play(story.act)
    except TourniquetError as error:
        return str(error)
    return ""


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("theatre", "story"), CASES, indirect=["theatre"])
def test_from_then_on_it_writes_nothing_and_says_what_is_left(
    theatre: StoryRunner, story: str, record_property: pytest.RecordProperty
) -> None:
    """`make crash` plays all requests; else each story is hit at other ones."""
    played = STORIES[story]
    rehearsal = theatre.rehearsal(played)
    places = rehearsal.places["control node dies before"]
    stride = min(sample.CRASH_STRIDE, places)
    offset = 5 * list(STORIES).index(story) + list(STAGES).index(theatre.name)
    wrong: list[str] = []
    cells = 0
    for number in range(1 + offset % stride, places + 1, stride):
        cells += 1
        rehearsal.beginning.come_back()
        known = {record.name for record in all_records(theatre.stage.records, "box")}
        taker = Taker(theatre.simulator, number)
        with taker.at_work():
            said = error_of(theatre, played)
        if taker.writes:
            wrong.append(f"request {number}: it wrote {'; '.join(taker.writes)}")
        own = [record for record in all_records(theatre.stage.records, "box") if record.name not in known]
        if "writes nothing any more" in said:
            wrong += [f"request {number}: it does not say {text!r}: {said}" for text in missing_in(said, own[-1])]
        elif (
            not said and own and theatre.configurations() | locks(rehearsal.new) != rehearsal.new | locks(rehearsal.new)
        ):
            wrong.append(
                f"request {number}: it says nothing, and {difference(theatre.configurations(), rehearsal.new)}"
            )
        for node in theatre.simulator.fleet.appliances["box"].nodes:
            give_back_lease(node)
        problem = theatre.end(played, theatre.moment(), ways_of(played, rehearsal)[0], reboots=False)
        if problem:
            wrong.append(f"request {number}: {problem} (the first one said: {said})")
    record_property("cells", cells)
    record_property("distinct", cells)  # each is played up to the loss; what follows it, once for each state
    assert wrong == []


def locks(state: dict[str, list[str]]) -> dict[str, list[str]]:
    return {what: [] for what in state if what.startswith("lock of")}
