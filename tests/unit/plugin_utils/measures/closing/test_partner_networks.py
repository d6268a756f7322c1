# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The networks of the partners: strict at the door, and a rule for each IP version."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.closing.partner_networks import (
    read_networks,
    stranger_rule,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import Request, compile_expression

NETWORKS = [ip_network(one) for one in ("2001:db8::/32", "198.51.100.0/24", "203.0.113.7/32")]


@pytest.mark.parametrize(
    ("version", "partners", "strangers"),
    [
        (4, ["198.51.100.0", "198.51.100.255", "203.0.113.7"], ["198.51.101.0", "203.0.113.8"]),
        (6, ["2001:db8::1", "2001:db8:ffff::1"], ["2001:db9::1"]),
    ],
)
def test_rule_is_false_for_partners_and_true_for_all_others(
    version: int, partners: list[str], strangers: list[str]
) -> None:
    rule = compile_expression(stranger_rule(NETWORKS, version), {})
    assert all(rule.evaluate(Request(url="/", client_ip=client)) is False for client in partners)
    assert all(rule.evaluate(Request(url="/", client_ip=client)) is True for client in strangers)


def test_no_partner_of_an_ip_version_means_nobody() -> None:
    assert compile_expression(stranger_rule(NETWORKS[1:], 6), {}).evaluate(Request(url="/", client_ip="2001:db8::1"))


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("198.51.100.0/24", "must be a list of at most 1000 networks"),
        (["198.51.100.0/24"] * 1001, "must be a list of at most 1000 networks"),
        (["198.51.100.1/24"], "has as entry 1 '198.51.100.1/24', which is no network"),
        ([7], "has as entry 1 '7', which is no network"),
        (["198.51.100.0/24", "0.0.0.0/0"], "has as entry 2 0.0.0.0/0, which lets everybody in"),
        (["0.0.0.0/1", "128.0.0.0/1"], "lets everybody in: its networks of IPv4 are all addresses together"),
        (["::/1", "8000::/1", "10.0.0.0/8"], "lets everybody in: its networks of IPv6 are all addresses together"),
        ([f"198.51.100.{number}" for number in range(60)], "has 60 networks, whose rule is longer than the 1499"),
    ],
)
def test_wrong_network_is_refused_with_the_variable_and_the_fix(value: object, problem: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_networks("gw-a", value)
    assert str(error.value).startswith(f"gw-a: tourniquet_partners {problem}")


def test_each_network_counts_once() -> None:
    assert read_networks("gw-a", None) == ()
    assert read_networks("gw-a", ["198.51.100.0/24", "198.51.100.0/24"]) == (ip_network("198.51.100.0/24"),)
