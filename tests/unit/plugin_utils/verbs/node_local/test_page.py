# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people see of the management addresses after a run on the node-local half."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import NextAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.coverage import Coverage
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.run import NodeLocalResult
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import Wanted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.node_local import page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.run_results import TaskResult

ACTION = "tourniquet.netscaler.node_local"


def merged(before: dict[str, Any], *nodes: tuple[str, Coverage]) -> dict[str, Any]:
    rows = [
        {"node": node, "state": state, "asked": True, "text": f"management address {node}: {state}"}
        for node, state in nodes
    ]
    return dict(page.with_node_local(before, TaskResult("gw-a", ACTION, {"nodes": rows, "notes": ["a note"]})))


@pytest.mark.parametrize("state", Coverage)
def test_each_state_has_a_next_action(state: Coverage) -> None:
    action = page._NEXT[state]
    if state is Coverage.COVERED:
        assert action.startswith("none")
        return
    assert isinstance(action, NextAction)
    [line] = action.lines
    mode = {"mitigation_mode": "enforce"} if state is Coverage.ONLY_COUNTS else {}
    assert dict(line.values) == {"node_local": "true", **mode}


def test_a_node_that_was_not_looked_at_is_unknown_and_has_a_next_action() -> None:
    result = NodeLocalResult(missing=["192.0.2.2 did not answer"])
    assert page.lines_of(result, planned=False) == ["node-local: not covered: 192.0.2.2 did not answer"]
    assert page.message_of(result, Wanted.PRESENT, planned=False).startswith("management addresses: unknown. Next")
    assert page.next_of(result, Wanted.PRESENT, planned=False) == page._NEXT[Coverage.UNKNOWN]
    assert page.failure_of(result, Wanted.PRESENT, 3, planned=False)
    assert not page.failure_of(result, Wanted.PRESENT, 4, planned=False)


def test_what_it_says_takes_the_place_of_what_was_read_before() -> None:
    old = ["management address of 192.0.2.1: not looked at", "portal: not read"]
    before = {"verdict": {"word": "partly", "missing": old}, "notes": ["before"], "changed": False}
    after = merged(before, ("192.0.2.1", Coverage.COVERED), ("192.0.2.2", Coverage.NOT_COVERED))
    assert after["verdict"]["missing"] == ["portal: not read", "management address of 192.0.2.2: NOT covered"]
    assert after["notes"] == ["before", "a note"]


def test_alone_it_is_the_result_of_the_appliance() -> None:
    assert merged({}, ("192.0.2.1", Coverage.COVERED))["nodes"][0]["state"] == Coverage.COVERED


def test_what_is_taken_out_or_only_planned_has_no_next_action() -> None:
    found: Any = SimpleNamespace(plan=SimpleNamespace(skipped="", lines=["x"]), state=Coverage.NOT_COVERED)
    assert page.next_of(found, Wanted.ABSENT, planned=False) == ""
    assert page.next_of(found, Wanted.PRESENT, planned=True) == ""
