# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The preview states what will happen, in words and numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.preview import (
    RangeChange,
    changes,
    preview,
    refuse_large_change,
)

from tests.unit.plugin_utils.measures.geoblock.country_data.geodata import WORLD, compiled_of, policy_of


def test_the_first_time(tmp_path: Path) -> None:
    compiled = compiled_of(tmp_path, policy_of("block", "RU", "UA"))
    assert preview(compiled) == [
        f"geoblock blocks RU, UA   data: world of 2026-10-28, none   set {compiled.digest[:12]}",
        "  IPv4: 2 ranges, 256 addresses",
        "    RU: 2 ranges, 192 addresses",
        "    UA: 1 range, 64 addresses",
        "  IPv6: 1 range, 2 /48 networks",
        "    RU: 1 range, 1 /48 network",
        "    UA: 1 range, 1 /48 network",
        "  no set before this one is known: nothing to compare it with",
    ]


def test_a_refresh_says_what_came_and_went(tmp_path: Path) -> None:
    policy = policy_of("allow", "RU", families=["ipv4"])
    old = compiled_of(tmp_path, policy)
    new = compiled_of(tmp_path, policy, WORLD.replace("192.0.2.0,192.0.2.63", "192.0.2.4,192.0.2.63"))
    assert preview(new, old.spans)[1:] == [
        "  IPv4: 2 ranges, 188 addresses",
        "  IPv4 since the last data: 1 range added, 1 removed; 0 addresses added, 4 addresses removed (2.1%)",
        "  NOT COVERED: IPv6 (geoblock_families)",
    ]
    assert preview(new, old.spans)[0].startswith("geoblock allows only RU ")
    assert preview(new, new.spans)[2] == "  IPv4 since the last data: no change"


def test_a_large_change_needs_consent(tmp_path: Path) -> None:
    old, new = compiled_of(tmp_path, policy_of("block", "RU")), compiled_of(tmp_path, policy_of("block", "RU", "UA"))
    found = changes(old.spans, new)
    with pytest.raises(
        Refused, match=r"gw-1: the geoblock changes IPv4 by 33%, IPv6 by 100% .*add changed to geoblock_accept"
    ):
        refuse_large_change(found, where="gw-1", accept=frozenset({"stale"}))
    refuse_large_change(found, where="gw-1", accept=frozenset({"changed"}))
    refuse_large_change(changes(old.spans, old), where="gw-1", accept=frozenset())
    refuse_large_change(changes({}, new), where="gw-1", accept=frozenset())


def test_a_set_that_would_become_empty_is_a_large_change(tmp_path: Path) -> None:
    old, new = compiled_of(tmp_path, policy_of("block", "NL", "DE")), compiled_of(tmp_path, policy_of("block", "DE"))
    with pytest.raises(Refused, match="IPv6 by 100%"):
        refuse_large_change(changes(old.spans, new), where="gw-1", accept=frozenset())


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ("2001:db8:9::/48", "1 range, 1 /48 network"),
        ("2001:db8:8::/47", "1 range, 2 /48 networks"),
        ("2001:db8:9::1", "1 range, less than one /48 network"),
    ],
)
def test_ipv6_is_counted_in_sites(tmp_path: Path, network: str, expected: str) -> None:
    policy = policy_of("block", networks={"bad": [network]}, families=["ipv6"])
    assert f"  IPv6: {expected}" in preview(compiled_of(tmp_path, policy))


def test_the_ranges_of_a_change_are_those_that_differ_and_its_addresses_those_that_move() -> None:
    before, after = ((1, 9), (20, 29), (40, 49)), ((1, 9), (20, 24), (25, 29), (60, 60), (62, 62))
    change = RangeChange(4, before, after)
    assert change.ranges_added == ((20, 24), (25, 29), (60, 60), (62, 62))
    assert change.ranges_removed == ((20, 29), (40, 49))
    assert (change.added, change.removed) == (((60, 60), (62, 62)), ((40, 49),))
    assert change.share == pytest.approx(12 / 29)
    assert RangeChange(4, (), ((1, 1),)).share == 1.0
    assert RangeChange(4, (), ()).share == 0.0
