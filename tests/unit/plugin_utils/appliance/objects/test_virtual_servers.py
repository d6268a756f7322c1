# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The virtual server that a VIP of the inventory stands for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import (
    Address,
    Appliance,
    Vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import (
    Vserver,
    listed_vip,
    names_of,
    stands_for,
)

APPLIANCE = Appliance("box", (Address("192.0.2.1", 443),), "u", "p")


@pytest.mark.parametrize(
    ("vserver", "kind", "stands"),
    [
        ("", "vpn", False),
        ("gw", "vpn", True),
        ("10.0.0.10", "vpn", True),
        ("10.0.0.10:443", "vpn", True),
        ("10.0.0.10:8443", "vpn", False),
        ("gw", "cs", False),
        ("GW", "vpn", False),
    ],
)
def test_a_vip_stands_for_the_virtual_server_that_the_inventory_says(vserver: str, kind: str, *, stands: bool) -> None:
    there = Vserver("vpnvserver", "gw", "10.0.0.10", 443, "SSL", True)
    vip = Vip("outside", Address("192.0.2.10", 443), kind, vserver=vserver)
    assert stands_for(vip, there) is stands
    appliance = replace(APPLIANCE, vips=(vip,))
    assert (listed_vip(there, appliance) == vip) is stands
    assert ("192.0.2.10" in names_of(there, appliance)) is stands


def test_a_vip_of_the_same_name_that_stands_for_another_one_is_not_it() -> None:
    there = Vserver("vpnvserver", "gw", "10.0.0.10", 443, "SSL", True)
    other = Vip("gw", Address("192.0.2.10", 443), "vpn", vserver="gw_2")
    assert listed_vip(there, replace(APPLIANCE, vips=(other,))) is None
    assert listed_vip(there, replace(APPLIANCE, vips=(replace(other, vserver=""),))) is not None
