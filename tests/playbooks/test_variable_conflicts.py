# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables that contradict each other, or have no effect: every verb refuses them, with the fix, before it sends anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.playbooks.laboratory import MITIGATION, NAME, Laboratory, Run, box

LISTS = [{"vserver": "gw", "kind": "vpn", "base": ["gateway", "aaa_logon"], "mode": "observe"}]
ELSEWHERE = {"reports": "/nowhere/reports", "learnt": "/nowhere/learnt"}  # nothing is written
VERBS = ("plan", "apply", "verify", "status", "rollback", "audit", "impact", "learn")
ROLE = """
- name: A playbook of an operator's own
  hosts: netscalers
  connection: local
  gather_facts: false
  vars_files: {files}
  tasks:
    - name: Apply
      ansible.builtin.import_role:
        name: tourniquet.netscaler.{role}
      vars: {variables}
"""


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    """``gw`` has a whitelist and a mitigation, both applied; its inventory names the mitigation."""
    laboratory = open_laboratory({"gw": box()}, variables={"gw": {"netscaler_whitelists": LISTS}})
    for measure in (MITIGATION, "url_whitelist"):
        assert laboratory.play("apply", mitigation=measure).rc == 0
    laboratory.common["mitigation"] = MITIGATION
    return laboratory


def flat(run: Run) -> str:
    return " ".join(run.output.split())


def assert_refused(run: Run, *texts: str) -> None:
    assert run.rc == 2
    for text in (*texts, "it is not clear which one is meant", "Nothing was sent."):
        assert text in run.message("gw")
    assert run.requests == []


@pytest.mark.sampled(4)
@pytest.mark.parametrize("verb", VERBS)
def test_a_measure_given_with_e_does_not_lose_to_a_mitigation_of_the_group(laboratory: Laboratory, verb: str) -> None:
    before = laboratory.texts()
    run = laboratory.play(verb, mitigation=None, measure="url_whitelist", **ELSEWHERE)
    assert_refused(
        run,
        f"mitigation is {MITIGATION} ({laboratory.inventory}",
        "measure is url_whitelist (given with -e)",
        "for url_whitelist give -e mitigation=url_whitelist",
    )
    assert laboratory.texts() == before


def test_the_advised_command_rolls_back_what_was_meant(laboratory: Laboratory) -> None:
    run = laboratory.play("rollback", mitigation="url_whitelist", measure="url_whitelist", why="undo", check=True)
    assert run.rc == 0
    assert any("tq_url_whitelist" in line for line in run.lines("gw"))
    assert not any(NAME in line for line in run.lines("gw"))


@pytest.mark.parametrize(
    ("role", "variables", "files", "extra", "stated"),
    [
        ("measure", {"measure": "url_whitelist"}, {}, {}, "measure is url_whitelist ("),
        ("rollback", {"measure": "url_whitelist"}, {}, {}, "measure is url_whitelist ("),
        ("measure", {}, {"measure": "url_whitelist"}, {}, "measure is url_whitelist ("),
        ("measure", {}, {"catalogue_mitigation": "geoblock"}, {}, "catalogue_mitigation is geoblock ("),
        ("measure", {}, {}, {"catalogue_mitigation": "geoblock"}, "catalogue_mitigation is geoblock (given with -e)"),
        ("responder_policy", {}, {}, {"measure": "geoblock"}, "measure is geoblock (given with -e)"),
    ],
    ids=["role", "role of a rollback", "vars_files", "full name in vars_files", "full name with -e", "old role"],
)
def test_wherever_the_second_name_is_set(
    laboratory: Laboratory,
    tmp_path: Path,
    role: str,
    variables: Mapping[str, Any],
    files: Mapping[str, Any],
    extra: Mapping[str, Any],
    stated: str,
) -> None:
    (tmp_path / "more.yml").write_text(json.dumps(files), encoding="utf-8")
    playbook = tmp_path / "own.yml"
    text = ROLE.format(role=role, variables=json.dumps(variables), files=json.dumps([str(tmp_path / "more.yml")]))
    playbook.write_text(text, encoding="utf-8")
    run = laboratory.play(playbook, mitigation=None, **extra)
    assert run.rc == 2
    said = " ".join(flat(run).replace(str(tmp_path), "").split())
    assert stated in said
    assert f"mitigation is {MITIGATION} (" in said
    assert "it is not clear which one is meant" in said
    assert run.requests == []


@pytest.mark.parametrize("role", ["url_whitelist", "geoblock"])
def test_the_role_of_one_measure_applies_it_whatever_the_inventory_names(
    laboratory: Laboratory, tmp_path: Path, role: str
) -> None:
    playbook = tmp_path / "own.yml"
    playbook.write_text(ROLE.format(role=role, variables="{}", files="[]"), encoding="utf-8")
    run = laboratory.play(playbook, check=True)
    assert run.rc == 0
    assert run["gw"]["measure"] == role
    assert run.verdict("gw") == {"url_whitelist": "observing", "geoblock": "not asked for"}[role]


@pytest.mark.parametrize("verb", ["plan", "apply", "status"])
def test_countries_without_a_policy_are_no_geoblock_that_is_not_asked_for(laboratory: Laboratory, verb: str) -> None:
    laboratory.hosts["gw"]["geoblock_countries"] = ["RU"]
    before = laboratory.texts()
    try:
        run = laboratory.play(verb, mitigation="geoblock")
    finally:
        del laboratory.hosts["gw"]["geoblock_countries"]
    assert run.rc == 2
    assert "gw: geoblock_countries has no effect without geoblock_policy" in run.message("gw")
    assert run.requests == []
    assert laboratory.texts() == before


@pytest.mark.parametrize(
    ("verb", "choice"),
    [
        ("apply", {"vips": ["aaa"]}),
        ("apply", {"customers": ["Brouwer"]}),
        ("plan", {"kinds": ["lb"]}),
        ("rollback", {"lockdown_vips": ["aaa"]}),
        ("status", {"customers": "Brouwer"}),
        ("impact", {"vips": ["aaa"]}),
    ],
)
def test_a_choice_that_the_verb_does_not_know_is_refused(
    laboratory: Laboratory, verb: str, choice: dict[str, Any]
) -> None:
    run = laboratory.play(verb, **choice, **ELSEWHERE)
    assert run.rc == 2
    assert f"gw: -e {next(iter(choice))} has no effect here, so more would be done than it names" in run.message("gw")
    assert run.requests == []


def test_a_variable_given_with_e_is_not_silently_ignored(laboratory: Laboratory) -> None:
    laboratory.common["measure_on_unproven"] = "keep"
    try:
        run = laboratory.play("apply", on_unproven="revert")
    finally:
        del laboratory.common["measure_on_unproven"]
    assert run.rc == 2
    assert "on_unproven is revert (given with -e), and measure_on_unproven is keep" in run.message("gw")
    assert "give -e measure_on_unproven=revert" in run.message("gw")
    assert run.requests == []
