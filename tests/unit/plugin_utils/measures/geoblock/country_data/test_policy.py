# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check of the policy's variables: each error names the variable and the fix."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.policy import (
    Policy,
    check_accepted,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.source import (
    CountrySource,
)

from tests.played_together import played_together


def policy(**variables: Any) -> Policy:
    return Policy.from_variables({"policy": "block", "countries": ["RU"], **variables}, where="gw-1")


def test_the_same_policy_in_another_order_is_the_same() -> None:
    one = policy(countries=["UA", "RU"], exceptions=["192.0.2.1", "192.0.2.0"], families=["ipv6", "ipv4"])
    other = policy(countries=["RU", "UA", "RU"], exceptions=["192.0.2.0/31"])
    assert one == other
    assert Policy.from_plain(one.as_plain()) == one


@played_together(
    ("variables", "problem"),
    [
        ({"policy": None}, "geoblock_policy must be block or allow"),
        ({"policy": "deny"}, "geoblock_policy must be block or allow"),
        ({"countries": "RU"}, "geoblock_countries must be a list"),
        ({"countries": [False]}, 'reads NO as false: write "NO"'),
        ({"countries": ["ru"]}, "did you mean RU"),
        ({"countries": ["RUS"]}, "no country code: write the two capital letters"),
        ({"countries": ["UK"]}, "written GB"),
        ({"countries": ["EU"]}, "a region in country data"),
        ({"countries": ["AP"]}, "a region in country data"),
        ({"countries": ["ZZ"]}, "means unknown"),
        ({"countries": ["??"]}, "means unknown"),
        ({"countries": ["A1"]}, "anonymous proxy"),
        ({"countries": ["AN"]}, "no country code"),
        ({"countries": []}, "are empty: name at least one country or network"),
        ({"networks": ["192.0.2.0/24"]}, "geoblock_networks must map names"),
        ({"networks": {"RU": ["192.0.2.0/24"]}}, "has the name 'RU'"),
        ({"networks": {"bad": []}}, "empty list bad"),
        ({"networks": {"bad": ["192.0.2.0/24", "192.0.2.1/24"]}}, r"geoblock_networks\[bad\] entry 2: .* host bits"),
        ({"exceptions": ["example.org"]}, "geoblock_exceptions entry 1: 'example.org' is no address"),
        ({"families": []}, "geoblock_families must list"),
        ({"families": ["ipv5"]}, "geoblock_families must list"),
        ({"country": ["RU"]}, "geoblock_country is unknown here"),
    ],
)
def test_an_error_names_host_variable_and_fix(variables: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput, match=f"gw-1: .*{problem}"):
        policy(**variables)


def test_kosovo_is_asked_for_as_the_data_writes_it() -> None:
    assert policy(countries=["XK"]).countries == ("XK",)


@pytest.mark.parametrize("words", ["stale", ["everything"], [["stale"]], None])
def test_consent_is_given_by_known_words(words: Any) -> None:
    with pytest.raises(InvalidInput, match="gw-1: geoblock_accept must be a list of words out of stale"):
        check_accepted(words, where="gw-1")


def test_consent_is_a_set_of_words() -> None:
    assert check_accepted(["changed", "stale", "stale"], where="gw-1") == {"stale", "changed"}


SHA = "0" * 64


@played_together(
    ("change", "problem"),
    [
        ({"name": "My Source"}, "geoblock_source.name is"),
        ({"licence": ""}, "geoblock_source.licence must be a text"),
        ({"format": "mmdb"}, "geoblock_source.format must be one of"),
        ({"files": []}, "geoblock_source.files must list"),
        ({"files": [{}]}, r"geoblock_source.files\[0\] must have either path or url"),
        ({"files": [{"path": "/a", "url": "https://example.org/a"}]}, "either path or url"),
        ({"files": [{"path": "/a"}, "b"]}, r"files\[1\] must be a mapping"),
        ({"files": [{"path": "/a", "sha": SHA}]}, r"files\[0\].sha is unknown"),
        ({"files": [{"path": "/a", "sha256": "12"}]}, "sha256 must be 64"),
        ({"files": [{"path": "/a", "country": "XX"}]}, r"files\[0\].country names 'XX'"),
        ({"files": [{"url": "http://example.org/a", "sha256": SHA}]}, "url must begin with https://"),
        ({"files": [{"url": "https://example.org/a"}]}, "sha256 is missing"),
        ({"max_age_days": 0}, "max_age_days must be a whole number above 0"),
        ({"max_age_days": True}, "max_age_days must be a whole number"),
        ({"age": 3}, "geoblock_source.age is unknown"),
    ],
)
def test_a_source_is_checked(change: dict[str, Any], problem: str) -> None:
    content = {"name": "world", "licence": "none", "files": [{"path": "/a"}], **change}
    with pytest.raises(InvalidInput, match=f"gw-1: .*{problem}"):
        CountrySource.from_variables(content, where="gw-1")
