# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters the packets of connections by the ACLs of a node."""

from __future__ import annotations

import ipaddress

from simulator.configuration.acls import TABLES
from simulator.node.acl_rules import Filtering, Packet, compiled_rules
from simulator.node.node import Node

# Never blocked at the NSIP while implicitACLAllow is enabled, its default (product docs, ACLs on internal ports).
_IMPLICIT = (179, 3008, 3009, 3010, 3011)
_IMPLICIT_IN_PAIRS = (22,)


def _filtering(node: Node) -> Filtering:
    running, known = node.running, node.filtering
    if known is not None and known.configuration is running and known.state == running.filters:
        return known
    times = [row["_expires"] for name in TABLES for row in running.table(name).values() if "_expires" in row]
    live = node.appliance.switches["acl_dataset_changes"] == "at_once"
    rules = tuple(compiled_rules(running, live))
    node.filtering = Filtering(running, running.filters, min(times, default=None), rules)
    return node.filtering


def expire(node: Node) -> None:
    """Remove expired ACLs, applied or not."""
    first = _filtering(node).first
    if first is None or first > (now := node.appliance.now()):
        return
    running = node.running
    for name in TABLES:
        for key, row in list(running.table(name).items()):
            if row.get("_expires", now + 1) <= now:
                running.drop(name, key)


def filters(node: Node) -> bool:
    """True if a node has rules."""
    known = _filtering(node)
    if known.first is not None:
        expire(node)
        known = _filtering(node)
    return bool(known.rules)


def dropped(node: Node, packet: Packet) -> bool:
    """True if the rules of a node drop a packet. Hits are counted. A packet that no rule matches passes."""
    rules = _filtering(node).rules
    try:
        source = ipaddress.ip_address(packet.source.partition("%")[0])
        destination = ipaddress.ip_address(packet.destination)
    except ValueError:
        return False
    family = "nsacl" if source.version == 4 else "nsacl6"
    own = [rule for rule in rules if rule.type in (family, family.replace("nsacl", "nssimpleacl"))]
    if not own or _exempt(node, packet):
        return False
    if destination.version != source.version:
        return False
    now, counters = node.appliance.now(), node.counters
    for rule in own:
        if rule.matches(packet, int(source), int(destination)):
            denied = rule.action == "DENY"
            counters.add(now, rule.type, rule.name, "hits")
            counters.add(now, rule.type, "", "denied" if denied else rule.action.lower())
            return denied
    counters.add(now, family, "", "misses")
    return False


def _exempt(node: Node, packet: Packet) -> bool:
    """True for packets of the HA peer, and for internal ports of the NSIP while implicitACLAllow is ENABLED (product docs, ACLs on internal
    ports).
    """
    peer = node.peer
    if peer is not None and packet.source == peer.listener.address:
        return True
    allowed = node.whole.running.table("l3param").get((), {}).get("implicitaclallow", "ENABLED") == "ENABLED"
    internal = (*_IMPLICIT, *(_IMPLICIT_IN_PAIRS if peer is not None else ()))
    return allowed and packet.management and any(port in internal for port in packet.ports)
