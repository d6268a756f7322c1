# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command policy of docs/how-to/least-privilege.md is enough, on appliances that enforce it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.command_patterns import (
    command_patterns,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rights import needed_rights, rights_of_extra

from simulator.configuration.command_line import words
from tests.architecture.rights_page import BASE
from tests.playbooks.test_geoblock import WAYS, asked
from tests.stage.control_node import ROOT
from tests.stage.fleet import USER, pair
from tests.stage.played import TAKEN_AWAY, Laboratory, Run

TEXT = (ROOT / "docs" / "how-to" / "least-privilege.md").read_text(encoding="utf-8")
(LINE,) = re.findall(r"^add system cmdPolicy tourniquet .*$", TEXT, re.MULTILINE)
NAME, ACTION, ENOUGH = (word.text for word in words(LINE)[3:6])
READS = [right for right in needed_rights([*BASE, "impact"], ["mitigation"]) if right.verb in ("show", "stat")]
(READING,) = command_patterns(READS)
(FETCHING,) = command_patterns([*READS, *rights_of_extra("fetch_logs", "impact")])


def limited(policy: str) -> dict[str, Any]:
    """Only this policy for the user of the playbooks."""
    return pair(
        configuration={
            "systemcmdpolicy": [{"policyname": NAME, "action": ACTION, "cmdspec": policy}],
            "systemuser_systemcmdpolicy_binding": [{"username": USER, "policyname": NAME, "priority": 100}],
        }
    )


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> tuple[Laboratory, dict[str, Run]]:
    laboratory = open_laboratory({"enough": limited(ENOUGH), "reading": limited(READING), "logs": limited(FETCHING)})
    runs = {
        "plan": laboratory.play("plan"),
        "apply": laboratory.play("apply"),
        "status": laboratory.play("status"),
        "audit": laboratory.play("audit"),
        "impact": laboratory.play(
            "impact", fetch=["ns.log", "httpaccess.log"], reports=str(laboratory.directory / "reports")
        ),
        "rollback": laboratory.play("rollback", accept_exposure=True),
    }
    return laboratory, runs


def refused(run: Run, host: str) -> list[str]:
    return [
        f"{r['method']} {r['target']}" for r in run.requests if r["appliance"] == host and r["errorcode"] in (371, 2138)
    ]


@pytest.mark.parametrize("verb", ["plan", "apply", "status", "audit", "rollback"])
def test_it_is_enough(story: tuple[Laboratory, dict[str, Run]], verb: str) -> None:
    run = story[1][verb]
    assert refused(run, "enough") == []
    assert run.problem("enough") == (TAKEN_AWAY if verb == "rollback" else "")
    if verb in ("apply", "status"):
        assert run.verdict("enough") == "mitigated"


def test_show_and_stat_suffice_for_a_plan_and_for_nothing_else(story: tuple[Laboratory, dict[str, Run]]) -> None:
    laboratory, runs = story
    assert (refused(runs["plan"], "reading"), runs["plan"].problem("reading")) == ([], "")
    assert refused(runs["apply"], "reading") != []
    assert runs["apply"].problem("reading").startswith("refused: ")
    assert laboratory.row("reading", "responderpolicy") is None


def test_to_fetch_logs_takes_one_more_line(story: tuple[Laboratory, dict[str, Run]]) -> None:
    impact = story[1]["impact"]
    assert (refused(impact, "logs"), impact.problem("logs")) == ([], "")
    assert impact["logs"]["impact"]["sources"] != []
    assert refused(impact, "reading") != []
    assert "no log could be fetched" in impact.problem("reading")


def rights_of_measure(measure: str) -> str:
    """The command policy for the pages' playbooks and a measure."""
    (pattern,) = command_patterns(needed_rights(BASE, [measure]))
    return pattern


@pytest.mark.only_in_all  # tests/engine/test_needed_rights.py shows the same without a playbook
def test_a_whitelist_needs_more(open_laboratory: Callable[..., Laboratory]) -> None:
    lists = [{"vserver": "gw", "kind": "vpn", "mode": "enforce", "base": ["gateway"]}]
    laboratory = open_laboratory(
        {"guarded": limited(rights_of_measure("url_whitelist"))}, variables={"guarded": {"netscaler_whitelists": lists}}
    )
    for verb in ("plan", "apply", "status", "rollback"):
        run = laboratory.play(verb, mitigation="url_whitelist", as_of=None)
        told = TAKEN_AWAY if verb == "rollback" else ""
        assert (refused(run, "guarded"), run.problem("guarded")) == ([], told)


@pytest.mark.only_in_all
def test_a_geoblock_needs_more(open_laboratory: Callable[..., Laboratory], tmp_path: Path) -> None:
    fleet = {way: {**limited(rights_of_measure("geoblock")), "build": "13.1 49.15"} for way in WAYS}
    laboratory = open_laboratory(
        fleet, variables={way: asked(tmp_path, way=way, vservers=["gw"], accept=["private"]) for way in WAYS}
    )
    for verb in ("plan", "apply", "status", "rollback"):
        run = laboratory.play(verb, mitigation="geoblock", as_of=None)
        for way in WAYS:
            assert (way, refused(run, way), run.problem(way)) == (way, [], "")
