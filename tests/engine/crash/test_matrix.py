# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every story x every request x every failure: the next run ends in the old or in the new state, never between."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest

from simulator import Simulator
from tests import sample
from tests.engine.control_nodes import without_waiting
from tests.engine.crash.matrix import FAILURES, STAGES, STORIES, SWITCHES, StoryRunner, check

CASES = [
    (stage, name, failure)
    for stage in STAGES
    for name, story in STORIES.items()
    for failure in FAILURES
    if FAILURES[failure].hits(stage, story)
]


@pytest.fixture(scope="module")
def theatre(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoryRunner]:
    box = copy.deepcopy(STAGES[request.param])
    with without_waiting(), Simulator({"switches": SWITCHES, "appliances": {"box": box}}) as simulator:
        yield StoryRunner(request.param, simulator, tmp_path_factory.mktemp("theatre"))


@pytest.mark.parametrize(("theatre", "story", "failure"), CASES, indirect=["theatre"])
def test_ends_in_the_old_or_the_new_state(
    theatre: StoryRunner, story: str, failure: str, record_property: pytest.RecordProperty
) -> None:
    """`make crash` plays all of them; else each failure hits other requests of the story."""
    offset = list(FAILURES).index(failure)
    cells, wrong = check(theatre, STORIES[story], failure, stride=sample.CRASH_STRIDE, offset=offset)
    record_property("cells", cells)
    assert wrong == []
