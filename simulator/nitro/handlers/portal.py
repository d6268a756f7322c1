# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""aaasession, vpnicaconnection, vpnpcoipconnection, rdpconnections: NITRO reference; kill: command reference."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.node.portal_sessions import Connection, PortalSession
from simulator.types import Row
from simulator.types.errors import NitroError

Wanted = Mapping[str, Any]
_KEY_SINCE = (13, 0)  # sessionkey is absent from the 12.x reference
_SESSION_ARGUMENTS = ("username", "groupname", "iip", "netmask")


def _row(session: PortalSession) -> Row:
    return {
        "username": session.user,
        "publicip": session.client[0],
        "publicport": session.client[1],
        "ipaddress": session.socket_address[0],
        "port": session.socket_address[1],
        "privateip": session.client[0],
        "privateport": session.client[1],
        "destip": session.socket_address[0],
        "destport": session.socket_address[1],
        "intranetip": session.intranet_ip or "0.0.0.0",  # noqa: S104 -- none is assigned
        "peid": "0",
    }


def _arguments(call: Call) -> tuple[str, ...]:
    """Return the arguments of aaasession on this build."""
    return (*_SESSION_ARGUMENTS, *(("sessionkey",) if call.appliance.branch >= _KEY_SINCE else ()))


def _selected(call: Call, wanted: Wanted) -> list[PortalSession]:
    """Return the sessions that all arguments select."""
    network = _intranet(wanted)
    portal = call.appliance.portal
    keyed = portal.sessions.get(str(wanted.get("sessionkey", "")))
    return [
        session
        for session in portal.of(call.node.whole)
        if wanted.get("username", session.user) == session.user
        and ("groupname" not in wanted or wanted["groupname"] in session.groups)
        and (network is None or (session.intranet_ip and ipaddress.ip_address(session.intranet_ip) in network))
        and ("sessionkey" not in wanted or session is keyed)
    ]


def _intranet(wanted: Wanted) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return the intranet addresses of a call: one address, or a range by a netmask."""
    if "netmask" in wanted and "iip" not in wanted:
        raise NitroError(1093, "netmask, iip")
    if "iip" not in wanted:
        return None
    try:
        address = ipaddress.ip_address(str(wanted["iip"]))
    except ValueError:
        raise NitroError(1110) from None
    if "netmask" not in wanted:
        return ipaddress.ip_network(address)
    try:
        network = ipaddress.ip_network(f"{address}/{wanted['netmask']}", strict=False)
    except ValueError:
        raise NitroError(1111) from None
    if str(network.netmask) != wanted["netmask"]:
        raise NitroError(1111)
    return network


@reads("aaasession")
def _sessions(call: Call) -> Any:
    _only(call.args, *_arguments(call), code=1090)
    return [_row(session) for session in _selected(call, call.args)]


@writes("aaasession", "POST", "kill")
def _kill(call: Call, row: Row) -> None:
    """End the sessions that all arguments select, or all."""
    arguments = _arguments(call)
    _only(row, *arguments, "all")
    everybody = _everybody(row, *arguments)
    portal, node = call.appliance.portal, call.node.whole
    ended = portal.of(node) if everybody else _selected(call, row)
    _found_something(call, ended, everybody=everybody)
    portal.end(node, ended, call.appliance.switches["kill_logout_method"])
    if call.appliance.switches["session_kill_ends_connections"]:
        users = {session.user for session in ended}
        portal.disconnect(node, [connection for connection in portal.connections if connection.user in users])


@dataclass(frozen=True)
class _Connections:
    """A type of connections: the kind, the arguments beside `all`, and the row of one."""

    kind: str
    arguments: tuple[str, ...]
    row: Callable[[Connection], Row]


def _ica(connection: Connection) -> Row:
    return {**_pcoip(connection), "domain": connection.domain, "transproto": connection.transport}


def _pcoip(connection: Connection) -> Row:
    return {
        "username": connection.user,
        "srcip": connection.client[0],
        "srcport": connection.client[1],
        "destip": connection.server[0],
        "destport": connection.server[1],
        "peid": "0",
    }


def _rdp(connection: Connection) -> Row:
    return {
        "username": connection.user,
        "endpointip": connection.client[0],
        "endpointport": connection.client[1],
        "targetip": connection.server[0],
        "targetport": connection.server[1],
        "peid": "0",
    }


_CONNECTIONS = {
    "vpnicaconnection": _Connections("ica", ("username", "transproto"), _ica),
    "vpnpcoipconnection": _Connections("pcoip", ("username",), _pcoip),
    "rdpconnections": _Connections("rdp", ("username",), _rdp),
}


def _chosen(call: Call, of_type: _Connections, wanted: Wanted) -> list[Connection]:
    """Return the connections that all arguments select."""
    transport = wanted.get("transproto")
    if transport is not None and str(transport).upper() not in ("TCP", "UDP"):
        raise NitroError(1097, "transproto", transport)
    return [
        connection
        for connection in call.appliance.portal.connections_of(call.node.whole, of_type.kind)
        if wanted.get("username", connection.user) == connection.user
        and (transport is None or str(transport).upper() == connection.transport)
    ]


@reads("vpnicaconnection")
@reads("vpnpcoipconnection")
@reads("rdpconnections")
def _connections(call: Call) -> Any:
    of_type = _CONNECTIONS[call.target.type]
    _only(call.args, *of_type.arguments, code=1090)
    return [of_type.row(connection) for connection in _chosen(call, of_type, call.args)]


@writes("vpnicaconnection", "POST", "kill")
@writes("vpnpcoipconnection", "POST", "kill")
@writes("rdpconnections", "POST", "kill")
def _disconnect(call: Call, row: Row) -> None:
    """End the connections that all arguments select, or all."""
    of_type = _CONNECTIONS[call.target.type]
    _only(row, *of_type.arguments, "all")
    everybody = _everybody(row, *of_type.arguments)
    ended = _chosen(call, of_type, {} if everybody else row)
    _found_something(call, ended, everybody=everybody)
    call.appliance.portal.disconnect(call.node.whole, ended)


def _only(given: Wanted, *known: str, code: int = 278) -> None:
    if unknown := sorted(set(given) - set(known)):
        raise NitroError(code, *(unknown if code == 1090 else ()))


def _everybody(row: Row, *arguments: str) -> bool:
    """True for `all`. Raises 1094 if nothing is selected."""
    if row.get("all") in (True, "true"):
        return True
    if not row.keys() & set(arguments):
        raise NitroError(1094)
    return False


def _found_something(call: Call, ended: list[Any], *, everybody: bool) -> None:
    """A kill of all succeeds without sessions too (provider notes); whether one of a user does is a switch."""
    if not ended and not everybody and call.appliance.switches["kill_of_nothing"] == "refused":
        raise NitroError(258)
