# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines of NITRO's commands in ns.log: `API CMD_EXECUTED` with user, client, command and status.

Product page on logs and the debugging FAQ (API is the interface); that passwords are masked and that a failed log-on names the user as typed is
from public notes on CVE-2026-88771.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from simulator.nitro.call import Call
from simulator.nitro.command_policies import command
from simulator.node import logs
from simulator.types import Row
from simulator.types.errors import NitroError

LONGEST = 1024  # characters of a value, and of a command: RFC 3164 limits a message
_SHORT = 256
_MASK = "********"
_SECRET = re.compile(r"(?:password|passphrase|passcrypt|passplain|secret|radkey|privatekey)$")


def record(call: Call, row: Row, error: NitroError | None = None) -> None:
    """Write the command of a call, or of one row of it, with its error."""
    session = call.session
    status = "Success" if error is None else f"ERROR: {error.message}"
    text: Any = partial(_text, call, row.copy())
    for value in row.values():  # large values are not kept until the line is written
        if isinstance(value, str | list | dict) and len(value) > _SHORT:
            text = text()
            break
    logs.command(call.node, "API", session.user if session else "", call.client, text, status)


def record_log_on(call: Call, user: str, error: NitroError | None = None) -> None:
    """Write a log-on."""
    status = "Success" if error is None else f"ERROR: {error.message}"
    logs.command(call.node, "API", user, call.client, f'login {user[:LONGEST]} "{_MASK}"', status)


def record_log_off(call: Call, user: str) -> None:
    """Write a log-off."""
    logs.command(call.node, "API", user, call.client, "logout", "Success")


def _text(call: Call, row: Row) -> str:
    shown = dict(row)
    for name, value in row.items():
        if _SECRET.search(str(name).lower()):
            shown[name] = _MASK
        elif isinstance(value, dict) or (
            isinstance(value, list) and not all(isinstance(item, str | int) for item in value)
        ):
            shown[name] = "{}"  # no attribute; what is in it may be a password
        elif isinstance(value, str | list):
            shown[name] = value[:LONGEST]
    return command(call, shown)[:LONGEST]
