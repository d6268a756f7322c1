# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A closing does not wait for what it only shows or notes: an appliance may not answer these reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import time_budget
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sent_probes import sent_probes

from simulator import Simulator
from tests.engine import control_nodes
from tests.engine.closing_stage import ClosingStage
from tests.engine.damage import records
from tests.engine.test_views_agree import box_of, proven
from tests.stage.fleet import fleet_file

NEEDLESS = ("responderpolicy", "aaa")
"""Types of which a closing reads the counters and what is bound beside a mitigation, and how many sessions there are."""


def test_reads_that_are_not_answered_keep_no_closing_waiting(
    start: Callable[[dict[str, Any]], Simulator], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each was sent three times, and waited for up to the timeout of a read each time; without the number of sessions nothing was closed."""
    directory = tmp_path / "records"
    directory.mkdir()
    stage = ClosingStage(start(fleet_file({"box": {**control_nodes.BOX}})), directory)
    proven(stage)
    stage.run = "closing"
    monkeypatch.setattr(time_budget, "BRIEF", 0.3)
    for type_ in NEEDLESS:
        box_of(stage).fault("hang", type=type_, method="GET", times=0, seconds=1)
    before = len(stage.simulator.requests())
    stage.lockdown()
    asked = Counter(one["target"] for one in stage.simulator.requests()[before:] if one["target"].endswith(NEEDLESS))
    closing = records(stage)[-1]
    assert (closing.kind, closing.outcome) == ("lockdown", "applied")
    assert closing.content.found_beside == {stage.mitigation.id: "not said"}
    assert set(asked.values()) == {1}
    assert asked.keys() >= {"/nitro/v1/stat/aaa", "/nitro/v1/stat/responderpolicy"}
    (note,) = (one for one in sent_probes(stage.records, "box") if one.run == "closing")
    assert note.counted is not None
    assert (note.counted.is_unread, note.counted.hits, note.counted.most) == (True, {}, 2)
