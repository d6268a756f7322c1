# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""login and logout: NITRO guide, basic operations; telegraf issue 11478 for the response."""

from __future__ import annotations

from simulator.nitro import command_log
from simulator.nitro.authentication import sign_on
from simulator.nitro.call import Call
from simulator.nitro.reply import Reply
from simulator.types.errors import NitroError


def log_in(call: Call) -> Reply:
    row = call.rows[0] if call.rows else {}
    user, password, timeout = row.get("username"), row.get("password"), row.get("timeout")
    for name, value in (("username", user), ("password", password)):
        if not isinstance(value, str):
            raise NitroError(1095, name)
    if set(row) - {"username", "password", "timeout"}:
        raise NitroError(278)  # new_password on a build that does not know it: provider issue 1447
    if timeout is not None and (isinstance(timeout, bool) or not str(timeout).isdigit() or len(str(timeout)) > 9):
        raise NitroError(1074, "timeout", timeout)
    session = sign_on(call, str(user), str(password), None if timeout is None else int(timeout))
    form = call.appliance.switches["login_answer"]
    encoded = session.token.replace("#", "%23")
    headers = [("Set-Cookie", "SESSID=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0; path=/")]
    if form in ("sessionid", "both"):
        headers.append(("Set-Cookie", f"sessionid={encoded}; path=/nitro/v1"))
    if form in ("nitro_auth_token", "both"):
        headers.append(("Set-Cookie", f"NITRO_AUTH_TOKEN={encoded}; path=/nitro/v1"))
    if form == "nitro_auth_token":
        return Reply(201, empty=True, headers=headers)
    reply = Reply.done(201, fields={"sessionid": session.token})
    reply.headers = headers
    return reply


def log_out(call: Call) -> Reply:
    if call.session is None:
        raise NitroError(1027)
    call.node.sessions.pop(call.session.token, None)
    command_log.record_log_off(call, call.session.user)
    return Reply.done()
