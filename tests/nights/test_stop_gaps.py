# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nights with a stop-gap: after each action no view says that its weakness is over, and what it is said to stop is stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import (
    MEANINGS,
    State,
    StateMeaning,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof import verdict

from tests.nights.night import OURS, night_of
from tests.nights.played import played
from tests.nights.stop_gaps import wrong_gaps

STORIES = {
    "closed": ("apply", "stop_gap", "off", "reopen", "stop_gap_verify"),
    "counts": ("stop_gap_counts", "stop_gap", "stop_gap_off"),
    "away": ("stop_gap", "away", "back"),
    "beside": ("stop_gap", "undefined_in_front", "stop_gap_verify", "front_cleared"),
}


@pytest.mark.parametrize("story", STORIES)
def test_what_is_not_the_vendors_ends_no_exposure(tmp_path: Path, story: str) -> None:
    found = played(["alone"], STORIES[story], tmp_path)
    assert not found.wrong, found


def test_a_pair_of_which_no_primary_is_reached_is_judged(tmp_path: Path) -> None:
    found = played(["pair"], ("stop_gap", "failover", "away", "failover"), tmp_path)
    assert not found.wrong, found


def test_a_view_that_says_so_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with night_of(["alone"], tmp_path) as night:
        night.play("stop_gap")
        assert [*wrong_gaps(night, OURS)] == []
        with monkeypatch.context() as patch:
            patch.setattr(verdict, "OF_A_STOP_GAP", {})
            assert any("and the status says mitigated" in one for one in wrong_gaps(night, OURS))
        with monkeypatch.context() as patch:
            patch.setitem(MEANINGS, State.STOP_GAP, StateMeaning(protects=True, stops=True))
            found = [*wrong_gaps(night, OURS)]
        assert any("the ledger says that the exposure was over by reduces" in one for one in found), found
        assert any("the letter says of no exposure that it goes on" in one for one in found), found
