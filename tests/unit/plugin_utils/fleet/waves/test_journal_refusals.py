# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A journal or a directory of plans that cannot be read stops the rollout; it never counts as an empty one."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.journal import (
    JOURNAL,
    Rollout,
    earlier_rollout,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput


def test_a_journal_that_cannot_be_read_is_not_an_empty_one(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path)
    assert rollout.course().done == set()
    (tmp_path / JOURNAL).mkdir()
    with pytest.raises(InvalidInput, match=rf"^the journal {tmp_path}/{JOURNAL} cannot be read \(Is a directory\)$"):
        rollout.course()
    with pytest.raises(InvalidInput, match="cannot be read"):
        rollout.reason_to_hold("gw-a")


def test_plans_that_cannot_be_listed_are_not_no_plans(tmp_path: Path) -> None:
    plans = tmp_path / "plans"
    assert earlier_rollout(plans, plans / "now", "apply", "cve_x", ["gw-a"]) == (None, [])
    plans.write_text("a file")
    with pytest.raises(InvalidInput, match=rf"^the plans in {plans} cannot be listed \(Not a directory\)\. \S"):
        earlier_rollout(plans, plans / "now", "apply", "cve_x", ["gw-a"])
