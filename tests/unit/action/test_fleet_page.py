# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page of a fleet: one action for all verbs, each with its own options and files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.tourniquet.netscaler.plugins.action.fleet_page import ActionModule
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding_json import (
    examination_or_gap,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs import pages
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.fleet_page import (
    FleetRun,
    fleet_report,
    page_of_readable,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import all_verbs

from tests.ansible_plays import linear_play
from tests.played_together import played_together

OF_A_FLEET = [verb.name for verb in all_verbs() if verb.reports_on_fleet]
VERBS = Path(pages.__file__).parents[1]


def play(args: dict[str, Any], results: dict[str, Any], *, check_mode: bool = False) -> dict[str, Any]:
    """Return the result of a task, of hosts that have registered these results."""
    task = SimpleNamespace(
        args=args,
        check_mode=check_mode,
        async_val=0,
        action="tourniquet.netscaler.fleet_page",
        get_play=linear_play,
    )
    made = ActionModule(task, SimpleNamespace(_shell=SimpleNamespace(tmpdir=None)), None, None, None, None)
    made._display = SimpleNamespace(warning=pytest.fail)
    made._load_name = "fleet_page"
    hostvars = {name: {fleet_report(str(args.get("verb", "hunt"))).registered: one} for name, one in results.items()}
    variables = {"inventory_hostname": "gw-a", "ansible_play_hosts_all": list(results), "hostvars": hostvars}
    found: dict[str, Any] = made.run(None, variables)
    return found


def test_the_verbs_that_report_on_a_fleet_have_a_report_and_no_others() -> None:
    having = [path.parent.name for path in VERBS.glob("*/page.py") if "\nREPORT = " in path.read_text(encoding="utf-8")]
    assert sorted(having) == sorted(OF_A_FLEET)


@played_together("verb", OF_A_FLEET)
def test_the_options_of_a_page_are_among_those_of_the_module(verb: str) -> None:
    for name, option in fleet_report(verb).options.items():
        declared = ActionModule.OPTIONS[name]
        assert option["type"] == declared["type"], name
        assert set(option.get("choices", ())) <= set(declared.get("choices", ())), name


@pytest.mark.parametrize("given", [{}, {"verb": "lockdown"}])
def test_a_verb_without_such_a_page_is_refused_with_those_that_have_one(given: dict[str, str]) -> None:
    with pytest.raises(
        AnsibleActionFail, match=rf"^gw-a: verb is '.*': write one of {', '.join(OF_A_FLEET)}$"
    ) as error:
        ActionModule.run(_bare(given), None, {"inventory_hostname": "gw-a"})
    assert error.value.result["refused"] is True


def _bare(args: dict[str, str]) -> ActionModule:
    task = SimpleNamespace(args=args, check_mode=False, async_val=0, action="x", get_play=linear_play)
    return ActionModule(task, SimpleNamespace(_shell=SimpleNamespace(tmpdir=None)), None, None, None, None)


def test_an_option_of_another_verb_is_refused() -> None:
    with pytest.raises(AnsibleActionFail, match=r"Unsupported parameters.*ledgers"):
        play({"verb": "hunt", "ledgers": "x"}, {"gw-a": {}})


@played_together("verb", [verb for verb in OF_A_FLEET if verb != "catalogue"])
def test_an_appliance_without_a_result_is_never_well(verb: str, tmp_path: Path) -> None:
    files = {"records": str(tmp_path), "allowed_signers": str(tmp_path / "none")} if verb == "doctor" else {}
    found = play({"verb": verb, **files}, {"gw-a": {}, "gw-b": "no mapping"})
    assert (found["verb"], found["changed"], found.get("failed", False)) == (verb, False, False)
    assert found["exit_code"] >= 2
    assert found["must_fail"]
    assert {"gw-a", "gw-b"} <= found["appliances"].keys()
    assert found["msg"] == found["lines"][-1]


CLEAN: dict[str, Any] = {"findings": [], "not_seen": [], "reach": [], "looked_at": {"files": 3}}
FINDING = {"level": "no level"}
FORGED = [
    *(
        {"findings": 5},
        {"findings": [FINDING], **{name: [] for name in CLEAN if name != "findings"}},
        {**CLEAN, "reach": [{"node": 1}]},
    ),
    *(
        {**CLEAN, "looked_at": {"files": "many"}},
        {**CLEAN, "looked_at": []},
        {**CLEAN, "secrets": "many", "rotation": "/tmp/x"},
    ),
    *({**CLEAN, "armed": 5}, {**CLEAN, "rotations": [1]}, {**CLEAN, "quiet_since": "soon", "exit_code": 0}),
    *(
        {**CLEAN, "bytes": {}},
        {"gaps": 3},
        {"gaps": ["x"], "not_reached": False},
        {"answers": [3]},
        {"answers": {"answer": "open"}},
    ),
    *({"findings": [], "addresses": [1]}, {"problem": "", "effect": "better"}, {"problem": ""}),
]


@pytest.mark.parametrize("forged", FORGED, ids=str)
@pytest.mark.parametrize("verb", OF_A_FLEET)
def test_a_result_of_another_form_keeps_those_of_no_others_away(
    verb: str, forged: dict[str, Any], tmp_path: Path
) -> None:
    """It may come from what calls the module, or from an inventory that an attacker has written to."""
    files = {"records": str(tmp_path), "allowed_signers": str(tmp_path / "none")} if verb == "doctor" else {}
    page = fleet_report(verb)
    facts = ["bundle 1"] if verb == "catalogue" else []
    run = FleetRun({"gw-a": forged, "gw-b": {"msg": "gw-b: it broke"}}, {"fail_at": 1, **files}, facts)
    if "alerts" in page.options:
        run = replace(run, examined=[examination_or_gap(name, one) for name, one in run.results.items()])
    found = page_of_readable(page, run).values()
    assert {"gw-a", "gw-b"} <= found["appliances"].keys()
    assert "it broke" in str(found["lines"]) or verb == "catalogue"
    assert found["must_fail"]


def test_a_result_of_another_form_is_named_as_a_gap() -> None:
    found = play({"verb": "read_logs"}, {"gw-a": {**CLEAN, "armed": 5}, "gw-b": CLEAN, "gw-c": {"findings": 5}})
    assert found["lines"][:-1] == [
        "gw-a, gw-c: INCOMPLETE: the appliance: it has a result that is none of this task, and nothing of it counts"
    ]
    assert (found["exit_code"], found["must_fail"]) == (2, True)
    assert found["msg"].startswith(
        "3 appliances: 2 incomplete, 1 with nothing found in what was looked at; exit code 2"
    )


def test_times_with_and_without_a_zone_are_compared() -> None:
    quiet = {
        name: {**CLEAN, "exit_code": 0, "quiet_since": time}
        for name, time in (("gw-a", "2026-12-01T10:00:00+00:00"), ("gw-b", "2026-12-01"))
    }
    assert "no attempts seen since 2026-12-01 10:00 UTC (gw-a began last)" in play({"verb": "alarm"}, quiet)["lines"][0]


def test_an_appliance_without_a_result_was_not_compared_with_a_bundle() -> None:
    found = fleet_report("catalogue").make(FleetRun({"gw-a": {}}, {"fail_at": 4}, ["bundle 1"])).values()
    assert (found["exit_code"], found["must_fail"], found["lines"][0]) == (3, True, "bundle 1")
    problem = "failed: it has no result; its own message says why"
    assert found["appliances"] == {"gw-a": {"problem": problem, "next_commands": []}}


def test_files_are_written_where_they_are_asked_for_and_not_in_check_mode(tmp_path: Path) -> None:
    args = {"verb": "ledger", "ledgers": str(tmp_path / "ledger")}
    assert play(dict(args), {"gw-a": {}}, check_mode=True)["files"] == []
    assert not (tmp_path / "ledger").exists()
    found = play(dict(args), {"gw-a": {}})
    assert [Path(file).name for file in found["files"]] == ["ledger.json", "ledger.csv", "course.txt"]
    assert found["schema"] == "tourniquet-exposure-ledger/1"
    assert play({"verb": "ledger"}, {"gw-a": {}})["files"] == []
