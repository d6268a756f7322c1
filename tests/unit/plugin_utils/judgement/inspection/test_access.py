# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The virtual servers that a measure is about, and those that the inventory does not name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import (
    VSERVER_TYPES,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection import access
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.access import (
    AccessFacts,
    read_access,
    read_unlisted_vips,
)

from tests.unit.plugin_utils.judgement.inspection.appliance import FakeSession, appliance, placed, resolved

GATEWAY = {"name": "gw", "ipv46": "192.0.2.10", "port": 443, "servicetype": "SSL", "curstate": "UP"}
BALANCER = {"name": "web", "ipv46": "192.0.2.11", "port": 443, "servicetype": "SSL", "curstate": "UP"}
BUSY = NitroError("gw", "GET", 503, 0, "busy")
LISTED = [{"name": "front", "address": "192.0.2.10", "port": 443, "kind": "vpn"}]


def names(vips: Any) -> list[str]:
    return [str(vip) for vip in vips]


def test_without_vips_in_the_inventory_all_kinds_are_read(tmp_path: Path) -> None:
    session = FakeSession({"vpnvserver": [GATEWAY], "lbvserver": [BALANCER]})
    found = read_access(session, resolved(tmp_path, appliance()))
    assert names(found.vips) == ["gw (192.0.2.10:443)", "web (192.0.2.11:443)"]
    assert set(found.vservers) == set(VSERVER_TYPES)
    assert set(session.read_types) == set(VSERVER_TYPES)
    assert (found.unprovable, found.remarks) == ((), ())


def test_of_the_vips_in_the_inventory_only_their_kinds_are_read(tmp_path: Path) -> None:
    session = FakeSession({"vpnvserver": [GATEWAY], "lbvserver": BUSY})
    found = read_access(session, resolved(tmp_path, appliance(vips=LISTED)))
    assert (names(found.vips), session.read_types) == (["front (192.0.2.10:443)"], ["vpnvserver"])


def test_virtual_servers_that_cannot_be_read_are_an_error_unless_the_inventory_names_them(tmp_path: Path) -> None:
    session = FakeSession({"vpnvserver": BUSY})
    with pytest.raises(NitroError, match="busy"):
        read_access(session, resolved(tmp_path, appliance()))
    found = read_access(session, resolved(tmp_path, appliance(vips=LISTED)))
    assert names(found.vips) == ["front (192.0.2.10:443)"]
    assert found.remarks == ("whether the VIPs are switched off cannot be read",)


def test_a_measure_with_placements_is_about_the_protected_ones(tmp_path: Path) -> None:
    session = FakeSession({"vpnvserver": [GATEWAY], "lbvserver": [BALANCER]})
    places = [placed("vpn", "gw"), placed("lb", "gone"), placed("lb", "gw")]
    found = read_access(session, resolved(tmp_path, appliance(), places))
    assert names(found.vips) == ["gw (192.0.2.10:443)"]
    assert found.unprovable == ("lb gone", "lb gw")


def test_gateways_that_the_inventory_does_not_name(tmp_path: Path) -> None:
    login = {**BALANCER, "name": "aaa", "ipv46": "192.0.2.12"}
    session = FakeSession({"vpnvserver": [GATEWAY], "authenticationvserver": [login], "lbvserver": [BALANCER]})
    session.appliance = appliance()
    found = read_access(session, resolved(tmp_path, appliance(vips=LISTED)))
    session.read_types.clear()
    assert names(read_unlisted_vips(session, found)) == ["aaa (192.0.2.12:443)"]
    assert session.read_types == ["authenticationvserver"], "what was read is not read again"
    assert names(read_unlisted_vips(session, AccessFacts())) == ["gw (192.0.2.10:443)", "aaa (192.0.2.12:443)"]


def test_a_vip_may_stand_for_a_virtual_server_at_another_address(tmp_path: Path) -> None:
    outside = [{**LISTED[0], "address": "198.51.100.1", "vserver": "gw"}]
    session = FakeSession({"vpnvserver": [GATEWAY]})
    session.appliance = appliance()
    found = read_access(session, resolved(tmp_path, appliance(vips=outside)))
    assert found.remarks == ("front (198.51.100.1:443) stands for gw (vpn 192.0.2.10:443), as netscaler_vips says",)
    assert read_unlisted_vips(session, found) == []
    outside[0]["vserver"] = "other"
    found = read_access(session, resolved(tmp_path, appliance(vips=outside)))
    assert found.remarks == (
        "netscaler_vips says that front (198.51.100.1:443) stands for other, and there is no such vpn virtual server",
    )
    assert names(read_unlisted_vips(session, found)) == ["gw (192.0.2.10:443)"]
    assert access.read_unlisted_vips(session, AccessFacts(vservers=found.vservers))
