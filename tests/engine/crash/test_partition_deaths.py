# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control node dies at each request to an appliance with admin partitions; the same command completes it, and an undo takes all back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_off import Lockdown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.switch_on import Reopening

from simulator.server.state import rows
from tests import sample
from tests.engine.crash.matrix import Configurations, Story, StoryRunner, Way, as_saved, check, opened
from tests.stage.memory import Stage, configuration_lines

TENANT: dict[str, Any] = {
    "features": ["LB"],
    "vservers": [{"type": "lb", "name": "tenant_shop", "address": "127.0.0.4:0", "protocol": "HTTP"}],
}
BOXES: dict[str, dict[str, Any]] = {
    "alone": {"partitions": {"tenant_a": TENANT}},
    "pair": {"nodes": ["127.0.0.1:0", "127.0.0.5:0"], "partitions": {"tenant_a": TENANT}},
}
DEATHS = ("control node dies before", "control node dies after")


def apply_all(stage: Stage) -> object:
    result = stage.apply_all()
    if result.failed or result.verdict.word != "mitigated":
        raise TourniquetError(f"{result.failed or result.verdict}")
    return result


def lockdown_all(stage: Stage) -> object:
    return stage.switch_all(Lockdown, "lockdown")


def reopen_all(stage: Stage) -> object:
    return stage.switch_all(Reopening, "reopen")


STORIES = {
    "apply": Story(lambda _stage: None, apply_all, undo=lambda stage: stage.rollback_all(), stages=("bare",)),
    "lockdown": Story(lambda _stage: None, lockdown_all, reopen_all, reopen_all, stages=("bare",)),
    "reopen": Story(lockdown_all, reopen_all, lockdown_all, lockdown_all, stages=("bare",)),
}


class PartitionsStoryRunner(StoryRunner):
    """The same with what is in the partitions."""

    def make_stage(self, records: Path) -> Stage:
        stage = super().make_stage(records)
        ready = self.simulator.ready["appliances"]["box"]["vservers"]
        for vip, there in zip(stage.variables["vips"], ready, strict=True):
            vip["partition"] = there.get("partition", "default")
        return stage

    def configurations(self) -> Configurations:
        found = super().configurations()
        for node in self.simulator.fleet.appliances["box"].nodes:
            for name, inside in node.partitions.items():
                for kind, configuration in (("running", inside.running), ("saved", inside.saved)):
                    found[f"{kind} of {name} of node {node.index}"] = configuration_lines(rows(configuration))
        return found

    def _end(self, way: Way) -> str:
        """A run that died between two partitions had done all in the first one, and the next begins in the second one: an undo of it leaves the first one."""
        name, acts, wanted = way
        here = {**self.configurations(), **{what: [] for what in wanted[0] if what.startswith("lock of ")}}
        begun = {one.partition for one in all_records(self.stage.records, "box")}
        is_between = begun == {"default"} and here == as_saved(here) != wanted[0]
        if name == "again, then back" and is_between:
            wanted = [here]
        return super()._end((name, acts, wanted))


@pytest.fixture(scope="module")
def theatre(request: pytest.FixtureRequest) -> Iterator[StoryRunner]:
    with opened("bare", PartitionsStoryRunner, **BOXES[request.param]) as runner:
        yield runner


@pytest.mark.sampled(4)
@pytest.mark.parametrize("theatre", BOXES, indirect=True)
@pytest.mark.parametrize("failure", DEATHS, ids=["before", "after"])
@pytest.mark.parametrize("story", STORIES)
def test_again_then_back(
    theatre: StoryRunner, record_property: pytest.RecordProperty, failure: str, story: str
) -> None:
    """`make crash` plays every request."""
    offset = 2 + 5 * DEATHS.index(failure)
    checked = check(theatre, STORIES[story], failure, stride=sample.CRASH_STRIDE_GEOBLOCK, offset=offset)
    record_property("cells", checked.cells)
    record_property("distinct", checked.distinct)
    assert any("tenant_a" in what for what in theatre.configurations())
    assert checked.wrong == []
