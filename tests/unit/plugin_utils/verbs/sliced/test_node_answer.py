# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The door for results and plans of execution nodes: only their own appliances, each value of its type, customers as the controller has them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.job import RESULTS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.content import Run, report_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.sliced import node_answer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.sliced.node_answer import read_answer

from tests.unit.plugin_utils.fleet.slices.pretended_node import files, plan_values, result

COMMAND = {
    "playbook": "apply.yml",
    "options": {"mitigation": "cve_2019_19781"},
    "checks": False,
    "whole_catalogue": False,
    "asks": [],
}


def test_its_own_appliances_count_and_no_others() -> None:
    sent = files({"gw-a": result(), "gw-z": result()}, {"gw-a": plan_values("gw-a"), "gw-z": plan_values("gw-z")})
    answer = read_answer(sent, ["gw-a", "gw-b"], {}, {})
    assert sorted(answer.results) == ["gw-a"]
    assert sorted(answer.plans) == ["gw-a"]
    assert dict(answer.missing) == {"gw-b": "it sent no result of this appliance that can be read"}


def test_the_customer_is_that_of_the_inventory_of_the_controller() -> None:
    sent = files({"gw-a": result()}, {"gw-a": plan_values("gw-a", customer="Brouwer", site="x")})
    answer = read_answer(sent, ["gw-a"], {"gw-a": {"customer": "De Wit", "site": "ams"}}, {})
    assert (answer.results["gw-a"]["appliance"]["customer"], answer.plans["gw-a"].values["customer"]) == ("De Wit",) * 2
    assert answer.plans["gw-a"].values["site"] == "ams"
    assert read_answer(sent, ["gw-a"], {}, {}).results["gw-a"]["appliance"]["customer"] == ""


def test_the_customers_of_a_shared_appliance_are_those_of_the_inventory_of_the_controller() -> None:
    """A node that named others would have the report of this appliance written into their files."""
    named = [{"customer": "De Wit", "vservers": []}]
    sent = files({"gw-a": result(customers=named), "gw-b": result(customers=named)})
    own = [{"customer": "Brouwer", "vservers": []}, {"customer": "Jansen", "vservers": ["shop"]}]
    places = {host: {"customer": "Brouwer"} for host in ("gw-a", "gw-b")}
    answer = read_answer(sent, ["gw-a", "gw-b"], places, {"gw-b": own})
    now = datetime.now(UTC)
    report = report_values(Run("status", now, now, answer.results, {}))
    customers = {one["host"]: [each["customer"] for each in one["customers"]] for one in report["appliances"]}
    assert customers == {"gw-a": ["Brouwer"], "gw-b": ["Brouwer", "Jansen"]}


def test_what_is_closed_is_of_the_customers_of_its_appliance() -> None:
    """A node that named others would have the fleet say of them that they are closed."""
    named = ("De Wit", "Jansen", "Brouwer", "", ["Jansen"], None)
    sent = files({"gw-b": result(closures=[{**ROW, "customer": name} for name in named])})
    own = [{"customer": "Brouwer", "vservers": []}, {"customer": "Jansen", "vservers": ["shop"]}]
    answer = read_answer(sent, ["gw-b"], {"gw-b": {"customer": "Brouwer"}}, {"gw-b": own})
    found = [one["customer"] for one in answer.results["gw-b"]["closures"]]
    assert found == ["Brouwer", "Jansen", "Brouwer", "Brouwer", "Brouwer", "Brouwer"]
    alone = read_answer(sent, ["gw-b"], {}, {}).results["gw-b"]["closures"]
    assert {one["customer"] for one in alone} == {""}


def test_whom_a_closing_hits_is_of_the_customers_of_its_appliance() -> None:
    row = {"host": "gw-b", "other_access": "", "vservers": [], "sessions": None, "reach": ""}
    impact = [{**row, "customer": name} for name in ("De Wit", "Jansen")]
    sent = files({"gw-b": result()}, {"gw-b": plan_values("gw-b", impact=impact)})
    plan = read_answer(sent, ["gw-b"], {"gw-b": {"customer": "Brouwer"}}, {"gw-b": [{"customer": "Jansen"}]}).plans[
        "gw-b"
    ]
    assert [one["customer"] for one in plan.impact] == ["Brouwer", "Jansen"]


