# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requests that show that virtual servers are closed, and where: tests/engine/test_closing.py brings the policies in."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.closing.measure import (
    ClosedPoint,
    Closing,
    load_notice,
    notice,
    partners,
)

GW = ClosedPoint("vpn", "gw", languages=("nl",))
TENANT = ClosedPoint("lb", "app", "tenant", version=6)
NETWORKS = [ip_network(one) for one in ("198.51.100.0/24", "2001:db8::/32", "192.0.2.0/24")]


def cases(measure: Closing) -> list[tuple[Any, ...]]:
    """Each request: by its id without the digest of the virtual server, is it an attack, is it sent as a probe, and from which address."""
    return [
        ("-".join([case.id.split("_")[1], case.id.rpartition("-")[2]]), case.attack, case.probe, case.client)
        for case in measure.traffic.cases
    ]


def test_a_notice_answers_everybody_and_is_probed() -> None:
    assert cases(notice([GW, TENANT], {})) == [("gw-any", True, True, ""), ("app-any", True, True, "")]


def test_strangers_are_attacks_and_partners_are_not_and_only_our_own_address_is_probed() -> None:
    own = cases(partners([GW], NETWORKS, "10.9.9.9"))
    assert own == [
        ("gw-stranger", True, False, "203.0.113.1"),
        ("gw-partner", False, False, "198.51.100.0"),
        ("gw-probe", True, True, "10.9.9.9"),
    ]
    assert cases(partners([GW], NETWORKS, "198.51.100.9"))[-1] == ("gw-probe", False, True, "198.51.100.9")


def test_the_clients_are_of_the_ip_version_of_the_virtual_server() -> None:
    assert cases(partners([TENANT], NETWORKS, "10.9.9.9")) == [
        ("app-stranger", True, False, "3fff::1"),
        ("app-partner", False, False, "2001:db8::"),
    ]
    assert cases(partners([TENANT], NETWORKS[:1])) == [("app-stranger", True, False, "2001:db8::1")]


@pytest.mark.parametrize(("address", "blocked"), [("10.9.9.9", True), ("198.51.100.9", False), ("", False)])
def test_our_probes_can_be_blocked_where_our_address_is_known_and_no_partner(address: str, blocked: bool) -> None:
    measure = partners([GW], NETWORKS, address)
    assert (measure.traits.proving.by_probes, measure.traits.proving.serves_nobody) == (blocked, blocked)
    assert notice([GW], {}).traits.proving.serves_nobody


def test_partitions_are_those_of_what_is_closed_and_inside_one_is_its_part() -> None:
    both = notice([GW, TENANT], {})
    assert both.partitions == {"default", "tenant"}
    assert both.inside("tenant").points == (TENANT,)
    assert cases(both.inside("tenant")) == [("app-any", True, True, "")]
    nothing = load_notice({}, "gw-a", None)  # type: ignore[arg-type]
    assert nothing.partitions == frozenset()
    assert nothing.inside("tenant") is nothing


def test_the_policies_of_a_gateway_are_at_both_bind_points_and_their_names_stay_apart() -> None:
    found = [(one.vserver, one.bindpoint) for one in notice([GW, TENANT], {}).placements]
    assert found == [("gw", "REQUEST"), ("gw", "AAA_REQUEST"), ("app", "REQUEST")]
    similar = notice([ClosedPoint("lb", "a b"), ClosedPoint("lb", "a_b")], {}).placements
    assert len({one.policy for one in similar}) == 2
    assert (notice([GW], {}).priority, partners([GW], ()).priority, notice([GW], {}, 7).priority) == (10, 20, 7)
