# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an apply finds that is refused by it is in a record, once: when it is gone nothing else shows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply.run import Apply, ApplyRecommended
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task

from tests.engine import control_nodes
from tests.engine.test_protection_lost import by_hand
from tests.engine.test_protection_on_all_pages import HOW_FAR
from tests.engine.views import options_of
from tests.stage.memory import Stage

BOX = control_nodes.BOX


@pytest.mark.parametrize("task", [Apply, ApplyRecommended])
def test_an_apply_that_is_refused_keeps_what_refuses_it_once(
    open_stage: Callable[..., Stage], task: type[Task]
) -> None:
    """Seen: "4 attacks would pass", and once that policy was gone all views said that it had been mitigated throughout."""
    stage = open_stage()
    stage.apply()
    before = set(stage.records.rglob("*.json"))
    bound = {"policyname": "rp_all", "priority": 5, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    by_hand(
        stage,
        ("POST", "responderpolicy", {"responderpolicy": {"name": "rp_all", "rule": "TRUE", "action": "NOOP"}}),
        ("PUT", "responderglobal_responderpolicy_binding", {"responderglobal_responderpolicy_binding": bound}),
    )
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
