# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of what has an address: virtual servers, servers, services, routes, rules of reverse NAT. No two of the first three may share one."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Hashable

from simulator.configuration.check_registry import checks
from simulator.configuration.environment import Environment, Key
from simulator.configuration.rows import Rows
from simulator.types import TYPES, VSERVER_TYPES, Row
from simulator.types.errors import NitroError
from simulator.types.forms import is_ipv4
from simulator.types.protocols import transport

_WILDCARDS = ("", "0.0.0.0", "::")  # noqa: S104 -- compared, not bound
_MARK = "address"
_Mark = Callable[[Row], Hashable]


def _unique(configuration: Rows, name: str, row: Row, key: Key, mark: _Mark, env: Environment) -> None:
    """Refuse a row whose address another row of a type has."""
    if configuration.taken(name, _MARK, mark).get(mark(row), key) != key:
        raise NitroError(env.switches["address_taken_code"], status=409)


def _make_unique(configuration: Rows, name: str, row: Row, old: Row | None, mark: _Mark, env: Environment) -> None:
    """Refuse a row whose address another row of its type has, and mark that of a new row as taken."""
    type_ = TYPES[name]
    key = (type_.fold(row[type_.key]),)
    _unique(configuration, name, row, key, mark, env)
    if old is None:
        configuration.mark(name, _MARK, mark(row), key)


def _place_of_vserver(row: Row) -> Hashable:
    """Return what only one virtual server may have; one without an address, or with a listen policy of its own, shares nothing."""
    address = str(row.get("ipv46", ""))
    if address in _WILDCARDS or row.get("listenpolicy", "NONE") != "NONE":
        return str(row["name"])
    return ipaddress.ip_address(address), row.get("port"), row.get("td", 0), transport(row["servicetype"])


def _vserver(name: str) -> None:
    @checks(name)
    def check(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
        """An address needs a port (command reference, add lb vserver)."""
        if row.get("ipv46", "") not in _WILDCARDS and "port" not in row:
            raise NitroError(1093, "IPAddress, port")
        for other in VSERVER_TYPES:
            if other != name and isinstance(_place_of_vserver(row), tuple):
                _unique(configuration, other, row, (), _place_of_vserver, env)
        _make_unique(configuration, name, row, old, _place_of_vserver, env)


for _name in VSERVER_TYPES:
    _vserver(_name)


def _place_of_server(row: Row) -> Hashable:
    address = row.get("ipaddress")
    return (ipaddress.ip_address(address), row.get("td", 0)) if address else str(row["name"])


@checks("server")
def _server(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    """A server has an address or a domain name (command reference, add server)."""
    if "ipaddress" not in row and "domain" not in row:
        raise NitroError(1095, "IPAddress, domain")
    if "ipaddress" in row and "domain" in row:
        raise NitroError(1092, "IPAddress, domain")
    _make_unique(configuration, "server", row, old, _place_of_server, env)


def _place_of_service(row: Row) -> Hashable:
    return row["servername"], row["port"], row["servicetype"], row.get("td", 0)


@checks("service")
def _service(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    _make_unique(configuration, "service", row, old, _place_of_service, env)


@checks("route")
def _route(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    """The network of a route has no bits behind its netmask."""
    if is_ipv4(row["network"]):
        behind = ~int(ipaddress.IPv4Address(row["netmask"])) & 0xFFFFFFFF
        if int(ipaddress.IPv4Address(row["network"])) & behind:
            raise NitroError(1111)


@checks("rnat")
def _reverse_nat(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    """A rule is about a network or about an extended ACL, and a NAT IP is an address or * (command reference, set rnat)."""
    if "network" not in row and "aclname" not in row:
        raise NitroError(1095, "network, aclname")
    if "network" in row and "aclname" in row:
        raise NitroError(1092, "network, aclname")
    if "netmask" in row and "aclname" in row:
        raise NitroError(1092, "netmask, aclname")
    if row.get("natip", "*") != "*" and not is_ipv4(row["natip"]):
        raise NitroError(1110)
