# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`-e mitigation=geoblock` with the playbooks of every day: plan, apply, verify, status, rollback; and the role by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.stage.client import ask
from tests.stage.fleet import box, pair, vserver
from tests.stage.played import Laboratory, Run

LAB = "127.250.0.9"
DATA = "198.51.100.0,198.51.100.255,RU\n203.0.113.0,203.0.113.63,UA\n"
SHOP: dict[str, Any] = {"features": ["LB", "SSL"]}
FLEET = {
    "location": box("13.1 49.15", **SHOP, vservers=[vserver("lb", "shop", "HTTP")]),
    "datasets": box("14.1 73.37", **SHOP, vservers=[vserver("lb", "shop", "HTTP")]),
    "acls": pair("13.1 49.15", **SHOP, vservers=[vserver("lb", "shop", "HTTP")]),
    "without": box(),
    "misspelt": box(),
    "policy-misspelt": box(),
    "locked-out": box("13.1 49.15", **SHOP, vservers=[vserver("lb", "shop", "HTTP")]),
}
WAYS = ["location", "datasets", "acls"]
GOOD = [*WAYS, "without"]
# What is consented to is given with -e.
MEASURE = {"mitigation": "geoblock", "as_of": None, "geoblock_accept": ["private"]}


def asked(folder: Path, **more: Any) -> dict[str, Any]:
    path = folder / "countries.csv"
    path.write_text(DATA)
    variables = {
        "policy": "block",
        "countries": ["RU", "UA"],
        "networks": {"lab": [f"{LAB}/32"]},
        "families": ["ipv4"],
        "cache": str(folder / "cache"),
        "vservers": ["shop"],
        "mode": "enforce",
        "answer": "reset",
        "source": {"name": "test", "licence": "none", "files": [{"path": str(path)}], "max_age_days": 9000},
        **more,
    }
    return {f"geoblock_{name}": value for name, value in variables.items()}


def answer(laboratory: Laboratory, host: str, source: str) -> int:
    """The status that a client at an address gets; 0 where it gets none."""
    found = laboratory.simulator.ready["appliances"][host]["vservers"][0]
    return ask(found, "/", tls=False, client=source).status or 0


@dataclass(frozen=True)
class Story:
    laboratory: Laboratory
    before: dict[str, tuple[str, ...]]
    plan: Run
    after_plan: dict[str, tuple[str, ...]]
    first: Run
    answers: dict[str, tuple[int, int]]
    second: Run
    verify: Run
    rollback: Run
    end: dict[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory], tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("data")
    variables = {way: asked(folder, way=way) for way in WAYS}
    variables["datasets"] |= {  # as in group_vars, of other variables
        "lab": LAB,
        "geoblock_countries": "{{ ['RU'] + ['UA'] }}",
        "geoblock_networks": {"lab": ["{{ lab }}/32"]},
        "geoblock_mode": "{{ 'enforce' if lab is defined else 'observe' }}",
        "geoblock_priority": "{{ 40 * 2 }}",
    }
    variables["policy-misspelt"] = {"geoblock_polcy": "block"}
    variables["misspelt"] = asked(folder, contries=["RU"])
    variables["locked-out"] = asked(folder, networks={"home": ["127.0.0.0/24"]})
    laboratory = open_laboratory(FLEET, variables=variables, switches={"drop_seconds": 0.2})
    before = laboratory.texts()
    plan = laboratory.play("plan", **MEASURE)
    after_plan = laboratory.texts()
    first = laboratory.play("apply", limit=GOOD, ticket="CHG7", **MEASURE)
    answers = {way: (answer(laboratory, way, LAB), answer(laboratory, way, "127.0.0.1")) for way in WAYS}
    second = laboratory.play("apply", limit=GOOD, ticket="CHG7", **MEASURE)
    verify = laboratory.play("verify", limit=GOOD, **MEASURE)
    rollback = laboratory.play("rollback", limit=GOOD, **MEASURE)
    return Story(
        laboratory, before, plan, after_plan, first, answers, second, verify, rollback, laboratory.texts()
    )  # fmt: skip


def test_the_plan_writes_nothing_and_tells_what_is_wrong(story: Story) -> None:
    assert story.after_plan == story.before
    assert story.plan.writes() == []
    assert "geoblock_contries is unknown" in story.plan.message("misspelt")
    assert "geoblock_polcy is unknown" in story.plan.message("policy-misspelt")
    assert "the control node 127.0.0.1 is in 127.0.0.0-127.0.0.255 (home)" in str(story.plan["locked-out"]["conflicts"])


def test_each_way_shuts_out_who_is_meant_and_nobody_else(story: Story) -> None:
    assert story.first.rc == 0, story.first.output[-3000:]
    assert story.answers == dict.fromkeys(WAYS, (0, 200))


def test_a_second_run_only_reads(story: Story) -> None:
    assert story.second.rc == 0
    assert story.second.writes() == []


def test_the_hits_prove_it(story: Story) -> None:
    assert {way: story.verify.verdict(way) for way in WAYS} == dict.fromkeys(WAYS, "enforcing")
    assert story.verify.verdict("without") == "not asked for"


def test_a_rollback_leaves_what_was_there_before(story: Story) -> None:
    assert story.rollback.rc == 0, story.rollback.output[-3000:]
    assert story.end == story.before


def test_the_role_by_itself(open_laboratory: Callable[..., Laboratory], tmp_path: Path) -> None:
    laboratory = open_laboratory(
        {"location": FLEET["location"]}, variables={"location": asked(tmp_path, mode="observe")}
    )
    play = tmp_path / "play.yml"
    play.write_text(
        "- hosts: netscalers\n  connection: local\n  gather_facts: false\n  roles: [tourniquet.netscaler.geoblock]\n"
    )
    done = laboratory.play(play, **{**MEASURE, "mitigation": None})
    assert done.rc == 0, done.output[-3000:]
    assert answer(laboratory, "location", LAB) == 200
    assert laboratory.play("status", **MEASURE).verdict("location") == "observing"
