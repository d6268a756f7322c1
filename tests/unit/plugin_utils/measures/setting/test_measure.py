# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an entry may set: the attributes that Tourniquet manages, and no others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Setting
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.setting.measure import setting_measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.supplied.measure import supplied_measure

ENTRY = load_entry(Path(__file__).parents[5] / "templates" / "mitigations" / "cve_2026_88772")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (None, "its measure has no setting"),
        (Setting("systemuser", {"password": "x"}), "cannot set password of systemuser"),
        (Setting("vpnvserver", {"icaonly": "ON"}), "cannot set icaonly of vpnvserver"),
        (Setting("vpnvserver", {"name": "gw"}), "cannot set name of vpnvserver"),
        (Setting("responderpolicy", {"rule": "TRUE"}), "cannot set rule of responderpolicy"),
    ],
)
def test_what_cannot_be_set_is_refused(setting: Setting | None, message: str) -> None:
    assert ENTRY.measure is not None
    with pytest.raises(InvalidInput, match=message):
        setting_measure(ENTRY, replace(ENTRY.measure, setting=setting))


def test_what_a_measure_may_change_is_its_own_setting_only() -> None:
    """A record that names another setting is not acted upon."""
    assert ENTRY.measure is not None
    reach = setting_measure(ENTRY, ENTRY.measure).reach
    assert (reach.setting_types, reach.features) == ({"vpnvserver_settings"}, frozenset())


def test_an_entry_that_does_not_say_what_is_supplied_is_refused() -> None:
    assert ENTRY.measure is not None
    with pytest.raises(InvalidInput, match="does not say what is supplied"):
        supplied_measure(ENTRY, ENTRY.measure, None)
