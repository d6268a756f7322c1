# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which packets get past the ACLs of a closing: one of ours that is gone, changed or waits, and an ALLOW of somebody else before it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.closing_acls import (
    PENDING,
    ClosingAcls,
)

GATEWAY = Vserver("vpnvserver", "gw", "203.0.113.10", 443, "SSL", True)
OVER_IPV6 = Vserver("vpnvserver", "gw6", "2001:db8::10", 443, "SSL", True)
DENY = ("nsacl", ("tq_deny",))
DENY_6 = ("nsacl6", ("tq_deny",))
PARTNER = ("nsacl", ("tq_partner",))
OWN: dict[ObjectId, Attributes] = {
    DENY: {"aclname": "tq_deny", "aclaction": "DENY", "priority": 500, "destipval": "203.0.113.10"},
    PARTNER: {
        "aclname": "tq_partner",
        "aclaction": "ALLOW",
        "priority": 400,
        "destipval": "203.0.113.10",
        "srcipdataset": "tq_partners",
    },
}
OWN_6: dict[ObjectId, Attributes] = {
    DENY_6: {"acl6name": "tq_deny", "acl6action": "DENY", "priority": 500, "destipv6val": "2001:db8::10"}
}
SETS: dict[ObjectId, Attributes] = {
    ("policydataset_value_binding", ("tq_partners",)): {
        "name": "tq_partners",
        "values": "192.0.2.9 198.51.100.0-198.51.100.255",
    },
    ("policydataset", ("tq_partners",)): {"name": "tq_partners"},
    ("policyexpression", ("tq_partners",)): {"name": "tq_partners", "value": "CLIENT.IP.SRC"},
}
APPLIED = {"kernelstate": "APPLIED", "state": "ENABLED"}
ROWS = {id_: {**own, "priority": str(own["priority"]), **APPLIED} for id_, own in {**OWN, **OWN_6}.items()}


def found(
    *others: dict[str, Any],
    own: dict[ObjectId, Attributes] = OWN,
    changed: dict[ObjectId, dict[str, Any] | None] | None = None,
    pending: tuple[str, ...] = (),
    vserver: Vserver = GATEWAY,
    type_: str = "nsacl",
) -> list[tuple[str, bool]]:
    """Return why packets get through, and whether that is sure.

    :param others: further ACLs of the node
    :param changed: of ours, what the node has otherwise; None where it has none
    """
    rows: dict[str, list[dict[str, Any]]] = {"nsacl": [], "nsacl6": []}
    for id_ in own:
        change = (changed or {}).get(id_, {})
        if change is not None:
            rows[id_[0]].append({**ROWS[id_], **change})
    rows[type_] += others
    return list(ClosingAcls(own, SETS, rows, pending).why_open(vserver))


def theirs(**changes: Any) -> dict[str, Any]:
    allow = {"aclname": "theirs", "aclaction": "ALLOW", "priority": "10", "srcipval": "192.0.2.9"}
    return {**allow, **APPLIED, **changes}


def test_nothing_gets_through_where_ours_are_as_they_were_left() -> None:
    assert found() == []
    assert found(own=OWN_6, vserver=OVER_IPV6) == []
    assert found(pending=("nsacl", "nsacl6")) == [], "what waits to be removed is not among those that are left"


def test_an_address_without_a_denial_of_ours_is_open() -> None:
    none = "no ACL of ours is for its address, 203.0.113.11"
    other = Vserver("vpnvserver", "gw", "203.0.113.11", 443, "SSL", True)
    assert found(vserver=other) == [(none, True)]
    assert found(vserver=other, pending=("nsacl",)) == [(f"{none}; {PENDING}", False)]
    assert found(own=OWN_6) == [("no ACL of ours is for its address, 203.0.113.10", True)]
    assert found(vserver=OVER_IPV6) == [("no ACL of ours is for its address, 2001:db8::10", True)]
    assert found(own={PARTNER: OWN[PARTNER]}) == [("no ACL of ours is for its address, 203.0.113.10", True)]


def test_only_those_of_an_address_are_about_it() -> None:
    acls = ClosingAcls({**OWN, **OWN_6}, SETS, {})
    assert [*acls.about(GATEWAY)] == [DENY, PARTNER]
    assert [*acls.about(OVER_IPV6)] == [DENY_6]


GONE = "ns acl tq_deny is not there"
OTHER = "ns acl tq_deny is not as our last run left it"
WAITS = "ns acl tq_deny is edited and not applied, so it is not known whether it filters"


