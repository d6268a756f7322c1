# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The line of a next action of appliances that the nodes of a Receptor mesh work on, pasted into a shell of the controller as it stands."""

from __future__ import annotations

from typing import Any

import pytest

from tests.machines.next_stage import ODD
from tests.machines.played_stage import play_stage
from tests.stage.control_node import ROOT

pytestmark = pytest.mark.only_in_all
NAMED = {"gw-000", "gw-001", ODD}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return play_stage("next_stage", tmp_path_factory.mktemp("lines", numbered=False), 900.0)


def test_the_line_of_what_is_exposed_mitigates_the_appliances_that_it_names(story: dict[str, Any]) -> None:
    """Seen: the line had no slice_files, so that no node had the certificate of the appliances."""
    status, applied = story["runs"]["status"], story["runs"]["applied"]
    assert status["verdicts"] == dict.fromkeys(NAMED, "exposed"), status["output"][-3000:]
    assert applied["verdicts"] == dict.fromkeys(NAMED, "mitigated"), applied["output"][-3000:]
    assert applied["rc"] == 0
    assert not (ROOT / "pasted").exists()


def test_the_line_that_checks_them_says_the_same(story: dict[str, Any]) -> None:
    checked = story["runs"]["checked"]
    assert (checked["rc"], checked["verdicts"]) == (0, dict.fromkeys(NAMED, "mitigated")), checked["output"][-3000:]
