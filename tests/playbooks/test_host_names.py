# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of hosts with blanks and with the special characters of Ansible's patterns: a rollout reaches each of them, or refuses the run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.stage.fleet import box
from tests.stage.played import ATTACK, Laboratory, Run

# As in the inventory; each is one appliance of the simulated fleet.
NAMES = (
    "Müller & Söhne GW",
    "gw a",
    "gw_a",
    "gw-a",
    "gw-A",
    "gw:a",
    "!gw",
    "&gw",
    "gw,a",
    "gw*",
    "gw?a",
    "gw]",
    "~gw.*",
    "@gw",
    "-gw",
    "..",
    "a/../b",
    "localhost",
    "東京",
    "7",
)
ALIKE = "gw-a"  # the appliance of the name that the others could be taken for


@dataclass(frozen=True)
class Story:
    laboratory: Laboratory
    appliances: dict[str, str]
    applied: Run
    undone: Run


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    appliances = {name: f"gw-{number}" for number, name in enumerate(NAMES)}
    laboratory = open_laboratory({each: box() for each in appliances.values()})
    laboratory.hosts = {name: laboratory.hosts[each] for name, each in appliances.items()}
    applied = laboratory.play("apply", rollout_canary=1, rollout_waves=[5, "100%"], rollout_max_failed=0)
    undone = laboratory.play("rollback", target="Müller & Söhne GW", why="undo", reason="a test", accept_exposure=True)
    return Story(laboratory, appliances, applied, undone)


def test_each_of_them_is_mitigated_in_its_wave(story: Story) -> None:
    assert set(story.applied.results) == set(NAMES)
    assert {name: story.applied.problem(name) for name in NAMES} == dict.fromkeys(NAMES, "")
    assert {name: story.applied.verdict(name) for name in NAMES} == dict.fromkeys(NAMES, "mitigated")
    assert story.applied.rc == 0
    assert f"waves: 1 + 5 + {len(NAMES) - 6}; first Müller & Söhne GW" in story.applied.output
    for name, appliance in story.appliances.items():
        if name != "Müller & Söhne GW":  # taken back below
            assert story.laboratory.ask(appliance, ATTACK).blocked_by()


def test_a_name_as_target_is_this_host_alone(story: Story) -> None:
    run = story.undone
    assert (run.rc, set(run.results)) == (2, {"Müller & Söhne GW"})
    assert {entry["appliance"] for entry in run.requests} == {story.appliances["Müller & Söhne GW"]}
    assert story.laboratory.ask(story.appliances["Müller & Söhne GW"], ATTACK).passes


def test_no_two_of_them_share_a_directory_of_records(story: Story) -> None:
    owners: dict[str, set[str]] = {}
    for path in story.laboratory.records.glob("*/*.json"):
        owners.setdefault(path.parent.name, set()).add(json.loads(path.read_text(encoding="utf-8"))["host"])
    assert len(owners) == len(NAMES)
    assert all(len(hosts) == 1 for hosts in owners.values())


def test_who_is_unreachable_is_named_so_that_the_name_can_be_accepted(story: Story) -> None:
    laboratory = story.laboratory
    nodes = laboratory.hosts["gw,a"]["netscaler_nodes"]
    laboratory.hosts["gw,a"]["netscaler_nodes"] = ["127.0.0.1:9"]
    try:
        chosen: dict[str, Any] = {"target": ["gw,a", "gw a"], "accept_unreachable": 0}
        refused = laboratory.play("apply", **chosen)
        accepted = laboratory.play("apply", **{**chosen, "accept_unreachable": ["gw,a"]})
    finally:
        laboratory.hosts["gw,a"]["netscaler_nodes"] = nodes
    assert refused.rc != 0
    assert """continue without them: -e '{"accept_unreachable": ["gw,a"]}'""" in " ".join(refused.output.split())
    assert refused.writes() == []
    assert (accepted.rc, accepted.problem("gw a")) == (4, "")


@pytest.mark.parametrize("verb", ["plan", "apply", "status", "lockdown"])
def test_names_that_no_run_can_work_on_are_refused_all_at_once(story: Story, verb: str) -> None:
    laboratory = story.laboratory
    wrong = ("netscalers", "all", "gw\tb", "gw{{ 7 * 7 }}")
    for name in wrong:
        laboratory.hosts[name] = {}
    try:
        run = laboratory.play(verb)
    finally:
        for name in wrong:
            del laboratory.hosts[name]
    said = " ".join(run.output.split())
    assert run.rc != 0
    assert "has host names that cannot be used" in said
    for text in (
        "'netscalers' is the name of a group too",
        "'all' is the name of a group too",
        r"'gw\x09b' holds a character that cannot be shown",
        "'gw{{ 7 * 7 }}' holds a template",
        "Rename these hosts there",
    ):
        assert text in said
    assert run.requests == []
