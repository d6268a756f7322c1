# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No password travels over Receptor: it is in no byte that went either way and in no file of any machine, after jobs that were lost, cancelled and good."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.machines.played_stage import play_stage
from tests.machines.secret_search import files_with, found_in
from tests.machines.secret_stage import SECRET
from tests.machines.tools import NAMES, password_file

pytestmark = pytest.mark.only_in_all
TIMEOUT = 1200.0
STARTING = b'"status": "starting"'
RUNS = ("lost", "cancelled", "good")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("secret-mesh", numbered=False)
    play_stage("secret_stage", place, TIMEOUT)
    return place


@pytest.fixture(scope="module")
def runs(place: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((place / "story.json").read_text(encoding="utf-8"))["runs"]
    return found


def test_the_jobs_ended_as_they_should(runs: dict[str, Any]) -> None:
    assert [runs[name]["rc"] for name in RUNS] == [2, 99, 0], runs
    assert "LOST" in runs["lost"]["output"]
    assert "User interrupted execution" in runs["cancelled"]["output"]


def test_receptor_keeps_what_was_lost_and_nothing_of_what_was_cancelled_or_came_to_its_end(
    runs: dict[str, Any],
) -> None:
    """What is kept of a lost job is searched below, on both sides."""
    lost = runs["lost"]["units"]
    assert {unit.partition("/")[0] for unit in lost} == {"controller", "utrecht"}
    assert set(runs["cancelled"]["units"]) <= set(lost)
    assert set(runs["good"]["units"]) <= set(lost)


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("way", ["sent", "returned"])
def test_the_password_is_in_no_byte_that_went_either_way(place: Path, name: str, way: str) -> None:
    tapped = [path.read_bytes() for path in (place / "tapped" / name).glob(f"*.{way}")]
    assert len(tapped) >= 2
    assert any(tapped)
    assert way == "sent" or any(STARTING in one for one in tapped)
    assert [found for one in tapped if (found := found_in(one, SECRET))] == []


def test_the_password_is_in_no_file_of_any_machine_but_its_own(place: Path) -> None:
    """Below the folder are the homes, the state and temporary directories, and what Receptor keeps, of the controller and both nodes."""
    assert (place / "controller" / "receptor").is_dir()
    own = {str(password_file(place / name)) for name in NAMES}
    assert files_with([place], SECRET).keys() == own


def test_the_password_is_on_no_screen(runs: dict[str, Any]) -> None:
    assert [name for name in RUNS if found_in(runs[name]["output"].encode(), SECRET)] == []
