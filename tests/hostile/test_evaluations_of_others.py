# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one appliance says about a rule decides nothing about another appliance of its build."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused

from simulator import Simulator
from tests.stage.fleet import fleet_file
from tests.stage.memory import Stage

BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "features": ["LB", "SSL", "SSLVPN"],
    "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"}],
}
NAMES = ("hostile", "honest", "other")
WRITES = ("POST", "PUT", "DELETE")


@pytest.fixture(scope="module")
def fleet() -> Iterator[Simulator]:
    boxes = {name: {**BOX, "nodes": [f"127.0.0.{number}:0"]} for number, name in enumerate(NAMES, 1)}
    with Simulator(fleet_file(boxes)) as simulator:
        yield simulator


def stage(fleet: Simulator, records: Path, name: str) -> Stage:
    fleet.clear_requests()
    return Stage(fleet, records, name)


def evaluations(fleet: Simulator) -> int:
    """Return the number of evaluations since the log was cleared."""
    return sum("config/policyevaluation" in entry["target"] for entry in fleet.requests())


def test_an_appliance_that_inverts_its_evaluations_is_refused_alone(fleet: Simulator, tmp_path: Path) -> None:
    fleet.reset()
    fleet.appliance("hostile").fault("inverted_evaluation")
    hostile = stage(fleet, tmp_path, "hostile")
    with pytest.raises(Refused, match="the rule gives wrong answers by the appliance's own evaluation"):
        hostile.apply()
    whole = evaluations(fleet)
    types = {
        entry["target"].removeprefix("/nitro/v1/config/") for entry in fleet.requests() if entry["method"] in WRITES
    }
    assert types == {"login", "logout"}, "nothing was written"

    honest = stage(fleet, tmp_path, "honest").apply()
    assert (honest.verdict.word, honest.failed) == ("mitigated", "")
    assert evaluations(fleet) == whole, "it was asked about the whole traffic"
    assert any(text.startswith(f"evaluated by the appliance: {whole} of ") for text in honest.verdict.rests_on)


def test_the_right_answers_of_another_spare_questions_and_prove_nothing(fleet: Simulator, tmp_path: Path) -> None:
    fleet.reset()
    stage(fleet, tmp_path, "other").plan_all()
    whole = evaluations(fleet)
    fleet.appliance("hostile").fault("inverted_evaluation")
    with pytest.raises(Refused, match="the rule gives wrong answers by the appliance's own evaluation"):
        stage(fleet, tmp_path, "hostile").apply()
    assert 0 < evaluations(fleet) < whole, "its own sample is enough to refuse it"

    silent = stage(fleet, tmp_path, "honest")
    silent.variables["probe"] = False
    result = silent.apply()
    assert result.verdict.word == "applied, unproven", "no probe of its own, so no proof"
    assert any(text == "evaluated by the appliance: 6 of 6, 410 ns each" for text in result.verdict.rests_on)
