# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The session at a Gateway that a control call describes."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.node.portal_sessions import KINDS

_PORTS = {"ica": 2598, "pcoip": 4172, "rdp": 3389}
_SERVER = "192.0.2.10"
_MOST = 100  # groups, and connections, of one session


@dataclass(frozen=True)
class WantedConnection:
    """A connection of the session."""

    kind: str
    server: tuple[str, int]
    transport: str


@dataclass(frozen=True)
class WantedSession:
    """The session of a user."""

    user: str
    groups: tuple[str, ...]
    intranet_ip: str
    connections: tuple[WantedConnection, ...]


def portal_session(data: Mapping[str, Any]) -> WantedSession:
    """Return the session that a control call describes. Raises ValueError."""
    address = data.get("intranet_ip", "")
    return WantedSession(
        _name(data.get("user", "user1")),
        tuple(_name(group) for group in _list(data, "groups")),
        str(ipaddress.ip_address(str(address))) if address else "",
        tuple(_connection(entry) for entry in _list(data, "connections")),
    )


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    entries = data.get(key, [])
    if not isinstance(entries, list) or len(entries) > _MOST:
        raise ValueError(f"{key} is not a list of at most {_MOST}")
    return entries


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value or len(value) > 127 or not value.isprintable():
        raise ValueError(f"{value!r} is not the name of a user or a group")
    return value


def _connection(entry: Any) -> WantedConnection:
    """Return a connection from its kind, or from an object with kind, server and transport."""
    found = {"kind": entry} if isinstance(entry, str) else entry
    if not isinstance(found, dict) or found.keys() - {"kind", "server", "transport"} or found.get("kind") not in KINDS:
        raise ValueError(f"{entry!r} is not a connection: {', '.join(KINDS)}")
    kind, transport = found["kind"], found.get("transport", "TCP")
    if transport not in (("TCP", "UDP") if kind == "ica" else ("TCP",)):
        raise ValueError(f"{transport!r} is not a transport of {kind}")
    return WantedConnection(kind, _server(found.get("server", f"{_SERVER}:{_PORTS[kind]}")), transport)


def _server(text: Any) -> tuple[str, int]:
    address, _, port = str(text).rpartition(":")
    if not port.isascii() or not port.isdigit() or len(port) > 5 or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r} is not an address and a port")
    return str(ipaddress.ip_address(address)), int(port)
