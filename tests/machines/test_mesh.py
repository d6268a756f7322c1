# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""200 appliances, one controller and two execution nodes in a Receptor mesh over network namespaces; one node is killed in the middle of a wave."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.machines.played_stage import play_stage
from tests.machines.tools import of_node

pytestmark = pytest.mark.only_in_all
TIMEOUT = 3000.0
KILLED = "utrecht"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return play_stage("stage", tmp_path_factory.mktemp("mesh", numbered=False), TIMEOUT)


def of_kind(run: dict[str, Any], kind: str) -> set[str]:
    return {host for host, one in run["results"].items() if one["problem"].startswith(kind)}


def done(run: dict[str, Any]) -> set[str]:
    return {host for host, one in run["results"].items() if not one["problem"]}


def lost(run: dict[str, Any]) -> set[str]:
    return {host for host in of_kind(run, "failed") if KILLED in run["results"][host]["problem"]}


def test_a_node_that_is_killed_is_noticed_and_stops_the_other_one(story: dict[str, Any]) -> None:
    run = story["runs"]["killed"]
    assert run["rc"] == 2
    assert lost(run) == of_kind(run, "failed") != set()
    assert lost(run) <= {*of_node(KILLED, story["hosts"])}
    assert done(run) | lost(run) | of_kind(run, "held") == set(story["hosts"])
    assert of_kind(run, "held"), "no slice began after the loss"
    assert f"LOST  {len(lost(run))} appliances without a result ({KILLED})" in run["output"]
    assert f"without_nodes={KILLED}" in run["output"]
    assert "The job could not be cancelled: it may still begin to change these appliances until" in run["output"]
    changed = {host for host, one in run["results"].items() if one.get("changed")}
    assert changed == done(run)


def test_a_node_that_returns_without_a_new_run_changes_nothing(story: dict[str, Any]) -> None:
    assert {host for one in story["lost"] for host in one["hosts"]} == lost(story["runs"]["killed"])
    assert story["after_return"] == []


def test_what_may_still_begin_is_refused_to_another_node_until_the_deadline(story: dict[str, Any]) -> None:
    run, (job,) = story["runs"]["may still begin"], story["lost"]
    until = f"{datetime.fromisoformat(job['deadline']):%Y-%m-%d %H:%M:%S} UTC"
    why = f"refused: the job {job['ident']} (apply) of run {job['run']} was lost at {KILLED} and may still begin until {until}; give the command again"
    assert run["rc"] == 2
    assert run["posts"] == {}
    refused = {host for host, one in run["results"].items() if one["problem"].startswith(why)}
    assert refused == set(job["hosts"])


def test_no_unit_stays_but_the_lost_one_which_a_run_after_the_lease_releases(story: dict[str, Any]) -> None:
    """After a loss of power Receptor says for ever that it runs."""
    assert {*story["units"]} <= {one["unit"] for one in story["lost"]}
    assert story["open"] == story["lost"]


def test_nobody_goes_on_before_the_lease_has_run_out(story: dict[str, Any]) -> None:
    locked, run = set(story["leases"]), story["runs"]["too early"]
    assert locked
    assert locked <= lost(story["runs"]["killed"])
    assert run["rc"] == 2
    assert run["posts"] == {}, "nothing was changed anywhere"
    refused = {host for host in of_kind(run, "refused") if "holds the lock" in run["results"][host]["problem"]}
    assert refused <= locked
    # Killed between the save and the release of its lease: nothing is left to be written, so its plan needs no lease.
    assert locked - refused <= set(story["complete"])
    assert of_kind(run, "held") == set(story["hosts"]) - refused - done(run)


def test_another_node_continues_and_nothing_is_done_twice(story: dict[str, Any]) -> None:
    first, run = story["runs"]["killed"], story["runs"]["taken over"]
    assert run["rc"] == 0
    assert done(run) == set(story["hosts"])
    assert {one["verdict"]["word"] for one in run["results"].values()} == {"mitigated"}
    assert not run["posts"].keys() & done(first)
    assert set(story["posts"].values()) == {1}
    assert story["posts"].keys() == set(story["hosts"])
    assert "continues" in run["output"]


def test_the_records_of_both_nodes_are_one_chain_at_the_controller(story: dict[str, Any]) -> None:
    again, audit = story["runs"]["both again"], story["runs"]["audit"]
    assert (again["rc"], again["posts"]) == (0, {})
    assert audit["rc"] == 0, audit["output"][-3000:]
    assert {host: one["differences"] for host, one in audit["results"].items()} == {host: [] for host in story["hosts"]}
    assert story["left"] == []
    continued = lost(story["runs"]["killed"]) & set(story["leases"])
    assert all(len(audit["results"][host]["runs"]) >= 2 for host in continued)
