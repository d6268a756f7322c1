# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an error advises reaches the page as commands, out of a worker process and through Ansible, and its text stays what it was."""

from __future__ import annotations

import pickle

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.failures import action_failure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent import without_agreement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import (
    Command,
    advice,
    joined,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.failed_result import whole_result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.result import Result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.run_results import RunResults, TaskResult

PLAN = advice("gw: the plan was edited: make a new one with plan.yml", Command("plan", is_of_measure=True))


def test_the_commands_of_an_error_are_in_its_result() -> None:
    error = pickle.loads(pickle.dumps(InvalidInput(PLAN)))
    assert str(error) == str(PLAN)
    (command,) = whole_result(action_failure(error).result)["next_commands"]
    assert command["playbook"] == "plan.yml"
    assert "diff" not in action_failure(InvalidInput("no advice")).result
    assert InvalidInput().commands == []


def test_those_of_a_problem_are_too() -> None:
    problem = joined(" ", without_agreement(["Brouwer has not agreed"]), "gw: STAYS OPEN")
    values = whole_result(Result(changed=False, problem=problem, refused=True).values())
    assert values["msg"] == str(problem)
    assert [one["playbook"] for one in values["next_commands"]] == ["consent.yml", ""]


def test_the_page_has_those_of_a_task_that_shows_no_verdict() -> None:
    run = RunResults()
    values = action_failure(Refused(PLAN)).result | {"msg": str(PLAN)}
    run.take(TaskResult("gw", "tourniquet.netscaler.hunt", values, "refused"))
    assert run.results["gw"]["next_commands"][0]["playbook"] == "plan.yml"
    assert run.problems == {"gw": f"refused: {PLAN}"}
