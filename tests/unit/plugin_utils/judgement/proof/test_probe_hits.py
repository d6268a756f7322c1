# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The share of the probes of a run in the rise of counters."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode, Placement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probe_hits import probes_in


def test_probes_are_never_more_than_the_rise_of_a_counter() -> None:
    assert probes_in({"p": 5}, 3, {}, ()) == {"p": 3}
    assert probes_in({"front": 1, "p": 5}, 3, {}, ()) == {"front": 1, "p": 2}
    assert probes_in({"p": 0}, 3, {}, ()) == {}


def test_probes_at_a_gateway_are_divided_among_its_bind_points() -> None:
    places = [
        Placement(
            "gw", "vpn", "gw", point, Mode.ENFORCE, {Mode.ENFORCE: f"enforce_{point}", Mode.OBSERVE: f"observe_{point}"}
        )
        for point in ("REQUEST", "AAA_REQUEST")
    ]
    vip = Vip("gw", Address("192.0.2.10", 443), "vpn")
    rose = {"enforce_REQUEST": 2, "enforce_AAA_REQUEST": 7}
    assert probes_in(rose, 0, {vip: 3}, places) == {"enforce_REQUEST": 2, "enforce_AAA_REQUEST": 1}
