# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Access control lists: what apply makes of the configuration, and what they do to connections.

Extended ACLs are committed in two steps: add, set and rm edit the configuration only, apply makes the look-up table that filters
packets (command reference, ns acls; product docs, extended ACLs). The table is kept beside the configuration, so that it is
propagated, synchronised, saved and rolled back with it. Simple ACLs are there at once and are looked at first (product docs).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.configuration.checks import ttl_counts
from simulator.configuration.configuration import Configuration, Environment
from simulator.configuration.set_entries import bounds
from simulator.types import Row

if TYPE_CHECKING:
    from simulator.node.node import Node

Bounds = tuple[tuple[int, int], ...]
EXTENDED = {"nsacl": "aclname", "nsacl6": "acl6name"}
SIMPLE = {"nssimpleacl": "srcip", "nssimpleacl6": "srcipv6"}
ACTIONS = {"nsacl": "aclaction", "nsacl6": "acl6action"}
DATASETS = {
    "srcip": "srcipdataset",
    "destip": "destipdataset",
    "srcport": "srcportdataset",
    "destport": "destportdataset",
}
# Never blocked at the NSIP while implicitACLAllow is enabled, its default (product docs, ACLs on internal ports).
_IMPLICIT = (179, 3008, 3009, 3010, 3011)
_IMPLICIT_IN_PAIRS = (22,)


def kernel(name: str) -> str:
    """The table beside the configuration that holds what was applied."""
    return f"_{name}"


_TABLES = (*SIMPLE, *EXTENDED, *map(kernel, EXTENDED))


def apply(configuration: Configuration, name: str, env: Environment, kind: str | None = None) -> None:
    """Makes the look-up table of all rules of a kind (CLASSIC or DFD) anew."""
    table = kernel(name)
    for key, row in list(configuration.table(table).items()):
        if kind in (None, row.get("type", "CLASSIC")):
            configuration.drop(table, key)
    for key, row in list(configuration.table(name).items()):
        if kind in (None, row.get("type", "CLASSIC")):
            apply_one(configuration, name, key, env)


def apply_one(configuration: Configuration, name: str, key: tuple[str, ...], env: Environment) -> None:
    """One rule; also what a line of ns.conf with an applied kernelstate does."""
    row = configuration.table(name)[key]
    if "ttl" in row and "_expires" not in row and ttl_counts(name, env):  # its time begins now: switch acl_ttl_clock
        row = {**row, "_expires": env.now() + row["ttl"]}
        configuration.put(name, key, row)
    configuration.put(kernel(name), key, _applied(configuration, row))


def _applied(configuration: Configuration, row: Row) -> Row:
    members = {name: _members(configuration, row[name]) for name in DATASETS.values() if name in row}
    return {**row, "_members": members} if members else dict(row)


def _members(configuration: Configuration, dataset: str) -> Bounds:
    kinds = {row["name"].lower(): row["type"] for row in configuration.table("policydataset").values()}
    return tuple(
        bounds(kinds[dataset.lower()], row)
        for row in configuration.table("policydataset_value_binding").values()
        if row["name"].lower() == dataset.lower()
    )


def kernel_state(configuration: Configuration, name: str, row: Row) -> str:
    """NOTAPPLIED until it is, RE-APPLY when it was changed since (NITRO reference, kernelstate; which is which is inferred)."""
    applied = configuration.table(kernel(name)).get((row[EXTENDED[name]],))
    if applied is None:
        return "NOTAPPLIED"
    return "APPLIED" if {key: value for key, value in applied.items() if key != "_members"} == row else "RE-APPLY"


def clear(configuration: Configuration, name: str) -> None:
    """Removes all rules; no apply is needed (command reference, clear ns acls)."""
    for table in (name, kernel(name)):
        for key in list(configuration.table(table)):
            configuration.drop(table, key)


def renumber(configuration: Configuration, name: str, how: str, highest: int) -> None:
    """Priorities become multiples of 10; the command reference's example makes 20 and 30 of 2 and 3."""
    rows = sorted(configuration.table(name).items(), key=lambda item: item[1]["priority"])
    times_ten = how == "times_ten" and all(row["priority"] * 10 <= highest for _, row in rows)
    for place, (key, row) in enumerate(rows, 1):
        configuration.put(name, key, {**row, "priority": row["priority"] * 10 if times_ten else place * 10})


def settle(configuration: Configuration) -> None:
    """A boot: ns.conf says of each rule whether it was applied, not what it was before a change that wasn't."""
    for name, key_name in EXTENDED.items():
        for key, row in list(configuration.table(kernel(name)).items()):
            current = configuration.table(name).get((row[key_name],))
            if current is None or kernel_state(configuration, name, current) != "APPLIED":
                configuration.drop(kernel(name), key)


def lasting(configuration: Configuration, extended_too: bool) -> Configuration:
    """What a save keeps: simple ACLs with a ttl are not saved (product docs, simple ACLs)."""
    saved = configuration.copy()
    for name in (*SIMPLE, *(() if extended_too else EXTENDED)):
        for table in (name, kernel(name)):
            for key, row in list(saved.table(table).items()):
                if "ttl" in row:
                    saved.drop(table, key)
    return saved


@dataclass(frozen=True, slots=True)
class Filtering:
    """What is made of the ACLs of a configuration in some state of its filters."""

    configuration: Configuration
    state: int
    first: float | None  # when the first of them expires
    rules: tuple[_Rule, ...]


