# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The method that is chosen automatically, and the reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.appliance_facts import (
    ApplianceFacts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.geoblock_variables import Settings
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.method_choice import choose_method

from .test_geoblock_variables import GOOD

OWNER = Owner("geoblock", 1)
FREE = ApplianceFacts(Build((13, 1), (53, 24)), (), (), parameter={"matchwildcardtoany": "NO", "custom": "0"})
OURS = {4: {"locationfile": "/var/netscaler/locdb/tq_geoblock__v4_0"}}


@pytest.mark.parametrize(
    ("changed", "method", "told"),
    [
        ({}, "location", "nobody else has a location file loaded"),
        ({"loaded": OURS}, "location", "nobody else"),
        ({"loaded": {4: {"locationfile": "/var/netscaler/locdb/theirs"}}}, "datasets", "theirs is loaded"),
        ({"gslb": True}, "datasets", "GSLB is on"),
        ({"gslb": True, "loaded": OURS}, "location", "nobody else"),
        ({"parameter": {}}, "datasets", "no matchWildcardtoany"),
        ({"parameter": {"matchwildcardtoany": "NO", "custom": "3"}}, "datasets", "somebody else uses locations"),
        ({"parameter": {"matchwildcardtoany": "YES", "custom": "3"}}, "location", "nobody else"),
    ],
)
def test_auto(changed: dict[str, Any], method: str, told: str) -> None:
    settings = Settings.from_variables(GOOD, where="gw-a")
    assert settings is not None
    chosen, reason = choose_method(settings, replace(FREE, **changed), OWNER)
    assert chosen == method
    assert told in reason


@pytest.mark.parametrize("way", ["location", "datasets", "acls"])
def test_what_is_asked_for_is_taken(way: str) -> None:
    settings = Settings.from_variables({**GOOD, "way": way}, where="gw-a")
    assert settings is not None
    assert choose_method(settings, replace(FREE, gslb=True), OWNER) == (way, "geoblock_way names it")
