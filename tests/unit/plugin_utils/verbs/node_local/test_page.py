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
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.node_local.page import evidence_notes
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


def planned(*lines: str, **more: Any) -> Any:
    return SimpleNamespace(**{"lines": [*lines], "conflicts": (), "remarks": (), "skipped": "", "seal": "s", **more})


@pytest.mark.parametrize(
    ("plan", "is_plan", "changed", "lines"),
    [
        (None, False, False, []),
        (planned("one", "two"), True, True, ["one", "two"]),
        (planned("one", "two"), False, True, ["done, and read back: 2 steps"]),
        (planned("one"), False, True, ["done, and read back: 1 step"]),
        (planned("one"), False, False, []),
        (planned(), True, False, []),
        (planned("one", conflicts=("no", "nor")), True, False, ["one", "CONFLICT: no", "CONFLICT: nor"]),
        (planned(remarks=("a remark",), skipped="why"), True, False, ["a remark", "nothing to do: why"]),
    ],
)
def test_a_plan_tells_its_steps_and_a_run_how_many_were_done(
    monkeypatch: pytest.MonkeyPatch, plan: Any, is_plan: bool, changed: bool, lines: list[str]
) -> None:
    monkeypatch.setattr(page, "headline", lambda _connection: "box")
    result = NodeLocalResult(plan=plan, told=["theirs"], changed=changed and not is_plan, record="r")
    found = page.node_local_result(result, SimpleNamespace(), planned=is_plan)  # type: ignore[arg-type]
    told = [f"node-local: {line}" for line in (*lines, "in front of ours: theirs")]
    assert (found.changed, found.own["lines"], found.record) == (changed, told, "r")
    assert found.own["seal"] == ("" if plan is None else "s")
    assert found.preview == ["box", *(f"  {line}" for line in told)]


STANDS = f"management addresses: unknown. Next action: {page._NEXT[Coverage.UNKNOWN]}"


@pytest.mark.parametrize(
    ("plan", "wanted", "is_plan", "message", "fails"),
    [
        (None, Wanted.STATUS, False, STANDS, STANDS),
        (None, Wanted.STATUS, True, STANDS, ""),
        (planned("one"), Wanted.PRESENT, True, "node-local half: 1 step would be done", ""),
        (planned("one", "two"), Wanted.ABSENT, False, "node-local half: 2 steps done, and read back", ""),
        (planned(), Wanted.ABSENT, False, "node-local half: nothing to do", ""),
        (planned("one"), Wanted.PRESENT, False, STANDS, STANDS),
        (planned("one", skipped="why"), Wanted.PRESENT, False, "node-local half: nothing to do: why", ""),
        (
            planned("one", conflicts=("no", "nor")),
            Wanted.PRESENT,
            True,
            "node-local half: 1 step would be done",
            "the node-local half is not possible: no; nor. Nothing was changed",
        ),
    ],
)
def test_a_state_is_told_where_the_half_is_to_be_there(
    plan: Any, wanted: Wanted, is_plan: bool, message: str, fails: str
) -> None:
    result = NodeLocalResult(plan=plan)
    assert page.message_of(result, wanted, planned=is_plan) == message
    assert page.failure_of(result, wanted, 3, planned=is_plan) == fails
    is_told = plan is None or message == STANDS
    assert page.next_of(result, wanted, planned=is_plan) == (page._NEXT[Coverage.UNKNOWN] if is_told else "")


def test_what_was_found_of_evidence_is_told_with_its_first_gap() -> None:
    def held(*gaps: str, words: str = "bundle b of today") -> Any:
        return SimpleNamespace(words=words, gaps=gaps)

    first = "node-local: evidence before the reboot: bundle b of today"
    assert page.evidence_notes(held(words="")) == page.evidence_notes(held("no log", words="")) == []
    assert page.evidence_notes(held()) == [first]
    assert page.evidence_notes(held("no log")) == [first, "node-local: the evidence lacks: no log"]
    assert page.evidence_notes(held("no log", "b", "c")) == [first, "node-local: the evidence lacks: no log and 2 more"]


@pytest.mark.parametrize(
    ("gaps", "lacks"),
    [([], []), (["a"], ["a"]), (["a", "b"], ["a and 1 more"]), (["a", "b", "c"], ["a and 2 more"])],
)
def test_the_first_gap_is_told_and_the_others_counted(gaps: list[str], lacks: list[str]) -> None:
    held: Any = SimpleNamespace(words="of 10:00", gaps=gaps)
    first, *rest = evidence_notes(held)
    assert first.endswith("evidence before the reboot: of 10:00")
    assert [line.partition("the evidence lacks: ")[2] for line in rest] == lacks


def test_where_it_was_not_looked_for_nothing_is_said() -> None:
    held: Any = SimpleNamespace(words="", gaps=["a"])
    assert evidence_notes(held) == []
