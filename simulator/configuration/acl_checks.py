# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of extended and simple ACLs beyond the table of types.

NITRO reference of nsacl, nsacl6, nssimpleacl; codes and texts from the error list, ACL sections.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

from simulator.configuration.check_registry import checks
from simulator.configuration.environment import Environment
from simulator.configuration.rows import Rows
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError


@dataclass(frozen=True)
class _Codes:
    """The error codes of one IP version."""

    version: int
    identical: int
    ports: int
    priority: int
    icmp: int


_ACL = _Codes(4, 869, 871, 872, 873)


_ACL6 = _Codes(6, 896, 898, 899, 900)


@checks("nsacl")
def _extended(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    for selector, kind in (("srcip", "ipv4"), ("destip", "ipv4"), ("srcport", "number"), ("destport", "number")):
        dataset = configuration.find(TYPES["policydataset"], str(row.get(f"{selector}dataset", "")))
        if dataset is not None and dataset["type"] != kind:
            raise NitroError(278)  # no source names the code for a data set of another type
    _rule(configuration, "nsacl", row, old, env, _ACL)


@checks("nsacl6")
def _extended6(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    _rule(configuration, "nsacl6", row, old, env, _ACL6)


def _rule(configuration: Rows, name: str, row: Row, old: Row | None, env: Environment, codes: _Codes) -> None:
    addresses = ("srcip", "destip") if codes.version == 4 else ("srcipv6", "destipv6")
    for selector in (*addresses, "srcport", "destport"):
        _selector(selector, row, codes)
    if (row.get("srcport") or row.get("destport")) and str(_protocol(row)).upper() not in ("TCP", "UDP", "6", "17"):
        raise NitroError(codes.ports)
    if row.get("established") and str(_protocol(row)).upper() not in ("TCP", "6"):
        raise NitroError(1016)
    if "icmpcode" in row and "icmptype" not in row:
        raise NitroError(1093, "icmpCode, icmpType")
    if "icmptype" in row or "icmpcode" in row:
        if str(_protocol(row)).upper() not in ("ICMP", "1", "ICMPV6", "58"):
            raise NitroError(codes.icmp)
        for what, code in (("icmptype", 875), ("icmpcode", 876)):
            if row.get(what, 0) > 255:
                raise NitroError(code)
    if "srcmacmask" in row and len(row["srcmacmask"]) != 12:
        raise NitroError(911)
    if old is None and codes.version == 6 and "ttl" in row and env.switches["nsacl6_ttl"] == "refused":
        raise NitroError(env.switches["unknown_attribute_code"])
    _ttl(row, old, env, starts=env.switches["acl_ttl_clock"] == "add" and ttl_counts(name, env))
    _unique(configuration, name, row, old, env, codes)


def _unique(configuration: Rows, name: str, row: Row, old: Row | None, env: Environment, codes: _Codes) -> None:
    """Refuse a priority, or a set of parameters, that another ACL has."""
    key = TYPES[name].key
    limit = env.switches["acl_limit"]
    if old is None and limit and len(configuration.table(name)) >= limit:
        raise NitroError(398)
    place = (row[key],)
    priorities = configuration.taken(name, "priority", lambda other: other["priority"])
    if "priority" not in row:  # in the order of creation (command reference); that GET shows the number is inferred
        row["priority"] = max((number for number in priorities if isinstance(number, int)), default=0) + 10
    if priorities.get(row["priority"], place) != place:
        raise NitroError(codes.priority)
    if env.switches["acl_twins"] == "accepted":
        if old is None:
            configuration.mark(name, "priority", row["priority"], place)
        return
    own = _parameters(row, key)
    if configuration.taken(name, "parameters", lambda other: _parameters(other, key)).get(own, place) != place:
        raise NitroError(codes.identical)
    if old is None:
        configuration.mark(name, "priority", row["priority"], place)
        configuration.mark(name, "parameters", own, place)


def _protocol(row: Row) -> Any:
    return row.get("protocol", row.get("protocolnumber", ""))


def _parameters(row: Row, key: str) -> frozenset[tuple[str, Any]]:
    ours = (key, "priority", "state", "logstate", "ratelimit", "ttl")
    return frozenset(
        (name, value) for name, value in row.items() if value is not False and name not in ours and name[0] != "_"
    )


def _selector(selector: str, row: Row, codes: _Codes) -> None:
    """Check a selector: a boolean with an operator, and a value or a data set. A value needs its boolean (provider, nsacl)."""
    value, dataset = row.get(f"{selector}val"), row.get(f"{selector}dataset")
    operator = f"{selector.replace('v6', '')}op"
    if not row.get(selector):
        if value is not None or dataset is not None or operator in row:
            raise NitroError(1093, selector)
        return
    if value is None and dataset is None:
        raise NitroError(1095, f"{selector}val")
    if value is not None and dataset is not None:
        raise NitroError(1092, f"{selector}val, {selector}dataset")
    row[operator] = {"EQ": "=", "NEQ": "!="}.get(row.get(operator, "="), row.get(operator, "="))
    if value is None:
        return
    first, _, last = str(value).strip("[]").partition("-")
    low, high = _port_range(first, last) if selector.endswith("port") else _address_range(first, last, codes.version)
    if low > high:
        raise NitroError(1113)


def _port_range(first: str, last: str) -> tuple[int, int]:
    if not all(part.isascii() and part.isdigit() and int(part[:6]) < 65536 for part in (first, last or first)):
        raise NitroError(1116)
    return int(first), int(last or first)


def _address_range(first: str, last: str, version: int) -> tuple[int, int]:
    if version == 6 and "/" in first + last:
        raise NitroError(903)
    try:
        low, high = ipaddress.ip_address(first), ipaddress.ip_address(last or first)
    except ValueError:
        raise NitroError(1110) from None
    if {low.version, high.version} != {version}:
        raise NitroError(1110)
    if version == 6 and int(low) == 0:
        raise NitroError(901)
    return int(low), int(high)


def ttl_counts(name: str, env: Environment) -> bool:
    """True if a ttl of these ACLs makes them expire."""
    return name != "nsacl6" or env.switches["nsacl6_ttl"] == "expires"


def _ttl(row: Row, old: Row | None, env: Environment, *, starts: bool = True) -> None:
    """Check a ttl: a multiple of four (NITRO reference); the code has no source."""
    if "ttl" in row and old is None:
        if row["ttl"] % 4:
            raise NitroError(1074, "ttl", row["ttl"])
        if starts:
            row["_expires"] = env.now() + row["ttl"]


@checks("nssimpleacl")
def _simple(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    _simple_rule(configuration, "nssimpleacl", "srcip", 4, (440, 441, 442), row, env)


@checks("nssimpleacl6")
def _simple6(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    _simple_rule(configuration, "nssimpleacl6", "srcipv6", 6, (467, 468, 469), row, env)


def _simple_rule(
    configuration: Rows,
    name: str,
    address: str,
    version: int,
    codes: tuple[int, int, int],
    row: Row,
    env: Environment,
) -> None:
    """Check a simple ACL: one address; a port and its protocol need each other; rules for all ports and for one port exclude each other."""
    try:
        source = ipaddress.ip_address(row[address])
    except ValueError:
        raise NitroError(1110) from None
    if source.version != version:
        raise NitroError(1110)
    row[address] = str(source)
    for needed, other in (("destport", "protocol"), ("protocol", "destport")):
        if needed not in row and other in row:
            raise NitroError(1095, needed)
    _ttl(row, None, env)
    _, overlapping, subset = codes
    for other_row in configuration.table(name).values():
        if other_row[address] != row[address] or other_row.get("td", 0) != row.get("td", 0):
            continue
        if "destport" in other_row and "destport" not in row:
            raise NitroError(subset)
        if "destport" not in other_row or (other_row["destport"], other_row["protocol"]) == (
            row["destport"],
            row["protocol"],
        ):
            raise NitroError(overlapping)
