# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operator may ask for, and that a catalogue cannot bring in a command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.knobs import (
    SYSTEM_ACCESS,
    entry_with_knob,
    knob_of,
    require_half,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import (
    NodeLocalSettings,
    Wanted,
)

from tests.accepted import accepted
from tests.stage.memory import CATALOGUE, MITIGATION


def test_the_line_of_the_catalogue_is_one_that_is_carried_out() -> None:
    assert knob_of(MITIGATION.start_up_line, "gw-a") is SYSTEM_ACCESS


@pytest.mark.parametrize("line", ["reboot", f"{SYSTEM_ACCESS.line}; reboot", f"{SYSTEM_ACCESS.line} "])
def test_another_line_of_a_catalogue_is_refused(line: str) -> None:
    with pytest.raises(InvalidInput, match=r"not one that this version carries out.*Nothing was sent"):
        knob_of(line, "gw-a")


def test_of_a_whole_catalogue_the_one_entry_with_such_a_line_is_meant(tmp_path: Path) -> None:
    assert entry_with_knob(CATALOGUE.parent, "gw-a") == MITIGATION.id
    with pytest.raises(InvalidInput, match=r"gw-a: no entry of .* has a node-local half"):
        entry_with_knob(tmp_path, "gw-a")


@pytest.mark.parametrize("measure", ["cve_2021_44228", "url_whitelist", "geoblock"])
def test_a_run_on_both_halves_of_a_measure_with_one_is_refused_before_the_first(measure: str) -> None:
    with pytest.raises(
        InvalidInput, match=r"^gw-a: the measure has no node-local half\. Leave out node_local\. Nothing was sent\.$"
    ):
        require_half(CATALOGUE.parent, measure, "gw-a")


@pytest.mark.parametrize("measure", [MITIGATION.id, "recommended", "no_such_entry"])
def test_a_measure_with_both_halves_and_what_is_checked_later_are_taken(measure: str) -> None:
    with accepted():
        require_half(CATALOGUE.parent, measure, "gw-a")


def test_a_measure_without_such_a_line_is_refused() -> None:
    with pytest.raises(InvalidInput, match="has no node-local half"):
        knob_of("", "gw-a")


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"reboot": True}, "needs evidence first"),
        ({"reboot": True, "evidence": "  ", "evidence_waived_by": " "}, "needs evidence first"),
        ({"reboot": True, "evidence": "case 7", "evidence_waived_by": "J. Jansen"}, "are both set"),
        ({"reset_knob": True}, "belongs to a removal"),
        ({"reboot_timeout": 5.0}, "must be 30 to 3600 seconds"),
    ],
)
def test_contradictions_are_refused_before_anything_is_sent(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem) as caught:
        NodeLocalSettings(**settings).check("gw-a")
    assert str(caught.value).startswith("gw-a: ")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"reboot": True, "evidence": "case 7"},
        {"reboot": True, "evidence_waived_by": "J. Jansen"},
        {"wanted": Wanted.STATUS, "reboot": True},
        {"wanted": Wanted.ABSENT, "reset_knob": True},
    ],
)
def test_the_others_are_accepted(settings: dict[str, Any]) -> None:
    with accepted():
        NodeLocalSettings(**settings).check("gw-a")
