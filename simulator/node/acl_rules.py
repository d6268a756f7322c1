# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compiled ACL rules, and the packets that they match."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from simulator.configuration.acls import ACTIONS, DATASETS, EXTENDED, SIMPLE, Bounds, dataset_ranges, kernel
from simulator.configuration.rows import Rows
from simulator.types import Row


@dataclass(frozen=True)
class Packet:
    """The attributes of a packet that rules match. A management address has the well-known port beside the real one."""

    source: str
    source_port: int
    destination: str
    ports: tuple[int, ...]
    established: bool
    management: bool


Condition = tuple[Bounds | None, bool]  # the ranges (None: any), and whether the value must be in them


@dataclass(frozen=True)
class Rule:
    type: str
    name: str
    action: str
    conditions: tuple[Condition, ...]  # source, destination, source port, destination port
    when: str = ""  # "": all packets; "new" or "established": packets of such connections only

    def matches(self, packet: Packet, source: int, destination: int) -> bool:
        if self.when and (self.when == "established") != packet.established:
            return False
        seen = ((source,), (destination,), (packet.source_port,), packet.ports)
        return all(_holds(*condition, values) for condition, values in zip(self.conditions, seen, strict=True))


def _holds(wanted: Bounds | None, equal: bool, values: tuple[int, ...]) -> bool:
    return wanted is None or any(low <= value <= high for low, high in wanted for value in values) is equal


@dataclass(frozen=True, slots=True)
class Filtering:
    """The compiled rules of a configuration, for one version of its ACLs."""

    configuration: Rows
    state: int
    first: float | None  # when the first rule expires
    rules: tuple[Rule, ...]


def compiled_rules(configuration: Rows, live: bool) -> Iterable[Rule]:
    """Yield simple ACLs first, then extended ones by priority: the lower number first (product docs, extended ACLs)."""
    for name, address in SIMPLE.items():
        for row in configuration.table(name).values():
            if row.get("td", 0) == 0 and row.get("protocol", "TCP") == "TCP":
                ports = ((row["destport"], row["destport"]),) if "destport" in row else None
                # Established connections continue until a flush (command reference, flush ns simpleacl).
                when = "" if row.get("_flushed") else "new"
                conditions = ((_address(row[address]), True), (None, True), (None, True), (ports, True))
                yield Rule(name, row["aclname"], "DENY", conditions, when)
    for name, key in EXTENDED.items():
        for row in sorted(configuration.table(kernel(name)).values(), key=lambda row: row["priority"]):
            if _can_match(row):
                selected = tuple(_selected(configuration, row, selector, live) for selector in _selectors(name))
                yield Rule(
                    name, row[key], row[ACTIONS[name]], selected, "established" if row.get("established") else ""
                )


def _selectors(name: str) -> tuple[str, ...]:
    addresses = ("srcip", "destip") if name == "nsacl" else ("srcipv6", "destipv6")
    return (*addresses, "srcport", "destport")


def _can_match(row: Row) -> bool:
    """True if a rule can match here: TCP, untagged, interface 0/1. The senders' MAC addresses are unknown."""
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


def _selected(configuration: Rows, row: Row, selector: str, live: bool) -> Condition:
    if not row.get(selector):
        return None, True
    operator = row.get(f"{selector.replace('v6', '')}op", "=")
    dataset = DATASETS.get(selector, "")
    if dataset in row:
        members = dataset_ranges(configuration, row[dataset]) if live else row["_members"][dataset]
        return members, operator == "="
    value = str(row[f"{selector}val"])
    wanted = _ports(value) if selector.endswith("port") else _address(value)
    return wanted, operator == "="


def _parts(value: str) -> tuple[str, str]:
    """Split `a-b` or `a`; older pages put a range in brackets."""
    first, dash, last = value.strip("[]").partition("-")
    return first, last if dash else first


def _address(value: str) -> Bounds:
    first, last = _parts(value)
    return ((int(ipaddress.ip_address(first)), int(ipaddress.ip_address(last))),)


def _ports(value: str) -> Bounds:
    first, last = _parts(value)
    return ((int(first), int(last)),)
