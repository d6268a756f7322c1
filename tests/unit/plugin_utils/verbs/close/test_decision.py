# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The decision in a record, why a virtual server is left alone, and which wanted ones stay open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import (
    Address,
    Appliance,
    Vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import (
    UNUSABLE,
    ClosureScope,
    Decision,
    VserverChoice,
    choose,
    missing_inputs,
    named_but_open,
    require_inputs,
)

DUE = datetime(2026, 11, 28, 8, 0, 0, 999, UTC)
GW = Vserver("vpnvserver", "gw", "192.0.2.10", 443, "SSL", True)
OFF = Vserver("vpnvserver", "off", "192.0.2.12", 443, "SSL", False)
UNKNOWN = Vserver("vpnvserver", "unknown", "192.0.2.13", 443, "SSL", None)
TWIN = Vserver("lbvserver", "gw", "192.0.2.14", 443, "SSL", True)


def appliance(**changes: Any) -> Appliance:
    return Appliance("box", (Address("10.1.0.11", 443),), "u", "p", **changes)


def test_the_decision_of_a_lockdown_has_an_end_and_that_of_a_reopening_has_none() -> None:
    facts = {"reason": "why", "ticket": "CHG1", "decided_by": "J. Jansen"}
    assert Decision("why", "CHG1", "J. Jansen").facts() == facts
    assert Decision("why", "CHG1", "J. Jansen").expires == ""
    closing = Decision("why", "CHG1", "J. Jansen", DUE)
    assert closing.facts() == {**facts, "expires": "2026-11-28T08:00:00+00:00"}


def test_all_inputs_that_are_given_are_enough() -> None:
    require_inputs({"reason": "why", "ticket": ""}, ["reason"])
    with pytest.raises(
        InvalidInput,
        match=r"^reason and expires must be given for the record: .*; -e expires=24 .*\. Nothing was sent\.$",
    ):
        require_inputs({"reason": "", "expires": " "}, ["reason", "expires"])


@pytest.mark.parametrize("text", ["\u200b", "-", "\u00ad\u2060", ".", "\x07"])
def test_what_no_person_can_read_names_nobody(text: str) -> None:
    assert missing_inputs({"who": text, "reason": "\u0107"}, ["who", "reason"]) == ["who"]


@pytest.mark.parametrize(
    ("vserver", "wanted", "changes", "reason"),
    [
        (Vserver("lbvserver", "in", "0.0.0.0", 0, "HTTP", True), ClosureScope(), {}, "it has no address of its own, so it cannot"),
        (GW, ClosureScope(kinds=("lb",), vips=("x",)), {"never_close": ("gw",)}, "netscaler_never_close protects it"),
        (GW, ClosureScope(kinds=("lb", "cs"), vips=("x",)), {}, "vpn is not among the wanted kinds"),
        (GW, ClosureScope(vips=("x",), customers=("a",)), {}, "it is not among the wanted VIPs"),
        (GW, ClosureScope(customers=("a",)), {}, "customer unnamed is not among the wanted customers"),
        (GW, ClosureScope(customers=("a",)), {"customer": "b"}, "customer b is not among the wanted customers"),
        (GW, ClosureScope(customers=("a", "b")), {"customer": "b"}, ""),
        (Vserver("vpnvserver", "a{b", "192.0.2.10", 443, "SSL", True), ClosureScope(), {}, UNUSABLE),
    ],
)  # fmt: skip
def test_why_a_virtual_server_is_left_alone(
    vserver: Vserver, wanted: ClosureScope, changes: dict[str, Any], reason: str
) -> None:
    (choice,) = choose([vserver], wanted, appliance(**changes))
    assert choice.reason.startswith(reason)
    assert bool(choice.reason) is bool(reason)


PROTECTED, OTHER_KIND = "netscaler_never_close protects it", "lb is not among the wanted kinds"


@pytest.mark.parametrize(
    ("choices", "open_"),
    [
        ([VserverChoice(GW)], []),
        ([VserverChoice(GW, PROTECTED)], [f"gw STAYS OPEN: {PROTECTED}"]),
        (
            [VserverChoice(GW, PROTECTED), VserverChoice(TWIN, OTHER_KIND)],
            [f"gw STAYS OPEN: {PROTECTED}; {OTHER_KIND}"],
        ),
        ([VserverChoice(GW, PROTECTED), VserverChoice(TWIN, PROTECTED)], [f"gw STAYS OPEN: {PROTECTED}"]),
        ([VserverChoice(GW), VserverChoice(TWIN, OTHER_KIND)], []),
        ([VserverChoice(OFF, PROTECTED)], []),
        ([VserverChoice(UNKNOWN, PROTECTED)], [f"unknown STAYS OPEN: {PROTECTED}"]),
        ([VserverChoice(GW, UNUSABLE)], []),
        ([], []),
    ],
)
def test_a_wanted_virtual_server_that_stays_open_is_named(choices: list[VserverChoice], open_: list[str]) -> None:
    assert named_but_open(choices, ClosureScope(vips=("gw", "off", "unknown")), appliance()) == open_
    assert named_but_open(choices, ClosureScope(), appliance()) == []


def test_behind_nat_a_name_in_two_admin_partitions_is_that_of_the_customer_of_each() -> None:
    """The inventory names the addresses before NAT, and each partition has a gateway of the same name: the other customer was closed."""
    places = (("default", "203.0.113.1", "Brouwer"), ("tenant", "203.0.113.2", "De Wit"))
    appliance = Appliance(
        "gw-a",
        (Address("10.1.0.11", 443),),
        "u",
        "p",
        vserver_customers=tuple((address, customer) for _partition, address, customer in places),
        vips=tuple(Vip("gw", Address(address, 443), "vpn", partition=name) for name, address, _customer in places),
    )
    for partition, address, customer in places:
        (mine,) = choose([GW], ClosureScope(customers=(customer,)), appliance, partition)
        (by_vip,) = choose([GW], ClosureScope(vips=(address,)), appliance, partition)
        assert (mine.reason, by_vip.reason) == ("", ""), partition
        (others,) = choose(
            [GW], ClosureScope(customers=("Brouwer" if customer != "Brouwer" else "De Wit",)), appliance, partition
        )
        assert others.reason == f"customer {customer} is not among the wanted customers"


def test_behind_nat_a_partition_whose_addresses_the_inventory_does_not_list_is_of_its_own_customer() -> None:
    """The default partition has a gateway of the same name: its customer is another one."""
    appliance = Appliance(
        "gw-a",
        (Address("10.1.0.11", 443),),
        "u",
        "p",
        vserver_customers=(("203.0.113.1", "Brouwer"),),
        partition_customers=(("tenant", "De Wit"),),
        vips=(Vip("gw", Address("203.0.113.1", 443), "vpn"),),
    )
    (of_brouwer,) = choose([GW], ClosureScope(customers=("Brouwer",)), appliance, "tenant")
    (by_vip,) = choose([GW], ClosureScope(vips=("203.0.113.1",)), appliance, "tenant")
    (own,) = choose([GW], ClosureScope(customers=("De Wit",)), appliance, "tenant")
    assert of_brouwer.reason == "customer De Wit is not among the wanted customers"
    assert by_vip.reason == "it is not among the wanted VIPs"
    assert own.reason == ""
    protected = replace(appliance, never_close=("203.0.113.1",))
    (stays,) = choose([GW], ClosureScope(customers=("De Wit",)), protected, "tenant")
    assert stays.reason == "netscaler_never_close protects it"
