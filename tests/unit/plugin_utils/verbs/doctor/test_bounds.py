# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An appliance that was taken over cannot make the result of the doctor large, or put text into a line that a person copies."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import (
    Address,
    Appliance,
    Vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.names import UnusableName
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.time_budget import TimeBudget
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.appliance_state import (
    MOST_OF_A_KIND,
    pair_findings,
    session_findings,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.check_result import Severity
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.vip_reachability import (
    MOST,
    vip_findings,
)

APPLIANCE = Appliance("gw", (Address("192.0.2.1", 443),), "user", "password")


def test_ten_thousand_virtual_servers_are_not_ten_thousand_findings() -> None:
    vips = [
        Vip(f"gw{n}", Address("198.51.100.1", 443), "vpn", probe=False, withheld="why. Fix.") for n in range(10_000)
    ]
    found = vip_findings(APPLIANCE, vips, TimeBudget(10))
    assert len(found) == MOST + 1
    assert {finding.severity for finding in found} == {Severity.NOT_CHECKED}
    assert found[-1].about == f"{10_000 - MOST} more"


def test_nothing_is_tried_when_the_time_is_used_up() -> None:
    (finding,) = vip_findings(APPLIANCE, [Vip("gw", Address("192.0.2.1", 443), "vpn")], TimeBudget(0))
    assert finding.severity is Severity.WARNING, "what could not be tried is no success"


def test_ten_thousand_names_are_not_ten_thousand_findings() -> None:
    names = {UnusableName("lbvserver", f"{n}", f"(unusable name {n})") for n in range(10_000)}
    found = session_findings(cast("Any", SimpleNamespace(unusable_names=names)))
    assert len(found) == MOST_OF_A_KIND + 1
    assert found[-1].what == f"{10_000 - MOST_OF_A_KIND:,} more objects have such names"


def test_only_an_address_goes_into_the_line_for_host_vars() -> None:
    def line(text: str) -> str:
        connection = SimpleNamespace(
            appliance=APPLIANCE, nodes=[], other_nodes=[{"ipaddress": text}], pair_remarks=[], missing_nodes=[]
        )
        (finding,) = pair_findings(cast("Any", connection))
        assert finding.severity is Severity.ERROR
        return finding.line + finding.about

    assert line("192.0.2.2") == 'netscaler_nodes: ["192.0.2.1:443", "192.0.2.2"]192.0.2.2'
    assert line('192.0.2.2"]\nnetscaler_validate_certs: false #') == ""
