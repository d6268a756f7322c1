# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""aaasession: NITRO reference; kill: command reference, kill aaa session."""

from __future__ import annotations

from typing import Any

from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.node.portal_sessions import PortalSession
from simulator.types import Row
from simulator.types.errors import NitroError


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
        "intranetip": "0.0.0.0",  # noqa: S104 -- none is assigned
        "peid": "0",
    }


@reads("aaasession")
def _sessions(call: Call) -> Any:
    if unknown := set(call.args) - {"username", "groupname", "iip", "netmask"}:
        raise NitroError(1090, *sorted(unknown))
    rows = [_row(session) for session in call.appliance.portal.of(call.node.whole)]
    return [row for row in rows if all(row.get(name) == value for name, value in call.args.items())]


@writes("aaasession", "POST", "kill")
def _kill(call: Call, row: Row) -> None:
    """End the sessions of one user, or all. Groups and intranet addresses are not simulated: no session has one."""
    if set(row) - {"username", "groupname", "iip", "netmask", "all"}:
        raise NitroError(278)
    everybody = row.get("all") in (True, "true")
    if not everybody and not row.keys() & {"username", "groupname", "iip"}:
        raise NitroError(1094)
    portal = call.appliance.portal
    ended = [
        session
        for session in portal.of(call.node.whole)
        if everybody or (session.user == row.get("username") and not row.keys() & {"groupname", "iip"})
    ]
    if not ended and not everybody:
        raise NitroError(258)
    portal.end(ended)
