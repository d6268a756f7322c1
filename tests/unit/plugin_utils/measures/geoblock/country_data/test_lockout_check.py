# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lockout check: protected addresses in the set are reported with the range and the country."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.lockout_check import (
    Protected,
    hits,
    lockout_problems,
)

from tests.unit.plugin_utils.measures.geoblock.country_data.geodata import compiled_of, policy_of


def told(compiled: object, *entries: str) -> list[str]:
    return [hit.text() for hit in hits(compiled, [Protected(entry, "NSIP") for entry in entries])]  # type: ignore[arg-type]


def test_a_blocklist_hits_who_is_in_it(tmp_path: Path) -> None:
    compiled = compiled_of(tmp_path, policy_of("block", "RU", "UA"))
    assert told(compiled, "192.0.2.64", "192.0.2.128", "2001:db8:1::7", "2001:db8:3::") == [
        "NSIP 192.0.2.64 is in 192.0.2.64-192.0.2.127 (UA)",
        "NSIP 2001:db8:1::7 is in 2001:db8:1::-2001:db8:1:ffff:ffff:ffff:ffff:ffff (RU)",
    ]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("192.0.2.0/24", "192.0.2.0-192.0.2.63 (RU)"),
        ("192.0.2.60-192.0.2.65", "192.0.2.0-192.0.2.63 (RU)"),
        ("192.0.2.120-192.0.2.140", "192.0.2.64-192.0.2.127 (UA)"),
        ("198.51.100.0-203.0.113.0", "203.0.113.0-203.0.113.127 (RU)"),
        ("192.0.2.128-203.0.112.255", None),
        ("203.0.113.128/25", None),
        ("192.0.0.0/23", None),
    ],
)
def test_a_network_is_hit_as_soon_as_one_address_of_it_is(tmp_path: Path, entry: str, expected: str | None) -> None:
    found = told(compiled_of(tmp_path, policy_of("block", "RU", "UA")), entry)
    assert found == ([f"NSIP {entry} is in {expected}"] if expected else [])


def test_an_allowlist_hits_who_is_not_or_not_wholly_in_it(tmp_path: Path) -> None:
    compiled = compiled_of(tmp_path, policy_of("allow", "RU", "UA"))
    assert told(compiled, "192.0.2.0/25", "192.0.2.0/24", "10.1.2.3") == [
        "NSIP 192.0.2.0/24 is with 192.0.2.128-192.0.2.255 in no country and no list that is allowed",
        "NSIP 10.1.2.3 is with 10.1.2.3 in no country and no list that is allowed",
    ]


def test_a_family_that_is_not_touched_hits_nobody(tmp_path: Path) -> None:
    assert told(compiled_of(tmp_path, policy_of("allow", "RU", families=["ipv4"])), "2001:db8:3::") == []


def test_a_hit_is_a_problem_that_says_what_to_do(tmp_path: Path) -> None:
    for effect, variable in (("block", "geoblock_exceptions"), ("allow", "geoblock_networks")):
        compiled = compiled_of(tmp_path, policy_of(effect, "NL"))
        found = list(lockout_problems(compiled, [Protected("192.0.2.200-192.0.2.255", "always")]))
        assert len(found) == (effect == "block")
        ((problem, fix),) = lockout_problems(
            compiled_of(tmp_path, policy_of(effect, "RU", "NL")),
            [Protected("192.0.2.190-192.0.2.201", "the control node")],
        )
        assert re.fullmatch(r"this geoblock would lock out the control node 192\.0\.2\.190.*\.", problem)
        assert fix == f"Add it to {variable} if it must get through."


def test_what_is_no_address_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="NSIP: 'gw-1' is no address"):
        told(compiled_of(tmp_path, policy_of("block", "RU")), "gw-1")
