# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Authentication of a NITRO call: by a session token, or by credentials in headers."""

from __future__ import annotations

import base64
from functools import lru_cache
from urllib.parse import unquote

from simulator.configuration.administrators import allowed_interfaces
from simulator.network.requests import Headers
from simulator.nitro import command_log
from simulator.nitro.call import Call
from simulator.node.state import Session
from simulator.types.errors import NitroError


def authenticate(call: Call, headers: Headers, payload_token: str) -> Session | None:
    """Set the session of a call, by cookie or by the token in the payload. Return a session that was made for this call only, or None."""
    node = call.node
    token = _token(headers) or payload_token
    node.expire()
    if token and token in node.sessions:
        session = node.sessions[token]
        session.last = call.appliance.now()
        call.session = session
        call.node = node.inside(session.partition)
        return None
    if call.target.type in PUBLIC and call.method == "POST":
        if token and call.target.type == "logout":
            raise NitroError(444)
        return None
    user, password = headers.get("x-nitro-user"), headers.get("x-nitro-pass", "")
    authorization = headers.get("authorization", "")
    if user is None and authorization[:6].lower() == "basic ":
        try:
            user, _, password = base64.b64decode(authorization[6:], validate=True).decode("utf-8").partition(":")
        except (ValueError, UnicodeDecodeError):
            raise NitroError(354) from None
        if node.parameter("basicauth") == "DISABLED":
            raise NitroError(1244)
    if user is not None and not token:
        call.session = sign_on(call, user, password)
        return call.session
    # No log-on: 1027; an invalid token: 444 (adc-nitro-go; error list).
    raise NitroError(444 if token else 1027)


def sign_on(call: Call, user: str, password: str, timeout: float | None = None) -> Session:
    """Check the credentials of an administrator and start a session. Both results are in ns.log."""
    try:
        call.appliance.check_password(user, password, call.node)
        _require_interface(call, user)
        session = call.node.login(user, timeout)
    except NitroError as error:
        command_log.record_log_on(call, user, error)
        raise
    command_log.record_log_on(call, user)
    return session


def _require_interface(call: Call, user: str) -> None:
    if "API" not in allowed_interfaces(call.node.whole.running, user):
        raise NitroError(call.appliance.switches["interface_refused_code"])


def _token(headers: Headers) -> str:
    """Return the session token from either cookie, raw or encoded. The vendor's Go client even sends a Set-Cookie request header."""
    if token := _token_in(headers.get("cookie", "")):
        return token
    lines = (*headers.every("cookie"), *headers.every("set-cookie"))
    return next((token for line in lines if (token := _token_in(line))), "")


@lru_cache(maxsize=4096)
def _token_in(line: str) -> str:
    for piece in line.split(";"):
        key, _, value = piece.strip().partition("=")
        if key in ("NITRO_AUTH_TOKEN", "sessionid") and value:
            return unquote(value.strip('"'))
    return ""


PUBLIC = ("login", "logout")
