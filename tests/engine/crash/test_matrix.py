# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every story x every request x every failure: the next run ends in the old or in the new state, never between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import sample
from tests.engine.crash import test_geoblock
from tests.engine.crash.matrix import FAILURES, STORIES, Story, StoryRunner, cases, check, opened, ways_of

CASES = cases(STORIES, sample.CRASH_PAIRS)


@pytest.fixture(scope="module")
def theatre(request: pytest.FixtureRequest) -> Iterator[StoryRunner]:
    with opened(request.param) as runner:
        yield runner


@pytest.mark.parametrize(("theatre", "story", "failure"), CASES, indirect=["theatre"])
def test_ends_in_the_old_or_the_new_state(
    theatre: StoryRunner, story: str, failure: str, record_property: pytest.RecordProperty
) -> None:
    """`make crash` plays all of them; else each failure hits other requests of the story."""
    offset = list(FAILURES).index(failure)
    checked = check(theatre, STORIES[story], failure, stride=sample.CRASH_STRIDE, offset=offset)
    record_property("cells", checked.cells)
    record_property("distinct", checked.distinct)
    assert checked.wrong == []


@pytest.mark.parametrize("stories", [STORIES, test_geoblock.STORIES], ids=["measures", "geoblock"])
@pytest.mark.parametrize("pairs", [1, sample.CRASH_SAMPLED_PAIRS])
def test_the_sample_has_each_story_on_each_stage_and_each_failure(stories: dict[str, Story], pairs: int) -> None:
    chosen = cases(stories, pairs)
    assert {(stage, story) for stage, story, _failure in chosen} == {
        (stage, name) for name, story in stories.items() for stage in story.stages
    }
    assert {failure for _stage, _story, failure in chosen} == set(FAILURES)


def test_a_restart_after_the_reading_back_of_what_a_disabled_feature_hides() -> None:
    """It brings the rule back, which an appliance may not show with the feature off: found by the whole matrix."""
    story, failure = STORIES["undo"], FAILURES["reboot after"]
    with opened("bare") as runner:
        rehearsal, reasons = runner.rehearsal(story), []
        places = rehearsal.places["reboot after"]
        for number in range(places // 2, places * 3 // 4):
            said, hit = runner.disturb(story, failure, number)
            reasons.append(said)
            assert [runner.end(story, hit, way, reboots=True) for way in ways_of(story, rehearsal, reboots=True)] == [
                "",
                "",
            ]
    assert any("the session ended while the feature was disabled" in said for said in reasons)
