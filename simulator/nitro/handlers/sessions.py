# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""systemsession: NITRO reference."""

from __future__ import annotations

from typing import Any

from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.types import Row
from simulator.types.errors import NitroError


@reads("systemsession")
def _sessions(call: Call) -> Any:
    now = call.appliance.now()
    rows = [
        {
            "sid": str(session.number),
            "username": session.user,
            "logintime": call.node.local_time(call.node.clock(session.since)),
            "lastactivitytime": call.node.local_time(call.node.clock(session.last)),
            "expirytime": max(0, int(session.timeout - (now - session.last))),
            "numofconnections": "1",
            "currentconn": session is call.session,
            "clienttype": "API",
            "partitionname": session.partition,
        }
        for session in call.node.sessions.values()
    ]
    return call.named(rows, "sid")


@writes("systemsession", "POST", "kill")
def _kill(call: Call, row: Row) -> None:
    node = call.node
    if row.get("all"):
        spared = call.session if call.appliance.switches["kill_all_spares_caller"] else None
        for token in [token for token, session in node.sessions.items() if session is not spared]:
            del node.sessions[token]
        return
    found = [token for token, session in node.sessions.items() if str(session.number) == str(row.get("sid"))]
    if not found:
        raise NitroError(1095, "sid") if "sid" not in row else NitroError(258, "sid", row["sid"])
    del node.sessions[found[0]]
