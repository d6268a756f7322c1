# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Only what an attack needs is an attempt: a compromise and a line to look at are other findings."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.hit_meaning import HitMeaning
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Level


@pytest.mark.parametrize("level", [None, *Level])
def test_one_level_is_an_attempt(level: Level | None) -> None:
    assert HitMeaning(level, "", "", "", "").is_attempt is (level == Level.ATTEMPT)
