# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The order of all ACLs: the lower number is evaluated first, and an ACL with conditions besides addresses may match."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.address_ranges import (
    parse_network,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.acls.order import (
    AclRule,
    is_in,
    newly_denied,
    opened,
    own_rule,
    passed_by,
    rule_of,
)

SITE = "203.0.113.10"
ME = "198.51.100.7"


def number(address: str) -> int:
    return parse_network(address)[1][0]


def ours(priority: int, source: str, *, denies: bool = True) -> AclRule:
    spans = (parse_network(source)[1],)
    return AclRule("tq_geoblock__x", priority, denies, spans, (parse_network(SITE)[1],), ours=True)


def theirs(priority: int, action: str, **conditions: Any) -> AclRule:
    return rule_of({"aclname": "theirs", "aclaction": action, "priority": str(priority), **conditions}, 4)


def test_what_ours_newly_denies_is_told_and_what_was_denied_already_is_not() -> None:
    deny = ours(500, "198.51.100.0/24")
    sources, sites = {number(ME): "the control node"}, [number(SITE)]
    assert newly_denied([], [deny], sources, sites) == [("the control node", deny)]
    before = [theirs(10, "DENY", srcipval=ME)]
    assert newly_denied(before, [*before, deny], sources, sites) == []
    allowed = [theirs(10, "ALLOW", srcipval=ME, srcipop="=")]
    assert newly_denied(allowed, [*allowed, deny], sources, sites) == []
    behind = [theirs(600, "ALLOW", srcipval=ME)]
    assert newly_denied(behind, [*behind, deny], sources, sites) == [("the control node", deny)]
    assert newly_denied([], [theirs(10, "DENY", srcipval=ME)], sources, sites) == [], "it is not ours"
    assert newly_denied([], [ours(10, ME, denies=False), deny], sources, sites) == []
    assert newly_denied([], [deny], {number("192.0.2.1"): "somebody"}, sites) == []
    assert newly_denied([], [deny], sources, [number("203.0.113.11")]) == []


@pytest.mark.parametrize(
    ("version", "attributes", "about", "not_about"),
    [
        (4, {"aclaction": "DENY", "srcipval": "198.51.100.0/24"}, ME, "192.0.2.1"),
        (4, {"aclaction": "ALLOW", "srcipdataset": "set", "destipval": SITE}, ME, "192.0.2.1"),
        (6, {"acl6action": "DENY", "srcipv6val": "2001:db8::/32"}, "2001:db8::1", "2001:db9::1"),
    ],
)
def test_an_acl_of_ours_is_known_as_ours(version: int, attributes: dict[str, str], about: str, not_about: str) -> None:
    spans = {"set": (parse_network("198.51.100.7")[1],)}
    rule = own_rule("tq_geoblock__x", {"priority": 500, **attributes}, version, spans)
    denies = "DENY" in attributes.values()
    assert (rule.name, rule.priority, rule.denies, rule.ours, rule.open) == ("tq_geoblock__x", 500, denies, True, False)
    site = number(SITE if version == 4 else "2001:db8::99")
    assert [rule.is_about(number(address), site) for address in (about, not_about)] == [True, False]
    assert rule.is_about(number(about), site + 1) is ("destipval" not in attributes)


@pytest.mark.parametrize(("version", "suffix", "last"), [(4, "", 2**32 - 1), (6, "6", 2**128 - 1)])
def test_without_addresses_an_acl_is_about_all(version: int, suffix: str, last: int) -> None:
    own = own_rule("tq_geoblock__x", {"priority": 5, f"acl{suffix}action": "DENY"}, version, {})
    other = rule_of({f"acl{suffix}name": "theirs", f"acl{suffix}action": "deny"}, version)
    assert own.sources == own.destinations == other.sources == other.destinations == ((0, last),)
    assert (other.name, other.priority, other.denies, other.ours, other.open) == ("theirs", 0, True, False, False)
    assert own.is_about(last, 0)
    assert other.is_about(0, last)


def test_an_acl_without_an_action_denies_nothing_and_one_with_a_strange_address_may_match() -> None:
    strange = rule_of({"aclname": "theirs", "srcipval": "what is that"}, 4)
    assert (strange.denies, strange.open, strange.priority) == (False, True, 0)


@pytest.mark.parametrize(
    ("address", "inside"), [(4, False), (5, True), (9, True), (10, False), (20, True), (21, False)]
)
def test_an_address_is_in_a_range_from_its_first_to_its_last(address: int, *, inside: bool) -> None:
    assert is_in(((5, 9), (20, 20)), address) is inside


def test_a_rule_that_may_match_is_not_relied_upon() -> None:
    deny = ours(500, "198.51.100.0/24")
    narrowed = theirs(10, "ALLOW", srcipval=ME, destportval="443", destport=True, protocol="TCP")
    assert narrowed.open
    assert newly_denied([narrowed], [narrowed, deny], {number(ME): "me"}, [number(SITE)]) == [("me", deny)]


@pytest.mark.parametrize(
    ("conditions", "inside"),
    [
        ({"srcipval": "198.51.100.0-198.51.100.9"}, True),
        ({"srcipval": "[198.51.100.0-198.51.100.9]"}, True),
        ({"srcipval": "198.51.100.0-198.51.100.9", "srcipop": "!="}, False),
        ({"srcipval": "192.0.2.1", "srcipop": "NEQ"}, True),
        ({"destipval": SITE}, True),
        ({"destipval": "203.0.113.11"}, False),
        ({}, True),
        ({"srcipval": "what is that"}, True),
    ],
)
def test_who_an_acl_of_others_is_about(conditions: dict[str, str], inside: bool) -> None:
    assert theirs(1, "DENY", **conditions).is_about(number(ME), number(SITE)) is inside


def test_an_allow_of_ours_before_a_deny_about_the_same_is_found() -> None:
    allow = ours(500, "198.51.100.0/24", denies=False)
    deny = theirs(600, "DENY", srcipval="198.51.100.200-198.51.101.9")
    assert opened([allow], [deny]) == [(allow, deny)]
    assert opened([allow], [theirs(400, "DENY", srcipval=ME)]) == []
    assert opened([allow], [theirs(600, "DENY", srcipval="192.0.2.1")]) == []
    assert opened([allow], [theirs(600, "ALLOW")]) == []
    assert opened([ours(500, "198.51.100.0/24")], [deny]) == []
    assert opened([allow], [theirs(500, "DENY", srcipval=ME)]) == [], "it is not before that one"
    later = ours(700, "198.51.100.0/24", denies=False)
    assert opened([later, allow], [deny, theirs(400, "DENY")]) == [(allow, deny)]
    assert opened([], [deny]) == []


def test_an_allow_of_others_before_ours_is_told() -> None:
    deny = ours(500, "198.51.100.0/24")
    passing = theirs(400, "BRIDGE", srcipval=ME)
    assert passed_by([deny], [passing, theirs(600, "ALLOW"), theirs(1, "DENY")]) == [passing]
    assert passed_by([deny], [theirs(500, "ALLOW"), theirs(400, "ALLOW", srcipval="192.0.2.1")]) == []
    assert passed_by([ours(500, "198.51.100.0/24", denies=False)], [passing]) == []
