# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Admin partitions, played with ansible-playbook: plan, apply, again, a new partition, status, apply, rollback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.stage.fleet import box
from tests.stage.played import NAME, TAKEN_AWAY, Laboratory, Run

OLD, NEW = ["default", "tenant_a"], ["default", "tenant_a", "tenant_new"]


@dataclass(frozen=True)
class Story:
    laboratory: Laboratory
    plan: Run
    applied: Run
    again: Run
    status: Run
    corrected: Run
    rolled_back: Run
    before: dict[str, int]
    between: dict[str, int]
    after: dict[str, int]
    left: dict[str, int]


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    laboratory = open_laboratory({"shared": box(partitions=["tenant_a"])})
    everything = {"save": "always"}  # nothing listens in the partitions, so nothing can be proven there
    before = ours(laboratory)
    plan, applied = laboratory.play("plan"), laboratory.play("apply", **everything)
    between = ours(laboratory)
    again = laboratory.play("apply", **everything)
    laboratory.colleague("shared", "POST", "nspartition", {"nspartition": {"partitionname": "tenant_new"}})
    laboratory.saved_by_colleague("shared")
    status = laboratory.play("status", fail_at=2)
    corrected = laboratory.play("apply", **everything)
    after = ours(laboratory)
    rolled_back = laboratory.play("rollback", accept_exposure=True)
    left = ours(laboratory)
    return Story(laboratory, plan, applied, again, status, corrected, rolled_back, before, between, after, left)


def ours(laboratory: Laboratory) -> dict[str, int]:
    """Return the number of our objects in each partition, equal in the running and the saved configuration."""
    node = laboratory.node("shared")
    places = {"default": node, **node["partitions"]}
    counts = {}
    for name, place in places.items():
        running, saved = (
            sum(NAME in str(row) for rows in place[kind].values() for row in rows) for kind in ("running", "saved")
        )
        assert running == saved, name
        counts[name] = running
    return counts


def test_the_plan_changes_nothing_and_shows_each_partition(story: Story) -> None:
    assert story.before == dict.fromkeys(OLD, 0)
    assert story.plan.writes() == []
    assert {step["partition"] for step in story.plan["shared"]["steps"]} == set(OLD)
    assert f"in each of the partitions {', '.join(OLD)}:" in story.plan.output
    assert ("POST", "/nitro/v1/config/nspartition?action=Switch") in story.plan.nitro("shared")


def test_apply_brings_it_into_each(story: Story) -> None:
    assert story.between == {"default": 4, "tenant_a": 4}
    result = story.applied["shared"]
    assert list(result["partitions"]) == OLD
    assert result["partitions"]["default"]["verdict"]["word"] == "mitigated"
    assert story.applied.verdict("shared") == "applied, unproven"
    assert len({part["record"] for part in result["partitions"].values()}) == 2
    partitions = [story.laboratory.record("shared", position)["partition"] for position in (0, 1)]
    assert partitions == OLD


def test_the_second_run_writes_nothing(story: Story) -> None:
    assert story.again.writes() == []
    assert not story.again["shared"]["changed"]


def test_a_new_partition_is_found_and_named(story: Story) -> None:
    assert story.status.verdict("shared") == "partly"
    assert "partition tenant_new does not have it" in story.status["shared"]["verdict"]["reason"]
    assert "tenant_new" in story.status.output
    assert story.status.rc == 2
    assert story.status.writes() == []


def test_apply_corrects_it_alone(story: Story) -> None:
    assert story.after == dict.fromkeys(NEW, 4)
    assert {step["partition"] for step in story.corrected["shared"]["steps"]} == {"tenant_new"}


def test_rollback_takes_it_off_everywhere(story: Story) -> None:
    services = ["default: vpn vserver gw", *(f"{name}: every virtual server" for name in ("tenant_a", "tenant_new"))]
    lost = ", ".join(f"partition {service}" for service in services)
    assert story.rolled_back.problem("shared") == TAKEN_AWAY.replace("vpn vserver gw", lost)
    assert story.left == dict.fromkeys(NEW, 0)
    assert set(story.rolled_back["shared"]["partitions"]) == set(NEW)


def test_a_partition_that_does_not_exist_is_refused(story: Story) -> None:
    story.laboratory.hosts["shared"]["netscaler_partitions"] = ["default", "tenant_x"]
    run = story.laboratory.play("apply")
    assert "names tenant_x, and the appliance has no such partition" in run.message("shared")
    assert run.writes() == []
