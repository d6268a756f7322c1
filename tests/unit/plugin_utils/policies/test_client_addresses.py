# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which addresses of clients decide what two rules on addresses do together."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.client_addresses import (
    MOST_SPANS,
    OF_NOBODY,
    deciding_addresses,
    strangers,
)

OURS = "!(CLIENT.IP.SRC.IN_SUBNET(192.0.2.0/25) || CLIENT.IP.SRC.IN_SUBNET(203.0.113.0/24))"
SET = {("policydataset_value_binding", ("blocked",)): {"name": "blocked", "values": "192.0.2.7 198.18.0.0-198.18.0.9"}}
BY_SET = 'CLIENT.IP.SRC.EQUALS_ANY("blocked")'


def test_it_is_the_ends_of_their_networks_and_what_is_beside_ours_inside() -> None:
    found = deciding_addresses(["CLIENT.IP.SRC.IN_SUBNET(192.0.2.0/24)"], [OURS], {})
    assert found == ("192.0.2.0", "192.0.2.255", "192.0.2.128", "192.0.2.127")


def test_a_set_counts_as_its_entries() -> None:
    found = deciding_addresses(["CLIENT.IP.SRC.EQ(198.18.0.5)"], [BY_SET], SET)
    assert found == ("198.18.0.5",)
    theirs = deciding_addresses([BY_SET], ["CLIENT.IP.SRC.EQ(198.18.0.9)"], SET)
    assert theirs == ("192.0.2.7", "198.18.0.0", "198.18.0.9", "198.18.0.8")


def test_the_first_and_the_last_address_of_all_have_nothing_beside_them() -> None:
    every = ["CLIENT.IP.SRC.IN_SUBNET(0.0.0.0/0)"]
    assert deciding_addresses(every, every, {}) == ("0.0.0.0", "255.255.255.255")


def test_what_is_too_much_is_not_tried_in_part() -> None:
    rule = " || ".join(f"CLIENT.IP.SRC.EQ(10.0.{number // 250}.{number % 250})" for number in range(MOST_SPANS + 1))
    assert deciding_addresses([rule], [OURS], {}) == ()
    entries = " ".join(f"10.{number // 250}.{number % 250}.0" for number in range(3000))
    many = {("policydataset_value_binding", ("blocked",)): {"name": "blocked", "values": entries}}
    assert deciding_addresses(["CLIENT.IP.SRC.IN_SUBNET(10.0.0.0/8)"], [BY_SET], many) == ()


def test_a_stranger_is_nobody_and_of_each_set_the_first() -> None:
    version_4 = tuple(one for one in OF_NOBODY if ":" not in one)
    assert strangers([OURS], {}) == version_4
    assert strangers([BY_SET], SET) == (*version_4, "192.0.2.7")
    assert strangers(["!(CLIENT.IPV6.SRC.IN_SUBNET(2001:db8:1::/48))"], {}) == ("2001:db8::1", "3fff::1")
    wrong = {("policydataset_value_binding", ("blocked",)): {"name": "blocked", "values": "nonsense 192.0.2.7"}}
    assert strangers([BY_SET], wrong) == (*version_4, "192.0.2.7")
