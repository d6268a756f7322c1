# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A typist writes CVE-2019-19781, and a typo gets the name that was meant."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_name import entry_name, named_nearly
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import NoSuchEntry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.opt_out import read_opt_outs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.acknowledgements import (
    read_acknowledgements,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import load_measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.catalogue_actions import (
    session_actions,
)

CATALOGUE = Path(__file__).parents[4] / "templates" / "mitigations"


@pytest.mark.parametrize(
    ("written", "id_"),
    [
        ("CVE-2019-19781", "cve_2019_19781"),
        ("cve-2019-19781", "cve_2019_19781"),
        ("CVE_2019_19781", "cve_2019_19781"),
        (" cve_2019_19781 ", "cve_2019_19781"),
        ("URL-Whitelist", "url_whitelist"),
        (17, 17),
        (None, None),
    ],
)
def test_dashes_and_capitals_are_no_other_name(written: Any, id_: Any) -> None:
    assert entry_name(written) == id_


@pytest.mark.parametrize(
    ("named", "hint"),
    [
        ("cve_2019_19871", "; did you mean cve_2019_19781 or cve_2019_18177? It has: "),
        ("geoblok", "; did you mean geoblock? It has: "),
        ("cve_x", "; it has: "),
    ],
)
def test_a_typo_gets_the_name_that_was_meant(named: str, hint: str) -> None:
    with pytest.raises(NoSuchEntry) as raised:
        load_measure(named, CATALOGUE, None, "gw", date(2020, 1, 15))
    assert str(raised.value).startswith(f"there is no mitigation {named!r} in {CATALOGUE}{hint}")
    assert "cve_2019_19781, " in str(raised.value)


def test_a_cve_that_another_entry_is_about_gets_that_entry() -> None:
    ids = {"cve_2023_4966": ("CVE-2023-4966", "CVE-2023-4967")}
    assert named_nearly("cve_2023_4967", ids, ids) == "did you mean cve_2023_4966?"
    with pytest.raises(NoSuchEntry, match="did you mean cve_2023_4966") as raised:
        load_measure("cve_2023_4967", CATALOGUE, None, "gw", date(2020, 1, 15))
    assert "cve_2019" in str(raised.value)


def test_the_end_of_sessions_too() -> None:
    with pytest.raises(InvalidInput, match=r"there is no entry 'cve_2023_4976' in .*; did you mean cve_2023_4966"):
        session_actions(CATALOGUE, "cve_2023_4976")


def test_an_acknowledgement_and_an_opt_out_name_it_so_too() -> None:
    by = {"why": "x", "who": "J. Jansen", "until": "2026-12-31"}
    (one,) = read_acknowledgements("gw", [{"mitigation": "CVE-2019-19781", **by}])
    (other,) = read_opt_outs("gw", [{"entry": "CVE-2019-19781", **by}])
    assert (one.measure, other.entry) == ("cve_2019_19781", "cve_2019_19781")


def test_where_none_is_named_the_measures_of_a_closing_are_not_offered() -> None:
    """They are brought in by close.yml: apply.yml does nothing with them, and ended well."""
    with pytest.raises(InvalidInput, match=r"^no mitigation is named: set -e mitigation=\.\.\., one of cve_") as raised:
        load_measure("", CATALOGUE, None, "gw-a", date(2026, 12, 1))
    assert "heartbeat" in str(raised.value)
    assert "closing_" not in str(raised.value)
