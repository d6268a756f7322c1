# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The entries after whose fix sessions are to be ended, by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.catalogue_actions import (
    session_actions,
)

CATALOGUE = Path(__file__).parents[5] / "templates" / "mitigations"


def test_an_entry_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"there is no entry 'zzz' in .*; it has: .*cve_2019_19781"):
        session_actions(CATALOGUE, "zzz")
    with pytest.raises(InvalidInput, match=r"cve_2023_4966.*It has: "):
        session_actions(CATALOGUE, "cve_2023_4967")
    with pytest.raises(InvalidInput, match="it has: none"):
        session_actions(tmp_path, "zzz")


def test_an_entry_without_sessions_is_refused_with_those_that_have_some() -> None:
    with pytest.raises(InvalidInput, match=r"cve_2019_19781 asks for no sessions .*these do: .*cve_2023_4966"):
        session_actions(CATALOGUE, "cve_2019_19781")


def test_one_entry_or_all() -> None:
    (one,) = session_actions(CATALOGUE, "cve_2023_4966")
    every = session_actions(CATALOGUE, "")
    assert one in every
    assert len(every) > 1