def _filtering(node: Node) -> Filtering:
    running, known = node.running, node.filtering
    if known is not None and known.configuration is running and known.state == running.filters:
        return known
    times = [row["_expires"] for name in _TABLES for row in running.table(name).values() if "_expires" in row]
    live = node.appliance.switches["acl_dataset_changes"] == "at_once"
    rules = tuple(_compiled(running, live))
    node.filtering = Filtering(running, running.filters, min(times, default=None), rules)
    return node.filtering


def expire(node: Node) -> None:
    """Rules whose time is over go away, applied or not."""
    first = _filtering(node).first
    if first is None or first > (now := node.appliance.now()):
        return
    running = node.running
    for name in _TABLES:
        for key, row in list(running.table(name).items()):
            if row.get("_expires", now + 1) <= now:
                running.drop(name, key)


# Packets


@dataclass(frozen=True)
class Packet:
    """What a rule looks at. A management address has the well-known port beside the one that it really listens on."""

    source: str
    source_port: int
    destination: str
    ports: tuple[int, ...]
    established: bool
    management: bool


Condition = tuple[Bounds | None, bool]  # what is wanted (None: anything), and whether it is to be equal


@dataclass(frozen=True)
class _Rule:
    type: str
    name: str
    action: str
    conditions: tuple[Condition, ...]  # source, destination, source port, destination port
    when: str = ""  # "" always, "new" connections only, "established" ones only

    def matches(self, packet: Packet, source: int, destination: int) -> bool:
        if self.when and (self.when == "established") != packet.established:
            return False
        seen = ((source,), (destination,), (packet.source_port,), packet.ports)
        return all(_fits(*condition, values) for condition, values in zip(self.conditions, seen, strict=True))


def _fits(wanted: Bounds | None, equal: bool, values: tuple[int, ...]) -> bool:
    return wanted is None or any(low <= value <= high for low, high in wanted for value in values) is equal


def filters(node: Node) -> bool:
    """Whether a node has rules that packets are to be held against."""
    known = _filtering(node)
    if known.first is not None:
        expire(node)
        known = _filtering(node)
    return bool(known.rules)


def dropped(node: Node, packet: Packet) -> bool:
    """Whether the rules of a node drop a packet; hits are counted. One that no rule matches passes."""
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
    """The HA partner always gets through, and so do internal ports of the NSIP while implicitACLAllow is ENABLED (product docs, ACLs
    on internal ports)."""
    peer = node.peer
    if peer is not None and packet.source == peer.listener.address:
        return True
    allowed = node.box.running.table("l3param").get((), {}).get("implicitaclallow", "ENABLED") == "ENABLED"
    internal = (*_IMPLICIT, *(_IMPLICIT_IN_PAIRS if peer is not None else ()))
    return allowed and packet.management and any(port in internal for port in packet.ports)


def _compiled(configuration: Configuration, live: bool) -> Iterable[_Rule]:
    """Simple ones first, then extended ones by priority: the lower number wins (product docs, extended ACLs)."""
    for name, address in SIMPLE.items():
        for row in configuration.table(name).values():
            if row.get("td", 0) == 0 and row.get("protocol", "TCP") == "TCP":
                ports = ((row["destport"], row["destport"]),) if "destport" in row else None
                # Established connections go on until a flush (command reference, flush ns simpleacl).
                when = "" if row.get("_flushed") else "new"
                conditions = ((_address(row[address]), True), (None, True), (None, True), (ports, True))
                yield _Rule(name, row["aclname"], "DENY", conditions, when)
    for name, key in EXTENDED.items():
        for row in sorted(configuration.table(kernel(name)).values(), key=lambda row: row["priority"]):
            if _about_us(row):
                selected = tuple(_selected(configuration, row, selector, live) for selector in _selectors(name))
                yield _Rule(
                    name, row[key], row[ACTIONS[name]], selected, "established" if row.get("established") else ""
                )


def _selectors(name: str) -> tuple[str, ...]:
    addresses = ("srcip", "destip") if name == "nsacl" else ("srcipv6", "destipv6")
    return (*addresses, "srcport", "destport")


def _about_us(row: Row) -> bool:
    """Whether a rule can be about what the simulator has: TCP, untagged, by interface 0/1; nobody knows the senders' MACs."""
    protocol = row.get("protocol", "TCP")
    return (
        row.get("state", "ENABLED") == "ENABLED"
        and row.get("td", 0) == 0
        and str(protocol).upper() in ("TCP", "6")
        and row.get("protocolnumber", 6) == 6
        and row.get("Interface", "0/1") == "0/1"
        and row.get("vlan", 1) == 1
        and not {"srcmac", "vxlan", "icmptype", "icmpcode"} & row.keys()
    )


def _selected(configuration: Configuration, row: Row, selector: str, live: bool) -> Condition:
    if not row.get(selector):
        return None, True
    operator = row.get(f"{selector.replace('v6', '')}op", "=")
    dataset = DATASETS.get(selector, "")
    if dataset in row:
        members = _members(configuration, row[dataset]) if live else row["_members"][dataset]
        return members, operator == "="
    value = str(row[f"{selector}val"])
    wanted = _ports(value) if selector.endswith("port") else _address(value)
    return wanted, operator == "="


def _parts(value: str) -> tuple[str, str]:
    """`a-b` or `a`; older pages wrap a range in brackets."""
    first, dash, last = value.strip("[]").partition("-")
    return first, last if dash else first


def _address(value: str) -> Bounds:
    first, last = _parts(value)
    return ((int(ipaddress.ip_address(first)), int(ipaddress.ip_address(last))),)


def _ports(value: str) -> Bounds:
    first, last = _parts(value)
    return ((int(first), int(last)),)
