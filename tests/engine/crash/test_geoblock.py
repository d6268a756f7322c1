# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stories of a geoblock in the crash matrix: by location file, by ACLs, and from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.location import (
    loading as location,
)

from tests import sample
from tests.engine.crash.matrix import FAILURES, Configurations, Story, StoryRunner, cases, check, opened
from tests.engine.geoblock_stage import GeoblockStage
from tests.stage.memory import Stage


def by(way: str) -> Callable[[Stage], object]:
    def play(stage: Stage) -> object:
        assert isinstance(stage, GeoblockStage)
        stage.settings.update(way=way)
        return stage.enforce()

    return play


def off(way: str, why: str = "after_fix") -> Callable[[Stage], object]:
    def play(stage: Stage) -> object:
        assert isinstance(stage, GeoblockStage)
        stage.settings.update(way=way)
        return stage.take_off(why).result.partitions["default"]

    return play


STORIES = {
    "location": Story(lambda _stage: None, by("location"), off("location"), off("location", "undo")),
    "acls": Story(lambda _stage: None, by("acls"), off("acls"), off("acls", "undo"), in_bulk=True),
    "datasets": Story(lambda _stage: None, by("datasets"), off("datasets"), off("datasets", "undo"), in_bulk=True),
    "another way": Story(by("acls"), by("location"), undo=off("location", "undo")),
    "removed": Story(by("acls"), off("acls"), by("acls")),
}
CASES = cases(STORIES, sample.CRASH_PAIRS)


class GeoblockStoryRunner(StoryRunner):
    """The same with the ACLs that filter, and the files that are loaded."""

    def make_stage(self, records: Path) -> Stage:
        stage = GeoblockStage(self.simulator, records, vservers=["shop"])
        stage.settings["accept"] = ["private", "changed"]
        return stage

    def configurations(self) -> Configurations:
        found = super().configurations()
        for node in self.simulator.fleet.appliances["box"].nodes:
            for name in ("nsacl", "nsacl6"):
                found[f"{name} in force on node {node.index}"] = sorted(
                    key[0] for key in node.running.table(f"_{name}")
                )
            files = self.stage.files(node.index) if isinstance(self.stage, GeoblockStage) else []
            loaded = str(node.running.table("locationfile").get((), {}).get("Locationfile", ""))
            # Of files only the one that is loaded matters; what else lies there goes with the next run that changes something.
            found[f"file of node {node.index}"] = [name for name in files if loaded.endswith(name)]
        return found


@pytest.fixture(scope="module")
def theatre(request: pytest.FixtureRequest) -> Iterator[StoryRunner]:
    with (
        pytest.MonkeyPatch.context() as patch,
        opened(request.param, GeoblockStoryRunner, build="13.0 83.27") as runner,
    ):
        patch.setattr(location, "SETTLED", 0.25)
        yield runner


@pytest.mark.parametrize(("theatre", "story", "failure"), CASES, indirect=["theatre"])
def test_ends_in_the_old_or_the_new_state(
    theatre: StoryRunner, story: str, failure: str, record_property: pytest.RecordProperty
) -> None:
    """`make crash` plays all of them; else each failure hits other requests of each story."""
    offset = 7 * list(FAILURES).index(failure) + list(STORIES).index(story)
    checked = check(theatre, STORIES[story], failure, stride=sample.CRASH_STRIDE_GEOBLOCK, offset=offset)
    record_property("cells", checked.cells)
    record_property("distinct", checked.distinct)
    assert checked.wrong == []
