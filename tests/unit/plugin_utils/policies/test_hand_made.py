# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A policy of others goes only if its rule is this mitigation and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic, TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.hand_made import (
    HandMade,
    hand_made,
    removable,
)

TRAFFIC = Traffic(
    (
        TrafficCase("one", True, "GET", "/vpns/one"),
        TrafficCase("two", True, "GET", "/VPNS/two"),
        TrafficCase("page", False, "GET", "/vpn/index.html"),
        TrafficCase("script", False, "GET", "/vpn/js/a.js"),
        TrafficCase("root", False, "GET", "/"),
    )
)
LOWER = 'HTTP.REQ.URL.CONTAINS("/vpns/")'
WHOLE = 'HTTP.REQ.URL.SET_TEXT_MODE(IGNORECASE).CONTAINS("/vpns/")'
ADMIN = 'HTTP.REQ.URL.STARTSWITH("/admin")'


def judged(rule: str, name: str = "pol_emergency") -> HandMade:
    objects: dict[Any, Any] = {
        ("responderpolicy", (name,)): {"name": name, "rule": rule, "action": "DROP"},
        ("policyexpression", ("admin",)): {"name": "admin", "value": ADMIN},
    }
    (found,) = hand_made(objects, TRAFFIC, [1], ["CTX267027 of 2019"])
    return found


@pytest.mark.parametrize(
    ("rule", "name", "objection"),
    [
        (WHOLE, "pol_emergency", ""),
        (LOWER, "block_ctx267027", ""),
        (f"{LOWER} || {WHOLE}", "pol_emergency", ""),
        (LOWER, "pol_emergency", "is not named after the vendor's article, and matches 1 of 2 attacks only"),
        (f"{WHOLE} || {ADMIN}", "ctx267027", f"has a part that matches no attack of it: {ADMIN}"),
        (f"({LOWER} || admin)", "ctx267027", f"has a part that matches no attack of it: {ADMIN}"),
        (f'{WHOLE} || HTTP.REQ.URL.ENDSWITH(".js")', "ctx267027", "matches legitimate requests too, such as GET /vpn/js/a.js"),
    ],
)  # fmt: skip
def test_why_a_policy_of_others_stays(rule: str, name: str, objection: str) -> None:
    made = judged(rule, name)
    assert made.is_one
    assert made.objection == objection
    arguments = {"where": "gw1", "option": "found=remove", "measure": "cve"}
    if not objection:
        assert removable([made], **arguments) == [name]
        return
    with pytest.raises(Refused) as refused:
        removable([made], **arguments)
    assert str(refused.value).startswith(
        f"gw1: found=remove: the policy {name} {objection}. It may protect against more than cve"
    )


def test_a_part_that_is_for_something_else_is_shown() -> None:
    assert f"a part of its rule matches none of them: {ADMIN}" in str(judged(f"{WHOLE} || {ADMIN}"))
    assert "a part of" not in str(judged(WHOLE))


def test_a_policy_that_only_its_name_relates_to_it_is_neither_removed_nor_an_objection() -> None:
    assert removable([judged(ADMIN, "ctx267027")], where="gw1", option="found=remove", measure="cve") == []


def test_what_it_misses_is_named() -> None:
    assert "matches 1 of 2 attacks; all of v" not in str(judged(LOWER))
    assert "matches 1 of 2 attacks; not GET /VPNS/two" in str(judged(LOWER))
    assert "not GET" not in str(judged(WHOLE))


@pytest.mark.parametrize(
    ("also", "is_found"),
    [
        ('HTTP.REQ.URL.EQ("/vpn/index.html")', True),
        ('HTTP.REQ.URL.STARTSWITH("/vpn/")', False),
        ("true", False),
    ],
)
def test_a_rule_that_matches_half_of_the_legitimate_requests_is_another_one(also: str, is_found: bool) -> None:
    policy = {"name": "pol_emergency", "rule": f"{WHOLE} || {also}", "action": "DROP"}
    assert bool(hand_made({("responderpolicy", ("pol_emergency",)): policy}, TRAFFIC, [1])) == is_found