ROW = {
    "vserver": "gw", "type": "vpnvserver", "partition": "default", "step": "off", "since": "2020-01-17T08:00:00+00:00", "until": "",
    "minutes": 5, "expires": "2020-01-18T00:00:00+00:00", "overdue": True, "decision": "gw closed",
}  # fmt: skip
DEBT = {
    **dict.fromkeys(("who", "ticket", "reason"), ""),
    "measure": "cve_x", "what": "v1", "why": "the fix is not there", "text": "cve_x", "since": "2020-01-01T00:00:00+00:00",
    "planned_fix": "2026-12-01", "overdue_days": 0, "needed": True,
}  # fmt: skip
COST = {"vservers": 1, "users": 1, "connections": 2, "sessions": None}
OPTED_OUT = {"until": "2026-12-31", "who": "J. Jansen", "why": "no Gateway"}
ENTRY = {
    "id": "cve_x",
    "word": "not affected",
    "reason": "",
    "exit_code": 0,
    "exploited": False,
    "opted_out": OPTED_OUT,
}
LATE = {"late": True, "at": "2026-11-28T00:00:00+00:00", "text": "late"}
STATUS = {"action": "status", "closures": [ROW], "debt": [DEBT], "heartbeat": LATE}
CATALOGUE = {"action": "status", "entries": [ENTRY], "catalogue": {"newest_fact": "2026-10-08"}}
LOCKDOWN = {"action": "lockdown", "cost": COST, "costs": [{"customer": "", **COST}]}


@pytest.mark.parametrize("ours", [STATUS, CATALOGUE, LOCKDOWN], ids=["status", "catalogue", "lockdown"])
def test_a_result_of_ours_is_taken(ours: dict[str, Any]) -> None:
    assert sorted(read_answer(files({"gw-a": result(**ours)}), ["gw-a"], {}, {}).results) == ["gw-a"]


@pytest.mark.parametrize(
    "more",
    [
        {**STATUS, "closures": [{**ROW, "since": "2020-01-17T08:00:00"}]},
        {**STATUS, "closures": [{**ROW, "step": 1}]},
        {**STATUS, "closures": [{**ROW, "expires": "2020-01-18"}]},
        {**STATUS, "debt": [{**DEBT, "measure": 1}]},
        {**STATUS, "debt": [{**DEBT, "since": ["2020"]}]},
        {**STATUS, "debt": [{**DEBT, "planned_fix": 2026}]},
        {**STATUS, "debt": [{name: value for name, value in DEBT.items() if name != "ticket"}]},
        {**STATUS, "heartbeat": {**LATE, "at": 0}},
        {**CATALOGUE, "entries": [{**ENTRY, "id": 1}]},
        {**CATALOGUE, "entries": [{**ENTRY, "opted_out": {**OPTED_OUT, "until": None}}]},
        {**LOCKDOWN, "cost": {}},
    ],
    ids=range(11),
)
def test_what_would_keep_the_results_of_others_away_is_no_result(more: dict[str, Any]) -> None:
    """The page and the report compare these values of all appliances: each of these results could be shown alone."""
    answer = read_answer(files({"gw-a": result(**more), "gw-b": result(**STATUS)}), ["gw-a", "gw-b"], {}, {})
    assert (sorted(answer.results), sorted(answer.missing)) == (["gw-b"], ["gw-a"])


def test_a_plan_that_would_keep_the_page_of_the_fleet_away_is_none() -> None:
    """The page compares how far the logs of all appliances reach: no closing of the fleet could begin."""
    row = {"host": "gw-b", "other_access": "", "vservers": [], "sessions": None}
    sent = files(
        {host: result() for host in ("gw-a", "gw-b")},
        {
            "gw-a": plan_values("gw-a", impact=[{**row, "reach": 1}]),
            "gw-b": plan_values("gw-b", impact=[{**row, "reach": "2020-01-01 00:00 UTC"}]),
        },
    )
    assert sorted(read_answer(sent, ["gw-a", "gw-b"], {}, {}).plans) == ["gw-b"]


def test_whom_a_lockdown_ends_is_of_the_customers_of_its_appliance() -> None:
    sent = files({"gw-a": result(**LOCKDOWN | {"costs": [{"customer": "De Wit", **COST}]})})
    (row,) = read_answer(sent, ["gw-a"], {"gw-a": {"customer": "Brouwer"}}, {}).results["gw-a"]["costs"]
    assert row["customer"] == "Brouwer"


def test_text_cannot_steer_a_terminal() -> None:
    answer = read_answer(files({"gw-a": result(msg="a\x1b[2Jb", problem="failed: \x07")}), ["gw-a"], {}, {})
    assert answer.results["gw-a"]["msg"] == "a\\x1b[2Jb"
    assert answer.problems["gw-a"] == "failed: \\x07"


