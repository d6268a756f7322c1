# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Extended and simple ACLs."""

from __future__ import annotations

from simulator.types.common import SWITCHED, YES_NO, key, text
from simulator.types.model import Attribute, Type

# NITRO reference, nsacl and nsacl6; any other protocol has only its number.
_PROTOCOLS = ("ICMP", "IGMP", "TCP", "EGP", "IGP", "ARGUS", "UDP", "RDP", "RSVP", "EIGRP", "L2TP", "ISIS")
_PROTOCOLS6 = ("ICMPV6", "TCP", "UDP")


def _selector(name: str, cli: str, dataset: str = "") -> tuple[Attribute, ...]:
    """A boolean, an operator and a value; data sets are in the vendor's SDK from 13.0-82.41 on, for IPv4 only."""
    operator = f"{name.replace('v6', '')}op"
    own: tuple[Attribute, ...] = (
        Attribute(name, kind="boolean", can_unset=True, cli=cli, operand=(operator, f"{name}val")),
        text(operator, enum=("=", "!=", "EQ", "NEQ")),
        text(f"{name}val", high=255),
    )
    if dataset:
        named = text(
            f"{name}dataset",
            create_only=True,
            refers=("policydataset",),
            refers_code=2823,
            since=(13, 0, 82, 41),
            cli=dataset,
        )
        own += (named,)
    return own


def _acl_conditions(highest: int, protocols: tuple[str, ...], since: tuple[int, ...] = ()) -> tuple[Attribute, ...]:
    return (
        Attribute("ttl", kind="count", low=1, high=2147483647, create_only=True, cli="TTL"),
        text("srcmac", can_unset=True, form="mac", cli="srcMac"),
        text("srcmacmask", can_unset=True, cli="srcMacMask"),
        text("protocol", can_unset=True, enum=protocols, cli="protocol"),
        Attribute("protocolnumber", kind="count", low=1, high=255, cli="protocolNumber"),
        Attribute("vlan", kind="count", low=1, high=4094, can_unset=True, cli="vlan"),
        Attribute("vxlan", kind="count", low=1, high=16777215, can_unset=True, cli="vxlan"),
        Attribute("established", kind="boolean", can_unset=True, cli="established"),
        Attribute("icmptype", kind="count", low=0, high=65536, can_unset=True, cli="icmpType"),
        Attribute("icmpcode", kind="count", low=0, high=65536, can_unset=True, cli="icmpCode"),
        Attribute("priority", kind="count", low=1, high=highest, cli="priority"),
        text("state", enum=SWITCHED, default="ENABLED", cli="state"),
        text("logstate", enum=SWITCHED, default="DISABLED", can_unset=True, since=since, cli="logstate"),
        Attribute(
            "ratelimit", kind="count", low=1, high=10000, default=100, can_unset=True, since=since, cli="ratelimit"
        ),
        Attribute("td", kind="count", low=0, high=4094, default=0, create_only=True, cli="td"),
    )


def _acl_states() -> tuple[Attribute, ...]:
    return (
        Attribute("hits", kind="count", read_only=True, default=0),
        text("kernelstate", read_only=True, cli="kernelstate"),
    )


def _simple_acl(name: str, cli: str, address: str, option: str) -> Type:
    return Type(
        name,
        cli,
        "aclname",
        (
            key("aclname"),
            text("aclaction", required=True, enum=("DENY",)),
            text(address, required=True, create_only=True, cli=option),
            Attribute("destport", kind="number", low=1, high=65535, create_only=True, cli="destPort"),
            text("protocol", enum=("TCP", "UDP"), create_only=True, cli="protocol"),
            Attribute("ttl", kind="count", low=4, high=2147483647, create_only=True, cli="TTL"),
            Attribute("td", kind="count", low=0, high=4094, default=0, create_only=True, cli="td"),
            Attribute("hits", kind="count", read_only=True, default=0),
        ),
        line=("aclaction", address),
        duplicate=467 if name.endswith("6") else 440,
        actions=("clear", "flush"),
        can_update=False,
    )


TYPES: tuple[Type, ...] = (
    Type(
        "nsacl",
        "ns acl",
        "aclname",
        (
            key("aclname"),
            text("aclaction", required=True, enum=("BRIDGE", "DENY", "ALLOW")),
            *_selector("srcip", "srcIP", dataset="srcIPDataset"),
            *_selector("srcport", "srcPort", dataset="srcPortDataset"),
            *_selector("destip", "destIP", dataset="destIPDataset"),
            *_selector("destport", "destPort", dataset="destPortDataset"),
            *_acl_conditions(100000, _PROTOCOLS),
            text("Interface", can_unset=True, cli="interface"),
            text("type", enum=("CLASSIC", "DFD"), default="CLASSIC", create_only=True, since=(13, 0), cli="type"),
            text("dfdhash", can_unset=True, since=(13, 0), cli="dfdhash"),
            text("stateful", enum=YES_NO, can_unset=True, since=(13, 1), cli="stateful"),
            *_acl_states(),
        ),
        line=("aclaction",),
        in_use_by=(("rnat", 877),),
        actions=("enable", "disable", "rename", "unset"),
    ),
    Type(
        "nsacl6",
        "ns acl6",
        "acl6name",
        (
            key("acl6name"),
            text("acl6action", required=True, create_only=True, enum=("BRIDGE", "DENY", "ALLOW")),
            *_selector("srcipv6", "srcIPv6"),
            *_selector("srcport", "srcPort"),
            *_selector("destipv6", "destIPv6"),
            *_selector("destport", "destPort"),
            *_acl_conditions(81920, _PROTOCOLS6, since=(13, 0)),
            text("Interface", can_unset=True, cli="interface"),
            text("type", enum=("CLASSIC", "DFD"), default="CLASSIC", create_only=True, since=(13, 0), cli="type"),
            *_acl_states(),
        ),
        line=("acl6action",),
        actions=("enable", "disable", "rename", "unset"),
    ),
    _simple_acl("nssimpleacl", "ns simpleacl", "srcip", "srcIP"),
    _simple_acl("nssimpleacl6", "ns simpleacl6", "srcipv6", "srcIPv6"),
)
