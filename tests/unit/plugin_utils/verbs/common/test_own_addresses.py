# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From where our probes come: the address that the inventory names, and what the operating system chooses for nodes and VIPs."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import (
    Address,
    Appliance,
    Vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.what_is_ours import own_addresses


def test_the_source_of_the_probes_and_of_the_routes() -> None:
    node, name = Address("127.0.0.1", 443), Address("gw.example", 443)
    vip = Vip("gw", Address("127.0.0.2", 443), "vpn")
    assert own_addresses(Appliance("gw-a", (node,), "tq", "secret")) == ["127.0.0.1"]
    assert own_addresses(Appliance("gw-a", (name,), "tq", "secret")) == []
    assert own_addresses(Appliance("gw-a", (name,), "tq", "secret", vips=(vip,))) == ["127.0.0.1"]
    named = Appliance("gw-a", (node,), "tq", "secret", vips=(vip,), probe_from="::ffff:192.0.2.9")
    assert own_addresses(named) == ["192.0.2.9", "127.0.0.1"]
