# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A closing where the virtual servers of one type cannot be read: the others are closed, and nothing calls the appliance closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.closing_track import _is_all_closed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.step_closing import STILL_REACHED
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope

from simulator import Simulator
from tests.engine import control_nodes, told
from tests.engine.closing_stage import ClosingStage
from tests.engine.damage import records
from tests.engine.test_views_agree import box_of, proven
from tests.stage.fleet import fleet_file


@pytest.fixture
def stage(start: Callable[[dict[str, Any]], Simulator], tmp_path: Path) -> ClosingStage:
    directory = tmp_path / "records"
    directory.mkdir()
    made = ClosingStage(start(fleet_file({"box": {**control_nodes.BOX}})), directory)
    proven(made)
    made.run = "closing"
    return made


def test_a_type_that_cannot_be_read_keeps_no_other_open(stage: ClosingStage) -> None:
    """Seen: nothing was closed, as content switching did not answer."""
    box_of(stage).fault("http_error", type="csvserver", method="GET", times=0, status=500)
    result = stage.lockdown()
    assert [step.key for step in result.plan.steps] == [("gw",)]
    assert result.verdict is not None
    assert result.verdict.word == "partly"
    assert result.verdict.reason.startswith("each cs vserver (they cannot be read: box: GET /nitro/v1/config/csvserver")
    record = records(stage)[-1]
    assert (record.kind, record.outcome) == ("lockdown", "applied")
    assert not _is_all_closed(record), "no view calls the appliance closed"
    box_of(stage).clear_faults()
    again = stage.lockdown()
    assert not again.plan.unread_types


def test_a_reopening_reads_all_types(stage: ClosingStage) -> None:
    stage.lockdown()
    box_of(stage).fault("http_error", type="csvserver", method="GET", times=0, status=500)
    with pytest.raises(NitroError, match="csvserver"):
        stage.reopen()


def test_nothing_is_written_where_no_type_can_be_read(stage: ClosingStage) -> None:
    for type_ in ("vpnvserver", "authenticationvserver", "csvserver", "lbvserver"):
        box_of(stage).fault("http_error", type=type_, method="GET", times=0, status=500)
    with pytest.raises(NitroError, match="vpnvserver"):
        stage.lockdown()


@pytest.mark.parametrize("step", [LadderStep.OFF, LadderStep.NOTICE])
def test_nothing_is_said_of_who_gets_through_where_the_appliance_does_not_answer(
    stage: ClosingStage, step: LadderStep
) -> None:
    """Seen: "nobody gets the service" of an appliance that was not read, where somebody had bound a policy in front of the notice since."""
    if step is LadderStep.OFF:
        stage.lockdown()
    else:
        stage.close(step, ClosureScope(vips=("gw",)))
    row = told.read(stage).row()
    (one,) = (*row["switched_off"], *row["closings"])
    assert (one["doubt"], one["text"].rpartition(": ")[2]) == ("", STILL_REACHED[step])
    box_of(stage).fault("refuse", node=0)
    row = told.read(stage).row()
    (one,) = (*row["switched_off"], *row["closings"])
    assert one["doubt"].startswith("nothing was read (")
    assert f"NOT KNOWN whether it still is, {one['doubt']}" in one["text"]
    assert STILL_REACHED[step] not in one["text"]
