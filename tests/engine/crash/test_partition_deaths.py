# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control node dies at each request to an appliance with admin partitions; the same command completes it, and an undo takes all back."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from simulator import Simulator
from tests import sample
from tests.engine.control_nodes import DiedError, dying_at, lease_files, without_waiting
from tests.engine.crash.matrix import BARE, SWITCHES
from tests.engine.stage import BRIEF, Stage

TENANT: dict[str, Any] = {
    "features": ["LB"],
    "vservers": [{"type": "lb", "name": "tenant_shop", "address": "127.0.0.4:0", "protocol": "HTTP"}],
}
BOXES: dict[str, dict[str, Any]] = {
    "alone": {**BARE, "partitions": {"tenant_a": TENANT}},
    "pair": {**BARE, "nodes": ["127.0.0.1:0", "127.0.0.5:0"], "partitions": {"tenant_a": TENANT}},
}
PARTITIONS = ("default", "tenant_a")


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    box = copy.deepcopy(BOXES[request.param])
    with without_waiting(), Simulator({"switches": SWITCHES, "appliances": {"box": box}}) as simulator:
        stage = Stage(simulator, tmp_path_factory.mktemp("partitions") / "records")
        stage.mitigation = BRIEF
        ready = simulator.ready["appliances"]["box"]["vservers"]
        for vip, there in zip(stage.variables["vips"], ready, strict=True):
            vip |= {"partition": there.get("partition", "default"), "tls": there["protocol"] == "SSL"}
        yield stage


def begin(stage: Stage) -> None:
    stage.simulator.reset()
    shutil.rmtree(stage.records / "box", ignore_errors=True)


def configurations(stage: Stage, nodes: int) -> list[list[str]]:
    kinds = ("running", "saved")
    return [stage.configuration(kind, node, name) for node in range(nodes) for name in PARTITIONS for kind in kinds]


@pytest.mark.parametrize("stage", BOXES, indirect=True)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_again_then_back(
    stage: Stage, request: pytest.FixtureRequest, record_property: pytest.RecordProperty, after: bool
) -> None:
    """`make crash` plays every request."""
    nodes = len(stage.variables["nodes"])
    begin(stage)
    old = configurations(stage, nodes)
    stage.simulator.clear_requests()
    assert stage.apply_all().verdict.word == "mitigated"
    new = configurations(stage, nodes)
    places = sum(entry["side"] == "nitro" for entry in stage.simulator.requests())
    wrong: list[str] = []
    cells = 0
    for number in range(3 + 5 * after, places, sample.CRASH_STRIDE_GEOBLOCK):
        cells += 1
        begin(stage)
        with pytest.raises(DiedError), dying_at(number, after=after):
            stage.apply_all()
        again = stage.apply_all()
        if again.failed or again.verdict.word != "mitigated" or configurations(stage, nodes) != new:
            wrong.append(f"request {number}, again: {again.failed or again.verdict}")
        stage.rollback_all()
        if configurations(stage, nodes) != old or any(lease_files(stage, node) for node in range(nodes)):
            wrong.append(f"request {number}, then back: the appliance is not as before")
    record_property("cells", cells)
    assert wrong == []
