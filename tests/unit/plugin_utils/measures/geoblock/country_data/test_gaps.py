# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of what isn't covered, for each method and virtual server."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.gaps import (
    ACLS,
    DATASETS,
    LOCATION,
    Vip,
    not_covered,
)

from tests.unit.plugin_utils.measures.geoblock.country_data.geodata import policy_of

VIPS = [
    Vip("web", 4, "SSL"),
    Vip("web6", 6, "HTTP"),
    Vip("dns", 4, "UDP"),
    Vip("inner", 0, "HTTP"),
    Vip("gw", 4, "SSL", gateway=True),
]


@pytest.mark.parametrize("way", [LOCATION, DATASETS])
def test_what_responder_does_not_see(way: str) -> None:
    found = not_covered(policy_of("block", "RU", families=["ipv4"]), way, VIPS)
    assert [line.split()[0] for line in found[:3]] == ["web6", "dns", "gw"]
    assert "leaves ipv6 out" in found[0]
    assert "DTLS" in found[2]
    assert any("sessions continue: only new requests are evaluated" in line for line in found)


def test_what_acls_do_to_sessions() -> None:
    found = not_covered(policy_of("block", "RU"), ACLS, VIPS, ["192.0.2.0/24"])
    assert found[0].startswith("inner has no address of its own")
    assert "ends sessions" in found[1]
    assert any("headers are not evaluated" in line for line in found)
    assert not any(line.startswith(("web6", "dns", "gw")) for line in found)
    assert any("known are 192.0.2.0/24" in line for line in found)
