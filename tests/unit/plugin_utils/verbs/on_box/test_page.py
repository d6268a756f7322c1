# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people and programs see of a run on the script that watches the files of the nodes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import Wanted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.node_state import (
    EXIT_CODES,
    OnBoxState,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.on_box import page

CONNECTION: Any = object()
STEPS = SimpleNamespace(lines=["one", "two"], conflicts=(), remarks=("a remark",))
NONE = SimpleNamespace(lines=[], conflicts=(), remarks=())
REFUSED = SimpleNamespace(lines=["one"], conflicts=("it is of others", "no room"), remarks=())


def result(plan: Any = None, state: OnBoxState = OnBoxState.REPORTING, *, changed: bool = False) -> Any:
    nodes = [SimpleNamespace(address="192.0.2.1", state=lambda: state, text=lambda: f"192.0.2.1: {state}")]
    return SimpleNamespace(plan=plan, nodes=nodes, missing=("192.0.2.2",), changed=changed, record="r", state=state)


@pytest.fixture(autouse=True)
def _no_headline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "headline", lambda _connection: "box")


@pytest.mark.parametrize(
    ("plan", "planned", "changed", "lines"),
    [
        (None, False, False, ["192.0.2.1: reports"]),
        (STEPS, True, True, ["one", "two", "192.0.2.1: reports", "a remark"]),
        (STEPS, False, True, ["192.0.2.1: reports", "a remark"]),
        (NONE, True, False, ["192.0.2.1: reports"]),
        (
            REFUSED,
            True,
            False,
            ["one", "192.0.2.1: reports", "CONFLICT: it is of others", "CONFLICT: no room"],
        ),
    ],
)
def test_the_steps_are_told_where_they_would_be_done(plan: Any, planned: bool, changed: bool, lines: list[str]) -> None:
    told = [f"on-box: {line}" for line in (*lines, "not covered: 192.0.2.2")]
    found = page.on_box_result(result(plan, changed=changed and not planned), CONNECTION, planned=planned)
    assert found.changed is changed
    assert found.own["lines"] == told
    assert found.own["nodes"] == [{"node": "192.0.2.1", "state": OnBoxState.REPORTING, "text": "192.0.2.1: reports"}]
    assert (found.preview, found.record) == (["box", *(f"  {line}" for line in told)], "r")


@pytest.mark.parametrize("state", OnBoxState)
def test_a_state_is_a_failure_from_its_exit_code_on(state: OnBoxState) -> None:
    one, code = result(state=state), EXIT_CODES[state]
    message = page.message_of(one, Wanted.STATUS, planned=False)
    assert message == f"on-box script: {state}. Next action: {page._NEXT[state]}"
    assert page.failure_of(one, Wanted.STATUS, code, planned=False) == message
    assert page.failure_of(one, Wanted.STATUS, code, planned=True) == message, "a status plans nothing"
    assert page.failure_of(one, Wanted.STATUS, code + 1, planned=False) == ""
    assert page.failure_of(one, Wanted.PRESENT, code, planned=True) == ""
    assert page.failure_of(one, Wanted.PRESENT, code, planned=False) == message


def test_conflicts_are_a_failure_also_of_a_plan() -> None:
    refused = "the script is not possible: it is of others; no room. Nothing was changed"
    assert page.failure_of(result(REFUSED), Wanted.PRESENT, 9, planned=True) == refused
    assert page.failure_of(result(REFUSED), Wanted.PRESENT, 9, planned=False) == refused


@pytest.mark.parametrize(
    ("plan", "wanted", "planned", "message"),
    [
        (STEPS, Wanted.PRESENT, True, "2 steps would be done"),
        (REFUSED, Wanted.ABSENT, True, "1 step would be done"),
        (NONE, Wanted.PRESENT, True, "0 steps would be done"),
        (STEPS, Wanted.PRESENT, False, "reports. Next action: none"),
        (STEPS, Wanted.STATUS, True, "reports. Next action: none"),
        (None, Wanted.PRESENT, True, "reports. Next action: none"),
    ],
)
def test_a_plan_says_how_many_steps_and_a_run_how_it_stands(
    plan: Any, wanted: Wanted, planned: bool, message: str
) -> None:
    assert page.message_of(result(plan), wanted, planned=planned) == f"on-box script: {message}"
    is_to_come = "would be done" in message
    assert page.next_of(result(plan), wanted, planned=planned) == ("" if is_to_come else "none")
