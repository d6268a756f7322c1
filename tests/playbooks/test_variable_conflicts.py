# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables that have no effect: every verb refuses them, with the fix, before it sends anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.stage.fleet import box
from tests.stage.played import MITIGATION, Laboratory, Run

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


@pytest.mark.sampled(4)
@pytest.mark.parametrize("verb", VERBS)
def test_a_name_that_no_option_has_is_refused(laboratory: Laboratory, verb: str) -> None:
    """Ansible ignores it: the whitelist of the command would lose to the mitigation of the group."""
    before = laboratory.texts()
    run = laboratory.play(verb, measure="url_whitelist", **ELSEWHERE)
    assert run.rc == 2
    assert "-e measure: there is no such variable; write mitigation in place of it. Nothing was sent." in flat(run)
    assert run.requests == []
    assert laboratory.texts() == before


@pytest.mark.parametrize(
    ("variables", "files", "inventory", "name"),
    [
        ({"measure_lock": False}, {}, {}, "measure_lock"),
        ({}, {"catalogue_ticket": "CHG0042"}, {}, "catalogue_ticket"),
        ({}, {}, {"rollback_lock": False}, "rollback_lock"),  # of another verb, too
    ],
    ids=["vars of the role", "vars_files", "inventory"],
)
def test_wherever_such_a_name_is_set(
    laboratory: Laboratory,
    tmp_path: Path,
    variables: Mapping[str, Any],
    files: Mapping[str, Any],
    inventory: Mapping[str, Any],
    name: str,
) -> None:
    (tmp_path / "more.yml").write_text(json.dumps(files), encoding="utf-8")
    playbook = tmp_path / "own.yml"
    text = ROLE.format(role="measure", variables=json.dumps(variables), files=json.dumps([str(tmp_path / "more.yml")]))
    playbook.write_text(text, encoding="utf-8")
    laboratory.hosts["gw"] |= inventory
    try:
        run = laboratory.play(playbook)
    finally:
        for each in inventory:
            del laboratory.hosts["gw"][each]
    assert run.rc == 2
    new = name.partition("_")[2]
    assert f"the variable {name}: there is no such variable; write {new} in place of it. One that" in flat(run)
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
        ("rollback", {"vips": ["aaa"]}),
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
