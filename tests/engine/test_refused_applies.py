# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an apply or a closing finds that is refused by it is in a record, once: when it is gone nothing else shows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply.run import Apply, ApplyRecommended
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task

from simulator import Simulator
from tests.engine import control_nodes
from tests.engine.closing_stage import ClosingStage
from tests.engine.test_protection_lost import by_hand
from tests.engine.test_protection_on_all_pages import HOW_FAR
from tests.engine.views import options_of
from tests.stage.memory import Stage

BOX = control_nodes.BOX


def lead_past(stage: Stage, rule: str = "TRUE", goes_on: str = "END") -> None:
    """Somebody binds a policy in front of ours."""
    bound = {"policyname": "rp_all", "priority": 5, "gotopriorityexpression": goes_on, "type": "REQ_OVERRIDE"}
    by_hand(
        stage,
        ("POST", "responderpolicy", {"responderpolicy": {"name": "rp_all", "rule": rule, "action": "NOOP"}}),
        ("PUT", "responderglobal_responderpolicy_binding", {"responderglobal_responderpolicy_binding": bound}),
    )


@pytest.mark.parametrize("task", [Apply, ApplyRecommended])
def test_an_apply_that_is_refused_keeps_what_refuses_it_once(
    open_stage: Callable[..., Stage], task: type[Task]
) -> None:
    """Seen: "4 attacks would pass", and once that policy was gone all views said that it had been mitigated throughout."""
    stage = open_stage()
    stage.apply()
    before = set(stage.records.rglob("*.json"))
    lead_past(stage)
    options = {**options_of(stage), **HOW_FAR, "mitigation": stage.mitigation.id}

    def played(*, check_mode: bool) -> list[Any]:
        values = task(stage.appliance, options, check_mode=check_mode, is_preview=check_mode).values()
        assert "would pass" in str(values)
        return [json.loads(path.read_text()) for path in set(stage.records.rglob("*.json")) - before]

    assert played(check_mode=True) == [], "a preview keeps nothing"
    for _again in range(2):
        (found,) = played(check_mode=False)
        assert (found["kind"], found["steps"], found["proof"]) == ("verify", [], None)
        assert list(found["found_beside"]) == [stage.mitigation.id]


def test_a_closing_that_is_refused_keeps_what_refuses_it_once(simulator: Simulator, tmp_path: Path) -> None:
    """It keeps what it found beside the mitigation that another run has proven, and nothing of its own."""
    stage = ClosingStage(simulator, tmp_path)
    stage.apply()
    before = set(stage.records.rglob("*.json"))
    # Where it has no result nothing more is evaluated, at no virtual server either.
    lead_past(stage, 'HTTP.REQ.HEADER("X-Forwarded-Port").TYPECAST_NUM_T(DECIMAL).EQ(8443)', "NEXT")
    for stage.run, only_plan, kept in (("planned", True, 0), ("first", False, 1), ("second", False, 1)):
        _plan, result = stage.close(LadderStep.NOTICE, only_plan=only_plan)
        assert only_plan or (result is not None and "would pass" in result.failed)
        found = [json.loads(path.read_text()) for path in set(stage.records.rglob("*.json")) - before]
        assert stage.closed() == []
        assert not any("closing" in one or "decided_by" in one for one in found)
        assert [(one["kind"], one["steps"], list(one["found_beside"])) for one in found] == [
            ("verify", [], [stage.mitigation.id])
        ] * kept
