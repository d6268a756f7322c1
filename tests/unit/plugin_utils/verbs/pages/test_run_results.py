# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known of a run: each verb says itself how its results become part of it, and the callbacks name none."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.collection_version import PROJECT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.run_results import (
    RunResults,
    TaskResult,
    take,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import (
    COLLECTION,
    NAMES,
    all_verbs,
    page_of,
)

CALLBACKS = PROJECT / "plugins" / "callback"


def result(name: str, values: dict[str, Any], problem: str = "", host: str = "gw-a") -> TaskResult:
    return TaskResult(host, f"{COLLECTION}{name}", values, problem)


@pytest.mark.parametrize("callback", ["summary.py", "progress.py"])
def test_a_callback_names_no_verb_and_no_module_of_one(callback: str) -> None:
    tree = ast.parse((CALLBACKS / callback).read_text(encoding="utf-8"))
    texts = {str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    modules = {name for verb in all_verbs() for name in verb.tasks}
    assert not {text.removeprefix(COLLECTION) for text in texts} & (modules | {*NAMES})
    imported = [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in imported for verb in NAMES if f".verbs.{verb}." in f"{name}."]


def test_the_verbs_whose_results_are_not_simply_the_newest_say_so() -> None:
    pages = {path.parent.name for path in (PROJECT / "plugins" / "plugin_utils" / "verbs").glob("*/page.py")}
    having = {name for name in pages & {*NAMES} if hasattr(page_of(name), "take")}
    assert having == {verb.name for verb in all_verbs() if verb.takes_results}


def test_what_is_refused_behind_a_change_is_a_failure() -> None:
    """A refusal says that nothing was begun, and nothing was sent."""
    run = RunResults()
    for host, changed in (("gw-a", True), ("gw-b", False)):
        take(run, result("apply", {"changed": changed}, host=host))
        take(
            run,
            result("node_local", {"msg": f"{host}: node_local_user is missing. Nothing was sent."}, "refused", host),
        )
    assert run.problems == {
        "gw-a": "failed: what is above was carried out, and behind it was refused: node_local_user is missing. Nothing was sent.",
        "gw-b": "refused: gw-b: node_local_user is missing. Nothing was sent.",
    }
    take(run, TaskResult("gw-c", f"{COLLECTION}apply", {"changed": True}, is_check=True))
    take(run, TaskResult("gw-c", f"{COLLECTION}node_local", {"msg": "no"}, "refused", is_check=True))
    assert run.problems["gw-c"] == "refused: no", "in check mode nothing was changed"


def test_the_node_local_half_is_a_part_of_the_result_of_its_appliance() -> None:
    run = RunResults()
    missing = ["management address of gw-a: no line", "management address of gw-c: no line", "the secondary"]
    verdict = {"word": "mitigated", "missing": missing}
    take(run, result("apply", {"changed": False, "verdict": verdict, "notes": ["a"]}))
    nodes = [
        {"asked": True, "state": "covered", "text": "management address gw-a: covered (33 of 33 attacks stopped)"},
        {
            "asked": True,
            "state": "NOT covered",
            "text": "management address gw-b: NOT covered (0 of 33 attacks stopped)",
        },
        {"asked": False, "state": "unknown", "text": "management address gw-c: unknown (not probed)"},
        {"asked": False, "state": "unknown", "text": "management address gw-d: unknown (not probed)"},
    ]
    take(run, result("node_local", {"changed": True, "nodes": nodes, "notes": ["b"]}))
    found = run.results["gw-a"]
    assert (found["action"], found["changed"], found["notes"]) == ("apply", True, ["a", "b"])
    said = "management address of gw-b: NOT covered (0 of 33 attacks stopped)"
    kept = "management address of gw-c: no line"
    assert found["verdict"]["missing"] == [kept, "the secondary", said], (
        "an address that was not asked is as the records say"
    )
    assert found["node_local"]["changed"]
    take(run, result("node_local", {"changed": False}, host="gw-b"))
    assert run.results["gw-b"] == {"changed": False, "action": "node_local"}


def test_each_exported_file_is_an_appliance_of_its_own() -> None:
    run = RunResults()
    files = {"adc01": {"verdict": {}, "report": ["+ add"]}, "adc02": {"problem": "failed: garbage"}}
    take(run, result("exported_status", {"files": files}, host="localhost"))
    assert {host: one["action"] for host, one in run.results.items()} == {"adc01": "status", "adc02": "status"}
    assert (run.problems, run.plans, run.only_checked) == ({"adc02": "failed: garbage"}, ["+ add"], False)
    take(run, result("exported_status", {"msg": "no such folder"}, "failed", "localhost"))
    assert run.problems["localhost"] == "failed: no such folder"


def test_the_results_of_slices_are_those_of_one_control_node(tmp_path: Path) -> None:
    run = RunResults()
    whole = {"results": {"gw-a": {"changed": False}}, "problems": {}, "planned": ["gw-a"], "notes": ["n"]}
    whole |= {"next_action": "x", "verb": "plan", "directory": str(tmp_path), "summary": ["s"], "page": ["p"]}
    assert take(run, result("sliced", whole)) == ()
    assert (run.next_action, run.planned, run.only_checked) == ("n\nx", {"gw-a"}, True)
    assert (run.fleet, run.page, run.has_begun) == (["s"], ["p"], False)
    take(run, result("sliced", {**whole, "verb": "apply"}))
    assert not run.only_checked


def test_a_refusal_of_slices_is_that_of_the_control_node() -> None:
    """The task runs once, for the first appliance of the fleet: the page named that one, and counted one appliance."""
    run = RunResults()
    take(run, result("sliced", {"msg": "name your execution nodes"}, "refused"))
    assert run.problems == {"localhost": "refused: name your execution nodes"}
    assert list(run.results) == ["localhost"]


def test_a_refused_decision_holds_those_that_were_to_go() -> None:
    run = RunResults()
    take(run, result("apply", {"changed": True}))
    take(run, result("rollout", {"msg": "approvals are missing"}, "refused"))
    assert run.problems == {"gw-a": "held: the rollout could not be decided, so nothing was begun"}
    assert (run.results["gw-a"]["changed"], run.next_action) == (False, "approvals are missing")


def test_a_wait_that_fails_is_a_problem_of_its_host_and_decides_nothing() -> None:
    run = RunResults()
    take(run, result("bake", {"msg": "interrupted"}, "failed"))
    assert (run.problems, run.rollout) == ({"gw-a": "failed: interrupted"}, None)


def test_a_task_of_others_of_the_same_name_is_not_ours() -> None:
    run = RunResults()
    take(run, TaskResult("gw-a", "other.collection.apply", {"changed": True}))
    take(run, TaskResult("gw-a", "status", {"verdict": {}}))
    assert run.results == {}