@pytest.mark.parametrize(
    ("changed", "pending", "told"),
    [
        ({DENY: None}, (), [(GONE, True)]),
        ({DENY: None}, ("nsacl6",), [(GONE, True)]),
        ({DENY: None}, ("nsacl",), [(f"{GONE}; {PENDING}", False)]),
        ({DENY: {"state": "DISABLED"}}, (), [(OTHER, True)]),
        ({DENY: {"priority": "501"}}, (), [(OTHER, True)]),
        ({DENY: {"destipval": "203.0.113.12"}}, (), [(OTHER, True)]),
        ({DENY: {"established": "true"}}, (), [(OTHER, True)]),
        ({DENY: {"vlan": "7"}}, (), [(OTHER, True)]),
        ({DENY: {"kernelstate": "NOTAPPLIED"}}, (), [(WAITS, False)]),
        ({DENY: {"kernelstate": ""}}, (), [(WAITS, False)]),
        ({DENY: {"kernelstate": "SFAPPLIED"}}, (), []),
        ({DENY: {"hits": "7", "vlan": "0"}}, (), []),
        ({PARTNER: None}, (), []),
        ({PARTNER: {"state": "DISABLED"}}, (), []),
        ({PARTNER: {"kernelstate": "NOTAPPLIED"}}, (), [(WAITS.replace("tq_deny", "tq_partner"), False)]),
        ({PARTNER: {"priority": "401"}}, (), [(OTHER.replace("tq_deny", "tq_partner"), True)]),
        ({DENY: {"aclname": "tq_denz"}}, (), [(GONE, True)]),
        ({DENY: {"aclname": "tq_denx"}}, (), [(GONE, True)]),
    ],
)  # fmt: skip
def test_one_of_ours_that_is_gone_changed_or_waits_is_told(
    changed: dict[ObjectId, dict[str, Any] | None], pending: tuple[str, ...], told: list[tuple[str, bool]]
) -> None:
    assert found(changed=changed, pending=pending) == told


THROUGH = "ns acl theirs of somebody else (priority {}) lets packets through before ours drop them"


@pytest.mark.parametrize(
    ("changes", "is_sure"),
    [
        ({}, True),
        ({"aclaction": "BRIDGE"}, True),
        ({"aclaction": "DENY"}, None),
        ({"priority": "499"}, True),
        ({"priority": "500"}, None),
        ({"priority": "501"}, None),
        ({"state": "DISABLED"}, None),
        ({"kernelstate": "NOTAPPLIED"}, None),
        ({"destipval": "203.0.113.10"}, True),
        ({"destipval": "203.0.113.11"}, None),
        ({"protocol": "TCP"}, True),
        ({"protocol": "tcp"}, True),
        ({"protocol": "UDP"}, None),
        ({"protocol": "ARP"}, None),
        ({"protocolnumber": "6"}, True),
        ({"protocolnumber": "17"}, None),
        ({"protocolnumber": "0"}, True),
        ({"established": "true"}, None),
        ({"established": "false"}, True),
        ({"destport": "true", "destportval": "443"}, True),
        ({"destport": "true", "destportval": "442"}, None),
        ({"destport": "true", "destportval": "444"}, None),
        ({"destport": "true", "destportval": "443-445"}, True),
        ({"destport": "true", "destportval": "440-443"}, True),
        ({"destport": "true", "destportval": "440-442"}, None),
        ({"destport": "true", "destportval": "444-450"}, None),
        ({"destport": "true", "destportval": "443", "destportop": "!="}, None),
        ({"destport": "true", "destportval": "443", "destportop": "NEQ"}, None),
        ({"destport": "true", "destportval": "80", "destportop": "!="}, True),
        ({"destport": "true", "destportval": "80", "destportop": "NEQ"}, True),
        ({"destport": "true", "destportval": "https"}, True),
        ({"destport": "true", "destportval": "80-https"}, True),
        ({"destport": "true"}, True),
        ({"srcport": "true", "srcportval": "1024-65535"}, True),
        ({"vlan": "7"}, False),
        ({"interface": "1/1"}, False),
        ({"srcmac": "00:00:5e:00:53:01"}, False),
        ({"vlan": "7", "protocol": "UDP"}, None),
    ],
)
def test_an_allow_of_somebody_else_counts_where_it_lets_new_connections_to_the_port_through(
    changes: dict[str, str], is_sure: bool | None
) -> None:
    told = [] if is_sure is None else [(THROUGH.format(changes.get("priority", "10")), is_sure)]
    assert found(theirs(**changes)) == told


def test_one_of_somebody_else_counts_for_its_own_family() -> None:
    allow = {"acl6name": "theirs", "acl6action": "ALLOW", "priority": "10", **APPLIED}
    six = THROUGH.format(10).replace("ns acl ", "ns acl6 ")
    assert found(allow, own=OWN_6, vserver=OVER_IPV6, type_="nsacl6") == [(six, True)]
    assert found(allow, type_="nsacl6") == [], "it lets no packets of IPv4 through"
    both = {**OWN, **OWN_6}
    assert found(theirs(), own=both, vserver=OVER_IPV6) == []
    assert found(theirs(), own=both) == [(THROUGH.format(10), True)]


def test_one_of_our_name_in_the_other_family_is_of_somebody_else() -> None:
    allow = {"acl6name": "tq_partner", "acl6action": "ALLOW", "priority": "10", **APPLIED}
    ((text, is_sure),) = found(allow, own=OWN_6, vserver=OVER_IPV6, type_="nsacl6")
    assert (text.partition(" of ")[0], is_sure) == ("ns acl6 tq_partner", True)


@pytest.mark.parametrize(
    ("source", "passes"),
    [
        ("192.0.2.8", False),
        ("192.0.2.9", True),
        ("192.0.2.10", False),
        ("198.51.100.255", True),
        ("198.51.101.0", False),
    ],
)
def test_a_denial_of_the_addresses_in_a_set_is_passed_by_an_allow_for_one_of_them(source: str, passes: bool) -> None:
    denied: dict[ObjectId, Attributes] = {DENY: {**OWN[DENY], "srcipdataset": "tq_partners"}}
    told = [(THROUGH.format(10), True)] if passes else []
    assert found(theirs(srcipval=source), own=denied, changed={DENY: {"srcipdataset": "tq_partners"}}) == told
