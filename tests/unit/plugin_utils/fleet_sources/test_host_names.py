# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Host names are safe, and each is the name of one appliance."""

from __future__ import annotations

import re

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.host_names import named, safe_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.listed_appliance import ListedAppliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.host_patterns import exact_pattern
from hypothesis import given
from hypothesis import strategies as st

from tests.played_together import played_together


def entry(name: str, *nodes: str, **more: str) -> ListedAppliance:
    return ListedAppliance(where=f"fleet.csv:{name or 'x'}", name=name, nodes=nodes or ("10.1.0.11",), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("gw-amsterdam.example.net", "gw-amsterdam.example.net"),
        ("Müller & Söhne GW", "Muller-Sohne-GW"),
        ("../../etc/passwd", "etc-passwd"),
        ("{{ lookup('pipe', 'id') }}", "lookup-pipe-id"),
        ("-e evil", "e-evil"),
        ("~gw.*", "gw"),
        ("2001:db8::1", "2001-db8-1"),
        ("東京", ""),
    ],
)
def test_a_name_is_made_safe(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(st.text())
def test_any_text_gives_a_plain_name_or_none(text: str) -> None:
    name = safe_name(text)
    assert re.fullmatch(r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,98}[A-Za-z0-9])?)?", name)
    assert ".." not in name or "/" not in name
    assert not name or exact_pattern(name) == name
    assert safe_name(name) == name


def test_an_appliance_without_a_name_has_that_of_its_address() -> None:
    assert list(named([entry("", "10.1.0.11"), entry("東京", "[2001:db8::1]:8443")], "netscalers")) == [
        "10.1.0.11",
        "2001-db8-1-8443",
    ]


@played_together(
    ("entries", "problem"),
    [
        (
            (entry("gw a", "10.1.0.1"), entry("gw-a", "10.1.0.2")),
            "'gw-a' has the host name gw-a, which 'gw a' in fleet.csv:gw a has too",
        ),
        ((entry("gw-a", "10.1.0.1"), entry("GW-A", "10.1.0.2")), "'GW-A' has the host name GW-A"),
        ((entry("a", "10.1.0.1"), entry("b", "10.1.0.1")), "10.1.0.1:443 is a node in fleet.csv:a too"),
        ((entry("a", "10.1.0.1"), entry("b", "10.1.0.1:443")), "10.1.0.1:443 is a node in fleet.csv:a too"),
        ((entry("all"),), "has a meaning of its own"),
        ((entry("NetScalers"),), "has a meaning of its own"),
        ((entry("a", "10.1.0.1/x"),), "neither an address nor a host name"),
        ((entry("a", "10.1.0.1", "10.1.0.2", "10.1.0.3"),), "one or two addresses, not 3"),
        (
            (entry("a", "10.1.0.1", customer="De Wit"), entry("b", "10.1.0.2", customer="De-Wit")),
            "the customers 'De Wit' and 'De-Wit' would share the group customer_De_Wit",
        ),
        (
            (entry("a", "10.1.0.1", site="east"), entry("b", "10.1.0.2", site="East")),
            "the sites 'east' and 'East' would share",
        ),
    ],
)
def test_what_could_be_taken_for_another_is_an_error(entries: tuple[ListedAppliance, ...], problem: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        named(entries, "netscalers")
    assert problem in str(raised.value)
    assert entries[-1].where in str(raised.value)
