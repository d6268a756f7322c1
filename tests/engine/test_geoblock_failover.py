# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A pair fails over in the middle of a geoblock: nobody is locked out, no unread change is saved, and the next run continues."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import secondary
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import OutcomeUnknown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.location import (
    loading as location,
)

from simulator import Simulator
from tests import sample
from tests.engine.geoblock_stage import LAB, UNLISTED, GeoblockStage
from tests.engine.test_geoblock_acls import FLEET, everything, in_force
from tests.stage.fleet import fleet_file

PAIR = FLEET["appliances"]["pair"]


class FailsOver:
    """The pair fails over right after a write of ours.

    :param number: which one, from 1 on
    :param lost: its answer does not arrive
    """

    def __init__(self, stage: GeoblockStage, patch: pytest.MonkeyPatch, number: int, *, lost: bool) -> None:
        self.sent: list[str] = []
        write = Session.write

        def writing(session: Session, method: str, path: str, *arguments: Any, **options: Any) -> Any:
            reply = write(session, method, path, *arguments, **options)
            self.sent.append(f"{method} {path}")
            if len(self.sent) == number:
                stage.simulator.appliance(stage.name).failover()
                if lost:
                    raise OutcomeUnknown("the answer got lost")
            return reply

        patch.setattr(Session, "write", writing)


@pytest.fixture(params=["lost", "refused"])
def simulator(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A simulator in which writes to a secondary are lost or refused, which is open; waiting times are skipped."""
    for name in ("SYNC_PATIENCE", "SAVE_PATIENCE"):
        monkeypatch.setattr(secondary, name, 0.3)
    monkeypatch.setattr(location, "SETTLED", 0.25)
    fleet = fleet_file({"pair": PAIR}, **{**FLEET["switches"], "secondary_write": request.param})
    with Simulator(fleet) as running:
        yield running


@pytest.mark.parametrize("way", ["location", "acls"])
@pytest.mark.parametrize("lost", [False, True], ids=["answered", "answer lost"])
def test_a_failover_after_any_write_of_a_first_run(simulator: Simulator, tmp_path: Path, way: str, lost: bool) -> None:
    stage = GeoblockStage(simulator, tmp_path / "records", "pair", way=way)
    before = everything(stage)
    with pytest.MonkeyPatch.context() as patch:
        counting = FailsOver(stage, patch, 0, lost=False)
        assert stage.play("apply").result.failed == ""
    failed = 0
    begin = ["location", "acls"].index(way) + 2 * lost  # each case after other writes
    cases = list(enumerate(counting.sent, 1))[begin % sample.FAILOVER_STRIDE :: sample.FAILOVER_STRIDE]
    for number, write in cases:
        simulator.reset()
        for record in stage.records.glob("pair/*"):
            record.unlink()
        with pytest.MonkeyPatch.context() as patch:
            FailsOver(stage, patch, number, lost=lost)
            first = stage.play("apply")
        failed += bool(first.result.failed)
        assert stage.ask(UNLISTED).status == 200, f"after {write}"
        if first.result.failed and way == "acls":
            simulator.appliance("pair").advance(301)
            permanent = [name for name in in_force(stage, _primary(stage)) if not name.endswith("__ttl")]
            assert (stage.ask(LAB).status == 0) == bool(permanent), f"after {write}: the copies have expired"
        again = stage.play("apply")
        assert again.result.failed == "", f"after {write}"
        assert (stage.ask(LAB).status, stage.ask(UNLISTED).status) == (0, 200), f"after {write}"
        nodes = [
            (stage.configuration(kind, node), in_force(stage, node)) for node in (0, 1) for kind in ("running", "saved")
        ]
        assert nodes == [nodes[0]] * 4, f"after {write}"
        assert not [name for name in in_force(stage) if name.endswith("__ttl")], f"after {write}"
        assert stage.play("plan").result.changed is False, f"after {write}"
        stage.take_off()
        assert everything(stage) == before, f"after {write}"
    assert failed >= len(cases) // 2, "a failover in the middle is a failure"


def _primary(stage: GeoblockStage) -> int:
    return next(node.index for node in stage.simulator.fleet.appliances[stage.name].nodes if node.primary)
