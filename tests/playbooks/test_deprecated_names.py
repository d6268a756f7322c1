# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An inventory and a playbook with the old role and variable names work unchanged, and each name is reported once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.playbooks.laboratory import MITIGATION, NAME, Laboratory, Run, box

OLD_PLAYBOOK = """
- name: A playbook with the old name of the role
  hosts: netscalers
  connection: local
  gather_facts: false
  tasks:
    - name: Apply
      ansible.builtin.import_role:
        name: tourniquet.netscaler.responder_policy
    - name: Show what it registers
      ansible.builtin.debug:
        var: responder_policy_result.verdict.word
"""
ROLE = "The role responder_policy is now called measure: write tourniquet.netscaler.measure."
PRIORITY = "The variable responder_policy_priority is now called measure_priority: write measure_priority."
PROBES = "The variable responder_policy_probes is now called measure_probes: write measure_probes."


@dataclass(frozen=True)
class Story:
    """Two appliances with an old inventory, and two with one mistake each."""

    laboratory: Laboratory
    applied: Run
    own: Run


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory], tmp_path_factory: pytest.TempPathFactory) -> Story:
    laboratory = open_laboratory({"one": box(), "two": box(), "both": box(), "wrong": box(), "mine": box()})
    for host in ("one", "two", "mine"):
        laboratory.hosts[host] |= {"responder_policy_priority": 23, "responder_policy_probes": "all"}
    laboratory.hosts["both"] |= {"responder_policy_save": "never", "measure_save": "always"}
    laboratory.hosts["wrong"] |= {"responder_policy_save": "maybe"}
    playbook = tmp_path_factory.mktemp("old") / "old.yml"
    playbook.write_text(OLD_PLAYBOOK, encoding="utf-8")
    applied = laboratory.play("apply", limit=("one", "two", "both", "wrong"))
    return Story(laboratory, applied, laboratory.play(playbook, limit="mine"))


def flat(run: Run) -> str:
    """The output without the line breaks of Ansible's messages."""
    return " ".join(run.output.split())


@pytest.mark.parametrize("host", ["one", "two"])
def test_old_variables_count(story: Story, host: str) -> None:
    assert story.applied.problem(host) == ""
    assert story.applied.verdict(host) == "mitigated"
    bound = story.laboratory.rows(host, "responderglobal_responderpolicy_binding")
    assert [(row["policyname"], row["priority"]) for row in bound if row["policyname"] == NAME] == [(NAME, 23)]


def test_each_old_variable_is_reported_once_for_the_whole_run(story: Story) -> None:
    output = flat(story.applied)
    assert output.count(PRIORITY) == 1
    assert output.count(PROBES) == 1
    assert ROLE not in output


def test_the_old_role_works_and_is_reported_once(story: Story) -> None:
    assert story.own.problem("mine") == "", story.own.message("mine")
    output = flat(story.own)
    assert output.count(ROLE) == 1
    assert output.count(PRIORITY) == 1
    assert "responder_policy_result.verdict.word: mitigated" in output.replace('"', "")


def test_an_old_and_a_new_name_with_different_values_stop_the_appliance(story: Story) -> None:
    message = story.applied.message("both")
    assert "measure_save and responder_policy_save are both set, with different values" in message
    assert "remove responder_policy_save" in message
    assert story.applied.nitro("both") == []


def test_an_error_names_the_variable_that_was_used(story: Story) -> None:
    assert "save is from the variable responder_policy_save" in story.applied.message("wrong")
    assert "measure_save" not in story.applied.message("wrong")


def test_new_names_are_not_reported(story: Story) -> None:
    story.laboratory.hosts["wrong"].pop("responder_policy_save", None)
    run = story.laboratory.play("plan", limit="wrong", measure_priority=31, mitigation=MITIGATION)
    assert run.problem("wrong") == ""
    assert "is now called" not in flat(run)
