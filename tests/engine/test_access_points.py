# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Access points behind NAT: which virtual server they stand for, as the inventory says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment

from tests.stage.memory import Stage

BEHIND_NAT = """\
#NS13.0 Build 47.22
set ns config -IPAddress 192.0.2.11 -netmask 255.255.255.0
enable ns feature LB SSL SSLVPN
add vpn vserver gw_inside SSL 10.0.0.10 443
"""


@pytest.mark.parametrize(
    ("said", "verdict", "note"),
    [
        ({}, "partly", ""),
        ({"vserver": "gw_inside"}, "mitigated", "stands for gw_inside (vpn 10.0.0.10:443), as netscaler_vips says"),
        ({"vserver": "10.0.0.10"}, "mitigated", "stands for gw_inside"),
        ({"vserver": "10.0.0.10:443"}, "mitigated", "stands for gw_inside"),
        ({"vserver": "gw_insid"}, "partly", "and there is no such vpn virtual server"),
        ({"vserver": "gw_inside", "kind": "cs"}, "partly", "and there is no such cs virtual server"),
    ],
)
def test_an_access_point_behind_nat_stands_for_the_virtual_server_that_the_inventory_says(
    open_stage: Callable[..., Stage], said: dict[str, str], verdict: str, note: str
) -> None:
    vserver = {"type": "vpn", "name": "gw_inside", "address": "127.0.0.2:0", "protocol": "SSL"}
    stage = open_stage(
        {"nodes": ["127.0.0.1:0"], "build": "13.0 47.22", "ns_conf": BEHIND_NAT, "vservers": [vserver]},
        user_defined_audit_log="YES",
    )
    stage.variables["vips"] = [{**vip, "name": "gw from outside", **said} for vip in stage.variables["vips"]]
    with Connection(stage.appliance) as connection:
        remarks = [str(text) for text in Deployment(connection, stage.parameters()).plan().plan.remarks]
    assert any(note in text for text in remarks)
    result = stage.apply(save="always")
    assert result.verdict.word == verdict
    unlisted = [text for text in result.verdict.missing if "the vpn server gw_inside (10.0.0.10:443)" in text]
    assert len(unlisted) == (verdict == "partly")
