# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The decision in a record, why a virtual server is left alone, and which wanted ones stay open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import (
    Address,
    Appliance,
    Vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.names import (
    ADMIN_PARTITION,
    UnusableName,
    is_stand_in,
    usable,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.partitions import PartitionChoice
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import (
    UNUSABLE,
    ClosureScope,
    Decision,
    VserverChoice,
    absent_partitions,
    choose,
    closed_already,
    closed_without_consent,
    left_open,
    missing_inputs,
    named_but_open,
    not_agreed,
    not_extended,
    owned_but_open,
    parse_expiry,
    require_inputs,
    second_person,
    unknown_owners,
    unmatched,
    unusable,
    way_to_close,
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


NOW = datetime(2026, 11, 28, 8, 0, 0, 999, UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("24", timedelta(hours=24)),
        (" 24\n", timedelta(hours=24)),
        ("1.5", timedelta(minutes=90)),
        ("0.001", timedelta(seconds=3)),
        ("2026-11-28T08:00:01+00:00", SECOND),
        ("2026-11-29T09:00+01:00", timedelta(hours=24)),
    ],
)
def test_a_decision_is_due_after_hours_or_at_a_time_in_whole_seconds(text: str, due: timedelta) -> None:
    found = parse_expiry(text, NOW, 24)
    assert found == NOW.replace(microsecond=0) + due
    assert found.utcoffset() == timedelta()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0", "is '0', which is past"),
        ("2026-11-28T07:59:59+00:00", "which is past"),
        ("24.1", "is more than 24 hours ahead"),
        ("2026-11-29T08:00:01+00:00", "is more than 24 hours ahead"),
        ("999999", "is more than 24 hours ahead"),
        ("1234567", "is '1234567': give a number of hours"),
        ("soon", "is 'soon': give a number of hours"),
        ("-1", "give a number of hours"),
        ("0001-01-01T00:00:00+14:00", "give a number of hours"),
    ],
)
def test_a_time_that_is_past_or_too_far_ahead_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_expiry(text, NOW, 24)
    assert said in str(refused.value)


def test_the_last_moment_that_is_allowed_is_allowed_and_this_moment_is_past() -> None:
    whole = NOW.replace(microsecond=0)
    assert parse_expiry("2026-11-29T08:00:00+00:00", whole, 24) == whole + timedelta(hours=24)
    with pytest.raises(InvalidInput, match="which is past"):
        parse_expiry("2026-11-28T08:00:00+00:00", whole, 24)
    with pytest.raises(InvalidInput, match="give a number of hours"):
        parse_expiry("999999", datetime(9990, 1, 1, tzinfo=UTC), 24)


@pytest.mark.parametrize(
    ("second", "who", "name"),
    [
        ("", "J. Jansen", ""),
        (" ", "", ""),
        ("A. Brouwer", "J. Jansen", "A. Brouwer"),
        (" J.  Jansen-de Wit ", "J. Jansen", "J. Jansen-de Wit"),
    ],
)
def test_a_second_person_is_another_one(second: str, who: str, name: str) -> None:
    assert second_person("box", second, who) == name


