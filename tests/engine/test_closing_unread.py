# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A closing where the virtual servers of one type cannot be read: the others are closed, and nothing calls the appliance closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.closing_track import _is_all_closed

from simulator import Simulator
from tests.engine import control_nodes
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