def test_each_loud_line_of_a_preview_is_on_the_page() -> None:
    """Seen: a reopening by slices said nothing of EXPOSED ONCE IT IS OPEN, and left each note of its plan out."""
    preview = (
        "gw-a   NS13.0 47.22\n  EXPOSED ONCE IT IS OPEN: the feature is off\n  note: \x1b[2JNOT CLOSED by any step\n"
    )
    sent = files({"gw-a": result(steps=[{"lines": ["enable vpn vserver gw"]}], diff={"prepared": preview})})
    answer = read_answer(sent, ["gw-a"], {}, {})
    page = [line.text for line in end_page(PageRun(answer.results, {}))]
    assert "    EXPOSED ONCE IT IS OPEN: the feature is off" in page
    assert "    note: \\x1b[2JNOT CLOSED by any step" in page


def nested(depth: int) -> Any:
    value: Any = 1
    for _level in range(depth):
        value = [value]
    return value


LISTS = ("conflicts", "neighbours", "corrected", "runs", "unproven", "exposure")


@pytest.mark.parametrize("name", ["next_commands", "closing_commands"])
def test_what_a_node_adds_to_the_lines_to_paste_is_left_out(name: str) -> None:
    """Seen: rollback.yml with options of the node's choice, as a line of the page of the control node."""
    hostile = {**COMMAND, "playbook": "rollback.yml", "options": {"accept_exposure": "true", "why": "after_fix"}}
    for given, kept in (([COMMAND, hostile], [COMMAND]), ({"a": 1}, []), ("apply.yml", [])):
        sent = files({"gw": result(**{name: given, "node_local": {"next_commands": given}})})
        answer = read_answer(sent, ["gw"], {}, {})
        assert (answer.results["gw"][name], answer.results["gw"]["node_local"]["next_commands"]) == (kept, kept)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"msg": "all is well"},
        "mitigated",
        result(problem="fine: really"),
        result(problem=1),
        result(msg=["m"]),
        result(changed="yes"),
        result(verdict="mitigated"),
        result(verdict={"word": "all is well", "exit_code": 0, "reason": "", "next_action": ""}),
        result(verdict={"word": "mitigated", "exit_code": True, "reason": "", "next_action": ""}),
        result(verdict={"word": "mitigated", "exit_code": 9, "reason": "", "next_action": ""}),
        result(verdict={"word": "mitigated", "exit_code": 0, "reason": {}, "next_action": ""}),
        result(verdict={"word": "mitigated", "exit_code": 0, "reason": "", "next_action": "", "missing": [1]}),
        *(
            result(verdict={"word": "mitigated", "exit_code": 0, "reason": "", "next_action": "", "next_commands": one})
            for one in (
                {},
                ["apply.yml"],
                [{"playbook": "apply.yml"}],
                [{**COMMAND, "options": {"who": "x"}}],
                [COMMAND] * 9,
                [{**COMMAND, "options": {"mitigation": "{{ lookup('pipe', 'id') }}"}}],
                [{**COMMAND, "playbook": "../x y"}],
                [{**COMMAND, "options": {"mitigation": 1}}],
                [{**COMMAND, "checks": "no"}],
            )
        ),
        result(appliance=[]),
        result(appliance={"build": 13}),
        result(appliance={"nodes": ["192.0.2.1"]}),
        result(steps=[{"lines": "add"}]),
        result(steps=[1]),
        result(notes="note"),
        result(notes=[{}]),
        *(result(**{name: "text"}) for name in LISTS),
        *(result(**{name: {"a": 1}}) for name in LISTS),
        result(proof=[1]),
        result(cost="free"),
        result(saved="yes"),
        result(own=nested(40)),
        result(own=1e300),
        result(own=float("nan")),
        result(own="x" * 1_000_001),
    ],
    ids=range(50),
)
def test_a_result_of_another_form_is_none_and_the_others_stay(value: Any) -> None:
    answer = read_answer(files({"gw-a": value, "gw-b": result()}), ["gw-a", "gw-b"], {}, {})
    assert sorted(answer.results) == ["gw-b"]
    assert sorted(answer.missing) == ["gw-a"]


LISTS_OF_ANY = [("conflicts", []), ("runs", []), ("exposure", ["x"]), ("neighbours", None)]


@pytest.mark.parametrize(("name", "value"), LISTS_OF_ANY)
def test_a_list_of_any_content_is_taken(name: str, value: Any) -> None:
    assert read_answer(files({"gw-a": result(**{name: value})}), ["gw-a"], {}, {}).missing == {}


def test_the_number_of_values_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_answer, "MOST_VALUES", 60)
    assert read_answer(files({"gw-a": result()}), ["gw-a"], {}, {}).missing == {}
    assert sorted(read_answer(files({"gw-a": result(own=[0] * 60)}), ["gw-a"], {}, {}).missing) == ["gw-a"]