@pytest.mark.parametrize(
    ("second", "who", "said"),
    [
        ("j.  jansen ", " J. Jansen", "box: second and who are both j. jansen: two different persons decide"),
        ("A\u200b", "J. Jansen", "box: second must be the name of a person, in one line"),
    ],
)
def test_one_person_does_not_decide_twice(second: str, who: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        second_person("box", second, who)
    assert str(refused.value).startswith(said)


def test_what_is_in_scope_and_cannot_be_sent_for_is_told_unless_it_is_off() -> None:
    assert unusable(
        [
            VserverChoice(GW, UNUSABLE),
            VserverChoice(UNKNOWN, UNUSABLE),
            VserverChoice(OFF, UNUSABLE),
            VserverChoice(TWIN, PROTECTED),
            VserverChoice(TWIN, "a"),
            VserverChoice(TWIN),
        ]
    ) == [GW, UNKNOWN]


def test_wanted_partitions_that_are_not_there_are_named_and_those_left_out_are_refused() -> None:
    choice = PartitionChoice(names=("default", "tenant"), left_out=("other", "third"))
    assert absent_partitions("box", ClosureScope(), choice) == ()
    assert absent_partitions("box", ClosureScope(partitions=("tenant", "gone")), choice) == (f"{ADMIN_PARTITION}gone",)
    with pytest.raises(Refused) as refused:
        absent_partitions("box", ClosureScope(partitions=("tenant", "third", "gone")), choice)
    assert str(refused.value) == (
        "box: partitions names third, which netscaler_partitions leaves out: this run reads default, tenant. "
        "Correct one of them. Nothing was changed."
    )


def test_names_of_the_inventory_that_no_virtual_server_has_are_told() -> None:
    box = appliance(vserver_customers=(("gw", "Brouwer"), ("gone", "Brouwer"), ("lost", "De Wit")))
    assert unmatched([GW], ClosureScope(vips=("gw", "192.0.2.10", "gone")), box) == ["gone"]
    assert unknown_owners([GW], box) == [
        "netscaler_vserver_customers names gone (Brouwer), lost (De Wit), which is not on this appliance"
    ]
    assert unknown_owners([GW], appliance(vserver_customers=(("gw", "Brouwer"),))) == []
    told = "may STAY OPEN: netscaler_vserver_customers names it, and no virtual server here has this name"
    assert owned_but_open([GW], ClosureScope(customers=("Brouwer",)), box) == [f"gone of Brouwer {told}"]
    assert owned_but_open([GW], ClosureScope(), box) == []


NOTHING = "nothing is on record"
LACKING = {"Brouwer": NOTHING, "De Wit": NOTHING}
OWNED = {"vserver_customers": (("gw", "Brouwer"), ("off", "Brouwer"), ("unknown", "Brouwer"), ("free", "Jansen"))}
FREE = Vserver("vpnvserver", "free", "192.0.2.15", 443, "SSL", True)
WHY = f"Brouwer has not agreed: {NOTHING}"


def kept(*vservers: Vserver, **wanted: Any) -> tuple[list[VserverChoice], ClosureScope, Appliance, str]:
    scope, box = ClosureScope(lacking_consent=LACKING, **wanted), appliance(**OWNED)
    return choose(vservers, scope, box), scope, box, "default"


def test_consent_keeps_those_of_a_customer_open_until_a_person_overrules_it() -> None:
    assert [one.reason for one in kept(GW, FREE)[0]] == [WHY, ""]
    assert [one.reason for one in kept(GW, FREE, without_consent=True)[0]] == ["", ""]
    _choices, scope, box, _partition = kept(without_consent=True)
    assert closed_without_consent([GW, OFF, FREE], scope, box) == {"Brouwer": WHY}
    assert closed_without_consent([FREE], scope, box) == {}
    unread = ClosureScope(lacking_consent={"": NOTHING})
    assert [one.reason for one in choose([GW], unread, appliance())] == [f" has not agreed: {NOTHING}"]


def test_what_stays_open_for_want_of_consent_is_named_by_customer() -> None:
    assert not_agreed(*kept(GW, OFF, FREE)) == [f"NOT AGREED: {GW} STAYS OPEN: {WHY}"]
    assert not_agreed(*kept(GW, OFF, UNKNOWN)) == [f"NOT AGREED: {GW}, {UNKNOWN} STAY OPEN: {WHY}"]
    assert not_agreed(*kept(OFF, FREE)) == []
    choices, scope, box, partition = kept(GW)
    others = [VserverChoice(GW), VserverChoice(UNKNOWN, PROTECTED), VserverChoice(UNKNOWN, "zzz")]
    assert not_agreed([*choices, *others], scope, box, partition) == [f"NOT AGREED: {GW} STAYS OPEN: {WHY}"]
    assert not_agreed([VserverChoice(FREE)], scope, box, partition) == []


def test_what_is_closed_all_the_same_and_what_is_not_extended_is_named() -> None:
    assert closed_already(*kept(GW, OFF, UNKNOWN, FREE)) == [f"{OFF} is closed already, and stays so: {WHY}"]
    by_a_step = (*kept(GW, OFF, UNKNOWN, FREE), {GW.object_id, FREE.object_id})
    assert closed_already(*by_a_step) == [f"{GW}, {OFF} are closed already, and stay so: {WHY}"]
    assert closed_already(*kept(GW, FREE)) == []
    assert not_extended(*by_a_step) == [f"NOT AGREED: the decision about {GW} IS NOT EXTENDED: {WHY}"]
    assert not_extended(*kept(GW), set()) == []


def test_a_partition_that_is_not_read_is_named_with_what_can_be_done() -> None:
    stand_in = usable("nspartition", "a{b", set[UnusableName]())
    assert is_stand_in(stand_in)
    assert left_open("tenant") == (
        "partition tenant is not among netscaler_partitions: its virtual servers may STAY OPEN"
    )
    assert left_open(stand_in) == (
        "a partition has a name that NITRO does not allow: its virtual servers may STAY OPEN"
    )
    assert str(way_to_close("tenant")).startswith("name the partition in netscaler_partitions, then ")
    assert str(way_to_close(stand_in)) == (
        "switch the virtual servers of the partition off on the appliance itself, since no run can enter it"
    )
