# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which VIPs may be probed that only the appliance names."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import (
    Address,
    Appliance,
    Vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.probe_consent import (
    why_withheld,
    with_consent,
)

from tests.played_together import played_together

LISTED = Vip("gw", Address("198.51.100.10", 443), "vpn")


def appliance(*networks: str) -> Appliance:
    nodes = (Address("192.0.2.11", 443), Address("nsip.example", 443), Address("2001:db8::11", 443))
    return Appliance("gw-a", nodes, "u", "p", vips=(LISTED,), probe_networks=networks)


def vip(address: str) -> Vip:
    return Vip("found", Address(address, 443), "vpn")


@played_together(
    ("address", "networks"),
    [
        ("198.51.100.10", []),  # listed
        ("192.0.2.11", []),  # a node
        ("2001:DB8:0::11", []),
        ("203.0.113.7", ["203.0.113.0/24"]),
        ("203.0.113.7", ["192.0.2.0/24", "203.0.113.7/32"]),
        ("203.0.113.7", ["0.0.0.0/0"]),
        ("::ffff:203.0.113.7", ["203.0.113.0/24"]),
        ("2001:db8:1::7", ["2001:db8:1::/48"]),
        ("127.20.1.24", ["127.20.1.0/24"]),
        ("169.254.7.7", ["169.254.7.0/24"]),
        ("169.254.169.254", ["169.254.169.254/32"]),
        ("fe80::1", ["fe80::/64"]),
    ],
)
def test_the_inventory_consents_by_an_address_or_a_network(address: str, networks: list[str]) -> None:
    assert why_withheld(vip(address), appliance(*networks)) == ""
    assert with_consent(vip(address), appliance(*networks)) == vip(address)


@played_together("address", ["203.0.113.7", "192.0.2.12", "198.51.100.11", "2001:db8::12", "10.0.0.1", "8.8.8.8"])
@played_together("networks", [[], ["203.0.114.0/24", "2001:db8:1::/48"]])
def test_without_consent_nothing_is_probed_not_even_beside_a_node(address: str, networks: list[str]) -> None:
    found = with_consent(vip(address), appliance(*networks))
    assert found.probe is False
    assert found.not_probed == (
        f"{found} is not probed (only the appliance names {address}: if it is yours, name it in netscaler_vips, or its network in "
        "netscaler_probe_networks)"
    )


@played_together(
    ("address", "kind"),
    [
        *(("127.0.0.1", "loopback"), ("::1", "loopback"), ("::ffff:127.0.0.1", "loopback"), ("169.254.1.1", "link-local")),
        *(("169.254.169.254", "metadata"), ("::ffff:169.254.169.254", "metadata"), ("fd00:ec2::254", "metadata")),
        *(("100.100.100.200", "metadata"), ("168.63.129.16", "metadata"), ("224.0.0.1", "multicast"), ("ff02::1", "multicast")),
        *(("0.0.0.0", "unspecified or reserved"), ("255.255.255.255", "unspecified or reserved"), ("fe80::1", "link-local")),
    ],
)  # fmt: skip
@played_together("networks", [[], ["0.0.0.0/0", "::/0"], ["168.0.0.0/5", "96.0.0.0/3", "fd00::/8"]])
def test_a_special_address_needs_a_network_of_its_own_kind(address: str, kind: str, networks: list[str]) -> None:
    reason = why_withheld(vip(address), appliance(*networks))
    assert f"which is a {kind} address: if it is meant, name it in netscaler_vips" in reason


def test_a_wide_link_local_network_has_no_metadata() -> None:
    assert "metadata" in why_withheld(vip("169.254.169.254"), appliance("169.254.0.0/16"))


@pytest.mark.parametrize("address", ["evil.example", "198.51.100.010", "fe80::1%eth0", "", "198.51.100.10\n"])
def test_what_is_no_address_is_never_probed(address: str) -> None:
    assert why_withheld(vip(address), appliance("0.0.0.0/0")).startswith(
        "its address is no IP address: if it is yours, name it in "
    )
