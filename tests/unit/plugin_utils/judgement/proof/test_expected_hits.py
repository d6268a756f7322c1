# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The proof of a placement: the answers that its mode explains, and enough hits of its own policies."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode, Placement, mode_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.expected_hits import (
    PASSED_SIGNS,
    enough_hits,
    expected_hits,
    signs_at,
    unseen,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Answer, Sign, VipProof

GATEWAY = Vip("gw", Address("192.0.2.1", 443), "vpn")
SHOP = Vip("shop", Address("192.0.2.2", 443), "lb")


def part(vip: Vip, mode: str, point: str = "REQUEST") -> Placement:
    stem = f"{vip.name}_{point}"
    return Placement(vip.name, vip.kind, vip.name, point, mode, {Mode.ENFORCE: stem, Mode.OBSERVE: f"{stem}_observe"})


def probed(vip: Vip, *signs: Sign) -> VipProof:
    case = TrafficCase("a", True, "GET", "/a")
    return VipProof(vip, tuple((Answer(case, 403), sign) for sign in signs), ())


def document(
    *parts: Placement, action: str = "answer"
) -> dict[tuple[str, tuple[str, ...]], dict[str, str | int | bool]]:
    return {("responderpolicy", (one.policy,)): {"action": action} for one in parts}


def test_where_ours_blocks_only_our_own_answer_proves_it() -> None:
    own = part(GATEWAY, Mode.ENFORCE)
    assert signs_at([GATEWAY, SHOP], [own], document(own), "f00d") == {GATEWAY: (Sign.BLOCKED_BY_US,)}


def test_a_silent_answer_or_none_with_a_marker_can_only_be_a_block() -> None:
    own = part(GATEWAY, Mode.ENFORCE)
    both = {GATEWAY: (Sign.BLOCKED_BY_US, Sign.BLOCKED)}
    assert signs_at([GATEWAY], [own], document(own, action="RESET"), "f00d") == both
    assert signs_at([GATEWAY], [own], document(own), "") == both


def test_where_ours_counts_our_answer_would_be_wrong() -> None:
    own = part(SHOP, Mode.OBSERVE)
    assert signs_at([SHOP], [own], document(own, action="NOOP"), "f00d") == {SHOP: PASSED_SIGNS}
    assert Sign.BLOCKED_BY_US not in PASSED_SIGNS


def test_hits_are_expected_of_what_was_blocked_or_of_what_was_answered_at_all() -> None:
    parts = [part(GATEWAY, Mode.ENFORCE), part(SHOP, Mode.OBSERVE)]
    after = [
        probed(GATEWAY, Sign.BLOCKED_BY_US, Sign.NOT_CONFIRMED),
        probed(SHOP, Sign.NOT_CONFIRMED, Sign.BLOCKED, Sign.NO_ANSWER),
    ]
    assert expected_hits(parts, [], after, []) == {GATEWAY: 1, SHOP: 2}


def test_probes_before_the_change_count_where_the_policy_was_there_already() -> None:
    own = part(SHOP, Mode.OBSERVE)
    probes = [probed(SHOP, Sign.NOT_CONFIRMED)]
    assert expected_hits([own], probes, probes, []) == {SHOP: 1}
    assert expected_hits([own], probes, probes, [own.policy]) == {SHOP: 2}


def test_both_bind_points_count_together_and_no_vserver_for_another() -> None:
    parts = [part(GATEWAY, Mode.ENFORCE), part(GATEWAY, Mode.ENFORCE, "AAA_REQUEST"), part(SHOP, Mode.OBSERVE)]
    expected = {GATEWAY: 2, SHOP: 2}
    assert enough_hits(expected, {"gw_REQUEST": 0, "gw_AAA_REQUEST": 2, "shop_REQUEST_observe": 2}, parts)
    assert enough_hits(expected, {"gw_REQUEST": 1, "gw_AAA_REQUEST": 1, "shop_REQUEST_observe": 9}, parts)
    assert not enough_hits(expected, {"gw_REQUEST": 9, "shop_REQUEST_observe": 1}, parts)
    assert not enough_hits({}, {"gw_REQUEST": 9}, parts), "nothing was expected, so nothing is proven"


def test_a_bind_point_without_any_hit_is_named() -> None:
    parts = [part(GATEWAY, Mode.ENFORCE), part(GATEWAY, Mode.ENFORCE, "AAA_REQUEST")]
    (text,) = unseen(parts, {"gw_REQUEST": 0, "gw_AAA_REQUEST": 2}, [])
    assert text.startswith("gw (vpn vserver gw REQUEST) has no hit yet")
    assert unseen(parts, {"gw_REQUEST": 0, "gw_AAA_REQUEST": 2}, [{}, {"gw_REQUEST": 1}]) == []
    assert unseen(parts, {"gw_AAA_REQUEST": 2}, []) == [], "a policy that is not there"


def test_the_mode_is_what_is_bound_at_this_very_place() -> None:
    own = part(GATEWAY, Mode.ENFORCE)

    def bound(policy: str, point: str = "REQUEST") -> tuple[str, tuple[str, ...]]:
        return "vpnvserver_responderpolicy_binding", ("gw", policy, point)

    assert mode_of(own, {}) is None
    assert mode_of(own, {bound("gw_REQUEST", "AAA_REQUEST"): {}}) is None
    assert mode_of(own, {bound("gw_REQUEST_observe"): {}}) == Mode.OBSERVE
    assert mode_of(own, {bound("gw_REQUEST_observe"): {}, bound("gw_REQUEST"): {}}) == Mode.ENFORCE
