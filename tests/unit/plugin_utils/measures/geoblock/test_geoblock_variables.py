# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables of the inventory are checked strictly; each error names the host and the variable."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.geoblock_variables import Settings

from tests.played_together import played_together

GOOD: dict[str, Any] = {
    "policy": "block",
    "countries": ["RU"],
    "source": {"name": "test", "licence": "none", "files": [{"path": "data.csv"}]},
    "cache": "cache",
    "vservers": ["gw", {"name": "shop", "kind": "cs"}],
    "mode": "observe",
}


@pytest.mark.parametrize("nothing", [None, {}, {"cache": "cache"}, {"policy": ""}, {"policy": None, "mode": "observe"}])
def test_without_a_policy_nothing_is_asked_for(nothing: Any) -> None:
    assert Settings.from_variables(nothing, where="gw-a") is None


@pytest.mark.parametrize("asked", [{"countries": ["RU"]}, {"networks": {"lab": ["192.0.2.0/24"]}}])
def test_countries_without_a_policy_are_refused_and_an_empty_policy_asks_for_nothing(asked: dict[str, Any]) -> None:
    text = f"gw-a: geoblock_{next(iter(asked))} has no effect without geoblock_policy. Set geoblock_policy to block or to allow"
    for policy in ({}, {"policy": None}):
        with pytest.raises(InvalidInput, match=text):
            Settings.from_variables({**asked, **policy}, where="gw-a")
    assert Settings.from_variables({**asked, "policy": ""}, where="gw-a") is None
    assert Settings.from_variables({"countries": [], "networks": {}}, where="gw-a") is None


def test_what_is_left_out_has_a_default() -> None:
    settings = Settings.from_variables(GOOD, where="gw-a")
    assert settings is not None
    assert settings.vservers == (("", "gw"), ("cs", "shop"))
    assert (settings.method, settings.answer, settings.priority) == ("auto", "drop", 80)
    assert (settings.acl_priority, settings.expires, settings.many_acls, settings.entries) == (50000, 300, False, 5000)


@played_together(
    ("changed", "told"),
    [
        ({"contries": ["RU"]}, "geoblock_contries is unknown"),
        ({"policy": "deny"}, "geoblock_policy must be block or allow"),
        ({"policy": False}, "geoblock_policy must be block or allow, not False"),
        ({"policy": None, "polcy": "block"}, "geoblock_polcy is unknown"),
        ({"mode": None}, "geoblock_mode must be one of observe, enforce"),
        ({"way": "acl"}, "geoblock_way must be one of auto, location, datasets, acls"),
        ({"answer": "403"}, "geoblock_answer must be one of drop, reset, forbidden"),
        ({"vservers": []}, "geoblock_vservers must list the virtual servers"),
        ({"vservers": "gw"}, "geoblock_vservers must list the virtual servers"),
        ({"vservers": [{"name": "gw", "kind": "gateway"}]}, "a kind is one of vpn, authentication, cs, lb"),
        ({"vservers": [{"name": "gw", "kind": {}}]}, "a kind is one of vpn, authentication, cs, lb"),
        ({"vservers": [{"name": "gw", "typ": "vpn"}]}, "unknown key 'typ'"),
        ({"vservers": ["gw", "gw"]}, "names the same virtual server twice"),
        ({"priority": "80"}, "geoblock_priority must be a whole number"),
        ({"priority": True}, "geoblock_priority must be a whole number"),
        ({"acl_priority": 100000}, "geoblock_acl_priority must be a whole number from 1 to 99990"),
        ({"expires": 301}, "multiple of 4 seconds"),
        ({"many_acls": "yes"}, "geoblock_many_acls must be true or false, not text"),
        ({"accept": ["everything"]}, "geoblock_accept must be a list of words"),
        ({"cache": ""}, "geoblock_cache must name a directory"),
        ({"cache": 7}, "geoblock_cache must name a directory"),
        ({"cache": None}, "geoblock_cache must name a directory"),
        ({"cache": ["x"]}, "geoblock_cache must name a directory"),
        ({"trusted_proxies": ["nowhere"]}, "geoblock_trusted_proxies 'nowhere' is no address"),
        ({"import_from": "ftp://example"}, "geoblock_import_from must begin with https://"),
        ({"source": None}, "geoblock_source must be a mapping"),
    ],
)
def test_what_is_wrong_is_told(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput, match=f"^gw-a: .*{told}"):
        Settings.from_variables({**GOOD, **changed}, where="gw-a")
