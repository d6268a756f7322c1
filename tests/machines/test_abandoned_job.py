# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rollback that was given up at one node exposes nothing when that node goes on, in a Receptor mesh over network namespaces."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.machines.played_stage import play_stage
from tests.machines.test_mesh import done

pytestmark = pytest.mark.only_in_all
TIMEOUT = 1500.0
NODE = "utrecht"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return play_stage("abandoned_job", tmp_path_factory.mktemp("abandoned", numbered=False), TIMEOUT)


def until(job: dict[str, Any]) -> str:
    return f"{datetime.fromisoformat(job['deadline']):%Y-%m-%d %H:%M:%S} UTC"


def words(run: dict[str, Any], hosts: list[str]) -> set[str]:
    return {run["results"][host]["verdict"]["word"] for host in hosts}


def test_the_page_says_what_may_still_begin_and_until_when(story: dict[str, Any]) -> None:
    run, (job,) = story["runs"]["rollback"], story["lost"]
    assert run["rc"] == 2
    assert job["hosts"] == story["own"]
    assert f"LOST  {len(story['own'])} appliances without a result ({NODE})" in run["output"]
    assert f"it may still begin to change these appliances until {until(job)}" in run["output"]
    assert {line.split()[0] for line in story["undone"]} == {*story["hosts"]} - {*story["own"]}


def test_another_node_is_refused_until_the_deadline(story: dict[str, Any]) -> None:
    run, (job,) = story["runs"]["too early"], story["lost"]
    assert run["rc"] == 2
    name = f"the job {job['ident']} (rollback) of run {job['run']}"
    why = f"refused: {name} was lost at {NODE} and may still begin until {until(job)}; give the command again then"
    assert {host: one["problem"] for host, one in run["results"].items() if host in story["own"]} == dict.fromkeys(
        story["own"], why
    )
    assert run["posts"] == {}


def test_what_only_reads_goes_on_and_says_it(story: dict[str, Any]) -> None:
    run, (job,) = story["runs"]["status"], story["lost"]
    assert done(run) == {*story["hosts"]}
    assert f"may still begin until {until(job)}" in run["output"]


def test_after_the_deadline_all_is_mitigated_and_stays_so_when_the_node_goes_on(story: dict[str, Any]) -> None:
    assert story["runs"]["taken over"]["rc"] == 0
    assert words(story["runs"]["taken over"], story["hosts"]) == {"mitigated"}
    assert story["refused"] > 0, "the abandoned job went on, and its node refused it"
    assert story["writes"] == []
    assert story["complete"] == story["hosts"]
    assert words(story["runs"]["after"], story["hosts"]) == {"mitigated"}


def test_the_unit_of_the_abandoned_job_is_released_by_the_next_run(story: dict[str, Any]) -> None:
    assert len(story["kept"]) == 2, "here and on the node"
    assert (story["units"], story["open"]) == ([], [])


def test_a_dead_node_is_known_in_seconds_and_gets_nothing(story: dict[str, Any]) -> None:
    run = story["runs"]["dead"]
    assert run["rc"] == 2
    assert f"NOT REACHED  {len(story['own'])} appliances without a result ({NODE})" in run["output"]
    assert "LOST" not in run["output"]
    assert run["seconds"] < 60
    assert (story["dead"], story["units"]) == ([], [])