@pytest.mark.parametrize("content", [b"", b"no json", b"[1]", b"\xff", b"[" * 100_000])
def test_a_file_of_results_that_is_none(content: bytes) -> None:
    assert sorted(read_answer({RESULTS: content}, ["gw-a"], {}, {}).missing) == ["gw-a"]


@pytest.mark.parametrize(
    "values",
    [
        [],
        plan_values("gw-b"),
        {**plan_values("gw-a"), "verdict": "edited"},
        {**plan_values("gw-a"), "format": 2},
        plan_values("gw-a", lines="add"),
        plan_values("gw-a", lines=[1]),
        plan_values("gw-a", nothing_to_do="no"),
        plan_values("gw-a", basis=[]),
        plan_values("gw-a", clock_skew="late"),
        plan_values("gw-a", clock="now"),
        plan_values("gw-a", clock=float("inf")),
        plan_values("gw-a", copies="20200115T020000.000000Z-0123456789"),
        plan_values("gw-a", copies=["../../etc/passwd"]),
        plan_values("gw-a", copies=["20200115T020000.000000Z-0123456789"] * 501),
        plan_values("gw-a", conflicts=[{"kind": "x"}]),
        plan_values("gw-a", foreseen=[1]),
        plan_values("gw-a", unmatched="x"),
        plan_values("gw-a", basis={"features": {}, "objects": 1, "steps": []}),
        {key: value for key, value in plan_values("gw-a").items() if key != "inverse"},
    ],
    ids=range(19),
)
def test_a_plan_of_another_form_is_none(values: Any) -> None:
    sent = files({"gw-a": result()})
    sent["plans/r/gw-a.json"] = json.dumps(values).encode()
    assert read_answer(sent, ["gw-a"], {}, {}).plans == {}


def test_a_plan_is_found_by_its_own_name_wherever_the_node_put_it() -> None:
    sent = {**files({"gw/a": result()}, {"gw/a": plan_values("gw/a")}), "plans/../../gw-b.json": b"{}"}
    assert sorted(read_answer(sent, ["gw/a"], {}, {}).plans) == ["gw/a"]


@pytest.mark.parametrize("verdict", [None, {}, *({"exit_code": code} for code in range(4))])
def test_a_verdict_of_ours_is_taken(verdict: dict[str, Any] | None) -> None:
    word = {"word": "mitigated", "reason": "", "next_action": ""}
    sent = files({"gw-a": result(verdict={**word, **verdict} if verdict else verdict)})
    assert read_answer(sent, ["gw-a"], {}, {}).missing == {}


@pytest.mark.parametrize(
    "more",
    [
        {**STATUS, "closures": [{**ROW, "since": "yesterday"}]},
        {"verdict": {"word": "mitigated", "exit_code": -1, "reason": "", "next_action": ""}},
        {"verdict": {"word": "mitigated", "exit_code": 4, "reason": "", "next_action": ""}},
        {"proof": {"probes": 1}},
    ],
    ids=range(4),
)
def test_what_no_task_of_ours_says_is_no_result(more: dict[str, Any]) -> None:
    assert sorted(read_answer(files({"gw-a": result(**more)}), ["gw-a"], {}, {}).missing) == ["gw-a"]


@pytest.mark.parametrize(
    "more", [{"conflicts": [{"kind": "x", "message": 1, "fix": ""}]}, {"impact": [{"reach": "", "other_access": ""}]}]
)
def test_a_plan_that_no_task_of_ours_makes_is_none(more: dict[str, Any]) -> None:
    assert read_answer(files({"gw-a": result()}, {"gw-a": plan_values("gw-a", **more)}), ["gw-a"], {}, {}).plans == {}


def in_mappings(depth: int) -> Any:
    return 1 if depth == 0 else {"a": in_mappings(depth - 1)}


@pytest.mark.parametrize(
    ("value", "is_taken"),
    [
        (nested(30), True),
        (nested(31), False),
        (in_mappings(30), True),
        (in_mappings(31), False),
        (2**64, True),
        (-(2**64), True),
        (2**64 + 1, False),
        (-(2**64) - 1, False),
        (float("inf"), False),
        ("x" * 1_000_000, True),
        ("x" * 1_000_001, False),
        ({"x" * 1_000_001: 1}, False),
        (None, True),
    ],
    ids=range(13),
)
def test_each_bound_is_at_its_number(value: Any, *, is_taken: bool) -> None:
    assert node_answer.is_bounded(value) is is_taken


def test_each_value_and_each_name_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_answer, "MOST_VALUES", 7)
    assert node_answer.is_bounded([{"a": 1}, {"b": 2}]), "a list, two mappings, two names, two numbers"
    assert not node_answer.is_bounded([{"a": 1}, {"b": [2]}])
